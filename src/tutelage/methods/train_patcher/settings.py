"""What a recipe can say about training a patcher."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tutelage.core.recipe import StepSettings
from tutelage.core.settings import Count, Settings, Share

MOST_WORDS = 2000
"""Error words that are demonstrated if the recipe does not say."""
RoleName = Literal["feedback", "analyse", "contexts", "analogies"]


class ContextDemonstrationSettings(Settings):
    """How the role contexts is demonstrated."""

    source: Literal["inversion", "written"] = "inversion"
    """`inversion` shows the erroneous sentence and its post-edit as what is to be written from their analysis and word,
    at no call; `written` has the teacher write pairs."""
    per_error: Count = 4
    """Pairs that the teacher is asked for at each word, of `written`; an inversion is always one pair."""


class TrainPatcherSettings(StepSettings):
    """A trained patcher: the recipe's student, a chat model, learns the roles of patching from a teacher."""

    method: Literal["train_patcher"] = "train_patcher"
    gate: tuple[str, ...] = ("demonstrations.valid_answers: better",)
    """Rules on the answers to demonstrations that were held out."""
    translator: str | None = None
    """The student whose errors are demonstrated, named like `student.model`; it must be given."""
    roles: tuple[RoleName, ...] = Field(default=("feedback", "analyse", "contexts", "analogies"), min_length=1)
    """What the patcher learns."""
    mode: Literal["strict", "paper"] = "strict"
    """How the teacher's answers are verified before they are shown; see patching."""
    contexts: ContextDemonstrationSettings = ContextDemonstrationSettings()
    words_per_aspect: Count = 3
    """Analogous words that the teacher is asked for, of each aspect; patching asks for one more than it uses."""
    max_errors: Count | None = None
    """Error words for which sentences are analysed, contexts written and analogies named, the most frequent first;
    `None`: 2,000, or in paper mode all."""
    held_out: Share = 0.1
    """Share of the source segments whose demonstrations are not trained on, but measured."""
    measured_per_role: Count = 100
    """Held-out demonstrations that are answered for each role at most, by the student before and after."""

    @property
    def most_error_words(self) -> int | None:
        """How many error words are demonstrated at most."""
        return self.max_errors or (None if self.mode == "paper" else MOST_WORDS)

    @property
    def writes_contexts(self) -> bool:
        """Whether the teacher is asked for context pairs."""
        return "contexts" in self.roles and self.contexts.source == "written"
