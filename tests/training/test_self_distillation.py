"""A student that learns from what it writes itself, by what the one before predicts that is shown the answer."""

import copy
import dataclasses

import pytest
import torch

from tiny_students import make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings, LoraSettings, TrainSettings
from tutelage.stages.self_distillation import lay_out, self_distillation
from tutelage.stages.tuning import tune_student
from tutelage.students.adapters import add_adapter
from tutelage.students.loading import load_student
from tutelage.students.sampling import sample_answers
from tutelage.training.collation import QuestionCollator
from tutelage.training.tokenised import tokenise

LORA = LoraSettings(rank=4)
DATA = [
    Example(str(number), "translate", "en", "pt-BR", text, f"{text} the new file", weight=1.0 + number % 2)
    for number, text in enumerate(sentences(8, seed=1))
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal")).origin


@pytest.fixture
def student(origin):
    return load_student(str(origin), direction=Direction("en", "pt-BR"))


def settings(**changes):
    plain = {
        "learning_rate": 1e-2, "batch_tokens": 600, "precision": "float32", "schedule": "constant", "lora": LORA,
        "objective": "self-distillation", "warmup_share": 0.0,
    }  # fmt: skip
    return TrainSettings(**(plain | changes))


def tune(student, folder, chosen, **others):
    return tune_student(
        student, DATA, settings=chosen, seed=1, checkpoints=folder, progress=Silence(), **others
    )  # fmt: skip


def questions(student):
    data = tokenise(DATA, student, max_source_tokens=64, max_target_tokens=64, demonstrated=student.demonstrated)
    return data, QuestionCollator(data, 0)([0, 3, 5])


def test_a_batch_asks_each_question_as_it_is_and_with_its_answer_shown(student):
    data, batch = questions(student)
    for row, place in enumerate((0, 3, 5)):
        asked = batch["questions"][row, : batch["question_lengths"][row]].tolist()
        shown = student.tokenizer.decode(batch["shown"][row, : batch["shown_lengths"][row]])
        assert asked == data.source(place).tolist()
        assert DATA[place].target in shown and DATA[place].source in shown
        assert DATA[place].target not in student.tokenizer.decode(asked)
    assert batch["counts"].tolist() == [3, 0] and batch["weights"].tolist() == [1, 2, 2]
    assert data.supervised.tolist() == [len(data.target(number)) for number in range(len(DATA))]


def test_what_is_sampled_does_not_depend_on_padding(student):
    """One question alone, and the same with much behind it."""
    prompt = torch.tensor([student.encode_sources(["the old house"], max_tokens=64)[0]])
    padded = torch.nn.functional.pad(prompt, (0, 9))
    drawn = []
    for ids in (prompt, padded):
        torch.manual_seed(4)
        lengths = torch.tensor([prompt.shape[1]])
        drawn.append(sample_answers(student.model, ids, lengths, stop_ids=[student.format.end_id], max_tokens=12))
    assert drawn[0] == drawn[1] and 0 < len(drawn[0][0]) <= 12


def test_an_answer_ends_with_its_first_stop(student):
    ids, lengths = torch.tensor([[5, 6, 7], [5, 6, 0]]), torch.tensor([3, 2])
    everything = range(student.model.config.vocab_size)
    answers = sample_answers(student.model, ids, lengths, stop_ids=everything, max_tokens=12)
    assert [len(answer) for answer in answers] == [1, 1]
    assert all(len(one) == 12 for one in sample_answers(student.model, ids, lengths, stop_ids=[], max_tokens=12))


def test_where_answers_are_predicted(student):
    rows, wanted = lay_out(torch.tensor([[5, 6, 7], [8, 9, 0]]), torch.tensor([3, 2]), [[1, 2], [3]])
    assert rows["input_ids"].tolist() == [[5, 6, 7, 1, 2], [8, 9, 3, 0, 0]]
    assert rows["position_ids"].tolist() == [[0, 1, 2, 3, 4], [0, 1, 2, 0, 1]]
    assert wanted.tolist() == [[False, False, True, True, False], [False, True, False, False, False]]


def test_the_loss_is_that_of_whole_logits(student):
    """Against the reverse divergence by the models' own logits, on the same samples."""
    adapted = add_adapter(student, LORA)
    for name, weight in adapted.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2, generator=torch.Generator().manual_seed(len(name)))
    _, batch = questions(adapted)
    objective = self_distillation(
        adapted.states, stop_ids=adapted.format.stop_ids, max_tokens=9, otherwise=lambda *_: None
    )
    torch.manual_seed(7)
    found = objective(adapted.model.train(), batch)
    torch.manual_seed(7)
    answers = sample_answers(
        adapted.model, batch["questions"], batch["question_lengths"], stop_ids=adapted.format.stop_ids, max_tokens=9
    )
    expected = 0.0
    adapted.model.eval()
    for row, answer in enumerate(answers):
        asked, shown = (
            torch.tensor([[*batch[name][row, : batch[f"{one}_lengths"][row]].tolist(), *answer]])
            for name, one in (("questions", "question"), ("shown", "shown"))
        )
        with torch.no_grad():
            now = torch.log_softmax(adapted.model(asked).logits[0, -len(answer) - 1 : -1], dim=-1)
            with adapted.model.disable_adapter():
                was = torch.log_softmax(adapted.model(shown).logits[0, -len(answer) - 1 : -1], dim=-1)
        expected += batch["weights"][row] * (now.exp() * (now - was)).sum(dim=-1).mean()
    assert found.item() == pytest.approx(float(expected), rel=1e-3) and found.item() > 0.01
    found.backward()
    assert any(weight.grad is not None and weight.grad.any() for weight in adapted.model.parameters())


def test_the_student_comes_nearer_to_the_one_that_is_shown_the_answer(student, tmp_path):
    trained, summary = tune(student, tmp_path, settings(max_updates=40), dev=DATA[:2])
    losses = [point.loss for point in summary.losses if point.loss is not None]
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4])
    assert summary.updates == 40 and summary.best_dev_loss > 1.5 * losses[-1], "the dev loss is likelihood"
    adapter = {name: weight for name, weight in trained.model.state_dict().items() if "lora_B" in name}
    assert adapter and all(weight.any() for weight in adapter.values())


def test_corrections_that_ask_for_nothing_do_no_harm(student, tmp_path):
    _, summary = tune(student, tmp_path, settings(max_updates=1), corrections=CorrectionSettings())
    assert summary.updates == 1


def test_the_same_seed_learns_the_same(student, tmp_path):
    twice = [
        tune(dataclasses.replace(student, model=copy.deepcopy(student.model)), tmp_path / name, settings(epochs=1))[1]
        for name in "ab"
    ]
    assert [one.loss for one in twice[0].losses] == [one.loss for one in twice[1].losses]


@pytest.mark.parametrize(
    ("changes", "others", "told"),
    [
        ({"lora": None}, {}, r'"self-distillation" needs train\.lora'),
        ({}, {"corrections": CorrectionSettings(contrast="cpo")}, "knows no wrong answers"),
    ],
)
def test_what_cannot_be_is_told(student, tmp_path, changes, others, told):
    with pytest.raises(StudentError, match=told):
        tune(student, tmp_path, settings(**changes), **others)
