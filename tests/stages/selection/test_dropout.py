"""How much a student's opinion sways, on tiny students of real architectures."""

import pytest

from made_stages import make_table
from tutelage.core.records import Hypothesis, Segment
from tutelage.core.stage import Work
from tutelage.stages.selection.certainty import score_hypotheses
from tutelage.stages.selection.dropout import DropoutInputs, measure_dropout, set_dropout
from tutelage.storage.stages import StageFolder
from tutelage.students.decoder import Weights

TEXTS = [("Open the file.", "Abra o arquivo."), ("Save it.", "Salve."), ("Close the old menu now.", "Feche o menu.")]
HYPOTHESES = [Hypothesis(Segment(str(n), source, "en"), text, "s") for n, (source, text) in enumerate(TEXTS)]


@pytest.fixture
def inputs_of(tiny_student, tmp_path):
    def make(family="marian", seed=1):
        student = tiny_student(family)
        table = make_table(
            StageFolder(tmp_path, lambda *_: None), "hypotheses", Hypothesis, key="h", produce=lambda: HYPOTHESES
        )
        return DropoutInputs(table, Weights(student.origin), student.direction, None, seed)

    return make


@pytest.mark.parametrize("family", ["marian", "t5"])
def test_every_segment_sways_and_the_same_seed_sways_it_alike(inputs_of, family):
    values = [one.value for one in measure_dropout(inputs_of(family), Work())]
    assert len(set(values)) == 3 and max(values) < 0
    assert [one.value for one in measure_dropout(inputs_of(family), Work())] == values
    assert [one.value for one in measure_dropout(inputs_of(family, seed=2), Work())] != values


def test_what_was_measured_before_a_kill_changes_nothing_of_the_rest(inputs_of):
    whole = list(measure_dropout(inputs_of(), Work()))
    assert list(measure_dropout(inputs_of(), Work(done=frozenset({"0", "2"})))) == [whole[1]]


def test_neither_the_rate_nor_the_samples_touch_a_plain_score(tiny_student):
    student = tiny_student("marian")
    before = score_hypotheses(student, HYPOTHESES, protection=None)
    set_dropout(student.model, 0.5)
    assert score_hypotheses(student, HYPOTHESES, protection=None, sampled=True) != pytest.approx(before)
    assert score_hypotheses(student, HYPOTHESES, protection=None) == pytest.approx(before)
