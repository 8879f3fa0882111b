"""What a recipe can say about paraphrase."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from tutelage.core.recipe import Language, StepSettings
from tutelage.core.settings import Heeded, Settings, Share
from tutelage.labelling.roles.paraphrases import MOST_PARAPHRASES, ROUND_TRIP, Style
from tutelage.stages.rehearsal.settings import RationaleSettings


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or len(set(values)) < len(values):
        raise ValueError("name at least one, and each once")
    return values


Several = (BeforeValidator(_as_list), AfterValidator(_each_once))
"""One name, or a list of names."""


class ParaphraseFilterSettings(Settings):
    """Which paraphrases are trained on; each reason is counted. Empty and unchanged ones always go."""

    max_overlap: Share | None = 0.8
    """Words that both share, for one that either has (Jaccard), from which it is a near-copy; without it, no limit."""
    duplicates: bool = True
    """Drop what was written before for the same source, or for another one."""
    min_length: float | None = Field(default=0.8, gt=0)
    """Characters of the paraphrase for one of the source, at least; without it, no limit."""
    max_length: float | None = Field(default=1.5, gt=0)
    """The same, at most."""
    numbers: bool = True
    """Drop where a number in digits is lost or new."""
    names: bool = True
    """Drop where a word written like a name inside the sentence is lost or new."""
    placeholders: bool = True
    """Drop where a placeholder or markup is lost or new."""
    negation: bool = True
    """Drop where only one of both negates, by a table of words for en, pt, es, fr, it and de."""
    language: bool = True
    """Drop what is surely in another language."""
    forbidden_words: str | None = None
    """A text file with a word or phrase a line; neither side may have one of them."""
    meaning_floor: Share | None = 0.8
    """Cosine of the sentence embeddings, at least; without it, no floor."""


class ParaphraseDecodingSettings(Settings):
    """How the students decode the test text."""

    search: Literal["greedy", "beam", "diverse", "top-p"] = "beam"
    """How several outputs are found; greedy gives one."""
    outputs: Annotated[int, Field(ge=1, le=MOST_PARAPHRASES)] = 4
    """Paraphrases of each sentence. The first counts for all measures but `candidates`."""
    diversity_penalty: Annotated[float, Heeded("search", of=("diverse",))] = Field(default=1.0, gt=0)
    """Of `diverse`: what a token costs that an earlier group of beams has chosen (Vijayakumar et al. 2018)."""
    temperature: Annotated[float, Heeded("search", of=("top-p",))] = Field(default=1.0, gt=0)
    """Of `top-p`."""
    top_p: Annotated[float, Heeded("search", of=("top-p",))] = Field(default=0.9, gt=0, le=1)
    """Of `top-p`: the share of the probability that is sampled from."""
    level: Literal["low", "medium", "high"] = "medium"
    """How far from the source the new student is asked to go, if it was trained with `control`."""


class ParaphraseSettings(StepSettings):
    """Paraphrase: a student learns to say a sentence otherwise from a teacher's filtered paraphrases."""

    method: Literal["paraphrase"] = "paraphrase"
    gate: tuple[str, ...] = (
        "combined: better",
        "meaning: at least 80",
        "meaning: not worse by more than 20 points",
    )
    """Rules that the new student must keep to be promoted. The last one says of a student that copied its sources, and
    so had a meaning of 100, what the floor says of all: that it may come down to 80."""
    style: Annotated[tuple[Style, ...], *Several] = ("list",)
    """How the teacher is asked, one way or a list of ways: `list` (the paper's, at temperature 0), `sampled` (separate
    answers at temperature 1), by type of change `lexical`, `syntactic` or `register`, or `round-trip` (translated
    there and back)."""
    count: Annotated[int, Field(ge=1, le=MOST_PARAPHRASES)] = 4
    """Paraphrases asked for each sentence in each style; a round trip gives one for each language."""
    translator: str | None = None
    """Name of the teacher that translates in a round trip; without it, `teacher`."""
    via: Annotated[tuple[Language, ...], *Several] = ("pt-BR",)
    """Language that a round trip goes through, or several."""
    filters: ParaphraseFilterSettings = ParaphraseFilterSettings()
    embedder: str = "embedded"
    """What tells meaning: `embedded`, `model2vec:NAME`, or a sentence-transformers name or folder."""
    fluency: str = "embedded"
    """What tells fluency, a factor of the paraphrase score: `embedded` (SmolLM2, English), the folder, GGUF file or hub
    name of a causal model, or `none`, with which broken language counts as distance."""
    parser: str = "none"
    """What tells syntax: `none`, `spacy:MODEL`, `stanza:LANG` or `link-grammar`."""
    control: bool = True
    """Train with control words before the source that say how far the paraphrase is from it, so that the student can
    be asked for more or less diversity."""
    decoding: ParaphraseDecodingSettings = ParaphraseDecodingSettings()
    rationales: RationaleSettings | None = None
    """Rehearsal: what the student, a chat model, writes on after each paraphrase is trained behind it (RaDis)."""

    @property
    def asked_styles(self) -> tuple[Style, ...]:
        """The styles that a chat teacher is asked in."""
        return tuple(style for style in self.style if style != ROUND_TRIP)

    @property
    def floor_embedder(self) -> str | None:
        """Name of the embedder of the meaning floor; `None` if there is no floor."""
        return None if self.filters.meaning_floor is None else self.embedder

    @property
    def translating_teacher(self) -> str | None:
        """Name of the teacher of a round trip."""
        return self.translator or self.teacher

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks."""
        asked = [self.teacher] if self.asked_styles else []
        asked += [self.translating_teacher] if ROUND_TRIP in self.style else []
        asked += self.rationales.asked_teachers if self.rationales else ()
        return tuple(dict.fromkeys(asked))
