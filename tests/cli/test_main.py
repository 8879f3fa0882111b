import inspect
import os
import re
import signal
import subprocess
import sys

import pytest
import typer

from tutelage.cli.commands import OLD_NAMES, app, describe_system_error
from tutelage.cli.signals import describe_interruption

PANELS = {
    "Run": ("demo", "init", "check", "run", "sweep"),
    "Use": ("translate", "paraphrase", "serve", "review", "blend", "export", "formats", "feedback"),
    "Measure": ("evaluate", "examine", "probe", "words", "metrics", "ratings"),
    "Account": ("list", "report", "ledger"),
}
COMMANDS = ("demo", "init", "check", "run", "report", "translate", "evaluate", "ledger", "list")


def test_help_names_every_command_and_imports_nothing_heavy(tutelage_process):
    shown = tutelage_process("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in COMMANDS)
    code = (
        "import sys\n"
        "from tutelage.cli.commands import app\n"
        "heavy = {'torch', 'transformers', 'numpy', 'pyarrow', 'openai', 'pydantic', 'sacrebleu'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout == "[]\n"


def test_help_groups_the_commands(tutelage):
    shown = tutelage("--help").stdout
    panels = {}
    for line in shown.splitlines():
        if line.startswith("╭─ "):
            rows = panels.setdefault(line.split()[1], [])
        elif name := re.match(r"│ (\w+)", line):
            rows.append(name[1])
    del panels["Options"]
    assert {name: tuple(rows) for name, rows in panels.items()} == PANELS


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_an_old_name_works_with_a_hint_and_is_not_in_the_help(tutelage, old, new):
    hint = f"tutelage: '{old}' is now called '{new}'; the old name goes with the next version.\n"
    by_old, by_new = tutelage(old, "--help"), tutelage(new, "--help")
    assert (by_old.returncode, by_old.stderr, by_new.stderr) == (0, hint, "")
    assert by_old.stdout.replace(f"tutelage {old} ", f"tutelage {new} ").split() == by_new.stdout.split()
    assert not re.search(rf"^│ {old} ", tutelage("--help").stdout, re.MULTILINE)


def every_command(command, name):
    """A command and those inside it, with their names."""
    yield name, command
    for inner, one in getattr(command, "commands", {}).items():
        yield from every_command(one, f"{name} {inner}")


@pytest.mark.parametrize(("name", "command"), list(every_command(typer.main.get_command(app), "tutelage")))
def test_no_line_of_help_breaks_in_the_middle(name, command):
    first, *others = inspect.cleandoc(command.help).split("\n\n")
    assert [paragraph for paragraph in others if "\n" in paragraph] == []  # typer wraps the first paragraph alone
    assert first


def test_a_value_can_be_set_wherever_a_recipe_is_read():
    reading = {
        name: any("--set" in one.opts for one in command.params)
        for name, command in every_command(typer.main.get_command(app), "tutelage")
        if any(one.name == "recipe" or one.metavar == "RECIPE" for one in command.params)
    }
    assert {"tutelage run", "tutelage examine", "tutelage ratings ask"} < set(reading)
    assert [name for name, settable in reading.items() if not settable] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(tutelage, command):
    shown = tutelage(command, "--help")
    assert shown.returncode == 0
    assert "Example: " in shown.stdout


def test_an_unknown_command_or_option_is_bad_usage(tutelage):
    assert tutelage("rum").returncode == 2
    assert tutelage("list", "--nothing").returncode == 2
    assert tutelage("run").returncode == 2


def test_an_interruption_tells_how_to_go_on():
    told = describe_interruption(["run", "my recipe.toml", "--runs", "out"])
    assert told.endswith("everything finished is kept. Go on with: tutelage run 'my recipe.toml' --runs out")
    assert "Go on" not in describe_interruption(["translate", "-"])


@pytest.mark.parametrize("begun", ["None", "asyncio.sleep(0)"], ids=["nothing", "a request that is not sent yet"])
def test_ctrl_c_ends_with_130_and_no_traceback(tmp_path, begun):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    waits = (
        "import asyncio, time, tutelage.runs.demo as d\n"
        f"def wait(**_): begun = {begun}; print('begun', flush=True); time.sleep(60)\n"
        "d.run_demo = wait"
    )
    # a job started in the background may have inherited that SIGINT is ignored
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heeds}\n{waits}\nimport sys; sys.argv = ['tutelage', 'demo']\nfrom tutelage.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate()
    assert process.returncode == 130
    assert messages == "tutelage: stopped; everything finished is kept. Go on with: tutelage demo\n"


def test_a_reader_that_goes_away_is_no_error(tutelage_process, tmp_path):
    for number in range(3000):  # more than a pipe holds
        folder = tmp_path / "runs" / f"run-with-a-rather-long-name-{number:05d}"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
    command = f"{sys.executable} -m tutelage list | head -n 1"
    shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert shown.stdout.startswith("run ")
    assert shown.stderr == ""


def test_a_full_disk_is_one_paragraph():
    error = OSError(28, "No space left on device", "runs/x/pool.parquet")
    told = describe_system_error(error)
    assert told.startswith("runs/x/pool.parquet: no space left on device. Free some space")


def test_a_missing_module_of_an_extra_names_the_command_that_installs_it(tutelage, monkeypatch):
    def without_torch(*_, **__):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("tutelage.runs.run_list.list_runs", without_torch)
    shown = tutelage("list")
    assert shown.returncode == 1
    assert "pip install 'tutelage[train]'" in shown.stderr
    assert "Traceback" not in shown.stderr
