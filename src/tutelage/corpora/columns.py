"""Which columns or fields hold what: one answer for reading a table and for writing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import NAMES, base_language, language_name, normalise_language, same_language

SOURCE_NAMES = ("source", "src", "text", "sentence")
POST_EDIT_NAMES = ("post_edit", "post-edit", "pe", "correction", "corrected")
"""Names of a target that a person made of another one."""
TARGET_NAMES = ("target", "tgt", "ref", "reference", "translation")
DRAFT_NAMES = ("draft", "mt", "machine_translation", "hypothesis", "hyp")
DOCUMENT_NAMES = ("document", "doc", "document_id", "doc_id")
NESTED = "translation"
"""The field that holds texts by languages, as data sets of `datasets` do: `{"translation": {"en": …}}`."""
_CODE = re.compile(r"[a-z]{2}(?:[_-][A-Za-z]{2,4})?|[a-z]{3}_[A-Za-z]{4}")
"""Languages as columns are called by them; `Yes` and `Sim` are codes of languages too."""
_NAMES_ALONE = frozenset(
    {"source", "src", "target", "tgt", "hyp", "post_edit", "machine_translation", "document_id", "doc_id"}
)
"""Names that stand in a header and hardly in a text; that of the id is another one."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Which fields of TSV and CSV headers, JSON Lines and Parquet hold what; an empty name is found by itself.

    Found by themselves, in capitals or not: `source`, `src`, `text` and the source language's code or name; `target`,
    `tgt`, `ref` and the target language's; `draft`, `mt`; `document`, `doc`; the fields of a `translation`. Beside a
    `post_edit` (`pe`, `correction`) the target is the draft. Rows that state their languages the other way round are
    turned.
    """

    source: str = ""
    target: str = ""
    draft: str = ""
    id: str = "id"
    document: str = ""


def flat_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields with those of a nested translation among them."""
    nested = fields.get(NESTED)
    if not isinstance(nested, Mapping):
        return fields
    return {**{name: value for name, value in fields.items() if name != NESTED}, **nested}


@lru_cache(maxsize=4096)
def matching(
    columns: tuple[str, ...], given: str, usual: tuple[str, ...], lang: str, own_id: str = ""
) -> tuple[str, ...]:
    """The columns that a side may stand in, the likeliest first; `given` is the only one if it is not empty."""
    if given:
        return tuple(sorted((name for name in columns if name.casefold() == given.casefold()), key=given.__ne__))
    by_name = [name for one in usual for name in columns if name.strip().casefold() == one]
    exact = (lang, lang.replace("-", "_"), base_language(lang)) if lang else ()
    by_code = [name for code in exact for name in columns if name == code and name != own_id]
    by_kin = [name for name in columns if lang and name != own_id and _names_language(name, lang)]
    return tuple(dict.fromkeys([*by_name, *by_code, *by_kin]))


def language_of_column(name: str) -> str | None:
    """The language whose code a column's name is; `None` for other names."""
    name = name.strip()
    try:
        return normalise_language(name) if 1 < len(name) < 16 else None
    except UsageError:
        return None


def _names_language(name: str, lang: str) -> bool:
    name = name.strip()
    if name.casefold() in (language_name(lang).casefold(), language_name(base_language(lang)).casefold()):
        return True
    found = language_of_column(name)
    return found is not None and same_language(found, lang)


def is_header(columns: list[str], *, names: FieldNames, source_lang: str, target_lang: str, where: str) -> bool:
    """Whether the first line of a table names its columns: a name of the source and another known one are in it.

    CorpusError for a line that seems to name columns, but does not say which is the source.
    """
    given = tuple(columns)
    source = matching(given, names.source, SOURCE_NAMES, source_lang, names.id)
    others = [name.strip() for name in columns if name not in source[:1]]
    known = {*TARGET_NAMES, *POST_EDIT_NAMES, *DRAFT_NAMES, *DOCUMENT_NAMES}
    known |= {name.casefold() for name in (names.id, names.document, names.draft, names.target) if name}
    known |= {name.casefold() for name in NAMES.values()}
    target = matching(given, names.target, TARGET_NAMES, target_lang, names.id)
    if source and (
        target[1:]
        or (target and target != source)
        or any(one.casefold() in known or _CODE.fullmatch(one.lower()) for one in others)
    ):
        return True
    _refuse_doubtful(columns, names, where)
    return False


def _refuse_doubtful(columns: list[str], names: FieldNames, where: str) -> None:
    filled = [name for name in columns if name.strip()]
    alone = _NAMES_ALONE | {names.id.casefold()}
    seems = any(name.strip().casefold() in alone for name in filled) or all(
        _CODE.fullmatch(name.strip()) and language_of_column(name) for name in filled
    )
    if len(filled) > 1 and (seems or names.source or names.target):
        shown = ", ".join(f"'{name[:30]}'" for name in columns[:8])
        raise CorpusError(
            f"the first line seems to name columns ({shown}), but not which one is the source and which the target.",
            where=where,
            fix='Name them in the recipe (fields = { source = "…", target = "…" }), or call them source and target; '
            "above a line that is text, put a first line with these names.",
        )
