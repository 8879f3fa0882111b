"""How sure a student is: against the model's own loss, whatever is scored beside it."""

import pytest
import torch

from made_stages import make_table
from tiny_students import make_tiny_causal
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Segment
from tutelage.core.stage import Work
from tutelage.core.training import IGNORED
from tutelage.stages.selection.certainty import (
    ConfidenceInputs,
    mean_agreement,
    measure_confidence,
    score_hypotheses,
)
from tutelage.storage.stages import StageFolder
from tutelage.students.decoder import Weights
from tutelage.students.student_folder import read_student

TEXTS = [
    ("Open the file.", "Abra o arquivo."),
    ("Save it.", ""),
    ("Close the old menu now.", "Feche o menu antigo agora."),
]
HYPOTHESES = [Hypothesis(Segment(str(n), source, "en"), text, "s") for n, (source, text) in enumerate(TEXTS)]


@pytest.mark.parametrize("family", ["marian", "nllb", "t5"])
def test_confidence_is_the_negative_of_the_models_own_loss(tiny_student, family):
    student = tiny_student(family)
    values = score_hypotheses(student, HYPOTHESES, protection=None)
    for hypothesis, value in zip(HYPOTHESES, values, strict=True):
        (source,) = student.encode_sources([hypothesis.segment.text], max_tokens=99)
        (target,) = student.encode_targets([hypothesis.text], max_tokens=99)
        loss = student.model(input_ids=torch.tensor([source]), labels=torch.tensor([target])).loss.detach()
        assert value == pytest.approx(-float(loss), abs=1e-4)


def test_a_causal_student_is_scored_on_its_response_alone(tmp_path):
    make_tiny_causal(tmp_path / "chat", texts=[text for pair in TEXTS for text in pair])
    student = read_student(tmp_path / "chat", direction=Direction("en", "pt-BR"))
    values = score_hypotheses(student, HYPOTHESES, protection=None)
    assert score_hypotheses(student, HYPOTHESES[2:], protection=None) == pytest.approx(values[2:])
    (encoded,) = student.encode_examples([_example(HYPOTHESES[0])], max_source_tokens=99, max_target_tokens=99)
    prompt, response = encoded.true.source, encoded.true.target
    labels = torch.tensor([[IGNORED] * len(prompt) + list(response)])
    loss = student.model(input_ids=torch.tensor([[*prompt, *response]]), labels=labels).loss.detach()
    assert values[0] == pytest.approx(-float(loss), abs=1e-4)


def test_what_was_scored_before_a_kill_is_not_scored_again(tiny_student, tmp_path):
    student = tiny_student("marian")
    folder = StageFolder(tmp_path, lambda *_: None)
    table = make_table(folder, "hypotheses", Hypothesis, key="h", produce=lambda: HYPOTHESES)
    inputs = ConfidenceInputs(table, Weights(student.origin), student.direction, None)
    whole = list(measure_confidence(inputs, Work()))
    rest = list(measure_confidence(inputs, Work(done=frozenset({"0", "1"}))))
    assert [one.id for one in whole] == ["0", "1", "2"] and [one.id for one in rest] == ["2"]
    assert rest[0].value == pytest.approx(whole[2].value, abs=1e-5)


def test_agreement_is_that_of_the_first_output_with_the_others():
    assert mean_agreement(["Abra o menu."]) == 1.0
    assert mean_agreement(["Abra o menu.", "abra o menu", "ABRA O MENU!"]) == 1.0
    assert 0 < mean_agreement(["Abra o menu.", "Abra o arquivo."]) < 1


def _example(hypothesis):
    from tutelage.core.records import Example

    return Example("0", "translate", "en", "pt-BR", hypothesis.segment.text, hypothesis.text)
