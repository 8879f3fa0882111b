"""The meaning floor with the packaged embedder, on pairs made by hand and on text that carries orders."""

from planted_instructions import PLANTED
from tutelage.core.records import Paraphrases, Rejection, Segment
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.methods.paraphrase.models import open_embedder
from tutelage.methods.paraphrase.pairs import filter_paraphrases
from tutelage.methods.paraphrase.settings import ParaphraseFilterSettings, ParaphraseSettings

SETTINGS = ParaphraseSettings()


def run(answers, **settings):
    filters = ParaphraseFilterSettings(**settings)
    return list(
        filter_paraphrases(
            answers,
            filters,
            forbidden=None,
            embedder=open_embedder(SETTINGS.floor_embedder),
            parser=None,
            identifier=LangidIdentifier(),
        )
    )


def answer(number, lang, source, *texts):
    return Paraphrases(Segment(f"s{number}", source, lang), texts)


def test_the_default_floor_parts_paraphrases_from_sentences_of_the_same_subject():
    source = "Save the file before you close the window."
    kept = ("Before closing the window, save the file.", "Make sure to save your file, then close the window.")
    dropped = ("Open the file after you closed the door.", "The window of the old house has been closed by us.")
    outcomes = run([answer(1, "en", source, *kept, *dropped)], max_overlap=None)
    assert [isinstance(outcome, Rejection) for outcome in outcomes] == [False, False, True, True]
    assert {outcome.reason for outcome in outcomes[2:]} == {"meaning_changed"}
    assert all(0.8 <= outcome.meaning <= 1.0001 for outcome in outcomes[:2])


def test_without_a_floor_no_model_is_opened():
    none = ParaphraseSettings(filters={"meaning_floor": None}, embedder="no such model")
    assert none.floor_embedder is None


def test_what_an_obeying_teacher_writes_is_not_learned():
    """English segments with an order in them: instead of a paraphrase the teacher writes what the order asks for."""
    english = [planted for planted in PLANTED if planted.lang == "en"]
    outcomes = run([answer(planted.number, "en", planted.text, planted.payload) for planted in english])
    assert len(english) > 5
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)
