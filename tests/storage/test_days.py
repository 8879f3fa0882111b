"""Counts of days that outlive a server."""

from tutelage.core.languages import Direction
from tutelage.storage.days import DayCounts, DayStore

EN_PT, EN_DE = Direction("en", "pt-BR"), Direction("en", "de")


def test_counts_add_up_and_are_there_again(tmp_path):
    store = DayStore.open(tmp_path / "a.days")
    store.add(
        {("2026-01-01", EN_PT): DayCounts(texts=1), ("2026-01-02", EN_PT): DayCounts(texts=2, words=10, unseen=1)}
    )
    store.add({("2026-01-02", EN_PT): DayCounts(texts=3, words=5), ("2026-01-02", EN_DE): DayCounts(texts=7)})
    store.close()
    store = DayStore.open(tmp_path / "a.days")
    assert store.since("2026-01-02") == {
        ("2026-01-02", EN_DE): DayCounts(texts=7),
        ("2026-01-02", EN_PT): DayCounts(texts=5, words=15, unseen=1),
    }
    store.close()
