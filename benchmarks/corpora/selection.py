"""Units into rows: sentences aligned one to one, drops counted by reason, duplicates joined, splits kept apart."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.corpora.gettext_catalogues import DEV_PACKAGES, TEST_PACKAGES
from benchmarks.corpora.units import Unit, count_words, is_sentence, split_sentences
from tutelage.core.languages import base_language
from tutelage.core.protection.comparison import placeholders_kept
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.leakage import LeakageIndex, LeakageSettings
from tutelage.corpora.normalising import bare

SPLITS = ("test", "dev", "train")

_HELD_PER_THOUSAND = {
    "ddtp": (90, 45),
    "libreoffice-help": (60, 30),
    "gnome-user-docs": (100, 50),
    "debian-handbook": (100, 50),
}
"""Documents of a thousand that go to test and to dev."""

_LONG_NUMBER = re.compile(r"\d{3,}")


@dataclass(slots=True)
class Translation:
    """A translation, and the origin and licence it came under."""

    text: str
    origin: str
    license: str


@dataclass(slots=True)
class Row:
    """One English sentence with all its translations."""

    id: str
    split: str
    kind: str
    document: str
    english: str
    origin: str
    license: str
    translations: dict[str, Translation] = field(default_factory=dict)


def collect_rows(units: Iterable[Unit], *, dropped: Counter[str]) -> list[Row]:
    """One row for each different English sentence (case, punctuation and digits aside), the first origin's."""
    rows: dict[str, Row] = {}
    ids: set[str] = set()
    identifier = LangidIdentifier()
    for unit in units:
        english = split_sentences(unit.english)
        aligned = _aligned(unit, len(english), dropped)
        for place, sentence in enumerate(english):
            key = re.sub(r"\d+", "0", bare(sentence))
            if not _is_usable(sentence):
                dropped["english"] += 1
                continue
            row = rows.get(key) or rows.setdefault(key, _new_row(unit, sentence, place, len(english), ids))
            for lang, sentences in aligned.items():
                reason = _fault(sentence, sentences[place], lang, identifier)
                if reason:
                    dropped[f"{lang}/{reason}"] += 1
                else:
                    row.translations.setdefault(lang, Translation(sentences[place], unit.origin, unit.license))
    return list(rows.values())


def keep_splits_apart(rows: Sequence[Row], *, dropped: Counter[str]) -> list[Row]:
    """Rows without near duplicates between splits: test wins over dev, dev over train; on both sides."""
    held: list[Row] = []
    for split in SPLITS:
        index = LeakageIndex.of(((row.id, row.english) for row in held), settings=LeakageSettings())
        targets = {(lang, bare(t.text)) for row in held for lang, t in row.translations.items()}
        for row in [row for row in rows if row.split == split]:
            if index.find(row.id, row.english) is not None:
                dropped[f"{split}/near_duplicate"] += 1
                continue
            for lang in [lang for lang, t in row.translations.items() if (lang, bare(t.text)) in targets]:
                del row.translations[lang]
                dropped[f"{split}/{lang}/target_in_held_split"] += 1
            held.append(row)
    return held


def split_of(origin: str, document: str) -> str:
    """The split of a document, the same for every language."""
    if origin.startswith("gettext:"):
        return "test" if document in TEST_PACKAGES else "dev" if document in DEV_PACKAGES else "train"
    place = int(hashlib.sha1(f"{origin}|{document}".encode()).hexdigest()[:8], 16) % 1000
    test, dev = _HELD_PER_THOUSAND[origin]
    return "test" if place < test else "dev" if place < test + dev else "train"


def _new_row(unit: Unit, sentence: str, place: int, count: int, ids: set[str]) -> Row:
    row_id = f"{unit.origin.partition(':')[0]}:{unit.id}" + (f":{place}" if count > 1 else "")
    while row_id in ids:
        row_id += "~"
    ids.add(row_id)
    kind = "sent" if unit.kind in ("li", "msg") and is_sentence(sentence) else unit.kind
    split = split_of(unit.origin, unit.document)
    return Row(row_id, split, kind, unit.document, sentence, unit.origin, unit.license)


def _aligned(unit: Unit, count: int, dropped: Counter[str]) -> dict[str, list[str]]:
    """Translations that have as many sentences as the English; a single sentence takes the whole translation."""
    aligned = {}
    for lang, text in unit.translations.items():
        if not text:
            continue
        sentences = [text] if count == 1 else split_sentences(text)
        if len(sentences) == count:
            aligned[lang] = sentences
        else:
            dropped[f"{lang}/sentence_count"] += 1
    return aligned


def _is_usable(english: str) -> bool:
    letters = sum(letter.isascii() and letter.isalpha() for letter in english)
    return len(english) >= 3 and letters / len(english) >= 0.6 and not re.search(r"https?://\S+$", english)


def _fault(english: str, text: str, lang: str, identifier: LangidIdentifier) -> str:
    """Why the translation cannot be used, or nothing."""
    low, high = (0.5, 2.2) if len(english) >= 25 else (0.3, 4.0)
    if len(text) < 2 or text.lower() == english.lower():
        return "empty_or_copied"
    if count_words(english) > 120 or len(text) > 1500:
        return "too_long"
    if not low <= len(text) / len(english) <= high:
        return "length_ratio"
    if set(_LONG_NUMBER.findall(english)) != set(_LONG_NUMBER.findall(text)):
        return "numbers"
    if not placeholders_kept(english, text):
        return "placeholders"
    target = base_language(lang.replace("_", "-"))
    identified = identifier.identify(text, among=("en", target))
    return "wrong_language" if identified is not None and identified.lang != target else ""


def sentences_for_monolingual(rows: Iterable[Row]) -> Iterator[Row]:
    """Training rows that read as full English sentences, translated or not."""
    return (row for row in rows if row.split == "train" and row.kind in ("sent", "li") and is_sentence(row.english))
