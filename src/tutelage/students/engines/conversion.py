"""A student's folder in CTranslate2's format, exact also where the two libraries see the model differently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.storage.caches import cached_folder
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import leave_weights, quiet_transformers, student_signature, with_weights

CONVERSION = 3
"""Rises when a conversion would come out differently, so that older ones in a cache are left alone."""
IN_INT8 = ("int8", "int8_float32")
"""The compute types of a processor whose weights CTranslate2 would turn into int8 whenever it loads them."""


class Convertible(Protocol):
    """What is asked of a student that is converted."""

    @property
    def origin(self) -> Path:
        """The folder of its weights."""
        ...

    @property
    def tokenizer(self) -> Any:
        """As transformers reads it."""
        ...

    def mend_model(self, model: Any) -> None:
        """Give the model that is converted what the converter looks for."""

    def mend_conversion(self, spec: Any) -> None:
        """Give the conversion what CTranslate2 leaves out."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A student in CTranslate2's format."""

    folder: Path
    key: str
    """What its weights are told by."""


def find_conversion(student: AnyStudent, cache: Path | None, *, compute_type: str = "float32") -> Converted:
    """The conversion of a student in the cache, made if it is not there.

    For int8 it holds int8, a quarter as large; else float32, whatever is computed in.
    """
    if cache is None:
        raise ValueError("a student that is not converted needs a cache for its conversion")
    key, quantization = student_signature(student.origin), "int8" if compute_type in IN_INT8 else None
    folder = conversion_folder(cache, key, quantization=quantization)

    def write(aside: Path) -> None:
        write_conversion(with_weights(student), aside, quantization=quantization)
        leave_weights(student)

    return Converted(cached_folder(folder, write), key)


def conversion_folder(cache: Path, key: str, *, quantization: str | None = None) -> Path:
    """Where the conversion of the student with this signature lies."""
    return cache / "-".join(filter(None, (key, str(CONVERSION), quantization)))


def convert_student(student: Convertible, folder: Path, *, quantization: str | None = None) -> Path:
    """Convert the student's folder for CTranslate2, unless `folder` holds it; it appears whole or not at all.

    A damaged conversion is made again. StudentError for a student that CTranslate2 cannot convert.
    """
    return cached_folder(folder, lambda aside: write_conversion(student, aside, quantization=quantization))


def write_conversion(student: Convertible, folder: Path, *, quantization: str | None = None) -> None:
    """The student's weights in CTranslate2's format; `quantization` as CTranslate2 names it, `None` leaves float32.

    StudentError for a student that CTranslate2 cannot convert.
    """
    try:
        with quiet_transformers():
            _converter(student).convert(str(folder), quantization=quantization, force=True)
    except (ValueError, AttributeError, KeyError, NotImplementedError) as error:
        raise StudentError(
            f"CTranslate2 cannot convert this student: {error}",
            where=str(student.origin),
            fix="Set engine = 'transformers' to decode without it.",
        ) from error


def _converter(student: Convertible) -> Any:
    """CTranslate2's converter, mended for the student's kind."""
    try:
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise MissingExtraError("ctranslate2", extra="train") from error

    class Converter(TransformersConverter):  # type: ignore[misc]
        def load_model(self, *args: Any, **settings: Any) -> Any:
            model = super().load_model(*args, **settings)
            student.mend_model(model)
            return model

        def _load(self) -> Any:
            spec = super()._load()
            student.mend_conversion(spec)
            spec.config.bos_token = spec.config.bos_token or student.tokenizer.eos_token  # must be some text
            return spec

    return Converter(str(student.origin))
