"""How many texts a second LibreTranslate's own server gives with our student, and `tutelage serve`, in turns.

python -m benchmarks.speed.libretranslate --clients 64 --segments 500

LibreTranslate is installed into an environment of its own, kept in `--work`, and started as its users start it. The
student becomes an Argos package with the same weights, arithmetic and threads, and both decode with the same beam.
LibreTranslate downloads a network that splits sentences when it first splits; here rules of spaCy, which it knows as
well, take that one's place, and nothing is downloaded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.clients.__main__ import Client, environment
from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from benchmarks.speed.serving import EN_PT, STUDENT, ServerProcess, put_load, read_sources, served
from tutelage.core.machine import usable_cores
from tutelage.students.engines.conversion import write_conversion
from tutelage.students.loading import load_student

LIBRETRANSLATE = Client("libretranslate", ("libretranslate>=1.9.6,<1.10", "spacy>=3.8,<3.9"))
GOAL = 2.0
SPLITTER = "import spacy, sys; spacy.blank('en').to_disk(sys.argv[1])"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--segments", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beam", type=int, default=1, help="of both; LibreTranslate's own default is 4")
    parser.add_argument(
        "--threads", type=int, default=4, help="that answer in LibreTranslate's server; 4 is its own default"
    )
    parser.add_argument("--work", type=Path, default=Path("runs/libretranslate"), help="of the environment")
    chosen = parser.parse_args(given)
    sources = read_sources(chosen.segments)
    with (
        served(STUDENT, "--beam", str(chosen.beam)) as ours,
        libretranslate(chosen.work.absolute(), beam=chosen.beam, threads=chosen.threads) as theirs,
    ):
        print(render_table(compare(ours, theirs, sources, clients=chosen.clients, rounds=chosen.rounds)))


def compare(
    ours: ServerProcess, theirs: ServerProcess, sources: Sequence[str], *, clients: int, rounds: int
) -> list[Figure]:
    """Texts a second of both in turns, what was not answered, and how often both say the same."""
    failed, work = {"ours": 0, "theirs": 0}, {"ours": list[float](), "theirs": list[float]()}
    """… and texts for a second of a core, which other programs on the machine take nothing from."""

    def ask(name: str, server: ServerProcess) -> float:
        before = server.processor_seconds
        failed[name] += put_load(server, sources, clients=clients).failed
        work[name].append(len(sources) / (server.processor_seconds - before))
        return len(sources)

    same = sum(mine == other for mine, other in zip(answers(ours, sources), answers(theirs, sources), strict=True))
    for server in (ours, theirs):
        put_load(server, sources[:100], clients=clients)
    rates = measure_in_turns(
        {"ours": lambda: ask("ours", ours), "theirs": lambda: ask("theirs", theirs)}, rounds=rounds
    )
    return [
        rate_figure(f"Serving, {clients} clients: tutelage", rates["ours"], "texts"),
        rate_figure("… LibreTranslate with the same student", rates["theirs"], "texts"),
        ratio_figure("… tutelage over LibreTranslate", rates["ours"], rates["theirs"], goal=GOAL),
        ratio_figure("… the same for a second of a core, the clients' own left out", work["ours"], work["theirs"]),
        Figure(
            "… not answered with a translation, tutelage and LibreTranslate", f"{failed['ours']}, {failed['theirs']}"
        ),
        Figure("… both say the same", f"{same} of {len(sources)}"),
    ]


def answers(server: ServerProcess, sources: Sequence[str]) -> Iterator[str]:
    """What the server makes of each, asked for in lists."""
    for start in range(0, len(sources), 50):
        some = sources[start : start + 50]
        body = json.dumps({"q": some, "source": "en", "target": "pt-BR"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/translate", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            yield from json.load(answer)["translatedText"]


@contextmanager
def libretranslate(work: Path, *, beam: int, threads: int) -> Iterator[ServerProcess]:
    """LibreTranslate's server with our student."""
    work.mkdir(parents=True, exist_ok=True)
    python = environment(LIBRETRANSLATE, work / LIBRETRANSLATE.name)
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        write_package(home / "packages" / "en_pb")
        write_splitter(home / "argos-translate" / "spacy", python)
        command = [str(python.with_name("libretranslate")), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--threads", str(threads)]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=home, env=settings(home, beam=beam), stdout=log, stderr=log)
        try:
            wait_for(process, port, log=home / "log")
            yield ServerProcess(process.pid, port)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """One that nobody listens on; LibreTranslate takes none of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def settings(home: Path, *, beam: int) -> dict[str, str]:
    """What LibreTranslate is told by its environment: where its things are, and to decode as ours does."""
    mine = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    places = {f"XDG_{name}_HOME": str(home) for name in ("CACHE", "CONFIG", "DATA")}
    return {
        **mine,
        **places,
        "ARGOS_PACKAGES_DIR": str(home / "packages"),
        "ARGOS_PACKAGE_INDEX": "http://127.0.0.1:9/",  # nobody answers: it takes the package that it has
        "ARGOS_CHUNK_TYPE": "SPACY",
        "ARGOS_COMPUTE_TYPE": "float32",
        "ARGOS_BEAM_SIZE": str(beam),
        "ARGOS_INTER_THREADS": str(usable_cores()),
        "ARGOS_INTRA_THREADS": "1",
    }


def write_package(folder: Path) -> None:
    """The student as Argos Translate keeps a model: its name for Brazilian Portuguese is `pb`.

    Both sides of the student have one SentencePiece model, as Argos has. Argos gives no end of the sentence, which the
    student was trained with: CTranslate2 is told to add it.
    """
    folder.mkdir(parents=True)
    student = load_student(STUDENT, direction=EN_PT)
    write_conversion(student, folder / "model")
    config = folder / "model" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "add_source_eos": True}))
    shutil.copyfile(student.origin / "source.spm", folder / "sentencepiece.model")
    names = {"from_code": "en", "from_name": "English", "to_code": "pb", "to_name": "Portuguese (Brazil)"}
    (folder / "metadata.json").write_text(json.dumps({"package_version": "1.0", "argos_version": "1.0", **names}))


def write_splitter(folder: Path, python: Path) -> None:
    """Where it looks for the pipeline that it downloads otherwise: an empty one, to which it adds its rules."""
    folder.parent.mkdir(parents=True)
    subprocess.run([str(python), "-c", SPLITTER, str(folder)], check=True)
    (folder / "senter").mkdir()
    (folder / "senter" / "model").touch()


def wait_for(process: subprocess.Popen[bytes], port: int, *, log: Path) -> None:
    """Until it answers."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/languages"):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"LibreTranslate ended:\n{log.read_text()[-2000:]}")


if __name__ == "__main__":
    main()
