"""Rows that workers of a real cluster on this machine work on: the same as this process makes them, and paid once."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from answer_key import translate
from made_stages import make_table
from row_works import Doubling, Placing
from scripted.llm import ScriptedLlm
from tiny_students import sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import BudgetError, CorpusError, RunnerError, StudentError
from tutelage.core.languages import Direction
from tutelage.core.recipe import FilterSettings, RunnerSettings, StudentSettings, TextSettings
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.records import Hypothesis, Segment
from tutelage.core.runner import LOCAL
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.texts import Text
from tutelage.labelling.feedback.edits import EDITS, EditsInputs
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.teachers import Teachers
from tutelage.methods.registry import step_types
from tutelage.runners.ray import pipeline
from tutelage.runners.ray.cluster import opened_runner
from tutelage.stages.pool import POOL, PoolInputs
from tutelage.stages.translations import HYPOTHESES, HypothesesInputs
from tutelage.storage.ledger import Budget, Ledger
from tutelage.storage.stages import StageFolder
from tutelage.students.decoder import Decoder

EN_PT = Direction("en", "pt-BR")
SLOTS = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of two workers, started once, as a run without an address starts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))  # of what the tests send
        before = signal.getsignal(signal.SIGTERM)
        with opened_runner(RunnerSettings(kind="ray", workers=2), "ledger.sqlite"):
            assert signal.getsignal(signal.SIGTERM) == before, "a run ends as it would without workers"
            yield


@pytest.fixture(scope="module")
def opened(cluster):
    with opened_runner(RunnerSettings(kind="ray", workers=2, rows_per_task=20), "ledger.sqlite") as runner:
        yield runner


@pytest.fixture
def runner(opened, tmp_path, monkeypatch):
    """The workers, for a run in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return opened


def run(runner, work, items):
    with runner.open(work) as opened:
        return list(opened(items)), opened.figures


def test_outcomes_come_in_the_order_of_the_items_from_several_processes_in_the_folder_of_the_run(runner, tmp_path):
    numbers = list(range(200))
    outcomes, figures = run(runner, Doubling(), numbers)
    assert outcomes == [2 * number for number in numbers]
    assert figures == {"tokens": 2.0 * 10}
    places, _ = run(runner, Placing(processes=2), numbers)
    assert len({process for process, _ in places}) == 2 and os.getpid() not in dict(places)
    assert {folder for _, folder in places} == {str(tmp_path.resolve())}
    assert run(runner, Doubling(), [])[0] == []


def test_a_users_error_is_told_as_it_is_behind_the_rows_before_it(runner):
    done = []
    with runner.open(Doubling(fails=55)) as opened, pytest.raises(CorpusError) as told:
        done.extend(iter_into(opened(range(200)), done))
    assert done == [2 * number for number in range(55)]
    assert (told.value.where, told.value.fix) == ("number 55", "Take another.")


def iter_into(outcomes, done):
    for outcome in outcomes:
        done.append(outcome)
    return ()


def test_rows_that_end_every_worker_stop_the_run_in_plain_words(runner):
    with (
        runner.open(Doubling(kills=3)) as opened,
        pytest.raises(RunnerError, match="a worker was lost 4 times") as told,
    ):
        list(opened(range(10)))
    assert "the same command goes on" in told.value.fix and told.value.exit_code == 75
    assert run(runner, Doubling(), range(10))[0] == [2 * number for number in range(10)]


def edit_recipe(llm):
    tables = {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"main": {"kind": "chat", "model": "m", "base_url": llm.base_url, "concurrency": SLOTS}},
        "step": [{"method": "patching"}],
    }
    return validate_recipe(tables, step_types=step_types())


def correct(messages):
    return translate(messages[0]["content"].rpartition("<source>\n")[2].partition("\n</source>")[0])


def drafts_in(folder, count):
    rows = [
        Hypothesis(Segment(str(number), f"Open the file {number}.", "en"), f"Abra {number}.", "s")
        for number in range(count)
    ]
    return make_table(folder, "hypotheses", Hypothesis, key="h", produce=lambda: rows)


class Edited:
    """The stage of edits in a folder of its own, by a runner, on one ledger."""

    def __init__(self, place, llm, *, count):
        self._place, self._recipe, self._llm = place, edit_recipe(llm), llm
        self.drafts = drafts_in(StageFolder(place, lambda *_: None), count)

    def make(self, name, runner, *, ledger, budget=None):
        place = self._place / ledger if "://" not in ledger else ledger
        with Ledger.open(place, run="x", budget=budget) as opened:
            teachers = Teachers(self._recipe, opened, runner=runner)
            inputs = EditsInputs(self.drafts, EditRole(EN_PT), teachers.asked(None), 1)
            table = StageFolder(self._place / name, lambda *_: None).make(EDITS, inputs)
            return table, sum(spend.calls for spend in opened.spend())


def test_a_teacher_is_asked_by_workers_for_the_same_table_under_the_same_key_and_paid_once(runner, tmp_path):
    with ScriptedLlm(script=correct) as llm:
        edited = Edited(tmp_path, llm, count=120)
        (tmp_path / "far").mkdir(), (tmp_path / "near").mkdir()
        far, calls = edited.make("far", runner, ledger="l.sqlite")
        assert calls == llm.received == 120
        near, calls = edited.make("near", LOCAL, ledger="l.sqlite")
        assert calls == llm.received == 120
    assert list(far) == list(near) and far.key == near.key
    assert list(far.rejections()) == list(near.rejections()) and far.rows > 100


def test_the_budget_holds_over_all_workers(runner, tmp_path):
    with ScriptedLlm(script=correct) as llm:
        edited = Edited(tmp_path, llm, count=120)
        (tmp_path / "far").mkdir()
        with pytest.raises(BudgetError, match="budget of 50 calls is reached"):
            edited.make("far", runner, ledger="l.sqlite", budget=Budget(calls=50))
        assert llm.received <= 50
        table, calls = edited.make("far", runner, ledger="l.sqlite", budget=Budget(calls=120))
        assert table.rows > 100 and calls == llm.received == 120


def test_of_a_killed_worker_nothing_is_lost_and_only_calls_in_flight_are_paid_twice(runner, tmp_path, postgres):
    killed = []

    def answer(messages):
        if llm.received >= 30 and not killed:
            killed.append(kill_a_worker())
        return correct(messages)

    with ScriptedLlm(script=answer, latency_seconds=0.02) as llm:
        edited = Edited(tmp_path, llm, count=120)
        (tmp_path / "far").mkdir(), (tmp_path / "near").mkdir()
        ledger = postgres.database()
        far, calls = edited.make("far", runner, ledger=ledger)
        assert killed and calls == 120 and 120 <= llm.received <= 120 + SLOTS
        near, again = edited.make("near", LOCAL, ledger=ledger)
        assert again == calls and list(near) == list(far)


def kill_a_worker():
    """End one process that works on rows; its id."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"_RayWorker" in line and descends(int(folder.name), os.getpid()):
                os.kill(int(folder.name), signal.SIGKILL)
                return int(folder.name)
    raise AssertionError("no worker is there")


def descends(process, of):
    """Whether a process was started by another or by one that it has started."""
    while process > 1:
        if process == of:
            return True
        process = int((Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[1])
    return False


def decoder(folder, conversions, **changes):
    return Decoder(
        Path(folder),
        EN_PT,
        StudentSettings(model=str(folder)),
        Decoding(max_target_tokens=24),
        Path(conversions),
        **changes,
    )


def test_a_student_decodes_on_workers_as_here_and_goes_on_after_the_rows_that_are_there(runner, tmp_path, tiny_student):
    student = Path(tiny_student("marian").origin)
    segments = [Segment(str(number), text, "en") for number, text in enumerate(sentences(90))]
    folder = StageFolder(tmp_path, lambda *_: None)
    pool = make_table(folder, "pool", Segment, key="p", produce=lambda: segments)
    near = HypothesesInputs(pool, decoder(student, "conversions"))
    far = HypothesesInputs(pool, decoder(student, "conversions", runner=runner))
    assert HYPOTHESES.key(near) == HYPOTHESES.key(far)
    expected = list(folder.make(HYPOTHESES.named("near"), near))
    partial = tmp_path / "far.partial.jsonl"
    partial.write_text(partial_lines(HYPOTHESES.key(far), expected[:40]))
    assert list(folder.make(HYPOTHESES.named("far"), far)) == expected


def partial_lines(key, rows):
    import json

    from tutelage.storage.plain import to_plain

    convert = to_plain(Hypothesis)
    return "".join(f"{json.dumps(line)}\n" for line in [{"key": key}, *map(convert, rows)])


def test_a_student_that_workers_cannot_load_is_told_in_its_own_words(runner, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudentError):
        list(decoder(tmp_path / "empty", tmp_path / "conversions", runner=runner).translate(["a"]))


def write_texts(folder):
    """A pool of everything that is dropped, far apart and near, and a test text that holds some of it."""
    rows = []
    for number in range(150):
        rows += [
            f"Open the file number {number} that was closed yesterday.",
            f"OPEN the file number {number // 2}  that was closed yesterday.",
            f"O ficheiro {number // 3} que foi fechado ontem não pode ser aberto outra vez.",
            f"The printer {number} is out of paper and must be filled again.",
        ]
    lines = [json.dumps({"id": str(number), "source": text}) for number, text in enumerate([*rows, "", "a\x01b"])]
    lines[7] = lines[300] = "no JSON"
    (folder / "pool.jsonl").write_text("\n".join(lines) + "\n")
    test = [
        {"id": f"t{n}", "source": f"The printer {5 * n} is out of paper and must be filled.", "target": "x"}
        for n in range(9)
    ]
    (folder / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in test))


def pool_inputs(folder):
    pool = Text("pool", TextSettings(path=str(folder / "pool.jsonl"), bad_lines=0.1), EN_PT)
    test = Text("test", TextSettings(path=str(folder / "test.jsonl")), EN_PT)
    return PoolInputs(pool, HeldBack((test,)), TextFilter(FilterSettings(), LangidIdentifier(), ("pt-BR",)))


def test_a_pool_is_sifted_by_workers_to_the_same_rows_and_rejections_under_the_same_key(runner, tmp_path, monkeypatch):
    sent, stream = [], pipeline._Pipeline._stream
    monkeypatch.setattr(pipeline, "START_SECONDS", 0.0)
    monkeypatch.setattr(pipeline._Pipeline, "_stream", lambda of, parts: sent.append(parts) or stream(of, parts))
    write_texts(tmp_path)
    tables = {}
    for name, where in (("far", runner), ("near", LOCAL)):
        (tmp_path / name).mkdir()
        tables[name] = StageFolder(tmp_path / name, lambda *_: None, runner=where).make(POOL, pool_inputs(tmp_path))
    assert [len(parts) > 1 for parts in sent] == [True]
    far, near = tables["far"], tables["near"]
    rejections = list(near.rejections())
    assert list(far) == list(near) and list(far.rejections()) == rejections and far.key == near.key
    assert far.path.read_bytes() == near.path.read_bytes()
    reasons = {"duplicate", "wrong_language", "in_test_set", "empty", "control_characters"}
    assert reasons < {one.reason for one in rejections} and far.rows > 100


def test_few_quick_rows_are_done_here(runner):
    with runner.open(Placing(), row_seconds=0.01) as opened:
        assert {process for process, _ in opened(range(20))} == {os.getpid()}
