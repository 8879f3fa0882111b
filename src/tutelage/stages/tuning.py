"""Examples in, tuned student out: the joint of students, objectives and training that every method uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.languages import language_name
from tutelage.core.protection.spans import Protection
from tutelage.core.protocols import Progress
from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings, TrainSettings
from tutelage.core.training import TrainingSummary, Unlikelihood
from tutelage.stages.dev_score import dev_score
from tutelage.stages.masked_examples import mask_examples
from tutelage.stages.self_distillation import self_distillation
from tutelage.stages.student_objective import Objective, student_objective
from tutelage.stages.way_back import way_back
from tutelage.students.adapters import add_adapter, in_bfloat16, on_exact_weights
from tutelage.students.causal_student import CausalStudent
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.neutral_tokens import NeutralTokens
from tutelage.students.script_coverage import check_coverage, measure_coverage
from tutelage.training.ending import DevScore
from tutelage.training.processes import shown_once
from tutelage.training.token_folder import kept_tokens
from tutelage.training.tokenised import TokenisedExamples, tokenise
from tutelage.training.train import TrainingData, train, wants_bfloat16

SAMPLE = 200
"""Targets on which the student's vocabulary is checked."""


def tune_student(
    student: AnyStudent,
    examples: Iterable[Example],
    *,
    dev: Iterable[Example] = (),
    kept: Iterable[Example] = (),
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    progress: Progress,
    unlikelihood: Unlikelihood | None = None,
    corrections: CorrectionSettings | None = None,
    protection: Protection | None = None,
    tokens: Path | None = None,
) -> tuple[AnyStudent, TrainingSummary]:
    """The student after training on `examples`, and how it went; its model is changed in place.

    Each example is asked under its own direction. With `unlikelihood`, those that name a conflict are also asked under
    the wrong one, and the answer is made unlikely there; with `corrections` (not both) those that correct a hypothesis
    are held against it; without either, the loss is likelihood alone. With a `protection` a student is given masks if
    it is given them when it decodes. `dev` is watched; `kept` is what a measured share of the way must not lose.
    `tokens` is a folder where the tokens of these examples are kept and mapped, for a set larger than memory and for a
    training that goes on; None keeps them in memory.
    StudentError before training for a causal student that cannot be trained, or cannot write the target language, and
    for a student that cannot be told the directions of the examples.
    """
    progress = shown_once(progress)
    seed = seed if settings.seed is None else settings.seed
    if corrections is not None and corrections.is_plain:
        corrections = None
    _check_losses(settings, student, is_contrasted=unlikelihood is not None or corrections is not None)
    student.require_trainable()
    if student.chats:
        examples = _covered(student, examples, progress)
    protection = student.protect(protection)
    if protection is not None and student.masks_first:
        examples = mask_examples(examples, student.mask_form, protection)
        dev, kept = (tuple(mask_examples(texts, student.mask_form, protection)) for texts in (dev, kept))
    if settings.lora is not None:
        student = add_adapter(student, settings.lora, seed=seed)
    narrowed = student.low_precision and settings.lora is not None and wants_bfloat16(settings.precision)
    encode = partial(_tokenise, examples, student, settings, unlikelihood=unlikelihood, corrections=corrections)
    tokenised = encode() if tokens is None else kept_tokens(tokens, lambda folder: encode(folder=folder))
    watched = _tokenise(dev, student, settings.model_copy(update={"objective": "likelihood"}))
    data = TrainingData(
        tokenised, watched if len(watched) else None, student.tokenizer.pad_token_id,
        packed=student.packed, answered=settings.objective == "likelihood",
    )  # fmt: skip
    score = _dev_score(student, dev, settings)
    back = way_back(student, dev, settings, kept=kept)
    with in_bfloat16(student, wanted=narrowed):
        summary = train(
            student.model,
            data,
            objective=_objective(student, settings, unlikelihood, corrections),
            settings=settings,
            seed=seed,
            checkpoints=checkpoints,
            progress=progress,
            alpha=unlikelihood.alpha if unlikelihood else corrections.contrast_weight if corrections else 0.0,
            paired=corrections is not None and corrections.prefers,
            dev_score=score if back is None or score is None else back.watch(score),
        )
    if back is not None:
        summary = back.go(student, summary, progress=progress)
    if narrowed and settings.lora is not None:
        student = on_exact_weights(student, settings.lora)
    return student, summary


def _check_losses(settings: TrainSettings, student: AnyStudent, *, is_contrasted: bool) -> None:
    """StudentError for a loss that this student, or these settings, cannot have."""
    if fault := settings.divergence_fault:
        raise StudentError(f"{fault}.", where="train.rationale_loss", fix='Or set rationale_loss = "likelihood".')
    fault = settings.distillation_fault
    if fault is None and settings.objective == "self-distillation":
        if not isinstance(student, CausalStudent):
            fault = '"self-distillation" asks a chat model'
        elif is_contrasted:
            fault = '"self-distillation" knows no wrong answers'
    if fault:
        raise StudentError(f"{fault}.", where="train.objective", fix='Or set objective = "likelihood".')


def _objective(
    student: AnyStudent,
    settings: TrainSettings,
    unlikelihood: Unlikelihood | None,
    corrections: CorrectionSettings | None,
) -> Objective:
    likelihood = student_objective(
        student.states,
        label_smoothing=settings.label_smoothing,
        numerics="stable" if unlikelihood is None else unlikelihood.numerics,
        corrections=corrections,
        anchored=settings.rationale_loss == "divergence",
    )
    if settings.objective == "likelihood" or not isinstance(student, CausalStudent):
        return likelihood
    return self_distillation(
        student.states,
        stop_ids=student.format.stop_ids,
        max_tokens=settings.max_target_tokens,
        otherwise=likelihood,
    )


def _dev_score(student: AnyStudent, dev: Iterable[Example], settings: TrainSettings) -> DevScore | None:
    """What is watched besides the loss, as the settings say."""
    if settings.watch == "loss" or (settings.watch == "auto" and not settings.is_open):
        return None
    if student.chats:
        if settings.watch == "chrf":
            raise StudentError(
                "only encoder-decoders are watched by chrF; decoding a causal student at each measurement takes longer "
                "than training it.",
                where="train.watch",
                fix="Set watch = 'loss', or leave it out.",
            )
        return None
    if settings.sharding != "none":
        raise StudentError(
            "a student that is divided over processes is not watched by chrF: one of them alone cannot translate.",
            where="train.watch",
            fix="Set watch = 'loss', or train.sharding = 'none'.",
        )
    return dev_score(student, dev, max_target_tokens=settings.max_target_tokens)


def _covered(student: AnyStudent, examples: Iterable[Example], progress: Progress) -> Iterator[Example]:
    """The same examples, once a sample of the targets has been held against the vocabulary."""
    rest = iter(examples)
    sample = list(islice(rest, SAMPLE))
    translated: dict[str, list[str]] = {}
    for example in sample:
        if not example.messages:
            translated.setdefault(example.target_lang, []).append(example.target)
    for lang, targets in translated.items():
        warning = check_coverage(measure_coverage(student.tokenizer, targets), language=language_name(lang))
        if warning:
            progress.start("check vocabulary", total=None)
            progress.finish(warning)
    return chain(sample, rest)


def _tokenise(
    examples: Iterable[Example],
    student: AnyStudent,
    settings: TrainSettings,
    *,
    unlikelihood: Unlikelihood | None = None,
    corrections: CorrectionSettings | None = None,
    folder: Path | None = None,
) -> TokenisedExamples:
    spare = None
    if unlikelihood is not None:
        neutral, first = unlikelihood.neutral, unlikelihood.first_tokens
        spare = NeutralTokens(student.tokenizer, neutral=neutral, first_tokens=first).spare
    return tokenise(
        examples,
        student,
        max_source_tokens=settings.max_source_tokens,
        max_target_tokens=settings.max_target_tokens,
        conflicts=unlikelihood is not None,
        spare=spare,
        corrections=corrections,
        demonstrated=_demonstration(student, settings),
        separator=settings.rationale_separator,
        folder=folder,
    )


def _demonstration(student: AnyStudent, settings: TrainSettings) -> Callable[[Example], Example] | None:
    if settings.objective == "self-distillation" and isinstance(student, CausalStudent):
        return student.demonstrated
    return None
