from collections import Counter

import pytest

from tutelage.core.errors import MetricError
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.corpora.faults import count_tokens
from tutelage.corpora.filters import RATED_AT_ONCE, TextFilter, with_rejections


def pair(source, target, *, number=0, lang="pt-BR"):
    return Pair(Segment(f"p:{number}", source, "en"), Segment(f"p:{number}", target, lang))


class NoLanguage:
    """Abstains from everything."""

    signature = "none"

    def knows(self, lang):
        return True

    def identify(self, _text, *, among):
        assert among


def kept_of(outcomes):
    """What is kept, and how many were dropped for each reason."""
    outcomes = list(outcomes)
    dropped = [one for one in outcomes if isinstance(one, Rejection)]
    assert {one.stage for one in dropped} <= {"filters"}
    return [one for one in outcomes if not isinstance(one, Rejection)], Counter(one.reason for one in dropped)


def sift(pairs, settings=None, **changes):
    return kept_of(TextFilter(settings or FilterSettings(), **{"identifier": NoLanguage()} | changes).pairs(pairs))


class OneLanguage:
    """Says Portuguese of what ends in -o, English of the rest, and abstains from questions."""

    signature = "test"

    def knows(self, lang):
        return True

    def identify(self, text, *, among):
        assert among == ("de", "en", "pt")
        return None if text.endswith("?") else IdentifiedLanguage("pt" if text.endswith("o") else "en", 1.0)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("Open the file", "Abra o arquivo", ""),
        ("Open", " ", "empty"),
        ("Open", "Abr\x01ir", "control_characters"),
        ("Open", "Abr\ufffdir", "control_characters"),
        ("a b c d e f g h i j k", "a b c d", "too_long"),
        ("Open", "Abrir o arquivo que foi fechado na semana passada", "length_ratio"),
        ("Open the file now", "open the  FILE now", "copied"),
        ("GNU Image Program", "GNU Image Program", ""),
        ("Open %s now", "Abra agora", "placeholders_lost"),
        ("Open %s now", "Abra %s agora %s", ""),
    ],
)
def test_each_reason(source, target, reason):
    kept, dropped = sift([pair(source, target)], FilterSettings(max_words=10))
    assert len(kept) == (not reason)
    assert dropped == Counter([reason] * bool(reason))


def test_duplicates_keep_the_first():
    pairs = [pair("Open", "Abrir", number=1), pair("open ", "ABRIR", number=2), pair("Open", "Abra", number=3)]
    kept, dropped = sift(pairs)
    assert [p.id for p in kept] == ["p:1", "p:3"]
    assert dropped == {"duplicate": 1}


def test_every_filter_can_be_switched_off():
    settings = FilterSettings(
        max_words=10**9,
        length_ratio=1e9,
        duplicates=False,
        copies=False,
        control_characters=False,
        placeholders=False,
    )
    pairs = [pair("a %s b c\x01 d" * 99, "x")] * 2 + [pair("one two three four", "one two three four")]
    assert sift(pairs, settings)[0] == pairs


def test_wrong_language_on_either_side_and_abstention():
    pairs = [pair("yes", "não"), pair("ovo", "ovo dito"), pair("yes", "yes sir"), pair("what?", "sim?")]
    kept, dropped = sift(pairs, identifier=OneLanguage(), languages=("de",))
    assert [p.source.text for p in kept] == ["yes", "what?"]
    assert dropped == {"wrong_language": 2}


def test_dense_languages_count_characters():
    assert count_tokens("打开 文件", lang="zh-CN") == 4
    assert count_tokens("open the file", lang="en") == 3
    source, target = "The selected file could not be opened for writing", "无法打开所选文件进行写入"
    assert sift([pair(source, target, lang="zh-CN")])[0]


def test_paraphrase_pairs_may_not_be_called_copied():
    same = pair("one two three four", "one two three four", lang="en")
    assert sift([same])[0] == [same]


def test_segments():
    segments = [Segment(str(n), text, "en") for n, text in enumerate(["a", "A", "", "b\x00", "b"])]
    kept, dropped = kept_of(TextFilter(FilterSettings(), NoLanguage()).segments(segments))
    assert [one.id for one in kept] == ["0", "4"]
    assert dropped == {"duplicate": 1, "empty": 1, "control_characters": 1}


class Rated:
    """A metric that finds a score in each target."""

    name, signature, needs_reference = "quality", "quality|1", False

    def __init__(self, *, higher_is_better=True):
        self.higher_is_better, self.asked = higher_is_better, []

    def score(self, segments):
        self.asked.append(len(segments))
        assert not any(one.reference for one in segments)
        return [float(one.hypothesis.split()[-1]) for one in segments]


def rated_filter(metric, least=50.0):
    return TextFilter(FilterSettings(language=False, least={"quality": least}), None, rating=(metric,))


@pytest.mark.parametrize(("higher_is_better", "kept"), [(True, ["50", "90", "nan"]), (False, ["10", "50", "nan"])])
def test_pairs_that_a_metric_rates_worse_are_dropped_with_their_score(higher_is_better, kept):
    pairs = [pair(f"House {n}", f"Casa {score}", number=n) for n, score in enumerate(("10", "50", "90", "nan"))]
    found = list(rated_filter(Rated(higher_is_better=higher_is_better)).pairs(pairs))
    assert [one.target.text.split()[-1] for one in found if isinstance(one, Pair)] == kept
    (rejection,) = (one for one in found if isinstance(one, Rejection))
    assert rejection.reason == "quality_worse_than_50"
    assert rejection.raw.split("\t")[0] == ("10.000" if higher_is_better else "90.000")


def test_a_metric_is_asked_in_windows_about_what_the_other_filters_keep():
    metric = Rated()
    pairs = [pair(f"House {n}", f"Casa {n}", number=n) for n in range(RATED_AT_ONCE + 10)]
    assert len(list(rated_filter(metric, least=0).pairs([*pairs, pair("", "Casa 1")]))) == len(pairs) + 1
    assert metric.asked == [RATED_AT_ONCE, 10]


def test_a_metric_with_references_cannot_choose():
    metric = Rated()
    metric.needs_reference = True
    with pytest.raises(MetricError, match="needs a reference"):
        list(rated_filter(metric).pairs([pair("House", "Casa 1")]))


def test_the_metric_is_in_the_key():
    other = Rated()
    other.signature = "quality|2"
    assert rated_filter(Rated()).key == rated_filter(Rated()).key != rated_filter(other).key


def test_rejections_come_between_what_is_kept_and_are_not_gathered():
    texts = ["a", "", "", "b", "", "c", ""]
    segments = [Segment(str(number), text, "en") for number, text in enumerate(texts)]
    rejections = []
    kept = (one for one in segments if one.text or rejections.append(Rejection(one.id, "filters", "empty")))
    told, longest = [], 0
    for item in with_rejections(kept, rejections):
        told.append(item.id)
        longest = max(longest, len(rejections))
    assert told == ["0", "1", "2", "3", "4", "5", "6"]
    assert longest == 2
