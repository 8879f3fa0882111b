"""Where the benchmarks look for their text."""

import pytest

from benchmarks.claims.claim.command import fill_recipe, make_parser
from benchmarks.corpora.place import DATA, MADE_BY, found


def test_text_is_looked_for_where_it_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = make_parser("radis", "").parse_args([]).data
    assert asked == DATA and MADE_BY.endswith(str(DATA))
    with pytest.raises(SystemExit, match=MADE_BY):
        fill_recipe("radis", data=asked)
    DATA.mkdir(parents=True)
    assert found(asked) == tmp_path / DATA
    assert f"{tmp_path / DATA}/en-pt_BR.train.jsonl.gz" in fill_recipe("radis", data=asked)
