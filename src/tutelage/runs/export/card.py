"""The model card of an exported student, made from the run's evidence; nothing in it is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.counts import counted
from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.languages import language_name
from tutelage.core.recipe import Recipe, TextSettings
from tutelage.evaluation.figures import format_evidence, format_value, measure_label
from tutelage.evaluation.measures import is_silent
from tutelage.evaluation.report_data import RunReport, StepReport
from tutelage.runs.export.parity import Parity
from tutelage.runs.report import describe_teachers
from tutelage.students.exports.export import FILE, FIRST_CARD, Export

NOT_FOR = (
    "any direction but the one above: it was neither trained nor measured in another",
    "texts of other kinds than its test set, without measuring it on them first: the scores below say nothing of these",
    "texts where a mistake can do harm (medicine, law, safety, money, a person's rights) without a person who knows "
    "both languages and reads every line",
    "deciding about people, or passing its output off as a person's translation",
)
EMBEDDED_LICENCES = {
    "embedded:general": "Apache-2.0 (written for Tutelage)",
    "embedded:jupyter-docs": "BSD-3-Clause",
    "embedded:jupyterlab": "BSD-3-Clause",
    "embedded:jupyterlab-messages": "BSD-3-Clause",
    "embedded:python-help": "PSF-2.0",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What the card is made from."""

    report: RunReport
    recipe: Recipe
    export: Export
    parity: Parity
    licence: str | None
    """Of the weights; `None` if nobody says it."""
    data_licences: Mapping[str, str]
    """Of the texts by their use, as far as the recipe says them."""

    def render(self) -> str:
        """The card as Markdown, with the front matter that model hubs read."""
        parts = [
            *_front_matter(self.recipe, self.export, self.licence),
            *_head(self.report, self.export, self.parity),
            *_use(self.export),
            *_warnings(self.report, self.export),
            *_scores(self.report),
            *_gate(self.report),
            *_parity(self.parity),
            *_data(self.recipe, self.data_licences),
            *_origin(self.report, self.export, self.licence),
        ]
        return "\n".join(parts) + "\n"


def _front_matter(recipe: Recipe, export: Export, licence: str | None) -> Iterator[str]:
    languages = dict.fromkeys((export.direction.source, export.direction.target))
    yield "---"
    yield f"language: [{', '.join(languages)}]"
    yield f"license: {_spdx(licence)}"
    yield "pipeline_tag: translation"
    yield f"library_name: {export.kind}"
    if recipe.student.model is not None:
        yield f"base_model: {_quoted(_plain_place(recipe.student.model))}"
    yield "---"


def _spdx(licence: str | None) -> str:
    """The licence's first word as hubs spell it: `other` if it is no identifier, `unknown` if nobody has said it."""
    first = licence.split()[0].strip(",;").lower() if licence and licence.strip() else "unknown"
    return first if re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", first) else "other"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _head(report: RunReport, export: Export, parity: Parity) -> Iterator[str]:
    source, target = (language_name(code) for code in (export.direction.source, export.direction.target))
    yield f"# {report.name}: {source} to {target}"
    yield ""
    if not parity.decision.passed:
        yield "**Refused: this export is worse than the student that it was made of. Do not use it.** The section"
        yield "*After the export* says in what."
        yield ""
    methods = ", then ".join(step.method for step in report.steps if step.gate.passed)
    yield f"A translator from {source} (`{export.direction.source}`) to {target} (`{export.direction.target}`), made"
    yield f"from `{_plain_place(report.student)}` by {methods}. Teachers: {report.teacher}. Weights: {export.kind},"
    yield f"{export.compute_type}."
    yield ""


def _use(export: Export) -> Iterator[str]:
    yield from ("## How to use it", "", "```bash")
    yield 'echo "…" | tutelage translate --student DIR'
    yield from ("```", "")
    beam = "greedy" if export.decoding.beam_size == 1 else f"beam of {export.decoding.beam_size}"
    yield f"`{FILE}` holds what the scores were measured with: {beam}, at most {export.decoding.max_target_tokens}"
    protected = "placeholders, markup, addresses, numbers and code are protected" if export.protect else "no protection"
    glossary = (
        f", and a glossary of {counted(len(export.glossary), 'term')} ({export.terms})" if export.glossary else ""
    )
    yield f"tokens; {protected}{glossary}. Programs that read the weights without Tutelage do without these."
    yield ""


def _warnings(report: RunReport, export: Export) -> Iterator[str]:
    yield from ("## What it must not be used for", "")
    yield from (f"- {one}" for one in NOT_FOR)
    domain = [
        one for step in _promoting(report) for one in step.systems if (one.system, one.test) == ("after", "domain")
    ]
    found = next((score for one in domain[-1:] for score in one.scores if score.name == "off_target"), None)
    if found is not None and found.value > 0:
        share = format_value(found.value, name="off_target")
        yield f"- text that nobody checks: {share} of its outputs on the test set are not in"
        yield f"  {language_name(export.direction.target)}"
    yield ""


def _scores(report: RunReport) -> Iterator[str]:
    """Before the run, and now: the first step's student that came in, and the last promoted one."""
    first, last = report.steps[0], _promoting(report)[-1]
    yield from ("## Scores", "")
    yield "With 95 % intervals (bootstrap over segments). *Before* is the student that entered the run."
    yield ""
    yield "| test set | measure | before | now | segments |"
    yield "|---|---|--:|--:|--:|"
    signatures: dict[str, str] = {}
    for system in last.systems:
        if system.system != "after":
            continue
        before = _find(first.systems, "before", system.test)
        for score in system.scores:
            old = _score(before, score.name)
            if not is_silent(score.name, score.value, *([old.value] if old else [])):
                shown = _format_score(old) if old else ""
                label = measure_label(score.name)
                yield f"| {system.test} | {label} | {shown} | {_format_score(score)} | {score.n:,} |"
                signatures.setdefault(score.signature, label)
    yield from ("", "Signatures:", "")
    yield from (f"- {label}: `{signature}`" for signature, label in signatures.items())
    now = [one for one in last.systems if one.system == "after"]
    yield from (f"- student on {one.test}: `{one.signature}`" for one in now)
    yield ""


def _gate(report: RunReport) -> Iterator[str]:
    yield from ("## Gate", "", "Each step was promoted because these held:", "")
    for step in _promoting(report):
        for outcome in step.gate.outcomes:
            yield f"- step {step.number}, {step.method}: `{outcome.rule}`. {outcome.reason}"
    yield ""


def _parity(parity: Parity) -> Iterator[str]:
    yield from ("## After the export", "")
    same = counted(parity.segments, "segment")
    yield f"The exported weights against the promoted student on the same {same}, paired;"
    yield f"{counted(parity.changed, 'output differs', 'outputs differ')}."
    yield ""
    yield "| measure | promoted | exported | difference |"
    yield "|---|--:|--:|---|"
    for one in _telling(parity.comparisons):
        before, after = (format_value(value, name=one.name) for value in (one.before, one.after))
        yield f"| {measure_label(one.name)} | {before} | {after} | {format_evidence(one)} |"
    yield ""
    for outcome in parity.decision.outcomes:
        yield f"- `{outcome.rule}`: {'held' if outcome.passed else '**not held**'}. {outcome.reason}"
    yield ""


def _telling(comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
    return (one for one in comparisons if not is_silent(one.name, one.before, one.after))


def _data(recipe: Recipe, licences: Mapping[str, str]) -> Iterator[str]:
    yield from ("## Data", "", "| use | text | licence |", "|---|---|---|")
    for use in type(recipe.text).model_fields:
        settings = getattr(recipe.text, use)
        if settings is not None:
            yield f"| {use} | {_paths(settings)} | {licences.get(use) or _known_licence(settings)} |"
    for number, step in enumerate(recipe.step, start=1):
        trained = ((f"{direction}", settings) for direction, settings in step.own_parallel)
        measured = ((f"{direction}, test", settings) for direction, settings in step.own_directions)
        for use, settings in (*trained, *measured):
            if settings is not None:
                yield f"| step {number}, {use} | {_paths(settings)} | {_known_licence(settings)} |"
    if recipe.teachers:
        yield f"| corrections and translations | {describe_teachers(recipe)} | the teacher's terms of use |"
    yield ""
    yield "`not stated` means that the recipe does not tell: look before you pass the weights on. What the student that"
    yield f"entered the run was trained on is for its own card to say, which is `{FIRST_CARD}` if it has one."
    yield ""


def _paths(settings: TextSettings) -> str:
    paths = (settings.path,) if isinstance(settings.path, str) else settings.path
    return ", ".join(f"`{_plain_place(path)}`" for path in paths)


def _plain_place(path: str) -> str:
    """Without the folders above, which tell of somebody's machine."""
    return Path(path).name if path.startswith(("/", "~")) else path


def _known_licence(settings: TextSettings) -> str:
    paths = (settings.path,) if isinstance(settings.path, str) else settings.path
    return ", ".join(dict.fromkeys(EMBEDDED_LICENCES.get(path, "not stated") for path in paths))


def _origin(report: RunReport, export: Export, licence: str | None) -> Iterator[str]:
    yield from ("## Licence and origin", "")
    told = licence or "not stated: neither the recipe nor the card of the first student says it"
    yield f"Licence of the weights: {told}."
    yield ""
    yield f"Made by Tutelage {export.version} in the run `{report.name}` of {report.created}, from the promoted student"
    yield f"`{export.student}`. Nothing here was written by hand."


def _promoting(report: RunReport) -> list[StepReport]:
    return [step for step in report.steps if step.gate.passed]


def _find(systems: Iterable[SystemScores], system: str, test: str) -> SystemScores | None:
    return next((one for one in systems if (one.system, one.test) == (system, test)), None)


def _score(system: SystemScores | None, name: str) -> Score | None:
    return next((score for score in system.scores if score.name == name), None) if system else None


def _format_score(score: Score) -> str:
    value = format_value(score.value, name=score.name)
    if score.low is None or score.high is None:
        return value
    low, high = (format_value(end, name=score.name) for end in (score.low, score.high))
    return f"{value} ({low} to {high})"
