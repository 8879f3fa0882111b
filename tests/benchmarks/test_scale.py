"""The benchmarks of scale, whole and small: what they show must hold at any size, but for the speed."""

from benchmarks.scale.growth import STAGES, measure, table
from benchmarks.scale.local_cluster import measure_cluster, measure_ray
from benchmarks.scale.near_duplicates import made_segments, measure_pool, read_and_plant
from benchmarks.scale.sifting import make_pool
from benchmarks.speed.memory import write_corpus
from tutelage.core.recipe import RunnerSettings
from tutelage.core.records import Segment
from tutelage.storage.tables import write_table


def test_growth_takes_a_pool_through_its_stages():
    found = [measure(count, text=None) for count in (300, 600)]
    assert [one["pool rows"] for one in found] == [300, 600]
    assert [one["drawn rows"] for one in found] == [30, 60]
    assert all(one[stage] >= 0 for one in found for stage in STAGES)
    assert [line.split(" | ")[0] for line in table([300, 600], found).splitlines()[2:]] == ["| 300", "| 600"]


def test_sifting_is_measured_apart_from_reading_and_writing(tmp_path):
    write_corpus(tmp_path / "pool.jsonl", None, 60)
    found = make_pool(tmp_path / "pool.jsonl", RunnerSettings())
    assert found["sifting"] > 0 and found["stage"] > 0 and found["rows"] > 50 and len(found["files"]) == 2


def test_the_workers_of_a_cluster_that_a_run_starts_make_the_rows_of_one_process():
    figures = measure_ray(segments=40, slots=8, workers=[2], ledger=None)
    (same,) = [figure for figure in figures if figure.what.startswith("rows as by one process")]
    assert (same.value, same.reached) == ("True", True)


def test_workers_that_share_a_ledger_make_the_rows_of_one_process():
    figures = measure_cluster(segments=40, slots=8, workers=[2], ledger=None)
    (same,) = [figure for figure in figures if figure.what.startswith("rows as by one process")]
    assert (same.value, same.reached) == ("True", True)


def test_planted_near_duplicates_are_found_among_made_segments_and_those_of_a_file(tmp_path):
    (tmp_path / "text.txt").write_text("".join(f"{one.text}\n" for one in made_segments(3000) if not one.document))
    for segments in (made_segments(1000), read_and_plant(tmp_path / "text.txt")):
        write_table(tmp_path / "pool.parquet", segments, Segment)
        found = measure_pool(tmp_path / "pool.parquet")
        assert found["due"] > 50 and found["hit"] >= 0.97 * found["due"]
        assert found["others"] <= found["due"]
