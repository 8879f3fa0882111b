"""The pool: filtered, without duplicates, and without what is tested on."""

from collections import Counter

import pytest

from answer_key import orders, pairs, write_rows
from tutelage.core.errors import CorpusError
from tutelage.core.protocols import Silence
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.texts import Texts
from tutelage.stages.context import StepContext
from tutelage.stages.pool import pool_stage
from tutelage.storage.stages import StageFolder
from whole_runs import make_recipe, patching_table

TEXT = orders(60, seed=9)


@pytest.fixture
def context(tmp_path):
    """A function that gives the context of a step whose pool and tests hold these sources."""

    def make(pool, *, test=TEXT[40:], dev=(), general=(), **changes):
        write_rows(tmp_path / "pool.jsonl", [{"source": text} for text in pool])
        uses = {"test": test, "dev": dev, "general": general}
        text = {"pool": {"path": str(tmp_path / "pool.jsonl")}}
        for use, sources in uses.items():
            write_rows(tmp_path / f"{use}.jsonl", pairs(sources))
            text |= {use: {"path": str(tmp_path / f"{use}.jsonl")}} if sources else {}
        table = patching_table(tmp_path, tmp_path, "http://unused")
        recipe = make_recipe({**table, "text": text, **changes})
        return StepContext(
            recipe=recipe,
            number=1,
            student=tmp_path,
            folder=StageFolder(tmp_path / "01-patching", lambda *_: None),
            texts=Texts(recipe.text, recipe.direction.direction),
            teachers=None,
            identifier=LangidIdentifier(),
            progress=Silence(),
            conversions=tmp_path,
        )

    return make


def reasons(table):
    return Counter(rejection.reason for rejection in table.rejections())


@pytest.mark.parametrize("use", ["test", "dev", "general"])
def test_what_is_held_back_is_not_in_the_pool(context, use):
    leaking = TEXT[30].upper().replace(".", " !")
    pool = pool_stage(context([*TEXT[:8], leaking], **{"test": TEXT[50:51], use: [TEXT[30]]}))
    assert reasons(pool) == {"in_test_set": 1}
    (rejection,) = pool.rejections()
    assert rejection.raw == leaking
    assert rejection.provenance.origin.endswith("pool.jsonl:9")
    assert [segment.text for segment in pool] == TEXT[:8]


def test_nearly_the_same_is_held_back_too(context):
    test = "Choose the folder where the new project files will be saved by default."
    near = "Choose the folder where the new project files will be saved now."
    pool = pool_stage(context([near, "Print the local file."], test=[test]))
    assert reasons(pool) == {"in_test_set": 1}


def test_duplicates_and_foreign_text_are_counted(context):
    foreign = "Abra o arquivo novo e feche o programa velho."
    pool = pool_stage(context([*TEXT[:5], TEXT[0].lower(), "x " * 130, foreign, "bad \x07 bell"], test=TEXT[50:51]))
    assert reasons(pool) == {"duplicate": 1, "too_long": 1, "wrong_language": 1, "control_characters": 1}
    assert pool.rows == 5


def test_the_filters_of_the_recipe_hold(context):
    pool = pool_stage(context(["Open it.", *TEXT[:3]], test=TEXT[50:51], filters={"max_words": 3, "language": False}))
    assert [segment.text for segment in pool] == ["Open it."]
    assert reasons(pool) == {"too_long": 3}


def test_a_pool_that_is_the_test_is_an_error_with_figures(context):
    with pytest.raises(CorpusError, match=r"text\.pool: 4 of 5 segments are in the test") as raised:
        pool_stage(context([*TEXT[:4], "Print the local file."], test=TEXT[:4]))
    assert raised.value.exit_code == 1
    assert "\n" not in raised.value.paragraph()
    assert "Give other text" in raised.value.fix


def test_a_pool_of_which_nothing_is_left_is_an_error(context):
    with pytest.raises(CorpusError, match="nothing of the pool is left") as raised:
        pool_stage(context(TEXT[:4], test=TEXT[:4]))
    assert "pool.rejected.parquet" in raised.value.fix
    assert "Dropped: 4 in_test_set (in pool)." in raised.value.paragraph()


def test_half_leaking_is_still_a_neighbour(context):
    pool = pool_stage(context([*TEXT[:4], "Print local.", "Save code.", "Move text.", "Open menu."], test=TEXT[:4]))
    assert pool.rows == 4


def test_the_pool_is_made_once(context, tmp_path):
    first = pool_stage(context(TEXT[:5], test=TEXT[50:51]))
    made = first.path.stat().st_mtime_ns
    same = context(TEXT[:5], test=TEXT[50:51], evaluation={"resamples": 107})
    # the files were written anew with the same lines
    assert pool_stage(same).key == first.key
    assert pool_stage(same).path.stat().st_mtime_ns == made
    other = context(TEXT[:6], test=TEXT[50:51])
    assert pool_stage(other).path.stat().st_mtime_ns != made


def test_the_index_holds_every_held_back_text(context):
    index = context(TEXT[:2], test=TEXT[10:13], dev=TEXT[13:15], general=TEXT[15:16]).held_back.index()
    assert len(index) == 6
    assert index.find("x", TEXT[15]).kind == "exact"
    assert index.find("x", "Something else") is None
