"""What paraphrasing will ask and train on, before anything is loaded or paid."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.labelling.roles.paraphrases import ROUND_TRIP, Style, WriteParaphrases
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.stages.checks.asked import AROUND_ANSWER, Asked, ask_role, ask_translation, sample_segment
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate
from tutelage.stages.rehearsal.estimate import with_rationales


def estimate_paraphrase(settings: ParaphraseSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """The pool in every style, and the test sets in the first one; no filter drops any."""
    pool, lang = sizes.of("pool"), recipe.direction.source
    asked = [one for style in settings.style for one in _ask(settings, style, settings.via, pool, of="pool", lang=lang)]
    if recipe.evaluation.teacher_scores:
        for use in ("test", "general"):
            asked += _ask(settings, settings.style[0], settings.via[:1], sizes.of(use), of=use, lang=lang)
    copies = sum(len(settings.via) if style == ROUND_TRIP else settings.count for style in settings.style)
    trained = pool.part(copies) + sizes.of("parallel")
    minutes = training_minutes(settings.train, examples=trained.segments, words=trained.words)
    estimate = Estimate(pool.segments, tuple(asked), trained.segments, minutes)
    return with_rationales(estimate, settings.rationales, settings, recipe, size=pool)


def _ask(
    settings: ParaphraseSettings, style: Style, via: tuple[str, ...], size: TextSize, *, of: str, lang: str
) -> Iterator[Asked]:
    if style == ROUND_TRIP:
        for middle in via:
            for way in (Direction(lang, middle), Direction(middle, lang)):
                yield ask_translation(size, of=f"{of} {way}", teacher=settings.translating_teacher, direction=way)
        return
    role = WriteParaphrases(lang, style=style, count=settings.count)
    yield ask_role(
        role, sample_segment(size), kind=f"paraphrase {of} {style}", teacher=settings.teacher,
        calls=size.segments * (settings.count if style == "sampled" else 1),
        output_tokens=role.count * (size.tokens_per_segment + AROUND_ANSWER) + AROUND_ANSWER,
    )  # fmt: skip
