"""Examples for the role feedback from a file, and what is told of a file that is none."""

import json

import pytest

from tutelage.core.errors import CorpusError
from tutelage.labelling.feedback.examples import MOST, read_examples

ERROR = {
    "source_quote": "a printer", "target_quote": "um impressor", "explanation": "the device is meant",
    "category": "accuracy/mistranslation", "severity": "major", "correction": "uma impressora",
}  # fmt: skip
WRONG = {"source": "Choose a printer.", "translation": "Escolha um impressor."}
WRONG |= {"errors": [ERROR], "post_edit": "Escolha uma impressora."}
RIGHT = {"source": "Open it.", "translation": "Abra."}


def written(tmp_path, *lines):
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_wrong_and_right_hypotheses_are_read(tmp_path):
    wrong, right = read_examples(written(tmp_path, WRONG, "", RIGHT))
    assert (wrong.source, wrong.translation) == ("Choose a printer.", "Escolha um impressor.")
    assert wrong.answer.has_error and wrong.answer.errors[0].correction == "uma impressora"
    assert not right.answer.has_error and right.answer.post_edit is None


def test_no_file_is_no_examples():
    assert read_examples(None) == ()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["not json"], "cannot be used"),
        ([RIGHT, {**WRONG, "errors": [{**ERROR, "category": "taste"}]}], "examples.jsonl:2"),
        ([{**WRONG, "post_edit": None}], "contradicts itself"),
        ([{**RIGHT, "post_edit": "Abra."}], "contradicts itself"),
        ([{**RIGHT, "note": "x"}], "note"),
        ([RIGHT] * (MOST + 1), f"{MOST + 1} examples"),
        ([""], "0 examples"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, lines, told):
    with pytest.raises(CorpusError, match=told.replace(".", r"\.")):
        read_examples(written(tmp_path, *lines))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read"):
        read_examples(tmp_path / "none.jsonl")
