import pytest

from tests.support.tiny_students import FAMILIES, make_tiny
from tutelage.core.decoding import Decoding
from tutelage.core.protocols import StudentInput
from tutelage.students.engines.opening import open_engine
from tutelage.students.token_places import find_tokens


def found(tokens, text):
    places = find_tokens(tokens, text)
    return None if places is None else [text[start:end] for start, end in places]


def test_tokens_are_found_whatever_their_spaces_signs_and_accents():
    assert found(["▁Open", "▁the", "▁fi", "le", ".", "</s>"][:5], "Open  the\tfile.") == ["Open", "the", "fi", "le", ""]
    assert found(["Ġ«", "Ação", "»"], "“ação”") == ["", "ação", ""]
    assert found(["▁", "⟦1⟧", "▁x"], "⟦1⟧ x") == ["", "1", "x"]
    assert found(["ﬁle", "2"], "file²") == ["file", "²"]


def test_what_the_vocabulary_lacks_is_passed_over():
    assert find_tokens(["aaa", "<unk>", "b"], "aaa ж b", special=frozenset({"<unk>"})) == ((0, 3), (4, 4), (6, 7))
    assert found(["▁Open", "▁", "<unk>", "▁file", "▁now", "▁please"], "Open Ж file now please")[3:] == [
        "file", "now", "please",
    ]  # fmt: skip


def test_other_tokens_are_not_found():
    assert found(["▁Close", "▁window"], "Open the file") is None
    assert found(["▁Open"], "Open the file that is there") is None
    assert found([], "") == []


def test_a_prompt_need_not_be_found():
    tokens = ["<unk>", "o", "▁", "F", "r", ":", "▁the", "▁file"]
    assert find_tokens(tokens, "to Fr: the file", begin=7)[-2:] == ((7, 10), (11, 15))


@pytest.mark.parametrize("family", [one for one in FAMILIES if one != "bart"])
def test_every_family_tells_what_it_looks_at(family, tmp_path):
    engine = open_engine(make_tiny(family, tmp_path / "student"), cache=tmp_path).inner
    decoding = Decoding(max_target_tokens=8, beam_size=2, outputs=2)
    texts = ["the file opens", "", "the user saves a new window"]
    stretches = [StudentInput(texts[0], aligned=True), StudentInput(texts[1], aligned=True), StudentInput(texts[2])]
    told = list(engine.translate_stretches(stretches, decoding=decoding, scored=True))
    assert [tuple(one.text for one in outputs) for outputs in told] == list(
        engine.translate_several(texts, decoding=decoding)
    )
    assert all(one.alignment is None for one in told[2]) and all(one.log_probability <= 0 for one in told[0])
    alignment = told[0][0].alignment
    letters = [texts[0][start:end] for start, end in alignment.source_tokens if start < end]
    assert "".join(letters) == "thefileopens", "neither languages nor a prompt"
    assert all(sum(row) == pytest.approx(1.0, abs=0.02) for row in alignment.weights)
    assert len(alignment.weights) == len(alignment.target_tokens)
    assert all(len(row) == len(alignment.source_tokens) for row in alignment.weights)
