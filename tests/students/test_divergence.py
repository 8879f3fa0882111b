"""The divergence of two chat models on what the first has written, against a computation by their own logits."""

import copy
import dataclasses
import gc
import weakref

import pytest
import torch

from answer_key import orders
from tiny_students import make_tiny_causal
from tutelage.core.errors import StudentError
from tutelage.students.divergence import (
    Divergence,
    Written,
    diverge,
    diverge_from,
    head_of,
    read_answers,
    read_reading,
    write_reading,
)

QUESTION = (("user", "the river is cold"),)
WRITTEN = Written(QUESTION, "the old house is near the river", finished=True)


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    """Two chat models of the same vocabulary, with other random weights."""
    return [
        make_tiny_causal(
            tmp_path_factory.mktemp("chat"), seed=seed, texts=orders(100, seed=9), max_position_embeddings=512
        )
        for seed in (1, 2)
    ]


def by_their_own_logits(first, second, written):
    (prompt,) = first.encode_conversations([written.messages])
    answer = [*first.encode_answer_start(written.answer), first.format.end_id]
    ids = torch.tensor([[*prompt, *answer]])
    with torch.no_grad():
        p, q = (
            torch.log_softmax(one.model(ids).logits[0, len(prompt) - 1 : -1].float(), dim=-1) for one in (first, second)
        )
    return [float(one) for one in (p.exp() * (p - q)).sum(dim=-1)]


def test_it_is_that_of_the_models_own_logits(students):
    first, second = students
    expected = by_their_own_logits(first, second, WRITTEN)
    (found,) = diverge(first, second, [WRITTEN], max_tokens=64)
    assert found.tokens == len(expected)
    assert found.nats == pytest.approx(sum(expected), rel=1e-4)
    assert found.nats > 0.001 * found.tokens
    assert found.end_nats == pytest.approx(expected[-1], rel=1e-4)


def test_a_student_has_not_moved_from_itself(students):
    (found,) = diverge(students[0], students[0], [WRITTEN], max_tokens=64)
    assert found.nats == pytest.approx(0.0, abs=1e-5)


def test_the_first_student_may_go_when_it_has_read(students, tmp_path):
    first, second = (dataclasses.replace(one, model=copy.deepcopy(one.model)) for one in students)
    answers = [WRITTEN, Written(QUESTION, "", finished=False), dataclasses.replace(WRITTEN, finished=False)]
    write_reading(read_answers(first, answers, max_tokens=64), tmp_path / "states.safetensors")
    head, gone = head_of(first), weakref.ref(first.model)
    del first
    gc.collect()
    assert gone() is None
    read = read_reading(tmp_path / "states.safetensors")
    assert list(diverge_from(read, head, second)) == list(diverge(*students, answers, max_tokens=64))


def test_it_has_a_direction(students):
    there, back = (next(diverge(*pair, [WRITTEN], max_tokens=64)).nats for pair in (students, students[::-1]))
    assert there != pytest.approx(back, rel=1e-3)


def test_only_the_beginning_of_an_answer_counts(students):
    expected = by_their_own_logits(*students, WRITTEN)[:3]
    (found,) = diverge(*students, [WRITTEN], max_tokens=3)
    assert (found.tokens, found.nats) == (3, pytest.approx(sum(expected), rel=1e-4))
    assert found.end_nats is None


def test_an_answer_that_was_cut_has_no_end(students):
    cut = Written(QUESTION, WRITTEN.answer, finished=False)
    (whole,), (found,) = (list(diverge(*students, [one], max_tokens=64)) for one in (WRITTEN, cut))
    assert found.tokens == whole.tokens - 1


def test_an_empty_answer_has_none(students):
    assert list(diverge(*students, [Written(QUESTION, "", finished=False)], max_tokens=64)) == [Divergence(0.0, 0)]


def test_students_of_other_vocabularies_cannot_be_compared(students, tmp_path):
    other = make_tiny_causal(tmp_path, texts=orders(100, seed=9), max_position_embeddings=512)
    other.model.resize_token_embeddings(other.model.config.vocab_size + 8)
    with pytest.raises(StudentError, match=r"vocabularies have .* cannot be compared"):
        list(diverge(students[0], other, [WRITTEN], max_tokens=64))
