import pytest

from tutelage.core.evidence import Comparison, GateDecision, RuleOutcome, Score, SystemScores
from tutelage.core.records import (
    ErrorSpan,
    Example,
    Feedback,
    Hypothesis,
    Pair,
    Provenance,
    Rejection,
    Segment,
)
from tutelage.storage.plain import from_plain, to_plain
from tutelage.storage.tables import count_rows, read_table, table_key, write_table

MADE = Provenance("feedback", ("a", "b"), "feedback", "llm/1", "3", seed=7)
SOURCE = Segment("s1", "Open “%s” – ñ 漢字\n\ttab", "en", "doc", Provenance("corpus.tsv:12"))
TARGET = Segment("s1", "", "pt-BR")
HYPOTHESIS = Hypothesis(SOURCE, "Abrir", "student|greedy")
SPAN = ErrorSpan(0, 4, 0, 5, "mistranslation", "major", "Abra", "imperative")

RECORDS = [
    MADE,
    Provenance(),
    SOURCE,
    Pair(SOURCE, TARGET, MADE),
    HYPOTHESIS,
    SPAN,
    Feedback(HYPOTHESIS, (SPAN, SPAN), "Abra", 0.25, MADE),
    Feedback(HYPOTHESIS, (), None, None, Provenance()),
    Example("e1", "translate", "en", "pt-BR", "Open", "Abra", 0.5, "post-edit", "because", None, MADE),
    Rejection("r1", "feedback", "no answer", "raw\x00text", MADE),
    Score("chrf", 50.5, None, None, 100, True, "nrefs:1"),
    SystemScores("before", "domain", "sig", (Score("bleu", 1.0, 0.5, 1.5, 9, True, "x"),)),
    Comparison("domain", "chrf", 1.0, 2.0, 1.0, 0.5, 1.5, 0.01, True, 10),
    GateDecision("better", True, (RuleOutcome("chrf: better", True, "it is"),)),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_type_comes_back(tmp_path, record):
    path = tmp_path / "table.parquet"
    assert write_table(path, [record, record], type(record), key="k1") == 2
    assert list(read_table(path, type(record))) == [record, record]
    assert from_plain(type(record))(to_plain(type(record))(record)) == record
    assert table_key(path) == "k1"


def test_many_rows_stream(tmp_path):
    taken = []

    def produce():
        for index in range(20_000):
            taken.append(index)
            yield Segment(str(index), f"text {index}", "en")

    path = tmp_path / "many.parquet"
    assert write_table(path, produce(), Segment) == 20_000
    assert count_rows(path) == 20_000
    rows = read_table(path, Segment)
    assert next(rows).id == "0"
    assert [row.text for row in rows] == [f"text {index}" for index in range(1, 20_000)]


def test_an_empty_table(tmp_path):
    assert write_table(tmp_path / "none.parquet", [], Feedback) == 0
    assert list(read_table(tmp_path / "none.parquet", Feedback)) == []


def test_an_interrupted_table_does_not_appear(tmp_path):
    def produce():
        yield SOURCE
        raise RuntimeError("stopped")

    path = tmp_path / "torn.parquet"
    write_table(path, [SOURCE], Segment, key="old")
    with pytest.raises(RuntimeError):
        write_table(path, produce(), Segment, key="new")
    assert table_key(path) == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["torn.parquet"]
