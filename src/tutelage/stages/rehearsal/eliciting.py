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
from tutelage.core.errors import StudentError
from tutelage.core.records import Example, Provenance
from tutelage.core.signatures import content_key
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.choosing import choose_examples
from tutelage.stages.rehearsal.rationale import STAGE, Rationale
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.storage.stages import StageFolder, StageTable

if TYPE_CHECKING:
    from tutelage.students.causal_student import CausalStudent
    from tutelage.students.engines.answers import Answer, Prompt
    from tutelage.students.engines.causal_engine import CausalEngine

CHUNK = 128
"""Examples decoded together, and so what a kill can lose."""


@dataclass(frozen=True, slots=True)
class ChatWriter:
    """A causal student with the engine that decodes it."""

    student: CausalStudent
    engine: CausalEngine

    def complete(self, prompts: Sequence[Prompt], *, decoding: Decoding) -> list[Answer]:
        """One answer for each prompt; a prompt that leaves no room for one gets an empty, unfinished answer."""
        from tutelage.students.engines.answers import Answer

        fits = [length < self.student.context_tokens for length in self._lengths(prompts)]
        fitting = (prompt for prompt, fit in zip(prompts, fits, strict=True) if fit)
        answers = self.engine.complete(fitting, decoding=decoding)
        return [next(answers) if fit else Answer("", finished=False, tokens=0) for fit in fits]

    def _lengths(self, prompts: Sequence[Prompt]) -> list[int]:
        asked = self.student.encode_conversations([prompt.messages for prompt in prompts])
        starts = (self.student.encode_answer_start(prompt.start) for prompt in prompts)
        return [len(ids) + len(start) for ids, start in zip(asked, starts, strict=True)]


def open_writer(context: StepContext, folder: Path) -> ChatWriter:
    """The causal student in a folder; StudentError for one that only translates."""
    from tutelage.students.causal_student import CausalStudent
    from tutelage.students.engines.opening import open_causal_engine
    from tutelage.students.loading import load_student

    student = load_student(str(folder), direction=context.recipe.direction.direction)
    if not isinstance(student, CausalStudent):
        raise StudentError(
            "this is an encoder–decoder student: it only translates and cannot go on after a translation.",
            where=str(folder),
            fix="Take a chat model, or leave the rationales out.",
        )
    settings = context.recipe.student
    engine = open_causal_engine(
        student, name=settings.engine, compute_type=settings.compute_type, cache=context.conversions
    )
    return ChatWriter(student, engine)


def elicited_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: RationaleSettings,
    folder: StageFolder,
    writer: Path,
) -> StageTable[Rationale]:
    """What the student in the folder `writer` goes on to write; goes on after its last row when interrupted.

    Sampled rationales depend on which examples are decoded together, so an interrupted stage may sample others.
    """
    seed = context.recipe.seed
    decoding = Decoding(
        max_target_tokens=settings.max_rationale_tokens, sampling_temperature=settings.temperature, seed=seed
    )
    signature = f"{context.signature(writer).rpartition('|')[0]}|{decoding.signature}"
    key = content_key(
        STAGE, 1, examples.key, signature, settings.max_rationale_tokens, settings.elicit, settings.fraction, seed
    )

    def produce(done: frozenset[str]) -> Iterator[Rationale]:
        chosen = choose_examples(examples, fraction=settings.fraction, seed=seed)
        todo = [example for example in chosen if example.id not in done]
        context.progress.start("student writes rationales", total=len(done) + len(todo), unit="examples")
        context.progress.advance(len(done))
        if todo:
            opened = open_writer(context, writer)
            for rationale in _write(opened, todo, decoding=decoding, elicit=settings.elicit, signature=signature):
                yield rationale
                context.progress.advance()
        context.progress.finish()

    return folder.resumed_table(STAGE, Rationale, key=key, produce=produce)


def _write(
    writer: ChatWriter, examples: Sequence[Example], *, decoding: Decoding, elicit: str, signature: str
) -> Iterator[Rationale]:
    """One rationale for each example; sampling has another seed in each chunk."""
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
