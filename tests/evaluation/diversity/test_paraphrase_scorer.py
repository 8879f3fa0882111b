"""Paraphrasing systems measured, scored and compared; embedder and parser are stand-ins of the test."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from tutelage.core.errors import CorpusError
from tutelage.core.evidence import SystemScores
from tutelage.core.syntax import SyntaxTree
from tutelage.evaluation.diversity.combined import combined_score
from tutelage.evaluation.diversity.degenerates import cut_words, shuffle_words, swap_words
from tutelage.evaluation.diversity.fluency import fluency
from tutelage.evaluation.diversity.lexical import lexical_distance
from tutelage.evaluation.diversity.measuring import ParaphraseScorer
from tutelage.evaluation.diversity.words import split_words
from tutelage.evaluation.gate import decide
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.rules import parse_rules

SOURCES = {
    f"s{number}": f"Please open the {thing} before you close the window."
    for number, thing in enumerate(
        ["file", "folder", "report", "letter", "menu", "shop", "page", "book", "box", "door"]
    )
}
MANY = {f"s{number}": f"Please open the {number}th before you close the window." for number in range(40)}
COPIES = {name: (text,) for name, text in SOURCES.items()}


def rewrite(sources: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Two paraphrases of each."""
    return {
        name: (
            f"Before closing the window, the {text.split()[3]} should be opened.",
            f"You should open the {text.split()[3]}, then close the window.",
        )
        for name, text in sources.items()
    }


REWRITTEN = rewrite(SOURCES)
UNRELATED = dict.fromkeys(SOURCES, ("Nothing else matters on Sundays in spring.",))


class BagOfWords:
    """Vectors of word counts: related sentences share words."""

    signature = "bag@1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        vectors = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in split_words(text):
                row[sum(map(ord, word[:4])) % 512] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class CommaParser:
    """A phrase for each part between commas; no parse of a text with a question mark."""

    signature = "commas@1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def parse(self, texts: Iterable[str]) -> Iterator[SyntaxTree | None]:
        for text in texts:
            self.seen.append(text)
            parts = text.split(",")
            yield None if "?" in text else SyntaxTree("S", tuple(SyntaxTree("P") for _ in parts))


class Bigrams:
    """A language model that counts pairs of words in the sources and in what is written well."""

    signature = "bigrams@1"

    def __init__(self) -> None:
        texts = [*SOURCES.values(), *(text for texts in REWRITTEN.values() for text in texts)]
        self.seen: list[str] = []
        self.pairs = Counter(pair for text in texts for pair in pairwise(["", *text.split()]))
        self.words = Counter(word for text in texts for word in ["", *text.split()])

    def mean_log_likelihoods(self, texts: Sequence[str]) -> list[float]:
        self.seen += texts
        return [float(np.mean([self._likelihood(pair) for pair in pairwise(["", *text.split()])])) for text in texts]

    def _likelihood(self, pair: tuple[str, str]) -> float:
        return math.log((self.pairs[pair] + 0.01) / (self.words[pair[0]] + 1))


def scorer(
    parser: CommaParser | None = None, sources: dict[str, str] = SOURCES, *, fluent: bool = False
) -> ParaphraseScorer:
    return ParaphraseScorer(
        sources,
        test="domain",
        embedder=BagOfWords(),
        parser=parser,
        language_model=Bigrams() if fluent else None,
        seed=1,
        resamples=200,
    )


def scores_of(one: ParaphraseScorer, outputs: dict[str, tuple[str, ...]]) -> SystemScores:
    return one.score(one.measure(outputs), system="after", system_signature="x")


def test_copying_and_unrelated_text_both_come_out_at_0() -> None:
    one = scorer(CommaParser())
    copies, rewritten, unrelated = (scores_of(one, outputs) for outputs in (COPIES, REWRITTEN, UNRELATED))
    assert copies.score("combined").value == 0.0
    assert copies.score("meaning").value == pytest.approx(100, abs=1e-3)
    assert unrelated.score("combined").value == 0.0
    assert unrelated.score("lexical").value > rewritten.score("lexical").value
    assert rewritten.score("combined").value > 20


@pytest.mark.parametrize("permute", [swap_words, shuffle_words])
def test_words_in_a_wrong_order_lose_where_a_language_model_tells_fluency(permute: Callable[[str], str]) -> None:
    """They scored above what was written well: near in meaning, far in wording."""
    permuted = {name: (permute(text),) for name, text in SOURCES.items()}
    blind, one = scorer(), scorer(fluent=True)
    assert scores_of(blind, permuted).score("combined").value > scores_of(blind, REWRITTEN).score("combined").value
    salad, rewritten = scores_of(one, permuted), scores_of(one, REWRITTEN)
    assert salad.score("combined").value < 0.2 * rewritten.score("combined").value
    assert salad.score("meaning").value > rewritten.score("meaning").value
    assert salad.score("fluency").value < 15 < rewritten.score("fluency").value
    assert scores_of(one, COPIES).score("fluency").value == 100.0
    assert scores_of(one, COPIES).score("combined").value == 0.0


def test_the_signature_says_what_told_fluency_and_that_nothing_did() -> None:
    told = scores_of(scorer(fluent=True), REWRITTEN)
    assert "fluency:token-likelihood-ratio:capped|bigrams@1" in told.score("combined").signature
    assert told.score("fluency").signature.startswith("token-likelihood-ratio:capped|bigrams@1|")
    blind = scores_of(scorer(), REWRITTEN)
    assert "fluency:not measured" in blind.score("combined").signature
    assert "fluency" not in {score.name for score in blind.scores}


def test_fluency_is_the_ratio_of_token_likelihoods_and_a_factor() -> None:
    assert fluency(-4.0, source=-4.0) == fluency(-1.0, source=-4.0) == 100.0
    assert fluency(-4.0 + math.log(0.25), source=-4.0) == pytest.approx(25.0)
    parts = {"meaning": 75.0, "lexical": 50.0, "syntactic": None}
    assert combined_score(**parts, fluency=None) == pytest.approx(50.0)
    assert combined_score(**parts, fluency=25.0) == pytest.approx(12.5)


def test_texts_are_read_once_by_the_language_model_and_no_output_has_no_fluency() -> None:
    one = scorer(fluent=True)
    for outputs in (COPIES, REWRITTEN, COPIES, {}):
        one.measure(outputs)
    assert isinstance(one.language_model, Bigrams)
    assert len(one.language_model.seen) == len(set(one.language_model.seen))
    assert scores_of(one, {}).score("fluency").value == 0.0


def test_permutations_by_hand() -> None:
    text = "Close the old window now."
    assert swap_words(text) == "the Close window old now."
    assert sorted(shuffle_words(text).split()) == sorted(text.split())
    assert text != shuffle_words(text) == shuffle_words(text)
    assert swap_words("窗口关闭") == "口窗闭关"
    assert swap_words("") == shuffle_words("") == ""


def test_a_cut_by_hand() -> None:
    assert cut_words("Close the old window before the new file opens now.") == "Close the old window before the new"
    assert cut_words("Stop it.") == "Stop"
    assert cut_words("我们把窗口关闭了吗。") == "我们把窗口关闭"
    assert cut_words("") == ""


def test_the_first_candidate_is_compared_with_the_source() -> None:
    one = scorer(CommaParser())
    swapped = {name: texts[::-1] for name, texts in REWRITTEN.items()}
    found, other = scores_of(one, REWRITTEN), scores_of(one, swapped)
    expected = [
        lexical_distance(split_words(REWRITTEN[name][0]), source=split_words(text)) for name, text in SOURCES.items()
    ]
    assert found.score("lexical").value == pytest.approx(np.mean(expected))
    assert found.score("lexical").value != pytest.approx(other.score("lexical").value)
    assert found.score("candidates").value == pytest.approx(other.score("candidates").value)
    # S P against S P P: one node in, of 2 + 3.
    assert found.score("syntactic").value == pytest.approx(20.0)


def test_every_score_has_an_interval_a_label_and_its_direction() -> None:
    found = scores_of(scorer(CommaParser()), REWRITTEN)
    for score in found.scores:
        assert score.low is not None and score.high is not None
        assert score.low - 1e-6 <= score.value <= score.high + 1e-6
        assert score.higher_is_better == MEASURES[score.name].higher_is_better
        assert score.n == len(SOURCES)
    assert "bag@1" in found.score("meaning").signature
    assert "commas@1" in found.score("syntactic").signature
    assert "distance:lexical+syntactic" in found.score("combined").signature


def test_without_a_parser_the_distance_is_lexical_and_says_so() -> None:
    found = scores_of(scorer(), REWRITTEN)
    assert "syntactic" not in {score.name for score in found.scores}
    assert "distance:lexical|" in found.score("combined").signature


def test_items_without_output_count_as_0_and_are_counted() -> None:
    one = scorer(CommaParser())
    whole = one.measure(REWRITTEN)
    some = {name: texts for name, texts in REWRITTEN.items() if name not in ("s0", "s1", "s2")} | {
        "s1": (),
        "s2": ("  ", "but the second is there"),
    }
    measured = one.measure(some)
    assert (whole.without_output, measured.without_output) == (0, 3)
    assert [item.combined for item in measured.items[:3]] == [0.0, 0.0, 0.0]
    assert [item.combined for item in measured.items[3:]] == [item.combined for item in whole.items[3:]]
    found = one.score(measured, system="after", system_signature="x")
    assert found.score("empty").value == pytest.approx(30.0)
    assert found.score("combined").n == len(SOURCES)
    assert found.score("syntactic").value == pytest.approx(14.0)


def test_a_system_without_any_output_has_0_everywhere() -> None:
    found = scores_of(scorer(CommaParser()), {})
    assert {score.value for score in found.scores if score.name != "empty"} == {0.0}
    assert found.score("empty").value == 100.0


def test_a_source_without_parse_is_left_out_for_all_systems_an_output_without_one_earns_nothing() -> None:
    sources = SOURCES | {"s0": "Is it open?"}
    one = scorer(CommaParser(), sources)
    outputs = REWRITTEN | {"s0": ("Would it, by chance, be open?",), "s1": ("Open it first, will you?",)}
    measured = one.measure(outputs)
    assert measured.unparsed == 1
    assert measured.items[0].syntactic is None and measured.items[1].syntactic == 0.0
    found = one.score(measured, system="after", system_signature="x")
    assert found.score("syntactic").n == len(SOURCES) - 1
    assert found.score("syntactic").value == pytest.approx(20.0 * 8 / 9)
    assert {one.n for one in one.compare(one.measure(COPIES), after=measured) if one.name == "syntactic"} == {9}


def test_texts_are_embedded_and_parsed_once_for_all_systems() -> None:
    one = scorer(CommaParser())
    for outputs in (COPIES, REWRITTEN, UNRELATED, REWRITTEN):
        one.measure(outputs)
    assert isinstance(one.embedder, BagOfWords) and isinstance(one.parser, CommaParser)
    assert len(one.embedder.seen) == len(set(one.embedder.seen))
    assert len(one.parser.seen) == len(set(one.parser.seen))


def test_paired_comparison_and_the_gate_read_these_measures() -> None:
    one = scorer(CommaParser(), MANY)
    before, after = one.measure({name: (text,) for name, text in MANY.items()}), one.measure(rewrite(MANY))
    comparisons = one.compare(before, after=after)
    by_name = {comparison.name: comparison for comparison in comparisons}
    assert by_name["combined"].difference > 0 and by_name["combined"].p_value < 0.05
    assert by_name["meaning"].difference < 0
    rules = parse_rules(["combined: better", "meaning: at least 60", "candidates: at least 10"])
    scores = one.score(after, system="after", system_signature="x")
    assert decide(rules, comparisons=comparisons, scores=[scores]).passed
    strict = parse_rules(["combined: better", "meaning: at least 99"])
    assert not decide(strict, comparisons=comparisons, scores=[scores]).passed


def test_outputs_of_other_sentences_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"t1.*s0"):
        scorer().measure({"t1": ("x",)})
    with pytest.raises(CorpusError, match="no sentence"):
        scorer(sources={})


def test_one_item_has_no_interval() -> None:
    found = scores_of(scorer(CommaParser(), {"s0": SOURCES["s0"]}), REWRITTEN)
    assert found.score("combined").low is None and found.score("combined").n == 1
