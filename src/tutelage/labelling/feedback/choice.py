"""Which form of feedback suits a teacher and a student, by what came of each on a few hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Form = Literal["translated", "edited", "asked"]
FORMS: tuple[Form, ...] = get_args(Form)
LEAST_USABLE = 0.5
"""Share of usable answers below which a form is out: most of what is paid for it would be thrown away."""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many answers were not usable for one reason."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class FormTrial:
    """What came of one form."""

    form: Form
    segments: int
    """Asked about; fewer than were to be if too few of the first ones were usable."""
    usable: int
    changed: int
    """Of the usable ones, those in which the teacher would change the hypothesis."""
    quality: float
    """Mean chrF (0 to 100) of what the teacher would have written, over the usable ones that could be graded."""
    before: float
    """Mean chrF of the hypotheses of the same segments."""
    gains: tuple[float, ...]
    """Points of chrF by which each segment is better than its hypothesis; 0 if nothing is usable or changed."""
    input_tokens: int
    output_tokens: int
    reasons: tuple[ReasonCount, ...] = ()

    @property
    def usable_share(self) -> float:
        """0 to 1."""
        return self.usable / max(1, self.segments)

    @property
    def tokens_per_segment(self) -> float:
        """Of questions and answers."""
        return (self.input_tokens + self.output_tokens) / max(1, self.segments)

    @property
    def gain(self) -> float:
        """Mean points of chrF for each segment that was asked about."""
        return sum(self.gains) / max(1, self.segments)

    @property
    def gain_per_1000_tokens(self) -> float:
        """Points of chrF, summed over segments, that a thousand tokens buy."""
        return 1000 * self.gain / max(1.0, self.tokens_per_segment)


@dataclass(frozen=True, slots=True)
class Choice:
    """The form that suits, and why."""

    form: Form
    reason: str


def choose_form(trials: Sequence[FormTrial]) -> Choice:
    """The form that betters the hypotheses most for a thousand tokens, of those that are usable often enough.

    If none betters them, the translation: it costs least, and the threshold decides how much of it is used.
    """
    usable = [one for one in trials if one.usable_share >= LEAST_USABLE]
    better = [one for one in usable if one.gain > 0]
    if not better:
        what = "betters the hypotheses" if usable else f"is usable in {LEAST_USABLE:.0%} of the answers"
        return Choice("translated", f"no form {what}; a translation costs least")
    best = max(better, key=lambda one: one.gain_per_1000_tokens)
    told = "; ".join(map(_tell, trials))
    return Choice(best.form, f"most gain for its tokens ({told})")


def _tell(trial: FormTrial) -> str:
    return (
        f"{trial.form}: {trial.usable} of {trial.segments} usable, {trial.gain:+.1f} chrF a segment, "
        f"{trial.gain_per_1000_tokens:+.1f} for 1,000 tokens"
    )
