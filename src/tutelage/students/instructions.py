"""The instruction that asks a causal student for a translation, from a template file.

A template names `{source_language}`, `{target_language}` and `{source}`. The file `instruction.txt` in a student's
folder takes the place of the shipped one; it is saved with every student, so that it is asked as it was trained.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction, language_name

SHIPPED = "translate-1"
FILE = "instruction.txt"
NAMES = ("source_language", "target_language", "source")


def read_instruction(folder: Path) -> str:
    """The student's own instruction template, or the shipped one; StudentError where it does not name the source."""
    own = folder / FILE
    if own.is_file():
        template = own.read_text("utf-8").strip()
        where = str(own)
    else:
        template = (files("tutelage.students") / "prompts" / f"{SHIPPED}.txt").read_text("utf-8").strip()
        where = SHIPPED
    try:
        filled = template.format(**dict.fromkeys(NAMES, "\x00"))
    except (KeyError, IndexError, ValueError) as error:
        raise _bad_template(f"its braces cannot be filled ({error}).", where) from error
    if "{source}" not in template or "\x00" not in filled:
        raise _bad_template("it does not name {source}, so the text would never be seen.", where)
    return template


def render_instruction(template: str, source: str, *, direction: Direction) -> str:
    """What the user's turn says."""
    return template.format(
        source_language=language_name(direction.source),
        target_language=language_name(direction.target),
        source=source,
    )


def names_target(template: str) -> bool:
    """Whether a student asked by this template is told the language it shall write."""
    return "{target_language}" in template


def _bad_template(what: str, where: str) -> StudentError:
    names = ", ".join(f"{{{name}}}" for name in NAMES)
    return StudentError(
        f"the instruction template is wrong: {what}", where=where, fix=f"It can name {names}; other braces are doubled."
    )
