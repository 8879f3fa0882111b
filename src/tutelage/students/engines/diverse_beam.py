"""Diverse beam search for encoder–decoder students (Vijayakumar et al. 2018, equation 3 with Hamming diversity).

Groups of beams are searched one after the other at each step. What a group would choose loses `penalty` for every
beam of an earlier group of the same source that chose the same token at this step, an end of sequence included; the
loss stays in the score, so that over a whole output it is the penalty times the Hamming agreement with the earlier
groups. One group is plain beam search: it ends, as transformers' does with early stopping, with as many finished
outputs as it has beams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

Step = Callable[["Tensor", "Tensor | None"], "Tensor"]
"""Logits [R, V] of the next token. Takes the newest tokens [R, T] of every row, and the row [R] that each of them goes
on from (`None`: the rows as they are)."""


@dataclass(frozen=True, slots=True)
class Search:
    """The settings of one search."""

    groups: int
    beams: int
    """Of each group."""
    penalty: float
    max_new_tokens: int
    length_penalty: float
    end_id: int
    banned_ids: tuple[int, ...] = ()
    """Never written."""


@dataclass(slots=True)
class _Group:
    """The finished outputs of one group of one source, as (score by length, ids)."""

    room: int
    finished: list[tuple[float, list[int]]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.finished) >= self.room

    def best(self) -> list[int]:
        return max(self.finished, key=lambda scored: scored[0])[1]


def search_diverse(step: Step, start: Tensor, search: Search) -> list[list[list[int]]]:
    """Ids written after `start` [B, T], the end included where it came: one output for each source and group.

    `step` sees B × groups × beams rows, source by source and group by group. Tokens of `start` behind the first (a
    language) count to the length.
    """
    import torch

    sources, rows = len(start), search.groups * search.beams
    tokens = start.repeat_interleave(rows, dim=0)
    written = tokens[:, 1:]
    scores = torch.full((sources, search.groups, search.beams), float("-inf"), device=start.device)
    scores[:, :, 0] = 0.0  # all beams begin alike: only one may go on
    groups = [[_Group(search.beams) for _ in range(search.groups)] for _ in range(sources)]
    parents = None
    first = written.shape[1]
    for position in range(first, search.max_new_tokens):
        logits = step(tokens, parents).float()
        chosen = _choose(_log_probabilities(logits, search, first=position == first), scores, written, groups, search)
        parents, tokens, scores = chosen.parents, chosen.tokens[:, None], chosen.scores
        written = torch.cat([written[parents], tokens], dim=1)
        if all(group.done for row in groups for group in row):
            break
    _finish(written, scores, groups, search)
    return [[group.best()[first:] for group in row] for row in groups]


@dataclass(frozen=True, slots=True)
class _Choice:
    """The beams after a step: rows they go on from [R], tokens [R], scores [B, G, K]."""

    parents: Tensor
    tokens: Tensor
    scores: Tensor


def _log_probabilities(logits: Tensor, search: Search, *, first: bool) -> Tensor:
    """[B, G, K, V]; nothing banned, and no empty output. What is banned keeps its share, as in transformers."""
    log_probabilities = logits.log_softmax(dim=-1)
    log_probabilities[:, [*search.banned_ids, *([search.end_id] if first else [])]] = float("-inf")
    return log_probabilities.view(-1, search.groups, search.beams, logits.shape[-1])


def _choose(
    log_probabilities: Tensor, scores: Tensor, written: Tensor, groups: list[list[_Group]], search: Search
) -> _Choice:
    """One step of all groups; outputs that end are added to their groups."""
    import torch

    sources, _, _, vocabulary = log_probabilities.shape
    earlier = torch.zeros((sources, vocabulary), device=scores.device)
    parents, tokens, kept = [], [], []
    for index in range(search.groups):
        penalised = log_probabilities[:, index] - search.penalty * earlier[:, None]
        total = (scores[:, index, :, None] + penalised).flatten(1)
        best, place = total.topk(2 * search.beams, dim=1)
        beam, token = place // vocabulary, place % vocabulary
        alive = ~torch.tensor([row[index].done for row in groups], device=scores.device)
        _end(best, beam, token, written, groups, index, search)
        chosen = token[:, : search.beams]
        earlier.scatter_add_(1, chosen, alive[:, None].expand_as(chosen).to(earlier.dtype))
        going = _first_going(token, search)
        parents.append(beam.gather(1, going))
        tokens.append(token.gather(1, going))
        kept.append(best.gather(1, going))
    offsets = torch.arange(sources * search.groups, device=scores.device).view(sources, search.groups, 1)
    rows = torch.stack(parents, dim=1) + offsets * search.beams
    return _Choice(rows.flatten(), torch.stack(tokens, dim=1).flatten(), torch.stack(kept, dim=1))


def _end(
    best: Tensor, beam: Tensor, token: Tensor, written: Tensor, groups: list[list[_Group]], index: int, search: Search
) -> None:
    """Add the outputs that end among a group's best candidates, as many as it has beams."""
    ends = (token[:, : search.beams] == search.end_id).nonzero().tolist()
    for source, rank in ends:
        group, score = groups[source][index], float(best[source, rank])
        if not group.done and score > float("-inf"):
            row = (source * search.groups + index) * search.beams + int(beam[source, rank])
            ids = [*written[row].tolist(), search.end_id]
            group.finished.append((_by_length(score, len(ids), search), ids))


def _first_going(token: Tensor, search: Search) -> Tensor:
    """Places [B, K] of the best candidates that do not end, in their order."""
    ends = (token == search.end_id).to(token.dtype)
    return ends.argsort(dim=1, stable=True)[:, : search.beams]


def _finish(written: Tensor, scores: Tensor, groups: list[list[_Group]], search: Search) -> None:
    """Add the beams of groups that were cut before they had finished enough outputs."""
    lines = written.view(*scores.shape, -1).tolist()
    for source, row in enumerate(groups):
        for index, group in enumerate(row):
            if group.done:
                continue
            for ids, score in zip(lines[source][index], scores[source, index].tolist(), strict=True):
                group.finished.append((_by_length(score, len(ids), search), ids))


def _by_length(score: float, length: int, search: Search) -> float:
    return score / float(length**search.length_penalty)


def stepper(model: Any, encoded: dict[str, Tensor], *, rows_per_source: int) -> Step:
    """A `Step` of a transformers encoder–decoder model, which keeps the states of earlier tokens.

    `encoded` holds input_ids [B, S] and attention_mask [B, S]; the encoder runs once.
    """
    states = model.get_encoder()(**encoded).last_hidden_state.repeat_interleave(rows_per_source, dim=0)
    mask = encoded["attention_mask"].repeat_interleave(rows_per_source, dim=0)
    cache: Any = None

    def step(tokens: Tensor, parents: Tensor | None) -> Tensor:
        nonlocal cache
        if cache is not None and parents is not None:
            cache.reorder_cache(parents)
        output = model(
            encoder_outputs=(states,), attention_mask=mask, decoder_input_ids=tokens, past_key_values=cache,
            use_cache=True,
        )  # fmt: skip
        cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits

    return step
