"""The report of a run: one HTML file that needs nothing else, in light and dark, on a desk and on a phone.

The page runs no script and may fetch nothing (its own policy forbids it), and every text of the run is escaped: source
text is written by strangers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from tutelage.core.counts import counted
from tutelage.core.evidence import Comparison
from tutelage.evaluation import figures, marked_text, verdict
from tutelage.evaluation.changes import is_significantly_better, is_significantly_worse
from tutelage.evaluation.charts import IntervalRow, interval_chart, loss_chart
from tutelage.evaluation.off_target.table import language_table
from tutelage.evaluation.pages import open_templates
from tutelage.evaluation.pareto import pareto_chart, pareto_points
from tutelage.evaluation.report_data import RunReport, StepReport
from tutelage.evaluation.retention.names import TEST as ABILITIES
from tutelage.evaluation.retention.rows import AbilityRow, ability_rows, describe_retention
from tutelage.evaluation.timeline import busy_seconds, lay_out

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_NOT_CHARTED = frozenset({"reference"})
"""Systems that are no rival of the student: what references themselves come to is told in words."""
_LOOKS = ("before", "after", "teacher")
"""Systems that look the same in every report; the others of a step look one different from the other."""
_OTHER_LOOKS = 3
_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but they spell words of Persian and Hindi and compose emoji."""


def render_report(report: RunReport) -> str:
    """The whole page."""
    return _environment().get_template("report.html.j2").render(report=report)


def show_controls(text: object) -> str:
    """The text with what cannot be seen made visible: control characters, bidirectional overrides, lone surrogates."""
    return "".join(_visible(character) for character in str(text))


def score_chart(step: StepReport, *, comparison: Comparison) -> Markup:
    """The interval chart of one measure on one test set."""
    from markupsafe import Markup

    rows = []
    for system, look in list_systems(step).items():
        score = verdict.find_score(step.systems, system=system, test=comparison.test, name=comparison.name)
        if score is not None:
            value = figures.format_value(score.value, name=score.name)
            rows.append(IntervalRow(look, score.value, score.low, score.high, f"{system} {value}"))
    if not rows:
        rows = [
            IntervalRow("before", comparison.before, None, None, f"before {comparison.before:g}"),
            IntervalRow("after", comparison.after, None, None, f"after {comparison.after:g}"),
        ]
    return Markup(interval_chart(rows))


def list_systems(step: StepReport) -> dict[str, str]:
    """The systems that charts show, and how each looks there: in the order of their measuring, the teacher last."""
    found = dict.fromkeys(one.system for one in step.systems if one.system not in _NOT_CHARTED)
    others = [system for system in found if system not in _LOOKS]
    looks = {system: f"other-{1 + place % _OTHER_LOOKS}" for place, system in enumerate(others)}
    return {system: looks.get(system, system) for system in sorted(found, key=lambda system: system == "teacher")}


def training_chart(step: StepReport) -> Markup:
    """The loss curves of the step's training."""
    from markupsafe import Markup

    return Markup(loss_chart(step.losses))


def kept_weights(step: StepReport) -> str:
    """Which weights were kept, where translations of the dev text decided that; else empty."""
    scored = [(point.dev_score, -point.update) for point in step.losses if point.dev_score is not None]
    if not scored:
        return ""
    score, update = max(scored)
    last = max(point.update for point in step.losses)
    return (
        f"Kept are the weights after {-update:,} of {counted(last, 'update')}, whose translations of the dev text have "
        f"the highest chrF, {score:.1f}."
    )


def judge_change(comparison: Comparison) -> str:
    """`gain`, `loss` or `even`: how a change is coloured."""
    if is_significantly_better(comparison):
        return "gain"
    return "loss" if is_significantly_worse(comparison) else "even"


def list_tests(step: StepReport) -> tuple[str, ...]:
    """The test sets of a step, the domain's first; abilities have a table of their own."""
    tests = dict.fromkeys(comparison.test for comparison in step.comparisons if comparison.test != ABILITIES)
    return tuple(sorted(tests, key=lambda test: test != "domain"))


def list_abilities(step: StepReport) -> tuple[AbilityRow, ...]:
    """General abilities before and after, the mean of them last; empty if none was measured."""
    return ability_rows(step.systems, step.comparisons)


def tell_retention(step: StepReport) -> str:
    """What the step kept of the abilities, in a sentence without its full stop."""
    return describe_retention(step.systems) or ""


def retention_chart(report: RunReport) -> Markup:
    """Translation against retention, a point for the first student and one for each step; empty without them."""
    from markupsafe import Markup

    return Markup(pareto_chart(pareto_points(report.steps)))


def list_signatures(step: StepReport) -> tuple[str, ...]:
    """Every signature of the step's scores, each once."""
    return tuple(dict.fromkeys(score.signature for one in step.systems for score in one.scores))


def total_seconds(steps: Sequence[StepReport]) -> float:
    """How long stages of the steps ran, those that ran at the same time counted once."""
    return sum(busy_seconds(step.stage_times) for step in steps)


@cache
def _environment() -> Environment:
    environment = open_templates("tutelage.evaluation", finalize=_finalize)
    environment.globals.update(counted=counted, figures=figures, marks=marked_text, verdicts=verdict)
    functions = (
        *(score_chart, training_chart, kept_weights, judge_change, list_systems, list_tests, list_signatures),
        *(total_seconds, lay_out, language_table, list_abilities, tell_retention, retention_chart),
    )
    environment.globals.update({function.__name__: function for function in functions})
    return environment


def _finalize(value: Any) -> Any:
    """Runs on everything the page prints, so that no text gets around `show_controls`."""
    return show_controls(value) if type(value) is str else value


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category not in ("Cc", "Cf", "Cs") or character in _KEPT_CONTROLS or character in _JOINERS:
        return character
    if ord(character) < 0x20:
        return chr(0x2400 + ord(character))
    return f"⟨U+{ord(character):04X}⟩"
