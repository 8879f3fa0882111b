"""Students measured on a bilingual text, and compared with the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tutelage.core.decoding import Decoding
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSettings
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protocols import Engine, Progress, Silence
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.core.records import Pair
from tutelage.corpora.bad_lines import BadLineCount, BadLineSink
from tutelage.corpora.identifiers import LANGID, open_identifier
from tutelage.corpora.texts import Texts
from tutelage.evaluation.metrics.metric import open_metrics
from tutelage.evaluation.off_target.confusion import Confusion
from tutelage.evaluation.off_target.judging import Mode
from tutelage.evaluation.scoring import Measured, Scorer
from tutelage.students.naming import default_decoding, open_student


@dataclass(frozen=True, slots=True)
class StudentComparison:
    """One student against the first, on the same segments."""

    student: str
    baseline: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every score of every student, and the paired comparisons with the first."""

    segments: int
    systems: tuple[SystemScores, ...]
    comparisons: tuple[StudentComparison, ...]
    reference: SystemScores
    """Off-target of the references themselves."""
    confusions: tuple[Confusion, ...]
    """The languages of each student's outputs, and of the references."""
    bad_lines: int = 0
    """Lines of the text that could not be read, and are not measured on."""


def evaluate_students(
    students: Sequence[str],
    text: TextSettings,
    *,
    direction: Direction,
    decoding: Decoding | None = None,
    engine: str = "auto",
    compute_type: str = "float32",
    protection: Protection | None = ALL,
    seed: int = 1,
    resamples: int = 1000,
    off_target: Mode = "strict",
    language_id: str | Sequence[str] = LANGID,
    terms: TermKeeping | None = None,
    metrics: Mapping[str, MetricSettings] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Scores with 95 % intervals of each student on `text`; students are named as `open_student` takes them.

    What `protection` names comes through each student whole as far as can be; `None` measures it without.
    `language_id` is what tells languages: `py3langid`, the path of a fastText model, or several of them. `terms`
    are measured, what of them is not translated is protected, and students are made to keep them as they say.
    `metrics` are programs of their own, by their names.
    """
    if not students:
        raise UsageError("there is no student to evaluate.", fix="Name one with --student.")
    bad = BadLineCount()
    pairs = read_test(text, direction=direction, bad_line=bad)
    if bad.count and progress is not None:
        progress.start("read the text", total=None)
        progress.finish(bad.note())
    glossary = None if terms is None else terms.glossary
    scorer = Scorer(
        pairs,
        test="domain",
        direction=direction,
        identifier=open_identifier(language_id),
        seed=seed,
        resamples=resamples,
        off_target=off_target,
        glossary=glossary,
        metrics=open_metrics(metrics or {}),
    )
    protection = with_kept_terms(protection, glossary)
    systems: list[SystemScores] = []
    measured: list[Measured] = []
    for name in students:
        opened = open_student(
            name, direction=direction, engine=engine, compute_type=compute_type, protection=protection, terms=terms
        )
        search = decoding or default_decoding(name)
        signature = f"{opened.signature}|{search.signature}"
        sources = [pair.source.text for pair in pairs]
        texts = translate_all(sources, opened, name=name, decoding=search, progress=progress)
        measured.append(scorer.measure({pair.id: text for pair, text in zip(pairs, texts, strict=True)}))
        systems.append(scorer.score(measured[-1], system=name, system_signature=signature))
    comparisons = (
        StudentComparison(name, students[0], scorer.compare(measured[0], after=other))
        for name, other in zip(students[1:], measured[1:], strict=True)
    )
    references = scorer.measure_references()
    floor = scorer.score(references, system="reference", system_signature="the references")
    tables = (
        scorer.count_languages(one, system=name)
        for name, one in zip((*students, "reference"), (*measured, references), strict=True)
    )
    return Evaluation(
        len(pairs), tuple(systems), tuple(comparisons), floor, tuple(chain.from_iterable(tables)), bad.count
    )


def read_test(text: TextSettings, *, direction: Direction, bad_line: BadLineSink | None = None) -> list[Pair]:
    """The pairs of a test text; CorpusError if it has none."""
    pairs = list(Texts(TextsSettings(test=text), direction).pairs("test", bad_line=bad_line))
    if not pairs:
        raise CorpusError("there is no pair to measure on.", where=str(text.path), fix="Give text with translations.")
    return pairs


def translate_all(
    sources: Sequence[str], engine: Engine, *, name: str, decoding: Decoding | None, progress: Progress | None
) -> list[str]:
    """What a student makes of each source, in their order; `name` is what the progress calls it."""
    progress = progress or Silence()
    progress.start(f"{name} translates", total=len(sources))
    outputs = []
    for output in engine.translate(sources, decoding=decoding or Decoding()):
        outputs.append(output)
        progress.advance()
    progress.finish()
    return outputs
