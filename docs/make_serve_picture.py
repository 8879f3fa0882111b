"""Take the picture of the server's page for the README: a translation, its confidence, and its correction.

python docs/make_serve_picture.py                    (serves runs/demo, or else embedded:en-pt; needs Chromium)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "serve.png"
SOURCE = "Save %s before you restart the kernel, or your changes are lost."
CORRECTION = "Salve %s antes de reiniciar o kernel, ou suas alterações serão perdidas."
SIZE = {"width": 1000, "height": 730}


def main() -> None:
    """Serve, translate and correct a text as a person would, and write docs/pictures/serve.png."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from browser import CTRL, Browser

    student = "runs/demo" if (ROOT / "runs" / "demo").exists() else "embedded:en-pt"
    PICTURE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tutelage", "serve", student, "--port", "0"]
        kept = ["--feedback", f"{folder}/corrections.feedback", "--days", f"{folder}/served.days"]
        with subprocess.Popen([*command, *kept], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            with Browser(Path(folder) / "browser") as browser:
                browser.call("Emulation.setDeviceMetricsOverride", **SIZE, deviceScaleFactor=1, mobile=False)
                browser.call("Emulation.setScrollbarsHidden", hidden=True)
                browser.open(address)
                browser.wait("document.getElementById('direction').options.length === 1")
                browser.click("#source")
                browser.type(SOURCE)
                browser.press("Enter", modifiers=CTRL)
                browser.wait("document.getElementById('status').textContent === 'Translated.'")
                browser.click("#output")
                browser.evaluate("document.getElementById('output').select()")
                browser.type(CORRECTION)
                browser.wait("!document.getElementById('suggest').disabled")
                browser.evaluate("window.scrollTo(0, 0)")
                browser.screenshot(PICTURE)
            server.terminate()
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
