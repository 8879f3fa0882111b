import gc
import itertools
import unicodedata
import weakref
from dataclasses import replace

import pytest

from tutelage.core.languages import Direction
from tutelage.core.protection.alphabet import Alphabet
from tutelage.core.protection.masks import mask
from tutelage.core.protection.spans import ALL, PLACEHOLDERS, find_protected, simplify

EN_PT = Direction("en", "pt-BR")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZáãçéóÁ0123456789 .,:;!?'-()é→%{}")


def alphabet(direction=EN_PT, letters=LETTERS):
    return Alphabet(lambda text: set(text) <= letters, direction)


def unspelled(text, direction=EN_PT, letters=LETTERS):
    return [text[start:end] for start, end in alphabet(direction, letters).find_unspelled(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great 🎉!", ["🎉"]),
        ("by Łukasz Dvořák and João", ["Łukasz", "Dvořák"]),
        ("Müller's file, O'Müller", ["Müller", "Müller"]),
        ("⚠️ Warning", ["⚠️"]),
        ("1️⃣ Open", ["1️⃣"]),
        ("→ not an unknown arrow ⇒", ["⇒"]),
        ("Москва is large", ["Москва"]),
        ("The word 你好 means hello", ["你", "好"]),
        (unicodedata.normalize("NFD", "café São"), []),
        (unicodedata.normalize("NFD", "Dvořák"), [unicodedata.normalize("NFD", "Dvořák")]),
        ("an exam\u00adple", []),
        ("zero\u200bwidth", []),
        ("a\u00a0space", []),
        ("plain text", []),
        ("", []),
    ],
)
def test_words_and_signs_that_cannot_be_spelled_are_found(text, expected):
    assert unspelled(text) == expected


def test_what_another_script_writes_anew_is_left_to_the_student():
    assert unspelled("слово ёлка", Direction("ru", "en"), LETTERS | set("слово лка")) == []
    assert unspelled("слово ёлка", Direction("ru", "bg"), LETTERS | set("слово лка")) == ["ёлка"]
    assert unspelled("слово Łukasz", Direction("ru", "en"), LETTERS | set("слово")) == ["Łukasz"]
    assert unspelled("李彧 writes", Direction("zh", "en"), LETTERS | {"李"}) == []
    assert unspelled("李彧", Direction("zh", "ja"), LETTERS | {"李"}) == ["彧"]
    assert unspelled("by Müller", Direction("en", "zh")) == ["Müller"]


def test_a_character_is_asked_of_the_tokenizer_once():
    asked = []

    def spells(text):
        asked.append(text)
        return set(text) <= LETTERS

    found = Alphabet(spells, EN_PT)
    for _ in range(3):
        assert list(found.find_unspelled("abc ✓")) == [(4, 5)]
    assert sorted(one for one in asked if len(one) == 1 and one != "✓") == ["a", "b", "c"]


def test_spans_of_both_kinds_stand_in_order_and_do_not_overlap():
    protection = replace(ALL, alphabet=alphabet())
    text = "✓ %s by Müller at https://a.org/x in <b>Łódź</b> {n, plural, one {# ✓ file} other {# ✗ files}} ★"
    spans = find_protected(text, protection)
    assert [span.text for span in spans if span.kind == "unspelled"] == ["✓", "Müller", "Łódź", "✓", "✗", "★"]
    assert all(first.end <= second.start for first, second in itertools.pairwise(spans))
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert not [span for span in find_protected(text, ALL) if span.kind == "unspelled"]
    bare = replace(PLACEHOLDERS, alphabet=alphabet())
    assert not [span for span in find_protected(text, bare) if span.kind == "unspelled"], "they are literals"


def test_signs_that_touch_share_a_mask():
    masked = mask("Done 👍🏽👍🏽 by Łukasz!", protection=replace(ALL, alphabet=alphabet()))
    assert masked.text == "Done X1X by X2X!"
    assert [one.original for one in masked.masks] == ["👍🏽👍🏽", "Łukasz"]


def test_a_text_is_given_in_a_form_that_can_be_spelled():
    protection = replace(ALL, alphabet=alphabet())
    given = unicodedata.normalize("NFD", "São café") + "\u00a0here, exam\u00adple 👩\u200d💻 %s\u3000x"
    assert simplify(given, protection) == "São café here, example 👩\u200d💻 %s x"
    assert simplify(given, ALL) == given
    spaced = replace(ALL, alphabet=alphabet(letters=LETTERS | {"\u00a0"}))
    assert simplify("a\u00a0b", spaced) == "a\u00a0b", "a space that the student knows is its own"


def test_no_alphabet_is_kept_once_its_protection_is_gone():
    own = alphabet()
    kept = weakref.ref(own)
    find_protected("{a} by Müller", replace(ALL, alphabet=own, frameworks=frozenset({"never seen before"})))
    del own
    gc.collect()
    assert kept() is None, "it holds its student"
