import math

import pytest
import torch

from tutelage.core.training import IGNORED
from tutelage.objectives.contrast import projected_contrast
from tutelage.objectives.likelihood import likelihood, projected_likelihood
from tutelage.objectives.unlikelihood import projected_unlikelihood, unlikelihood

B, T, D, V = 3, 5, 4, 11
NUMERICS = ("stable", "paper")


def logits_of(gold_probabilities, gold, *, vocabulary=5, dtype=torch.float64):
    """Logits whose softmax gives each gold token its probability, and the others equal shares of the rest."""
    rows = []
    for probability, token in zip(gold_probabilities, gold, strict=True):
        row = torch.full((vocabulary,), (1 - probability) / (vocabulary - 1), dtype=dtype)
        row[token] = probability
        rows.append(row.log())
    return torch.stack(rows)[None].requires_grad_()


def inputs(dtype=torch.float64, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(B, T, D, generator=generator, dtype=dtype, requires_grad=True)
    projection = torch.randn(V, D, generator=generator, dtype=dtype, requires_grad=True)
    bias = torch.randn(V, generator=generator, dtype=dtype)
    labels = torch.randint(0, V, (B, T), generator=generator)
    labels[0, 3:] = IGNORED
    labels[2, :] = IGNORED
    weights = torch.rand(B, T, generator=generator, dtype=dtype) + 0.5
    unlikely = torch.rand(B, T, generator=generator) < 0.5
    return states, projection, bias, labels, weights, unlikely


GOLD = (1, 3, 4)
LABELS = torch.tensor([[IGNORED, IGNORED, IGNORED, *GOLD]])


@pytest.mark.parametrize("numerics", NUMERICS)
def test_a_hand_computed_batch(numerics):
    """Three supervised tokens of six: gold .5, .8, .9 under the true direction and .6, .9, .5 under the wrong one."""
    true, wrong = (
        torch.cat([torch.zeros(1, 3, 5, dtype=torch.float64), logits_of(gold, GOLD)], dim=1).detach().requires_grad_()
        for gold in ((0.5, 0.8, 0.9), (0.6, 0.9, 0.5))
    )
    ce = likelihood(true, LABELS) / 3
    ul = unlikelihood(wrong, LABELS, numerics=numerics) / 3
    assert ce.item() == pytest.approx(0.34055042, abs=1e-8)
    assert ul.item() == pytest.approx(1.30400767, abs=1e-8)
    assert (ce + 0.05 * ul).item() == pytest.approx(0.40575080, abs=1e-8)
    (gradient,) = torch.autograd.grad(ul, wrong)
    expected = torch.zeros(1, 6, 5, dtype=torch.float64)
    for position, token, at_gold, elsewhere in zip(
        (3, 4, 5), GOLD, (0.2, 0.3, 1 / 6), (-0.05, -0.075, -1 / 24), strict=True
    ):
        expected[0, position] = elsewhere
        expected[0, position, token] = at_gold
    torch.testing.assert_close(gradient, expected)


def test_the_same_batch_in_one_pass():
    """With an identity for the projection the states are the logits; the second row is the conflicting sample."""
    rows = torch.cat([logits_of(gold, GOLD) for gold in ((0.5, 0.8, 0.9), (0.6, 0.9, 0.5))])
    loss = projected_contrast(
        rows,
        torch.eye(5, dtype=torch.float64),
        torch.tensor([GOLD, GOLD]),
        unlikely=torch.tensor([[False] * 3, [True] * 3]),
        weights=torch.tensor([1 / 3, 0.05 / 3], dtype=torch.float64),
    )
    assert loss.item() == pytest.approx(0.40575080, abs=1e-8)


@pytest.mark.parametrize("numerics", NUMERICS)
def test_it_is_the_published_formula(numerics):
    states, projection, _, labels, _, _ = inputs()
    supervised = labels != IGNORED
    probabilities = (states @ projection.T).exp()
    probabilities = probabilities / probabilities.sum(-1, keepdim=True)
    gold = probabilities[supervised].gather(1, labels[supervised][:, None])
    expected = -torch.log(torch.clamp(1 - gold, min=1e-9)).sum()
    found = unlikelihood(states @ projection.T, labels, numerics=numerics)
    torch.testing.assert_close(found, expected)
    slopes = [torch.autograd.grad(one, projection, retain_graph=True)[0] for one in (found, expected)]
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("numerics", NUMERICS)
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("chunk_tokens", [1, 3, 256])
def test_the_projected_form_equals_the_plain_one(dtype, numerics, with_bias, chunk_tokens):
    states, projection, bias, labels, weights, _ = inputs(dtype)
    bias = bias if with_bias else None
    logits = states @ projection.T + (0 if bias is None else bias)
    plain = sum(
        weights[row, column] * unlikelihood(logits[row, column], labels[row, column], numerics=numerics)
        for row in range(B)
        for column in range(T)
    )
    found = projected_unlikelihood(
        states, projection, labels, bias=bias, weights=weights, numerics=numerics, chunk_tokens=chunk_tokens
    )
    torch.testing.assert_close(found, plain)
    expected = torch.autograd.grad(plain, (states, projection))
    for gradient, wanted in zip(torch.autograd.grad(found, (states, projection)), expected, strict=True):
        torch.testing.assert_close(gradient, wanted)


@pytest.mark.parametrize("numerics", NUMERICS)
@pytest.mark.parametrize("chunk_tokens", [2, 256])
def test_one_pass_equals_two(numerics, chunk_tokens):
    states, projection, bias, labels, weights, unlikely = inputs()
    shared = {"bias": bias, "weights": weights, "chunk_tokens": chunk_tokens}
    apart = projected_likelihood(
        states, projection, labels.masked_fill(unlikely, IGNORED), label_smoothing=0.1, **shared
    ) + projected_unlikelihood(states, projection, labels.masked_fill(~unlikely, IGNORED), numerics=numerics, **shared)
    together = projected_contrast(
        states, projection, labels, unlikely=unlikely, label_smoothing=0.1, numerics=numerics, **shared
    )
    torch.testing.assert_close(together, apart)
    expected = torch.autograd.grad(apart, (states, projection))
    for gradient, wanted in zip(torch.autograd.grad(together, (states, projection)), expected, strict=True):
        torch.testing.assert_close(gradient, wanted)


def test_without_unlikely_positions_it_is_likelihood_to_the_last_bit():
    states, projection, bias, labels, weights, _ = inputs(torch.float32)
    shared = {"bias": bias, "weights": weights, "label_smoothing": 0.1}
    contrast = projected_contrast(states, projection, labels, unlikely=None, **shared)
    plain = projected_likelihood(states, projection, labels, **shared)
    assert torch.equal(contrast, plain)
    expected = torch.autograd.grad(plain, (states, projection))
    for gradient, wanted in zip(torch.autograd.grad(contrast, (states, projection)), expected, strict=True):
        assert torch.equal(gradient, wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_lives_where_the_probability_rounds_to_one_only_if_stable(dtype):
    logits = torch.tensor([[[60.0, 1.0, 0.0]]], dtype=dtype, requires_grad=True)
    labels = torch.tensor([[0]])
    assert logits.softmax(-1)[0, 0, 0].item() == 1.0
    stable = unlikelihood(logits, labels)
    assert stable.item() == pytest.approx(60 - math.log(math.e + 1), rel=1e-6)
    (gradient,) = torch.autograd.grad(stable, logits)
    expected = torch.tensor([[[1.0, -math.e / (math.e + 1), -1 / (math.e + 1)]]], dtype=dtype)
    torch.testing.assert_close(gradient, expected)
    paper = unlikelihood(logits, labels, numerics="paper")
    assert paper.item() == pytest.approx(-math.log(1e-9), rel=1e-6)
    assert not torch.autograd.grad(paper, logits)[0].any()
    eye = torch.eye(3, dtype=dtype)
    for numerics, wanted in (("stable", expected), ("paper", torch.zeros_like(expected))):
        projected = projected_unlikelihood(logits, eye, labels, numerics=numerics)
        torch.testing.assert_close(torch.autograd.grad(projected, logits)[0], wanted)


@pytest.mark.parametrize("numerics", NUMERICS)
def test_extreme_logits_stay_finite(numerics):
    logits = torch.tensor([[[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]]], requires_grad=True)
    loss = projected_unlikelihood(logits, torch.eye(3), torch.tensor([[0, 0]]), numerics=numerics)
    assert torch.isfinite(loss)
    assert torch.isfinite(torch.autograd.grad(loss, logits)[0]).all()


@pytest.mark.parametrize("numerics", NUMERICS)
def test_fully_masked_is_zero_and_finite(numerics):
    states, projection, _, labels, weights, unlikely = inputs(torch.float32)
    masked = torch.full_like(labels, IGNORED)
    losses = (
        projected_unlikelihood(states, projection, masked, numerics=numerics),
        projected_contrast(states, projection, masked, unlikely=unlikely, weights=weights, numerics=numerics),
        unlikelihood(states @ projection.T, masked, numerics=numerics),
    )
    for loss in losses:
        assert loss.item() == 0.0
        assert all(not gradient.any() for gradient in torch.autograd.grad(loss, (states, projection)))


def test_the_gradient_is_that_of_the_value():
    states, projection, bias, labels, weights, unlikely = inputs()

    def loss(states, projection):
        return projected_contrast(
            states, projection, labels, unlikely=unlikely, bias=bias, weights=weights, label_smoothing=0.1,
            chunk_tokens=4,
        )  # fmt: skip

    assert torch.autograd.gradcheck(loss, (states, projection))


def test_bfloat16_products_stay_near():
    states, projection, _, labels, _, _ = inputs(torch.float32)
    exact = projected_unlikelihood(states, projection, labels)
    near = projected_unlikelihood(states, projection, labels, compute_dtype=torch.bfloat16)
    assert near.dtype == torch.float32
    assert near.item() == pytest.approx(exact.item(), rel=0.05)
