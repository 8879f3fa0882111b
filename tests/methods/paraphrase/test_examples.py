"""Examples with control words: levels by thirds of distances, of one source where a teacher wrote several."""

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.methods.paraphrase.examples import make_dev_examples, make_examples
from tutelage.methods.paraphrase.levels import find_control as find_control_of
from tutelage.methods.paraphrase.pairs import ParaphrasePair
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.students.diversity import DiversityControl

CONTROL = ParaphraseSettings()


def find_control(pairs, *, settings=CONTROL, chats=False):
    return find_control_of(pairs, settings=settings, chats=chats)


def pair(number, lexical, syntactic=None, place=1):
    source = Segment(f"s{number}", f"Source {number}.", "en")
    target = Segment(f"s{number}#{place}", f"Target {number}.", "en")
    made = Provenance(origin="pairs", parents=(source.id,), teacher="t")
    return ParaphrasePair(target.id, source, target, lexical, syntactic=syntactic, provenance=made)


def test_levels_are_thirds_of_the_pairs():
    pairs = [pair(number, number / 9) for number in (8, 0, 4, 1, 7, 3, 2, 6, 5)]
    control = find_control(pairs)
    assert control.edges == {"lexical": (3 / 9, 6 / 9)}
    words = [example.source.split()[0] for example in make_examples(pairs, control=control)]
    assert [words.count(f"<lexical-{level}>") for level in ("low", "medium", "high")] == [3, 3, 3]
    assert words[:3] == ["<lexical-high>", "<lexical-low>", "<lexical-medium>"]


def test_an_example_is_the_pair_behind_its_control_words():
    pairs = [pair(number, number / 3) for number in range(3)]
    example = list(make_examples(pairs, control=find_control(pairs)))[2]
    assert (example.id, example.task, example.kind) == ("paraphrase:s2#1", "paraphrase", "paraphrase")
    assert (example.source, example.target) == ("<lexical-high> Source 2.", "Target 2.")
    assert example.direction.is_paraphrase
    assert example.provenance == pairs[2].provenance


def test_without_control_the_source_stands_alone():
    assert find_control([pair(0, 0.5)], settings=ParaphraseSettings(control=False)) is None
    (example,) = make_examples([pair(0, 0.5)], control=None)
    assert example.source == "Source 0."


def test_syntax_is_an_axis_where_every_pair_has_a_tree():
    pairs = [pair(number, number / 6, syntactic=1 - number / 6) for number in range(6)]
    control = find_control(pairs)
    assert control.axes == ("lexical", "syntactic")
    first = next(iter(make_examples(pairs, control=control)))
    assert first.source == "<lexical-low> <syntactic-high> Source 0."
    assert find_control([*pairs, pair(7, 0.5)]).axes == ("lexical",)


def test_paraphrases_of_one_source_are_compared_with_one_another():
    near = [pair(0, distance, place=place) for place, distance in enumerate((10.0, 20.0, 30.0))]
    far = [pair(1, distance, place=place) for place, distance in enumerate((90.0, 70.0, 80.0))]
    alone = pair(2, 99.0)
    control = find_control([*near, alone, *far], chats=True)
    assert control == DiversityControl({"lexical": (0.0, 10.0)}, within=True, form="instructions")
    sources = [example.source for example in make_examples([*near, alone, *far], control=control)]
    assert [source.partition(":")[0] for source in sources] == [
        "Change few words", "Change some words", "Change nearly all words", "Source 2.",
        "Change nearly all words", "Change few words", "Change some words",
    ]  # fmt: skip


def test_syntax_is_compared_within_a_source_too():
    pairs = [pair(0, float(place), syntactic=50.0 - place, place=place) for place in range(3)]
    control = find_control(pairs)
    assert control.edges == {"lexical": (0.0, 1.0), "syntactic": (0.0, 1.0)}
    first = next(iter(make_examples(pairs, control=control)))
    assert first.source == "<lexical-low> <syntactic-high> Source 0."


def test_pairs_of_which_most_are_alone_are_compared_with_all():
    pairs = [pair(0, 1.0), pair(0, 2.0, place=2), *(pair(number, number + 2.0) for number in range(1, 4))]
    control = find_control(pairs)
    assert not control.within
    assert control.edges == {"lexical": (2.0, 4.0)}


def test_two_pairs_have_no_thirds():
    with pytest.raises(UsageError, match="cannot be parted"):
        find_control([pair(0, 0.1), pair(1, 0.2)])


def test_dev_text_is_asked_at_the_level_it_has():
    same, other = (
        Pair(Segment("d", "The old file opens in the window.", "en"), Segment("d", text, "en"))
        for text in ("The old file opens in the window.", "An aged document is shown.")
    )
    control = DiversityControl({"lexical": (20.0, 60.0)})
    sources = [example.source for example in make_dev_examples([same, other], control=control)]
    assert sources == [f"<lexical-{level}> The old file opens in the window." for level in ("low", "high")]
    within = DiversityControl({"lexical": (-1.0, 1.0)}, within=True)
    for known in (None, within):
        assert [one.source for one in make_dev_examples([same], control=known)] == [same.source.text]
