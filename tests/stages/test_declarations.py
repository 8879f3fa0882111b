"""Every stage of the package is a declaration: it is made of its inputs alone, and nobody writes a key by hand."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

import tutelage
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.stage import FolderStage, Stage, ValuesStage
from tutelage.stages.context import StepContext

SOURCE = Path(tutelage.__file__).parent
ROOMS = ("labelling", "stages", "methods", "runs", "tasks")
KINDS = (Stage, FolderStage, ValuesStage)
UNDECLARED = (Recipe, StepContext, StepSettings, Path)
"""What no stage may be given: it could read more of it than its key tells."""
KEYS = {
    "labelling/analogies.py": "ids of records",
    "labelling/contexts/written_pairs.py": "ids of records",
    "labelling/contexts/written_sentences.py": "ids of records",
    "labelling/kinds/vllm.py": "what of a model folder tells it from others, in a teacher's signature",
    "methods/radis/conversations.py": "what of an input tells its files apart, as that of a text does",
    "runs/export/export.py": "whether the same export is there already",
    "runs/sweeps/folder.py": "whether a point of a sweep is done",
    "runs/sweeps/grid.py": "names of run folders",
    "runs/sweeps/plan.py": "points that read the same texts, checked once",
    "tasks/review/page.py": "where a browser keeps what is corrected of these outputs",
    "tasks/words/scoring.py": "the signature of outputs that a user gives",
}
"""Where a key is computed that is no stage's, and of what."""


def modules():
    for room in ROOMS:
        package = importlib.import_module(f"tutelage.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def function_of(stage):
    return stage.produce if isinstance(stage, Stage) else stage.make


def declared():
    """The stages of each module, by the names of their constants."""
    for module in modules():
        called = calls_of(SOURCE.parent / Path(*module.__name__.split(".")).with_suffix(".py"), KINDS)
        for name in called:
            yield pytest.param(module, getattr(module, name), id=f"{module.__name__.split('.', 1)[1]}.{name}")


def calls_of(path, kinds):
    """Names of the constants that are made by calls of these classes."""
    names = {kind.__name__ for kind in kinds}
    tree = ast.parse(path.read_text()) if path.is_file() else ast.Module([], [])
    return [one.targets[0].id for one in tree.body if isinstance(one, ast.Assign) and called_name(one.value) in names]


def called_name(node):
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


DECLARED = list(declared())


def test_the_stages_of_all_methods_are_found():
    names = {param.values[1].name for param in DECLARED}
    assert {"pool", "student", "hypotheses", "feedback", "pairs", "examples", "abilities", "scores", "fresh"} <= names
    assert len(DECLARED) > 30


def test_no_stage_is_made_elsewhere_than_in_a_constant():
    """One inside a function could be made of whatever is there."""
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text())))
            calls = [node for node in nodes if called_name(node) in {kind.__name__ for kind in KINDS}]
            assert len(calls) == len(calls_of(path, KINDS)), path


@pytest.mark.parametrize(("module", "stage"), DECLARED)
def test_a_stage_reads_what_its_inputs_declare(module, stage):
    function = function_of(stage)
    assert function.__module__ == module.__name__
    assert getattr(module, function.__name__) is function
    first = next(iter(inspect.signature(function).parameters))
    inputs = hints_of(function)[first]
    inputs = typing.get_origin(inputs) or inputs
    assert dataclasses.is_dataclass(inputs) and inputs.__dataclass_params__.frozen
    assert inputs.__module__ == module.__name__ or inputs.__module__.startswith("tutelage.labelling.")
    assert list(undeclared(inputs, inputs.__name__)) == []


def hints_of(owner):
    """Type hints, with what is imported for the checker alone."""
    names = dict(vars(importlib.import_module(owner.__module__)))
    for _ in range(20):
        try:
            return typing.get_type_hints(owner, localns=names)
        except NameError as error:
            names[error.name] = object
    raise AssertionError(f"the types of {owner} cannot be told")


def undeclared(kind, place):
    """Fields that hold more than a key can tell, in parts too that have no key of their own."""
    for field, hint in hints_of(kind).items():
        for part in parts_of(hint):
            if part is typing.Any or (isinstance(part, type) and issubclass(part, UNDECLARED)):
                yield f"{place}.{field}: {part}"
            elif dataclasses.is_dataclass(part) and not tells_itself(part):
                yield from undeclared(part, f"{place}.{field}")


def parts_of(hint):
    """The classes in a type: those of `tuple[Text, ...] | None` are `tuple`, `Text` and `NoneType`."""
    yield typing.get_origin(hint) or hint
    for inner in typing.get_args(hint):
        if inner is not Ellipsis:
            yield from parts_of(inner)


def tells_itself(kind):
    names = {field.name for field in dataclasses.fields(kind)}
    return any(name in names or isinstance(getattr(kind, name, None), property) for name in ("key", "signature"))


def test_settings_that_a_stage_reads_are_no_whole_step():
    """The check above would see one: every step's settings are of a class that it refuses."""
    assert issubclass(StepSettings, BaseModel)

    @dataclasses.dataclass(frozen=True)
    class Whole:
        step: StepSettings
        where: tuple[Path, ...] | None
        anything: dict[str, typing.Any]

    names = {"StepSettings": StepSettings, "Path": Path, "typing": typing}
    assert typing.get_type_hints(Whole, localns=names)
    assert [fault.split(":")[0] for fault in undeclared(Whole, "Whole")] == [
        "Whole.step", "Whole.where", "Whole.anything",
    ]  # fmt: skip


def test_nobody_writes_the_key_of_a_stage():
    found = {
        path.relative_to(SOURCE).as_posix()
        for room in ROOMS
        for path in (SOURCE / room).rglob("*.py")
        if re.search(r"\b(content_key|stage_key)\(", path.read_text())
    }
    assert found == set(KEYS)


def test_no_function_of_the_package_is_a_named_lambda():
    assert [path for path in SOURCE.rglob("*.py") if "noqa: E731" in path.read_text()] == []
