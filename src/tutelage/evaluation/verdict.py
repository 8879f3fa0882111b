"""The verdict of a run in a few lines of text, and the figures that the page puts first."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.counts import counted
from tutelage.core.errors import RecipeError
from tutelage.core.evidence import Comparison, GateDecision, Score, SystemScores
from tutelage.evaluation.changes import gain
from tutelage.evaluation.figures import (
    format_change,
    format_money,
    format_seconds,
    format_share,
    format_value,
    measure_label,
)
from tutelage.evaluation.gate import decide, primary_comparison
from tutelage.evaluation.measures import is_silent
from tutelage.evaluation.report_data import FunnelRow, RunReport, SpendRow, StepReport
from tutelage.evaluation.retention.names import TEST as ABILITIES
from tutelage.evaluation.retention.rows import describe_retention
from tutelage.evaluation.rules import MEANS, TESTS, parse_rules
from tutelage.evaluation.timeline import busy_seconds


def render_verdict_lines(report: RunReport) -> list[str]:
    """The run in plain text for a terminal; the first line carries the verdict and its figures."""
    lines = [verdict_line(report.verdict, comparison=headline_comparison(report))]
    promoted = promoted_comparison(report)
    if promoted and promoted != headline_comparison(report):
        lines.append(f"promoted student against the first: {format_change(promoted)}")
    for step in report.steps:
        if len(report.steps) > 1:
            change = step_comparison(step)
            figures = f"  {format_change(change)}" if change else ""
            lines.append(f"step {step.number} {step.method}: {step.gate.verdict}{figures}")
        lines += [f"  {line}" for line in _step_lines(step)]
    return [*lines, f"note: {report.note}"] if report.note else lines


def verdict_line(verdict: str, *, comparison: Comparison | None) -> str:
    """`verdict: better  chrF 47.2 → 51.3 (+4.1, 95 % interval +3.4 to +4.8, p < 0.001, n = 812)`."""
    return f"verdict: {verdict}  {format_change(comparison)}" if comparison else f"verdict: {verdict}"


def headline_comparison(report: RunReport) -> Comparison | None:
    """The comparison behind the run's verdict.

    That is the promoted student against the first if every step passed and what the last gate is mainly about was
    compared between them, else the deciding step's own.
    """
    if not report.steps:
        return None
    step = deciding_step(report.steps)
    return (_main_comparison(step.gate, report.comparisons) if step.gate.passed else None) or step_comparison(step)


def promoted_comparison(report: RunReport) -> Comparison | None:
    """What the last promoted student is against the first one, in a run of several steps; `None` if none passed."""
    passed = [step for step in report.steps if step.gate.passed]
    return _primary(passed[-1].gate, report.comparisons) if passed else None


def run_verdict(steps: Sequence[StepReport], *, comparisons: Sequence[Comparison]) -> str:
    """The verdict of the first step that did not pass; else that of the last step's rules on the whole run.

    `comparisons` are those of the whole run. Where what these rules are mainly about is not among them, such as a test
    set of the step alone, it is the last step's own verdict, unless the run has made the student worse.
    """
    step = deciding_step(steps)
    if not step.gate.passed or not comparisons:
        return step.gate.verdict
    rules = parse_rules([outcome.rule for outcome in step.gate.outcomes], tests=None)
    whole = decide(rules, comparisons=comparisons, scores=()).verdict
    is_compared = primary_comparison(rules, comparisons=comparisons) is not None
    return whole if is_compared or whole == "worse" else step.gate.verdict


def deciding_step(steps: Sequence[StepReport]) -> StepReport:
    """The first step that did not pass, or else the last."""
    return next((step for step in steps if not step.gate.passed), steps[-1])


def step_comparison(step: StepReport) -> Comparison | None:
    """The comparison that the step's gate is mainly about."""
    return _primary(step.gate, step.comparisons)


def teacher_score(systems: Sequence[SystemScores], *, test: str, name: str) -> Score | None:
    """What the teacher itself reaches, if it was measured."""
    return find_score(systems, system="teacher", test=test, name=name)


def find_score(systems: Sequence[SystemScores], *, system: str, test: str, name: str) -> Score | None:
    """One score, or `None` if it was not measured."""
    for one in systems:
        if (one.system, one.test) == (system, test):
            return next((score for score in one.scores if score.name == name), None)
    return None


def share_of_ceiling(comparison: Comparison, *, teacher: Score | None) -> float | None:
    """How much of the way from the old student to the teacher was gone, in percent; none if there is no such way."""
    if teacher is None:
        return None
    sign = 1 if comparison.higher_is_better else -1
    way = sign * (teacher.value - comparison.before)
    return 100 * gain(comparison) / way if way > 0 else None


def describe_data(funnel: Sequence[FunnelRow]) -> str:
    """`4,012 segments in the pool → 1,188 trained on (30 %)`, from the first and the last row."""
    if len(funnel) < 2:
        return f"{funnel[0].count:,} {funnel[0].label}" if funnel else ""
    first, last = funnel[0], funnel[-1]
    share = format_share(last.count, whole=first.count)
    return f"{first.count:,} {first.label} → {last.count:,} {last.label} ({share})"


def describe_spend(spend: Sequence[SpendRow]) -> str:
    """Calls, tokens and money over all roles, in one phrase."""
    calls, replayed = sum(row.calls for row in spend), sum(row.replayed for row in spend)
    tokens = sum(row.input_tokens + row.output_tokens for row in spend)
    parts = [counted(calls, "teacher call")]
    parts += [f"{replayed:,} replayed from the ledger"] if replayed else []
    parts += [counted(tokens, "token")] if tokens else []
    return ", ".join([*parts, format_money(sum(row.cost_dollars for row in spend))])


def _step_lines(step: StepReport) -> list[str]:
    primary = step_comparison(step)
    told = (c for c in step.comparisons if c != primary and not is_quiet(c) and not _is_detail(c, step))
    lines = [_describe_change(comparison, step) for comparison in told]
    if primary and (teacher := teacher_score(step.systems, test=primary.test, name=primary.name)):
        label = measure_label(primary.name, test=primary.test)
        lines.append(f"teacher {label} {format_value(teacher.value, name=primary.name)}{_ceiling(primary, teacher)}")
    lines += [f"not measured: {omission.what} ({omission.reason})" for omission in step.omissions]
    lines += [f"decided: {decision}" for decision in step.decisions]
    retained = describe_retention(step.systems)
    lines += [retained] if retained else []
    lines += [f"data: {describe_data(step.funnel)}"] if step.funnel else []
    lines += [f"spent: {describe_spend(step.spend)}"] if step.spend else []
    if step.stage_times:
        lines.append(f"time: {format_seconds(busy_seconds(step.stage_times))}")
    failed = [f"not promoted, {o.rule}: {o.reason}" for o in step.gate.outcomes if not o.passed]
    return lines + (failed or [f"gate: passed, {_count_rules(step.gate)}"])


def is_quiet(comparison: Comparison) -> bool:
    """Whether the comparison is left out where only what matters is shown: neither student has any of it."""
    return is_silent(comparison.name, comparison.before, comparison.after)


def _is_detail(comparison: Comparison, step: StepReport) -> bool:
    """Whether it is of one direction among several whose means are told."""
    has_means = any(other.test in MEANS for other in step.comparisons)
    return has_means and comparison.test not in (*TESTS, *MEANS, ABILITIES)


def reference_floor(systems: Sequence[SystemScores], *, comparison: Comparison) -> Score | None:
    """The references' own score by the measure, if they have one: what even right outputs get."""
    return find_score(systems, system="reference", test=comparison.test, name=comparison.name)


def _describe_change(comparison: Comparison, step: StepReport) -> str:
    floor = reference_floor(step.systems, comparison=comparison)
    said = f"; the references: {format_value(floor.value, name=floor.name)}" if floor else ""
    return f"{format_change(comparison)}{said}"


def _ceiling(comparison: Comparison, teacher: Score) -> str:
    share = share_of_ceiling(comparison, teacher=teacher)
    return f" ({share:.0f} % of the way there)" if share is not None and share >= 0 else ""


def _count_rules(gate: GateDecision) -> str:
    count = len(gate.outcomes)
    return "its one rule holds" if count == 1 else f"all {count} rules hold"


def _primary(gate: GateDecision, comparisons: Sequence[Comparison]) -> Comparison | None:
    return _main_comparison(gate, comparisons) or next(iter(comparisons), None)


def _main_comparison(gate: GateDecision, comparisons: Sequence[Comparison]) -> Comparison | None:
    try:
        rules = parse_rules([outcome.rule for outcome in gate.outcomes], tests=None)
        return primary_comparison(rules, comparisons=comparisons)
    except RecipeError:  # rules on measures from outside the package
        return None
