"""The table of a claim: every arm's mean over its seeds, with an interval over the test segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims.claim.scores import (
    RESAMPLES,
    ArmRuns,
    Resampled,
    mean_bleu,
    read_outputs,
    read_references,
    resample_chrf,
)
from benchmarks.claims.claim.tables import describe_run, read_evidence
from tutelage.core.records import Pair

CONTROL, FULL = "post-edits, random", "distil all"
QUESTIONS = (
    ("Does coverage beat random at equal segments?", "post-edits, coverage {}", "post-edits, random {}"),
    ("At equal target words?", "post-edits, coverage {}", "post-edits, random, words of coverage {}"),
    ("Does worst-first beat random?", "post-edits, worst {}", "post-edits, random {}"),
    ("Does flagging beat a blind draw?", "post-edits, random {}", "distil random {}"),
    ("Do contexts beat repetition at equal updates?", "coverage {} + contexts", "coverage {}, repeated as often"),
    ("Does rehearsal help on the domain?", "coverage {} + rehearsal", "post-edits, coverage {}"),
)
"""Pairs of arms that answer something, to be filled with the share of the pool."""


def render_table(arms: Sequence[ArmRuns]) -> str:
    """Markdown: one row an arm, the base student first."""
    folder = arms[0].folders[0]
    domain, general = read_references(folder, "test"), read_references(folder, "general")
    base = {
        test: resample_chrf([read_outputs(folder, test, "before")], pairs) for test, pairs in _tests(domain, general)
    }
    scores = {
        arm.name: {
            test: resample_chrf([read_outputs(f, test, "after") for f in arm.folders], pairs)
            for test, pairs in _tests(domain, general)
        }
        for arm in arms
    }
    bleu = {arm.name: mean_bleu([read_outputs(f, "domain", "after") for f in arm.folders], domain) for arm in arms}
    base_bleu = mean_bleu([read_outputs(folder, "domain", "before")], domain)
    header = (
        "| arm | chrF | gain (95 % interval) | of full gain | over random (95 % interval) | BLEU | general chrF "
        "| examples | target words | updates | teacher calls |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    first = f"| base | {base['domain'].value:.1f} | | | | {base_bleu:.1f} | {base['general'].value:.1f} | | | | |"
    rows = [_row(arm, scores, bleu, base) for arm in arms]
    note = (
        f"\n{len(domain)} domain and {len(general)} general segments, means over {len(arms[0].folders)} seed(s); "
        f"intervals from {RESAMPLES} paired resamples of the test segments. {_signature(folder)}"
    )
    return "\n".join([header, first, *rows, note, "", *_answers(scores)])


def _answers(scores: dict[str, dict[str, Resampled]]) -> list[str]:
    """Paired differences between arms, one question a row."""
    rows = ["| question | share | chrF difference (95 % interval) | on general text |", "|---|--:|--:|--:|"]
    shares = sorted({word for name in scores for word in name.split() if word.endswith("%")}, key=str)
    for question, one, other in QUESTIONS:
        for share in (share for share in shares if {one.format(share), other.format(share)} <= set(scores)):
            found = {
                test: scores[one.format(share)][test].minus(scores[other.format(share)][test])
                for test in ("domain", "general")
            }
            cells = (difference.signed for difference in found.values())
            rows.append(f"| {question} | {share} | {' | '.join(cells)} |")
    return rows


def _row(
    arm: ArmRuns, scores: dict[str, dict[str, Resampled]], bleu: dict[str, float], base: dict[str, Resampled]
) -> str:
    own = scores[arm.name]
    gain = own["domain"].minus(base["domain"])
    full = scores[FULL]["domain"].minus(base["domain"]).value if FULL in scores else float("nan")
    share = next((word for word in arm.name.split() if word.endswith("%")), "")
    control = scores.get(f"{CONTROL} {share}")
    over = own["domain"].minus(control["domain"]) if control and not arm.name.startswith(CONTROL + " ") else None
    return (
        f"| {arm.name} | {own['domain'].value:.1f} | {gain.signed} | {gain.value / full:.0%} "
        f"| {over.signed if over else ''} | {bleu[arm.name]:.1f} "
        f"| {own['general'].value:.1f} | {arm.cost('examples'):,.0f} | {arm.cost('target_words'):,.0f} "
        f"| {arm.cost('updates'):,.0f} | {arm.cost('teacher_calls'):,.0f} |"
    )


def _tests(domain: list[Pair], general: list[Pair]) -> tuple[tuple[str, list[Pair]], ...]:
    return (("domain", domain), ("general", general))


def _signature(folder: Path) -> str:
    systems = read_evidence(folder, "scores")
    student, chrf = systems[0]["signature"], systems[0]["scores"][0]["signature"]
    teacher = next(system["signature"] for system in systems if system["system"] == "teacher")
    return describe_run(folder, f"Student {student}", f"teacher {teacher}", chrf)
