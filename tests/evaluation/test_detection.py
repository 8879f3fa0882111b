"""Detection: precision, recall and F1 counted by hand, on segments, on spans and by kind."""

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Pair, Provenance, Segment
from tutelage.evaluation.detection import SEGMENT, SPAN_IOU, SPAN_OVERLAP, measure_detection, reach
from tutelage.evaluation.planted_errors import PlantedError, PlantedText, PlantingSettings, plant_errors

#       0123456789012345678901
TEXT = "Abra o livro na janela"


def span(start, end, correction="x"):
    return ErrorSpan(-1, -1, start, end, "accuracy/mistranslation", "major", correction)


def planted(name, *errors):
    hypothesis = Hypothesis(Segment(name, "Open the file in the window", "en"), TEXT, "planted")
    return PlantedText(hypothesis, "x", tuple(PlantedError(kind, span(*place)) for kind, place in errors))


def judged(text, *spans, flagged=True):
    errors = tuple(span(*place) for place in spans)
    return Feedback(text.hypothesis, errors, "better" if flagged else None, None, Provenance())


def values(detection, level):
    scores = next(one.scores for one in detection.levels if one.level == level)
    return {score.name: round(score.value, 2) for score in scores}


@pytest.fixture
def detection():
    texts = [
        planted("hit", ("wrong_word", (7, 12))),
        planted("half", ("wrong_word", (7, 12)), ("omission", (13, 13))),
        planted("missed", ("spelling", (16, 22))),
        planted("clean"),
        planted("alarm"),
        planted("silent", ("spelling", (16, 22))),
    ]
    feedbacks = {
        "hit": judged(texts[0], (7, 12), (0, 4)),
        "half": judged(texts[1], (5, 9)),
        "missed": judged(texts[2], flagged=False),
        "clean": judged(texts[3], flagged=False),
        "alarm": judged(texts[4], (0, 4)),
    }
    return measure_detection(texts, feedbacks, resamples=50)


def test_counts(detection):
    assert (detection.texts, detection.damaged, detection.errors, detection.unanswered) == (5, 3, 4, 1)


def test_segments_by_hand(detection):
    # hit and half are found, missed is not, alarm is a false alarm, clean is left alone
    assert values(detection, SEGMENT) == {"precision": 66.67, "recall": 66.67, "f1": 66.67, "false_alarms": 50.0}


def test_spans_by_hand(detection):
    # right: hit's (7, 12), half's (5, 9); given: 4. Found: the two wrong words; planted: 4
    assert values(detection, SPAN_OVERLAP) == {"precision": 50.0, "recall": 50.0, "f1": 50.0}
    # (5, 9) and (7, 12) share 2 of 7 characters
    assert values(detection, SPAN_IOU) == {"precision": 25.0, "recall": 25.0, "f1": 25.0}


def test_kinds_by_hand(detection):
    found = {kind.kind: (kind.errors, kind.flagged.value, kind.touched.value) for kind in detection.kinds}
    assert found == {"omission": (1, 100.0, 0.0), "spelling": (1, 0.0, 0.0), "wrong_word": (2, 100.0, 100.0)}


def test_an_omission_is_found_by_its_gap_or_a_word_beside_it():
    text = planted("x", ("omission", (7, 7)))
    assert reach(TEXT, span(7, 7)) == range(5, 8)
    for given, touched in [((7, 7), 100.0), ((5, 6), 100.0), ((7, 12), 100.0), ((0, 4), 0.0), ((13, 15), 0.0)]:
        found = measure_detection([text], {"x": judged(text, given)}, resamples=10)
        assert found.kinds[0].touched.value == touched, given
    assert reach(TEXT, span(22, 22)) == range(21, 22)
    assert reach("", span(0, 0)) == range(0)


def test_figures_without_a_denominator_are_left_out():
    text = planted("x")
    found = measure_detection([text], {"x": judged(text, flagged=False)}, resamples=10)
    assert values(found, SEGMENT) == {"false_alarms": 0.0}
    assert values(found, SPAN_OVERLAP) == {} and found.kinds == ()
    with pytest.raises(CorpusError, match="has feedback"):
        measure_detection([text], {})


def test_the_truth_finds_everything_and_silence_nothing():
    sources = [Segment(f"{n}", f"Please open window number {n} now", "en") for n in range(40)]
    pairs = [Pair(s, Segment(s.id, f"Abra agora mesmo a janela número {s.id} por favor", "pt")) for s in sources]
    texts = plant_errors(pairs, settings=PlantingSettings(max_errors=2))
    truth = {
        t.id: Feedback(t.hypothesis, tuple(e.span for e in t.errors), "x" if t.errors else None, None, Provenance())
        for t in texts
    }
    found = measure_detection(texts, truth, resamples=50)
    perfect = {"precision": 100.0, "recall": 100.0, "f1": 100.0}
    assert values(found, SEGMENT) == {**perfect, "false_alarms": 0.0}
    assert values(found, SPAN_OVERLAP) == values(found, SPAN_IOU) == perfect
    assert all(kind.touched.value == kind.flagged.value == 100 for kind in found.kinds)
    silence = {t.id: Feedback(t.hypothesis, (), None, None, Provenance()) for t in texts}
    assert values(measure_detection(texts, silence, resamples=50), SEGMENT) == {
        "recall": 0.0,
        "f1": 0.0,
        "false_alarms": 0.0,
    }
