"""What is known of how a student came to be: the words of its training, and how often its test set decided."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.students.known_words import KnownWords


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of one student."""

    known: KnownWords | None = None
    """`None` if nothing is known of its training."""
    gates: int | None = None
    """Gates that decided by the test set of its run, there and in the runs beside it; `None` for what no run made."""

    @property
    def told(self) -> str:
        """How often the test set was read for choosing, in a sentence; empty if that is not known."""
        if self.gates is None:
            return ""
        times = "once" if self.gates == 1 else f"{self.gates} times"
        return f"its test set was read {times} for choosing" + ("; its scores flatter it." if self.gates > 1 else ".")
