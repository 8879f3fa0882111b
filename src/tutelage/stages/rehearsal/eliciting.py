"""The stage `rationales`: a causal student goes on after each translation, as if it had written it.

RaDis (arXiv 2410.13944): the instruction with the source, the translation as the start of the answer, and no word
that asks for an explanation. Deviation: by default a blank line stands behind the translation, since the smallest chat
models stop at once without it, and since the same blank line separates the two in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.records import Example, Provenance
from tutelage.core.stage import Stage, Work
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.choosing import choose_examples
from tutelage.stages.rehearsal.rationale import STAGE, Rationale
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.chat_writer import ChatWriter, open_writer
from tutelage.students.decoder import Decoder

if TYPE_CHECKING:
    from tutelage.students.engines.answers import Answer, Prompt

CHUNK = 128
"""Examples decoded together, and so what a kill can lose."""


@dataclass(frozen=True, slots=True)
class ElicitedInputs:
    """Who writes rationales for which examples, and how."""

    examples: StageTable[Example]
    writer: Decoder
    max_tokens: int
    """Of a rationale; a sampling decoder's signature does not tell it."""
    elicit: str
    fraction: float
    seed: int


def elicit(inputs: ElicitedInputs, work: Work) -> Iterator[Rationale]:
    """What the student goes on to write after each example that is drawn, after those that are done."""
    chosen = choose_examples(inputs.examples, fraction=inputs.fraction, seed=inputs.seed)
    todo = [example for example in chosen if example.id not in work.done]
    work.progress.start("student writes rationales", total=len(work.done) + len(todo), unit="examples")
    work.progress.advance(len(work.done))
    if todo:
        for rationale in _write(open_writer(inputs.writer), todo, inputs):
            yield rationale
            work.progress.advance()
    work.progress.finish()


ELICITED = Stage(STAGE, 2, Rationale, elicit, resumes=True)


def elicited_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: RationaleSettings,
    folder: StageFolder,
    writer: Path,
    draw: int = 0,
) -> StageTable[Rationale]:
    """What the student in the folder `writer` goes on to write; goes on after its last row when interrupted.

    Of another `draw` other rationales are sampled for the same examples.

    Sampled rationales depend on which examples are decoded together, so an interrupted stage may sample others.
    """
    seed, longest = context.recipe.seed, settings.max_rationale_tokens
    decoding = Decoding(max_target_tokens=longest, sampling_temperature=settings.temperature, seed=seed + draw)
    decoder = replace(context.decoder(writer), decoding=decoding, contrast=None)
    inputs = ElicitedInputs(examples, decoder, longest, settings.elicit, settings.fraction, seed)
    return folder.make(ELICITED, inputs)


def _write(writer: ChatWriter, examples: Sequence[Example], inputs: ElicitedInputs) -> Iterator[Rationale]:
    """One rationale for each example; sampling has another seed in each chunk."""
    decoding, elicit, signature = inputs.writer.decoding, inputs.elicit, inputs.writer.signature
    for number, chunk in enumerate(_chunks(examples)):
        prompts = [_prompt(writer, example, elicit=elicit) for example in chunk]
        answers = writer.complete(prompts, decoding=replace(decoding, seed=decoding.seed + number))
        for example, answer in zip(chunk, answers, strict=True):
            yield _rationale(example, answer, signature=signature, elicit=elicit, seed=decoding.seed)


def _chunks(examples: Sequence[Example]) -> Iterator[list[Example]]:
    rest = iter(examples)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _prompt(writer: ChatWriter, example: Example, *, elicit: str) -> Prompt:
    from tutelage.students.engines.answers import Prompt
    from tutelage.students.extraction import SEPARATOR

    start = example.target + SEPARATOR if elicit == "separator" else example.target
    return Prompt(writer.student.conversation(example.source, example.direction), start)


def _rationale(example: Example, answer: Answer, *, signature: str, elicit: str, seed: int) -> Rationale:
    provenance = Provenance(
        origin=STAGE,
        parents=(example.id,),
        role="rationale",
        teacher=signature,
        prompt_version=f"continue-{elicit}",
        seed=seed,
    )
    return Rationale(example.id, answer.text, answer.finished, answer.tokens, provenance)
