"""Part of the way back to the weights before training.

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903): θ = (1 − α)·θ_before + α·θ_after. A few dozen noisy updates move
every weight, mostly in directions that cancel out; the middle of the way keeps what the updates agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def blended(model: Any, *, share: float) -> Iterator[None]:
    """What the block does to the trainable weights of `model` is done to `share` (0 to 1); 1 changes nothing."""
    if share == 1:
        yield
        return
    before = [(weight, weight.detach().clone()) for weight in model.parameters() if weight.requires_grad]
    yield
    with torch.no_grad():
        for weight, old in before:
            weight.copy_(torch.lerp(old, weight, share))
