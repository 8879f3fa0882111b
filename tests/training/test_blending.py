import pytest
import torch

from tutelage.training.blending import AS_GOOD, SHARES, Weights, blend


def trained(*, bias=True):
    """A model that training has moved by 2 everywhere, and its weights before."""
    model = torch.nn.Linear(3, 2)
    torch.nn.init.zeros_(model.weight)
    model.bias.requires_grad_(bias)
    before = Weights.of(model)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(2.0)
    return model, before


@pytest.mark.parametrize(("share", "moved"), [(0.0, 0.0), (0.25, 0.5), (1.0, 2.0)])
def test_keeps_the_share_of_the_change(share, moved):
    model, before = trained()
    assert blend(model, before, share=share) == share
    assert torch.equal(model.weight.detach(), torch.full((2, 3), moved))


def test_leaves_frozen_weights_alone():
    model, before = trained(bias=False)
    bias = model.bias.detach().clone()
    blend(model, before, share=0.5)
    assert torch.equal(model.bias.detach(), bias)


def nearest_to(best, *, steep=10.0):
    return lambda model: -steep * abs(float(model.weight.detach()[0, 0]) / 2 - best)


@pytest.mark.parametrize(("best", "share"), [(0.52, 0.5), (0.0, 0.3), (1.0, 1.0), (0.8, 0.85)])
def test_a_score_chooses_the_share(best, share):
    model, before = trained()
    assert blend(model, before, score=nearest_to(best)) == share
    assert float(model.weight.detach()[0, 0]) == pytest.approx(2 * share)


def test_of_shares_that_are_as_good_the_one_that_forgets_least():
    model, before = trained()
    assert blend(model, before, score=nearest_to(1.0, steep=AS_GOOD / 2)) == min(SHARES)


def test_what_is_far_from_the_best_ends_the_measurements():
    """A new student's old weights are noise: nothing near them is decoded."""
    model, before = trained()
    seen = []

    def score(model):
        seen.append(round(float(model.weight.detach()[0, 0]) / 2, 2))
        return 40 * seen[-1]

    assert blend(model, before, score=score) == 1
    assert seen == [1.0, 0.85]


def test_nothing_to_choose_by_keeps_all():
    model, before = trained()
    assert blend(model, before) == 1
    assert float(model.weight.detach()[0, 0]) == 2
