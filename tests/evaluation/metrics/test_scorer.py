"""The scorer of the known metrics: what it says of itself, and that copied words have shown nothing."""

import numpy as np
import pytest

from tutelage.evaluation.metrics import scorer


class Letters:
    """An encoder by counts of letters."""

    def encode(self, texts):
        counts = np.array([[text.casefold().count(chr(letter)) for letter in range(97, 123)] for text in texts], float)
        return counts / np.maximum(1e-9, np.linalg.norm(counts, axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("source", "hypothesis", "left"),
    [
        ("Open the window.", "Abra a janela.", "Abra a janela."),
        ("Open the window.", "open the  WINDOW.", ""),
        ("Open the window.", "Abra a window.", "Abra a ."),
        ("Open the window.", "Abra a Window.", "Abra a ."),
        ("Ask Maria about 2024.", "Pergunte a Maria sobre 2024.", "Pergunte a Maria sobre 2024."),
        ("Open the window.", "", ""),
    ],
)
def test_copied_words_are_left_out_and_names_stay(source, hypothesis, left):
    assert scorer.leave_out_copies(source, hypothesis) == left


def test_a_copy_scores_nothing_and_a_part_of_one_less():
    segments = [
        {"source": "Open the window.", "hypothesis": one} for one in ("Open the window.", "Open it, window", "")
    ]
    copy, part, empty = scorer.score_adequacy(segments, encoder=Letters())
    source, whole = Letters().encode(["Open the window.", "Open it, window"])
    assert copy == empty == 0 and 0 < part < 100 * float(source @ whole) - 5


def test_weights_in_a_file_are_named_by_their_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(scorer, "version", lambda name: "0.0.18")
    said = []
    for content in ("first", "second"):
        (tmp_path / "model.ckpt").write_text(content)
        said.append(scorer.greet("comet", str(tmp_path / "model.ckpt"), str(tmp_path / "xlm-r")))
    assert said[0]["model"] != said[1]["model"] and said[0]["model"].startswith("model.ckpt@")
    assert said[0]["licence"] == "unknown" and said[0]["needs_reference"]
    told = scorer.greet("cometkiwi", None, None)
    assert (told["licence"], told["needs_reference"]) == ("CC-BY-NC-SA-4.0", False)
    assert told["version"] == "lightyear-0.0.18-1"
