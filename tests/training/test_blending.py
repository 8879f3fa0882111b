import pytest
import torch

from tutelage.training.blending import LEAST, LEAST_KEEPING, ChosenShare, Weights, blend, score_between


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
    assert blend(model, before, share=share) == ChosenShare(share, share)
    assert torch.equal(model.weight.detach(), torch.full((2, 3), moved))


def test_leaves_frozen_weights_alone():
    model, before = trained(bias=False)
    bias = model.bias.detach().clone()
    blend(model, before, share=0.5)
    assert torch.equal(model.bias.detach(), bias)


def place(model):
    """How far on its way the model is."""
    return float(model.weight.detach()[0, 0]) / 2


@pytest.mark.parametrize(("best", "share"), [(0.52, 0.52), (0.0, LEAST), (1.3, 1.0), (0.8, 0.8)])
def test_a_score_chooses_the_share(best, share):
    model, before = trained()
    chosen = blend(model, before, score=lambda model: -10 * (place(model) - best) ** 2)
    assert (chosen.kept, chosen.wanted) == (pytest.approx(share), pytest.approx(share))
    assert place(model) == pytest.approx(share)


def test_chance_moves_the_choice_little():
    """The best of the measured shares would be the end of the way."""
    model, before = trained()
    chance = {1.0: 0.9, 0.8: -0.3, 0.6: 0.0, 0.4: 0.1, 0.2: -0.2, 0.0: 0.3}
    scores = {share: 58 - 10 * (share - 0.6) ** 2 + noise for share, noise in chance.items()}
    assert max(scores, key=scores.__getitem__) in (0.6, 0.4)
    share = blend(model, before, score=lambda model: scores[round(place(model), 1)])
    assert share.kept == pytest.approx(0.6, abs=0.08)


@pytest.mark.parametrize(
    ("loss", "share"),
    [
        (lambda way: -2 * way**2, 0.5),  # half a point is lost half way
        (lambda way: -1.25 * way, 0.4),
        (lambda way: -0.4 * way, 0.8),  # never so much: as far as the other score wants
        (lambda way: 3 * way, 0.8),
        (lambda way: -40 * way, LEAST_KEEPING),
    ],
)
def test_it_goes_no_further_than_what_must_be_kept_can_bear(loss, share):
    model, before = trained()
    chosen = blend(
        model, before, score=lambda model: -10 * (place(model) - 0.8) ** 2, kept=lambda model: 70 + loss(place(model))
    )
    assert chosen.kept == pytest.approx(share, abs=0.011)
    assert chosen.wanted == pytest.approx(0.8)
    assert place(model) == pytest.approx(chosen.kept)


def test_a_share_that_is_given_is_taken_whatever_it_costs():
    model, before = trained()
    assert blend(model, before, share=0.9, kept=lambda model: -50 * place(model)) == ChosenShare(0.9, 0.9)


def test_what_only_gets_better_goes_all_the_way():
    model, before = trained()
    assert blend(model, before, score=lambda model: 5 * place(model) ** 2) == ChosenShare(1, 1)


def test_a_score_between_leaves_the_model_where_it_is():
    model, before = trained()
    assert score_between(place, before, share=0.6)(model) == pytest.approx(0.6)
    assert place(model) == 1

    def failing(_model):
        raise ValueError("no score")

    with pytest.raises(ValueError, match="no score"):
        score_between(failing, before, share=0.6)(model)
    assert place(model) == 1


def test_nothing_to_choose_by_keeps_all():
    model, before = trained()
    assert blend(model, before) == ChosenShare(1, 1)
    assert float(model.weight.detach()[0, 0]) == 2
