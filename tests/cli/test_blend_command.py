import json
import re
import shutil

import torch
from safetensors.torch import load_file, save_file

from promoted_runs import make_promoted_run
from tiny_students import make_tiny_causal


def moved(folder):
    """Move the weights of a student, as a training does."""
    weights = {name: weight + 0.01 for name, weight in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return weights


def test_a_run_goes_back_to_the_student_of_its_recipe_and_translates(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    weights = moved(run / "01-patching" / "student")
    shown = tutelage("blend", str(run), "half-way", "--quiet")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == "half-way\n"
    for name, weight in load_file(tmp_path / "half-way" / "model.safetensors").items():
        assert abs((weights[name].float() - weight.float()).mean() - 0.005) < 1e-3, name
    (tmp_path / "in.txt").write_text("Open the file.\n")
    shown = tutelage("translate", "in.txt", "--student", "half-way", "--source", "en", "--target", "pt-BR", "--quiet")
    assert shown.returncode == 0 and shown.stdout == "Abra o arquivo.\n", shown.stderr


def test_a_student_that_no_gate_let_through_goes_back_too(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    state = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**state, "student": None, "state": "done"}))
    shown = tutelage("blend", str(run), "out", "--quiet")
    assert shown.returncode == 1 and "Name the folder of a student" in shown.stderr
    shown = tutelage("blend", str(run / "01-patching" / "student"), "out", "--share", "0.3")
    assert shown.returncode == 0, shown.stderr
    assert "0.3 of the way" in shown.stderr


def test_who_does_not_say_what_to_go_back_to_is_asked(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    (run / "01-patching" / "student").rename(tmp_path / "mine")
    shown = tutelage("blend", "mine", "out", "--quiet")
    assert shown.returncode == 2 and "Name with --before the model" in shown.stderr
    shown = tutelage("blend", "mine", "out", "--before", "embedded:en-pt", "--quiet")
    assert shown.returncode == 0, shown.stderr
    shown = tutelage("blend", "mine", "out", "--before", "embedded:en-pt", "--quiet")
    assert shown.returncode == 2 and "something else in the place" in shown.stderr


def test_random_weights_are_nothing_to_go_back_to(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    recipe = (run / "recipe.toml").read_text()
    (run / "recipe.toml").write_text(recipe.replace('model = "embedded:en-pt"', "fresh = { width = 16 }"))
    shown = tutelage("blend", str(run), "out", "--quiet")
    assert shown.returncode == 2 and "nothing to go back to" in shown.stderr


def test_a_chat_model_goes_as_far_as_it_may_drift(tutelage, tmp_path):
    make_tiny_causal(tmp_path / "before", max_position_embeddings=512)
    make_tiny_causal(tmp_path / "trained", max_position_embeddings=512)
    old, new = load_file(tmp_path / "before" / "model.safetensors"), {}
    for number, (name, weight) in enumerate(old.items()):
        new[name] = weight * (1 + 0.5 * (-1) ** number)
    save_file(new, tmp_path / "trained" / "model.safetensors", metadata={"format": "pt"})
    arguments = ("blend", "trained", "careful", "--before", "before", "--drift")
    shown = tutelage(*arguments, "0.0001")
    assert shown.returncode == 0, shown.stderr
    tried = [float(one) for one in re.findall(r"([\d.]+) of the way \d", shown.stderr)]
    assert tried[0] == 1 and 2 <= len(tried) <= 6
    went = float(re.search(r"([\d.]+) of the way from", shown.stderr)[1])
    assert 0 < went < 1
    for name, weight in load_file(tmp_path / "careful" / "model.safetensors").items():
        assert torch.allclose(weight, torch.lerp(old[name], new[name], went), atol=0.01), name
    found = tutelage("examine", "careful", "--against", "before", "--max-answer-tokens", "64", "--json", "--quiet")
    scores = {one["name"]: one["value"] for one in json.loads(found.stdout)["systems"][1]["scores"]}
    assert 0 < scores["drift"] <= 0.0001
    shutil.rmtree(tmp_path / "careful")
    shown = tutelage(*arguments, "100")
    assert "1.00 of the way from" in shown.stderr
    assert load_file(tmp_path / "careful" / "model.safetensors").keys() == new.keys()


def test_a_translator_has_no_drift(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    shown = tutelage("blend", str(run), "out", "--drift", "0.1", "--quiet")
    assert shown.returncode == 1 and "are of chat models" in shown.stderr
    assert not (tmp_path / "out").exists()
