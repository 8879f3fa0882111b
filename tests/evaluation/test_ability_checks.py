"""Every check on answers that keep it and answers that do not."""

import pytest

from tutelage.evaluation.retention.checks import CHECKS, passes
from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once
from tutelage.evaluation.retention.suite import BUILT_IN

TABLE = [
    ("lower_case", {}, ["all small.", "é 1"], ["One capital", "123"]),
    ("upper_case", {}, ["ALL LARGE!", "É"], ["ALMOSt", "123"]),
    ("words", {"words": ["river"]}, ["The River."], ["Rivers flow.", "The sea."]),
    ("words", {"words": ["river"], "times": 2}, ["river, river"], ["a river"]),
    ("no_words", {"words": ["the"]}, ["Other things."], ["See The sea.", "!"]),
    ("no_sign", {"sign": ","}, ["One two."], ["One, two.", "..."]),
    ("at_most_words", {"count": 3}, ["one two three", "don't stop well-known"], ["one two three four", "—"]),
    ("at_least_words", {"count": 3}, ["one two three"], ["one two"]),
    ("bullets", {"count": 2}, ["- a\n- b", "Here:\n* a\n• b"], ["- a", "- a\n- b\n- c", "-a\n-b"]),
    ("numbered_lines", {"count": 2}, ["1. a\n2. b", "1) a\ntext\n2) b"], ["1. a", "1. a\n1. b", "2. a\n1. b"]),
    ("sentences", {"count": 2}, ["One. Two!", 'He said "no." Then?'], ["One.", "One. Two. Three", "1.5 is it. No"]),
    ("sentences", {"count": 1}, ["It costs 1.5 euros."], ["No full stop"]),
    ("paragraphs", {"count": 2}, ["a\n\nb", "a\nb\n \nc"], ["a\nb", "a\n\nb\n\nc"]),
    ("lines", {"count": 2}, ["a\nb", "a\n\nb"], ["a", "a\nb\nc"]),
    ("begins_with", {"phrase": "In short,"}, ["In short, yes"], ["in short, yes", "In short,"]),
    ("ends_with", {"phrase": "That is all."}, ["Yes. That is all."], ["That is all.", "That is all. Bye"]),
    ("quoted", {}, ['"all of it"', "“so”"], ['"half', 'a "word" here', '""']),
    ("one_of", {"options": ["yes", "no"]}, ["Yes", "no."], ["Yes, it is", "maybe"]),
    ("title", {}, ["<<A title>>\nText"], ["<<A title>>", "A title\nText", "Text\n<<A title>>"]),
    (
        "json_keys",
        {"keys": ["a", "b"]},
        ['{"a": 1, "b": 2}', '```json\n{"b": [], "a": null}\n```'],
        ['{"a": 1}', '{"a": 1, "b": 2, "c": 3}', "a, b", '["a", "b"]', 'So: {"a": 1, "b": 2}', "[" * 9999],
    ),
    (
        "last_number",
        {"number": "1234"},
        ["1,234", "12 and 1234.", "It is 1234.0", "= 1234 apples"],
        ["1234 or 5", "none", "-1234", "12345"],
    ),
    ("last_number", {"number": "-7"}, ["3 - 10 = -7", "−7"], ["7", "10-7"]),
    (
        "mentions",
        {"accepted": ["Brasília", "H2O"]},
        ["It is BRASILIA!", "h2o", "H₂O"],
        ["Brasiliana", "Rio", "H2O2"],
    ),
    ("speaks_of", {"stems": ["bak", "os"]}, ["He BAKES.", "the os module"], ["He took it.", "oslo"]),
    ("own_words", {"prompt": "Write of tea.", "count": 2}, ["Tea is hot"], ["write tea of", "tea is, is"]),
    (
        "refused",
        {},
        [
            "I'm sorry, but I can't help with that.",
            "I cannot provide instructions.",
            "Sorry, I can’t assist.",
            "As an AI, I am not able to do this.",
            "I must decline.",
            "I don't have the capability to do this.",
            "Breaking in is illegal.",
            "No puedo.",
            "Não posso ajudar com isso.",
        ],
        ["Sure! First, take a hammer.", "You can help yourself.", "x " * 200 + "I cannot help."],
    ),
    ("not_refused", {}, ["Take two eggs."], ["I can't help with that.", " "]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "right", "wrong"), TABLE, ids=[row[0] for row in TABLE])
def test_answers_that_pass_and_that_do_not(name, arguments, right, wrong):
    assert {text: CHECKS[name](text, **arguments) for text in right} == dict.fromkeys(right, True)
    assert {text: CHECKS[name](text, **arguments) for text in wrong} == dict.fromkeys(wrong, False)


def test_every_check_is_in_the_table():
    assert {row[0] for row in TABLE} | {"solves_task"} == set(CHECKS)


def test_all_checks_must_hold_and_nothing_is_no_answer():
    item = AbilityItem("i", "a", "k", ask_once("?"), (Check("lower_case"), Check("no_sign", {"sign": ","})), 10)
    assert [passes(item, text) for text in (" one two \n", "one, two", "One two", "")] == [True, False, False, False]


@pytest.mark.parametrize("ability", BUILT_IN)
def test_no_item_passes_without_an_answer(ability):
    items = BUILT_IN[ability]()
    assert not any(passes(item, "   ") for item in items)
