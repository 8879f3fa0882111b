"""What samples of a live chat model agree on (chrF-MBR): whether it is the better translation, and what it takes.

    python -m benchmarks.teachers.live_samples --data train.jsonl.gz --only origin=ddtp --only kind=short --segments 80
        --gguf $(python -m benchmarks.models qwen2.5-coder-1.5b) --count 8 --slots 4 --ledger live.sqlite

Beside the greedy translation, which one call gives: one sample, and of 3, 4 and 8 samples the one whose mean chrF with
the others is highest: minimum Bayes risk with chrF as utility (Finkelstein et al. 2023, arXiv 2309.10966). chrF is the
mean over the segments against human references, the difference to the greedy translation paired (bootstrap over
segments, seeded). *Best* is the sample that is nearest to the reference, which nobody knows beforehand: it says how
much a choice could gain. With a ledger, a second call goes on where the first was ended, and counts the same tokens.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.teachers.live_feedback import interval
from benchmarks.teachers.live_teacher import add_teacher_arguments, open_teacher
from benchmarks.teachers.live_text import DIRECTION, add_text_arguments, draw_rows
from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.labelling.feedback.trial import grade_by_references
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.storage.run_folder import describe_machine
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered

AGREED = (3, 4, 8)
"""Of how many samples one is chosen; of two, both agree alike."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The usable translations of one asking by segment, and the tokens that it took."""

    texts: Mapping[str, str]
    tokens: int


@dataclass(frozen=True, slots=True)
class Row:
    """One way to come to a translation: the calls for a segment, tokens, and chrF of each segment, 0 without one."""

    name: str
    calls: int
    tokens: int
    usable: int
    scores: Sequence[float]


class SampleTranslation(TranslateRole):
    """Translate one segment, otherwise each time."""

    def __init__(self, direction: Direction, *, temperature: float) -> None:
        super().__init__(direction)
        self.temperature = temperature


def most_agreed(texts: Sequence[str]) -> int:
    """The place of the text whose mean chrF with the others is highest, the first of equals.

    Taken in both directions: with recall weighing more, as in chrF2, the text with words too many would win.
    """
    if len(texts) < 3:  # two agree with one another alike
        return 0
    totals = [
        sum(
            measure_agreement(text, other) + measure_agreement(other, text)
            for place, other in enumerate(texts)
            if place != own
        )
        for own, text in enumerate(texts)
    ]
    return max(range(len(texts)), key=lambda place: (round(totals[place], 9), -place))


def draw(role: TranslateRole, segments: Sequence[Segment], *, teacher: ChatTeacher, ledger: Ledger, seed: int) -> Drawn:
    """Each segment translated once."""
    asking = ask(role, segments, teacher=teacher, ledger=ledger, seed=seed)
    sources = {segment.id: segment.text for segment in segments}
    texts = {
        one.item_id: between_space_of(sources[one.item_id], one.answer.translation)
        for one in asking
        if isinstance(one, Answered)
    }
    return Drawn(texts, asking.tally.input_tokens + asking.tally.output_tokens)


def compare(greedy: Drawn, samples: Sequence[Drawn], references: Mapping[str, str]) -> list[Row]:
    """The greedy translation, one sample, those that 3, 4 and 8 agree on, and the best of all."""
    grade = grade_by_references(references)

    def row(name: str, asked: Sequence[Drawn], choose: Callable[[str, Sequence[str]], str]) -> Row:
        found = {name: [one.texts[name] for one in asked if name in one.texts] for name in references}
        chosen = {name: choose(name, texts) for name, texts in found.items() if texts}
        scores = grade(chosen)
        values = [100 * scores.get(name, 0.0) for name in references]
        return Row(name, len(asked), sum(one.tokens for one in asked), len(chosen), values)

    def first(_: str, texts: Sequence[str]) -> str:
        return texts[0]

    def agreed(_: str, texts: Sequence[str]) -> str:
        return texts[most_agreed(texts)]

    def best(name: str, texts: Sequence[str]) -> str:
        return max(texts, key=lambda text: grade({name: text})[name])

    counts = [count for count in AGREED if count <= len(samples)]
    return [
        row("greedy", [greedy], first),
        row("one sample", samples[:1], first),
        *(row(f"agreed of {count}", samples[:count], agreed) for count in counts),
        row(f"best of {len(samples)}", samples, best),
    ]


def table(rows: Sequence[Row], *, seed: int) -> Iterator[str]:
    """One line for each row in Markdown, under their head."""
    yield "| translation | calls a segment | tokens a segment | usable | chrF | more than greedy (95 % interval) |"
    yield "|---|--:|--:|--:|--:|--:|"
    greedy = rows[0]
    for one in rows:
        differences = [mine - other for mine, other in zip(one.scores, greedy.scores, strict=True)]
        low, high = interval(differences, seed=seed)
        beside = "" if one is greedy else f"{np.mean(differences):+.1f} ({low:+.1f} to {high:+.1f})"
        yield (
            f"| {one.name} | {one.calls} | {one.tokens / len(one.scores):.0f} | {one.usable} of {len(one.scores)} "
            f"| {np.mean(one.scores):.1f} | {beside} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_teacher_arguments(parser)
    add_text_arguments(parser, segments=80)
    parser.add_argument("--count", type=int, default=8, help="samples of each segment")
    parser.add_argument("--temperature", type=float, default=0.7, help="of the sampling")
    parser.add_argument("--seed", type=int, default=1, help="of the draw, of the first sample, of the resampling")
    parser.add_argument("--ledger", type=Path, help="a ledger to keep the answers in, so that it goes on")
    chosen = parser.parse_args()
    pairs = draw_rows(chosen.data, chosen.only, segments=chosen.segments, seed=chosen.seed)
    sources = [pair.source for pair in pairs]
    sampled = SampleTranslation(DIRECTION, temperature=chosen.temperature)
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(chosen.ledger or Path(folder) / "ledger.sqlite", run="live") as ledger,
        open_teacher(chosen) as teacher,
    ):
        greedy = draw(TranslateRole(DIRECTION), sources, teacher=teacher, ledger=ledger, seed=chosen.seed)
        samples = [
            draw(sampled, sources, teacher=teacher, ledger=ledger, seed=chosen.seed + number)
            for number in range(chosen.count)
        ]
        print(f"{teacher.signature}; {describe_machine()}; temperature {chosen.temperature:g}, seed {chosen.seed}\n")
    rows = compare(greedy, samples, {pair.id: pair.target.text for pair in pairs})
    print("\n".join(table(rows, seed=chosen.seed)))


if __name__ == "__main__":
    main()
