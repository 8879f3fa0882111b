"""Word lists by hand: what training has seen, which segments test it, and how items are grouped and chosen."""

import pytest

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.term_matching import WordMatcher
from tutelage.evaluation.word_lists import Exposure, WordItem, choose_items, find_items, group_items

GLOSSARY = Glossary(
    [Term("file", "arquivo"), Term("File", "ficheiro"), Term("hard disk", "disco rígido"), Term("menu", "menu")]
)
TRAINING = [
    ("Open the file", "Abra o arquivo"),
    ("Save the file", "Salve o ficheiro"),
    ("Close the file", "Feche-o"),
    ("Open the disk", "Abra o disco"),
]


def pair(number, source, target):
    return Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt"))


def item(name, *, word="w", sightings=0, contexts=0):
    return WordItem(name, word, ("p",), pair(name, "s", "t"), sightings, contexts)


@pytest.fixture
def exposure():
    exposure = Exposure(GLOSSARY, matcher=WordMatcher())
    for source, target in TRAINING:
        exposure.add(source, target)
    return exposure


def test_exposure_by_hand(exposure):
    assert exposure.sightings("file") == exposure.sightings("FILE") == 3
    assert exposure.contexts("file", ["arquivo"]) == 1
    assert exposure.contexts("file", ["arquivo", "ficheiro"]) == 2
    assert exposure.sightings("hard disk") == exposure.contexts("hard disk", ["disco rígido"]) == 0


def test_items_by_hand(exposure):
    pairs = [
        pair(1, "Delete the file on the hard disk", "Exclua o arquivo do disco rígido"),
        pair(2, "The file is here", "Está aqui"),
        pair(3, "Profile", "Perfil"),
    ]
    found = list(find_items(pairs, glossary=GLOSSARY, matcher=WordMatcher(), exposure=exposure))
    assert [(one.id, one.word, one.translations, one.group) for one in found] == [
        ("1#file", "file", ("arquivo",), "unseen context"),
        ("1#hard disk", "hard disk", ("disco rígido",), "unseen word"),
    ]
    assert (found[0].sightings, found[0].contexts) == (3, 1)


def test_groups_by_contexts():
    counts = [(0, 0), (2, 0), (1, 1), (2, 2), (9, 4), (9, 5), (60, 60)]
    items = [item(str(n), sightings=s, contexts=c) for n, (s, c) in enumerate(counts)]
    assert {name: [one.id for one in members] for name, members in group_items(items).items()} == {
        "all": ["0", "1", "2", "3", "4", "5", "6"],
        "unseen word": ["0"],
        "unseen context": ["1", "2", "3", "4", "5", "6"],
        "unseen context, 0": ["1"],
        "unseen context, 1": ["2"],
        "unseen context, 2–4": ["3", "4"],
        "unseen context, 5+": ["5", "6"],
    }
    assert list(group_items(items[:1])) == ["all", "unseen word"]


def test_the_choice_is_capped_by_word_and_does_not_depend_on_the_rest():
    items = [item(f"{word}{n}", word=word) for word in "ab" for n in range(10)]
    chosen = choose_items(items, per_word=3)
    assert [one.word for one in chosen] == ["a"] * 3 + ["b"] * 3
    assert chosen == choose_items(items, per_word=3)
    assert choose_items([one for one in items if one.word == "b"], per_word=3) == chosen[3:]
    assert set(choose_items(list(reversed(items)), per_word=3)) == set(chosen)
    assert choose_items(items, per_word=3, seed=1) != chosen
    assert choose_items(items, per_word=99) == items
