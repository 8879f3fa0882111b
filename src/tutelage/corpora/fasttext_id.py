"""Tells the language of a text with a fastText model such as lid.176 or GlotLID (Joulin et al. 2017)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.languages import NAMES, is_language, names_of
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.corpora.language_id import MIN_CONFIDENCE, MIN_WORDS, UNDETERMINED, ScriptAwareIdentifier
from tutelage.storage.digests import file_digest

MIN_OTHER_CONFIDENCE = 0.8
"""A language that was not asked about must be this likely: of 26,800 segments of five words and more in six languages,
lid.176.ftz gave one to a seventh language then, and nine above 0.6."""
PREFIX = "__label__"

_CODES = {
    "ara": "ar", "arb": "ar", "arz": "ar", "apc": "ar", "ajp": "ar", "acm": "ar", "acq": "ar", "aeb": "ar", "ars": "ar",
    "ary": "ar", "bul": "bg", "ben": "bn", "cat": "ca", "ces": "cs", "dan": "da", "deu": "de", "ell": "el", "eng": "en",
    "spa": "es", "est": "et", "ekk": "et", "eus": "eu", "fas": "fa", "pes": "fa", "prs": "fa", "fin": "fi", "fra": "fr",
    "glg": "gl", "heb": "he", "iw": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "in": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kor": "ko", "lit": "lt", "lav": "lv", "lvs": "lv", "mkd": "mk", "msa": "ms", "zsm": "ms",
    "zlm": "ms", "nob": "nb", "nld": "nl", "nno": "nn", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru",
    "slk": "sk", "slv": "sl", "sqi": "sq", "als": "sq", "aln": "sq", "srp": "sr", "hbs": "sh", "swe": "sv", "swa": "sw",
    "swh": "sw", "tam": "ta", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "zho": "zh", "cmn": "zh",
    "yue": "zh", "wuu": "zh",
}  # fmt: skip
"""ISO 639-3 and older codes of the languages that have a name here; members of a macrolanguage are that language."""


class FastTextIdentifier(ScriptAwareIdentifier):
    """A fastText model read from a file; it can also find a language that was not asked about."""

    knows_others = True

    def __init__(self, path: Path | str, *, min_words: int = MIN_WORDS, min_confidence: float = MIN_CONFIDENCE) -> None:
        """UsageError for a file that is missing or no such model, MissingExtraError without the reader."""
        super().__init__(min_words=min_words, min_confidence=min_confidence)
        self._path = Path(path)
        self._model, self._name = _read_model(self._path), f"fasttext:{self._path.name}@{file_digest(self._path)[:8]}"
        self._known = frozenset(map(read_label, self._model.predict("a", k=-1)[0]))

    def __reduce__(self) -> tuple[Callable[[Path], FastTextIdentifier], tuple[Path]]:
        """Another process reads the file itself."""
        return partial(FastTextIdentifier, min_words=self.min_words, min_confidence=self.min_confidence), (self._path,)

    @property
    def name(self) -> str:
        """The file's name and a key of its content."""
        return self._name

    def knows(self, lang: str) -> bool:
        """Whether one of the model's labels is of the language."""
        return not self._known.isdisjoint(names_of(lang))

    def label(self, text: str) -> str:
        """The model's first label, `und` if it gives none."""
        labels, _ = self._model.predict(_as_line(text), k=1)
        return read_label(labels[0]) if labels else UNDETERMINED

    def _classify(self, text: str, languages: tuple[str, ...]) -> IdentifiedLanguage | None:
        likely = self._probabilities(text)
        asked = {lang: sum(p for code, p in likely.items() if is_language(code, lang=lang)) for lang in languages}
        others = {code: p for code, p in likely.items() if not any(is_language(code, lang=lang) for lang in languages)}
        other = max(others, key=others.__getitem__, default=None)
        if other is not None and others[other] >= MIN_OTHER_CONFIDENCE:
            return IdentifiedLanguage(other, others[other])
        total = sum(asked.values())
        if not total:
            return None
        best = max(asked, key=asked.__getitem__)
        return IdentifiedLanguage(best, asked[best] / total)

    def _probabilities(self, text: str) -> Mapping[str, float]:
        """By base code; labels of one language in several scripts are added up."""
        likely: defaultdict[str, float] = defaultdict(float)
        for label, probability in zip(*self._model.predict(_as_line(text), k=-1), strict=True):
            likely[read_label(label)] += probability
        return likely


def _read_model(path: Path) -> Any:
    if not path.is_file():
        raise UsageError("there is no such file.", where=str(path), fix="Give the path of a fastText model.")
    try:
        fasttext = import_module("fasttext")
    except ModuleNotFoundError as error:
        raise MissingExtraError("fasttext", extra="lid") from error
    try:
        model = fasttext.load_model(str(path))
        labels, _ = model.predict("a", k=-1)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise _no_model(path, "this is no fastText model that gives labels.") from error
    if not any(read_label(label) in NAMES for label in labels):
        raise _no_model(path, f"its labels name no language: {', '.join(labels[:3])}.")
    return model


def _no_model(path: Path, what: str) -> UsageError:
    return UsageError(what, where=str(path), fix="Give one that tells languages, such as lid.176.ftz or GlotLID's.")


def _as_line(text: str) -> str:
    """The model reads one line of what UTF-8 can hold."""
    return " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")


def read_label(label: str) -> str:
    """The base code, the script left out; a label of a language without a name here stays as it is."""
    code, _, script = label.removeprefix(PREFIX).replace("-", "_").partition("_")
    if code == "als" and not script:
        return "gsw"  # lid.176's name of Alemannic; with a script it is the ISO code of Tosk Albanian
    return _CODES.get(code.lower(), code.lower())
