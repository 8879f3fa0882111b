import io

import pytest
from rich.console import Console

from tutelage.cli.progress import BarProgress, PlainProgress, shown_progress
from tutelage.core.protocols import Silence


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_plain_lines_come_every_few_seconds_and_at_both_ends():
    stream, clock = io.StringIO(), Clock()
    progress = PlainProgress(stream=stream, clock=clock, every_seconds=5)
    progress.start("train", total=100, unit="updates")
    for _ in range(12):
        clock.now += 1
        progress.advance(2, loss=3.5)
    progress.finish("best dev loss 2.1")
    assert stream.getvalue().splitlines() == [
        "train: 100 updates",
        "train: 10 of 100 updates (10 %), 2 updates/s, 45 s left, loss 3.5",
        "train: 20 of 100 updates (20 %), 2 updates/s, 40 s left, loss 3.5",
        "train: 24 updates in 12 s; best dev loss 2.1",
    ]


def test_a_second_piece_of_work_begins_at_nothing():
    stream, clock = io.StringIO(), Clock()
    progress = PlainProgress(stream=stream, clock=clock)
    progress.start("first", total=None)
    progress.advance(7, cost=1.0)
    progress.finish()
    progress.start("second", total=None)
    clock.now = 3.0
    progress.advance(2)
    progress.finish()
    assert stream.getvalue().splitlines()[-1] == "second: 2 segments in 3.0 s"


def test_a_bar_leaves_one_line_for_each_finished_piece_of_work():
    stream, clock = io.StringIO(), Clock()
    console = Console(file=stream, force_terminal=True, width=120, color_system=None)
    progress = BarProgress(console=console, clock=clock)
    progress.start("teacher translates [x]", total=4)
    for _ in range(4):
        clock.now += 1
        progress.advance(cost=0.5)
    progress.finish("nothing rejected")
    progress.start("cut short", total=None)
    progress.close()
    shown = stream.getvalue()
    assert "teacher translates [x]: 4 segments in 4.0 s; nothing rejected" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0  # the cursor is given back


def test_the_bar_is_taken_away_after_an_error(monkeypatch):
    closed = []
    monkeypatch.setattr(PlainProgress, "close", lambda progress: closed.append(progress))

    def work():
        with shown_progress() as progress:
            progress.start("work", total=1)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert len(closed) == 1


def test_quiet_shows_nothing(capfd):
    with shown_progress(quiet=True) as progress:
        assert isinstance(progress, Silence)
        progress.start("work", total=1)
        progress.advance()
        progress.finish("done")
    assert capfd.readouterr() == ("", "")


def test_two_pieces_of_work_have_lines_of_their_own():
    stream, clock = io.StringIO(), Clock()
    progress = PlainProgress(stream=stream, clock=clock)
    beside = progress.beside()
    progress.start("teacher edits", total=2)
    beside.start("student translates", total=4)
    clock.now = 2.0
    beside.advance(4)
    beside.finish()
    progress.advance(2)
    progress.finish()
    assert stream.getvalue().splitlines()[2:] == [
        "student translates: 4 segments in 2.0 s",
        "teacher edits: 2 segments in 2.0 s",
    ]


def test_a_line_is_written_whole_so_that_no_other_comes_into_it():
    class Written(io.StringIO):
        def __init__(self):
            super().__init__()
            self.parts = []

        def write(self, text):
            self.parts.append(text)
            return super().write(text)

    stream = Written()
    progress = PlainProgress(stream=stream, clock=lambda: 0.0)
    for one in (progress, progress.beside()):
        one.start("decode", total=2)
        one.finish()
    assert len(stream.parts) == 4 and all(part.endswith("\n") for part in stream.parts)


def test_two_pieces_of_work_have_bars_of_their_own():
    stream, clock = io.StringIO(), Clock()
    progress = BarProgress(console=Console(file=stream, force_terminal=True, width=120, color_system=None), clock=clock)
    beside = progress.beside()
    beside.start("student translates", total=4)
    progress.start("teacher edits", total=2)
    for _ in range(4):
        clock.now += 1
        beside.advance()
    beside.finish()
    progress.advance(2)
    progress.finish()
    progress.start("cut short", total=None)  # as when the command ends by an error
    progress.close()
    shown = stream.getvalue()
    assert "student translates: 4 segments in 4.0 s" in shown
    assert "teacher edits: 2 segments in 4.0 s" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0
