"""Whether an exported student is as good as the promoted one: both on the run's test set, segment by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.evidence import Comparison, GateDecision
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.protocols import Engine, Progress
from tutelage.core.recipe import Recipe
from tutelage.core.records import Hypothesis, Pair
from tutelage.corpora.identifiers import open_identifier
from tutelage.corpora.texts import Texts
from tutelage.evaluation.gate import decide
from tutelage.evaluation.metrics.metric import open_metrics
from tutelage.evaluation.rules import parse_rules
from tutelage.evaluation.scoring import Measured, Scorer
from tutelage.evaluation.soundness import soundness_statistics
from tutelage.stages.evidence import make_scorer
from tutelage.storage.stages import open_stage
from tutelage.students.decoder import Decoder

TEST = "domain"


@dataclass(frozen=True, slots=True)
class Parity:
    """What the exported student came to against the promoted one."""

    comparisons: tuple[Comparison, ...]
    decision: GateDecision
    segments: int
    changed: int
    """How many outputs are other than the promoted student's."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The decision in words."""
        return tuple(outcome.reason for outcome in self.decision.outcomes)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the promoted student made of the test set."""

    pairs: tuple[Pair, ...]
    outputs: tuple[str, ...]
    scorer: Scorer

    def measure(self, outputs: Sequence[str]) -> Measured:
        """Every measure of outputs for the same segments."""
        by_id = {pair.id: output for pair, output in zip(self.pairs, outputs, strict=True)}
        measured = self.scorer.measure(by_id)
        sources, references = ([getattr(pair, side).text for pair in self.pairs] for side in ("source", "target"))
        sound = soundness_statistics(list(measured.hypotheses), sources=sources, references=references)
        return replace(measured, statistics=(*measured.statistics, *sound))


def promoted_outputs(
    recipe: Recipe, decoder: Decoder, *, step: Path, glossary: Glossary | None, progress: Progress
) -> Reference:
    """The promoted student's outputs for `text.test`: those that its step has kept, if these are its own."""
    texts = Texts(recipe.text, recipe.direction.direction)
    pairs = tuple(texts.pairs("test"))
    outputs = _kept_outputs(step / "tests" / f"{TEST}-after.parquet", pairs, decoder)
    if outputs is None:
        outputs = translate(decoder.open(), pairs, decoder.decoding, name="promoted student", progress=progress)
    identifier = open_identifier(recipe.evaluation.language_id)
    scorer = make_scorer(
        recipe,
        pairs,
        test=TEST,
        identifier=identifier,
        glossary=glossary,
        metrics=open_metrics(recipe.evaluation.metrics),
    )
    return Reference(pairs, outputs, scorer)


def _kept_outputs(path: Path, pairs: Sequence[Pair], decoder: Decoder) -> tuple[str, ...] | None:
    if not path.is_file():
        return None
    found = {row.id: row for row in open_stage(path, Hypothesis)}
    rows = [found.get(pair.id) for pair in pairs]
    are_own = all(
        row is not None and row.student == decoder.signature and row.segment.text == pair.source.text
        for row, pair in zip(rows, pairs, strict=True)
    )
    return tuple(row.text for row in rows if row is not None) if are_own else None


def translate(
    engine: Engine, pairs: Sequence[Pair], decoding: Decoding, *, name: str, progress: Progress
) -> tuple[str, ...]:
    """What an engine makes of the test set."""
    progress.start(f"{name} translates", total=len(pairs))
    outputs = []
    for output in engine.translate((pair.source.text for pair in pairs), decoding=decoding):
        outputs.append(output)
        progress.advance()
    progress.finish()
    return tuple(outputs)


def judge_parity(promoted: Reference, outputs: Sequence[str], *, rules: Sequence[str]) -> Parity:
    """The paired comparison by every measure, and what the rules make of it."""
    before, after = promoted.measure(promoted.outputs), promoted.measure(outputs)
    scorer = promoted.scorer
    comparisons = scorer.compare(before, after=after)
    scores = [scorer.score(after, system="after", system_signature="")]
    decision = decide(parse_rules(rules, tests=None), comparisons=comparisons, scores=scores)
    changed = sum(old != new for old, new in zip(promoted.outputs, outputs, strict=True))
    return Parity(comparisons, decision, len(promoted.pairs), changed)
