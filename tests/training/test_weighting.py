import numpy as np
import pytest

from tutelage.core.training import EncodedExample, EncodedSample
from tutelage.training.batches import plan_batches
from tutelage.training.packing import ROW_TOKENS, pack_rows, plan_packed_batches
from tutelage.training.tokenised import tokenise
from tutelage.training.weighting import Weighting


class Given:
    """Encodes examples that are given as token ids already."""

    def encode_examples(self, examples, *, max_source_tokens, max_target_tokens, conflicts):
        return [one.encoded if conflicts else EncodedExample(one.encoded.true) for one in examples]


class Item:
    def __init__(self, true, conflict=None, *, weight=1.0):
        self.encoded, self.weight = EncodedExample(true, conflict), weight


def sample(target, *, rationale=0, first=0, last=0):
    return EncodedSample([1, 2], list(range(10, 10 + target)), rationale, first, last)


def tokenised(*items, conflicts=True):
    return tokenise(items, Given(), max_source_tokens=9, max_target_tokens=9, conflicts=conflicts)


def weights_of(examples, number, **settings):
    everything = Weighting(**settings).token_weights(examples, range(len(examples.weights)))
    alone = Weighting(**settings).token_weights(examples, [number])[0]
    assert everything[number].tolist() == alone.tolist()
    return alone.tolist()


def counts_of(examples, samples, **settings):
    return Weighting(**settings).counts(examples, samples).tolist()


MIXED = (
    Item(sample(4, rationale=1), weight=2.0),
    Item(sample(3), sample(4, first=1)),
    Item(sample(5, rationale=3), sample(2, last=1), weight=0.5),
)


def test_the_true_samples_come_first_and_the_conflicting_ones_behind_them():
    examples = tokenised(*MIXED)
    assert len(examples) == 3
    assert examples.conflicts.tolist() == [-1, 3, 4]
    assert examples.samples_of([2, 0]) == [2, 0, 4]
    assert examples.lengths.tolist() == [[2, 4], [2, 3], [2, 5], [2, 4], [2, 2]]
    assert examples.conflict_lengths.tolist() == [[0, 0], [2, 4], [2, 2]]
    assert examples.supervised.tolist() == [4, 3 + 3, 5 + 1]
    assert examples.weights.tolist() == [2.0, 1.0, 0.5, 1.0, 0.5]
    without = tokenised(*MIXED, conflicts=False)
    assert without.samples_of([2, 0]) == [2, 0]
    assert not without.conflict_lengths.any()


def test_token_weights_by_hand():
    examples = tokenised(*MIXED)
    assert weights_of(examples, 0) == [2, 2, 2, 2]
    assert weights_of(examples, 0, rationale_weight=0.25) == [2, 2, 2, 0.5]
    assert weights_of(examples, 2, rationale_weight=2.0) == [0.5, 0.5, 1, 1, 1]
    assert weights_of(examples, 3, alpha=0.25) == [0, 0.25, 0.25, 0.25]
    assert weights_of(examples, 4, alpha=0.25) == [0.125, 0]


def test_sequence_weights_by_hand():
    """The mean over the target, and λ times the mean over the rationale."""
    examples = tokenised(*MIXED)
    chosen = {"normalisation": "sequence", "rationale_weight": 0.75, "alpha": 0.3}
    assert weights_of(examples, 0, **chosen) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 1.5])
    assert weights_of(examples, 1, **chosen) == pytest.approx([1 / 3] * 3)
    assert weights_of(examples, 2, **chosen) == pytest.approx([0.25, 0.25, 0.125, 0.125, 0.125])
    assert weights_of(examples, 3, **chosen) == pytest.approx([0, 0.1, 0.1, 0.1])
    assert weights_of(examples, 4, **chosen) == pytest.approx([0.15, 0])


def test_what_samples_count():
    examples = tokenised(*MIXED)
    everything = [0, 1, 2, 3, 4]
    assert counts_of(examples, everything) == [12, 4]
    assert counts_of(examples, everything, rationale_weight=0.5, alpha=0.2) == [10, 4]
    assert counts_of(examples, everything, normalisation="sequence", rationale_weight=0.5) == [3, 2]
    assert counts_of(examples, [1]) == [3, 0]


def test_the_token_mean_of_target_and_rationale_is_the_published_one():
    """Whatever is a rationale, every token counts the same with a weight of 1."""
    examples = tokenised(Item(sample(5, rationale=3)), Item(sample(5)))
    assert weights_of(examples, 0) == weights_of(examples, 1) == [1] * 5
    assert counts_of(examples, [0, 1]) == [10, 0]


def test_a_rationale_of_no_weight_leaves_the_mean_over_the_target():
    examples = tokenised(Item(sample(5, rationale=3)))
    assert weights_of(examples, 0, rationale_weight=0.0) == [1, 1, 0, 0, 0]
    assert counts_of(examples, [0], rationale_weight=0.0) == [2, 0]


def test_a_target_that_is_all_rationale_or_nothing_at_all():
    examples = tokenised(Item(sample(2, rationale=2)), Item(sample(1, last=1)))
    assert weights_of(examples, 0, normalisation="sequence") == [0.5, 0.5]
    assert weights_of(examples, 1, normalisation="sequence") == [0]
    assert counts_of(examples, [0, 1], normalisation="sequence") == [1, 0]


def paired_lengths(count, *, seed=0):
    generator = np.random.default_rng(seed)
    lengths = generator.integers(5, 60, size=(count, 2))
    conflicts = lengths + generator.integers(-2, 3, size=(count, 2))
    conflicts[generator.random(count) < 0.3] = 0
    return lengths, conflicts


def test_conflicting_samples_count_in_the_budget_of_padded_batches():
    lengths, conflicts = paired_lengths(400)
    batches = plan_batches(lengths, conflict_lengths=conflicts, batch_tokens=500, seed=3)
    assert sorted(np.concatenate(batches).tolist()) == list(range(400))
    for batch in batches:
        rows = len(batch) + int(conflicts[batch].any(axis=1).sum())
        assert rows * max(lengths[batch].max(), conflicts[batch].max()) <= 500


def test_conflicting_samples_count_in_the_budget_of_packed_batches():
    lengths, conflicts = paired_lengths(400)
    batches = plan_packed_batches(lengths, conflict_lengths=conflicts, batch_tokens=1024, seed=3)
    assert sorted(np.concatenate(batches).tolist()) == list(range(400))
    used = padded = 0
    for batch in batches:
        totals = [int(one) for one in (*lengths[batch].sum(1), *conflicts[batch].sum(1)) if one]
        rows = pack_rows(totals, row_tokens=ROW_TOKENS)
        width = max(sum(totals[member] for member in row) for row in rows)
        assert len(rows) * width <= 1024
        used, padded = used + sum(totals), padded + len(rows) * width
    assert used / padded > 0.85


def test_a_pair_beyond_the_budget_stands_alone():
    lengths, conflicts = np.array([[3, 3], [300, 30], [4, 4]]), np.array([[3, 3], [310, 30], [4, 4]])
    for plan in (plan_batches, plan_packed_batches):
        batches = plan(lengths, conflict_lengths=conflicts, batch_tokens=300, seed=1)
        assert [1] in [batch.tolist() for batch in batches]
        assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2]


def test_without_conflicts_the_plan_is_as_ever():
    lengths, _ = paired_lengths(200)
    for plan in (plan_batches, plan_packed_batches):
        plain = plan(lengths, batch_tokens=600, seed=2)
        none = plan(lengths, conflict_lengths=np.zeros_like(lengths), batch_tokens=600, seed=2)
        assert [batch.tolist() for batch in plain] == [batch.tolist() for batch in none]


def spare_second(sample, *, source):
    """The second token is spared; of a target of one nothing is left."""
    marks = tuple(place == 1 for place in range(len(sample.target)))
    return EncodedSample(sample.source, sample.target, spared=marks) if len(marks) > 1 else None


@pytest.mark.parametrize(
    ("normalisation", "weights", "counts"),
    [("token", [0.5, 0.0, 0.5, 0.5], [6.0, 3.0]), ("sequence", [1 / 6, 0.0, 1 / 6, 1 / 6], [2.0, 1.0])],
)
def test_spared_tokens_count_nothing(normalisation, weights, counts):
    items = (Item(sample(3), sample(4)), Item(sample(3), sample(1)))
    for item in items:
        item.source = "text"
    examples = tokenise(items, Given(), max_source_tokens=9, max_target_tokens=9, conflicts=True, spare=spare_second)
    assert examples.conflicts.tolist() == [2, -1], "the conflict of which nothing was left is dropped"
    assert examples.supervised.tolist() == [3 + 3, 3]
    assert weights_of(examples, 2, normalisation=normalisation, alpha=0.5) == pytest.approx(weights)
    assert counts_of(examples, [0, 1, 2], normalisation=normalisation) == counts
