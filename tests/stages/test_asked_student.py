"""Recipes that ask a student otherwise: what does not fit, what is drawn, and whole runs with the baselines."""

import json

import pytest

from answer_key import orders, translate, write_rows
from tiny_students import make_tiny, make_tiny_causal
from tutelage.core.errors import CorpusError, RecipeError, StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Hypothesis
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.runs.run import entering_student, run_recipe
from tutelage.stages.checks.asking_checks import asking_problems
from tutelage.stages.shots import asked_directions, shot_source
from tutelage.storage.run_folder import RunFolder
from tutelage.storage.tables import read_table
from tutelage.students.loading import load_student
from tutelage.students.shots import read_shots
from tutelage.students.student_folder import student_signature
from whole_runs import make_recipe, merged

EN_PT, PT_EN, DE_PT = Direction("en", "pt-BR"), Direction("pt-BR", "en"), Direction("de", "pt-BR")
TRAIN = {"learning_rate": 2e-3, "max_updates": 2, "batch_tokens": 600, "label_smoothing": 0.0, "precision": "float32"}
LINES = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Lines in three languages, two of them to train and to test on; a chat student, one with tokens, one with neither.

    The German is English in capitals, which no test looks at.
    """
    folder = tmp_path_factory.mktemp("asked")
    rows = [{"en": text, "pt_BR": translate(text), "de": text.upper()} for text in orders(LINES + 28, seed=4)]
    write_rows(folder / "train.jsonl", rows[:LINES])
    write_rows(folder / "test.jsonl", rows[LINES - 2 :])
    make_tiny("nllb", folder / "nllb")
    make_tiny("bart", folder / "bart")
    texts = [text for row in rows for text in row.values()]
    make_tiny_causal(folder / "chat", texts=texts, max_position_embeddings=512)
    (folder / "deaf.txt").write_text("Translate: {source}")
    return folder


def recipe_of(folder, *, student="chat", zero_shot=True, changes=None, **step):
    train, test = str(folder / "train.jsonl"), str(folder / "test.jsonl")
    directions = [{"source": "pt-BR", "target": "en", "path": train, "test": test}]
    directions += [{"source": "de", "target": "pt-BR", "test": test}] if zero_shot else []
    base = {
        "method": "language_aware", "gate": ["supervised.chrf: not worse by more than 100"], "train": TRAIN,
        "stage_2": False, "directions": directions,
    }  # fmt: skip
    table = {
        "name": "asked", "direction": {"source": "en", "target": "pt-BR"}, "student": {"model": str(folder / student)},
        "text": {"parallel": {"path": train}, "test": {"path": test}}, "filters": {"language": False},
        "evaluation": {"resamples": 100, "max_target_tokens": 6}, "step": [merged(base, step)],
    }  # fmt: skip
    return make_recipe(merged(table, changes or {}))


def problems(folder, **settings):
    recipe = recipe_of(folder, **settings)
    return [*asking_problems(recipe), *step_problems(recipe)]


def test_what_fits_has_no_problems(folder):
    shots = {"count": 2, "path": str(folder / "train.jsonl")}
    for changes in (
        {"student": {"instruction": "post-instruction", "shots": shots}},
        {"student": {"instruction": "own-language"}, "evaluation": {"contrastive": {"weight": 0.0}}},
        {"evaluation": {"contrastive": {"languages": ["en", "de"]}}},
    ):
        assert problems(folder, changes=changes) == []
    assert problems(folder, baselines={"contrastive": {}, "shots": shots}) == []
    assert problems(folder, student="nllb", baselines={"contrastive": {}}) == []
    assert problems(folder, zero_shot=False, changes={"student": {"shots": {"count": 2}}}) == []


NO_TEXT = "student.shots.path: missing, and there is no text to train on for de→pt-BR"
SHOTS, CONTRAST, POST = (
    {"student": {"shots": {}}},
    {"evaluation": {"contrastive": {}}},
    {"instruction": "post-instruction"},
)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"changes": {"student": {"instruction": "postinstruction"}}}, "Did you mean 'post-instruction'?"),
        ({"changes": {"student": POST}, "student": "nllb"}, "instruction: it is for chat"),
        ({"changes": SHOTS, "student": "nllb"}, "student.shots: it is for chat models"),
        ({"changes": SHOTS}, NO_TEXT),
        ({"changes": {"student": {"shots": {"path": "none.jsonl"}}}}, "student.shots.path: none.jsonl"),
        ({"baselines": {"shots": {}}}, "step.0.baselines.shots.path: missing"),
        ({"baselines": {"shots": {"in_training": True}}, "zero_shot": False}, "nothing is trained for a baseline"),
        ({"baselines": {"shots": {}}, "zero_shot": False, "changes": SHOTS}, "leave one of them out"),
        ({"baselines": {"contrastive": {}}, "changes": CONTRAST}, "leave one of them out"),
        ({"baselines": {"contrastive": {}}, "student": "bart"}, "baselines.contrastive: the student does not suit"),
        ({"changes": CONTRAST, "student": "bart"}, "cannot be told another"),
        ({"changes": {**CONTRAST, "student": {"engine": "ctranslate2"}}}, "done by transformers"),
    ],
)
def test_what_does_not_fit_is_told(folder, settings, told):
    found = problems(folder, **settings)
    assert [problem for problem in found if told in problem] != [], found


def test_an_instruction_that_names_no_language_is_told_wherever_one_is_needed(folder):
    changes = {"student": {"instruction": str(folder / "deaf.txt")}, "evaluation": {"contrastive": {}}}
    found = problems(folder, changes=changes)
    assert len([one for one in found if "does not name {target_language}" in one]) == 2


def test_bad_values_are_told_when_the_recipe_is_read(folder):
    with pytest.raises(RecipeError, match=r"evaluation\.contrastive\.weight: .*greater than or equal to 0"):
        recipe_of(folder, changes={"evaluation": {"contrastive": {"weight": -0.1}}})
    with pytest.raises(RecipeError, match=r"languages\.0: 'e1' is not a language code"):
        recipe_of(folder, baselines={"contrastive": {"languages": ["e1"]}})
    with pytest.raises(RecipeError, match=r"student\.shots\.count"):
        recipe_of(folder, changes={"student": {"shots": {"count": 0}}})


def test_a_recipe_is_read_back_as_it_was_written(folder):
    shots = {"count": 2, "path": [str(folder / "train.jsonl")]}
    recipe = recipe_of(
        folder,
        baselines={"contrastive": {"languages": ["en"]}, "shots": shots},
        changes={"student": {"instruction": "own-language"}, "evaluation": {"contrastive": {"weight": 0.5}}},
    )
    again = parse_recipe(render_recipe(recipe), step_types=step_types())
    assert (again.student, again.evaluation, again.step) == (recipe.student, recipe.evaluation, recipe.step)


def drawn_from(folder, **settings):
    shots = {"count": 3, "path": str(folder / "train.jsonl"), **settings.pop("shots", {})}
    recipe = recipe_of(folder, changes={"student": {"shots": shots}, **settings})
    return recipe, shot_source(recipe, recipe.student.shots).draw()


def test_demonstrations_are_drawn_by_seed_from_what_no_test_holds(folder):
    recipe, shots = drawn_from(folder)
    assert asked_directions(recipe) == (EN_PT, PT_EN, DE_PT) == tuple(shots.by_direction)
    tested = {side for line in (folder / "test.jsonl").read_text().splitlines() for side in json.loads(line).values()}
    trained = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    for direction, known in shots.by_direction.items():
        pairs = {(row[direction.source.replace("-", "_")], row[direction.target.replace("-", "_")]) for row in trained}
        assert len(known) == 4
        assert {(shot.source, shot.target) for shot in known} <= pairs
        assert not {side for shot in known for side in (shot.source, shot.target)} & tested
    assert drawn_from(folder)[1] == shots
    assert drawn_from(folder, seed=2)[1] != shots


def test_too_few_demonstrations_are_told(folder):
    with pytest.raises(CorpusError, match=r"0 pairs of en→pt-BR can be shown.*3 are asked for.*raise max_words"):
        drawn_from(folder, shots={"max_words": 1})


def test_the_entering_student_is_asked_as_the_recipe_says(folder, tmp_path):
    shots = {"count": 1, "path": str(folder / "train.jsonl")}
    recipe = recipe_of(folder, changes={"student": {"instruction": "own-language", "shots": shots}})
    run = RunFolder.open(tmp_path / "run", recipe_toml="", seed=1)
    try:
        asked = entering_student(recipe, run, Silence())
        assert asked == entering_student(recipe, run, Silence())
        student = load_student(str(asked), direction=EN_PT)
        turns = student.conversation("A text", translating=True)
        assert [role for role, _ in turns] == ["user", "assistant", "user"]
        assert "from English to português do Brasil" in turns[-1][1]
        assert len(read_shots(asked).by_direction) == 3
        assert (asked / "model.safetensors").samefile(folder / "chat" / "model.safetensors")
        assert student_signature(asked) != student_signature(folder / "chat")
        other = recipe_of(folder, student="nllb", changes={"student": {"instruction": "own-language"}})
        with pytest.raises(StudentError, match="takes no instruction"):
            entering_student(other, run, Silence())
    finally:
        run.close()


def signatures_of(step):
    """The system signature of each test set and system."""
    scores = json.loads((step / "scores.json").read_text())["scores"]
    return {(one["test"], one["system"]): one["signature"] for one in scores}


def outputs(step, name):
    return [one.text for one in read_table(step / "tests" / f"{name}.parquet", Hypothesis)]


def test_baselines_are_systems_of_the_step_without_training(folder, tmp_path):
    """With λ = 0 the contrastive system writes what the student writes; with a large one, it does not."""
    shots = {"count": 1, "path": str(folder / "train.jsonl")}
    recipe = recipe_of(folder, baselines={"contrastive": {"weight": 3.0}, "shots": shots})
    result = run_recipe(recipe, runs=tmp_path)
    step = tmp_path / "asked" / "01-language_aware"
    found = signatures_of(step)
    for test in ("domain", "pt-BR-en", "de-pt-BR", "supervised", "zero_shot"):
        assert {system for name, system in found if name == test} == {
            "before", "after", "contrastive", "n-shot", "reference",
        }  # fmt: skip
    key = found["domain", "contrastive"]
    assert key.startswith(student_signature(result.student)) and ",contrast3[source+en]|" in key
    assert not found["domain", "after"].endswith("]")
    trained = step / "stage-1" / "student" / "model.safetensors"
    assert (step / "n-shot" / "asked" / "model.safetensors").samefile(trained)
    written = trained.stat().st_mtime_ns
    assert outputs(step, "domain-contrastive") != outputs(step, "domain-after")

    run_recipe(recipe_of(folder, baselines={"contrastive": {"weight": 0.0}}), runs=tmp_path)
    assert trained.stat().st_mtime_ns == written, "another baseline trains nothing"
    for test in ("domain", "pt-BR-en", "de-pt-BR"):
        assert outputs(step, f"{test}-contrastive") == outputs(step, f"{test}-after")


def test_a_whole_run_can_be_decoded_contrastively(folder, tmp_path):
    changes = {"evaluation": {"contrastive": {"weight": 0.5}}}
    run_recipe(recipe_of(folder, student="nllb", changes=changes), runs=tmp_path)
    found = signatures_of(tmp_path / "asked" / "01-language_aware")
    for system in ("before", "after"):
        assert "|float32|greedy,max6,contrast0.5[source+en]|" in found["domain", system]
