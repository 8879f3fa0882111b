"""The suite: what is in it, that it is always the same, and that its right answers pass."""

import re
from collections import Counter

import pytest

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.retention import BUILT_IN_ABILITIES
from tutelage.evaluation.retention import reasoning
from tutelage.evaluation.retention.arithmetic import arithmetic_items
from tutelage.evaluation.retention.checks import CHECKS, passes
from tutelage.evaluation.retention.facts import fact_items
from tutelage.evaluation.retention.instructions import DRAWS, PAIRS, instruction_items
from tutelage.evaluation.retention.open_requests import criterion, open_items
from tutelage.evaluation.retention.suite import BUILT_IN, build_suite
from tutelage.stages.retention.answers import AbilityAnswer, results_of


def test_what_is_in_it():
    suite = build_suite(BUILT_IN_ABILITIES)
    assert tuple(BUILT_IN) == BUILT_IN_ABILITIES
    units = {item.counted_as: item.ability for item in suite.items}
    assert Counter(units.values()) == {
        "instructions": 106,
        "arithmetic": 100,
        "facts": 100,
        "refusal": 30,
        "wrapped_refusal": 90,
        "harmless": 50,
    }
    assert len({item.id for item in suite.items}) == len(suite.items) == 602
    assert len(units) == 476
    for ability in BUILT_IN_ABILITIES:
        messages = [item.messages for item in suite.items if item.ability == ability]
        assert len(set(messages)) == len(messages)
    assert {check.name for item in suite.items for check in item.checks} <= set(CHECKS)
    assert not any(re.search(r"[{}]", item.messages[0][1]) for item in suite.items)


def test_it_is_always_the_same_and_signed():
    first, again = build_suite(["facts", "arithmetic"]), build_suite(["facts", "arithmetic"])
    assert first == again
    assert build_suite(["facts"]).signature != first.signature
    assert build_suite(["facts", "arithmetic"], max_answer_tokens=8).signature != first.signature
    assert instruction_items(seed=1) != instruction_items(seed=2)


def test_a_limit_takes_from_every_kind_and_grows():
    few, more = (build_suite(["arithmetic"], limit=limit).items for limit in (5, 12))
    assert {item.kind for item in few} == {f"grade {grade}" for grade in range(1, 6)}
    assert {item.id for item in few} < {item.id for item in more}
    assert len(more) == 12


def test_a_limit_counts_pairs_and_tears_none_apart():
    items = build_suite(["refusal"], limit=7).items
    assert len(items) == 14
    assert set(Counter(item.counted_as for item in items).values()) == {2}


@pytest.mark.parametrize("count", [3, 100, 101, 1000, 5000])
def test_arithmetic_in_any_number_adds_to_a_smaller_one(count):
    items = arithmetic_items(seed=1, count=count)
    assert len({item.messages for item in items}) == len({item.id for item in items}) == len(items) == count
    few = {item.id: item for item in arithmetic_items(seed=1)}
    assert all(few[item.id] == item for item in items if item.id in few)
    assert len(few.keys() & {item.id for item in items}) == min(count, 100)
    assert len(build_suite(["arithmetic"], sums=count).items) == count


def test_arithmetic_has_an_end():
    with pytest.raises(ValueError, match="different tasks"):
        arithmetic_items(seed=1, count=10**6)


FILLER = "This is an interesting question. It depends on many things, and opinions about it differ widely. That is all."
DEGENERATE = {
    "ok": lambda _: "ok.",
    "yes": lambda _: "yes",
    "no": lambda _: "No.",
    "sure": lambda _: "Sure!",
    "one letter": lambda _: "a",
    "dots": lambda _: "...",
    "an apology": lambda _: "I'm sorry, but I can't help with that.",
    "no idea": lambda _: "I do not know the answer to this question, and there is nothing more to say.",
    "filler": lambda _: FILLER,
    "filler in lines": lambda _: "- " + FILLER.replace(". ", ".\n- "),
    "filler in capitals": lambda _: FILLER.upper(),
    "filler in quotes": lambda _: f'"{FILLER.lower()}"',
    "the question again": lambda item: item.messages[-1][1],
    "the question again, in small letters": lambda item: item.messages[-1][1].lower(),
}


@pytest.mark.parametrize("answerer", DEGENERATE)
@pytest.mark.parametrize("ability", BUILT_IN_ABILITIES)
def test_who_does_not_answer_scores_nothing(ability, answerer):
    suite = build_suite([ability])
    answers = [
        AbilityAnswer(item.id, item.ability, text, True, passes(item, text))
        for item in suite.items
        for text in [DEGENERATE[answerer](item)]
    ]
    (result,) = results_of(suite, answers)
    assert result.percent == 0


def test_no_harmless_request_holds_what_its_answer_must_speak_of():
    for item in build_suite(["harmless"]).items:
        spoken = [check for check in item.checks if check.name == "speaks_of"]
        assert spoken and not passes(item, f"About this: {item.messages[-1][1]}"), item


def test_a_real_answer_passes_and_a_pair_needs_both():
    suite = build_suite(["refusal", "instructions"])

    def answer(item):
        return (
            "I cannot help with that." if item.checks[0].name == "refused" else "Learn to play well and find a label."
        )

    answers = [AbilityAnswer(i.id, i.ability, answer(i), True, passes(i, answer(i))) for i in suite.items]
    refusal, instructions = results_of(suite, answers)
    assert (refusal.percent, len(refusal.marks), len(instructions.marks)) == (100, 30, 106)
    tea = next(item for item in suite.items if "how to make tea" in item.messages[0][1] and item.kind == "one_sentence")
    assert passes(tea, "Boil fresh water and pour it over the leaves.")
    assert not passes(tea, "Boil fresh water. Pour it over the leaves.")


def test_arithmetic_is_right():
    signs = {" times ": " * ", " divided by ": " / "}
    for item in arithmetic_items(seed=5):
        formula = re.match(r"What is (.+?)\?", item.messages[0][1])
        if item.kind == "grade 5":
            assert formula is None
            continue
        text = formula[1]
        for word, sign in signs.items():
            text = text.replace(word, sign)
        assert passes(item, f"The result is {eval(text):.0f}."), item
        assert not passes(item, f"The result is {eval(text) + 1:.0f}."), item


def test_stories_come_to_their_result():
    items = {item.messages[0][1]: item for item in arithmetic_items(seed=1) if item.kind == "grade 5"}
    story = next(text for text in items if text.startswith("Tom had"))
    had, sister, brother = map(int, re.findall(r"\d+", story))
    assert passes(items[story], f"Tom has {had - sister - brother} coins left.")


def test_accepted_answers_pass():
    for item in fact_items():
        for accepted in item.checks[0].arguments["accepted"]:
            assert passes(item, f"It is {accepted}, of course.")


def test_every_form_of_instruction_is_there():
    kinds = {item.kind for item in instruction_items(seed=1)}
    assert kinds == {*DRAWS, "one_of", *("+".join(pair) for pair in PAIRS)}


def test_open_requests_have_a_criterion():
    requests = [item.messages[0][1] for item in open_items()]
    assert len(requests) == len(set(requests)) == 60
    assert len(open_items(limit=3)) == 3
    assert criterion().startswith("which helps")


def test_without_the_package_reasoning_names_its_extra(monkeypatch):
    monkeypatch.setattr(reasoning, "MODULE", "no_such_package")
    with pytest.raises(MissingExtraError, match=r"tutelage\[retention\]"):
        build_suite([], datasets={"chain_sum": 2})


def test_tasks_of_reasoning_gym():
    suite = build_suite([], datasets={"chain_sum": 2, "spell_backward": 1})
    assert [item.kind for item in suite.items] == ["chain_sum", "chain_sum", "spell_backward"]
    for item in suite.items:
        right = item.checks[0].arguments["entry"]["answer"]
        assert passes(item, f"I think so.\n<answer>{right}</answer>")
        assert passes(item, right)
        assert not passes(item, f"<answer>{right}x1</answer>")
    assert suite == build_suite([], datasets={"chain_sum": 2, "spell_backward": 1})
    with pytest.raises(UsageError, match="Did you mean 'chain_sum'"):
        build_suite([], datasets={"chainsum": 2})
