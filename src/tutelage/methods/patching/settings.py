"""What a recipe can say about patching."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tutelage.core.recipe import StepSettings
from tutelage.core.settings import CorrectionSettings, Count, Heeded, RehearsalSettings, Settings, Share
from tutelage.labelling.contexts.written_pairs import Drawn
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.stages.selection.settings import AskSettings

MOST_WORDS = 500
"""Error words, and analogous ones, for which contexts are made if the recipe does not say."""


_OF_COVERAGE = Heeded("strategy", of=("coverage",))
_IF_ASKED = Heeded("source", of=("asked", "auto"))
_WITH_CONTEXTS = Heeded("source", unless=("none",))
_OF_PAIRS = Heeded("source", of=("pairs",))
_WITH_ANALOGIES = Heeded("per_aspect", unless=(0,))
_IN_ROUNDS = Heeded("rounds", unless=(1,))


class SelectSettings(Settings):
    """Which flagged segments become training examples."""

    strategy: Literal["all", "threshold", "random", "worst", "coverage"] = "all"
    """See the README beside this file."""
    share: Share | None = None
    """At most this share of the segments that were asked about: the pool's, or those of `ask`."""
    target_words: Count | None = None
    """At most so many words on the target side: the fairer budget, since strategies differ in segment length."""
    quality_below: Annotated[Share | None, Heeded("strategy", of=("threshold",))] = None
    """For `threshold`: take what agrees less than this with the teacher."""
    decay: Annotated[float, _OF_COVERAGE] = Field(default=0.5, gt=0, lt=1)
    """For `coverage`: how much an error word is still worth once it is covered."""
    length_power: Annotated[float, _OF_COVERAGE] = Field(default=0.5, ge=0, le=1)
    """For `coverage`: gain is divided by words to this power; 0 favours long segments, 1 short ones."""


FeedbackSource = Literal["auto", "translated", "edited", "asked", "people"]


def _by_its_name(source: Any) -> Any:
    return "translated" if source == "reference" else source


class FeedbackSettings(Settings):
    """Who finds the errors of a hypothesis, and whose word is taken for them."""

    source: Annotated[FeedbackSource, BeforeValidator(_by_its_name)] = "auto"
    """`auto` tries the next three on a few segments and takes the one that gains most for its tokens (a translation
    engine can only translate); `tutelage probe` tells it before. `translated`, also called `reference`, compares with
    the teacher's translation of the source; `edited` with what a chat teacher makes of the hypothesis; `asked` has a
    chat teacher name, explain and correct the errors. `people` takes what people made of drafts, from
    `text.post_edits` in place of `text.pool`, and needs no teacher."""
    teacher: str | None = None
    """The chat teacher that edits or is asked; without it, the step's."""
    explain: bool = False
    """Of all but `asked`: a chat teacher is asked for category, severity and explanation of the errors afterwards,
    of selected segments only and several in one question."""
    minimal: bool = False
    """Of all but `asked`: the post-edit keeps the hypothesis's words if both wordings mean the same, as far as the
    teacher's own translations tell."""
    examples: Annotated[str | None, _IF_ASKED] = None
    """Of `asked`: a file of JSON Lines with hypotheses and the answers to them, which the teacher is shown first."""
    post_edit_first: Annotated[bool, _IF_ASKED] = False
    """Of `asked`: the teacher writes the post-edit before it names the errors, not after (paper)."""
    terms: bool = True
    """With a glossary: a hypothesis that breaks it is corrected by the student itself, which is made to keep the terms,
    and no teacher is asked about it."""
    verified: Literal["none", "second", "round_trip"] = "none"
    """Of asked feedback: `second` keeps an error only if a second teacher's text has its correction too, `round_trip`
    only if the corrected hypothesis, translated back by a second teacher, is closer to the source (chrF)."""
    second: Annotated[str | None, Heeded("verified", unless=("none",))] = None
    """The second teacher. A chat teacher is asked for feedback of its own, an engine for its translation."""


class ContextSettings(Settings):
    """New sentence pairs around the words that the student got wrong."""

    source: Literal["none", "memory", "retrieved", "written", "pairs"] = "none"
    """`memory` finds human translations in `text.memory` and asks nobody; `retrieved` finds sentences in
    `text.sentences`, `written` has a chat teacher write them, and the step's teacher translates both;
    `pairs` has a chat teacher write sentences with their translations (the paper's way)."""
    analysis: Annotated[bool, _OF_PAIRS] = True
    """Of `pairs`: the teacher writes for an analysis of the erroneous sentence's domain, topic and style."""
    drawn: Annotated[Drawn, _OF_PAIRS] = "auto"
    """Of `pairs`, how several for a word are asked for: `list` in one answer; `samples` as independent answers to a
    question for one, at temperature 1 (the authors'); `auto`: a trained patcher for as many as it was taught, else a
    list."""
    per_error: Annotated[Count, _WITH_CONTEXTS] = 2
    """Contexts kept for each error word; the paper has 4."""
    max_errors: Annotated[Count | None, _WITH_CONTEXTS] = None
    """At most so many error words, the most frequent first; `None`: 500, or in paper mode all."""
    writer: Annotated[str | None, _WITH_CONTEXTS] = None
    """The chat teacher that analyses and writes; without it, the step's."""


class AnalogySettings(Settings):
    """Words that the student may get wrong too, named by a chat teacher, each with contexts of its own."""

    per_aspect: int = Field(default=0, ge=0)
    """Words used of the same category, and as many of related meaning, for each error word; one more is asked for. 0
    asks for none; the paper uses 2."""
    contexts_per_analogy: Annotated[Count, _WITH_ANALOGIES] = 1
    """Contexts kept for each word; they come from `contexts.source`."""
    max_words: Annotated[Count | None, _WITH_ANALOGIES] = None
    """At most so many, those of the most frequent errors first; `None`: 500, or in paper mode all."""
    teacher: Annotated[str | None, _WITH_ANALOGIES] = None
    """The chat teacher that names them; without it, the writer of the contexts."""
    round_trip: Annotated[str | None, _WITH_ANALOGIES] = None
    """A teacher that translates each word there and back; a pair that it confirms neither way is dropped."""


class PatchingSettings(StepSettings):
    """Patching: the student translates, the teacher corrects, the student learns the corrections."""

    method: Literal["patching"] = "patching"
    rounds: Count = 1
    """After each round the improved student translates again."""
    pool_each_round: Annotated[Literal["same", "fresh"], _IN_ROUNDS] = "same"
    """`fresh` divides the pool by hash into one part for each round."""
    stop_when_within_noise: Annotated[bool, _IN_ROUNDS] = True
    """With several rounds: none follows one whose gain in chrF on the dev text may be chance (95 % interval, paired
    bootstrap), and the step gives the student of the round with the best dev score."""
    least_gain: Annotated[float | None, _IN_ROUNDS] = Field(default=None, gt=0)
    """With several rounds: none follows one that gained less chrF on the dev text for every thousand answers of its
    teachers than this; without it, only noise stops them."""
    threshold: Share | Literal["measured"] = "measured"
    """Agreement with the teacher's translation (chrF, 0 to 1) from which a hypothesis counts as right; of an edit or of
    asked feedback, the teacher itself says so. People's translations have none measured: 1, if no number is given."""
    mode: Literal["strict", "paper"] = "strict"
    """`paper` keeps every correction that the method's own rules accept; `strict` filters them as training text."""
    max_exposure: Count | None = None
    """At most so many examples that hold the same corrected word, over post-edits, contexts and analogies."""
    ask: AskSettings | None = None
    """Which segments of the pool teachers are asked about at all, before `select` looks at what they said; without it,
    all."""
    feedback: FeedbackSettings = FeedbackSettings()
    select: SelectSettings = SelectSettings()
    contexts: ContextSettings = ContextSettings()
    analogies: AnalogySettings = AnalogySettings()
    corrections: CorrectionSettings = CorrectionSettings()
    rehearsal: RehearsalSettings = RehearsalSettings()
    leave_out: int | None = Field(default=None, ge=2)
    """Of feedback by people: before the student is trained, its documents are left out in so many parts in turn, and
    each is translated by a student that learned from the others. A gate's rule can name this test set:
    `left_out.chrf: better`. None checks nothing."""
    rationales: RationaleSettings | None = None
    """Rehearsal too: what the student, a chat model, writes on after each target is trained behind it (RaDis)."""

    @property
    def most_error_words(self) -> int | None:
        """How many error words contexts are made for at most."""
        return self.contexts.max_errors or (None if self.mode == "paper" else MOST_WORDS)

    @property
    def most_analogies(self) -> int | None:
        """How many analogous words are used at most."""
        return self.analogies.max_words or (None if self.mode == "paper" else MOST_WORDS)

    @property
    def feedback_teacher(self) -> str | None:
        """Name of the chat teacher that edits or is asked for feedback."""
        return self.feedback.teacher or self.teacher

    @property
    def by_people(self) -> bool:
        """Whether people's post-edits are the feedback."""
        return self.feedback.source == "people"

    @property
    def needs_teacher(self) -> bool:
        """Whether the step's own teacher is asked: it translates where people have not, and contexts that are found."""
        return not self.by_people or self.contexts.source in ("retrieved", "written")

    @property
    def explains(self) -> bool:
        """Whether errors are explained after they were found; asked feedback has explained them already."""
        return self.feedback.explain and self.feedback.source != "asked"

    @property
    def context_writer(self) -> str | None:
        """Name of the chat teacher that analyses and writes."""
        return self.contexts.writer or self.teacher

    @property
    def analogy_teacher(self) -> str | None:
        """Name of the chat teacher that names analogous words."""
        return self.analogies.teacher or self.context_writer

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks."""
        names = [self.teacher] if self.needs_teacher else []
        names += [self.feedback_teacher] if self.feedback.source in ("edited", "asked") else []
        names += [self.feedback_teacher] if self.feedback.explain else []
        names += [self.feedback.second] if self.feedback.verified != "none" else []
        names += [self.context_writer] if self.contexts.source in ("written", "pairs") else []
        if self.analogies.per_aspect:
            names += [self.analogy_teacher, self.analogies.round_trip or self.analogy_teacher]
        names += self.rationales.asked_teachers if self.rationales else ()
        return tuple(dict.fromkeys(names))

    @property
    def uses_analyses(self) -> bool:
        """Whether sentences are analysed: the writer of pairs is given an analysis in place of the sentence."""
        return self.contexts.source == "pairs" and self.contexts.analysis
