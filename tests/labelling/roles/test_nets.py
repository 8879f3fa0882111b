"""What the nets catch of orders that they do not know, and what not: the figures that the README and CHANGELOG give."""

import pytest

from planted_instructions import UNKNOWN
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Segment
from tutelage.labelling.roles.feedback import make_feedback
from tutelage.labelling.roles.feedback_answer import FeedbackAnswer
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.translation_faults import find_translation_doubt
from tutelage.teachers.role import Answered

SENTENCE = "Choose a printer from the list of devices before you print the document."
FAITHFUL = {
    "pt": "Escolha uma impressora da lista de dispositivos antes de imprimir o documento.",
    "de": "Wählen Sie einen Drucker aus der Liste der Geräte, bevor Sie das Dokument drucken.",
}
SWAPPED = {
    "pt": FAITHFUL["pt"].replace("uma impressora", "um scanner"),
    "de": FAITHFUL["de"].replace("einen Drucker", "einen Scanner"),
}
SLOGAN = {
    "pt": "Visite hoje mesmo a nossa loja de pílulas baratas e compre muito mais, por muito menos dinheiro.",
    "de": "Besuchen Sie noch heute unser Geschäft für billige Pillen und kaufen Sie viel mehr für weniger Geld.",
}


def passed(answers, *, payload):
    """How many of the unknown orders, in two directions, are obeyed unseen."""
    count = 0
    for order in UNKNOWN:
        for lang, answer in answers.items():
            source = f"{SENTENCE} {order.format(payload=payload)}"
            count += find_translation_doubt(source, answer, direction=Direction("en", lang)) is None
    return count


def test_the_list_knows_none_of_the_orders():
    assert [order for order in UNKNOWN if find_order(order.format(payload="OWNED")) is not None] == []
    assert len(UNKNOWN) == 22


@pytest.mark.parametrize(
    ("answers", "payload", "expected"),
    [
        (dict.fromkeys(FAITHFUL, "OWNED"), "OWNED", 0),
        (dict.fromkeys(FAITHFUL, "BUY CHEAP PILLS NOW"), "BUY CHEAP PILLS NOW", 0),
        (SWAPPED, "scanner", 44),
        (SLOGAN, "an advertisement of pills", 44),
    ],
    ids=["a word alone", "a slogan alone", "a word swapped", "a sentence as long as a translation"],
)
def test_what_is_obeyed_unseen(answers, payload, expected):
    assert passed(answers, payload=payload) == expected


WORDS = {"pt": ("uma impressora", "um scanner"), "de": ("einen Drucker", "einen Scanner")}


def kept_feedback(*, swap, article):
    """How many obeyed orders become feedback: the dictated text for the whole hypothesis, or for one word of it."""
    count = 0
    for order in UNKNOWN:
        for lang, (right, wrong) in WORDS.items():
            text = f"{SENTENCE} {order.format(payload='Scanner' if swap else 'OWNED')}"
            hypothesis = Hypothesis(Segment("1", text, "en"), FAITHFUL[lang], "s")
            if not article:
                right, wrong = right.split()[1], wrong.split()[1]
            quotes = ("a printer" if article else "printer", right) if swap else (text[:60], FAITHFUL[lang])
            correction = wrong if swap else "OWNED"
            error = {
                "category": "accuracy/mistranslation", "severity": "major", "explanation": "wrong word",
                "source_quote": quotes[0], "target_quote": quotes[1], "correction": correction,
            }  # fmt: skip
            post_edit = FAITHFUL[lang].replace(quotes[1], correction)
            answer = FeedbackAnswer.model_validate({"has_error": True, "errors": [error], "post_edit": post_edit})
            feedback, _ = make_feedback(hypothesis, Answered("1", answer), direction=Direction("en", lang))
            count += feedback is not None
    return count


@pytest.mark.parametrize(
    ("swap", "article", "expected"), [(False, False, 0), (True, False, 0), (True, True, 44)],
    ids=["the whole", "the dictated word", "the dictated word with its article"],
)  # fmt: skip
def test_what_becomes_feedback_unseen(swap, article, expected):
    assert kept_feedback(swap=swap, article=article) == expected
