"""The word test: which words of the answer key the pool has shown, and how many each arm translates rightly."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.claims.claim.run import step_folder
from benchmarks.claims.claim.scores import RESAMPLES, Resampled, read_outputs
from benchmarks.claims.claim.texts import write_text
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Pair
from tutelage.evaluation.term_accuracy import mark_by_text, mark_items
from tutelage.evaluation.term_matching import make_matcher
from tutelage.evaluation.word_lists import Exposure, WordItem
from tutelage.labelling.analogies import Analogy
from tutelage.storage.tables import read_table
from tutelage.tasks.words.building import build_word_list
from tutelage.tasks.words.files import read_word_list

MATCH = "substring"
"""How a translation is looked for, in the paper's way."""

Chosen = Callable[[WordItem], bool]


@dataclass(frozen=True, slots=True)
class WordTest:
    """The items, and whether each system gets them right."""

    items: Sequence[WordItem]
    direction: Direction

    def mark(self, folder: Path, system: str) -> dict[str, bool | None]:
        """The marks of a run's student (`before` or `after`), by item id."""
        outputs = read_outputs(folder, "domain", system)
        marking = mark_by_text(make_matcher(MATCH, lang=self.direction.target))
        return mark_items(self.items, {item.id: outputs[item.pair.id] for item in self.items}, marking=marking)

    def met(self, folder: Path, kind: str) -> frozenset[str]:
        """The items whose word and translation stand in a run's examples of a kind."""
        glossary = Glossary(Term(item.word, target) for item in self.items for target in item.translations)
        exposure = Exposure(glossary, matcher=make_matcher("word", lang=self.direction.target))
        for example in read_table(step_folder(folder) / "examples.parquet", Example):
            if example.kind == kind:
                exposure.add(example.source, example.target)
        return frozenset(item.id for item in self.items if exposure.contexts(item.word, item.translations))

    def named(self, folder: Path) -> frozenset[str]:
        """The items whose word the teacher named as an analogy in a run."""
        table = step_folder(folder) / "analogies.parquet"
        words = {analogy.source.casefold() for analogy in read_table(table, Analogy)}
        return frozenset(item.id for item in self.items if item.word.casefold() in words)

    def accuracy(
        self, marks: Sequence[Mapping[str, bool | None]], chosen: Sequence[Chosen]
    ) -> tuple[Resampled, int] | None:
        """Percent right of the items chosen, over all seeds together, and how many items these are.

        `marks` and `chosen` are by seed; `None` if nothing is chosen. The bootstrap draws words.
        """
        words = {word: place for place, word in enumerate(dict.fromkeys(i.word.casefold() for i in self.items))}
        rows = np.zeros((len(words), 2))
        for seed_marks, wanted in zip(marks, chosen, strict=True):
            for item in self.items:
                if wanted(item):
                    rows[words[item.word.casefold()]] += (bool(seed_marks[item.id]), 1)
        rows = rows[rows[:, 1] > 0]
        if not len(rows):
            return None
        counts = np.random.default_rng(0).multinomial(len(rows), [1 / len(rows)] * len(rows), size=RESAMPLES)
        sums = counts @ rows
        value = 100 * rows[:, 0].sum() / rows[:, 1].sum()
        return Resampled(value, 100 * sums[:, 0] / sums[:, 1]), int(rows[:, 1].sum())


def make_word_test(key: Path, *, pool: Sequence[Pair], test: Sequence[Pair], folder: Path) -> WordTest:
    """The items of the test text for the key's words, grouped by how often the pool has shown them."""
    direction = Direction(test[0].source.lang, test[0].target.lang)
    glossary, shown, asked = folder / "words.tsv", folder / "words-pool.jsonl", folder / "words-test.jsonl"
    with gzip.open(key, "rt", encoding="utf-8") as file:
        words = json.load(file)["words"]
    glossary.write_text("".join(f"{word['source']}\t{word['target']}\n" for word in words), encoding="utf-8")
    write_text(shown, pool)
    write_text(asked, test)
    out = folder / "words.jsonl"
    build_word_list(out, glossary=glossary, text=str(asked), train=[str(shown)], direction=direction)
    return WordTest(read_word_list(out), direction)
