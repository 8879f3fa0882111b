"""Figures on a student's answers to held-out demonstrations, against a table; questions from records."""

import json

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Provenance, Segment
from tutelage.labelling.analyses import Analysis
from tutelage.labelling.error_words import collect_error_words
from tutelage.labelling.roles.analysis import Analyse, AnalysisAnswer, analysis_text
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.methods.train_patcher.answers import judge_answer
from tutelage.methods.train_patcher.demonstrations import is_held_out
from tutelage.methods.train_patcher.questions import (
    analysis_questions,
    feedback_questions,
    inverted_questions,
    read_analysis,
)
from tutelage.methods.train_patcher.role_scores import Given, measure_roles

EN_PT = Direction("en", "pt-BR")
SOURCE, WRONG, RIGHT = "Open the new file now.", "Abra o novo ficheiro agora.", "Abra o novo arquivo agora."


def feedback(number, *, flagged):
    segment = Segment(f"s{number}", SOURCE, "en")
    hypothesis = Hypothesis(segment, WRONG if flagged else RIGHT, "student")
    error = ErrorSpan(13, 17, 12, 20, "terminology/wrong-term", "major", "arquivo", "European word.")
    errors, post_edit = ((error,), RIGHT) if flagged else ((), None)
    return Feedback(hypothesis, errors, post_edit, None, Provenance())


def ask(*feedbacks):
    return list(feedback_questions(feedbacks, role=GiveFeedback(EN_PT)))


def given(question, text):
    return Given(question, judge_answer(question, text, direction=EN_PT, mode="strict"))


def praise():
    return json.dumps({"has_error": False, "errors": [], "post_edit": None})


def test_a_demonstration_quotes_the_texts_and_passes_its_own_verification():
    (question,) = ask(feedback(1, flagged=True))
    (error,) = question.answer.errors
    assert (error.source_quote, error.target_quote, error.correction) == ("file", "ficheiro", "arquivo")
    judged = given(question, question.answer.model_dump_json()).judgement
    assert judged.fault is None
    assert judged.feedback.errors == feedback(1, flagged=True).errors


def test_figures_are_those_of_the_table():
    """Teacher flags 3 of 4. The student flags two of the three, praises the third, and says nothing usable of the last.

    Flagged by both 2, by the student 2, by the teacher 3: precision 100, recall 66.7; valid 3 of 4.
    """
    one, two, three, right = ask(*(feedback(n, flagged=n < 3) for n in range(4)))
    answers = [given(q, q.answer.model_dump_json()) for q in (one, two)]
    answers += [given(three, praise()), given(right, "I cannot say.")]
    found = {statistics.name: statistics.value for statistics in measure_roles(answers)}
    assert found["valid_answers"] == found["valid_feedback"] == 75.0
    assert found["precision"] == 100.0
    assert found["recall"] == pytest.approx(200 / 3)
    assert 50 < found["post_edit_chrf"] < 100
    whole = {s.name: s.value for s in measure_roles([given(q, q.answer.model_dump_json()) for q in (one, right)])}
    assert whole["post_edit_chrf"] == pytest.approx(100.0)


def test_a_model_that_flags_nothing_has_no_precision_to_speak_of():
    found = measure_roles([given(q, "…") for q in ask(feedback(1, flagged=True))])
    assert {s.name: s.value for s in found if s.name in {"precision", "recall"}} == {"precision": 0.0, "recall": 0.0}


def test_without_flags_of_the_teacher_there_is_nothing_to_agree_on():
    names = [s.name for s in measure_roles([given(q, praise()) for q in ask(feedback(1, flagged=False))])]
    assert names == ["valid_answers", "valid_feedback"]


def test_an_analysis_comes_apart_as_it_was_put_together():
    answer = AnalysisAnswer(domain="software", topic="files\nand folders", style="short order")
    assert read_analysis(analysis_text(answer)) == answer.model_dump()
    assert read_analysis("Domain: software") is None


def test_an_inversion_asks_for_the_sentence_by_its_analysis_and_word():
    judged = feedback(1, flagged=True)
    (error,) = collect_error_words([judged])
    analysis = Analysis("s1", "Domain: software\nTopic: documents\nStyle: short", Provenance())
    (question,) = inverted_questions([error], first={"s1": judged}, analyses={"s1": analysis.text}, direction=EN_PT)
    assert question.answer.model_dump() == {"pairs": [{"source": SOURCE, "target": RIGHT}]}
    (message,) = question.role.render(question.item)
    assert SOURCE not in message.content
    assert "Write 1 new" in message.content
    assert given(question, question.answer.model_dump_json()).judgement.fault is None
    (described,) = analysis_questions([analysis], first={"s1": judged}, role=Analyse("en"))
    assert described.answer.topic == "documents"
    assert described.segment_id == question.segment_id == "s1"


def test_the_split_takes_about_its_share_and_is_the_same_everywhere():
    ids = [f"pool.txt:{number}" for number in range(4000)]
    held_out = [one for one in ids if is_held_out(one, share=0.1, seed=1)]
    assert 320 < len(held_out) < 480
    assert held_out == [one for one in ids if is_held_out(one, share=0.1, seed=1)]
    assert set(held_out) <= {one for one in ids if is_held_out(one, share=0.3, seed=1)}
    assert not any(is_held_out(one, share=0.0, seed=1) for one in ids)
