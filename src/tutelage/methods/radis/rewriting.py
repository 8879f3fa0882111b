"""The stage `rewritten`: the student says each reference in its own words, and what can be trained on of that.

SDFT (Yang et al. 2024, arXiv 2402.13669): a target in the model's own words lies nearer to what it was, so that less is
forgotten; where the rewriting fails a check the original is kept. The prompt and the checks are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction, base_language, language_name
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Pair
from tutelage.core.stage import Stage, Work
from tutelage.labelling.roles.translation_faults import find_fault
from tutelage.methods.radis.settings import RewritingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.eliciting import CHUNK
from tutelage.storage.stages import StageTable
from tutelage.students.chat_writer import ChatWriter, open_writer
from tutelage.students.decoder import Decoder
from tutelage.teachers.comparing.agreement import measure_agreement

if TYPE_CHECKING:
    from tutelage.students.engines.answers import Prompt

STAGE = "rewritten"
PROMPT = "rewrite-1"


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A reference in the student's own words, taken out of its answer; checked when examples are made of it."""

    id: str
    """Of the pair."""
    text: str
    finished: bool
    """Whether the answer ended by itself."""
    student: str
    """Signature of the student and of its decoding."""


@dataclass(frozen=True, slots=True)
class RewrittenInputs:
    """References, and the student that says them in its own words."""

    pairs: StageTable[Pair]
    student: Decoder
    max_tokens: int
    """Of a rewriting; a sampling decoder's signature does not tell it."""
    prompt_version: str


def rewrite(inputs: RewrittenInputs, work: Work) -> Iterator[Rewriting]:
    """A rewriting of every reference, after those that are done."""
    pairs, decoding, signature = inputs.pairs, inputs.student.decoding, inputs.student.signature
    work.progress.start("student rewrites references", total=pairs.rows)
    work.progress.advance(len(work.done))
    if len(work.done) < pairs.rows:
        writer, todo = open_writer(inputs.student), (pair for pair in pairs if pair.id not in work.done)
        while chunk := list(islice(todo, CHUNK)):
            for pair, (text, finished) in zip(chunk, _rewrite(writer, chunk, decoding), strict=True):
                yield Rewriting(pair.id, text, finished, signature)
                work.progress.advance()
    work.progress.finish()


REWRITTEN = Stage(STAGE, 3, Rewriting, rewrite, resumes=True)


def rewritten_stage(
    context: StepContext, pairs: StageTable[Pair], *, settings: RewritingSettings
) -> StageTable[Rewriting]:
    """A rewriting of every reference; goes on after its last row when interrupted."""
    longest, seed = context.recipe.evaluation.max_target_tokens, context.recipe.seed
    decoding = Decoding(max_target_tokens=longest, sampling_temperature=settings.temperature, seed=seed)
    decoder = replace(context.decoder(context.student), decoding=decoding, contrast=None)
    return context.folder.make(REWRITTEN, RewrittenInputs(pairs, decoder, longest, PROMPT))


def find_rewriting_fault(
    rewriting: Rewriting,
    pair: Pair,
    *,
    direction: Direction,
    settings: RewritingSettings,
    identifier: LanguageIdentifier | None,
) -> str | None:
    """Why the reference is kept instead, or none."""
    if not rewriting.finished:
        return "cut"
    fault = find_fault(pair.source.text, rewriting.text, direction=direction)
    if fault is not None:
        return fault
    languages = (direction.source, direction.target)
    found = identifier.identify(rewriting.text, among=languages) if identifier else None
    if found is not None and found.lang != base_language(direction.target):
        return "wrong_language"
    agreement = measure_agreement(rewriting.text, pair.target.text)
    return "disagrees" if agreement < settings.min_agreement else None


def rewriting_prompt(pair: Pair, *, direction: Direction) -> str:
    """What the student is asked: the instruction with the reference shown."""
    template = (files("tutelage.methods.radis") / "prompts" / f"{PROMPT}.txt").read_text("utf-8").strip()
    return template.format(
        source_language=language_name(direction.source),
        target_language=language_name(direction.target),
        source=pair.source.text,
        reference=pair.target.text,
    )


def _rewrite(writer: ChatWriter, pairs: Sequence[Pair], decoding: Decoding) -> Iterator[tuple[str, bool]]:
    from tutelage.students.extraction import extract_translation

    direction = writer.student.direction
    answers = writer.complete([_prompt(pair, direction) for pair in pairs], decoding=decoding)
    for pair, answer in zip(pairs, answers, strict=True):
        text = extract_translation(answer.text, source=pair.source.text, target_lang=direction.target)
        yield text, answer.finished


def _prompt(pair: Pair, direction: Direction) -> Prompt:
    from tutelage.students.engines.answers import Prompt

    return Prompt((("user", rewriting_prompt(pair, direction=direction)),))
