"""SIGINT and SIGTERM at any moment: one line, exit code 130 or 143, no traceback, and the run can go on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripted.llm import ScriptedLlm

NUMBERS = [signal.SIGINT, signal.SIGTERM]
GO_ON = "tutelage: stopped; everything finished is kept. Go on with: tutelage demo\n"


def heeds(process):
    """Whether the process has a handler of its own for SIGTERM, as the system tells."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


def begin(code, *arguments):
    """A process that runs `code`, then the command, with SIGINT as a shell's foreground job has it."""
    lines = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)",
        code,
        f"sys.argv = {['tutelage', *arguments]!r}",
        "from tutelage.cli.main import main; main()",
    )
    return subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def demo_does(*lines):
    """Code after which the command `demo` does this, as its only work."""
    body = "".join(f"    {line}\n" for line in ("print('begun', flush=True)", *lines))
    return f"import time, tutelage.runs.demo\ndef run_demo(**_):\n{body}tutelage.runs.demo.run_demo = run_demo\n"


def ended(process, number):
    _, told = process.communicate()
    assert process.returncode == 128 + number, told
    return told


@pytest.mark.parametrize(("seconds", "number"), [(0.0, 2), (0.1, 15), (0.3, 2), (0.7, 15), (1.5, 2)])
def test_while_modules_are_imported(seconds, number):
    """From the first moment in which the command heeds signals; what is imported takes longer than the last one."""
    heavy = "import ctranslate2, transformers.models.marian.modeling_marian, transformers.trainer, peft, sacrebleu"
    process = begin(demo_does(heavy, "import tutelage.stages.tuning; time.sleep(600)"), "demo")
    while not heeds(process):
        time.sleep(0.001)
    time.sleep(seconds)
    process.send_signal(number)
    assert ended(process, number) == GO_ON


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_being_imported_is_imported_whole(tmp_path, number):
    """An extension that calls Python while it is imported aborts if that raises, as one of torch's did."""
    steps = "import time\nprint('importing', flush=True)\nfor _ in range(50): time.sleep(0.01)\n"
    (tmp_path / "slowly.py").write_text(steps + "print('imported', flush=True)\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + demo_does("import slowly", "time.sleep(600)")
    process = begin(code, "demo")
    assert [process.stdout.readline() for _ in range(2)] == ["begun\n", "importing\n"]
    process.send_signal(number)
    assert process.stdout.readline() == "imported\n"
    assert ended(process, number) == GO_ON


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "lines",
    [
        ("time.sleep(60)",),
        ("import threading; threading.Lock().acquire(); threading.Event().wait()",),
        ("from queue import SimpleQueue; SimpleQueue().get()",),
        ("while True: pass",),
        ("class Held:", "    def __del__(self): time.sleep(60)", "Held()"),
        ("try: time.sleep(60)", "except BaseException: raise ImportError('numpy failed to import')"),
        ("try: time.sleep(60)", "except BaseException: raise ModuleNotFoundError('no torch', name='torch')"),
        ("import threading; t = threading.Thread(target=time.sleep, args=(60,)); t.start(); t.join()",),
    ],
)
def test_while_it_works(lines, number):
    process = begin(demo_does(*lines), "demo")
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.05)
    process.send_signal(number)
    assert ended(process, number) == GO_ON


def test_work_that_swallows_it_is_ended_all_the_same():
    swallow = "while True:\n        try: time.sleep(60)\n        except BaseException: pass"
    process = begin("import tutelage.cli.signals as s; s.GRACE_SECONDS = 0.2\n" + demo_does(swallow), "demo")
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert ended(process, signal.SIGINT) == GO_ON


@pytest.mark.parametrize("number", NUMBERS)
def test_the_second_signal_ends_it_at_once(number):
    slow = "try: time.sleep(600)\n    except BaseException:\n        print('late', flush=True)\n        time.sleep(600)"
    process = begin("import tutelage.cli.signals as s; s.GRACE_SECONDS = 600\n" + demo_does(slow), "demo")
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "late\n"
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 130


def test_a_command_that_cannot_go_on_says_only_that_it_stopped():
    process = begin("import time, tutelage.runs.run_list as r; r.list_runs = lambda *_: time.sleep(60)", "list")
    while not heeds(process):
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert ended(process, signal.SIGTERM) == "tutelage: stopped.\n"


def test_an_ignored_signal_stays_ignored():
    """As in a shell's background job."""
    lines = ("import os; os.kill(os.getpid(), signal.SIGINT)", "raise SystemExit(7)")
    process = begin("signal.signal(signal.SIGINT, signal.SIG_IGN)\nimport signal\n" + demo_does(*lines), "demo")
    process.communicate()
    assert process.returncode == 7


def test_a_forked_child_that_is_ended_does_not_end_its_parent():
    lines = (
        "import os",
        "child = os.fork()",
        "if not child: time.sleep(600)",
        "time.sleep(0.05); os.kill(child, signal.SIGTERM)",
        "status = os.waitpid(child, 0)[1]",
        "raise SystemExit(7 if os.WTERMSIG(status) == signal.SIGTERM else 8)",
    )
    process = begin(demo_does(*lines), "demo")
    _, told = process.communicate()
    assert (process.returncode, told) == (7, "")


def test_afterwards_everything_is_as_it_was(tutelage):
    before = [signal.getsignal(number) for number in NUMBERS]
    open_before = len(os.listdir("/proc/self/fd"))
    tutelage("--version")
    assert [signal.getsignal(number) for number in NUMBERS] == before
    assert len(os.listdir("/proc/self/fd")) == open_before


@pytest.mark.parametrize("number", NUMBERS)
def test_a_long_rest_that_a_teacher_asks_for_is_told_and_can_be_ended(number, tmp_path):
    with ScriptedLlm(script=str, capacity=0, retry_after="450") as llm:
        asks = (
            "from tutelage.core.languages import Direction; from tutelage.core.records import Segment",
            "from tutelage.storage.ledger import Ledger; from tutelage.teachers.calling.asking import ask",
            "from tutelage.teachers.chat import ChatSettings, ChatTeacher",
            "from tutelage.labelling.roles.translation import TranslateRole",
            f"teacher = ChatTeacher(ChatSettings(base_url={llm.base_url!r}, model='m'))",
            f"with Ledger.open({str(tmp_path / 'ledger.sqlite')!r}, run='r') as ledger:",
            "    list(ask(TranslateRole(Direction('en', 'de')), [Segment('1', 'One', 'en')], teacher=teacher, "
            "ledger=ledger))",
        )
        process = begin(demo_does(*asks), "demo")
        announced = process.stderr.readline()
        assert announced.startswith(f"teacher {llm.base_url} asks to be left alone: waiting 4"), announced
        process.send_signal(number)
        assert ended(process, number) == GO_ON
    assert ", until " in announced
