"""Errors that a second teacher or the way back confirms."""

from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Provenance, Rejection, Segment
from tutelage.labelling.feedback.corrections import apply_correction, apply_corrections
from tutelage.labelling.feedback.verification import (
    confirmed_by_opinion,
    confirmed_by_round_trip,
    keep_confirmed,
)

HYPOTHESIS = "Abra o ficheiro novo do utilizador hoje"


def error(wrong, correction):
    start = HYPOTHESIS.index(wrong)
    return ErrorSpan(0, 4, start, start + len(wrong), "accuracy/mistranslation", "major", correction)


def feedback(*errors, name="s1"):
    hypothesis = Hypothesis(Segment(name, "Open the new file of the user", "en"), HYPOTHESIS, "student")
    return Feedback(hypothesis, errors, "Abra o arquivo novo do usuário", 0.5, Provenance(teacher="first"))


FILE, USER, TODAY = error("ficheiro", "arquivo"), error("utilizador", "usuário"), error(" hoje", "")


def test_an_error_without_a_witness_goes_and_the_others_stay():
    judged = feedback(FILE, USER)
    rejection, kept = keep_confirmed(judged, confirms=lambda _, place: place == 1)
    assert kept.errors == (USER,)
    assert kept.post_edit == "Abra o ficheiro novo do usuário hoje", "the unconfirmed correction was trained on"
    assert kept.quality != judged.quality
    assert (rejection.id, rejection.stage, rejection.reason) == ("s1", "feedback", "unconfirmed")
    assert rejection.raw == "ficheiro → arquivo"


def test_if_all_are_confirmed_the_post_edit_stays_as_it_was_written():
    judged = feedback(FILE, USER)
    assert list(keep_confirmed(judged, confirms=lambda *_: True)) == [judged]


def test_a_hypothesis_without_a_confirmed_error_is_dropped_and_counted():
    outcomes = list(keep_confirmed(feedback(FILE, USER), confirms=lambda *_: False))
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)
    assert [outcome.reason for outcome in outcomes] == ["unconfirmed", "unconfirmed", "nothing_confirmed"]


def test_a_second_opinion_has_the_same_correction_in_its_text():
    confirms = confirmed_by_opinion({"s1": "Abra o novo ARQUIVO de quem usa"})
    judged = feedback(FILE, USER, TODAY)
    assert [confirms(judged, place) for place in range(3)] == [True, False, True]


def test_an_addition_that_the_second_teacher_keeps_is_none():
    confirms = confirmed_by_opinion({"s1": "Abra hoje o arquivo"})
    assert not confirms(feedback(TODAY), 0)


def test_no_second_opinion_confirms_nothing():
    assert not confirmed_by_opinion({})(feedback(FILE), 0)


def test_the_way_back_must_come_closer_with_the_correction_than_without():
    confirms = confirmed_by_round_trip({"s1#": 0.6, "s1#0": 0.8, "s1#1": 0.6})
    judged = feedback(FILE, USER, TODAY)
    # the second is no better, the third did not come back
    assert [confirms(judged, place) for place in range(3)] == [True, False, False]


def test_a_correction_takes_the_place_of_what_was_wrong():
    assert apply_correction(HYPOTHESIS, FILE) == "Abra o arquivo novo do utilizador hoje"
    assert apply_correction(HYPOTHESIS, TODAY) == "Abra o ficheiro novo do utilizador"
    missing = ErrorSpan(0, 4, 4, 4, "accuracy/omission", "major", " já")
    assert apply_correction(HYPOTHESIS, missing) == "Abra já o ficheiro novo do utilizador hoje"


def test_words_that_come_in_or_go_out_take_their_space_with_them():
    def insertion(place, correction):
        return ErrorSpan(0, 4, place, place, "accuracy/omission", "major", correction)

    assert apply_correction("Abra o ficheiro", insertion(5, "já")) == "Abra já o ficheiro"
    assert apply_correction("Abra o ficheiro", insertion(4, "já")) == "Abra já o ficheiro"
    assert apply_correction("Abra o ficheiro", insertion(15, "novo")) == "Abra o ficheiro novo"
    assert apply_correction("打开文件", insertion(2, "新")) == "打开新文件"
    removal = ErrorSpan(-1, -1, 5, 7, "accuracy/addition", "minor", "")
    assert apply_correction("Abra já, o ficheiro", removal) == "Abra, o ficheiro"
    assert apply_correction("Abra já o ficheiro", removal) == "Abra o ficheiro"


def test_several_corrections_keep_their_places_and_do_not_overlap():
    assert apply_corrections(HYPOTHESIS, (USER, TODAY, FILE)) == "Abra o arquivo novo do usuário"
    wider = error("ficheiro novo", "arquivo recente")
    assert apply_corrections(HYPOTHESIS, (wider, FILE)) == "Abra o arquivo novo do utilizador hoje"
