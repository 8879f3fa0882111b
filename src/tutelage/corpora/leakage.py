"""Test segments that the training text already holds, exactly or nearly: found, counted, and dropped.

Exact: the same letters and digits, whatever the case, spacing, punctuation, Unicode form and invisible characters (soft
hyphens, zero-width spaces). Near: the same words but for one that was added; or, of the runs of four words of the two
segments, at least `min_overlap` of the shorter one's are shared. The index holds the test side alone, so training text
streams.

What is short is common: `File` is in every program. A test segment with a word more is found if it has two words and
`min_shared_letters` letters, so that `Save as` is no leak of `Save`; one without one of its words only if four are
left, so that `Decrease size` is no leak of `Decrease text size`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from tutelage.core.unicode_forms import normalised, without_unseen

Item = TypeVar("Item")

_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")
"""A word, or one character of a language written without spaces."""
_CONVERSION = re.compile(r"%(?:\(\w+\)|\d+\$)?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")
_BETWEEN_WORDS = re.compile(r"(?<!\d) | (?!\d)")
"""Any space but one between digits: `1.2` is not `12`."""
_MOST_WORDS = 16
"""Of texts that are compared by one word; one more in longer ones leaves most runs of words as they are."""
_LEAST_SHARED = 2
"""Words of a test segment that is found with a word more."""
_LEAST_LEFT = 4
"""Words of a training text that is a test segment without one of its words."""


@dataclass(frozen=True, slots=True)
class LeakageSettings:
    """What counts as the same text."""

    run_words: int = 4
    """Length of a run; software text has a median of nine words, so longer runs miss most of it."""
    min_runs: int = 2
    """Segments with fewer runs are not compared by runs."""
    min_overlap: float = 0.6
    """Shared runs for one run of the shorter segment, 0 to 1; above 1 no text is near by its runs."""
    min_shared_letters: int | None = 8
    """Letters and digits of a test segment of two words or more, from which one word more is no difference; with `None`
    it always is one."""
    min_words: int = 1
    """Shorter segments never leak: `File` and `Save as` are in every program."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A training text that a test segment holds too."""

    kind: Literal["exact", "near"]
    test_id: str
    test_text: str
    train_id: str
    train_text: str
    overlap: float


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """How many training texts leak, how many test segments they touch, and some examples."""

    exact: int
    near: int
    n_train: int
    n_test: int
    touched_test: int
    """Test segments that at least one training text leaks into."""
    examples: tuple[Leak, ...]


@dataclass(slots=True)
class LeakageCounts:
    """What `drop_leaking` dropped."""

    read: int = 0
    exact: int = 0
    near: int = 0


@dataclass(slots=True)
class LeakageIndex:
    """The test side: finds the test segment that a training text leaks into."""

    settings: LeakageSettings = field(default_factory=LeakageSettings)
    _tests: list[tuple[str, str]] = field(default_factory=list)
    _run_counts: list[int] = field(default_factory=list)
    _by_text: dict[str, int] = field(default_factory=dict)
    _by_run: dict[int, list[int]] = field(default_factory=dict)
    _by_words: dict[int, list[int]] = field(default_factory=dict)
    """By the sum of the words' hashes, which a word that is added changes by its own."""
    _by_all_but_one: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, test_texts: Iterable[tuple[str, str]], *, settings: LeakageSettings | None = None) -> LeakageIndex:
        """The index of these (id, text)."""
        index = cls(settings or LeakageSettings())
        for test_id, text in test_texts:
            index._add(test_id, text)
        return index

    def __len__(self) -> int:
        return len(self._tests)

    def __reduce__(self) -> tuple[Callable[..., LeakageIndex], tuple[list[tuple[str, str]]]]:
        """Another process has other hashes of strings, and makes the index anew."""
        return partial(LeakageIndex.of, settings=self.settings), (self._tests,)

    def find(self, train_id: str, text: str) -> Leak | None:
        """The leak of this training text into the test side, the exact or closest one, or none."""
        words = _split_words(text)
        if len(words) < self.settings.min_words:
            return None
        place = self._by_text.get(_letters_of(words))
        if place is not None:
            return Leak("exact", *self._tests[place], train_id, text, 1.0)
        place = self._find_but_one(words)
        if place is not None:
            length, other = len(words), len(_split_words(self._tests[place][1]))
            return Leak("near", *self._tests[place], train_id, text, min(length, other) / max(length, other))
        return self._nearest(train_id, text, self._runs(words))

    def _add(self, test_id: str, text: str) -> None:
        words = _split_words(text)
        place = len(self._tests)
        runs = self._runs(words)
        self._tests.append((test_id, text))
        self._run_counts.append(len(runs))
        if len(words) >= self.settings.min_words:
            self._by_text.setdefault(_letters_of(words), place)
            self._add_but_one(words, place)
        if len(runs) >= self.settings.min_runs:
            for run in runs:
                self._by_run.setdefault(run, []).append(place)

    def _add_but_one(self, words: list[str], place: int) -> None:
        least = self.settings.min_shared_letters
        if least is None or not _LEAST_SHARED <= len(words) <= _MOST_WORDS or sum(map(len, words)) < least:
            return
        hashes = [hash(word) for word in words]
        whole = sum(hashes)
        self._by_words.setdefault(whole, []).append(place)
        if len(words) > _LEAST_LEFT:
            for one in hashes:
                self._by_all_but_one.setdefault(whole - one, []).append(place)

    def _find_but_one(self, words: list[str]) -> int | None:
        """The first test segment to which these words add one, or else from which they leave one out."""
        if not _LEAST_SHARED < len(words) <= _MOST_WORDS + 1:
            return None
        hashes = [hash(word) for word in words]
        whole = sum(hashes)
        for one in hashes:
            if whole - one in self._by_words:
                for place in self._by_words[whole - one]:
                    if _has_one_more(words, _split_words(self._tests[place][1])):
                        return place
        for place in self._by_all_but_one.get(whole, ()):
            if _has_one_more(_split_words(self._tests[place][1]), words):
                return place
        return None

    def _runs(self, words: list[str]) -> set[int]:
        size = self.settings.run_words
        return {hash(tuple(words[start : start + size])) for start in range(len(words) - size + 1)}

    def _nearest(self, train_id: str, text: str, runs: set[int]) -> Leak | None:
        if len(runs) < self.settings.min_runs:
            return None
        shared = Counter(place for run in runs & self._by_run.keys() for place in self._by_run[run])
        best, best_overlap = -1, 0.0
        for place, count in shared.items():
            overlap = count / min(len(runs), self._run_counts[place])
            if overlap > best_overlap or (overlap == best_overlap and place < best):
                best, best_overlap = place, overlap
        if best < 0 or best_overlap < self.settings.min_overlap:
            return None
        return Leak("near", *self._tests[best], train_id, text, best_overlap)


def find_leakage(
    train_texts: Iterable[tuple[str, str]],
    test_texts: Iterable[tuple[str, str]],
    *,
    settings: LeakageSettings | None = None,
    max_examples: int = 10,
) -> LeakageReport:
    """What of the training (id, text) is in the test (id, text); training text streams with flat memory."""
    index = LeakageIndex.of(test_texts, settings=settings)
    kinds: Counter[str] = Counter()
    touched: set[str] = set()
    examples: list[Leak] = []
    n_train = 0
    for train_id, text in train_texts:
        n_train += 1
        leak = index.find(train_id, text)
        if leak is None:
            continue
        kinds[leak.kind] += 1
        touched.add(leak.test_id)
        if len(examples) < max_examples:
            examples.append(leak)
    return LeakageReport(kinds["exact"], kinds["near"], n_train, len(index), len(touched), tuple(examples))


def drop_leaking(
    items: Iterable[Item],
    index: LeakageIndex,
    *,
    text_of: Callable[[Item], tuple[str, str]],
    counts: LeakageCounts,
    leaked: Callable[[Leak], None] | None = None,
) -> Iterator[Item]:
    """The items that leak into no test segment, streaming; `text_of` gives the (id, text) to compare."""
    for item in items:
        counts.read += 1
        leak = index.find(*text_of(item))
        if leak is None:
            yield item
            continue
        if leak.kind == "exact":
            counts.exact += 1
        else:
            counts.near += 1
        if leaked is not None:
            leaked(leak)


def _split_words(text: str) -> list[str]:
    """The words in small letters, as they are seen."""
    if not text.isascii():
        text = without_unseen(normalised(text, "NFKC"))
    if "%" in text:
        text = _CONVERSION.sub(" 0 ", text)
    return _WORD.findall(text.casefold())


def _letters_of(words: list[str]) -> str:
    """What is the same in texts that differ in spacing only."""
    joined = "".join(words)
    return joined if joined.isalpha() else _BETWEEN_WORDS.sub("", " ".join(words))


def _has_one_more(longer: list[str], shorter: list[str]) -> bool:
    """Whether the longer one is the shorter one with a word added anywhere."""
    if len(longer) != len(shorter) + 1:
        return False
    place = next((place for place, word in enumerate(shorter) if longer[place] != word), len(shorter))
    return longer[place + 1 :] == shorter[place:]
