"""The table of the claim on terms: every student decoded in every way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.run import folder_name, is_done, step_folder
from benchmarks.claims.claim.scores import RESAMPLES, Resampled, read_references, resample_mean
from benchmarks.claims.claim.tables import describe_run
from tutelage.core.decoding import Decoding
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping, Way
from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.evaluation.terms import term_statistics
from tutelage.evaluation.translation import chrf_statistics
from tutelage.students.naming import open_student

WAYS: tuple[Way, ...] = ("off", "rerank", "force", "fill")
BASE = "base"
DIRECTION = Direction("en", "pt-BR")
HEADER = (
    "| student | decoding | terms kept | difference (95 % interval) | chrF | difference (95 % interval) "
    "| on general text | seconds |\n|---|---|--:|--:|--:|--:|--:|--:|"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A student decoded in one way: terms kept and chrF on the domain, chrF on general text, means over the seeds."""

    terms: Resampled
    chrf: Resampled
    general: Resampled
    seconds: float
    """To decode the domain's test text."""


def render_table(arms: Sequence[str], seeds: Sequence[int], *, work: Path, glossary: Path) -> str:
    """Markdown: the base student first, each student plainly and in every way."""
    folders = {arm: [work / folder_name(arm, seed=seed) for seed in seeds] for arm in arms}
    done = {arm: some for arm, some in folders.items() if all(map(is_done, some))}
    if not done:
        raise SystemExit(f"No arm is done with the seeds {', '.join(map(str, seeds))} in {work}.")
    first = next(iter(done.values()))[0]
    known = open_glossary(glossary, direction=DIRECTION)
    domain, general = read_references(first, "test"), read_references(first, "general")
    students = {BASE: ["embedded:en-pt"]}
    students |= {arm: [str(step_folder(one) / "student") for one in some] for arm, some in done.items()}
    cells = {
        (name, way): measure(some, way, known, domain=domain, general=general)
        for name, some in students.items()
        for way in WAYS
    }
    rows = [_row(name, way, cell, cells[BASE, "off"]) for (name, way), cell in cells.items()]
    with_terms = sum(bool(known.occurrences(pair.source.text)) for pair in domain)
    told = (
        f"{len(known.terms)} terms; {len(domain)} domain segments, {with_terms} of them with a term, and "
        f"{len(general)} general ones; means over {len(seeds)} seed(s); intervals from {RESAMPLES} paired resamples "
        "of the segments"
    )
    questions = _questions(cells) if len(done) > 1 else []
    return "\n".join([HEADER, *rows, "", describe_run(first, told, known.matching), "", *questions])


def measure(
    students: Sequence[str], way: Way, glossary: Glossary, *, domain: Sequence[Pair], general: Sequence[Pair]
) -> Cell:
    """One cell."""
    begun = time.perf_counter()
    outputs = [decode(student, domain, TermKeeping(glossary, way)) for student in students]
    seconds = (time.perf_counter() - begun) / len(students)
    others = [decode(student, general, TermKeeping(glossary, way)) for student in students]
    sources = [pair.source.text for pair in domain]
    terms = [term_statistics(one, sources=sources, glossary=glossary)[0] for one in outputs]
    kept = resample_mean(terms, terms[0].texts)
    return Cell(kept, _resample_chrf(outputs, domain), _resample_chrf(others, general), seconds)


def decode(student: str, pairs: Sequence[Pair], terms: TermKeeping) -> list[str]:
    """What a student makes of the sources."""
    engine = open_student(student, direction=DIRECTION, terms=terms)
    return list(engine.translate((pair.source.text for pair in pairs), decoding=Decoding()))


def _resample_chrf(outputs: Sequence[Sequence[str]], pairs: Sequence[Pair]) -> Resampled:
    references = [pair.target.text for pair in pairs]
    sources = [pair.source.text for pair in pairs]
    return resample_mean([chrf_statistics(one, references=references) for one in outputs], sources)


def _row(name: str, way: Way, cell: Cell, base: Cell) -> str:
    is_base = cell is base
    terms, chrf, general = (
        "" if is_base else one.minus(other).signed
        for one, other in ((cell.terms, base.terms), (cell.chrf, base.chrf), (cell.general, base.general))
    )
    shown = "plain" if way == "off" else way
    return (
        f"| {name} | {shown} | {cell.terms.value:.1f} | {terms} | {cell.chrf.value:.1f} | {chrf} | {general} "
        f"| {cell.seconds:.1f} |"
    )


def _questions(cells: dict[tuple[str, Way], Cell]) -> Iterator[str]:
    """Patched with the glossary against patched without it, decoded plainly."""
    yield "| question | terms kept | chrF | on general text |\n|---|--:|--:|--:|"
    one, other = cells["patched with the glossary", "off"], cells["patched", "off"]
    found = (one.terms.minus(other.terms), one.chrf.minus(other.chrf), one.general.minus(other.general))
    yield f"| Does the glossary help in patching? | {' | '.join(difference.signed for difference in found)} |"
