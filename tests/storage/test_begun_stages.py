import threading

import pytest

from made_stages import Given, Inputs, make_table
from tutelage.core.errors import TeacherError
from tutelage.core.records import Segment
from tutelage.core.stage import Stage
from tutelage.storage.run_folder import RunFolder, read_run_facts
from tutelage.storage.stages import StageFolder


def segment(index):
    return Segment(str(index), f"text {index} ñ", "en")


ALL = [segment(index) for index in range(6)]


def _go_on(inputs, work):
    return inputs.given.make(work.done)


STAGE = Stage("hypotheses", 1, Segment, _go_on, resumes=True)


def begun(folder, produce, *, key="k"):
    return folder.begun(STAGE, Inputs(Given(key, produce)), rows=len(ALL))


@pytest.fixture
def noted():
    return {}


@pytest.fixture
def folder(tmp_path, noted):
    return StageFolder(tmp_path, noted.__setitem__)


class Handed:
    """Gives a row whenever it is allowed to, so that a test decides what is there."""

    def __init__(self):
        self._allowed, self.done = threading.Semaphore(0), None

    def allow(self, count):
        for _ in range(count):
            self._allowed.release()

    def __call__(self, done):
        self.done = done
        for one in ALL:
            if one.id not in done:
                self._allowed.acquire()
                yield one


def test_rows_are_read_while_others_are_made(folder):
    produce = Handed()
    produce.allow(2)
    with begun(folder, produce) as table:
        rows, again = iter(table), iter(table)
        assert [next(rows), next(rows)] == ALL[:2]
        assert not table.path.exists() and table.rows == len(ALL)
        produce.allow(1)
        assert next(rows) == ALL[2]
        produce.allow(3)
        assert list(rows) == ALL[3:]
        assert table.path.exists()  # who has read all of it has read a whole table
        assert list(again) == list(table) == ALL
    assert list(table) == ALL and list(table.rejections()) == []
    assert [path.name for path in folder.path.iterdir()] == ["hypotheses.parquet"]


def test_another_stage_is_made_of_it_meanwhile(folder, noted):
    produce = Handed()
    produce.allow(1)
    with begun(folder, produce) as table:

        def answers():
            for one in table:
                produce.allow(1)  # the next row comes when this one was answered
                yield one

        feedback = make_table(folder, "feedback", Segment, key=table.key, produce=answers)
    assert list(feedback) == ALL
    assert noted["hypotheses"]["asked"] == 0 and "asked" not in noted["feedback"]
    assert noted["hypotheses"]["rows"] == noted["feedback"]["rows"] == len(ALL)


def test_it_has_the_key_and_the_content_of_one_that_was_waited_for(folder):
    def produce(done):
        return (one for one in ALL if one.id not in done)

    with begun(folder, produce) as table:
        pass
    inputs = Inputs(Given("k", None))
    assert folder.make(STAGE, inputs).key == table.key  # found, since nothing could be made of these inputs
    with begun(folder, None) as found:
        assert list(found) == ALL


def test_what_fails_in_it_fails_where_it_is_read_and_its_rows_stay(folder):
    def produce(done):
        yield from ALL[:3]
        raise TeacherError("broken", fix="mend it")

    with pytest.raises(TeacherError, match="broken"), begun(folder, produce) as table:
        list(table)
    rest = Handed()
    rest.allow(6)
    with begun(folder, rest) as table:
        assert list(table) == ALL
    assert rest.done == {"0", "1", "2"}


def test_nothing_begins_with_a_stage_that_cannot_make_a_row(folder):
    def produce(done):
        raise TeacherError("broken", fix="mend it")

    asked = []
    with pytest.raises(TeacherError), begun(folder, produce):
        asked.append(1)
    assert not asked


def test_what_fails_without_being_read_fails_at_the_end(folder):
    handed = threading.Event()

    def produce(done):
        yield ALL[0]
        handed.wait()
        raise TeacherError("broken", fix="mend it")

    with pytest.raises(TeacherError), begun(folder, produce):
        handed.set()
    assert not (folder.path / "hypotheses.parquet").exists()


def test_it_stops_where_nobody_waits_for_it_and_goes_on_there(folder):
    produce = Handed()
    produce.allow(2)

    def read_three_rows():
        with begun(folder, produce) as table:
            rows = iter(table)
            next(rows), next(rows)
            produce.allow(1)
            next(rows)
            produce.allow(1)  # else it would wait for this test for ever
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_three_rows()
    rest = Handed()
    rest.allow(6)
    with begun(folder, rest) as table:
        assert list(table) == ALL
    assert rest.done >= {"0", "1", "2"}


def test_an_empty_table_is_whole_at_once(folder):
    with folder.begun(STAGE, Inputs(Given("k", lambda done: iter(()))), rows=0) as table:
        assert list(table) == []


def test_the_questions_of_others_are_not_counted_as_its_own(tmp_path):
    run = RunFolder.open(tmp_path / "run", recipe_toml="", seed=1)
    asked = [0]
    run.watch_asked(lambda: {"asked": asked[0], "asked_tokens": 10 * asked[0]})
    folder = run.step(1, "patching")

    def answers(table):
        for one in table:
            asked[0] += 1
            yield one

    with begun(folder, lambda done: iter(ALL)) as table:
        list(table)  # noted by now, in the middle of the other's questions
        make_table(folder, "feedback", Segment, key="f", produce=lambda: answers(table))
    run.close()
    stages = read_run_facts(tmp_path / "run")["stages"]
    assert stages["01-patching/hypotheses"]["asked"] == 0
    assert stages["01-patching/feedback"]["asked"] == len(ALL)
    assert stages["01-patching/feedback"]["asked_tokens"] == 10 * len(ALL)
    assert stages["01-patching/hypotheses"]["began"] <= stages["01-patching/feedback"]["began"]
