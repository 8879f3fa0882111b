"""What clients of LibreTranslate, OpenAI and DeepL can do with a server of ours, installed as their users do it.

python -m benchmarks.clients                          (all; Weblate's packages take some minutes the first time)
python -m benchmarks.clients deepl weblate --work DIR

Each client has a virtual environment of its own, made here and kept in `--work`. Of Weblate it is its own classes of
machine translation that ask: all of its packages but those that are compiled on installing and that these do not use.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError

DRIVERS = Path(__file__).parent / "drivers"
LEFT_OUT = ("borgbackup", "pycairo", "pygobject")
"""Of what Weblate needs: backups and drawing, compiled against libraries of the system."""


@dataclass(frozen=True, slots=True)
class Client:
    """A program to try."""

    name: str
    packages: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """What of its needs is not installed; the first package then comes without what it asks for, and that after it."""


CLIENTS = {
    one.name: one
    for one in (
        Client("libretranslatepy", ("libretranslatepy>=2",)),
        Client("openai", ("openai>=2",)),
        Client("deepl", ("deepl>=1.20",)),
        Client("weblate", ("weblate>=5.14,<5.15",), LEFT_OUT),
    )
}


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"{', '.join(CLIENTS)}; all, if none is named")
    parser.add_argument("--work", type=Path, default=Path("runs/clients"), help="of the environments")
    arguments = parser.parse_args(given)
    failed = 0
    with serving(arguments.work) as address:
        for name in arguments.clients or CLIENTS:
            for line in attempt(CLIENTS[name], address, work=arguments.work):
                failed += "FAILED" in line
                print(line, flush=True)
    sys.exit(bool(failed))


def attempt(client: Client, address: str, *, work: Path) -> Iterator[str]:
    """A line for each thing that the client was to do."""
    try:
        python = environment(client, work / client.name)
    except UserError as error:
        yield f"{client.name}: not installed ({error.what})"
        return
    command = [str(python), str(DRIVERS / f"ask_{client.name}.py"), address]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    yield from (f"{client.name} {line}" for line in run.stdout.splitlines())
    if run.returncode:
        yield f"{client.name} FAILED: {(run.stderr.strip().splitlines() or ['no word'])[-1]}"


def environment(client: Client, folder: Path) -> Path:
    """The Python of an environment that has the client; UserError if it cannot be installed."""
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        if client.left_out:
            _pip(python, "--no-deps", *client.packages)
            _pip(python, "packaging")
            told = [str(python), str(DRIVERS / "needs.py"), client.name, *client.left_out]
            needs = subprocess.run(told, capture_output=True, text=True, check=True).stdout.splitlines()
            _pip(python, *needs)
        else:
            _pip(python, *client.packages)
        (folder / "done").touch()
    return python


def _pip(python: Path, *packages: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        errors = [line for line in run.stderr.splitlines() if line.lower().startswith("error")]
        raise UserError((errors or ["pip failed"])[-1])


@contextmanager
def serving(work: Path) -> Iterator[str]:
    """The address of `tutelage serve embedded:en-pt`."""
    work.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tutelage", "serve", "embedded:en-pt", "--port", "0"]
    kept = ["--feedback", str(work / "corrections.feedback"), "--days", str(work / "served.days")]
    with subprocess.Popen([*command, *kept], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
