"""Where work on rows is done that do not depend on one another: in this process, or by workers elsewhere.

A stage does not know where: its rows and its content key are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
ItemIn = TypeVar("ItemIn", contravariant=True)
OutcomeOut = TypeVar("OutcomeOut", covariant=True)


class OpenWork(Protocol[ItemIn, OutcomeOut]):
    """Work whose student or teacher is there."""

    @property
    def figures(self) -> Mapping[str, float]:
        """What it has used for the outcomes so far, for progress; empty if nobody counts it."""
        ...

    def __call__(self, items: Iterable[ItemIn], /) -> Iterator[OutcomeOut]:
        """One outcome for each item, in their order, streaming; UserError behind those that were finished."""
        ...


class RowWork(Protocol[ItemIn, OutcomeOut]):
    """What is done with each row. It can be pickled: whoever does the work opens what it needs."""

    def open(self) -> AbstractContextManager[OpenWork[ItemIn, OutcomeOut]]:
        """Load or call what does it."""
        ...


class Runner(Protocol):
    """Does work on rows."""

    def open(
        self, work: RowWork[Item, Outcome], *, row_seconds: float | None = None
    ) -> AbstractContextManager[OpenWork[Item, Outcome]]:
        """The work, ready for its items.

        `row_seconds` is what a row takes, about, so that nobody is started for a few that are quickly done here; `None`
        if a student or a teacher is needed.
        """
        ...


class LocalRunner:
    """Does the work in this process."""

    def open(
        self,
        work: RowWork[Item, Outcome],
        *,
        row_seconds: float | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[OpenWork[Item, Outcome]]:
        """The work as it is."""
        return work.open()


LOCAL = LocalRunner()
