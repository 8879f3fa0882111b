import copy

import peft
import pytest
import torch

from tutelage.training.adapter_products import joined_adapters


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(6, 5, bias=False)
        self.second = torch.nn.Linear(5, 4)

    def forward(self, inputs):
        return self.second(torch.tanh(self.first(inputs)))


def adapted(**changes):
    torch.manual_seed(3)
    settings = {"r": 2, "lora_alpha": 6, "target_modules": ["first", "second"], "init_lora_weights": False}
    return peft.get_peft_model(Two(), peft.LoraConfig(**(settings | changes)))


def run(model, inputs):
    """Output, and gradients of the input and of whatever is trained."""
    own = inputs.clone().requires_grad_()
    output = model(own)
    output.float().square().sum().backward()
    return [output.detach(), own.grad, *(weight.grad for weight in model.parameters() if weight.requires_grad)]


def is_joined(model):
    return [name for name, layer in model.named_modules() if "forward" in vars(layer)]


def test_output_and_gradients_are_pefts():
    model = adapted()
    inputs = torch.randn(3, 7, 6)
    expected = run(copy.deepcopy(model), inputs)
    with joined_adapters(model):
        assert len(is_joined(model)) == 2
        found = run(model, inputs)
    assert len(found) == 6
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    assert not is_joined(model)
    torch.testing.assert_close(model(inputs), expected[0])


def test_a_disabled_adapter_adds_nothing():
    model, inputs = adapted(), torch.randn(3, 7, 6)
    with model.disable_adapter():
        expected = model(inputs)
    with joined_adapters(model):
        with model.disable_adapter():
            torch.testing.assert_close(model(inputs), expected)
        assert not torch.allclose(model(inputs), expected)


def test_in_bfloat16_it_is_as_near_to_float32_as_pefts():
    model, inputs = adapted(), torch.randn(40, 6)
    exact = run(copy.deepcopy(model), inputs)
    errors = []
    for joined in (False, True):
        one = copy.deepcopy(model)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if joined:
                with joined_adapters(one):
                    found = run(one, inputs)
            else:
                found = run(one, inputs)
        errors.append([float((a.float() - b).norm() / b.norm()) for a, b in zip(found, exact, strict=True)])
    assert all(0 < mine <= 2 * theirs for mine, theirs in zip(errors[1], errors[0], strict=True))


def test_the_frozen_layers_get_no_gradient_and_the_input_one_only_if_it_wants_it():
    model = adapted()
    with joined_adapters(model):
        model(torch.randn(2, 6)).sum().backward()
    trained = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert len(trained) == 4
    assert all("lora_" in name for name in trained)


@pytest.mark.parametrize("changes", [{"lora_dropout": 0.5}, {"use_dora": True}, {"bias": "all"}, {"lora_bias": True}])
def test_what_is_more_than_a_plain_adapter_stays_pefts(changes):
    model = adapted(**changes)
    with joined_adapters(model):
        assert is_joined(model) == (["base_model.model.first"] if "bias" in changes else [])


def test_a_merged_adapter_stays_pefts():
    model = adapted()
    model.merge_adapter()
    with joined_adapters(model):
        assert not is_joined(model)
