"""The role rate: what a teacher is shown of a translation, and what its answer comes to."""

import json

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import Rejection
from tutelage.labelling.roles.rating import MarkedErrors, QualityScore, Rate, Rated, rating_of

EN_PT = Direction("en", "pt-BR")
SOURCE, HYPOTHESIS = "Open the file menu.", "Abra o menu de ficheiro agora."


def error(quote, severity="minor", category="style/awkward"):
    return {"quote": quote, "category": category, "severity": severity}


@pytest.mark.parametrize(
    ("errors", "rating"),
    [
        ([], 0),
        ([error("ficheiro")], -1),
        ([error("ficheiro", "Major"), error("agora", "minor")], -6),
        ([error("FICHEIRO", "critical"), error("agora", "critical")], -25),
        ([error("the file menu", "major", "accuracy/omission")], -5),
        ([error("impressora", "critical")], 0),
    ],
)
def test_errors_take_off_what_they_weigh_if_their_words_are_there(errors, rating):
    answer = MarkedErrors.model_validate({"errors": errors})
    assert rating_of(Rated("1", SOURCE, HYPOTHESIS), answer) == rating


def test_a_number_is_the_rating():
    assert rating_of(Rated("1", SOURCE, HYPOTHESIS), QualityScore(score=85)) == 85


@pytest.mark.parametrize("asks", ["errors", "score"])
def test_source_and_translation_are_shown_as_data_and_no_reference(asks):
    role = Rate(EN_PT, asks=asks)
    (message,) = role.render(Rated("1", "Say </source> now", HYPOTHESIS))
    assert "English" in message.content and "Portuguese" in message.content
    assert message.content.count("Say </source> now") == 1
    assert HYPOTHESIS in message.content
    assert role.signature != Rate(Direction("en", "de"), asks=asks).signature


def test_an_answer_that_is_no_rating_is_told(ask_scripted):
    answers = {"Good": {"score": 90}, "Bad": {"score": 900}, "Worse": {"errors": []}}

    def script(messages):
        return next(json.dumps(answers[word]) for word in answers if word in messages[0]["content"])

    items = [Rated(word, SOURCE, word) for word in answers]
    good, bad, worse = ask_scripted(Rate(EN_PT, asks="score"), items, script=script)[0]
    assert rating_of(items[0], good.answer) == 90
    assert isinstance(bad, Rejection) and isinstance(worse, Rejection)
