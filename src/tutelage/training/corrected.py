"""Which tokens a correction is about: of the target what the student had not written, of its hypothesis the wrong.

After training with annotations (TWA, Zhang et al. 2024, arXiv 2410.16509), where people mark the spans of an error and
the model is trained against them; here the spans follow from a least-edits alignment of the two token sequences, and
what is trained is the correction too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings
from tutelage.core.training import EncodedExample, EncodedSample

Encode = Callable[[Sequence[Example]], Sequence[EncodedExample]]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A flag for each token of both sides."""

    target: tuple[bool, ...]
    """Whether it is what the student should have written in another one's place; behind words that must go, the
    token that follows is."""
    hypothesis: tuple[bool, ...]
    """Whether the target has it not."""


def compare_tokens(hypothesis: Sequence[int], target: Sequence[int]) -> Corrected:
    """What differs between the two sequences."""
    from rapidfuzz.distance import Levenshtein

    missed, wrong = [False] * len(target), [False] * len(hypothesis)
    for code in Levenshtein.opcodes(hypothesis, target):
        if code.tag == "equal":
            continue
        wrong[code.src_start : code.src_end] = [True] * (code.src_end - code.src_start)
        for place in range(code.dest_start, min(max(code.dest_end, code.dest_start + 1), len(target))):
            missed[place] = True
    return Corrected(tuple(missed), tuple(wrong))


def with_hypotheses(
    examples: Sequence[Example], encoded: Sequence[EncodedExample], encode: Encode, settings: CorrectionSettings
) -> list[EncodedExample]:
    """The examples with their corrected tokens marked and, if there is a contrast, with their hypotheses against them.

    Those without a hypothesis stay as they are, and so do those whose hypothesis is their target in tokens. A
    rationale, and what leads to it, was no part of the question, and is neither right nor wrong.
    """
    corrected = [place for place, example in enumerate(examples) if example.hypothesis]
    written = [_written(examples[place]) for place in corrected]
    found = list(encoded)
    for place, hypothesis in zip(corrected, encode(written), strict=True):
        found[place] = _compared(encoded[place].true, hypothesis.true, settings)
    return found


def _written(example: Example) -> Example:
    """The example as if its hypothesis were right."""
    target = example.hypothesis or ""
    return replace(example, target=target, hypothesis=None, rationale=None, conflict=None, cut=False)


def _compared(true: EncodedSample, written: EncodedSample, settings: CorrectionSettings) -> EncodedExample:
    differing = compare_tokens(written.target, true.alone or true.target)
    if not any(differing.target):
        return EncodedExample(true)
    marked = replace(true, corrected=_before_rationale(true, differing.target) if true.alone else differing.target)
    if not settings.contrasts:
        return EncodedExample(marked)
    if settings.prefers:
        return EncodedExample(marked, written)
    spared = tuple(not wrong for wrong in differing.hypothesis)
    return EncodedExample(marked, None if all(spared) else replace(written, spared=spared))


def _before_rationale(true: EncodedSample, missed: Sequence[bool]) -> tuple[bool, ...]:
    """Flags of the target alone as flags of the whole; none of what stands behind the target is one."""
    own = zip(missed, true.alone, true.target[: true.separator.start], strict=False)
    marks = [mark and alone == whole for mark, alone, whole in own]
    return (*marks, *(False for _ in true.target[len(marks) :]))
