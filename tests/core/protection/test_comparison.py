import pytest

from tutelage.core.protection.comparison import emptied_tags, lost_spans, missing_spans, placeholders_kept, spans_kept
from tutelage.core.protection.spans import ALL


@pytest.mark.parametrize(
    ("source", "target", "emptied"),
    [
        ("Open the <b>file</b>.", "Abra o arquivo <b></b>.", ("<b>",)),
        ("Open the <b>file</b>.", "Abra o <b>arquivo</b>.", ()),
        ("Open <a></a>it.", "Abra <a> </a>isso.", ()),
        ("<b>A</b> and <b></b>", "<b></b> e <b></b>", ("<b>",)),
        ("See <b>%s</b>.", "Veja %s <b></b>.", ("<b>",)),
        ("<b><i>No</i></b>", "<b><i>Não</i></b>", ()),
    ],
)
def test_a_pair_of_tags_without_its_words_is_a_loss(source, target, emptied):
    assert emptied_tags(source, target) == lost_spans(source, target) == emptied


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("%s in %s", "%2$s em %1$s", True),
        ("%s in %d", "%2$d em %1$s", True),
        ("%s in %d%%", "%2$d em %1$s%%", True),
        ("%s in %d", "%d em %s", False),
        ("{} in {:>5}", "{:>5} em {}", False),
        ("{a} in {b}", "{b} em {a}", True),
        ("<b>No</b>", "<B>Não</B>", True),
        ("<b>No</b>", "</b>Não<b>", False),
        ("<b><i>No</i></b>", "<b><i>Não</b></i>", False),
        ("No<br>yes", "Não<br>sim", True),
        ('<a href="/en">x</a>', '<a href="/pt">x</a>', True),
        ("%1 %2", "%2 %1", True),
        ("%1 %1", "%1", False),
        ("%1", "%1 %1", False),
        ("{name}", "{nome}", False),
        ("1% more", "%1 artış", True),
        ("plain", "simples", True),
    ],
)
def test_kept_is_the_same_spans_in_an_order_that_means_the_same(source, target, kept):
    assert placeholders_kept(source, target) is kept


def test_numbers_count_by_their_digits():
    assert spans_kept("1,234.5 on 2024-11-05", "1.234,5 em 2024-11-05", ALL)
    assert not spans_kept("2024-11-05", "2024-115", ALL)


def test_a_letter_that_sticks_to_its_placeholder_is_missed():
    assert lost_spans("%1$dh %2$dm left", "restam %1$dh %2$d", ALL) == ("%2$dm",)
    assert spans_kept("%dms", "%dms", ALL) and spans_kept("%dd", "%2$dd", ALL)


def test_a_path_is_missed():
    assert lost_spans("See ~/.x/y.log", "Veja ~/ .x/y.log", ALL) == ("~/.x/y.log",)


def test_missing_are_named_as_often_as_they_lack():
    assert missing_spans("%s and %s <b>", "e %s") == ("%s", "<b>")
    assert missing_spans("%s", "%s %s") == ()


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("{count, plural, one {Vote} other {Votes}}", "{count, plural, one {Oy} other {Oylar}}", True),
        ("{count, plural, one {# Vote} other {# Votes}}", "{count, plural, other {# 票}}", True),
        (
            "{count, plural, one {# file} other {# files}}",
            "{count, plural, one {# p} few {# p} many {# p} other {# p}}",
            True,
        ),
        ("{0, choice, 0#no file|1<{0} files}", "{0, choice, 0#nenhum|1<{0} arquivos}", True),
        ("{0, choice, 0#no file|1<{0} files}", "{0, escolha, 0#nenhum|1<{0} arquivos}", False),
        ("{count, plural, one {Vote} other {Votes}}", "{conta, plural, one {Voto} other {Votos}}", False),
        ("{g, select, male {He} other {They}}", "{g, select, homem {Ele} other {Eles}}", False),
        ("{n, plural, one {{a}} other {{b}}}", "{n, plural, one {x} other {{b}}}", False),
    ],
)
def test_branches_of_messages_are_text_and_their_structure_is_not(source, target, kept):
    assert placeholders_kept(source, target) is kept
