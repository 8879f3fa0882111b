import pytest
import torch

from tutelage.training.blending import blended


def train(model):
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(2.0)


@pytest.mark.parametrize(("share", "moved"), [(0.0, 0.0), (0.25, 0.5), (1.0, 2.0)])
def test_keeps_the_share_of_the_change(share, moved):
    model = torch.nn.Linear(3, 2)
    before = model.weight.detach().clone()
    with blended(model, share=share):
        train(model)
    torch.testing.assert_close(model.weight.detach(), before + moved)


def test_leaves_frozen_weights_alone():
    model = torch.nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    before = model.bias.detach().clone()
    with blended(model, share=0.5):
        train(model)
    torch.testing.assert_close(model.bias.detach(), before + 2.0)
