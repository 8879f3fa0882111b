import numpy as np
import torch

from tutelage.core.records import Example
from tutelage.core.training import IGNORED, EncodedExample, EncodedSample
from tutelage.training.collation import Collator
from tutelage.training.tokenised import tokenise


class Letters:
    """One token for a letter, end-of-sequence 0."""

    def encode_examples(self, examples, *, max_source_tokens, max_target_tokens, conflicts):
        return [
            EncodedExample(
                EncodedSample(letters(one.source, max_source_tokens), letters(one.target, max_target_tokens))
            )
            for one in examples
        ]


def letters(text, limit):
    return [*(ord(letter) for letter in text[: limit - 1]), 0]


def example(source, target, weight=1.0):
    return Example(source, "translate", "en", "pt-BR", source, target, weight=weight)


def tokenised():
    examples = [example("ab", "c"), example("abcdef", "cd", 0.5), example("a", "bcd", 2.0)]
    return tokenise(examples, Letters(), max_source_tokens=5, max_target_tokens=10)


def test_examples_keep_their_order_and_limits():
    found = tokenised()
    assert len(found) == 3
    assert found.source(0).tolist() == [97, 98, 0]
    assert found.source(1).tolist() == [97, 98, 99, 100, 0]
    assert found.target(2).tolist() == [98, 99, 100, 0]
    assert found.lengths.tolist() == [[3, 2], [5, 3], [2, 4]]


def test_padding_and_masks():
    batch = Collator(tokenised(), pad_token_id=7)([0, 2])
    assert batch["input_ids"].tolist() == [[97, 98, 0], [97, 0, 7]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch["labels"].tolist() == [[99, 0, IGNORED, IGNORED], [98, 99, 100, 0]]
    assert batch["weights"].tolist() == [[1.0, 1.0, 0.0, 0.0], [2.0, 2.0, 2.0, 2.0]]
    assert batch["counts"].tolist() == [6.0, 0.0]
    assert "unlikely" not in batch
    assert batch["labels"].dtype == torch.int64


def test_no_examples():
    found = tokenise([], Letters(), max_source_tokens=5, max_target_tokens=5)
    assert len(found) == 0
    assert found.lengths.shape == (0, 2)


def test_many_chunks_are_one():
    examples = [example("a" * (index % 7 + 1), "b") for index in range(9000)]
    found = tokenise(examples, Letters(), max_source_tokens=20, max_target_tokens=20)
    assert np.array_equal(found.lengths[:, 0], [index % 7 + 2 for index in range(9000)])
