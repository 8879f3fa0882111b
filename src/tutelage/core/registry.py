"""Names to things, imported only when asked for, with a suggestion for a name that is not there."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, TypeVar

from tutelage.core.errors import UsageError, did_you_mean

Wanted = TypeVar("Wanted")


class Registry:
    """A table of lazy `"module:attribute"` entries; packages outside add theirs as entry points of `group`."""

    def __init__(self, noun: str, entries: dict[str, str], *, group: str = "") -> None:
        self.noun, self._entries, self._group = noun, dict(entries), group
        self._outside_read = not group

    def __iter__(self) -> Iterator[str]:
        self._read_outside()
        return iter(sorted(self._entries))

    def __contains__(self, name: str) -> bool:
        self._read_outside()
        return name in self._entries

    def load(self, name: str) -> Any:
        """The thing called `name`; UsageError with a suggestion if there is none."""
        if name not in self:
            raise UsageError(f"no {self.noun} is called '{name}'.", fix=did_you_mean(name, self._entries))
        module, _, attribute = self._entries[name].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def load_instance(self, name: str, wanted: type[Wanted]) -> Wanted:
        """The same, if it is a `wanted`; UsageError for what an entry point from outside names instead."""
        found = self.load(name)
        if not isinstance(found, wanted):
            raise self._misfit(name, f"a {wanted.__module__}.{wanted.__qualname__}")
        return found

    def load_class(self, name: str, base: type, *, example: str) -> Any:
        """The same, if it is a class below `base`; `example` is one, by its path, for who brought another thing."""
        found = self.load(name)
        if not (isinstance(found, type) and issubclass(found, base)):
            raise self._misfit(name, f"a class like {example}")
        return found

    def _misfit(self, name: str, wanted: str) -> UsageError:
        return UsageError(
            f"'{name}' is registered as a {self.noun} and is none.", fix=f"Its entry point must name {wanted}."
        )

    def _read_outside(self) -> None:
        if self._outside_read:
            return
        self._outside_read = True
        for entry in entry_points(group=self._group):
            self._entries.setdefault(entry.name, entry.value)
