"""A package from outside, as pip would install it, and the command where its entry points are found."""

import json
import os
import subprocess
import sys

from fork_server import Command


def install(folder, module, source, entry_points):
    """A package of one module into `folder`/site; `entry_points` is group → entries, each `name = module:attribute`."""
    site = folder / "site"
    info = site / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{module}.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    groups = (f"[{group}]\n{entry}\n" for group, entry in entry_points.items())
    (info / "entry_points.txt").write_text("".join(groups))


def write_numbered(folder, *names, count=30):
    """Parallel texts, each line of which says which it is, and its translation louder."""
    for name in names:
        rows = ({"source": f"{name} number {n}", "target": f"{name.upper()} NUMMER {n}"} for n in range(count))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def tutelage(folder, *arguments, **environment):
    """The command in `folder`, in a process of its own that finds the package."""
    path = os.pathsep.join([str(folder / "site"), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", "tutelage", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": path, **environment}, capture_output=True, text=True,
    )  # fmt: skip


def forked_tutelage(folder, *arguments, **environment):
    """The same in a process that is forked, which has imported already what a run needs."""
    out, err = folder / "out.txt", folder / "err.txt"
    path = os.pathsep.join([str(folder / "site"), *sys.path])
    code = Command(*arguments, folder=folder, out=out, err=err, **{"PYTHONPATH": path, **environment}).wait()
    return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))
