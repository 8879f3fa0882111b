import copy
import dataclasses

import pytest
import torch

from tiny_students import make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import LoraSettings, TrainSettings
from tutelage.stages.student_objective import student_objective
from tutelage.stages.tuning import tune_student
from tutelage.students.adapters import add_adapter
from tutelage.students.divergence import Written, diverge
from tutelage.students.loading import load_student
from tutelage.students.states import check_trainable
from tutelage.students.student_folder import save_student
from tutelage.training.collation import PackedCollator
from tutelage.training.tokenised import tokenise

LORA = LoraSettings(rank=4)


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal")).origin


@pytest.fixture
def student(origin):
    return load_student(str(origin), direction=Direction("en", "pt-BR"))


def examples(count, *, seed=1, target="the new file"):
    return [
        Example(str(index), "translate", "en", "pt-BR", text, f"{text} {target}", weight=1.0 + index % 2)
        for index, text in enumerate(sentences(count, seed=seed))
    ]


def settings(**changes):
    plain = {"learning_rate": 1e-2, "batch_tokens": 300, "precision": "float32", "schedule": "constant"}
    return TrainSettings(**(plain | {"warmup_share": 0.0} | changes))


def tune(student, folder, chosen, *, data=None, dev=(), progress=None):
    return tune_student(
        student, examples(30) if data is None else data, dev=dev, settings=chosen, seed=1, checkpoints=folder,
        progress=progress or Silence(),
    )  # fmt: skip


def weights_of(student):
    return {name: weight.detach().clone() for name, weight in student.model.state_dict().items()}


def copied(student):
    return dataclasses.replace(student, model=copy.deepcopy(student.model))


def same(first, second, **tolerance):
    for name, weight in first.items():
        torch.testing.assert_close(weight, second[name], **tolerance)


def test_one_update_is_the_same_in_one_batch_and_in_many(student, tmp_path):
    data = examples(12)
    one, many = copied(student), copied(student)
    _, whole = tune(one, tmp_path / "one", settings(batch_tokens=10_000, max_updates=1), data=data)
    _, single = tune(many, tmp_path / "many", settings(batch_tokens=1, accumulation=12, max_updates=1), data=data)
    assert whole.updates == single.updates == 1
    assert whole.target_tokens == single.target_tokens
    assert whole.losses[0].loss == pytest.approx(single.losses[0].loss, rel=1e-5)
    # An update moves a weight by 0.01; where a gradient is next to nothing, Adam blows up its rounding.
    same(weights_of(one), weights_of(many), atol=2e-4, rtol=1e-3)
    assert not torch.allclose(weights_of(one)["lm_head.weight"], weights_of(student)["lm_head.weight"], atol=1e-3)


def test_the_loss_is_a_mean_over_all_response_tokens(student, tmp_path):
    data = examples(5)
    chosen = settings(max_updates=1, label_smoothing=0.0, batch_tokens=9999)
    _, summary = tune(copied(student), tmp_path, chosen, data=data)
    total = tokens = 0
    for one in data:
        (encoded,) = student.encode_examples([one], max_source_tokens=99, max_target_tokens=99)
        prompt, response = encoded.true.source, encoded.true.target
        logs = student.model(input_ids=torch.tensor([prompt + response])).logits[0].log_softmax(-1)
        for position, token in enumerate(response):
            total -= one.weight * float(logs[len(prompt) + position - 1, token].detach())
        tokens += len(response)
    assert summary.target_tokens == tokens
    assert summary.losses[0].loss == pytest.approx(total / tokens, rel=1e-4)


@pytest.mark.parametrize("lora", [None, LORA])
def test_it_learns_and_is_saved_and_read_again(student, tmp_path, lora):
    dev = examples(6, seed=9)
    tuned, summary = tune(student, tmp_path / "run", settings(epochs=10, lora=lora), dev=dev)
    losses = [point.dev_loss for point in summary.losses if point.dev_loss is not None]
    assert losses[-1] < losses[0] - 0.5
    save_student(tuned, tmp_path / "saved")
    again = load_student(str(tmp_path / "saved"), direction=student.direction)
    ids = torch.tensor(again.encode_sources(["the file"], max_tokens=20))
    with torch.no_grad():
        torch.testing.assert_close(again.model(ids).logits, tuned.model.eval()(ids).logits, atol=1e-4, rtol=1e-4)


def test_an_adapter_trained_in_bfloat16_is_merged_into_the_exact_weights(student, tmp_path):
    before = weights_of(student)
    tuned, _ = tune(student, tmp_path / "run", settings(precision="bfloat16", max_updates=4, lora=LORA))
    assert all(weight.is_meta for weight in student.model.parameters()), "its weights are not in memory twice"
    save_student(tuned, tmp_path / "saved")
    after = weights_of(load_student(str(tmp_path / "saved"), direction=student.direction))
    for name, weight in after.items():
        moved = weight - before[name]
        if any(f".{target}." in name for target in LORA.targets):
            values = torch.linalg.svdvals(moved)
            assert values[0] > 1e-3
            assert (values[LORA.rank :] < 1e-5 * values[0] + 1e-6).all(), "nothing but the adapter, and unrounded"
        else:
            assert not moved.any()


def test_gradient_checkpointing_changes_nothing(student, tmp_path):
    plain, saving = copied(student), copied(student)
    tune(plain, tmp_path / "plain", settings(max_updates=3))
    tune(saving, tmp_path / "saving", settings(max_updates=3, gradient_checkpointing=True))
    assert saving.model.is_gradient_checkpointing
    same(weights_of(plain), weights_of(saving), atol=1e-6, rtol=1e-5)


def test_a_resumed_run_ends_with_the_same_weights(student, tmp_path):
    class Stop(Silence):
        calls = 0

        def advance(self, count=1, **figures):
            self.calls += 1
            if self.calls == 5:
                raise KeyboardInterrupt

    chosen = settings(save_every=2, max_updates=6)
    straight, broken, resumed = (copied(student) for _ in range(3))
    tune(straight, tmp_path / "straight", chosen)
    with pytest.raises(KeyboardInterrupt):
        tune(broken, tmp_path / "broken", chosen, progress=Stop())
    tune(resumed, tmp_path / "broken", chosen)
    same(weights_of(straight), weights_of(resumed), atol=0, rtol=0)


def test_conversations_are_trained_on(student, tmp_path):
    turns = (("system", "key"), ("user", "the old menu"))
    data = [Example(str(n), "feedback", "en", "pt-BR", "", "user saves", messages=turns) for n in range(8)]
    _, summary = tune(student, tmp_path, settings(epochs=15, label_smoothing=0.0), data=data)
    assert summary.losses[-1].loss < 0.5


def test_only_causal_students_take_conversations(tiny_student, tmp_path):
    data = [Example("7", "feedback", "en", "pt-BR", "", "x", messages=(("user", "hi"),))]
    with pytest.raises(StudentError, match=r"example '7' is a conversation.*Take a causal student"):
        tune(tiny_student("marian"), tmp_path, settings(), data=data)


def test_a_vocabulary_that_spells_in_bytes_is_told(student, tmp_path):
    notes = []

    class Notes(Silence):
        def finish(self, note=""):
            notes.append(note)

    data = [Example(str(n), "translate", "en", "pt-BR", "the file", "打开文件") for n in range(4)]
    tune(student, tmp_path, settings(max_updates=1), data=data, progress=Notes())
    assert "100% of the target's tokens spell only part of a character (3.0 tokens a character)" in notes[0]


@pytest.mark.parametrize(
    ("kind", "trainable"), [("Qwen3", True), ("Mistral", True), ("Granite", True), ("Gemma2", False)]
)
def test_a_model_whose_logits_are_more_than_a_projection_is_refused(tmp_path, kind, trainable):
    shape = {"head_dim": 8} if kind in {"Qwen3", "Mistral", "Gemma2"} else {}
    shape |= {"Granite": {"logits_scaling": 3.0}, "Gemma2": {"final_logit_softcapping": 2.0}}.get(kind, {})
    student = make_tiny_causal(tmp_path, kind=kind, **shape)
    if trainable:
        check_trainable(student.model)
    else:
        with pytest.raises(StudentError, match=r"type 'gemma2' cannot be trained here"):
            check_trainable(student.model)


def test_divergence_of_rationales_keeps_what_was_predicted_there(student, tmp_path):
    """Held against the same training without any weight on rationales; the target is learned in both."""
    data = [dataclasses.replace(one, rationale="of the old key") for one in examples(4)]
    before = copied(student)
    moved = {}
    for weight in (0.0, 4.0):
        chosen = settings(
            lora=LoraSettings(rank=4), learning_rate=2e-2, max_updates=12, rationale_loss="divergence",
            rationale_weight=weight, normalisation="sequence", rationale_separator="trained",
        )  # fmt: skip
        trained, summary = tune(copied(student), tmp_path / str(weight), chosen, data=data)
        written = [Written((("user", one.source),), one.rationale, finished=False) for one in data]
        moved[weight] = sum(one.nats for one in diverge(before, trained, written, max_tokens=20))
        assert summary.losses[-1].loss < summary.losses[0].loss
    assert 0 < moved[4.0] < 0.9 * moved[0.0]


def test_divergence_begins_at_nothing(student):
    """A fresh adapter has moved nothing yet, so that a rationale gives neither a loss nor a gradient."""
    adapted = add_adapter(student, LoraSettings(rank=2))
    data = tokenise(
        [dataclasses.replace(one, rationale="of the old key") for one in examples(3)], adapted, max_source_tokens=64,
        max_target_tokens=64,
    )  # fmt: skip
    batch = PackedCollator(data, 0)([0, 1, 2])
    assert batch["rationales"].any()
    batch["weights"] = batch["weights"].masked_fill(~batch["rationales"], 0.0)
    loss = student_objective(adapted.states, label_smoothing=0.0, anchored=True)(adapted.model.train(), batch)
    loss.backward()
    assert abs(loss.item()) < 1e-4 and adapted.model.training
    assert all(weight.grad.abs().max() < 1e-5 for weight in adapted.model.parameters() if weight.requires_grad)


def test_divergence_without_an_adapter_is_told(student, tmp_path):
    with pytest.raises(StudentError, match=r'"divergence" needs train\.lora'):
        tune(student, tmp_path, settings(rationale_loss="divergence"))


def test_dropout_of_a_student_that_has_none_is_told(student, tmp_path):
    with pytest.raises(StudentError, match=r"no layer .* set train\.lora\.dropout"):
        tune(student, tmp_path, settings(dropout=0.1))


def test_dropout_of_an_adapter_is_its_own(student):
    from tutelage.training.train import _set_dropout

    adapted = add_adapter(student, LoraSettings(rank=2, dropout=0.05)).model
    adapted.register_module("between", torch.nn.Dropout(0.0))
    _set_dropout(adapted, 0.3)
    rates = {module.p for name, module in adapted.named_modules() if name.endswith("lora_dropout.default")}
    assert (rates, adapted.between.p) == ({0.05}, 0.3)


def test_the_line_before_a_rationale_is_learned_spared_or_left_to_a_sample_of_its_own(student, tmp_path):
    """Learned as the end of every translation, it teaches to go on behind every answer."""
    data = [dataclasses.replace(one, rationale="of the old key") for one in examples(4)]
    encoded = [one.true for one in student.encode_examples(data, max_source_tokens=99, max_target_tokens=99)]
    lines, rationales = (sum(len(one.separator) for one in encoded), sum(one.rationale_tokens for one in encoded))
    learned = {}
    for separator in ("trained", "spared", "apart"):
        chosen = settings(epochs=1, rationale_separator=separator)
        learned[separator] = tune(copied(student), tmp_path / separator, chosen, data=data)[1]
    cut = tokenise(data, student, max_source_tokens=99, max_target_tokens=encoded[0].separator.stop, separator="apart")
    assert cut.source(0).tolist() != cut.source(1).tolist(), "of a rationale that was cut off there is no sample"
    assert learned["spared"].target_tokens == learned["trained"].target_tokens - lines
    assert learned["apart"].target_tokens == learned["spared"].target_tokens + len(data), "the ends of the answers"
    assert all(one.examples == len(data) for one in learned.values())
    spared, apart = (
        tokenise(data, student, max_source_tokens=99, max_target_tokens=99, separator=kind)
        for kind in ("spared", "apart")
    )
    for number, one in enumerate(encoded):
        (marks,) = spared.spared_of([number])
        assert [place for place, mark in enumerate(marks) if mark] == list(one.separator)
        assert apart.target(2 * number).tolist() == [*one.target[: one.separator.start], student.format.end_id]
        assert apart.target(2 * number + 1).tolist() == one.target
    counts = apart.supervised_of(range(8))
    assert counts[0::2, 1].sum() == 0 and counts[1::2, 0].sum() == 0 and counts[1::2, 1].sum() == rationales


def test_rationales_of_no_weight_leave_the_student_whole(student, tmp_path):
    """Apart, a batch may hold rationales alone, which count nothing then."""
    data = [dataclasses.replace(one, rationale="of the old key") for one in examples(4)]
    chosen = settings(epochs=1, batch_tokens=1, rationale_weight=0.0)
    tuned, summary = tune(copied(student), tmp_path, chosen, data=data)
    assert summary.updates == 8
    assert all(weight.isfinite().all() for weight in weights_of(tuned).values())
