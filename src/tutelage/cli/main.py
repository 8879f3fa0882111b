"""The console's entry point: heeds signals first, so that Ctrl-C is one line even while modules are imported."""

from __future__ import annotations

from tutelage.cli.signals import heeded_signals


def main(*, restore: bool = False) -> None:
    """Run the command of `sys.argv`; ends with SystemExit.

    With `restore` signals do afterwards what they did before; else they end the process without a word, since Python
    takes its time to leave.
    """
    with heeded_signals(restore=restore) as signals:
        try:
            from tutelage.cli.commands import app

            app(prog_name="tutelage")
        except BaseException as error:
            if signals.received is None:
                raise
            # whatever it has become on its way, such as a failed import
            signals.tell()
            raise SystemExit(signals.exit_code) from error
