"""The promoted student of a run written for other programs, measured there, and refused if it came out worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage import __version__
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, UserError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.protocols import Progress, Silence
from tutelage.core.recipe import ExportSettings, Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.signatures import content_key
from tutelage.corpora.glossary.reading import open_recipe_glossary
from tutelage.evaluation.readings import count_readings
from tutelage.evaluation.report_data import RunReport
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import load_method, step_types
from tutelage.runs.checks.export_checks import export_problems
from tutelage.runs.export.card import Card
from tutelage.runs.export.licence import copy_papers, licence_of
from tutelage.runs.export.parity import Parity, judge_parity, promoted_outputs, translate
from tutelage.runs.report import read_run_report
from tutelage.storage.atomic import replace_folder, whole_folder
from tutelage.storage.manifest import is_intact
from tutelage.storage.run_folder import step_name
from tutelage.students.conversions import conversion_cache
from tutelage.students.decoder import Decoder
from tutelage.students.exports.export import CARD, Export, is_export, read_export, write_export
from tutelage.students.exports.kind import ExportKind
from tutelage.students.exports.opening import open_new_export
from tutelage.students.exports.registry import load_export_kind
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.known_words import copy_known_words
from tutelage.students.promoted import promoted_student
from tutelage.students.student_folder import read_student

IN_RUN = "export"
REFUSED = "-refused"
"""Behind the folder's name, where an export that came out worse is kept."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What became of an export."""

    folder: Path
    """Where it lies: under another name if it was refused."""
    accepted: bool
    parity: Parity | None
    """`None` if it was there already."""

    @property
    def told(self) -> tuple[str, ...]:
        """The decision in words and where it lies, for a terminal."""
        if self.parity is None:
            return ("export: it is there already", str(self.folder))
        said = "accepted" if self.accepted else "refused, and kept aside: it is worse than the student it was made of"
        outputs = counted(self.parity.segments, "output")
        changed = f"other than the promoted student's: {self.parity.changed:,} of {outputs}"
        return (f"export: {said}", f"  {changed}", *(f"  {line}" for line in self.parity.lines), str(self.folder))


def settings_of(
    run: Path,
    *,
    to: str,
    compute_type: str | None = None,
    licence: str | None = None,
    rules: Sequence[str] | None = None,
) -> ExportSettings:
    """What the run's recipe says of exports, with another kind and what else is given."""
    said = _read_promoted(run).recipe.export or ExportSettings()
    given = {"to": to, "compute_type": compute_type or (said.compute_type if said.to == to else None)}
    others = {"licence": licence, "rules": tuple(rules) if rules else None}
    return said.model_copy(update=given | {name: value for name, value in others.items() if value is not None})


@dataclass(frozen=True, slots=True)
class _Promoted:
    """The promoted student of a run, and what is known of it."""

    run: Path
    recipe: Recipe
    report: RunReport
    decoder: Decoder
    method: str
    """Of the step that made it."""
    step: Path
    """Folder of that step."""
    glossary: Glossary | None


def export_student(
    run: Path, folder: Path | None = None, *, settings: ExportSettings | None = None, progress: Progress | None = None
) -> ExportResult:
    """Write the promoted student of a run into `folder`, unless it lies there already.

    It is opened there by its own engine and compared with the promoted student on the run's test set. What the rules
    of `settings` (without them, the recipe's) forbid is not written to `folder` but beside it, under a name that ends
    in `-refused`. UsageError for a run without a test set, or whose student does not translate, and for a folder that
    holds something else; StudentError for a student that cannot be exported so.
    """
    progress = progress or Silence()
    promoted = _read_promoted(run)
    settings = settings or promoted.recipe.export or ExportSettings()
    folder = folder or Path(settings.folder or run / IN_RUN)
    kind = load_export_kind(settings.to)
    _require_possible(promoted, settings)
    _require_free(folder)
    export = _describe(promoted, kind, settings)
    if _is_there(folder, export):
        return ExportResult(folder, True, None)
    return _make(promoted, export, kind, folder, settings, progress)


def _make(
    promoted: _Promoted,
    export: Export,
    kind: ExportKind,
    folder: Path,
    settings: ExportSettings,
    progress: Progress,
) -> ExportResult:
    """It appears under the name of a refused one first, and gets its own name when it is known to be sound."""
    recipe, decoder = promoted.recipe, promoted.decoder
    refused = _refused(folder)
    student = read_student(decoder.folder, direction=export.direction)
    with whole_folder(refused) as aside:
        _write_weights(kind, student, aside, export, progress)
        before = promoted_outputs(recipe, decoder, step=promoted.step, glossary=promoted.glossary, progress=progress)
        engine = open_new_export(aside, export)
        outputs = translate(engine, before.pairs, export.decoding, name="exported student", progress=progress)
        parity = judge_parity(before, outputs, rules=settings.rules)
        _write_rest(promoted, export, aside, settings, parity)
    if parity.decision.passed:
        replace_folder(folder, refused)
    return ExportResult(folder if parity.decision.passed else refused, parity.decision.passed, parity)


def _write_weights(kind: ExportKind, student: AnyStudent, aside: Path, export: Export, progress: Progress) -> None:
    progress.start(f"export to {kind.name}", total=None)
    kind.write(student, aside, compute_type=export.compute_type)
    progress.finish()


def _write_rest(promoted: _Promoted, export: Export, aside: Path, settings: ExportSettings, parity: Parity) -> None:
    licence = settings.licence or licence_of(promoted.recipe.student)
    copy_papers(promoted.recipe.student, aside)
    copy_known_words(promoted.decoder.folder, aside)
    readings = count_readings(promoted.run).gates
    write_export(replace(export, accepted=parity.decision.passed, test_set_readings=readings), aside)
    card = Card(promoted.report, promoted.recipe, export, parity, licence, settings.data_licences)
    (aside / CARD).write_text(card.render(), encoding="utf-8")


def _read_promoted(run: Path) -> _Promoted:
    student = promoted_student(run)
    report = read_run_report(run)
    recipe = parse_recipe(report.recipe_toml, step_types=step_types(), teacher_types=teacher_types())
    last = [step for step in report.steps if step.gate.passed][-1]
    glossary = open_recipe_glossary(recipe)
    decoder = Decoder(
        folder=student,
        direction=recipe.direction.direction,
        settings=recipe.student,
        decoding=recipe.evaluation.decoding,
        conversions=conversion_cache(run=run),
        contrast=None if recipe.evaluation.contrastive is None else recipe.evaluation.contrastive.contrast,
        glossary=glossary,
        keeps="off" if recipe.glossary is None else recipe.glossary.decoding,
    )
    return _Promoted(run, recipe, report, decoder, last.method, run / step_name(last.number, last.method), glossary)


def _require_possible(promoted: _Promoted, settings: ExportSettings) -> None:
    if not load_method(promoted.method).translates:
        raise UsageError(
            f"the step '{promoted.method}' makes a student that does not translate, and an export is measured by that.",
            where=str(promoted.run),
            fix=f"Take its folder as it is: {promoted.decoder.folder}",
        )
    problems = export_problems(settings, promoted.recipe, student=promoted.decoder.folder)
    if problems:
        raise UsageError(" ".join(problems), where=str(promoted.run))


def _describe(promoted: _Promoted, kind: ExportKind, settings: ExportSettings) -> Export:
    decoder = promoted.decoder
    compute_type = settings.compute_type or kind.compute_types[0]
    terms = () if promoted.glossary is None else promoted.glossary.terms
    facts = (decoder.signature, kind.name, compute_type, settings, __version__)
    return Export(
        kind=kind.name,
        compute_type=compute_type,
        direction=decoder.direction,
        student=decoder.weights.key,
        decoding=kind.decoding(decoder.decoding),
        protect=decoder.settings.protect,
        key=content_key(*facts),
        run=promoted.recipe.name,
        version=__version__,
        terms=decoder.keeps,
        glossary=terms,
    )


def _is_there(folder: Path, export: Export) -> bool:
    try:
        return is_export(folder) and read_export(folder).key == export.key and is_intact(folder)
    except UserError:
        return False


def _require_free(folder: Path) -> None:
    """An earlier export gives way, in the place of a refused one too; anything else does not."""
    if folder.name in ("", ".."):
        raise UsageError("this names no folder of its own.", where=str(folder), fix="Name one that is not there yet.")
    for place in (folder, _refused(folder)):
        if place.is_file() or (place.is_dir() and any(place.iterdir()) and not is_export(place)):
            fix = "Name a folder that is not there yet."
            raise UsageError("there is something else in the place of the export.", where=str(place), fix=fix)


def _refused(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{REFUSED}")
