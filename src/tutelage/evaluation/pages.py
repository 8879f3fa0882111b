"""How every page is rendered from its templates: escaped, with an error where a template names what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def open_templates(*packages: str, finalize: Callable[[Any], Any] | None = None) -> Environment:
    """The templates of `packages`, each taken from the first that has it; `finalize` sees every value shown."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
