"""A student's folder in CTranslate2's format, exact also where the two libraries see the model differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.storage.atomic import kept_folder
from tutelage.students.families import starts_with_language
from tutelage.students.student_folder import quiet_transformers

CONVERSION = 3
"""Rises when a conversion would come out differently, so that older ones in a cache are left alone."""


class Convertible(Protocol):
    """What is asked of a student that is converted; its model only if it is a Marian."""

    @property
    def origin(self) -> Path:
        """The folder of its weights."""
        ...

    @property
    def family(self) -> str:
        """Of its architecture."""
        ...

    @property
    def tokenizer(self) -> Any:
        """As transformers reads it."""
        ...

    @property
    def model(self) -> Any:
        """As transformers reads it."""
        ...


def conversion_folder(cache: Path, key: str) -> Path:
    """Where the conversion of the student with this signature lies."""
    return cache / f"{key}-{CONVERSION}"


def convert_student(student: Convertible, folder: Path) -> Path:
    """Convert the student's folder for CTranslate2, unless `folder` holds it; it appears whole or not at all.

    A damaged conversion is made again. StudentError for a student that CTranslate2 cannot convert.
    """

    def convert(aside: Path) -> None:
        try:
            with quiet_transformers():
                _converter(student).convert(str(aside), force=True)
        except (ValueError, AttributeError, KeyError, NotImplementedError) as error:
            raise StudentError(
                f"CTranslate2 cannot convert this student: {error}",
                where=str(student.origin),
                fix="Set engine = 'transformers' to decode without it.",
            ) from error

    return kept_folder(folder, convert)


def _converter(student: Convertible) -> Any:
    """CTranslate2's converter, mended for the student's family."""
    try:
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise MissingExtraError("ctranslate2", extra="train") from error

    class Converter(TransformersConverter):  # type: ignore[misc]
        def load_model(self, *args: Any, **settings: Any) -> Any:
            model = super().load_model(*args, **settings)
            _restore_norm_order(model, student.family)
            return model

        def _load(self) -> Any:
            spec = super()._load()
            if student.family == "marian":
                _keep_start_embedding(spec, student)
            if student.family == "mbart":
                starts = starts_with_language(student.family, student.tokenizer)
                spec.config.decoder_start_token = None if starts else student.tokenizer.eos_token
            spec.config.bos_token = spec.config.bos_token or student.tokenizer.eos_token  # must be some text
            return spec

    return Converter(str(student.origin))


def _restore_norm_order(model: Any, family: str) -> None:
    """Transformers 5 fixes the place of the norms by class and drops the key that CTranslate2 reads."""
    if family in {"bart", "mbart"} and not hasattr(model.config, "normalize_before"):
        model.config.normalize_before = family == "mbart"


def _keep_start_embedding(spec: Any, student: Convertible) -> None:
    """Add the start token's embedding to the decoder's first position, where that token always stands.

    CTranslate2 starts Marian's decoder from zeros. That is right for models Marian trained; once transformers
    trains one, the padding row, which starts the decoder, moves with the tied output projection.
    """
    model = student.model
    start = model.get_input_embeddings().weight[model.config.decoder_start_token_id].detach().float().cpu()
    scale = model.config.d_model**0.5 if model.config.scale_embedding else 1.0
    encodings = spec.decoder.position_encodings.encodings.detach().clone()
    encodings[0] += scale * start.to(encodings.dtype)
    spec.decoder.position_encodings.encodings = encodings
