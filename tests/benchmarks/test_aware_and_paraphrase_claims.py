"""The claims of language-aware tuning and of paraphrase: sound recipes, and verdicts from figures made by hand."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.claims.claim.command import fill_recipe
from benchmarks.claims.claim.run import folder_name
from benchmarks.claims.claim.scores import Resampled
from benchmarks.claims.language_aware import table as aware
from benchmarks.claims.language_aware.__main__ import begin
from benchmarks.claims.language_aware.arms import (
    AT_ONCE,
    CONTRASTIVE,
    OTHER_STUDENTS,
    SIZES,
    STAGE_1,
    directions,
    list_aware_arms,
    list_stage_1,
    name_slower,
)
from benchmarks.claims.language_aware.texts import draw_short
from benchmarks.claims.paraphrase.__main__ import score
from benchmarks.claims.paraphrase.levels import LevelScores, describe_levels, score_levels
from benchmarks.claims.paraphrase.table import STUDENT, Scored, Speed, render_tables
from benchmarks.claims.paraphrase.texts import KINDS, draw_between, draw_sentences
from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Hypothesis, Paraphrases, Provenance, Segment
from tutelage.evaluation.diversity.measuring import ParaphraseScorer
from tutelage.methods.language_aware.directions import list_directions
from tutelage.methods.registry import step_types
from tutelage.storage.tables import write_table

CLAIMS = Path(__file__).parents[2] / "benchmarks" / "claims"


def arms_of(name):
    return [*list_stage_1(SIZES[name], contrast=0.1, shown=Path("train.jsonl")), *list_aware_arms(SIZES[name])]


def list_arms():
    return [pytest.param(name, arm, id=f"{name}: {arm.name}") for name in SIZES for arm in arms_of(name)]


@pytest.mark.parametrize(("name", "arm"), list_arms())
def test_every_arm_has_four_supervised_directions_and_zero_shot_ones_between_other_languages(name, arm):
    size = SIZES[name]
    text = (CLAIMS / "language_aware" / "recipe.toml").read_text().replace("STUDENT", "models/many")
    asked = directions(size, Path("train.jsonl"), Path("dev.jsonl"), part="test", tested=5)
    recipe = parse_recipe(text, step_types=step_types(), overrides=(*size.settings, *arm.overrides, asked))
    (step,) = recipe.step
    found = list_directions(step, recipe)
    supervised = {one.name for one in found if one.is_supervised}
    assert supervised == {f"{a}-{b}" for lang in size.tuned for a, b in (("en", lang), (lang, "en"))}
    zero_shot = {one.name for one in found} - supervised
    assert len(zero_shot) == (6 if size.chats else 10)
    assert step.train.learning_rate in (size.rate, *size.slower)
    assert step.train.batch_tokens == size.batch_tokens
    assert not zero_shot & {"es-pt-BR", "pt-BR-es"}
    assert not any("en" in one.split("-") for one in zero_shot)
    assert (step.train.lora is None) != size.chats


def test_a_chat_model_is_given_rows_that_are_short_in_all_its_languages(tmp_path):
    whole = {"id": "1", "en": "a b c d", "de": "e f g h", "fr": "i j k l", "pt_BR": "m n o p"}
    lacks_one, has_a_word = {**whole, "id": "2", "pt_BR": None}, {**whole, "id": "3", "de": "e"}
    rows = [whole, lacks_one, has_a_word]
    with gzip.open(tmp_path / "multi.dev.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    drawn = draw_short(tmp_path, "dev", SIZES["smollm2"], tmp_path)
    assert [json.loads(line)["id"] for line in drawn.read_text().splitlines()] == ["1"]
    assert draw_short(tmp_path, "dev", SIZES["marian"], tmp_path) == tmp_path / "multi.dev.jsonl.gz"


def compared_at(difference):
    """A comparison of this difference, one to either side."""
    return {"difference": difference, "low": difference - 1, "high": difference + 1}


def put_run(folder, *, before, after, lost, contrastive=0.0):
    """The files of a run that the table reads: two systems and the references, two groups and one direction."""
    step = folder / "01-language_aware"
    step.mkdir(parents=True)
    values = {"before": before, "after": after, "contrastive": contrastive, "reference": 0.0}
    scores = [
        {"system": system, "test": test, "signature": "s", "scores": [
            {"name": name, "value": value if "off_target" in name else 40.0, "signature": name}
            for name in ("off_target", "unknown", "off_target_told", "chrf", "bleu", "placeholders")
        ]}
        for system, value in values.items() for test in ("zero_shot", "supervised", "de-fr")
    ]  # fmt: skip
    compared = [{"test": "supervised", "name": "chrf", **compared_at(-lost)}]
    (step / "scores.json").write_text(json.dumps({"scores": scores}))
    (step / "comparisons.json").write_text(json.dumps({"comparisons": compared}))
    (folder / "run.json").write_text(json.dumps({"state": "done", "tutelage": "0", "machine": "m"}))
    return step


@pytest.mark.parametrize(
    ("after", "lost", "verdict"), [(2.0, 0.1, "reached"), (2.0, 0.5, "not reached"), (4.0, 0.0, "not reached")]
)
def test_the_goal_wants_both_the_right_language_and_what_was_known(tmp_path, monkeypatch, after, lost, verdict):
    put_run(tmp_path / "stage-1-seed1", before=1.0, after=7.0, lost=0.0)
    put_run(tmp_path / "reverse-seed1", before=7.0, after=after, lost=lost)
    put_run(tmp_path / "contrastive-decoding-seed1", before=1.0, after=7.0, contrastive=5.0, lost=0.0)
    monkeypatch.setattr(aware, "_is_compared", lambda arm: arm.name == "reverse" and arm.system == "after")
    monkeypatch.setattr(aware.ArmScores, "changed", None)
    shown = aware.render_tables([STAGE_1, CONTRASTIVE, "reverse", "not run"], [1], work=tmp_path)
    assert "| contrastive decoding | 5.0 | 40.0 | 5.0 |" in shown
    assert "| stage 1 | 7.0 | 40.0 | 7.0 | 40.0 | 40.0 | 40.0 | 7.0 |" in shown
    assert f"- reverse: zero-shot off-target {after:.1f} % (goal 3 % or less)" in shown
    assert shown.split("may lose 0.3): ")[1].startswith(f"{verdict}.")
    assert "not run" not in shown


@pytest.mark.parametrize("name", OTHER_STUDENTS)
def test_an_arm_that_learns_otherwise_than_stage_1_is_held_against_it(tmp_path, monkeypatch, name):
    put_run(tmp_path / "stage-1-seed1", before=1.0, after=7.0, lost=0.0)
    put_run(tmp_path / folder_name(name, seed=1), before=1.0, after=2.0, lost=0.0)
    held = []
    monkeypatch.setattr(aware, "compare_supervised", lambda *both: held.append(both) or compared_at(0.4))
    monkeypatch.setattr(aware.ArmScores, "changed", None)
    shown = aware.render_tables([STAGE_1, name], [1], work=tmp_path)
    assert set(held) == {(tmp_path / folder_name(name, seed=1), tmp_path / "stage-1-seed1")}
    assert f"- {name}: zero-shot off-target 2.0 % (goal 3 % or less), supervised chrF +0.40" in shown


def test_texts_without_a_placeholder_leave_its_cells_empty(tmp_path):
    step = put_run(tmp_path / "stage-1-seed1", before=1.0, after=7.0, lost=0.0)
    scores = json.loads((step / "scores.json").read_text())["scores"]
    for one in scores:
        one["scores"] = [score for score in one["scores"] if score["name"] != "placeholders"]
    (step / "scores.json").write_text(json.dumps({"scores": scores}))
    shown = aware.render_tables([STAGE_1], [1], work=tmp_path)
    assert "| stage 1 | 7.0 | 40.0 | 7.0 | 40.0 | 40.0 |  | 7.0 | 40.0 | 7.0 | 40.0 | 40.0 |  |  |  |" in shown


def test_nothing_is_compared_with_a_stage_1_that_is_not_done(tmp_path):
    put_run(tmp_path / "reverse-seed1", before=7.0, after=2.0, lost=0.1)
    with pytest.raises(SystemExit, match="Stage 1 is not done with the seeds 1"):
        aware.render_tables([STAGE_1, "reverse"], [1], work=tmp_path)


def test_an_arm_begins_with_its_stage_1_or_takes_as_many_updates(tmp_path):
    names = [STAGE_1, *name_slower(SIZES["smollm2"])]
    students = {
        name: tmp_path / folder_name(name, seed=1) / "01-language_aware" / "stage-1" / "student" for name in names
    }
    students[STAGE_1].mkdir(parents=True)
    (students[STAGE_1] / "training.json").write_text(json.dumps({"updates": 68}))
    for slower in names[1:]:
        students[slower].mkdir(parents=True)
    done = {name: tmp_path / folder_name(name, seed=1) for name in names}
    arms = [arm for arm in arms_of("smollm2") if arm.like]
    held = {arm.name: begin(arm, done) for arm in arms}
    assert held.pop(AT_ONCE) == ["step.0.unlikelihood.train.max_updates=68"]
    begun = {arm.name: [f"student.model={json.dumps(str(students[arm.like]))}"] for arm in arms if arm.name != AT_ONCE}
    assert held == begun
    assert {arm.like for arm in arms} == set(names)


def test_an_arm_without_stage_1_is_compared_with_it_over_the_supervised_directions(tmp_path):
    references = [f"This is the sentence with the number {number}." for number in range(12)]
    (tmp_path / "test.tsv").write_text("".join(f"Satz {number}\t{text}\n" for number, text in enumerate(references)))
    rows = ", ".join(
        f'{{ source = "{source}", target = "{target}", test = {{ path = "{tmp_path}/test.tsv" }}'
        + (f', path = "{tmp_path}/test.tsv" }}' if supervised else " }")
        for source, target, supervised in (("de", "en", True), ("pt-BR", "en", True), ("de", "fr", False))
    )
    recipe = fill_recipe("language_aware", STUDENT="models/many")
    parsed = parse_recipe(recipe, step_types=step_types(), overrides=[f"step.0.directions=[{rows}]"])
    ids = [one.id for one in next(iter(list_directions(parsed.step[0], parsed))).texts.pairs("test")]
    for run, worse in (("at-once", ()), ("stage-1", ("de-en",))):
        tests = tmp_path / run / "01-language_aware" / "tests"
        tests.mkdir(parents=True)
        (tmp_path / run / "recipe.toml").write_text(render_recipe(parsed))
        for name in ("de-en", "pt-BR-en", "de-fr"):
            texts = ["Nothing of it." if name in worse else text for text in references]
            segments = [Segment(item_id, "Satz", "de") for item_id in ids]
            hypotheses = (Hypothesis(segment, text, "s") for segment, text in zip(segments, texts, strict=True))
            write_table(tests / f"{name}-after.parquet", hypotheses, Hypothesis)
    found = aware.compare_supervised(tmp_path / "at-once", tmp_path / "stage-1")
    # one of two directions is right in place of wrong; the zero-shot one does not count
    assert 30 < found["difference"] < 50
    assert found["low"] <= found["difference"] <= found["high"]
    same = aware.compare_supervised(tmp_path / "at-once", tmp_path / "at-once")
    assert same == {"difference": 0.0, "low": 0.0, "high": 0.0}


def test_sentences_for_a_language_model_are_short_whole_and_as_many_of_each_kind(tmp_path):
    clean = "You can open the file number {} of the {} in another window."
    rows = [{"id": f"{kind}-{n}", "text": clean.format(chr(97 + n), kind), "origin": kind}
            for kind in KINDS for n in range(9)]  # fmt: skip
    bad = [
        "too short.",
        "You can open the file <b>here</b> in another window of it.",
        "you can open it in another one of these windows.",
    ]
    rows = [{**rows[0], "id": f"bad-{n}", "text": text} for n, text in enumerate(bad)] + rows
    with gzip.open(tmp_path / "mono.en.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    text = fill_recipe("paraphrase", "live.toml", TEACHER="model.gguf", data=tmp_path)
    override = draw_sentences(text, "pool", count=12, work=tmp_path)
    drawn = [json.loads(line)["id"] for line in (tmp_path / "text-pool-12.jsonl").read_text().splitlines()]
    assert drawn == [f"{kind}-{n}" for kind in KINDS for n in (0, 3, 6)]
    recipe = parse_recipe(text, step_types=step_types(), overrides=[override])
    assert recipe.text.pool.path == str(tmp_path / "text-pool-12.jsonl") and recipe.step[0].style == ("list",)
    between = [one.id for one in draw_between(text, "pool", count=12)]
    assert between == [f"{kind}-{n}" for kind in KINDS for n in (1, 4, 7)]
    with pytest.raises(SystemExit, match="lower --tested"):
        draw_between(text, "pool", count=40)


def system(name, combined, *, meaning=90.0, lexical=30.0):
    values = {"combined": combined, "meaning": meaning, "lexical": lexical}
    return SystemScores(name, "domain", "s", tuple(Score(key, value, value - 1, value + 1, 9, True, key)
                                                   for key, value in values.items()))  # fmt: skip


def level(name, lexical, *, meaning=90.0, spread=0.1):
    resampled = Resampled(lexical, lexical + spread * np.linspace(-1, 1, 100))
    return LevelScores(name, resampled, [lexical - 1, lexical + 1], meaning, 30.0)


@pytest.mark.parametrize(
    ("student", "copy", "cut", "rate", "spread", "meaning", "shown"),
    [
        (29.0, 0.0, 28.0, 110.0, 0.1, 90.0, [True, True, True, True, True]),
        (28.0, 0.0, 29.0, 90.0, 2.0, 90.0, [False, False, True, False, False]),
        (31.0, 32.0, 20.0, 100.0, 0.1, 70.0, [True, True, False, True, False]),
    ],
)
def test_each_part_of_the_paraphrase_claim_is_judged_alone(tmp_path, student, copy, cut, rate, spread, meaning, shown):
    (tmp_path / "run.json").write_text(json.dumps({"tutelage": "0", "machine": "m"}))
    systems = [
        system("before", 27.0),
        system("after", 27.0),
        system("teacher", 30.0),
        system(STUDENT, student),
        system("copy", copy),
        system("cut", cut),
    ]
    levels = [level("low", 20.0, spread=0.0), level("high", 21.0, spread=spread, meaning=meaning)]
    speed = Speed({"student, greedy": [rate], "teacher": [10.0]}, parameters=7_600_000)
    beside = (Comparison("domain", "combined", 30.0, student, student - 30, -4.0, 4.0, 0.5, False, 9),)
    scored = Scored(systems, beside)
    text = render_tables({1: scored}, levels, speed, folder=tmp_path)
    verdicts = [line for line in text.splitlines() if line.startswith("- ")]
    assert ["not shown" not in line for line in verdicts] == shown
    both = render_tables({1: scored, 2: scored}, levels, speed, folder=tmp_path)
    assert f"| 2 | 27.0 | {student} | 30.0 | {student - 30:+.1f} (-4.0 to +4.0) | 90.0 | 90.0 |" in both


def test_what_a_teacher_left_unanswered_is_not_counted_against_it(tmp_path):
    """Its student, which writes the same of all sentences, is as good as it and no better."""
    sources = {str(number): f"the old file {number} opens in a window" for number in range(20)}
    scorer = ParaphraseScorer(sources, test="domain", embedder=Constant(), parser=None, seed=1, resamples=100)
    written = {item_id: (f"in a window appears file {item_id}",) for item_id in sources}
    tests = tmp_path / "01-paraphrase" / "tests"
    tests.mkdir(parents=True)
    answered = dict(list(written.items())[:15])
    for name, texts in (("before", written), ("after", written), ("teacher", answered)):
        rows = [
            Paraphrases(Segment(item_id, sources[item_id], "en"), some, Provenance(origin=name))
            for item_id, some in texts.items()
        ]
        write_table(tests / f"domain-{name}.parquet", rows, Paraphrases)
    scored = score(tmp_path, scorer, greedy=written)
    assert {one.scores[0].n for one in scored.systems} == {15}
    assert all(one.difference == 0 for one in scored.beside_teacher)


def test_levels_are_means_over_the_seeds_on_the_same_sentences():
    sources = {str(number): f"the old file {number} opens in a window" for number in range(20)}
    scorer = ParaphraseScorer(sources, test="t", embedder=Constant(), parser=None, seed=1, resamples=100)
    far = dict.fromkeys(sources, ("an aged document is shown",))
    near = {name: (text.replace("old", "aged"),) for name, text in sources.items()}
    seeds = [{"low": scorer.measure(near), "high": scorer.measure(one)} for one in (far, near)]
    low, high = score_levels(seeds, scorer)
    assert high.by_seed[1] == pytest.approx(low.by_seed[1]) and high.by_seed[0] > low.by_seed[0]
    assert high.lexical.value == pytest.approx(sum(high.by_seed) / 2)
    lines = list(describe_levels([low, high]))
    step = high.by_seed[0] - low.by_seed[0]
    assert f"| high | {high.lexical.value:.1f} | +{step / 2:.1f} (" in lines[-1]
    assert f"| +{step:.1f}, +0.0 | 100.0 |" in lines[-1]


class Constant:
    """Every text means the same."""

    signature = "constant"

    def embed(self, texts):
        return np.ones((len(texts), 4), dtype=np.float32)
