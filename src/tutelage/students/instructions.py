"""The instruction that asks a causal student for a translation, from a template file.

A template names `{source}`, and the languages as `{source_language}` and `{target_language}` (their English names) or
`{source_language_own}` and `{target_language_own}` (what they call themselves). Shipped are `translate-1`,
`post-instruction` (the instruction stands behind the text), `own-language` (Portuguese is called português) and
`paraphrase-1`, by which a student is asked whose direction is from a language to itself. The file `instruction.txt` in
a student's folder takes the place of the shipped ones; it is saved with every student, so that it is asked as it was
trained.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from tutelage.core.errors import StudentError, did_you_mean
from tutelage.core.languages import Direction, language_name, own_language_name

SHIPPED = "translate-1"
"""What a student without an instruction of its own is asked by."""
SHIPPED_PARAPHRASE = "paraphrase-1"
"""The same for one that writes paraphrases."""
FILE = "instruction.txt"
SOURCE_NAMES = ("source_language", "source_language_own")
TARGET_NAMES = ("target_language", "target_language_own")
NAMES = ("source", *SOURCE_NAMES, *TARGET_NAMES)


def read_instruction(folder: Path, *, direction: Direction | None = None) -> str:
    """The student's own instruction template, or the shipped one; StudentError if it does not name the source.

    Where `direction` is from a language to itself, the shipped one asks for a paraphrase.
    """
    own = folder / FILE
    if own.is_file():
        return _read_template(own)
    paraphrases = direction is not None and direction.source == direction.target
    return find_instruction(SHIPPED_PARAPHRASE if paraphrases else SHIPPED)


def find_instruction(name: str) -> str:
    """The template that is shipped under a name, or in the file of this path; StudentError if there is none."""
    if name in shipped_instructions():
        return _read_template(_prompts() / f"{name}.txt")
    path = Path(name).expanduser()
    if path.is_file():
        return _read_template(path)
    shipped = shipped_instructions()
    raise StudentError(
        f"no instruction is shipped as '{name}', and there is no such file.",
        fix=f"{did_you_mean(name, shipped)} Or give the path of a template.",
    )


def shipped_instructions() -> tuple[str, ...]:
    """The names of the shipped templates."""
    return tuple(sorted(entry.name.removesuffix(".txt") for entry in _prompts().iterdir()))


def render_instruction(template: str, source: str, *, direction: Direction) -> str:
    """What the user's turn says."""
    return template.format(
        source=source,
        source_language=language_name(direction.source),
        target_language=language_name(direction.target),
        source_language_own=own_language_name(direction.source),
        target_language_own=own_language_name(direction.target),
    )


def names_target(template: str) -> bool:
    """Whether a student asked by this template is told the language it shall write."""
    return any(f"{{{name}}}" in template for name in TARGET_NAMES)


def names_source(template: str) -> bool:
    """Whether it is told the language of the text."""
    return any(f"{{{name}}}" in template for name in SOURCE_NAMES)


def _prompts() -> Traversable:
    return files("tutelage.students") / "prompts"


def _read_template(file: Traversable | Path) -> str:
    """The template without white space around it; StudentError if it does not name the source."""
    where = str(file)
    try:
        template = file.read_text("utf-8").strip()
        filled = template.format(**dict.fromkeys(NAMES, "\x00"))
    except UnicodeDecodeError as error:
        raise _bad_template("it is not text in UTF-8.", where) from error
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise _bad_template(f"its braces cannot be filled ({error}).", where) from error
    if "{source}" not in template or "\x00" not in filled:
        raise _bad_template("it does not name {source}, so the text would never be seen.", where)
    return template


def _bad_template(what: str, where: str) -> StudentError:
    names = ", ".join(f"{{{name}}}" for name in NAMES)
    return StudentError(
        f"the instruction template is wrong: {what}", where=where, fix=f"It can name {names}; other braces are doubled."
    )
