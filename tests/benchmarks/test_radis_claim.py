"""The rationale claim: sound recipes for every arm, and tables from scores made by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.claims.claim.plot import draw_families
from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from benchmarks.claims.radis import __main__ as radis
from benchmarks.claims.radis.arms import (
    ANCHORED,
    ANCHORED_APART,
    ANCHORED_SPARED,
    APART,
    APART_BLENDED,
    BASE,
    BLENDED,
    CURVES,
    HALF,
    LESS_BLENDED,
    MIXED,
    ON_POLICY,
    PATCHED,
    PLAIN,
    PULLED,
    RADIS,
    REPLAYED,
    SAMPLED,
    SDFT,
    SELF,
    SIZES,
    SPARED,
    TOKENS,
    at_rate,
    family_of,
    list_radis_arms,
)
from benchmarks.claims.radis.backbone import Stopping, list_requests
from benchmarks.claims.radis.curves import (
    Place,
    above_curve,
    draw_curves,
    no_drift,
    resample_drift,
    resample_elsewhere,
    resample_ends,
)
from benchmarks.claims.radis.rates import list_items
from benchmarks.claims.radis.retention import (
    Retained,
    measured_abilities,
    percent_passed,
    read_marks,
    resample_retention,
)
from benchmarks.claims.radis.table import ArmScores, Trained, gain_share, judge_claims, render_tables
from benchmarks.claims.radis.texts import Drawn, choose_short, draw_texts
from tutelage.core.evidence import Score
from tutelage.core.languages import Direction
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.retention.checks import passes
from tutelage.evaluation.retention.drift import AnswerDrift
from tutelage.evaluation.retention.measuring import AbilityResult, measure_retention
from tutelage.evaluation.retention.suite import build_suite
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.stages.retention.answers import AbilityAnswer
from tutelage.stages.retention.measurement import suite_of
from tutelage.storage.tables import write_table

CLAIMS = Path(__file__).parents[2] / "benchmarks" / "claims"


def steady(value, *, spread=0.0):
    """A score whose resamples lie evenly within `spread` of it."""
    return Resampled(value, value + np.linspace(-spread, spread, RESAMPLES))


def arm(name, chrf, kept=None, *, spread=0.0, trained=None):
    retained = None if kept is None else Retained(steady(kept, spread=spread), {"facts": steady(kept)})
    return ArmScores(name, steady(chrf), 10.0, {"facts": 45.0}, retained, trained=trained)


@pytest.fixture
def texts(tmp_path):
    """Files of the texts and of a conversation."""
    turns = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hello."}]
    (tmp_path / "chats.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    for use in ("parallel", "test"):
        (tmp_path / f"{use}.jsonl").write_text(json.dumps({"id": use, "src": "Um dois.", "tgt": "One two."}) + "\n")
    return tmp_path


@pytest.mark.parametrize("size", SIZES)
def test_the_recipes_of_all_arms_are_sound(size, texts):
    text = (CLAIMS / "radis" / "recipe.toml").read_text()
    shared = [f'text.{use}={{ path = "{texts / use}.jsonl" }}' for use in ("parallel", "test")]
    arms = list_radis_arms(SIZES[size], conversations=str(texts / "chats.jsonl"), sources=str(texts / "parallel.jsonl"))
    found = {}
    for one in arms:
        held = ["step.0.train.max_updates=3"] if one.held else []
        overrides = [*SIZES[size].training, *SIZES[size].retention, *shared, *one.overrides, *held]
        recipe = parse_recipe(text, step_types=step_types(), overrides=overrides)
        assert step_problems(recipe) == []
        found[one.name] = recipe.step[0]
    slower = [at_rate(name, rate) for rate in SIZES[size].rates[1:] for name in CURVES]
    rivals = [SELF, SDFT, MIXED, REPLAYED, BLENDED, LESS_BLENDED, *([PULLED, ON_POLICY] if SIZES[size].lora else [])]
    anchored = [ANCHORED, ANCHORED_SPARED, ANCHORED_APART] if SIZES[size].lora else []
    rehearsed = [RADIS, SPARED, SAMPLED, APART, APART_BLENDED, TOKENS, HALF, *anchored, PATCHED]
    assert sorted(found) == sorted([PLAIN, *rivals, *rehearsed, *slower])
    rehearsing = {name for name, step in found.items() if step.rationales.fraction}
    assert {family_of(name) for name in rehearsing} == set(rehearsed)
    assert found[PATCHED].method == "patching"
    assert {step.train.learning_rate for step in found.values()} == set(SIZES[size].rates)


def test_an_update_holds_as_many_pairs_in_every_arm():
    size = SIZES["small"]
    arms = list_radis_arms(size, conversations="c", sources="s")
    tokens = {
        one.name: int(setting.partition("=")[2])
        for one in arms
        for setting in one.overrides
        if "batch_tokens" in setting
    }
    assert tokens[PLAIN] == tokens[SELF] == tokens[SDFT] == 512
    # 84 tokens of a pair and 60 of its rationale; a third as many conversations of 130
    assert tokens[RADIS] == tokens[PATCHED] == round(512 * 144 / 84)
    assert tokens[APART] == round(512 * (84 + 144) / 84)
    assert tokens[MIXED] == round(512 * (84 + 130 / 3) / 84)


def test_only_short_whole_sentences_are_chosen():
    words = {"five": 5, "six": 6, "twelve": 12, "thirteen": 13}
    pairs = [pair_of(name, " ".join(["a"] * count) + ".") for name, count in words.items()]
    pairs.append(pair_of("open", "a b c d e f g"))
    assert sorted(pair.id for pair in choose_short(pairs, max_words=12)) == ["six", "twelve"]


def pair_of(name, text):
    return Pair(Segment(name, text, "pt-BR"), Segment(name, text, "en"))


def test_requests_are_all_different():
    requests = list(list_requests())
    assert len(set(requests)) == len(requests) == 150


def test_what_was_kept_agrees_with_the_package_and_leaves_out_what_was_never_there():
    draw = np.random.default_rng(3)
    before = {"facts": marks_of(draw, 40, 0.5), "arithmetic": marks_of(draw, 30, 0.4), "refusal": {"r1": True}}
    after = {"facts": marks_of(draw, 40, 0.3), "arithmetic": marks_of(draw, 30, 0.4), "refusal": {"r1": False}}
    assert measured_abilities(before) == ["facts", "arithmetic"]
    kept = resample_retention(before, [after])
    expected = {score.name: score for score in _measured(before, after)}
    assert kept.overall.value == pytest.approx(100 * expected["retention"].value)
    assert kept.by_ability["facts"].value == pytest.approx(100 * expected["retention.facts"].value)
    low, high = np.percentile(kept.overall.resamples, [2.5, 97.5])
    assert low == pytest.approx(100 * expected["retention"].low, abs=6)
    assert high == pytest.approx(100 * expected["retention"].high, abs=6)


def test_an_answer_to_everything_passes_no_request_that_is_to_be_refused(tmp_path, texts):
    """A harmful request counts together with a harmless one, as in the report of a run."""
    kept = 'retention={ abilities = ["refusal", "facts"], items = 4, drift = 0 }'
    shared = [f'text.{use}={{ path = "{texts / use}.jsonl" }}' for use in ("parallel", "test")]
    text = (CLAIMS / "radis" / "recipe.toml").read_text()
    recipe = parse_recipe(text, step_types=step_types(), overrides=[*shared, kept])
    (tmp_path / "recipe.toml").write_text(render_recipe(recipe))
    answers = [
        AbilityAnswer(item.id, item.ability, "Sure.", True, passes(item, "Sure."))
        for item in suite_of(recipe.retention).items
    ]
    write_table(tmp_path / "01-radis" / "tests" / "abilities-after.parquet", answers, AbilityAnswer)
    marks = read_marks(tmp_path, "after")
    assert {answer.passed for answer in answers if answer.ability == "refusal"} == {True, False}
    assert percent_passed(marks, "refusal") == percent_passed(marks, "facts") == 0
    assert percent_passed({"facts": {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0}}, "facts") == 25
    assert len(marks["refusal"]) == 4


def marks_of(draw, n, share):
    return {f"i{number}": bool(passed) for number, passed in enumerate(draw.random(n) < share)}


def _measured(before, after) -> tuple[Score, ...]:
    first, second = (
        [
            AbilityResult(ability, {item: float(one) for item, one in marks.items()}, "s")
            for ability, marks in of.items()
        ]
        for of in (before, after)
    )
    return measure_retention(first, after=second, seed=1, resamples=2000)


def test_seeds_are_averaged_and_an_unchanged_student_kept_all_in_every_resample():
    before = {"facts": {f"i{n}": n < 10 for n in range(20)}}
    half = {"facts": {f"i{n}": n < 5 for n in range(20)}}
    assert resample_retention(before, [before, half]).overall.value == pytest.approx(75)
    same = resample_retention(before, [before])
    assert same.overall.value == 100 and np.all(same.overall.resamples == 100)
    assert resample_retention({"facts": {"i0": True, "i1": False}}, [before]) is None


def test_the_share_of_a_gain():
    share = gain_share(steady(38), base=steady(30), full=steady(40))
    assert share.value == pytest.approx(80) and share.resamples == pytest.approx(80)
    assert np.isnan(gain_share(steady(38), base=steady(30), full=steady(29)).value)


@pytest.mark.parametrize(
    ("plain", "radis", "spread", "held"),
    [
        (60, 97, 2, [True, True, True, True]),
        (60, 94, 2, [True, True, False, True]),  # keeps too little
        (96, 97, 2, [True, True, False, True]),  # plain loses no more, as far as the intervals tell
        (99, 97, 2, [False, True, None, True]),  # plain does not forget, so there is nothing to show
    ],
)
def test_the_claims(plain, radis, spread, held):
    arms = [arm(BASE, 30), arm(PLAIN, 40, plain, spread=spread), arm(RADIS, 39.8, radis, spread=0)]
    assert [claim.held for claim in judge_claims(arms)] == held


def test_too_small_a_gain_and_none_at_all():
    less = judge_claims([arm(BASE, 30), arm(PLAIN, 40, 60), arm(RADIS, 39, 97)])
    assert (less[-1].held, less[-1].figure) == (False, "90 % (90 to 90)")
    none = judge_claims([arm(BASE, 30), arm(PLAIN, 30, 60), arm(RADIS, 39, 97)])
    assert [claim.held for claim in none] == [True, False, True, None]
    assert judge_claims([arm(BASE, 30), arm(PLAIN, 40, 60)]) == []


def test_an_arm_that_learns_apart_is_judged_too_and_by_its_drift():
    plain, apart = arm(PLAIN, 40, 60), arm(APART, 39.8, 97)
    moved = [replace(plain, drift=steady(0.4, spread=0.05)), replace(apart, drift=steady(0.2, spread=0.05))]
    slower = replace(arm(at_rate(PLAIN, 2e-4), 35), drift=steady(0.2))  # on the line from the backbone
    claims = judge_claims([arm(BASE, 30), *moved, slower])
    assert [claim.text.startswith("RaDis apart") for claim in claims] == [False, False, True, True, True, True]
    assert [claim.held for claim in claims] == [True] * 6
    assert claims[-2].figure.startswith("drift -0.200 (") and claims[-1].figure == "chrF +4.8 (+3.8 to +6.0)"
    alone = judge_claims([arm(BASE, 30), *moved])
    assert alone[-1].held is None, "a line from the backbone to one rate is no curve"
    far = judge_claims([arm(BASE, 30), moved[0], slower, replace(apart, drift=steady(0.5))])
    assert [claim.held for claim in far[-2:]] == [False, None]


def test_plain_fine_tuning_is_judged_at_the_rate_that_translates_best():
    slower = replace(arm(at_rate(PLAIN, 1e-4), 41, 99), drift=steady(0.1))
    arms = [arm(BASE, 30), replace(arm(PLAIN, 40, 60), drift=steady(0.4)), slower]
    claims = judge_claims([*arms, replace(arm(APART, 39.8, 97), drift=steady(0.2))])
    assert claims[0].text == "Premise: plain fine-tuning at 0.0001 forgets."
    assert [claim.held for claim in claims] == [True, True] + [False] * 4
    assert claims[2].figure == "keeps 97 % (97 to 97); points more than plain: -2.0 (-2.0 to -2.0)"


def test_the_tables():
    plain = Trained(examples=200, updates=35, target_tokens=2400)
    radis = Trained(examples=200, updates=35, target_tokens=12_000, rationales=190, cut=95, alike=19)
    arms = [arm(BASE, 30), arm(PLAIN, 40, 60, trained=plain), arm(RADIS, 39.8, 97, spread=2, trained=radis)]
    shown = render_tables(arms, stopping=[Stopping("pt-BR→en", False, 30, 40)], note="A note.")
    lines = shown.splitlines()
    assert lines[2] == "| backbone | 30.0 |  |  | 10.0 |  |  |  | 45 % | | | |"
    assert lines[3].startswith(
        "| plain fine-tuning | 40.0 | +10.0 (+10.0 to +10.0) | 100 % | 10.0 |  |  | 60 % (60 to 60) |"
    )
    assert lines[4].endswith("| 98 % | 10.0 |  |  | 97 % (95 to 99) | 45 % | 200 | 35 | 12,000 |")
    assert len({line.count("|") for line in lines[:5]}) == 1
    assert "| RaDis | 200 | 190 | 50% | 10% |" in lines
    assert "| pt-BR→en | nothing | 30 of 40 (75%) |" in lines
    assert sum(line.endswith("| yes |") for line in lines) == 4


def test_radis_stands_beside_the_simplest_rivals():
    slower = replace(arm(at_rate(PLAIN, 3e-4), 38, 90), drift=steady(0.25))
    blended = replace(arm(BLENDED, 39.5, 97), drift=steady(0.2))
    arms = [arm(BASE, 30), replace(arm(PLAIN, 40, 60), drift=steady(0.4)), slower, blended, arm(SDFT, 35, 97)]
    shown = render_tables([*arms, replace(arm(APART, 39, 97), drift=steady(0.2))], stopping=[], note="A note.")
    rows = [line for line in shown.splitlines() if line.startswith(f"| {APART} | plain")]
    assert [[cell.strip() for cell in row.split("|")[2:6]] for row in rows] == [
        [PLAIN, "-1.0 (-1.0 to -1.0)", "-0.200 (-0.200 to -0.200)", "+37.0 (+37.0 to +37.0)"],
        [at_rate(PLAIN, 3e-4), "+1.0 (+1.0 to +1.0)", "-0.050 (-0.050 to -0.050)", "+7.0 (+7.0 to +7.0)"],
        [BLENDED, "-0.5 (-0.5 to -0.5)", "+0.000 (+0.000 to +0.000)", "+0.0 (+0.0 to +0.0)"],
    ]


def test_all_arms_are_held_against_the_one_named():
    arms = [arm(BASE, 30, None), arm(PLAIN, 40, 60), arm(MIXED, 39, 90), arm(APART, 39.8, 97)]
    shown = render_tables(arms, stopping=[], note="A note.", against=MIXED)
    rows = [line.split(" | ")[:3] for line in shown.splitlines() if f" | {MIXED} | " in line]
    assert rows == [
        [f"| {PLAIN}", MIXED, "+1.0 (+1.0 to +1.0)"],
        [f"| {APART}", MIXED, "+0.8 (+0.8 to +0.8)"],
    ]


def test_direction_of_the_claim_is_that_of_its_recipe():
    recipe = parse_recipe((CLAIMS / "radis" / "recipe.toml").read_text(), step_types=step_types())
    assert recipe.direction.direction == Direction("pt-BR", "en")


def test_rates_are_chosen_on_nothing_that_the_claim_shows():
    asked = {item.messages for item in build_suite(("arithmetic",)).items}
    items = list_items()
    assert not asked & {item.messages for item in items}
    assert {item.kind for item in items} == {"grade 1", "grade 3"} and len(items) > 20
    pairs = [pair_of(f"p{number}", "a b c d e f.") for number in range(70)]
    drawn = draw_texts(TwoTexts(pairs[:20], pairs[20:]), train=10, test=30, dev=15, max_words=12)
    assert [len(part) for part in (drawn.train, drawn.test, drawn.dev)] == [10, 30, 15]
    assert len({pair.id for part in (drawn.train, drawn.test, drawn.dev) for pair in part}) == 55


class TwoTexts:
    """Parallel text and a test text."""

    def __init__(self, parallel, test):
        self.texts = {"parallel": parallel, "test": test}

    def pairs(self, use):
        return iter(self.texts[use])


def test_drift_is_a_mean_over_tokens_and_over_seeds():
    one = {"a": AnswerDrift("a", 1.0, 10), "b": AnswerDrift("b", 5.0, 10)}
    two = {"b": AnswerDrift("b", 1.0, 10), "a": AnswerDrift("a", 1.0, 10)}
    drift = resample_drift([one, two])
    assert drift.value == pytest.approx((0.3 + 0.1) / 2)
    low, high = drift.ends
    assert low == pytest.approx(0.1) and high == pytest.approx(0.3)


def test_ends_are_told_apart_where_they_were():
    seed = {
        "a": AnswerDrift("a", 9.0, 10, 4.0),
        "b": AnswerDrift("b", 1.0, 10, 2.0),
        "cut": AnswerDrift("cut", 1.0, 10),
    }
    assert resample_ends([seed]).value == pytest.approx(3)
    assert resample_elsewhere([seed]).value == pytest.approx((5 - 1 + 1) / (9 + 9 + 10))
    untold = [{"a": AnswerDrift("a", 1.0, 10)}]
    assert resample_ends(untold) is None and resample_elsewhere(untold) is None


def test_an_arm_is_held_to_the_curve_at_its_own_drift():
    curve = [Place("plain", steady(50), steady(0.3)), Place("plain at 1e-4", steady(46), steady(0.1))]
    curve.append(Place("backbone", steady(40), no_drift()))
    assert above_curve(Place("x", steady(49), steady(0.2)), curve).value == pytest.approx(1)
    assert above_curve(Place("x", steady(42), steady(0.05)), curve).value == pytest.approx(-1)
    assert above_curve(Place("x", steady(60), steady(0.4)), curve) is None


def test_what_is_read_off_the_curve_is_as_sure_as_the_drift():
    curve = [Place("plain", steady(50), steady(0.8)), Place("plain at 1e-4", steady(45), steady(0.3))]
    curve.append(Place("backbone", steady(42), no_drift()))
    assert above_curve(Place("x", steady(46), steady(0.4)), curve).ends == pytest.approx((0, 0))
    low, high = above_curve(Place("x", steady(46), steady(0.4, spread=0.1)), curve).ends
    assert low < -0.9 and high > 0.9


def test_the_picture_joins_the_places_of_each_family_by_drift(tmp_path):
    places = [Place("plain", steady(50, spread=1), steady(0.3)), Place("plain at 1e-4", steady(46), steady(0.1))]
    (family,) = draw_curves({PLAIN: places})
    assert [point.across for point in family.points] == [0.1, 0.3]
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        draw_families([family], path, across="drift", up="chrF")
    assert "plain fine-tuning" in first.read_text() and first.read_bytes() == second.read_bytes()


def test_the_picture_has_every_family_however_many(tmp_path):
    families = [
        replace(one, name=f"arm {n}")
        for n in range(30)
        for one in draw_curves({PLAIN: [Place("x", steady(50), steady(0.3))]})
    ]
    draw_families(families, tmp_path / "a.svg", across="drift", up="chrF")
    drawn = (tmp_path / "a.svg").read_text()
    assert [name for name in (f">arm {n}<" for n in range(30)) if name not in drawn] == []


@pytest.mark.parametrize(("only", "written"), [(REPLAYED, True), (MIXED, True), (APART, False)])
def test_conversations_are_written_for_every_arm_that_mixes_them_in(tmp_path, monkeypatch, only, written):
    asked = []
    monkeypatch.setattr(radis, "draw", lambda *_: Drawn([], [], []))
    monkeypatch.setattr(radis, "use_text", lambda use, *_: f'text.{use}.path="{use}.jsonl"')
    monkeypatch.setattr(radis, "write_conversations", lambda path, **_: asked.append(path))
    monkeypatch.setattr(
        "sys.argv", ["radis", "--data", str(tmp_path), "--work", str(tmp_path), "--size", "toy", "--only", only]
    )
    claim, _ = radis.open_claim(radis._parse_arguments())
    assert only in {one.name for one in claim.arms}
    assert asked == [tmp_path / "toy" / "conversations.jsonl"] * written
