import re

import pytest

from tutelage.core.placeholders import (
    _PATTERNS,
    find_placeholders,
    mask_placeholders,
    missing_placeholders,
    placeholders_kept,
    unmask,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%1 of %2 items", [("%1", "numbered"), ("%2", "numbered")]),
        ("Hello %s, you are %d", [("%s", "printf"), ("%d", "printf")]),
        ("%(name)s costs %-5.2f", [("%(name)s", "printf"), ("%-5.2f", "printf")]),
        ("%2$s before %1$s", [("%2$s", "printf"), ("%1$s", "printf")]),
        ("100%% of %@", [("%%", "printf"), ("%@", "printf")]),
        ("{0} {name} {} {x:>5}", [("{0}", "brace"), ("{name}", "brace"), ("{}", "brace"), ("{x:>5}", "brace")]),
        ("{{count}} files", [("{{count}}", "brace")]),
        ("${HOME} and $(arch)", [("${HOME}", "dollar"), ("$(arch)", "dollar")]),
        ('<b>x</b><br/><a href="u">', [("<b>", "tag"), ("</b>", "tag"), ("<br/>", "tag"), ('<a href="u">', "tag")]),
        ("a &amp; b &#10; &#xA;", [("&amp;", "entity"), ("&#10;", "entity"), ("&#xA;", "entity")]),
        (r"one\ntwo\tthree", [(r"\n", "escape"), (r"\t", "escape")]),
        ("(see https://a.org/x?y=1&z=%20).", [("https://a.org/x?y=1&z=%20", "url")]),
        ("write to me@host.example.org.", [("me@host.example.org", "email")]),
        ("100% sure, 5 % off, a < b > c, {not this}, _File &File", []),
        ("caf&eacute; C:\\temp", []),
    ],
)
def test_finds_each_kind(text, expected):
    spans = find_placeholders(text)
    assert [(span.text, span.kind) for span in spans] == expected
    assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("%s in %s", "%2$s em %1$s", True),
        ("<b>No</b>", "<B>Não</B>", True),
        ('<a href="/en">x</a>', '<a href="/pt">x</a>', True),
        ("%1 %2", "%2 %1", True),
        ("%1 %1", "%1", False),
        ("%1", "%1 %1", False),
        ("{name}", "{nome}", False),
        ("plain", "simples", True),
    ],
)
def test_kept_is_the_same_multiset(source, target, kept):
    assert placeholders_kept(source, target) is kept


def test_missing_are_named_as_often_as_they_lack():
    assert missing_placeholders("%s and %s <b>", "e %s") == ("%s", "<b>")
    assert missing_placeholders("%s", "%s %s") == ()


@pytest.mark.parametrize(
    "text",
    ["Delete %1?", "<b>Bold</b>text", "%1%2 {0}", "X1X is %s", "no placeholder", "%s", r"a\nb", "a<b>c</b>d &amp;e"],
)
def test_unmasking_the_mask_gives_the_text(text):
    masked = mask_placeholders(text)
    assert unmask(masked.text, masked) == text
    assert all(span.text not in masked.text for span in masked.originals)


def test_mask_stands_off_from_words_and_unmask_closes_the_gap():
    masked = mask_placeholders("Press <b>Enter</b> now")
    assert masked.text == "Press X1X Enter X2X now"
    assert unmask("Agora x1x Enter X 2X prima", masked) == "Agora <b>Enter</b> prima"


def test_unmask_tells_a_lost_or_doubled_mask():
    masked = mask_placeholders("%1 of %2")
    assert unmask("X1X de X2X", masked) == "%1 de %2"
    assert unmask("X2X: X1X", masked) == "%2: %1"
    assert unmask("X1X de", masked) is None
    assert unmask("X1X de X1X X2X", masked) is None


def test_masks_do_not_collide_with_the_text():
    masked = mask_placeholders("X1X %s X7X")
    assert masked.text == "X1X X8X X7X"
    assert unmask("X7X X8X X1X", masked) == "X7X %s X1X"


@pytest.mark.parametrize("kind", _PATTERNS)
def test_no_pattern_begins_with_a_repetition_without_a_bound(kind):
    """Such a pattern is tried at each character and runs to the end from each: quadratic in a long word."""
    opcode, details = re._parser.parse(_PATTERNS[kind])[0]
    assert str(opcode) != "MAX_REPEAT" or details[1] <= 64


def test_zeros_behind_a_percent_sign_are_read_once():
    """Flags and width both take zeros: where both are without a bound, every way to share them out is tried."""
    repeats = [
        details
        for opcode, details in re._parser.parse(_PATTERNS["printf"].partition("|")[2])
        if "REPEAT" in str(opcode)
    ]
    assert max(most for _, most, _ in repeats) <= 5


@pytest.mark.parametrize("size", [30, 6_000])
def test_masks_with_many_digits_are_no_masks(size):
    text = f"{{}} X{'1' * size}X"
    assert unmask(mask_placeholders(text).text, mask_placeholders(text)) == text


def test_touching_placeholders_share_one_text():
    masked = mask_placeholders("%s" * 2_000 + " and %d")
    assert [len(one.text) for one in masked.originals] == [4_000, 2]
