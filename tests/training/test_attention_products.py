import copy

import pytest
import torch

from tiny_students import make_tiny_causal
from tutelage.students.states import causal_states
from tutelage.training.attention import NAME, attending_by_products

ROWS = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 4], [12, 13, 14, 4, 5, 6, 0, 0]])
POSITIONS = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2], [0, 1, 2, 0, 1, 2, 0, 1]])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal")).model


def run(model, *, products, dtype):
    """States and gradients of the weights for a packed batch."""
    one = copy.deepcopy(model).train()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        if products:
            with attending_by_products(one):
                assert one.config._attn_implementation == NAME
                states = causal_states(one, ROWS, POSITIONS).states
        else:
            states = causal_states(one, ROWS, POSITIONS).states
    states.float().square().sum().backward()
    return states.detach().float(), {
        name: weight.grad for name, weight in one.named_parameters() if weight.grad is not None
    }


def test_it_gives_what_torchs_attention_gives_in_float32(model):
    expected, expected_gradients = run(model, products=False, dtype=torch.float32)
    found, gradients = run(model, products=True, dtype=torch.float32)
    torch.testing.assert_close(found, expected)
    for name, gradient in expected_gradients.items():
        torch.testing.assert_close(gradients[name], gradient)


def test_in_bfloat16_it_is_as_near_to_float32_as_torchs(model):
    exact, exact_gradients = run(model, products=False, dtype=torch.float32)
    errors = {}
    for products in (False, True):
        found, gradients = run(model, products=products, dtype=torch.bfloat16)
        off = sum(float((gradients[name] - exact_gradients[name]).square().sum()) for name in gradients)
        errors[products] = (float((found - exact).square().sum()), off)
    assert 0 < errors[True][0] <= 2 * errors[False][0]
    assert 0 < errors[True][1] <= 2 * errors[False][1]


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize(("heads", "key_heads"), [(4, 1), (4, 2), (4, 4), (1, 1)])
def test_products_by_hand(rows, heads, key_heads):
    """One row of as many key heads as heads: the mask of all of them is one piece of memory."""
    from tutelage.training.attention import _Attention

    torch.manual_seed(1)
    query = torch.randn(rows, heads, 5, 3, dtype=torch.float64, requires_grad=True)
    key, value = (torch.randn(rows, key_heads, 5, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    mask = torch.full((rows, 1, 5, 5), -1e9, dtype=torch.float64).triu(1)
    given, groups = mask.clone(), heads // key_heads
    found = _Attention.apply(query, key, value, mask, 0.5)
    shares = (0.5 * query @ key.repeat_interleave(groups, 1).transpose(2, 3) + given).softmax(-1)
    torch.testing.assert_close(found, shares @ value.repeat_interleave(groups, 1))
    torch.testing.assert_close(mask, given)
    assert torch.autograd.gradcheck(lambda *states: _Attention.apply(*states, mask, 0.5), (query, key, value))


def test_the_model_is_left_as_it_was_and_other_attentions_are_left_alone(model):
    one = copy.deepcopy(model)
    with pytest.raises(RuntimeError), attending_by_products(one):
        raise RuntimeError
    assert one.config._attn_implementation == "sdpa"
    one.set_attn_implementation("eager")
    with attending_by_products(one):
        assert one.config._attn_implementation == "eager"
