"""Which level of distance a pair is trained as: by how far it goes beyond the other paraphrases of its source.

How far a paraphrase goes is mostly a matter of its source: a short sentence of names allows little. Levels by the
distance itself would then say what the source is, which the student sees without them, and they would not be learned.
So where a teacher wrote several paraphrases of a source they are compared with one another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tutelage.methods.paraphrase.pairs import ParaphrasePair
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.students.diversity import LEXICAL, SYNTACTIC, DiversityControl, Edges, tercile_edges

MOSTLY = 0.5
"""Share of the pairs that must have others of their source for these to be what a pair is compared with."""


def find_control(
    pairs: Iterable[ParaphrasePair], *, settings: ParaphraseSettings, chats: bool
) -> DiversityControl | None:
    """The levels by the thirds of the pairs, which are read several times; `None` if the recipe wants no control.

    Syntax is an axis of its own if every pair has its distance measured. A student that `chats` is asked by
    instructions. UsageError for fewer than three pairs.
    """
    if not settings.control:
        return None
    whole = all(pair.syntactic is not None for pair in pairs)
    axes = (LEXICAL, SYNTACTIC) if whole else (LEXICAL,)
    compared = Counter(map(bool, _beyond_others(pairs)))
    within = compared[True] >= max(3, MOSTLY * compared.total())
    edges: dict[str, Edges] = {
        axis: tercile_edges([one[axis] for one in _place(pairs, within=within) if one]) for axis in axes
    }
    return DiversityControl(edges, within, "instructions" if chats else "pieces")


def open_with_levels(pairs: Iterable[ParaphrasePair], control: DiversityControl | None) -> Iterator[str]:
    """The source of each pair as the student reads it: behind the control words for its distances.

    Where levels compare the paraphrases of one source, one that is alone gets no word.
    """
    if control is None:
        yield from (pair.source.text for pair in pairs)
        return
    for pair, distances in zip(pairs, _place(pairs, within=control.within), strict=True):
        yield control.words_of(distances) + pair.source.text


def distances_of(pair: ParaphrasePair) -> dict[str, float]:
    """How far the paraphrase is from its source, on each axis that is measured."""
    syntactic = {} if pair.syntactic is None else {SYNTACTIC: pair.syntactic}
    return {LEXICAL: pair.lexical, **syntactic}


def _place(pairs: Iterable[ParaphrasePair], *, within: bool) -> Iterable[Mapping[str, float]]:
    """What tells the level of each pair; nothing for one that has no others to be compared with."""
    return _beyond_others(pairs) if within else map(distances_of, pairs)


def _beyond_others(pairs: Iterable[ParaphrasePair]) -> Iterator[Mapping[str, float]]:
    """How much farther each pair goes than the paraphrases of its source do on average; nothing if it is alone."""
    counts, totals = Counter[str](), defaultdict[tuple[str, str], float](float)
    for pair in pairs:
        counts[pair.source.id] += 1
        for axis, distance in distances_of(pair).items():
            totals[pair.source.id, axis] += distance
    for pair in pairs:
        source, count = pair.source.id, counts[pair.source.id]
        beyond = {axis: distance - totals[source, axis] / count for axis, distance in distances_of(pair).items()}
        yield beyond if count > 1 else {}
