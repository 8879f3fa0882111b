"""How often language identifiers are right, and how often they answer, by the length of the text.

    python -m benchmarks.off_target.identifiers --data build/corpora --model lid.176.ftz

Human translations stand for outputs: whatever is called another language than its own is a false alarm, which is the
floor of an off-target ratio. `--data` is the folder of `multi.dev.jsonl.gz` (a column for each language); the messages
of JupyterLab's catalogues are read from the packages that the demo uses. `--model` is a fastText model and may be given
again; the last row of each length is the ensemble of all. Texts are drawn by hash, so that the table is the same
everywhere; the share that is right has a 95 % interval (Wilson).
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.corpora.place import add_data_argument, found
from tutelage.core.languages import NAMES, UNSPACED, Direction, base_language, is_language
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.corpora.identifiers import LANGID, open_identifier
from tutelage.corpora.texts import Texts

LENGTHS = ((1, 2), (3, 4), (5, 7), (8, 15), (16, 999))
CATALOGUES = (Direction("en", "pt-BR"), Direction("en", "fr-FR"))


@dataclass(frozen=True, slots=True)
class Sample:
    """One text in a language that is known."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one identifier made of texts of one length."""

    texts: int
    answered: int
    right: int
    first_label_wrong: int

    def row(self) -> str:
        """Cells of a table: answered, right of the answered with an interval, wrong by the first label."""
        low, high = wilson(self.right, self.answered)
        right = f"{100 * self.right / self.answered:.1f} [{100 * low:.1f}–{100 * high:.1f}]" if self.answered else "–"
        answered = f"{100 * self.answered / self.texts:.1f}"
        return f"{self.texts:,} | {answered} | {right} | {100 * self.first_label_wrong / self.texts:.1f}"


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not cases:
        return 0.0, 1.0
    z, share = 1.96, hits / cases
    middle = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z / (1 + z * z / cases) * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return max(0.0, middle - half), min(1.0, middle + half)


def read_multilingual(path: Path) -> Iterator[Sample]:
    """Every text of a file with a column for each language, but of languages that their script tells from the rest."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            for column, text in json.loads(line).items():
                lang = base_language(column.replace("_", "-"))
                if column != "id" and lang in NAMES and lang not in UNSPACED:
                    yield Sample(text, lang)


def read_catalogues() -> Iterator[Sample]:
    """Messages of JupyterLab in English and its translations; untranslated ones are left out."""
    for direction in CATALOGUES:
        texts = TextsSettings(test=TextSettings(path="embedded:jupyterlab"))
        for pair in Texts(texts, direction).pairs("test"):
            if pair.source.text != pair.target.text:
                yield Sample(pair.source.text, "en")
                yield Sample(pair.target.text, base_language(direction.target))


def draw(samples: Iterator[Sample], *, limit: int) -> Mapping[tuple[int, int], list[Sample]]:
    """At most so many different texts of each language and length."""
    by_group: dict[tuple[tuple[int, int], str], set[Sample]] = defaultdict(set)
    for sample in samples:
        words = len(sample.text.split())
        for length in (one for one in LENGTHS if one[0] <= words <= one[1]):
            by_group[length, sample.lang].add(sample)
    drawn: dict[tuple[int, int], list[Sample]] = defaultdict(list)
    for (length, _), group in sorted(by_group.items(), key=lambda one: one[0]):
        drawn[length] += sorted(group, key=lambda one: sha256(one.text.encode()).hexdigest())[:limit]
    return drawn


def measure(identifier: LanguageIdentifier, samples: Sequence[Sample], *, among: Sequence[str]) -> Found:
    """Answers with the floors (strict), and first labels without them (paper)."""
    answers = [(identifier.identify(sample.text, among=among), sample) for sample in samples]
    answered = [(found.lang, sample.lang) for found, sample in answers if found is not None]
    wrong = sum(not is_language(identifier.label(sample.text), lang=sample.lang) for sample in samples)
    return Found(len(samples), len(answered), sum(is_language(one, lang=lang) for one, lang in answered), wrong)


def render(name: str, samples: Iterator[Sample], names: Sequence[str], *, limit: int) -> Iterator[str]:
    """The table of one text."""
    drawn = draw(samples, limit=limit)
    among = sorted({sample.lang for group in drawn.values() for sample in group})
    identifiers = {one: open_identifier(one) for one in names}
    if len(names) > 1:
        identifiers["ensemble"] = open_identifier(list(names))
    yield f"\n{name}, languages {', '.join(among)}\n"
    yield "| words | identifier | texts | answered, % | right of these, % | first label wrong, % |"
    yield "|---|---|--:|--:|--:|--:|"
    for length, group in sorted(drawn.items()):
        for title, identifier in identifiers.items():
            words = f"{length[0]}–{length[1]}" if length[1] < 999 else f"{length[0]}+"
            yield f"| {words} | {Path(title).name} | {measure(identifier, group, among=among).row()} |"
    yield ""
    yield from (f"{Path(title).name}: `{identifier.signature}`" for title, identifier in identifiers.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--model", action="append", default=[], help="A fastText model; may be given again.")
    parser.add_argument("--limit", type=int, default=500, help="Texts of each language and length.")
    options = parser.parse_args()
    names = [LANGID, *options.model]
    texts = {
        "Translations from Debian": read_multilingual(found(options.data) / "multi.dev.jsonl.gz"),
        "JupyterLab's messages": read_catalogues(),
    }
    for name, samples in texts.items():
        for line in render(name, samples, names, limit=options.limit):
            print(line, flush=True)


if __name__ == "__main__":
    main()
