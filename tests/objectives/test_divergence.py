import math

import pytest
import torch

from tutelage.objectives.divergence import divergence, projected_divergence

B, T, D, V = 3, 5, 4, 7


def test_a_hand_computed_one():
    """p = (1/2, 1/2) against q = (3/4, 1/4): ½·log(2/3) + ½·log 2; against itself nothing."""
    before = torch.log(torch.tensor([[0.5, 0.5], [0.5, 0.5]], dtype=torch.float64))
    after = torch.log(torch.tensor([[0.75, 0.25], [0.5, 0.5]], dtype=torch.float64))
    assert divergence(before, after).tolist() == pytest.approx([0.5 * math.log(2 / 3) + 0.5 * math.log(2), 0])


@pytest.mark.parametrize("reverse", [True, False])
@pytest.mark.parametrize("biased", [True, False])
def test_value_and_gradient_are_those_of_whole_logits(biased, reverse):
    torch.manual_seed(1)
    before, states = torch.randn(2, B, T, D, dtype=torch.float64)
    projection, weights = torch.randn(V, D, dtype=torch.float64), torch.rand(B, T, dtype=torch.float64)
    bias = torch.randn(V, dtype=torch.float64) if biased else None
    wanted = torch.rand(B, T) < 0.6
    plain, fused = states.clone().requires_grad_(), states.clone().requires_grad_()
    logits = [torch.nn.functional.linear(one, projection, bias) for one in (before, plain)]
    was, now = (torch.log_softmax(one, dim=-1) for one in logits)
    each = (now.exp() * (now - was)).sum(dim=-1) if reverse else divergence(*logits)
    expected = (each * weights)[wanted].sum()
    found = projected_divergence(
        before, fused, projection, wanted, bias=bias, weights=weights, reverse=reverse, chunk_tokens=2
    )
    torch.testing.assert_close(found, expected)
    (2 * expected).backward()
    (2 * found).backward()
    torch.testing.assert_close(fused.grad, plain.grad)
    assert not fused.grad[~wanted].any()


def test_nothing_wanted_is_nothing():
    states = torch.randn(B, T, D, requires_grad=True)
    nothing = torch.zeros(B, T, dtype=torch.bool)
    loss = projected_divergence(states, states, torch.randn(V, D), nothing, weights=torch.ones(B, T))
    loss.backward()
    assert loss == 0 and not states.grad.any()
