import pytest

from tutelage.core.protection.masks import LETTERS, MASK_TOKENS, TOKENS, MaskForm, mask, mask_pair, unmask
from tutelage.core.protection.spans import PLACEHOLDERS, Protection


@pytest.mark.parametrize("form", [LETTERS, TOKENS])
@pytest.mark.parametrize(
    "text",
    ["Delete %1?", "<b>Bold</b>text", "%1%2 {0}", "X1X is %s", "no placeholder", "%s", r"a\nb", "a<b>c</b>d &amp;e",
     "⟦1⟧ is %s", "10MB on 2024-11-05"],
)  # fmt: skip
def test_unmasking_the_mask_gives_the_text(text, form):
    masked = mask(text, form)
    assert unmask(masked.text, masked) == text
    assert all(one.original not in masked.text or one.spans[0].kind == "mask" for one in masked.masks)


def test_mask_stands_off_from_words_and_unmask_closes_the_gap():
    masked = mask("Press <b>Enter</b> now")
    assert masked.text == "Press X1X Enter X2X now"
    assert unmask("Agora x1x Enter X 2X prima", masked) == "Agora <b>Enter</b> prima"
    assert mask("Press <b>Enter</b> now", TOKENS).text == "Press ⟦1⟧ Enter ⟦2⟧ now"


@pytest.mark.parametrize("form", [LETTERS, TOKENS])
def test_unmask_tells_a_lost_or_doubled_mask(form):
    masked = mask("{a} of {b}", form)
    first, second = form.write(1), form.write(2)
    assert unmask(f"{first} de {second}", masked) == "{a} de {b}"
    assert unmask(f"{second}: {first}", masked) == "{b}: {a}"
    assert unmask(f"{first} de", masked) is None
    assert unmask(f"{first} de {first} {second}", masked) is None


@pytest.mark.parametrize("frameworks", [frozenset(), frozenset({"python"})])
def test_arguments_that_change_places_are_lost_if_they_cannot_say_which_they_are(frameworks):
    masked = mask("%s in %s", protection=Protection(frameworks))
    assert unmask("X2X em X1X", masked) is None
    assert unmask("X1X em X2X", masked) == "%s em %s"


def test_arguments_that_change_places_say_which_they_are_in_c():
    masked = mask("%s in <b>%d</b>", protection=Protection(frozenset({"c"})))
    assert unmask("X2X em X1X", masked) == "<b>%2$d</b> em %1$s"


def test_what_looks_like_a_mask_gets_one():
    masked = mask("X1X %s X7X")
    assert masked.text == "X1X X2X X3X"
    assert unmask("X3X X2X X1X", masked) == "X7X %s X1X"


@pytest.mark.parametrize("size", [30, 6_000])
def test_masks_with_many_digits_are_no_masks(size):
    text = f"{{}} X{'1' * size}X"
    assert unmask(mask(text).text, mask(text)) == text


def test_touching_spans_share_one_mask():
    masked = mask("%s" * 2_000 + " and %d")
    assert [len(one.original) for one in masked.masks] == [4_000, 2]


def test_spans_beyond_the_capacity_stay_as_they_are():
    text = " ".join(f"{{a{number}}}" for number in range(20))
    masked = mask(text, TOKENS)
    assert len(masked.masks) == len(MASK_TOKENS) == 12
    assert unmask(masked.text, masked) == text and "{a12}" in masked.text


def test_a_pair_has_the_same_number_for_the_same_content():
    pair = mask_pair("Save <b>{name}</b> in {place}", "Em {place}, salvar <b>{name}</b>", TOKENS)
    assert (pair.source, pair.target) == ("Save ⟦1⟧ in ⟦2⟧", "Em ⟦2⟧, salvar ⟦1⟧")
    assert pair.is_whole and pair.masks == 2


def test_a_pair_has_runs_apart_if_one_side_has_them_apart():
    pair = mask_pair("<b>{a}</b> x", "{a} <b>y</b>", TOKENS)
    assert (pair.source, pair.target) == ("⟦1⟧⟦2⟧⟦3⟧ x", "⟦2⟧ ⟦1⟧ y ⟦3⟧")


def test_what_one_side_alone_has_is_left_and_told():
    pair = mask_pair("12 of {a}", "doze de {a} %s", TOKENS)
    assert (pair.source, pair.target, pair.is_whole) == ("12 of ⟦1⟧", "doze de ⟦1⟧ %s", False)


def test_a_pair_matches_positions_and_numbers_by_their_meaning():
    pair = mask_pair("%s costs 1,234.5", "1.234,5 é %1$s", LETTERS)
    assert (pair.source, pair.target) == ("X1X costs X2X", "X2X é X1X")


def test_a_shift_counts_around():
    form = MaskForm(MASK_TOKENS[:3])
    assert mask_pair("{a} {b}", "{b} {a}", form, shift=2).source == "⟦3⟧ ⟦1⟧"
    assert mask_pair("{a} {b} {c} {d}", "{a} {b} {c} {d}", form).target == "⟦1⟧ ⟦2⟧ ⟦3⟧ {d}"


def test_doubled_content_is_counted():
    pair = mask_pair("{a} {a}", "{a}", TOKENS)
    assert (pair.source, pair.target) == ("⟦1⟧ {a}", "⟦1⟧")


def test_numbers_stay_if_they_are_not_protected():
    assert mask("12 {a}", TOKENS, PLACEHOLDERS).text == "12 ⟦1⟧"
