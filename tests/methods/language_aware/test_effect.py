"""What stage 2 does to a translation under a wrong direction, and what likelihood alone does not."""

import pytest
import torch

from tiny_students import make_tiny
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import Unlikelihood
from tutelage.methods.language_aware.conflicts import ConflictSource, count_directions, draw_conflicts
from tutelage.stages.tuning import tune_student
from tutelage.students.loading import load_student
from tutelage.students.student_folder import save_student

EN_PT, EN_DE = Direction("en", "pt-BR"), Direction("en", "de")
TRAIN = {"batch_tokens": 800, "label_smoothing": 0.0, "precision": "float32", "normalisation": "sequence"}


def all_examples():
    """Words turned round, in one direction alone; the other one is zero-shot, and their conflict."""
    words = ("menu", "file", "key", "text")
    examples = [Example(word, "translate", "en", "pt-BR", word, word[::-1]) for word in words]
    source = ConflictSource("zero-shot-pair", count_directions(examples), zero_shot=(EN_DE,))
    return list(draw_conflicts(examples, source, seed=1))


def trained(folder, examples, checkpoints, *, updates, rate, unlikelihood=None):
    student = load_student(str(folder), direction=EN_PT)
    settings = TrainSettings(**TRAIN, learning_rate=rate, max_updates=updates)
    plain = {"seed": 1, "checkpoints": checkpoints, "progress": Silence()}
    tuned, _ = tune_student(student, examples, settings=settings, unlikelihood=unlikelihood, **plain)
    return tuned


@torch.no_grad()
def surprise(student, examples):
    """Mean −log p of a target's token, asked for rightly and asked for wrongly."""
    student.model.eval()
    encoded = student.encode_examples(examples, max_source_tokens=99, max_target_tokens=99, conflicts=True)
    kinds = [one.true for one in encoded], [one.conflict for one in encoded]
    return [sum(_losses(student, samples)) / len(samples) for samples in kinds]


def _losses(student, samples):
    for sample in samples:
        labels = torch.tensor([sample.target])
        starts = student.decoder_inputs(labels, student.model.config)
        logits = student.model(input_ids=torch.tensor([sample.source]), decoder_input_ids=starts).logits[0]
        # the first token is the language, which is asked for and not written
        yield torch.nn.functional.cross_entropy(logits[1:], labels[0, 1:]).item()


@pytest.fixture(scope="module")
def stage_1(tmp_path_factory):
    """A student to which two languages look much alike, after likelihood in one of them."""
    folder = tmp_path_factory.mktemp("effect")
    new = make_tiny("nllb", folder / "new")
    embeddings, ids = new.model.get_input_embeddings().weight, new.tokenizer.convert_tokens_to_ids
    with torch.no_grad():
        embeddings[ids("deu_Latn")] = embeddings[ids("por_Latn")] + 0.1 * embeddings[ids("deu_Latn")]
    save_student(new, folder / "new")
    examples = all_examples()
    student = trained(folder / "new", examples, folder / "c", updates=150, rate=1e-2)
    (folder / "stage-1").mkdir()
    save_student(student, folder / "stage-1")
    return folder / "stage-1", examples, surprise(student, examples)


def test_stage_2_makes_the_conflicting_sample_unlikely_and_likelihood_alone_does_not(stage_1, tmp_path):
    folder, examples, (true, wrong) = stage_1
    assert true < 0.1
    found = {}
    for alpha in (0.0, 0.5):
        checkpoints, unlikelihood = tmp_path / str(alpha), Unlikelihood(alpha=alpha, neutral="pushed")
        student = trained(folder, examples, checkpoints, updates=40, rate=5e-3, unlikelihood=unlikelihood)
        found[alpha] = surprise(student, examples)
    assert found[0.5][1] > wrong + 1, "less likely than after stage 1"
    assert found[0.0][1] < wrong + 0.5, "which more likelihood does not do"
    assert found[0.5][0] < 0.3, "and the right direction is kept"
