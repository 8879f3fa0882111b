"""The texts of a recipe: parts, limits and keys are the same in every run."""

import os
import shutil

import pytest

from answer_key import pairs, write_rows
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.corpora.texts import Texts

SHARES = {"train": 0.6, "dev": 0.1, "test": 0.3}


@pytest.fixture
def corpus(tmp_path):
    rows = pairs([f"Open file number {n}" for n in range(400)])
    rows = [{**row, "document": f"d{n % 40}", "origin": "web" if n % 2 else "app"} for n, row in enumerate(rows)]
    return write_rows(tmp_path / "corpus.jsonl", rows)


def texts(corpus, **settings):
    return Texts(TextsSettings(pool=TextSettings(path=str(corpus), **settings)), Direction("en", "pt-BR"))


def ids(corpus, **settings):
    return [segment.id for segment in texts(corpus, **settings).segments("pool")]


@pytest.mark.parametrize("split_by", ["document", "segment"])
def test_parts_are_the_whole_and_share_nothing(corpus, split_by):
    parts = [ids(corpus, part=part, shares=SHARES, split_by=split_by) for part in SHARES]
    assert sorted(name for part in parts for name in part) == sorted(ids(corpus))
    assert len(parts[0]) > len(parts[2]) > len(parts[1]) > 0


def test_a_document_is_never_torn_apart(corpus):
    train, test = (
        {pair.source.document for pair in texts(corpus, part=part, shares=SHARES).pairs("pool")}
        for part in ("train", "test")
    )
    assert train
    assert not train & test


def test_the_same_settings_give_the_same_part_and_another_seed_another(corpus):
    chosen = {"part": "test", "shares": SHARES, "split_by": "segment"}
    assert ids(corpus, **chosen) == ids(corpus, **chosen)
    assert ids(corpus, **chosen) != ids(corpus, **chosen, split_seed=1)


def test_a_limit_is_taken_evenly_in_order_and_grows_by_addition(corpus):
    few, more = ids(corpus, limit=20), ids(corpus, limit=100)
    assert (len(few), len(more)) == (20, 100)
    assert set(few) < set(more)
    assert [name for name in ids(corpus) if name in set(more)] == more
    # evenly: not the first hundred
    assert len(set(more) & set(ids(corpus)[200:])) > 25
    assert few != ids(corpus, limit=20, split_seed=1)
    assert ids(corpus, limit=1000) == ids(corpus)


def test_pairs_and_segments_of_a_limited_part_are_the_same_rows(corpus):
    chosen = texts(corpus, part="test", shares=SHARES, split_by="segment", limit=30)
    assert [pair.id for pair in chosen.pairs("pool")] == [segment.id for segment in chosen.segments("pool")]


def test_only_and_without(corpus):
    assert len(ids(corpus, only={"origin": ("web",)})) == 200
    assert not set(ids(corpus, only={"origin": ("web",)})) & set(ids(corpus, without={"origin": ("web",)}))


def test_the_key_follows_settings_and_files(corpus):
    key = texts(corpus).key("pool")
    assert key == texts(corpus).key("pool")
    assert key != texts(corpus, limit=5).key("pool")
    assert texts(corpus).key("test") == ""
    with corpus.open("a") as file:
        file.write('{"source": "One more", "target": "Mais um"}\n')
    assert texts(corpus).key("pool") != key


def test_a_copied_corpus_is_the_same_text(corpus, tmp_path):
    copied = tmp_path / "elsewhere" / corpus.name
    copied.parent.mkdir()
    shutil.copy(corpus, copied)
    os.utime(copied, ns=(1, 1))
    assert texts(copied).key("pool") == texts(corpus).key("pool")
    renamed = corpus.rename(corpus.with_name("renamed.jsonl"))
    assert texts(renamed).key("pool") != texts(copied).key("pool"), "ids name the file"


def test_a_text_that_is_not_named_is_said_so(corpus):
    with pytest.raises(CorpusError, match=r"text\.test: this step needs a text"):
        next(texts(corpus).pairs("test"))


def test_an_unknown_part_and_bad_shares(corpus):
    with pytest.raises(UsageError, match="Did you mean 'train'"):
        ids(corpus, part="tran", shares=SHARES)
    with pytest.raises(UsageError, match="add up to 1"):
        ids(corpus, part="train", shares={"train": 0.5})


def test_a_target_language_file_takes_its_sources_from_the_file_beside_it(tmp_path):
    source, target = tmp_path / "en.resx", tmp_path / "pt.resx"
    entry = '<data name="{}"><value>{}</value></data>'
    source.write_text(f"<root>{entry.format('a', 'Open')}{entry.format('b', 'Close')}</root>")
    target.write_text(f"<root>{entry.format('b', 'Fechar')}</root>")
    text = texts(target, source_file=str(source)).text("pool")
    assert [(pair.source.text, pair.target.text) for pair in text.pairs()] == [("Close", "Fechar")]
    assert [segment.text for segment in text.segments()] == ["Close", "Open"]
    before = text.key
    source.write_text(f"<root>{entry.format('b', 'Shut it')}</root>")
    assert text.key != before and [pair.source.text for pair in text.pairs()] == ["Shut it"]
    with pytest.raises(CorpusError, match="source_file"):
        list(texts(target).pairs("pool"))
