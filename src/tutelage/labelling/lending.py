"""The teachers of a recipe for a command that is no run: its ledger and its budget, without a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.core.recipe import Recipe
from tutelage.labelling.teachers import Teachers
from tutelage.storage.ledger import Budget, Ledger
from tutelage.storage.ledger.accounts import LEDGER_FILE


@contextmanager
def lent_teachers(recipe: Recipe, *, runs: Path, purpose: str) -> Iterator[Teachers]:
    """The recipe's teachers, closed at the end; calls are told in the ledger as the run `NAME/purpose`.

    The recipe's budget holds for each purpose apart.
    """
    budget = Budget(**dict(recipe.budget))
    with Ledger.open(recipe.ledger or runs / LEDGER_FILE, run=f"{recipe.name}/{purpose}", budget=budget) as ledger:
        teachers = Teachers(recipe, ledger)
        try:
            yield teachers
        finally:
            teachers.close()
