"""A feedback store read as a text."""

import pytest

from tutelage.core.errors import UsageError, UserError
from tutelage.core.languages import Direction
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.formats.registry import load_format
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.storage.feedback import Correction, FeedbackStore

EN_PT = Direction("en", "pt-BR")


@pytest.fixture
def path(tmp_path):
    store = FeedbackStore.open(tmp_path / "a.feedback")
    for source, text, direction, doubt in (
        ("One.", "Um.", EN_PT, ""),
        ("Two.", "Dois.", EN_PT, "wrong_language"),
        ("Three.", "Três.", Direction("en", "pt"), ""),
        ("Four.", "Vier.", Direction("en", "de"), ""),
    ):
        store.add(Correction(direction, source, "draft", text, "sig", "ana"), doubt=doubt)
    store.close()
    return tmp_path / "a.feedback"


def test_what_is_accepted_of_the_direction_is_read_each_its_own_document(path):
    pairs = list(read_pairs(path, direction=EN_PT, reading=Reading(post_edits=True)))
    assert [(pair.source.text, pair.target.text) for pair in pairs] == [("One.", "Um."), ("Three.", "Três.")]
    assert [pair.source.id for pair in pairs] == [pair.source.document for pair in pairs]
    assert {pair.draft for pair in pairs} == {None}  # what the student says by now is compared, not what it once said


def test_what_one_person_gave_can_be_left_out(path):
    assert list(read_pairs(path, direction=EN_PT, reading=Reading(without={"who": ("ana",)}))) == []


def test_its_sources_alone_are_read(path):
    assert [one.text for one in read_segments(path, lang="en")] == ["One.", "Three.", "Four."]


def test_it_is_not_translated(path, tmp_path):
    with pytest.raises(UsageError, match="read by runs"):
        load_format(path).fill(path, tmp_path / "b.feedback", iter, names=FieldNames(), filling=None)


def test_no_store_no_text(tmp_path):
    (tmp_path / "b.feedback").write_text("text")
    with pytest.raises(UserError, match="feedback store"):
        list(read_pairs(tmp_path / "b.feedback", direction=EN_PT))
