"""What the benchmarks of protection count, on a few messages and the embedded student."""

from dataclasses import replace

import polib
import pytest

from benchmarks.protection import __main__ as protection
from benchmarks.protection import spelling, tags
from tutelage.core.protection.placement import PLACING
from tutelage.core.records import Pair, Segment
from tutelage.students.naming import open_student

STUDENT = "embedded:en-pt"
MESSAGES = {
    "Open the <b>file</b>.": "Abra o <b>arquivo</b>.",
    "Close the <i>window</i> of the program.": "Feche a <i>janela</i> do programa.",
    "<b>Print</b>": "<b>Imprimir</b>",
    "Save {name} now": "Salvar {name} agora",
    "Delete it": "Apagar",
}


def pairs(messages=MESSAGES):
    return [
        Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt-BR"))
        for number, (source, target) in enumerate(messages.items())
    ]


@pytest.fixture(scope="module")
def engine():
    return open_student(STUDENT, direction=tags.DIRECTION)


def write_catalogue(file, messages, **more):
    file.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8", "Language": "pt_BR"}
    for source, target in messages.items():
        catalogue.append(polib.POEntry(msgid=source, msgstr=target, **more))
    (catalogue.save if file.suffix == ".po" else catalogue.save_as_mofile)(str(file))


def test_protection_is_measured_with_and_without(capsys):
    goals = protection.measure(STUDENT, "made", pairs(), rounds=1)
    found = {goal.name: goal for goal in goals}
    assert found["placeholders kept"].value == 100.0 and found["placeholders kept"].is_held
    assert found["placeholders kept"].n == 4
    rows = capsys.readouterr().out.splitlines()
    assert [row.split("|")[1:4] for row in rows[:2]] == [[" made ", " 5 ", " off "], [" made ", " 5 ", " on "]]
    assert rows[3].split("|")[1:4] == [" made, with spans ", " 4 ", " off "]
    protection.show_goals([protection.Goal("made", "x kept", 12.3, 4, is_held=False)])
    assert "| made | x kept | 4 | 12.30 | missed |" in capsys.readouterr().out


def test_messages_with_placeholders_are_taken_once():
    doubled = [*pairs(), *pairs()]
    assert len(protection._with_placeholders(doubled)) == 4


def test_messages_come_from_catalogues_of_the_language(tmp_path):
    write_catalogue(tmp_path / "a/pt_BR/LC_MESSAGES/x.po", {"One": "Um", "Two": "Dois"})
    write_catalogue(tmp_path / "a/pt_BR/LC_MESSAGES/x.mo", {"Not read": "beside its PO file"})
    write_catalogue(tmp_path / "b/pt_BR/LC_MESSAGES/y.mo", {"Two": "Outro", "Three": "Três"})
    write_catalogue(tmp_path / "b/de/LC_MESSAGES/y.mo", {"Four": "Vier"})
    write_catalogue(tmp_path / "c/pt_BR/z.po", {"Five": "Cinco"}, flags=["fuzzy"])
    assert tags.read_messages([tmp_path]) == [
        tags.Message("One", "Um"), tags.Message("Two", "Dois"), tags.Message("Three", "Três"),
    ]  # fmt: skip


def test_messages_with_tags_have_words_in_them_and_the_same_in_their_translation():
    messages = [tags.Message(*one) for one in MESSAGES.items()]
    assert (
        tags.with_tags([*messages, tags.Message("A <b>c</b>", "Um d"), tags.Message("<b>%s</b>", "<b>%s</b>")])
        == (messages[:3])
    )


def test_texts_are_parted_into_what_is_in_tags_and_all():
    text = 'See <a href="x">the <b>new</b><br/> pages</a> %s, <hr> here'
    assert tags.without_tags(text) == "See the new pages %s, here"
    assert tags.words_in_tags(text) == "the new pages"


def test_both_ways_are_reported(engine, capsys):
    messages = [tags.Message(*one) for one in MESSAGES.items()][:3]
    moving = replace(engine.guard, placing=PLACING)
    guards = {"masks": replace(moving, placing=None), "moved": moving}
    tags.report("made", messages, engine, guards)
    tags.measure_time("made", [one.source for one in messages], {"masks": engine, "moved": engine}, rounds=1)
    rows = capsys.readouterr().out.splitlines()
    assert rows[1].startswith("| made | 3 | moved |") and rows[1].endswith("| 3 | 0 |"), "kept, and asked once"
    assert rows[2].startswith("| | | moved − masks | ") and rows[3].startswith("| made | 3 | ")


def test_a_placing_that_is_never_sure_asks_again(engine):
    messages = [tags.Message(*one) for one in MESSAGES.items()][:2]
    memory = tags.Remembering(engine)
    sources = [one.source for one in messages]
    moved = tags.translate(sources, replace(engine.guard, placing=PLACING), memory)
    never = tags.translate(sources, replace(engine.guard, placing=replace(PLACING, least=1.1)), memory)
    masks = tags.translate(sources, replace(engine.guard, placing=None), memory)
    assert [one.rounds for one in moved] == [1, 1] and all(one.rounds > 1 for one in never)
    assert [one.text for one in never] == [one.text for one in masks]
    assert [one.text for one in moved] == list(engine.translate(sources, decoding=tags.Decoding()))


def test_words_that_cannot_be_spelled_are_measured_kept_and_left(capsys, tmp_path):
    text = tmp_path / "text.tsv"
    told = {
        "Great \U0001f389": "Ótimo \U0001f389",
        "Saved by Müller": "Salvo por Müller",
        "by Jürgen": "de um J.",
        "Open": "Abra",
    }
    text.write_text("".join(f"{source}\t{target}\n" for source, target in told.items()))
    spelling.measure(STUDENT, str(text), most=10)
    left, kept, difference = capsys.readouterr().out.splitlines()
    assert left.startswith("| text.tsv, 75.00 % | 3 | left to the student | 0 of 2 |")
    assert kept.startswith("| text.tsv, 75.00 % | 3 | kept | 2 of 2 |"), (
        "a word that a person wrote anew does not count"
    )
    assert "| +" in difference
