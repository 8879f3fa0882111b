"""Ctrl-C (SIGINT) and SIGTERM: one line, exit code 130 or 143, whatever Python was doing.

The first signal raises KeyboardInterrupt in the main thread, so that terminals and servers are left in order. Where
that takes too long, is swallowed, or a second signal comes, the process ends at once: nothing that is written needs an
orderly end.
"""

from __future__ import annotations

import os
import select
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

HEEDED = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 5.0
"""For an orderly end; a kernel of torch or a batch of CTranslate2 may take longer, and is left alone."""
RESUMABLE = ("run", "demo", "sweep")
"""Commands that go on where they were stopped when they are given again."""
_END = b"\0"
"""Tells the watch that it is no longer needed."""


class Signals:
    """What has been received, and whether it was told."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._told = False

    @property
    def exit_code(self) -> int:
        """As shells have it: 128 and the signal's number."""
        return 128 + (self.received or signal.SIGINT)

    def receive(self, number: int, frame: FrameType | None = None) -> None:
        """The handler; runs in the main thread, between two steps of Python.

        What is being imported comes first: a module in C++ that calls Python meanwhile aborts if that raises.
        """
        if self.received is not None:
            self.end()
        self.received = number
        # of requests that were about to be sent
        warnings.filterwarnings("ignore", message="coroutine .* was never awaited", category=RuntimeWarning)
        if _is_importing(frame):
            sys.setprofile(self._raise_when_imported)
            return
        raise KeyboardInterrupt

    def _raise_when_imported(self, frame: FrameType, _event: str, _argument: object) -> None:
        if not _is_importing(frame):
            sys.setprofile(None)
            raise KeyboardInterrupt

    def tell(self) -> None:
        """One line on standard error, once."""
        if self._told:
            return
        self._told = True
        line = describe_interruption(sys.argv[1:]) + "\n"
        with suppress(OSError):
            # a buffered stream may be in the middle of a write
            os.write(2, line.encode(errors="replace"))

    def end(self) -> None:
        """End the process now."""
        with suppress(OSError):
            if not self._told and os.isatty(2):
                os.write(2, b"\r\x1b[2K\x1b[?25h")  # a bar may have hidden the cursor
        self.tell()
        os._exit(self.exit_code)


@contextmanager
def heeded_signals(*, restore: bool) -> Iterator[Signals]:
    """Both signals are heeded in the block; outside of the main thread nothing is changed.

    Afterwards they do what they did before, with `restore`, or else what the system does with them.

    A signal that is ignored stays so, as in a shell's background job.
    """
    global _latest
    signals = _latest = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.getsignal(number) for number in HEEDED}
    hooks = sys.unraisablehook, threading.excepthook
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    former_writer = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watch = threading.Thread(target=_watch, args=(signals, reader), name="signals", daemon=True)
    watch.start()
    _heed_in_parent_alone()
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, signals.receive)
        sys.unraisablehook, threading.excepthook = _end_if_swallowed(signals, hooks[0]), _silent(signals, hooks[1])
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if restore or handler is signal.SIG_IGN else signal.SIG_DFL)
        sys.unraisablehook, threading.excepthook = hooks
        signal.set_wakeup_fd(former_writer)
        os.write(writer, _END)
        watch.join()
        os.close(reader)
        os.close(writer)


def was_interrupted() -> bool:
    """Whether this command has been told to stop: what is raised from then on is not its own."""
    return _latest is not None and _latest.received is not None


def describe_interruption(arguments: list[str]) -> str:
    """What is kept after an interruption, and how to go on."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command not in RESUMABLE:
        return "tutelage: stopped."
    return f"tutelage: stopped; everything finished is kept. Go on with: {shlex.join(['tutelage', *arguments])}"


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _watch(signals: Signals, reader: int) -> None:
    """Ends the process at the second signal, or when the first one has not ended it in time.

    The system writes the number of each signal into the pipe, also while the main thread is busy outside of Python.
    """
    deadline: float | None = None
    first: int = signal.SIGINT
    while True:
        ready, _, _ = select.select([reader], [], [], deadline)
        number = os.read(reader, 1) if ready else b""
        if number == _END:
            return
        if number and number[0] not in HEEDED:
            continue
        if deadline is not None:
            signals.received = signals.received or first  # the main thread may not have come to it
            signals.end()
        deadline, first = GRACE_SECONDS, number[0]


def _end_if_swallowed(signals: Signals, hook: Any) -> Any:
    """An interruption that a destructor or a callback has swallowed ends the process; so does nothing else."""

    def heed(unraisable: Any) -> None:
        if signals.received is None:
            hook(unraisable)
        elif isinstance(unraisable.exc_value, KeyboardInterrupt):
            signals.end()

    return heed


def _silent(signals: Signals, hook: Any) -> Any:
    """What threads raise while the process ends is of no interest."""
    return lambda arguments: hook(arguments) if signals.received is None else None


def _heed_in_parent_alone() -> None:
    """A forked child gets the system's own handlers, and does not write into its parent's pipe."""
    global _registered
    if not _registered:
        _registered = True
        os.register_at_fork(after_in_child=_forget)


def _forget() -> None:
    with suppress(ValueError):  # not the main thread
        signal.set_wakeup_fd(-1)
        for number in HEEDED:
            if getattr(signal.getsignal(number), "__func__", None) is Signals.receive:
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


_registered = False
_latest: Signals | None = None
