"""The stage that takes near-duplicates out of the pool."""

from tutelage.core.records import Rejection, Segment
from tutelage.stages.distinct import DISTINCT, DistinctInputs
from tutelage.storage.stages import StageFolder, open_stage
from tutelage.storage.tables import write_table

TEXTS = (
    "Open the settings of the printer and choose another paper size.",
    "Open the settings of the printer and choose another page size.",
    "The network cable is not plugged in.",
)


def test_near_duplicates_are_rejected_with_the_segment_that_is_kept(tmp_path):
    write_table(
        tmp_path / "pool.parquet", (Segment(f"s{n}", text, "en") for n, text in enumerate(TEXTS)), Segment, key="k"
    )
    bad = Rejection("s9", "pool", "empty", raw="")
    write_table(tmp_path / "pool.rejected.parquet", [bad], Rejection, key="k")
    pool = open_stage(tmp_path / "pool.parquet", Segment)
    noted = {}
    folder = StageFolder(tmp_path, noted.__setitem__)
    kept = folder.make(DISTINCT, DistinctInputs(pool, 0.9))
    assert [one.text for one in kept] == [TEXTS[0], TEXTS[2]]
    earlier, rejected = kept.rejections()
    assert earlier == bad, "what the pool left out is still told"
    assert (rejected.id, rejected.reason, rejected.raw) == (
        "s1",
        "near_duplicate",
        f"{TEXTS[1]}\t{TEXTS[0].casefold()}",
    )
    assert not list(tmp_path.rglob("texts"))
    assert DISTINCT.key(DistinctInputs(pool, 0.8)) != DISTINCT.key(DistinctInputs(pool, 0.9))
