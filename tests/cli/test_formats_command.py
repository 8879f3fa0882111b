import json

from tutelage.corpora.formats.registry import FORMATS


def test_formats_are_listed_with_their_suffixes(tutelage):
    shown = tutelage("formats")
    assert shown.returncode == 0
    lines = shown.stdout.splitlines()
    assert lines[0].split() == ["format", "suffixes", "languages", "a", "file", "what", "it", "is"]
    assert [line.split()[0] for line in lines[1:]] == list(FORMATS)
    found = json.loads(tutelage("formats", "--json").stdout)
    assert {"name": "tsv", "suffixes": [".tsv", ".tab"], "languages": "two", "what": "tables with tabs"} in found
