"""The stage `rationales` with a chat teacher as the writer: the role *rationale*, asked through the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from tutelage.core.languages import language_name
from tutelage.core.records import Example, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import folded
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.teachers import AskedTeacher
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.choosing import choose_examples
from tutelage.stages.rehearsal.rationale import STAGE, Rationale
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "rationale-1"
JSON_TOKENS = 32
"""Room for what surrounds the text in an answer."""


class WrittenRationale(BaseModel):
    """The answer of the role rationale."""

    model_config = ConfigDict(extra="forbid")

    rationale: str


class WriteRationale(SignedRole):
    """Go on after a translation."""

    name = "rationale"
    prompt_version = PROMPT
    schema = WrittenRationale

    def __init__(self, *, max_rationale_tokens: int, temperature: float) -> None:
        self.max_tokens, self.temperature = max_rationale_tokens + JSON_TOKENS, temperature
        prompt = files("tutelage.stages.rehearsal") / "prompts" / f"{PROMPT}.txt"
        self._template = prompt.read_text("utf-8").strip()

    def render(self, item: Example) -> Sequence[Message]:
        """The instruction, the delimited source and the delimited translation, in one user turn."""
        instruction = self._template.format(
            source_language=language_name(item.source_lang), target_language=language_name(item.target_lang)
        )
        source, translation = delimit(item.source, name="source"), delimit(item.target, name="translation")
        return [Message("user", f"{instruction}\n\n{source}\n\n{translation}")]

    def verify(self, item: Example, answer: WrittenRationale) -> str | None:
        """About a text that gives orders, empty, or nothing but one of the texts again."""
        if find_order(f"{item.source}\n{item.target}") is not None:
            return "source_gives_orders"
        text = folded(answer.rationale)
        if not text:
            return "empty"
        return "copied" if text in (folded(item.source), folded(item.target)) else None


@dataclass(frozen=True, slots=True)
class AskedInputs:
    """Who is asked for rationales of which examples, and how."""

    examples: StageTable[Example]
    role: WriteRationale
    teacher: AskedTeacher
    fraction: float
    seed: int


def ask_for_rationales(inputs: AskedInputs, work: Work) -> Iterator[Rationale | Rejection]:
    """What a chat teacher writes after each translation that is drawn; what cannot be used is rejected."""
    chosen = list(choose_examples(inputs.examples, fraction=inputs.fraction, seed=inputs.seed))
    answers = inquire(
        chosen, role=inputs.role, teacher=inputs.teacher, seed=inputs.seed, progress=work.progress,
        label="teacher writes rationales", total=len(chosen), unit="examples",
    )  # fmt: skip
    for example, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield Rationale(example.id, outcome.answer.rationale, True, 0, outcome.provenance)


ASKED = Stage(STAGE, 2, Rationale, ask_for_rationales)


def asked_stage(
    context: StepContext, examples: StageTable[Example], *, settings: RationaleSettings, folder: StageFolder
) -> StageTable[Rationale]:
    """Rationales by a chat teacher of the recipe."""
    role = WriteRationale(max_rationale_tokens=settings.max_rationale_tokens, temperature=settings.temperature)
    teacher = context.teachers.asked(settings.teacher)
    return folder.make(ASKED, AskedInputs(examples, role, teacher, settings.fraction, context.recipe.seed))
