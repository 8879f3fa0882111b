"""The kinds of exports by name: a new one is a line here, or an entry point of `tutelage.exports` outside."""

from __future__ import annotations

from tutelage.core.registry import Registry
from tutelage.students.exports.kind import ExportKind

KINDS = Registry(
    "kind of export",
    {
        "ctranslate2": "tutelage.students.exports.ctranslate2_export:CTRANSLATE2",
        "gguf": "tutelage.students.exports.gguf_export:GGUF",
        "transformers": "tutelage.students.exports.transformers_export:TRANSFORMERS",
    },
    group="tutelage.exports",
)


def load_export_kind(name: str) -> ExportKind:
    """The kind called `name`; UsageError if there is none, or it is no kind."""
    return KINDS.load_instance(name, ExportKind)  # type: ignore[type-abstract]
