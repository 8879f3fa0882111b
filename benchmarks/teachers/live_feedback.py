"""The forms of feedback asked of a live chat model: usable answers, agreement with human references, tokens.

    python -m benchmarks.teachers.live_feedback --data dev.jsonl.gz --only origin=ddtp --segments 40 --slots 4
        --gguf $(python -m benchmarks.models qwen2.5-coder-1.5b) --ledger live.sqlite

The hypotheses are those of the embedded student. chrF is the mean over the usable segments; the gain is that over the
hypotheses of the same segments, 0 for what is not usable, with a 95 % interval (bootstrap over segments, seeded).
With a ledger, a second call goes on where the first was ended, and counts the same tokens.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.teachers.live_teacher import add_teacher_arguments, open_teacher
from benchmarks.teachers.live_text import DIRECTION, add_text_arguments, draw_rows
from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Silence
from tutelage.core.records import Hypothesis, Pair, Rejection
from tutelage.labelling.feedback.choice import FORMS, FormTrial, ReasonCount, choose_form
from tutelage.labelling.feedback.examples import read_examples
from tutelage.labelling.feedback.trial import FormRoles, Panel, grade_by_references, try_forms
from tutelage.labelling.groups import GroupAsking
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.storage.ledger import Ledger
from tutelage.storage.run_folder import describe_machine
from tutelage.students.naming import open_student
from tutelage.teachers.role import Answered

STUDENT = "embedded:en-pt"
RESAMPLES = 2000


def translate_by_student(pairs: Sequence[Pair]) -> list[Hypothesis]:
    """What the embedded student makes of them, greedily."""
    engine = open_student(STUDENT, direction=DIRECTION)
    texts = engine.translate((pair.source.text for pair in pairs), decoding=Decoding(beam_size=1))
    return [Hypothesis(pair.source, text, STUDENT) for pair, text in zip(pairs, texts, strict=True)]


def try_many(
    hypotheses: Sequence[Hypothesis], references: Mapping[str, str], *, panel: Panel, most: int
) -> tuple[FormTrial, int]:
    """The sources translated up to `most` in one question, and how many segments had to be asked again alone."""
    asking = GroupAsking(panel.roles.translated, panel.teacher, panel.ledger, most)
    outcomes = list(asking.ask(one.segment for one in hypotheses))
    grade = grade_by_references(references)
    texts = {one.item_id: one.answer.translation for one in outcomes if isinstance(one, Answered)}
    before, after = grade({one.id: one.text for one in hypotheses}), grade(texts)
    reasons = Counter(one.reason for one in outcomes if isinstance(one, Rejection))
    gains = tuple(100 * (after[one.id] - before[one.id]) if one.id in after else 0.0 for one in hypotheses)
    quality, drafts = (100 * float(np.mean([values[name] for name in after])) for values in (after, before))
    return (
        FormTrial(
            "translated", len(hypotheses), len(texts), len(texts), quality, drafts, gains, asking.tally.input_tokens,
            asking.tally.output_tokens, tuple(ReasonCount(*one) for one in reasons.most_common()),
        ),
        asking.asked_again,
    )  # fmt: skip


def table(trials: Sequence[FormTrial], *, seed: int) -> Iterator[str]:
    """One line for each form in Markdown, under their head."""
    yield (
        "| form | asked | usable | changed | chrF, draft → teacher | gain a segment | tokens in + out a segment "
        "| gain for 1,000 tokens | not usable |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|---|"
    for one in trials:
        low, high = interval(one.gains, seed=seed)
        reasons = ", ".join(f"{row.reason} {row.count}" for row in one.reasons)
        per = [tokens / max(1, one.segments) for tokens in (one.input_tokens, one.output_tokens)]
        yield (
            f"| {one.form} | {one.segments} | {one.usable} | {one.changed} | {one.before:.1f} → {one.quality:.1f} "
            f"| {one.gain:+.1f} ({low:+.1f} to {high:+.1f}) | {per[0]:.0f} + {per[1]:.0f} "
            f"| {one.gain_per_1000_tokens:+.1f} | {reasons} |"
        )


def interval(values: Sequence[float], *, seed: int) -> tuple[float, float]:
    """The 95 % interval of the mean (percentile bootstrap)."""
    if not values:
        return 0.0, 0.0
    given, generator = np.array(values), np.random.default_rng(seed)
    means = given[generator.integers(len(given), size=(RESAMPLES, len(given)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_teacher_arguments(parser)
    add_text_arguments(parser, segments=40)
    parser.add_argument("--form", action="append", choices=FORMS, help="only this one; may be given again")
    parser.add_argument("--segments-per-call", type=int, default=1, help="translate so many in a question too")
    parser.add_argument("--post-edit-first", action="store_true", help="asked: the post-edit before the errors")
    parser.add_argument("--examples", type=Path, help="asked: JSON Lines with answers that are shown first")
    parser.add_argument("--seed", type=int, default=1, help="of the draw, of what is sampled, of the resampling")
    parser.add_argument("--ledger", type=Path, help="a ledger to keep the answers in, so that it goes on")
    chosen = parser.parse_args()
    pairs = draw_rows(chosen.data, chosen.only, segments=chosen.segments, seed=chosen.seed)
    hypotheses = translate_by_student(pairs)
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(chosen.ledger or Path(folder) / "ledger.sqlite", run="live") as ledger,
        open_teacher(chosen) as teacher,
    ):
        role = GiveFeedback(
            DIRECTION, examples=read_examples(chosen.examples), post_edit_first=chosen.post_edit_first, max_tokens=768
        )
        panel = Panel(FormRoles.of(role), teacher, ledger, Silence(), seed=chosen.seed)
        grade = grade_by_references({pair.id: pair.target.text for pair in pairs})
        trials = try_forms(hypotheses, panel=panel, grade=grade, forms=chosen.form or FORMS)
        many = None
        if chosen.segments_per_call > 1:
            references = {pair.id: pair.target.text for pair in pairs}
            many = try_many(hypotheses, references, panel=panel, most=chosen.segments_per_call)
        print(f"{teacher.signature}; {describe_machine()}; {len(pairs)} segments, seed {chosen.seed}\n")
    print("\n".join(table(trials, seed=chosen.seed)))
    if many is not None:
        print(f"\nup to {chosen.segments_per_call} segments a question, {many[1]} asked again alone:\n")
        print("\n".join(table([many[0]], seed=chosen.seed)))
        alone = next((one for one in trials if one.form == "translated"), None)
        if alone is not None and len(alone.gains) == len(many[0].gains):
            differences = [here - there for here, there in zip(many[0].gains, alone.gains, strict=True)]
            low, high = interval(differences, seed=chosen.seed)
            share = many[0].tokens_per_segment / alone.tokens_per_segment
            print(
                f"\n{share:.0%} of the tokens; chrF a segment {np.mean(differences):+.1f} ({low:+.1f} to {high:+.1f})"
            )
    choice = choose_form(trials)
    print(f'\nfeedback.source = "{choice.form}": {choice.reason}')


if __name__ == "__main__":
    main()
