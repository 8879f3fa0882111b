import math

import pytest
import torch

from tutelage.core.training import IGNORED
from tutelage.objectives.preference import preference, projected_preference, sequence_likelihood
from tutelage.objectives.token_likelihood import projected_token_likelihood

B, T, D, V = 4, 5, 3, 7


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_hand_computed_pairs():
    """β 0.1: −log σ(0.1·(−2 + 5)) = −log σ(0.3); equal ones lose log 2; a rejected one that is likelier loses more."""
    losses = preference(double(-2, -4, -5), double(-5, -4, -2), beta=0.1)
    assert losses.tolist() == pytest.approx([0.554355244, math.log(2), 0.854355244])


def test_a_margin_shifts_the_difference():
    """β 2, γ 1: −log σ(2·(−0.5 + 1) − 1) = log 2."""
    assert preference(double(-0.5), double(-1.0), beta=2.0, margin=1.0).item() == pytest.approx(math.log(2))


def test_the_gradient_is_that_of_the_paper():
    """∂/∂log π(y) = −β·σ(−β·(log π(y) − log π(y′))), and the opposite for y′."""
    chosen, rejected = double(-2).requires_grad_(), double(-5).requires_grad_()
    preference(chosen, rejected, beta=0.1).sum().backward()
    assert chosen.grad.item() == pytest.approx(-0.1 / (1 + math.exp(0.3)))
    assert rejected.grad.item() == pytest.approx(0.1 / (1 + math.exp(0.3)))


def test_sequences_by_hand():
    """Two sequences in one row, one over two rows; what is nobody's counts nowhere."""
    tokens = torch.tensor([[-1.0, -2.0, -4.0], [-8.0, -16.0, -32.0]], dtype=torch.float64)
    members = torch.tensor([[0, 0, 1], [-1, 2, 1]])
    assert sequence_likelihood(tokens, members, count=4, by_length=False).tolist() == [-3, -36, -16, 0]
    assert sequence_likelihood(tokens, members, count=4, by_length=True).tolist() == [-1.5, -18, -16, 0]


def inputs(dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    states = torch.randn(B, T, D, generator=generator, dtype=dtype, requires_grad=True)
    projection = torch.randn(V, D, generator=generator, dtype=dtype, requires_grad=True)
    bias = torch.randn(V, generator=generator, dtype=dtype)
    labels = torch.randint(0, V, (B, T), generator=generator)
    labels[0, 3:] = labels[2, :2] = IGNORED
    return states, projection, bias, labels


def plain_tokens(states, projection, bias, labels):
    likely = torch.log_softmax(states @ projection.T + bias, dim=-1)
    found = likely.gather(2, labels.clamp(min=0)[:, :, None])[:, :, 0]
    return torch.where(labels == IGNORED, 0.0, found)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("chunk_tokens", [1, 4, 256])
def test_tokens_are_as_likely_as_softmax_says_and_so_are_the_slopes(dtype, chunk_tokens):
    given = inputs(dtype)
    slopes = torch.rand(B, T, generator=torch.Generator().manual_seed(5), dtype=dtype)
    expected, found = (
        plain_tokens(*given),
        projected_token_likelihood(*given[:2], given[3], bias=given[2], chunk_tokens=chunk_tokens),
    )
    torch.testing.assert_close(found, expected)
    wanted = torch.autograd.grad((expected * slopes).sum(), given[:2])
    for gradient, one in zip(torch.autograd.grad((found * slopes).sum(), given[:2]), wanted, strict=True):
        torch.testing.assert_close(gradient, one)


def test_a_batch_of_nothing_has_no_gradient():
    states, projection, bias, labels = inputs()
    found = projected_token_likelihood(states, projection, torch.full_like(labels, IGNORED), bias=bias)
    assert not found.any()
    found.sum().backward()
    assert not states.grad.any() and not projection.grad.any()


@pytest.mark.parametrize("by_length", [False, True])
def test_the_whole_is_the_published_formula(by_length):
    states, projection, bias, labels = inputs()
    members = torch.arange(B)[:, None].expand(B, T).masked_fill(labels == IGNORED, -1)
    pairs, weights = torch.tensor([[0, 2], [1, 3]]), double(0.5, 2.0)
    tokens = plain_tokens(states, projection, bias, labels)
    each = [
        row[mask >= 0].mean() if by_length else row[mask >= 0].sum() for row, mask in zip(tokens, members, strict=True)
    ]
    expected = sum(
        -weight * torch.log(1 / (1 + torch.exp(-(0.7 * each[chosen] - 0.7 * each[rejected] - 0.2))))
        for (chosen, rejected), weight in zip(pairs.tolist(), weights, strict=True)
    )
    found = projected_preference(
        states, projection, labels, members=members, pairs=pairs, weights=weights, beta=0.7, margin=0.2,
        by_length=by_length, bias=bias,
    )  # fmt: skip
    torch.testing.assert_close(found, expected)
    wanted = torch.autograd.grad(expected, (states, projection))
    for gradient, one in zip(torch.autograd.grad(found, (states, projection)), wanted, strict=True):
        torch.testing.assert_close(gradient, one)
