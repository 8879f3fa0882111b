"""The scores of contrastive decoding: rows in groups, the first asked rightly, the others under a wrong language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def contrast_scores(scores: Tensor, *, weight: float) -> Tensor:
    """[R, V] from the log-probabilities [G, R, V] of G groups: the first less `weight` times the sum of the others.

    What the first excludes (−inf) stays excluded. Logits will do where only the best token is looked for: a constant
    added to a row changes nothing there.
    """
    true = scores[0]
    return true.where(true.isneginf(), true - weight * scores[1:].sum(dim=0))


@dataclass(frozen=True, slots=True)
class ContrastiveScores:
    """A logits processor of transformers: all groups go on with the token that the contrast chooses.

    The rows of `generate` are the first group's, then the second's, and so on. They write the same text, with caches of
    their own, so that one forward pass serves them all and beams need no care.
    """

    groups: int
    weight: float
    first_ids: tuple[int, ...] = ()
    """The language token that each group's decoder writes first; `None` means it writes none."""

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores [G × R, V] of the next tokens, after `input_ids` [G × R, T]."""
        grouped = scores.view(self.groups, -1, scores.shape[-1])
        if self.first_ids and input_ids.shape[1] == 1:
            return self._force_first(grouped).view_as(scores)
        return contrast_scores(grouped, weight=self.weight).repeat(self.groups, 1)

    def _force_first(self, grouped: Tensor) -> Tensor:
        forced = grouped.new_full(grouped.shape, float("-inf"))
        for group, token in enumerate(self.first_ids):
            forced[group, :, token] = 0.0
        return forced
