"""A student so small that loading it takes no time, and a way to call the command."""

import random
import subprocess
import sys

import pytest

from tutelage.core.languages import Direction
from tutelage.core.settings import FreshSettings

WORDS = ("open", "the", "file", "close", "window", "save", "all", "settings", "abra", "arquivo", "feche", "janela")
SHAPE = FreshSettings(
    width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=302, max_tokens=64
)


@pytest.fixture(scope="session")
def small_students(tmp_path_factory):
    """Folders of two untrained students with different weights."""
    from tutelage.students.fresh import make_student

    generator = random.Random(0)
    texts = [" ".join(generator.choices(WORDS, k=6)) for _ in range(300)]
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    for seed, folder in enumerate(folders):
        make_student(folder, shape=SHAPE, texts=texts, direction=Direction("en", "pt-BR"), seed=seed)
    return folders


@pytest.fixture
def tutelage(tmp_path, monkeypatch, capfd):
    """Calls the command in this process, in an empty folder; gives exit code, output and messages."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        from tutelage.cli.main import main

        monkeypatch.setattr(sys, "argv", ["tutelage", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            main(restore=True)
        written = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, exited.value.code or 0, written.out, written.err)

    return call


@pytest.fixture
def tutelage_process(tmp_path):
    """Calls the command as a process of its own."""

    def call(*arguments, **options):
        command = [sys.executable, "-m", "tutelage", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, **options)

    return call


@pytest.fixture
def domain(tmp_path):
    """400 pairs of a domain in a table, and 120 pairs of another kind."""
    pairs = (f"Open file {n} and save all settings\tAbra o arquivo {n} e salve todas as opções\n" for n in range(400))
    (tmp_path / "domain.tsv").write_text("".join(pairs))
    pairs = (f"Garden {n} is big and green today\tO jardim {n} é grande e verde hoje\n" for n in range(120))
    (tmp_path / "general.tsv").write_text("".join(pairs))
    return tmp_path / "domain.tsv"
