import pytest

from tutelage.core.errors import CorpusError
from tutelage.corpora.formats.registry import FACTS, FORMATS, SUFFIXES, format_name


@pytest.mark.parametrize("name", FACTS)
def test_every_format_loads_and_reads_and_fills(name):
    made = FORMATS.load(name)()
    assert callable(made.read) and callable(made.fill)


def test_no_two_formats_share_a_suffix():
    assert len(SUFFIXES) == sum(len(facts.suffixes) for facts in FACTS.values())


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("a.docx", "XLIFF"), ("b/A.PDF", "XLIFF"), ("a.xlsx", ".tsv"), ("a.mo", "msgunfmt"), ("a.qm", "lconvert"),
        ("a.sdltm", "TMX"), ("a.zip", "Unpack"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_says_what_to_convert_it_to(path, hint):
    with pytest.raises(CorpusError, match="are not read") as caught:
        format_name(path)
    assert hint in caught.value.fix and caught.value.where == path
