"""Keys from the environment: cleaned of what a clipboard adds, refused before anything is sent, and never shown."""

from __future__ import annotations

import os
import re

from tutelage.core.errors import UsageError
from tutelage.core.secrets import keep_secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USUAL_NAME = re.compile(r"(?=.{1,48}$)[A-Z]+[0-9]{0,3}(?:_[A-Z]+[0-9]{0,3}|_[0-9]{1,3})*")
"""Capitals and underscores. A key pasted in the place of a name looks otherwise."""
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_AROUND = " \t\r\n\v\f\u00a0\ufeff\u200b\u200c\u200d\u2060"
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "‚": "‘", "«": "»", "”": "”", "’": "’"}
_HINT = 'Keys never stand in a recipe: set a variable (export MY_API_KEY=…) and name it (api_key_env = "MY_API_KEY").'


def read_key(name: str, *, where: str = "") -> str:
    """The key in a variable of the environment; UsageError, which shows no key, if there is none that could be one."""
    if not _NAME.fullmatch(name):
        raise UsageError("api_key_env is not the name of an environment variable.", where=where, fix=_HINT)
    key = clean_key(os.environ.get(name, ""))
    if not key:
        if not _USUAL_NAME.fullmatch(name):
            what = (
                "the environment variable that api_key_env names is not set (its name may be a key, and is not shown)."
            )
            raise UsageError(what, where=where, fix=_HINT)
        what = f"the environment variable {name} is not set, or holds no key."
        raise UsageError(
            what, where=where, fix=f"Set it (export {name}=…), or leave it out if the server wants no key."
        )
    wrong = next((place for place, letter in enumerate(key, start=1) if not "!" <= letter <= "~"), None)
    if wrong is not None:
        what = f"the key in {shown_name(name)} holds a character that no key has, at place {wrong} of {len(key)}"
        fix = "Set it again, without spaces, line breaks, typographic quotes or 'Bearer'."
        raise UsageError(f"{what}.", where=where, fix=fix)
    return keep_secret(key)


def clean_key(key: str) -> str:
    """The key without white space and quotes around it."""
    key = key.strip(_AROUND)
    while len(key) > 1 and _QUOTES.get(key[0]) == key[-1]:
        key = key[1:-1].strip(_AROUND)
    return key


def fill_in(text: str, *, where: str = "") -> str:
    """The text with the environment's value for each `${NAME}`."""
    return _REFERENCE.sub(lambda found: read_key(found.group(1).strip(), where=where), text)


def variables(text: str) -> list[str]:
    """The names of the variables that a value is taken from."""
    return [name.strip() for name in _REFERENCE.findall(text)]


def names_variable(text: str) -> bool:
    """Whether a value is taken from the environment."""
    return bool(variables(text))


def shown_name(name: str | None) -> str:
    """The variable's name, for messages, unless it may be a key that was pasted in its place."""
    if name is None:
        return "api_key_env (none is given)"
    return name if _USUAL_NAME.fullmatch(name) else "the variable that api_key_env names"
