"""What a server saw day by day: counts without texts, which outlive it."""

from tutelage.storage.days.store import DayCounts, DayStore

__all__ = ["DayCounts", "DayStore"]
