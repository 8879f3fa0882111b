"""The stage `rewritten`: the student says each reference in its own words, and what can be trained on of that.

SDFT (Yang et al. 2024, arXiv 2402.13669): a target in the model's own words lies nearer to what it was, so that less is
forgotten; where the rewriting fails a check the original is kept. The prompt and the checks are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction, base_language, language_name
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Pair
from tutelage.core.signatures import content_key
from tutelage.labelling.roles.translation_faults import find_fault
from tutelage.methods.radis.settings import RewritingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.eliciting import CHUNK, ChatWriter, open_writer
from tutelage.storage.stages import StageTable
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


def rewritten_stage(
    context: StepContext, pairs: StageTable[Pair], *, settings: RewritingSettings
) -> StageTable[Rewriting]:
    """A rewriting of every reference; goes on after its last row when interrupted."""
    recipe = context.recipe
    decoding = Decoding(
        max_target_tokens=recipe.evaluation.max_target_tokens,
        sampling_temperature=settings.temperature,
        seed=recipe.seed,
    )
    signature = f"{context.signature(context.student).rpartition('|')[0]}|{decoding.signature}"
    key = content_key(STAGE, 1, pairs.key, signature, decoding.max_target_tokens, PROMPT)

    def produce(done: frozenset[str]) -> Iterator[Rewriting]:
        context.progress.start("student rewrites references", total=pairs.rows)
        context.progress.advance(len(done))
        if len(done) < pairs.rows:
            writer, todo = open_writer(context, context.student), (pair for pair in pairs if pair.id not in done)
            while chunk := list(islice(todo, CHUNK)):
                for pair, (text, finished) in zip(chunk, _rewrite(writer, chunk, decoding), strict=True):
                    yield Rewriting(pair.id, text, finished, signature)
                    context.progress.advance()
        context.progress.finish()

    return context.folder.resumed_table(STAGE, Rewriting, key=key, produce=produce)


def find_rewriting_fault(
    rewriting: Rewriting,
    pair: Pair,
    *,
    direction: Direction,
    settings: RewritingSettings,
    identifier: LanguageIdentifier,
) -> str | None:
    """Why the reference is kept instead, or none."""
    if not rewriting.finished:
        return "cut"
    fault = find_fault(pair.source.text, rewriting.text, direction=direction)
    if fault is not None:
        return fault
    found = identifier.identify(rewriting.text, among=(direction.source, direction.target))
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
