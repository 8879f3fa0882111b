"""A browser that is driven by real keys and clicks: Chromium's DevTools protocol over a pipe, nothing else needed."""

import fcntl
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CTRL = 2
HANGS_SECONDS = 180
KEYS = {"Tab": 9, "Enter": 13}
"""Keys that do something of themselves, by their numbers."""


class Browser:
    """One page of a headless Chromium, for the length of a block."""

    def __init__(self, folder: Path):
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True)
        # Chromium reads from 3 and writes to 4, so that neither end may lie there by chance
        there, self._write = (fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in os.pipe())
        self._read, back = (fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in os.pipe())
        command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            preexec_fn=lambda: (os.dup2(there, 3), os.dup2(back, 4)),
            pass_fds=(3, 4),
            stderr=subprocess.DEVNULL,
        )
        for end in (there, back):
            os.close(end)
        self._number, self._rest, self._session = 0, b"", None

    def __enter__(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Page.enable")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        for end in (self._read, self._write):
            os.close(end)

    def call(self, method, **parameters):
        """One command of the protocol; what it returns."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next())[0] != self._number:
            pass
        if "error" in answer[1]:
            raise RuntimeError(f"{method}: {answer[1]['error']['message']}")
        return answer[1]["result"]

    def open(self, path):
        """The page of a file or of an address, loaded."""
        url = path if str(path).startswith("http") else Path(path).resolve().as_uri()
        # the page before may still be there, complete, when the navigation has begun: clicks on it would be lost
        self.evaluate("window.isLeft = true")
        self.call("Page.navigate", url=url)
        self._until(lambda: self._holds("!window.isLeft && document.readyState === 'complete'"), f"{url} is not loaded")

    def evaluate(self, script):
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def wait(self, script):
        """Until an expression is true."""
        self._until(lambda: self.evaluate(script), f"this does not come true: {script}")

    def click(self, selector):
        """A real click in the middle of the first element that the selector finds."""
        script = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{script}.scrollIntoView({{ block: 'center' }})")
        box = self.evaluate(
            f"(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])({script}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, text):
        """Text put in where the caret is."""
        self.call("Input.insertText", text=text)

    def press(self, key, *, modifiers=0):
        """A key down and up."""
        number = {"windowsVirtualKeyCode": KEYS[key]} if key in KEYS else {}
        written = {"text": "\r"} if key == "Enter" and not modifiers else {}
        down = "keyDown" if written else "rawKeyDown"
        self.call("Input.dispatchKeyEvent", type=down, key=key, code=key, modifiers=modifiers, **number, **written)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, modifiers=modifiers, **number)

    def downloaded(self, name):
        """The text of a file that the page has downloaded, once it is there."""
        path = self.downloads / name
        self._until(path.exists, f"{name} is not downloaded")
        return path

    def screenshot(self, path):
        """A picture of what is seen."""
        import base64

        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _holds(self, script):
        """Whether an expression is true; not where the page changes meanwhile."""
        try:
            return self.evaluate(script)
        except RuntimeError:
            return False

    def _until(self, condition, problem):
        """Wait for a condition; a browser that hangs fails the test, and not all that come after it."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > HANGS_SECONDS:
                raise RuntimeError(problem)
            time.sleep(0.02)

    def _next(self):
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 16)
            if not part:
                raise RuntimeError("the browser has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        answer = json.loads(message)
        return answer.get("id"), answer
