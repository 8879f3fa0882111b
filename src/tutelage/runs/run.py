"""Run a recipe: step after step, each with evidence and a gate; only a student that passes goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.errors import UserError
from tutelage.core.evidence import GateDecision
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.protocols import Progress, Silence
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.recipe_writing import render_recipe
from tutelage.corpora.glossary.reading import open_recipe_glossary
from tutelage.corpora.identifiers import open_identifier
from tutelage.corpora.texts import Texts
from tutelage.evaluation.readings import STEP_FILE
from tutelage.evaluation.report_data import AskedBy, SpendRow, StageTime, StepReport
from tutelage.labelling.quality import open_all_metrics
from tutelage.labelling.teachers import Teachers
from tutelage.methods.registry import load_method
from tutelage.runners.registry import runner_kind
from tutelage.runs.checks.recipe_check import require_sound
from tutelage.runs.checks.unheeded import unheeded_notes
from tutelage.runs.comparison import compare_promoted
from tutelage.runs.export.export import ExportResult, export_student
from tutelage.runs.report import write_report, write_step_report
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import collect_evidence
from tutelage.stages.patches import show_patches
from tutelage.stages.rejections import count_rejections
from tutelage.stages.retention.measurement import require_abilities
from tutelage.storage.archive import StageArchive, open_place
from tutelage.storage.ledger import Budget, Ledger
from tutelage.storage.ledger.accounts import LEDGER_FILE
from tutelage.storage.run_folder import RunFolder
from tutelage.storage.stages import Borrow, borrow_nothing
from tutelage.students.conversions import conversion_cache
from tutelage.training.processes import require_one_process


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to."""

    folder: Path
    report: Path
    student: Path
    """The last student that passed its gate; the one that came in if none did."""
    decision: GateDecision
    """Of the last step, or of the first that did not pass."""
    lines: tuple[str, ...]
    """The verdict in words, for a terminal."""
    export: ExportResult | None = None
    """What the recipe's [export] came to; `None` without one, and if a gate was not passed."""

    @property
    def passed(self) -> bool:
        """Whether every gate was passed, that of the export too."""
        return self.decision.passed and (self.export is None or self.export.accepted)


def run_recipe(
    recipe: Recipe,
    *,
    runs: Path,
    progress: Progress | None = None,
    command: str = "",
    borrow: Borrow = borrow_nothing,
) -> RunResult:
    """Run or go on with a recipe in `runs`/name; what is done already is skipped, and what `borrow` finds is not made.

    `command` is told in the report as what repeats the run. RecipeError before anything is started where the recipe
    cannot run, UsageError if several processes were; BudgetError and TeacherError with everything finished kept.
    """
    require_one_process()
    require_sound(recipe, runs=runs)
    progress = progress or Silence()
    if unheeded := unheeded_notes(recipe):
        progress.start("check the recipe", total=None)
        progress.finish(" ".join(unheeded))
    folder = RunFolder.open(
        runs / recipe.name,
        recipe_toml=render_recipe(recipe),
        seed=recipe.seed,
        borrow=borrow,
        archive=None if recipe.stages is None else StageArchive(open_place(recipe.stages), recipe.name, progress),
    )
    place, budget = recipe.ledger or runs / LEDGER_FILE, Budget(**dict(recipe.budget))
    with (
        closing(folder),
        runner_kind(recipe.runner).open(recipe.runner, place) as runner,
        Ledger.open(place, run=recipe.name, budget=budget) as ledger,
    ):
        glossary = open_recipe_glossary(recipe)
        teachers = Teachers(recipe, ledger, glossary=glossary, runner=runner)
        folder.watch_asked(lambda: count_asked(ledger))
        folder.update(state="running", command=command)
        try:
            result = _run_steps(recipe, folder, teachers, progress, glossary)
        except UserError as error:
            with suppress(OSError):  # a full disk has been told already
                folder.update(state="failed", failure=error.paragraph())
            raise
        finally:
            teachers.close()
    if folder.unsent:
        result = replace(result, lines=(*result.lines, f"stages: {folder.unsent}."))
    if recipe.export is None or not result.decision.passed:
        return result
    return replace(result, export=export_student(folder.path, settings=recipe.export, progress=progress))


def _run_steps(
    recipe: Recipe, folder: RunFolder, teachers: Teachers, progress: Progress, glossary: Glossary | None
) -> RunResult:
    student = entering_student(recipe, folder, progress)
    require_abilities(recipe, student)
    reports: list[StepReport] = []
    for number, settings in enumerate(recipe.step, start=1):
        context = StepContext(
            recipe=recipe,
            number=number,
            student=student,
            folder=replace(folder.step(number, settings.method), progress=progress, runner=teachers.runner),
            texts=Texts(recipe.text, recipe.direction.direction),
            teachers=teachers,
            identifier=open_identifier(recipe.evaluation.language_id),
            progress=progress,
            conversions=conversion_cache(run=folder.path),
            glossary=glossary,
            runner=teachers.runner,
        )
        report, candidate = _run_step(settings, context, folder=folder)
        reports.append(report)
        if report.gate.passed:
            student = candidate
    metrics = open_all_metrics(recipe, teachers, progress)
    compare_promoted(recipe, folder, reports, metrics=metrics, glossary=glossary)
    return _close(folder, reports, student)


def _run_step(settings: StepSettings, context: StepContext, *, folder: RunFolder) -> tuple[StepReport, Path]:
    step_name, ledger = context.folder.path.name, context.teachers.ledger
    ledger.begin_step(step_name)
    outcome = load_method(settings.method).run(settings, context)
    evidence = outcome.evidence or collect_evidence(
        context,
        before=context.student,
        after=outcome.student,
        teacher=settings.teacher,
        rules=settings.gate,
        also=outcome.also,
    )
    report = StepReport(
        number=context.number,
        method=settings.method,
        gate=evidence.gate,
        systems=evidence.systems,
        comparisons=evidence.comparisons,
        confusions=evidence.confusions,
        omissions=evidence.omissions,
        decisions=outcome.decisions,
        asked=outcome.asked,
        funnel=outcome.funnel,
        spend=step_spend(ledger, step_name),
        asked_by=tuple(list_asked(folder.stage_facts(step_name))),
        rejections=count_rejections(outcome.rejections),
        patches=show_patches(context, outcome),
        losses=outcome.training.losses,
        stage_times=tuple(list_times(folder.stage_facts(step_name))),
    )
    write_step_report(context.folder.path / STEP_FILE, report)
    return report, outcome.student


def step_spend(ledger: Ledger, step: str) -> tuple[SpendRow, ...]:
    """What one step of this run has asked its teachers, over all attempts at the run."""
    return tuple(
        SpendRow(
            role=spend.role,
            model=spend.teacher,
            calls=spend.calls,
            replayed=spend.reused,
            input_tokens=spend.input_tokens,
            output_tokens=spend.output_tokens,
            cost_dollars=spend.cost,
        )
        for spend in ledger.spend(run=ledger.run, step=step)
    )


def count_asked(ledger: Ledger) -> dict[str, int]:
    """Answers that this run has asked for or taken from the ledger, and tokens of the calls that were sent."""
    spends = ledger.spend(run=ledger.run)
    return {
        "asked": sum(spend.calls + spend.reused for spend in spends),
        "asked_tokens": sum(spend.input_tokens + spend.output_tokens for spend in spends),
    }


def list_asked(facts: Mapping[str, Mapping[str, Any]]) -> Iterator[AskedBy]:
    """The stages of a step that asked a teacher, as run.json has them."""
    for stage, noted in facts.items():
        asked, tokens, rows = (noted.get(name) for name in ("asked", "asked_tokens", "rows"))
        if isinstance(asked, int) and asked > 0 and isinstance(rows, int):
            yield AskedBy(stage, asked, tokens if isinstance(tokens, int) else 0, rows)


def list_times(facts: Mapping[str, Mapping[str, Any]]) -> Iterator[StageTime]:
    """When each finished stage of a step was made, as run.json has it."""
    for stage, noted in facts.items():
        seconds, began = noted.get("seconds"), noted.get("began")
        if isinstance(seconds, int | float):
            yield StageTime(stage, seconds, began if isinstance(began, int | float) else None)


def _close(folder: RunFolder, reports: Sequence[StepReport], student: Path) -> RunResult:
    decision = next((report.gate for report in reports if not report.gate.passed), reports[-1].gate)
    promoted = str(student.relative_to(folder.path)) if any(report.gate.passed for report in reports) else None
    written = write_report(folder.path)
    folder.update(state="done", verdict=written.verdict, passed=decision.passed, student=promoted, failure=None)
    folder.update(headline=written.lines[0])
    return RunResult(folder.path, written.path, student, decision, written.lines)


def entering_student(recipe: Recipe, folder: RunFolder, progress: Progress) -> Path:
    """The folder of the student that enters the first step: located, or made new; asked as the recipe says."""
    from tutelage.students.loading import locate_student

    settings = recipe.student
    if settings.fresh is None:
        located = locate_student(settings.model or "", adapter=settings.adapter)
        if settings.instruction is None and settings.shots is None:
            return located
        from tutelage.stages.asked_student import asked_student_stage

        place = folder.step(0, "student")
        return asked_student_stage(
            recipe, place, student=located, instruction=settings.instruction, shots=settings.shots
        )
    from tutelage.stages.fresh_student import fresh_student_stage

    return fresh_student_stage(recipe, folder, progress)
