"""The folder of a blind rating: `for-raters/` with a form and a sheet for each, and `key.json`, which stays here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tutelage.core.errors import UsageError, UserError
from tutelage.evaluation.rating.blinding import BlindSet, SystemOutputs, blind_outputs, order_for_rater
from tutelage.evaluation.rating.form import render_form
from tutelage.evaluation.rating.sheets import BLANK, render_sheet
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import from_json, to_plain
from tutelage.tasks.judge.outputs import read_outputs

KEY = "key.json"
FOR_RATERS = "for-raters"
VERSION = 1
DEFAULT_ITEMS = 100


@dataclass(frozen=True, slots=True)
class ExportedRating:
    """What was written."""

    key: Path
    files: tuple[Path, ...]
    """A form and a sheet for each rater."""
    items: int
    texts: int
    incomplete: int
    """Sources left out because some system has no output for them."""


def export_ratings(
    outputs: Path | str | Sequence[SystemOutputs],
    *,
    out: Path,
    items: int | None = DEFAULT_ITEMS,
    raters: int = 2,
    seed: int = 1,
    force: bool = False,
) -> ExportedRating:
    """Forms and sheets for blind raters, and the key to them; `items` sources are drawn, none takes all.

    UsageError if the folder has a key already, since raters may be at work with it, unless `force`.
    """
    if (out / KEY).exists() and not force:
        raise UsageError(
            "there is a key in this folder; with another one, ratings by it would be lost.",
            where=str(out / KEY),
            fix="Choose another folder, or replace it with --force.",
        )
    read = read_outputs(outputs) if isinstance(outputs, Path | str) else outputs
    blind = blind_outputs(read, items=items, seed=seed)
    write_whole(out / KEY, render_key(blind))
    files = tuple(
        file for number in range(1, raters + 1) for file in _write_for(f"rater-{number}", blind, out / FOR_RATERS)
    )
    return ExportedRating(out / KEY, files, len(blind.items), blind.texts, blind.incomplete)


def render_key(blind: BlindSet) -> str:
    """The key as JSON."""
    plain = to_plain(BlindSet)(blind)
    return json.dumps({"version": VERSION, "fingerprint": blind.fingerprint, **plain}, ensure_ascii=False, indent=1)


def read_key(folder: Path) -> BlindSet:
    """The key of a folder that was exported; UsageError if there is none, UserError for a damaged one."""
    path = folder / KEY
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
        blind = cast(BlindSet, from_json(BlindSet)(table))
        sound = table["version"] == VERSION and table["fingerprint"] == blind.fingerprint
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"there is no {KEY} here.", where=str(folder), fix="Make it with: tutelage ratings export"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"the key is damaged ({error}).", where=str(path), fix="Export again.") from None
    if not sound:
        raise UserError("the key was changed, or is of another version.", where=str(path), fix="Export again.")
    return blind


def _write_for(rater: str, blind: BlindSet, folder: Path) -> list[Path]:
    ordered = order_for_rater(blind, rater=rater)
    form, sheet = folder / f"{rater}.html", folder / f"{rater}.csv"
    write_whole(form, render_form(ordered, rater=rater, fingerprint=blind.fingerprint))
    rows = ((item, text, BLANK) for item, texts in ordered for text in texts)
    write_whole(sheet, render_sheet(rows, rater=rater))
    return [form, sheet]
