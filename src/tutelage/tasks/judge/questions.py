"""A chat teacher as one more rater: every text rated by the raters' rubric, and every two systems compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, UserError
from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Rejection
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.evaluation.rating.blinding import BlindItem, BlindSet, BlindText, blind_outputs
from tutelage.evaluation.rating.rubric import CRITERION_NAMES, LOWEST
from tutelage.evaluation.rating.sheets import BLANK, Values, render_sheet
from tutelage.evaluation.report_data import RejectionCount
from tutelage.stages.rejections import count_rejections
from tutelage.storage.atomic import write_whole
from tutelage.students.promoted import is_run_folder
from tutelage.tasks.judge.folders import DEFAULT_ITEMS, KEY, export_ratings, read_key
from tutelage.tasks.judge.judge_teacher import OpenedJudge, RecipeJudge, opened_judge
from tutelage.tasks.judge.outputs import read_outputs
from tutelage.tasks.judge.pairs import PairOutcome, pair_questions, weigh_pairs
from tutelage.tasks.judge.role import RateText, RatingQuestion
from tutelage.teachers.judging import Judge
from tutelage.teachers.role import Answered

_EMPTY: Values = (LOWEST,) * len(CRITERION_NAMES)
"""An empty text is not asked about; the form tells raters the same."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What a judge said, and where its ratings lie."""

    rater: str
    sheet: str
    """The ratings, for `import`; unusable answers are blanks in it."""
    items: int
    texts: int
    rated: int
    """Texts with ratings; empty ones, which are not asked about, among them."""
    pairs: tuple[PairOutcome, ...]
    verdicts: int
    """Questions about pairs, both orders counted."""
    usable_verdicts: int
    rejections: tuple[RejectionCount, ...]


def ask_judge(
    place: Path,
    *,
    judge: RecipeJudge | TeacherSettings,
    runs: Path,
    out: Path | None = None,
    items: int | None = DEFAULT_ITEMS,
    seed: int = 1,
    pairs: bool = True,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> Judging:
    """The judge's ratings of an exported folder, or of a file of outputs, which is exported to `out` first.

    They are written beside the key, in the sheet that raters fill. UserError if no answer could be used.
    """
    folder = _exported(place, out, items=items, seed=seed)
    blind, progress = read_key(folder), progress or Silence()
    with opened_judge(judge, runs=runs) as opened:
        rated, unrated = _rate(blind, opened, progress)
        verdicts = _ask_pairs(blind, opened, progress) if pairs else {}
        signature = opened.teacher.signature
    rejections = [outcome for outcome in verdicts.values() if isinstance(outcome, Rejection)]
    found = Judging(
        rater=signature,
        sheet=str(folder / f"judge-{_file_name(signature)}.csv"),
        items=len(blind.items),
        texts=blind.texts,
        rated=len(rated),
        pairs=weigh_pairs(blind, verdicts, judge=signature, seed=seed, resamples=resamples) if pairs else (),
        verdicts=len(verdicts),
        usable_verdicts=len(verdicts) - len(rejections),
        rejections=count_rejections([unrated, rejections]),
    )
    if not rated:
        told = ", ".join(f"{one.reason}: {one.count:,}" for one in found.rejections)
        raise UserError(
            f"none of {counted(blind.texts, 'text')} got a usable rating ({told}).", where=f"judge {signature}"
        )
    rows = ((item, text, rated.get(_text_id(item, text), BLANK)) for item in blind.items for text in item.texts)
    write_whole(Path(found.sheet), render_sheet(rows, rater=signature))
    return found


def _exported(place: Path, out: Path | None, *, items: int | None, seed: int) -> Path:
    """The folder with the key; made from the outputs if it is not there yet."""
    if place.is_dir() and not is_run_folder(place):
        if out is not None and out != place:
            raise UsageError("an exported folder keeps its own ratings.", where="--out", fix="Leave --out away.")
        return place
    if out is None:
        raise UsageError(
            "say where the ratings go.", where="--out", fix="Give a folder, or name a folder that was exported."
        )
    if (out / KEY).exists() and read_key(out) == blind_outputs(read_outputs(place), items=items, seed=seed):
        return out  # the same command again, perhaps after an interruption
    export_ratings(place, out=out, items=items, raters=0, seed=seed)
    return out


def _rate(blind: BlindSet, judge: OpenedJudge, progress: Progress) -> tuple[dict[str, Values], list[Rejection]]:
    """Ratings by the text's id, and the answers that could not be used."""
    texts = [(item, text) for item in blind.items for text in item.texts]
    rated = {_text_id(item, text): _EMPTY for item, text in texts if not text.text.strip()}
    questions = [
        RatingQuestion(_text_id(item, text), item.source, text.text) for item, text in texts if text.text.strip()
    ]
    rejections = []
    for one, outcome in _ask(RateText(), questions, judge, progress, "the judge rates", unit="texts").items():
        if isinstance(outcome, Rejection):
            rejections.append(outcome)
        else:
            rated[one] = tuple(getattr(outcome.answer, name) for name in CRITERION_NAMES)
    return rated, rejections


def _ask_pairs(blind: BlindSet, judge: OpenedJudge, progress: Progress) -> dict[str, Answered | Rejection]:
    return _ask(Judge(), pair_questions(blind), judge, progress, "the judge compares", unit="verdicts")


def _ask(
    role: Any, questions: Sequence[Any], judge: OpenedJudge, progress: Progress, label: str, *, unit: str
) -> dict[str, Answered | Rejection]:
    """Every outcome by its question's id."""
    from tutelage.teachers.calling.asking import ask

    progress.start(label, total=len(questions), unit=unit)
    outcomes: dict[str, Answered | Rejection] = {}
    asking = ask(role, questions, teacher=judge.teacher, ledger=judge.ledger)
    for outcome in asking:
        outcomes[outcome.id if isinstance(outcome, Rejection) else outcome.item_id] = outcome
        progress.advance(1, **asking.figures)
    progress.finish()
    return outcomes


def _text_id(item: BlindItem, text: BlindText) -> str:
    return f"{item.number}{text.letter}"


def _file_name(signature: str) -> str:
    """The signature as far as a file may be called so."""
    return re.sub(r"[^\w.-]+", "-", signature.removeprefix("chat:"))
