"""A recipe as TOML again, with every default filled in: what `recipe.toml` in a run folder holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tutelage.core.recipe import Recipe


def render_recipe(recipe: Recipe) -> str:
    """TOML that `parse_recipe` reads as the same recipe; keys that are none are left out."""
    table = {name: getattr(recipe, name) for name in type(recipe).model_fields if name != "step"}
    plain = {name: _plain(value) for name, value in table.items()}
    lines = list(_table(plain, ()))
    for step in recipe.step:
        lines += ["", "[[step]]", *_table(_plain(step), ("step",))]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_none=True) if hasattr(value, "model_dump") else _plain_other(value)


def _plain_other(value: Any) -> Any:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def _table(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, dict) and value is not None:
            yield f"{_key(key)} = {_scalar(value)}"
    for key, value in table.items():
        if isinstance(value, dict) and value:
            inner = (*path, _key(key))
            yield from ("", f"[{'.'.join(inner)}]")
            yield from _table(value, inner)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _scalar(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_scalar(item)}' for key, item in value.items())} }}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """A TOML string: JSON's, but that TOML escapes DEL too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
