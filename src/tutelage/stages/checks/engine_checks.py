"""Checks of what a recipe asks of the engine that it names. No weights are loaded, and no engine is started."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.recipe import Recipe
from tutelage.stages.checks.student_checks import only_translates
from tutelage.students.engines.kinds import NO_BEAM, EngineKind, engine_kind


def engine_problems(recipe: Recipe) -> list[str]:
    """A student, an arithmetic or a search that the engine does not have, and a program that it needs."""
    return list(_problems(recipe, engine_kind(recipe.student.engine)))


def _problems(recipe: Recipe, kind: EngineKind) -> Iterator[str]:
    compute_type = recipe.student.compute_type
    yield from (f"student.engine: {problem}" for problem in kind.missing())
    if kind.chats_only and only_translates(recipe.student):
        yield f'student.engine: {kind.shown} decodes chat models; for an encoder–decoder model set engine = "auto".'
    if kind.compute_types is not None and compute_type not in kind.compute_types:
        known = ", ".join(kind.compute_types)
        yield f'student.compute_type: {kind.shown} does not decode a student in "{compute_type}". Set one of: {known}.'
    if recipe.evaluation.beam_size > 1:
        yield from search_problems(recipe.student.engine, place="evaluation.beam_size", fix="Set it to 1")
    if recipe.glossary is not None and recipe.glossary.decoding in ("rerank", "force"):
        yield from search_problems(recipe.student.engine, place="glossary.decoding", fix='Set it to "off" or "fill"')


def search_problems(engine: str, *, place: str, fix: str) -> Iterator[str]:
    """That the engine has no beam, which what stands at `place` needs."""
    kind = engine_kind(engine)
    if not kind.searches:
        yield f"{place}: {kind.shown} {NO_BEAM}. {fix}, or name another student.engine."
