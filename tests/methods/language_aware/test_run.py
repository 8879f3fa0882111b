"""Whole runs with tiny multilingual students on a multi-parallel text: two stages, evidence by direction, the gate."""

import json

import pytest

from answer_key import orders, translate, write_rows
from tiny_students import make_tiny, make_tiny_causal
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Hypothesis, Pair, Rejection
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from tutelage.students.loading import load_student
from whole_runs import SHAPE, make_recipe, merged

GERMAN = {
    "open": "öffne", "close": "schließe", "save": "sichere", "move": "verschiebe", "copy": "kopiere",
    "print": "drucke", "the": "das", "and": "und", "with": "mit", "new": "neue", "old": "alte", "big": "große",
    "local": "lokale", "empty": "leere", "file": "Datei", "screen": "Bildschirm", "user": "Nutzer", "menu": "Menü",
    "program": "Programm", "folder": "Ordner", "text": "Text", "server": "Server", "code": "Quelltext",
    "project": "Projekt",
}  # fmt: skip
LINES = 12
TRAIN = {"learning_rate": 2e-3, "max_updates": 4, "batch_tokens": 600, "label_smoothing": 0.0, "precision": "float32"}
LENIENT = ["zero_shot.off_target: not worse by more than 100", "supervised.chrf: not worse by more than 100"]
EN_PT, DE_PT = Direction("en", "pt-BR"), Direction("de", "pt-BR")


def into_german(text):
    return " ".join(GERMAN.get(word.lower(), word) for word in text.removesuffix(".").split()) + "."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Lines in three languages, to train and to test on, one of them in both; and two students."""
    folder = tmp_path_factory.mktemp("aware")
    drawn = orders(LINES + 31, seed=3)
    rows = [{"en": text, "pt_BR": translate(text), "de": into_german(text)} for text in drawn]
    write_rows(folder / "train.jsonl", rows[:LINES])
    write_rows(folder / "test.jsonl", rows[LINES - 1 :])
    make_tiny("nllb", folder / "nllb")
    make_tiny_causal(folder / "chat", texts=[text for row in rows for text in row.values()])
    (folder / "chat" / "instruction.txt").write_text("{source_language} to {target_language}: {source}")
    return folder


def recipe_of(folder, *, student="nllb", **step):
    texts = {"path": str(folder / "train.jsonl"), "test": str(folder / "test.jsonl")}
    ways = [("pt-BR", "en"), ("en", "de"), ("de", "en")]
    base = {
        "method": "language_aware", "gate": LENIENT, "train": TRAIN,
        "directions": [
            *({"source": source, "target": target, **texts} for source, target in ways),
            {"source": "pt-BR", "target": "de", "test": texts["test"]},
            {"source": "de", "target": "pt-BR", "test": {"path": texts["test"], "limit": 30}},
        ],
        "unlikelihood": {"train": {**TRAIN, "max_updates": 2}},
    }  # fmt: skip
    return make_recipe(
        {
            "name": "aware",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": str(folder / student)} if isinstance(student, str) else student,
            "text": {"parallel": {"path": texts["path"]}, "test": {"path": texts["test"]}},
            "filters": {"language": False},
            "evaluation": {"resamples": 100, "max_target_tokens": 12},
            "step": [merged(base, step)],
        }
    )


def rows(place, name, kind):
    return list(read_table(place / f"{name}.parquet", kind))


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    """The run of the encoder–decoder student, with the folder of its step."""
    runs = tmp_path_factory.mktemp("runs")
    return run_recipe(recipe_of(folder), runs=runs), runs / "aware" / "01-language_aware"


def test_no_side_of_a_training_pair_is_in_a_test(run):
    _, step = run
    pairs, refused = rows(step, "pairs", Pair), rows(step, "pairs.rejected", Rejection)
    assert len(pairs) + len(refused) == 4 * LINES
    assert {one.reason for one in refused} == {"in_test_set"}
    assert {one.id for one in refused} >= {f"{way}:train:{LINES}" for way in ("en-pt-BR", "pt-BR-en", "en-de", "de-en")}
    tested = {one.segment.text for name in ("domain", "en-de", "pt-BR-de") for one in
              rows(step / "tests", f"{name}-before", Hypothesis)}  # fmt: skip
    assert not tested & {side.text for pair in pairs for side in (pair.source, pair.target)}
    examples = rows(step, "examples", Example)
    assert len({one.id for one in examples}) == len(examples)
    assert {str(one.direction) for one in examples} == {"en→pt-BR", "pt-BR→en", "en→de", "de→en"}


def test_conflicts_are_of_the_same_examples_and_told_in_the_funnel(run):
    _, step = run
    examples, conflicts = rows(step, "examples", Example), rows(step, "conflicts", Example)
    assert [one.id for one in conflicts] == [one.id for one in examples]
    assert all(one.conflict_direction.target != one.target_lang for one in conflicts)
    funnel = {row["label"]: row["count"] for row in json.loads((step / "step.json").read_text())["funnel"]}
    assert funnel["of these with another target language"] == len(conflicts)
    stories = [json.loads((step / name / "student" / "training.json").read_text()) for name in ("stage-1", "stage-2")]
    assert [story["updates"] for story in stories] == [4, 2]
    report = json.loads((step / "step.json").read_text())
    assert [point["update"] for point in report["losses"]][-1] == 6


def test_every_direction_is_measured_before_between_and_after(run):
    _, step = run
    systems = json.loads((step / "scores.json").read_text())["scores"]
    found = {
        (one["test"], one["system"]): {score["name"]: score["value"] for score in one["scores"]} for one in systems
    }
    directions = ["domain", "pt-BR-en", "en-de", "de-en", "pt-BR-de", "de-pt-BR"]
    for test in [*directions, "supervised", "zero_shot"]:
        for system in ("before", "stage-1", "after"):
            assert {"chrf", "bleu", "off_target", "echo", "empty"} <= found[test, system].keys()
        assert "off_target" in found[test, "reference"]
    for group, members in (("supervised", directions[:4]), ("zero_shot", directions[4:])):
        for name in ("chrf", "off_target"):
            mean = sum(found[test, "after"][name] for test in members) / len(members)
            assert found[group, "after"][name] == pytest.approx(mean)
    comparisons = json.loads((step / "comparisons.json").read_text())["comparisons"]
    assert {one["test"] for one in comparisons} == {*directions, "supervised", "zero_shot"}
    (chrf,) = [one for one in comparisons if (one["test"], one["name"]) == ("zero_shot", "chrf")]
    assert chrf["after"] - chrf["before"] == pytest.approx(chrf["difference"])
    assert (chrf["n"], chrf["distinct"]) == (32 + 30, 32 + 30)
    tables = json.loads((step / "confusions.json").read_text())["confusions"]
    asked = {(one["test"], one["system"], one["source_lang"], one["target_lang"]) for one in tables}
    assert len(asked) == len(tables) == 6 * 4
    assert ("de-pt-BR", "stage-1", "de", "pt-BR") in asked


def test_outputs_were_asked_for_in_their_own_direction(run, folder):
    """The table of a direction holds what the student writes when it is told that direction."""
    from tutelage.core.decoding import Decoding
    from tutelage.core.protection.spans import ALL
    from tutelage.students.engines.guarded import GuardedEngine, guard_of
    from tutelage.students.engines.transformers_engine import TransformersEngine

    result, step = run
    kept = rows(step / "tests", "de-pt-BR-after", Hypothesis)
    student = load_student(str(result.student), direction=DE_PT)
    engine = GuardedEngine(TransformersEngine(student), guard_of(student, ALL))
    outputs = list(engine.translate([one.segment.text for one in kept], decoding=Decoding(max_target_tokens=12)))
    assert [one.text for one in kept] == outputs
    assert {one.segment.lang for one in kept} == {"de"}


def test_a_second_run_does_nothing_and_the_gate_decides_by_the_means(run, folder):
    result, step = run
    assert result.decision.passed
    assert result.student == step / "stage-2" / "student"
    made = {path: path.stat().st_mtime_ns for path in step.rglob("*") if path.suffix in (".parquet", ".safetensors")}
    again = run_recipe(recipe_of(folder), runs=step.parents[1])
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert again.decision == result.decision
    strict = ["zero_shot.chrf: better by at least 99", "pt-BR-de.off_target: at most 100"]
    decided = run_recipe(recipe_of(folder, gate=strict), runs=step.parents[1]).decision
    assert [outcome.passed for outcome in decided.outcomes] == [False, True]
    assert decided.outcomes[0].reason.startswith("Zero-shot chrF")
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_a_chat_student_with_rationales_and_the_papers_conflicts_goes_on_after_a_kill(folder, tmp_path, monkeypatch):
    from tutelage.methods.language_aware import step as stages

    recipe = recipe_of(
        folder,
        student="chat",
        rationales={"max_rationale_tokens": 8, "fraction": 0.5},
        unlikelihood={"conflicts": "any-other", "refreshed": True, "train": {**TRAIN, "max_updates": 2, "epochs": 2}},
    )

    def killed(*_arguments, **_settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(stages, "student_stage", killed)
        with pytest.raises(KeyboardInterrupt):
            run_recipe(recipe, runs=tmp_path)
    step = tmp_path / "aware" / "01-language_aware"
    first = step / "stage-1" / "student" / "model.safetensors"
    made = first.stat().st_mtime_ns
    result = run_recipe(recipe, runs=tmp_path)
    assert first.stat().st_mtime_ns == made
    rehearsed, conflicts = rows(step / "stage-1", "rehearsed", Example), rows(step, "conflicts", Example)
    assert len(conflicts) == 2 * len(rehearsed)
    assert [one.rationale for one in conflicts[: len(rehearsed)]] == [one.rationale for one in rehearsed]
    assert conflicts[len(rehearsed)].id == f"{rehearsed[0].id}#2"
    assert all(one.conflict for one in conflicts)
    assert rows(step, "conflicts.rejected", Rejection) == []
    assert result.student == step / "stage-2" / "student"
    assert (result.student / "instruction.txt").is_file()


def test_stage_1_alone_is_the_baseline_and_stage_2_alone_begins_with_the_student(folder, tmp_path):
    alone = run_recipe(recipe_of(folder, stage_2=False), runs=tmp_path / "first")
    assert alone.student.parent.name == "stage-1"
    step = alone.student.parents[1]
    assert not (step / "conflicts.parquet").exists()
    systems = {one["system"] for one in json.loads((step / "scores.json").read_text())["scores"]}
    assert systems == {"before", "after", "reference"}
    second = run_recipe(recipe_of(folder, stage_1=False), runs=tmp_path / "second")
    assert second.student.parent.name == "stage-2"
    assert not (second.student.parents[1] / "stage-1").exists()


def test_a_new_student_learns_its_vocabulary_and_all_directions_from_their_texts(folder, tmp_path):
    shape = {**SHAPE, "vocabulary": 320, "languages": ["en", "de", "pt-BR"]}
    result = run_recipe(recipe_of(folder, student={"fresh": shape}, stage_2=False), runs=tmp_path)
    pieces = json.loads((tmp_path / "aware" / "00-student" / "fresh" / "vocab.json").read_text())
    assert {">>en<<", ">>de<<", ">>pt-BR<<"} <= pieces.keys()
    assert "ß" in pieces, "German is in the directions' text alone"
    assert (
        load_student(str(result.student), direction=DE_PT).encode_sources(["Datei"], max_tokens=9)[0][0]
        == (pieces[">>pt-BR<<"])
    )


def test_a_language_that_the_student_lacks_is_told_before_training(folder, tmp_path):
    directions = [{"source": "en", "target": "fr", "test": {"path": str(folder / "test.jsonl"), "fields":
                   {"target": "de"}}}]  # fmt: skip
    base = recipe_of(folder)
    named = [one.model_dump(mode="json", exclude_none=True) for one in base.step[0].directions]
    recipe = recipe_of(folder, directions=[*named, *directions])
    with pytest.raises(StudentError, match=r"does not know the language 'fr'.*It knows: eng_Latn"):
        run_recipe(recipe, runs=tmp_path)
    assert not (tmp_path / "aware" / "01-language_aware" / "pairs.parquet").exists()
