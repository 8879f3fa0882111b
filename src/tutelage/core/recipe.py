"""The recipe: one TOML file that lists steps, validated as a whole before anything is loaded or paid."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, SerializeAsAny

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.evidence import LEAST_RESAMPLES
from tutelage.core.languages import Direction, normalise_language
from tutelage.core.metrics import MetricSettings
from tutelage.core.retention import RetentionSettings
from tutelage.core.settings import Beams, Count, FreshSettings, Seed, Settings, Share, Threads, TrainSettings
from tutelage.core.teacher_settings import TeacherSettings


def _known_language(code: str) -> str:
    try:
        return normalise_language(code)
    except UsageError as error:
        raise ValueError(str(error)) from error


def _folder_name(name: Any) -> Any:
    if isinstance(name, str) and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError("use letters, digits, dot, hyphen and underscore, and begin with a letter or a digit")
    return name


PARITY_RULES = (
    "chrf: not worse by more than 0.3 (point estimate)",
    "protected: not worse by more than 0.5 (point estimate)",
    "off_target: not worse by more than 1 (point estimate)",
    "empty: not worse by more than 0.5 (point estimate)",
    "runaway: not worse by more than 0.5 (point estimate)",
)
"""What an export may lose, by the figure: the whole interval would refuse sound exports on 500 segments and fewer."""
Language = Annotated[str, AfterValidator(_known_language)]


class DirectionSettings(Settings):
    """From which language to which."""

    source: Language
    """BCP-47, such as `en` or `pt-BR`."""
    target: Language

    @property
    def direction(self) -> Direction:
        """The same as a record."""
        return Direction(self.source, self.target)


class BudgetSettings(Settings):
    """Hard limits on what a run may ask its teachers; without it, no limit."""

    calls: int | None = Field(default=None, ge=0)
    """Calls sent; answers that the ledger holds are free."""
    tokens: int | None = Field(default=None, ge=0)
    """Input and output tokens together."""
    cost: float | None = Field(default=None, ge=0)
    """In the currency of the prices, which must be given."""


class TextSettings(Settings):
    """Where a text comes from, and which part of it is meant."""

    path: str | tuple[str, ...]
    """Files, folders or globs, or addresses of files (`s3://bucket/pool.tsv.gz`); `embedded:jupyterlab` is the
    demonstration text, `embedded:general` a small test set."""
    format: str | None = None
    """None goes by the file's suffix."""
    source_file: str = ""
    """The same text in the source language, if the format holds one language a file; `path` is in the target."""
    fields: dict[str, str] = {}
    """Names of columns, where they differ from source, target, document and id."""
    only: dict[str, tuple[str, ...]] = {}
    """Keep rows whose field has one of the values (`origin = ["ddtp"]`)."""
    without: dict[str, tuple[str, ...]] = {}
    """Leave out rows whose field has one of the values."""
    part: str | None = None
    """The part of a split, one of the names in `shares`."""
    shares: dict[str, float] = {}
    """Shares of a deterministic split, for instance { train = 0.8, test = 0.2 }."""
    split_by: Literal["document", "segment"] = "document"
    """`document` tears no document apart; `segment` suits a corpus that is one document."""
    limit: Count | None = None
    """At most so many segments, taken evenly by hash, so that the choice is the same everywhere."""
    split_seed: Seed = 0
    """Of split and limit; apart from the recipe's seed, so that runs with other seeds are tested on the same text."""
    bad_lines: Share = 0.0
    """Share of lines that may fail to parse; they are counted. 0 stops at the first."""


def _as_table(text: Any) -> Any:
    return {"path": text} if isinstance(text, str | list | tuple) else text


TextPlace = Annotated[TextSettings, BeforeValidator(_as_table)]
"""A path, a list of paths, or a whole table as `[text.parallel]` is one."""


class ShotsSettings(Settings):
    """Translations that a chat student is shown as earlier turns, of the direction that is asked for (n-shot)."""

    count: Count = 3
    """Demonstrations before each text; fewer where they would take more than half of what the student can read."""
    path: TextPlace | None = None
    """Parallel text for directions without text of their own to train on: a path, a list of paths, or a table with the
    keys of `[text.parallel]`. What is in a test set is never shown."""
    max_words: Count = 40
    """Longer sources or targets are not shown; characters in languages written without spaces."""
    in_training: bool = False
    """Show them in training too, which makes every prompt longer; else only when the student translates."""


class StudentSettings(Settings):
    """The student that enters the first step: `model`, or a new one of the shape `fresh`."""

    model: str | None = None
    """`embedded:en-pt`, `embedded:smollm2` (a chat model), a folder, a GGUF file, or a hub name."""
    adapter: str | None = None
    """Folder of a LoRA adapter (peft's) that is merged into `model` first."""
    fresh: FreshSettings | None = None
    """A new student instead, whose vocabulary is trained on `text.parallel` and the steps' own parallel text."""
    instruction: str | None = None
    """How a chat student is asked: `translate-1`, `post-instruction` (behind the text), `own-language` (languages by
    their own names), or the path of a template; without it, as it asks by itself. It is saved with every student that
    is trained."""
    shots: ShotsSettings | None = None
    """Demonstrations before each text, for chat students; without any, it is only asked."""
    engine: Literal["auto", "ctranslate2", "llama.cpp", "transformers", "vllm"] = "auto"
    """Decoding: `auto` takes CTranslate2 where it can convert the student, else transformers. The others are for chat
    students: `llama.cpp` decodes a GGUF file as it is and converts any other student once; `vllm` is its server on this
    machine, whose Python `TUTELAGE_VLLM` names."""
    compute_type: Literal[
        "float32", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "auto"
    ] = "float32"
    """Arithmetic of CTranslate2; int8 decodes faster on a CPU. float16, bfloat16 and those with int8 are for GPUs.
    llama.cpp converts to float32, float16, bfloat16 or, for int8, to q8_0."""
    protect: bool = True
    """Put masks in place of placeholders, markup, addresses, numbers, code, and words and signs that its vocabulary
    lacks before the student reads a text, in training too, and put these back after it; it is told if one is lost all
    the same."""
    half: bool = False
    """Store the trained students in float16: half the size on disk."""


class TextsSettings(Settings):
    """The texts of a recipe by their use."""

    pool: TextSettings | None = None
    """What the student translates and the teacher corrects; only its source side is used."""
    parallel: TextSettings | None = None
    """Human translations to train on besides."""
    post_edits: TextSettings | None = None
    """What people made of machine translations (`feedback.source = "people"`): source, post-edit and, if it is known,
    the draft. A translation memory will do: where there is no draft, the student's own output is the draft."""
    drafts: TextSettings | None = None
    """The text of `post_edits` as the machine left it, if drafts are in a file of their own; joined by the source."""
    memory: TextSettings | None = None
    """Human translations in which contexts are looked for (`contexts.source = "memory"`)."""
    sentences: TextSettings | None = None
    """Monolingual source text in which retrieved contexts are looked for."""
    rehearsal: TextSettings | None = None
    """Monolingual source text of all kinds that the student rehearses, so that it forgets less (`rehearsal.ratio`)."""
    dev: TextSettings | None = None
    """Watched during training, and the text on which thresholds are measured."""
    test: TextSettings | None = None
    """The domain's test set."""
    general: TextSettings | None = None
    """A test set of what the step must not damage."""
    general_dev: TextSettings | None = None
    """More text as `general` is: where training measures how far it goes (`train.blend`), it goes no further than costs
    half a point of chrF here."""


class GlossarySettings(Settings):
    """Words that must be translated so, or not at all; with it, terms kept are measured, and a gate can name them.

    Words that are not translated come through students whole, as placeholders do.
    """

    path: str | tuple[str, ...]
    """Files: CSV or TSV with the columns source, target, part of speech, forbidden, do not translate and case; TBX; or
    any bilingual text."""
    decoding: Literal["off", "rerank", "force", "fill"] = "off"
    """How students are made to keep the terms in this run: `rerank` takes another hypothesis of the beam, `force` also
    writes a missing term in each place in turn, `fill` puts targets into masks. `off` measures what they learned."""


class FilterSettings(Settings):
    """What text must be like to be trained on; an empty side never is."""

    max_words: Count = 120
    """Words of either side; characters in languages written without spaces."""
    length_ratio: float = Field(default=3.0, gt=1)
    """Characters of the longer side for one of the shorter."""
    language: bool = True
    """Drop text that is identified as another language; too short to tell is kept."""
    duplicates: bool = True
    """Drop what was there before, but for case and white space, on both sides."""
    near_duplicates: float | None = Field(default=None, ge=0.5, le=1)
    """Drop a segment of the pool that is at least so like an earlier one: 1 minus letters put in and taken out for each
    letter of both; 0.9 is one word of ten. Unset drops none."""
    copies: bool = True
    """Drop a target of more than three words that equals its source."""
    control_characters: bool = True
    """Drop text with control characters, or letters that could not be read."""
    placeholders: bool = True
    """Drop pairs whose target lacks a placeholder of the source."""
    least: dict[str, float] = {}
    """Drop pairs that a metric of `evaluation.metrics` rates worse than this, as `least = { adequacy = 40 }`; one that
    needs no reference. A pair without a score is kept."""


class ContrastiveSettings(Settings):
    """Language-contrastive decoding (Sennrich et al. 2024), for students that can be told a language.

    λ times the log-probability under each wrong language is taken off that under the right one, at every token.
    """

    weight: float = Field(default=0.1, ge=0)
    """λ, of each wrong language; 0 is plain decoding."""
    languages: tuple[Language, ...] = ()
    """The wrong languages, of which the target itself is left out; without any, the source's and English."""

    @property
    def contrast(self) -> Contrast:
        """The same for engines."""
        return Contrast(self.weight, self.languages)


class EvaluationSettings(Settings):
    """How students are measured."""

    resamples: int = Field(default=1000, ge=LEAST_RESAMPLES, le=100_000)
    """Samples of the bootstrap."""
    beam_size: Beams = 1
    """Of the student, on the pool too; 1 is greedy."""
    max_target_tokens: Count = 256
    """Longest output."""
    contrastive: ContrastiveSettings | None = None
    """Decode every student of the run contrastively, by transformers; without it, plainly."""
    off_target: Literal["strict", "paper"] = "strict"
    """How outputs in the wrong language are counted: `paper` takes the identifier's first label for every line."""
    language_id: str | tuple[str, ...] = "py3langid"
    """What tells languages, in scores and in filters: `py3langid`, the path of a fastText model (lid.176, GlotLID), or
    a list of them that must agree."""
    metrics: dict[str, MetricSettings] = {}
    """Metrics in their own environments by their names, measured beside ours: `[evaluation.metrics.comet]`. Rules name
    them as any other measure."""
    teacher_scores: bool = True
    """Translate the test sets with the step's teacher too, as the ceiling."""
    examples_in_report: int = Field(default=24, ge=0)
    """Corrections that the report shows."""

    @property
    def decoding(self) -> Decoding:
        """How every student of the run is decoded."""
        return Decoding(beam_size=self.beam_size, max_target_tokens=self.max_target_tokens)


class ExportSettings(Settings):
    """What becomes of the promoted student at the end of the run; it must come through as good as it was."""

    to: str = "ctranslate2"
    """`ctranslate2`, `gguf` (chat students) or `transformers`."""
    compute_type: str | None = None
    """Arithmetic that the weights are stored for: `int8`, `float32`, `float16`, …; without it, the first that the kind
    of export has (`int8` of CTranslate2)."""
    folder: str | None = None
    """Where it is written; without it, the folder `export` of the run."""
    rules: tuple[str, ...] = PARITY_RULES
    """What the exported student must keep against the promoted one on `text.test`, as rules of a gate; else it is
    refused and kept aside."""
    licence: str | None = None
    """Of the exported weights, for the model card; without it, the one that the card of `student.model` names."""
    data_licences: dict[str, str] = {}
    """Licences of the texts by their use, for the model card: `{ parallel = "CC-BY-4.0" }`."""


class RunnerSettings(Settings):
    """Where rows are worked on that do not depend on one another: hypotheses, filters, what a teacher is asked."""

    kind: str = "local"
    """`local`: this process. `ray`: workers of a Ray cluster (`pip install 'tutelage[ray]'`); rows and keys are the
    same."""
    address: str | None = None
    """Host and port of a cluster that runs, or `auto` for the one on this machine; without it, one is started here for
    the length of the run."""
    workers: Count | None = None
    """Processes that work at the same time; without it, as many as the cluster has cores, or GPUs, for."""
    cores_per_worker: Threads = 1
    """Of a student's engine."""
    gpus_per_worker: float = Field(default=0, ge=0, le=64)
    """A part of one, such as 0.5, puts several workers on it."""
    rows_per_task: Count = 512
    """Handed to a worker at once at most, and done again if the worker is lost; more of what takes microseconds."""


class StepSettings(Settings):
    """What every step has; a method adds its own."""

    method: str
    """`patching`, `sequence_kd`, `radis`, `language_aware`, `paraphrase`, `train_patcher`, or one from outside."""
    train: TrainSettings = TrainSettings()
    gate: tuple[str, ...] = ("chrf: better",)
    """Rules that the new student must keep to be promoted."""
    teacher: str | None = None
    """Name of the teacher in the role that the step needs; without it, the recipe's only one."""

    @property
    def own_parallel(self) -> tuple[tuple[Direction, TextSettings], ...]:
        """Human translations that the step trains on besides the recipe's `text.parallel`, each with its direction."""
        return ()

    @property
    def own_directions(self) -> tuple[tuple[Direction, TextSettings | None], ...]:
        """Directions that the step asks for besides the recipe's, each with the text that it is measured on."""
        return ()

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks; none stands for the recipe's only one."""
        return (self.teacher,)


class RecipeHead(Settings):
    """Everything of a recipe but its steps."""

    name: Annotated[str, BeforeValidator(_folder_name)]
    """Name of the run folder: letters, digits, dot, hyphen and underscore."""
    note: str = ""
    """What a reader of the report should know beside the verdict, such as what another run came to."""
    seed: Seed = 1
    """Of everything that draws: selection, rehearsal, training, sampling, bootstrap."""
    direction: DirectionSettings
    student: StudentSettings
    teachers: dict[str, SerializeAsAny[TeacherSettings]] = {}
    """Each of one kind, which says what its table may hold."""
    text: TextsSettings = TextsSettings()
    glossary: GlossarySettings | None = None
    """Terms that translations must keep; without it, none are looked at."""
    budget: BudgetSettings = BudgetSettings()
    filters: FilterSettings = FilterSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    retention: RetentionSettings | None = None
    """General abilities besides translation, for causal students; without it, they are not measured."""
    export: ExportSettings | None = None
    """Folder that the promoted student is exported into at the end; without it, none."""
    runner: RunnerSettings = RunnerSettings()
    """Without it, the run's own process does all."""
    ledger: str | None = None
    """File of the ledger, or a database such as `postgresql://user@host/name` (password in PGPASSWORD or ~/.pgpass);
    without it, `ledger.sqlite` beside the run folders, shared by all runs there."""
    stages: str | None = None
    """Where finished stages are kept too, so that a run can go on on another machine: an address such as
    `s3://bucket/tutelage`, or a folder; without it, in the run's own folder alone."""


class Recipe(RecipeHead):
    """A validated recipe."""

    step: tuple[StepSettings, ...]
    _where: str = PrivateAttr(default="recipe")

    @property
    def where(self) -> str:
        """The file it was read from, for messages; nothing that a run depends on."""
        return self._where

    def placed(self, where: str) -> Recipe:
        """The same recipe, read from `where`."""
        placed = self.model_copy()
        placed._where = where
        return placed
