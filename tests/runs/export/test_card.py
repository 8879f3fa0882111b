"""The model card tells what the evidence holds, and no more."""

from dataclasses import replace

import pytest

from promoted_runs import promoted_step
from tutelage.core.decoding import Decoding
from tutelage.core.evidence import Comparison, GateDecision, RuleOutcome, SystemScores
from tutelage.core.languages import Direction
from tutelage.evaluation.report_data import RunReport
from tutelage.runs.export.card import Card
from tutelage.runs.export.parity import Parity
from tutelage.students.exports.export import Export
from whole_runs import make_recipe

EN_DE = Direction("en", "de")
AWARE = {
    "method": "language_aware",
    "directions": [{"source": "en", "target": "de", "path": "/home/me/secret/pairs.tsv", "test": "de-test.tsv"}],
}


def make_card(*, passed=True, licence=None, data=None, steps=None, **changes):
    recipe = make_recipe(
        {
            "name": "manuals",
            "direction": {"source": "en", "target": "de"},
            "student": {"model": "/home/me/models/opus-en-de"},
            "text": {"pool": {"path": "/home/me/pool.txt"}, "test": {"path": ["a.tsv", "embedded:general"]}},
            "step": [{"method": "patching"}],
        }
        | changes
    )
    report = RunReport(
        "manuals", "2026-01-31", "1", "better", EN_DE, "/home/me/models/opus-en-de", "llm",
        steps or (promoted_step("patching"),), "", "tutelage run", "a machine",
    )  # fmt: skip
    rule = RuleOutcome("chrf: not worse by more than 0.3", passed, "ChrF fell.")
    comparison = Comparison("domain", "chrf", 50.0, 49.9, -0.1, -0.3, 0.1, 0.4, True, 60)
    parity = Parity((comparison,), GateDecision("no better", passed, (rule,)), 60, 3)
    export = Export("ctranslate2", "int8", EN_DE, "abc", Decoding(beam_size=4), protect=False)
    return Card(report, recipe, export, parity, licence, data or {}).render()


def test_paths_of_this_machine_are_left_out():
    card = make_card(step=[AWARE])
    assert "/home" not in card and "`opus-en-de`" in card and "| pool | `pool.txt` | not stated |" in card
    assert "| step 1, en→de | `pairs.tsv` | not stated |" in card
    assert "| step 1, en→de, test | `de-test.tsv` | not stated |" in card


def test_licences_are_those_that_somebody_has_stated():
    assert "license: unknown\n" in make_card() and "Licence of the weights: not stated" in make_card()
    card = make_card(licence="CC-BY-NC-4.0 (research)", data={"pool": "CC0-1.0"})
    assert "license: cc-by-nc-4.0\n" in card and "| pool | `pool.txt` | CC0-1.0 |" in card
    assert "| test | `a.tsv`, `embedded:general` | not stated, Apache-2.0 (written for Tutelage) |" in card
    assert "license: other\n" in make_card(licence="Ours: ask [us]")


def test_how_it_is_decoded_and_not_protected_is_told():
    assert "beam of 4, at most 256" in make_card() and "no protection" in make_card()


@pytest.mark.parametrize(("value", "told"), [(0.0, False), (2.5, True)])
def test_outputs_in_other_languages_are_a_warning_if_there_are_any(value, told):
    step = promoted_step("patching")
    *rest, after = step.systems
    scores = tuple(replace(one, value=value) if one.name == "off_target" else one for one in after.scores)
    changed = replace(step, systems=(*rest, SystemScores(after.system, after.test, after.signature, scores)))
    assert ("text that nobody checks" in make_card(steps=(changed,))) is told


def test_a_refused_one_says_so_first():
    card = make_card(passed=False)
    assert card.index("**Refused") < card.index("How to use it") and "**not held**" in card
    assert "Refused" not in make_card()


def test_what_was_not_promoted_is_not_told_as_such():
    lost = replace(promoted_step("radis"), number=2, gate=GateDecision("worse", False, ()))
    card = make_card(steps=(promoted_step("patching"), lost))
    assert "by patching." in card and "radis" not in card
