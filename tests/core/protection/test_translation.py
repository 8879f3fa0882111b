from dataclasses import replace

import pytest

from tutelage.core.protection.masks import TOKENS
from tutelage.core.protection.placement import PLACING, words_of
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protection.translation import Guard, Translated, translate_guarded
from tutelage.core.protocols import Alignment, Scored

GUARD = Guard(ALL)
MOVING = replace(GUARD, placing=PLACING)


def translated(text, model, guard=GUARD):
    """The outcome of a text whose stretches a function translates."""
    work, answers = translate_guarded(text, guard), None
    while True:
        try:
            stretches = next(work) if answers is None else work.send(answers)
        except StopIteration as done:
            return done.value
        answers = [Scored(model(stretch.text)) for stretch in stretches]


def test_the_model_sees_masks_and_the_text_comes_back_whole():
    seen = []
    outcome = translated("On 2024-11-05 see https://a.org/x", lambda text: seen.append(text) or text)
    assert outcome == Translated("On 2024-11-05 see https://a.org/x")
    assert seen == ["On X1X see X2X"]
    assert translated("Open %s", str, replace(GUARD, form=TOKENS)).text == "Open %s"


def test_what_a_mask_broke_is_asked_without_it():
    answers = {"Open X1X": "Abra", "Open %s": "Abra %s"}
    assert translated("Open %s", answers.__getitem__) == Translated("Abra %s")


def test_masks_second_are_given_for_what_was_lost_alone():
    answers = {"Open %s": "Abra", "Open X1X": "Abra X1X", "Save %s": "Salve %s"}
    guard = replace(GUARD, masks_first=False)
    assert translated("Open %s", answers.__getitem__, guard) == Translated("Abra %s")
    assert translated("Save %s", answers.__getitem__, guard) == Translated("Salve %s")


def test_what_is_lost_both_ways_is_told_and_the_better_is_taken():
    answers = {"X1X of X2X in X3X": "X1X de X1X X2X", "%s of {a} in 2024": "nada", "of": "{b}", "in": "em"}
    assert translated("%s of {a} in 2024", answers.__getitem__) == Translated("%s de  {a}", ("2024",))


def test_what_is_lost_both_ways_is_translated_around_its_spans():
    answers = {"Save X1X to X2X": "nada", "Save {a} to {b}": "nada", "Save": "Salvar", "to": "em"}
    assert translated("Save {a} to {b}", answers.__getitem__) == Translated("Salvar {a} em {b}")


def test_a_letter_does_not_come_to_touch_a_span_that_it_did_not_touch():
    answers = {"On X1X-hour": "nada", "On 12-hour": "nada", "On": "Em", "-hour": "horas"}
    assert translated("On 12-hour", answers.__getitem__) == Translated("Em 12 horas")


def test_signs_that_belong_to_a_span_stay_with_it():
    seen = []
    text = 'For "{name}" (see {a}), rarely used (+90 days) and {b}\'s file "{c}".'

    def model(stretch):
        seen.append(stretch)
        return "nada" if "X1X" in stretch or "{" in stretch else f"{stretch}."

    outcome = translated(text, model)
    assert seen[2:] == ["For", "(see", ", rarely used", "days) and", "'s file"]
    assert outcome == Translated('For. "{name}" (see. {a}), rarely used. (+90 days) and. {b}\'s file. "{c}".')


def test_a_number_too_much_is_no_loss_and_an_invented_placeholder_is():
    assert translated("{a} of 12", {"X1X of X2X": "X1X", "{a} of 12": "{a} de 12 15"}.__getitem__).lost == ()
    guard = replace(GUARD, masks_first=False)
    assert translated("Open it", {"Open it": "Abra %s"}.__getitem__, guard) == Translated("Abra %s")


def test_lines_and_paragraphs_survive():
    text = "Open the file.\r\nSave the file.\n\nClose."
    assert translated(text, str.upper).text == "OPEN THE FILE.\r\nSAVE THE FILE.\n\nCLOSE."


@pytest.mark.parametrize("text", ["%s", "<b>12</b>", "https://a.org", "2024-11-05", "{{ x }} – {0}"])
def test_what_has_no_words_is_not_asked(text):
    assert translated(text, lambda _: "asked") == Translated(text)


def test_branches_of_messages_are_translated_and_their_keys_kept():
    text = "You have {count, plural, =0 {no votes} one {# vote} other {# votes in {place}}} today."
    outcome = translated(text, lambda text: text.upper().replace("X1X", "X1X"))
    assert outcome.text == "YOU HAVE {count, plural, =0 {NO VOTES} one {# VOTE} other {# VOTES IN {place}}} TODAY."
    text = "{who, select, male {He has {n, plural, one {a file} other {files}}} other {{who} left}}"
    assert translated(text, str.upper).text == (
        "{who, select, male {HE HAS {n, plural, one {A FILE} other {FILES}}} other {{who} LEFT}}"
    )


@pytest.mark.parametrize(
    ("text", "model", "expected"),
    [
        ("&File", {"File": "Ficheiro"}, "&Ficheiro"),
        ("E&xit", {"Exit": "Sair"}, "&Sair"),
        ("_Save as %s", {"Save as X1X": "Guardar como X1X"}, "_Guardar como %s"),
        ("&File", {"File": "文件"}, "文件(&F)"),
        ("R&D", {"R&D": "P&D"}, "P&D"),
    ],
)
def test_accelerators_are_taken_off_and_put_on_a_letter(text, model, expected):
    assert translated(text, model.__getitem__).text == expected


def test_an_accelerator_takes_its_own_key_if_it_is_there():
    assert translated("&Save", {"Save": "Guardar s"}.__getitem__).text == "Guardar &s"
    assert (
        translated("_Open <b>it</b>", {"Open X1X it X2X": "X1X Isso X2X abre"}.__getitem__).text == "<b>Iss_o</b> abre"
    )


def test_without_protection_long_text_is_still_cut_into_pieces():
    asked = []
    text = "One two three. " * 40
    outcome = translated(text, lambda text: asked.append(text) or text, Guard(None, longest=10))
    assert outcome.text == text.strip() and len(asked) == 40


def test_frameworks_tell_what_is_protected():
    guard = replace(GUARD, protection=Protection(frozenset({"c"})))
    answers = {"X1X in X2X": "X2X em X1X"}
    assert translated("%s in %d", answers.__getitem__, guard).text == "%2$d em %1$s"


def looked_at(text, asked, guard=MOVING):
    """The outcome of a text whose words come out in capitals in their order, each looking at itself."""
    work, answers = translate_guarded(text, guard), None
    while True:
        try:
            stretches = next(work) if answers is None else work.send(answers)
        except StopIteration as done:
            return done.value
        asked.append([one.text for one in stretches])
        answers = []
        for one in stretches:
            spans = words_of(one.text).spans
            weights = [[float(row == column) for column in range(len(spans))] for row in range(len(spans))]
            answers.append(Scored(one.text.upper(), None, Alignment(spans, spans, weights) if one.aligned else None))


def test_what_stands_between_tags_that_end_sentences_is_asked_by_itself_at_once():
    asked = []
    text = "<ul>\n <li>One <b>file</b></li>\n <li>two</li></ul><p>Three</p> end"
    assert looked_at(text, asked).text == "<ul>\n <li>ONE <b>FILE</b></li>\n <li>TWO</li></ul><p>THREE</p> END"
    assert asked == [["One file", "two", "Three", "end"]]


def test_tags_move_within_each_sentence_of_a_long_text():
    asked = []
    guard = replace(GUARD, placing=PLACING, longest=4)
    text = "Open the <b>red</b> file. Close the <i>blue</i> one."
    assert looked_at(text, asked, guard).text == "OPEN THE <b>RED</b> FILE. CLOSE THE <i>BLUE</i> ONE."
    assert asked == [["Open the red file.", "Close the blue one."]]


def test_a_pair_that_two_sentences_share_leaves_the_text_whole():
    guard = replace(GUARD, placing=PLACING, longest=4)
    for text in ("Open <b>the file. Close</b> the file.", "<b>One <i>two. Three</i> four</b> five <i>six</i>."):
        assert looked_at(text, [], guard) == Translated(looked_at(text, [], replace(guard, placing=None)).text)


def test_branches_of_messages_move_their_tags_too():
    text = "{n, plural, one {<b>one file</b> is here} other {# <b>files</b>}}"
    assert looked_at(text, []).text == "{n, plural, one {<b>ONE FILE</b> IS HERE} other {# <b>FILES</b>}}"


def test_the_signature_tells_what_changes_the_outcome():
    guards = [GUARD, replace(GUARD, form=TOKENS), replace(GUARD, masks_first=False), replace(GUARD, longest=9)]
    guards += [replace(GUARD, placing=PLACING), replace(GUARD, placing=replace(PLACING, least=0.4))]
    guards += [Guard(None), replace(GUARD, protection=Protection(terms=frozenset({"Jupyter"})))]
    assert len({guard.signature for guard in guards}) == len(guards)


@pytest.mark.parametrize(
    "text",
    [
        "See https://x.org/a?b=c&d=e now",
        '<a href="https://x.org/?q=a&lang=en">',
        "Get {_Name} files",
        "`git log a&b`",
    ],
)
def test_what_is_protected_holds_no_accelerator(text):
    assert translated(text, str.upper).text.count("&") == text.count("&")
    assert translated(text, lambda one: one).text == text


def test_an_accelerator_beside_a_placeholder_that_has_its_sign_is_one():
    assert translated("_Open {_Name}", {"Open X1X": "Abrir X1X"}.__getitem__).text == "_Abrir {_Name}"
