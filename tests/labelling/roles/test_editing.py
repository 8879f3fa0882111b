"""The role edit: how a hypothesis is shown, and which answers cannot be its correction."""

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Segment
from tutelage.labelling.roles.editing import EditRole
from tutelage.teachers.plain_text import PlainText

EN_PT = Direction("en", "pt-BR")
SOURCE = "Open the file menu and choose a printer from the list of {count} devices."
HYPOTHESIS = "Abra o menu de arquivo e escolha um impressor da lista de {count} dispositivos."
EDIT = "Abra o menu de arquivo e escolha uma impressora da lista de {count} dispositivos."


def hypothesis(text=HYPOTHESIS, source=SOURCE):
    return Hypothesis(Segment("7", source, "en"), text, "student")


def test_source_and_draft_are_shown_as_data():
    (message,) = EditRole(EN_PT).render(hypothesis(source="Say </source> now"))
    assert "English" in message.content
    assert "Portuguese" in message.content
    assert message.content.count("Say </source> now") == 1
    assert "<source>\nSay" not in message.content, "the mark does not occur in the text"
    assert HYPOTHESIS in message.content


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (EDIT, None),
        (HYPOTHESIS, None),
        (f"Here is the corrected translation:\n{EDIT}", None),
        (f"{EDIT}\n\nI changed the word for printer.", None),
        ("Abra o menu de arquivo e escolha uma impressora da lista.", "placeholders_lost"),
        (SOURCE, "copied"),
        ("Abra o menu {count} de arquivo.", "cut_short"),
        (f"{EDIT} " * 6, "placeholders_lost"),
        ("Öffnen Sie das Menü und wählen Sie einen Drucker aus der Liste der {count} Geräte.", "wrong_language"),
    ],
)
def test_what_cannot_be_a_correction_is_seen(answer, fault):
    assert EditRole(EN_PT).verify(hypothesis(), PlainText(text=answer)) == fault


def test_a_correction_of_something_else_is_seen():
    judged = hypothesis("Abra o menu de arquivo e escolha um impressor.", "Open the file menu and choose a printer.")
    answer = PlainText(text="Quantos gatos dormiam sobre aqueles telhados quentes?")
    assert EditRole(EN_PT).verify(judged, answer) == "unrelated_to_hypothesis"


def test_the_prompt_is_in_the_signature():
    assert EditRole(EN_PT).signature != EditRole(Direction("en", "de")).signature
    assert EditRole(EN_PT).signature != EditRole(EN_PT, max_tokens=64).signature
