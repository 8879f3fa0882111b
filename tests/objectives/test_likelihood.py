import itertools

import pytest
import torch

from tutelage.core.training import IGNORED
from tutelage.objectives.likelihood import likelihood, projected_likelihood

B, T, D, V = 3, 5, 4, 11


def inputs(dtype, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(B, T, D, generator=generator, dtype=dtype, requires_grad=True)
    projection = torch.randn(V, D, generator=generator, dtype=dtype, requires_grad=True)
    bias = torch.randn(V, generator=generator, dtype=dtype)
    labels = torch.randint(0, V, (B, T), generator=generator)
    labels[0, 3:] = IGNORED
    labels[2, :] = IGNORED
    weights = torch.tensor([0.5, 2.0, 3.0], dtype=dtype)
    return states, projection, bias, labels, weights


def weighted_plain(states, projection, bias, labels, weights, smoothing):
    logits = states @ projection.T
    if bias is not None:
        logits = logits + bias
    if weights is None:
        return likelihood(logits, labels, label_smoothing=smoothing)
    return sum(weights[row] * likelihood(logits[row], labels[row], label_smoothing=smoothing) for row in range(B))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("with_bias", "with_weights"), list(itertools.product([False, True], repeat=2)))
@pytest.mark.parametrize("chunk_tokens", [1, 3, 256])
def test_the_fused_form_equals_the_plain_one(dtype, smoothing, with_bias, with_weights, chunk_tokens):
    states, projection, bias, labels, weights = inputs(dtype)
    bias, weights = bias if with_bias else None, weights if with_weights else None
    plain = weighted_plain(states, projection, bias, labels, weights, smoothing)
    expected = torch.autograd.grad(plain, (states, projection))
    fused = projected_likelihood(
        states, projection, labels, bias=bias, weights=weights, label_smoothing=smoothing, chunk_tokens=chunk_tokens
    )
    found = torch.autograd.grad(fused, (states, projection))
    assert fused.dtype == dtype
    torch.testing.assert_close(fused, plain)
    torch.testing.assert_close(found[0], expected[0])
    torch.testing.assert_close(found[1], expected[1])


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_plain_form_is_torchs_cross_entropy(smoothing):
    states, projection, _, labels, _ = inputs(torch.float64)
    logits = states @ projection.T
    expected = torch.nn.functional.cross_entropy(
        logits.reshape(-1, V), labels.reshape(-1), ignore_index=IGNORED, label_smoothing=smoothing, reduction="sum"
    )
    torch.testing.assert_close(likelihood(logits, labels, label_smoothing=smoothing), expected)


def test_a_hand_computed_loss():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25]]]))
    labels = torch.tensor([[0]])
    assert likelihood(logits, labels).item() == pytest.approx(0.693147, abs=1e-6)
    # 0.7 · ln 2 + 0.3 · (ln 2 + 2 ln 4) / 3
    smoothed = projected_likelihood(logits, torch.eye(3), labels, label_smoothing=0.3)
    assert smoothed.item() == pytest.approx(0.7 * 0.693147 + 0.1 * (0.693147 + 2 * 1.386294), abs=1e-5)


def test_the_gradient_is_that_of_the_value():
    states, projection, bias, labels, weights = inputs(torch.float64)

    def loss(states, projection):
        return projected_likelihood(
            states, projection, labels, bias=bias, weights=weights, label_smoothing=0.1, chunk_tokens=4
        )

    assert torch.autograd.gradcheck(loss, (states, projection))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_fully_masked_is_zero_and_finite(smoothing):
    states, projection, _, labels, _ = inputs(torch.float32)
    loss = projected_likelihood(states, projection, torch.full_like(labels, IGNORED), label_smoothing=smoothing)
    gradients = torch.autograd.grad(loss, (states, projection))
    assert loss.item() == 0.0
    assert all(gradient.abs().sum().item() == 0.0 for gradient in gradients)
    assert likelihood(states @ projection.T, torch.full_like(labels, IGNORED), label_smoothing=smoothing).item() == 0.0


def test_a_frozen_projection_gets_no_gradient():
    states, projection, _, labels, _ = inputs(torch.float32)
    frozen = projection.detach()
    loss = projected_likelihood(states, frozen, labels, label_smoothing=0.1)
    loss.backward()
    assert frozen.grad is None
    expected = torch.autograd.grad(projected_likelihood(states, projection, labels, label_smoothing=0.1), states)
    torch.testing.assert_close(states.grad, expected[0])


def test_without_gradients_the_value_is_the_same():
    states, projection, _, labels, _ = inputs(torch.float32)
    with torch.no_grad():
        silent = projected_likelihood(states, projection, labels)
    assert not silent.requires_grad
    torch.testing.assert_close(silent, projected_likelihood(states, projection, labels).detach())


def test_bfloat16_products_stay_near():
    states, projection, _, labels, _ = inputs(torch.float32)
    exact = projected_likelihood(states, projection, labels)
    near = projected_likelihood(states, projection, labels, compute_dtype=torch.bfloat16)
    assert near.dtype == torch.float32
    assert near.item() == pytest.approx(exact.item(), rel=0.03)
    assert torch.autograd.grad(near, projection)[0].dtype == torch.float32


def test_the_loss_adds_up_over_the_rows():
    states, projection, bias, labels, _ = inputs(torch.float64)
    whole = projected_likelihood(states, projection, labels, bias=bias, label_smoothing=0.1)
    parts = [
        projected_likelihood(states[row : row + 1], projection, labels[row : row + 1], bias=bias, label_smoothing=0.1)
        for row in range(B)
    ]
    torch.testing.assert_close(whole, sum(parts))
