"""Write docs/recipe.md from the recipe's schema: every key with its type, its default and what the schema says of it.

python docs/make_recipe_reference.py            (writes docs/recipe.md)
python docs/make_recipe_reference.py --check    (exit code 1 where the file is not up to date)
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tutelage.core.recipe import RecipeHead, StepSettings
from tutelage.core.settings import Settings
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.evaluation import rules
from tutelage.evaluation.measures import MEASURES
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import METHODS, load_method, step_types
from tutelage.runs.checks.gate_checks import not_measured

PAGE = Path(__file__).parent / "recipe.md"
HEAD = """# Recipe reference

This page is generated from the schema by `python docs/make_recipe_reference.py`. A recipe is one TOML file. Unknown
keys fail with a suggestion, and all problems are told at once. Any key can be changed on the command line:
`--set step.0.train.epochs=5` (steps are counted from 0 there). Relative paths are relative to the current directory.
`required` marks keys without a default; `none` says that the key is off when it is left out.
"""
PLAIN = {str: "text", int: "integer", float: "number", bool: "true or false"}
BOUNDS = {"ge": "{} or more", "gt": "above {}", "le": "at most {}", "lt": "below {}"}


def render_reference() -> str:
    """The whole page."""
    parts = [HEAD, *_sections(RecipeHead, ""), *_step_sections(), _gate_section()]
    return "\n".join(parts)


def _step_sections() -> Iterator[str]:
    yield from _sections(StepSettings, "step")
    common = set(StepSettings.model_fields)
    for name, model in sorted(step_types().items()):
        yield from _sections(model, "step", title=f"`[[step]]` of `{name}`", without=common)


def _sections(
    model: type[BaseModel], place: str, *, title: str = "", without: frozenset[str] | set[str] = frozenset()
) -> Iterator[str]:
    """The table of one model, and those of the models inside it."""
    fields = {name: info for name, info in model.model_fields.items() if name not in without}
    comments = attribute_docstrings(model)
    rows = [_row(name, info, place, comments.get(name, "")) for name, info in fields.items()]
    header = ["| key | type | default | meaning |", "|---|---|---|---|"]
    yield "\n".join([f"## {title or _title(place)}", "", _described(model), "", *header, *rows, ""])
    shown: set[type[BaseModel]] = set()
    for name, info in fields.items():
        inner = inner_model(info.annotation)
        if inner is not None and inner not in shown:
            shown.add(inner)
            yield from _sections(inner, _inner_place(place, name, info))
        if inner is TeacherSettings:
            yield from _teacher_sections(_inner_place(place, name, info))


def _teacher_sections(place: str) -> Iterator[str]:
    """Each kind's own keys."""
    for name, model in sorted(teacher_types().items()):
        yield from _sections(model, place, title=f"`[{place}]` of kind `{name}`", without={"kind"})


def _described(model: type[BaseModel]) -> str:
    return (inspect.getdoc(model) or "").strip()


def _title(place: str) -> str:
    if not place:
        return "The recipe"
    return f"`[[{place}]]`, of every method" if place == "step" else f"`[{place}]`"


def _inner_place(place: str, name: str, info: FieldInfo) -> str:
    """`text.USE` for the texts, which are all alike, `teachers.NAME` for a table of tables, `[…]` for a list."""
    if place == "text":
        return "text.USE"
    path = f"{place.strip('[]')}.{name}" if place else name
    if typing.get_origin(info.annotation) is tuple:
        return f"[{path}]"
    return f"{path}.NAME" if typing.get_origin(info.annotation) is dict else path


def _row(name: str, info: FieldInfo, place: str, comment: str) -> str:
    inner = inner_model(info.annotation)
    kind = f"table `[{_inner_place(place, name, info)}]`" if inner else describe_type(info.annotation, info.metadata)
    cells = (f"`{name}`", kind, _default(info, inner), comment)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(info: FieldInfo, inner: type[BaseModel] | None) -> str:
    if info.is_required():
        return "required"
    if info.default is None:
        return "none"
    return "its defaults" if isinstance(info.default, BaseModel) else "none" if inner else f"`{_toml(info.default)}`"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def describe_type(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """The type in words: `integer, 1 or more`, `"all", "random" or "worst"`, `list of text`."""
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return describe_type(members[0], members[1:])
    if origin is typing.Literal:
        return _either([f"`{_toml(member)}`" for member in members])
    if origin in (typing.Union, types.UnionType):
        return _either([describe_type(member, metadata) for member in members if member is not type(None)])
    if origin is tuple:
        return f"list of {describe_type(members[0])}"
    if origin is dict:
        return f"table of {describe_type(members[1])}"
    known = PLAIN.get(annotation, str(annotation))
    return ", ".join([_language_or(known, metadata), *_bounds(metadata)])


def _language_or(known: str, metadata: list[Any] | tuple[Any, ...]) -> str:
    """Texts with a check of their own are language codes."""
    return "language code" if any(type(one).__name__ == "AfterValidator" for one in metadata) else known


def _bounds(metadata: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    """`1 or more`, `0 to 1`, `above 0`: the limits of a number in words."""
    holders = [inner for one in metadata for inner in (one, *getattr(one, "metadata", ()))]
    limits = {name: getattr(one, name) for one in holders for name in BOUNDS if getattr(one, name, None) is not None}
    if {"ge", "le"} <= limits.keys():
        yield f"{limits.pop('ge'):g} to {limits.pop('le'):g}"
    yield from (BOUNDS[name].format(f"{limit:g}") for name, limit in limits.items())


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def inner_model(annotation: Any) -> type[Settings] | None:
    """The table's model inside an annotation such as `X | None` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for member in typing.get_args(annotation) if (found := inner_model(member))), None)


def attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """What stands under each field of the class, or of the classes that it extends."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if isinstance(kind, type) and issubclass(kind, Settings):
            found |= _docstrings_of(kind)
    return found


def _docstrings_of(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            found[field.target.id] = " ".join(after.value.value.split())
    return found


def _gate_section() -> str:
    measures = [
        f"| `{name}` | {measure.label} | {'percent' if measure.unit else 'score'} "
        f"| {'higher' if measure.higher_is_better else 'lower'} |"
        for name, measure in MEASURES.items()
    ]
    header = ["| measure | name in the report | unit | better when |", "|---|---|---|---|"]
    excepted = " or ".join(f"`{name}` ({reason})" for name, reason in not_measured().items())
    excluded = (
        f"Of translation no step measures {excepted}:",
        "a rule on one of them is a problem of the recipe, told before anything is started.",
        *_own_measures(),
    )
    said = (rules.__doc__ or "").strip()
    return "\n".join(["## Rules of a gate", "", said, "", *header, *measures, "", *excluded, ""])


def _own_measures() -> Iterator[str]:
    """What each method measures whose student does not translate, as rules name it."""
    for name in METHODS:
        method = load_method(name)
        if not method.translates:
            place = "" if "domain" in method.measured_on else f"{method.measured_on[0]}."
            yield f"A step `{name}` is measured on {', '.join(f'`{place}{one}`' for one in method.measures)} alone."


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    page = render_reference()
    if "--check" in sys.argv[1:]:
        return int(page != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
