"""What a run promotes takes the place of what is served."""

import json
import threading
from pathlib import Path

import pytest

from student_server import EN_PT, UpperEngine, serving, upper
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protection.translation import Translated
from tutelage.serving.following import Follower, newest_promoted


class ReversingEngine(UpperEngine):
    def translate_whole(self, sources, *, decoding, scored=False):
        return (Translated(source[::-1]) for source in sources)


def make_run(runs, name, *, updated, student="01-patching/student", state="done", target="pt-BR"):
    run = runs / name
    folder = run / "01-patching" / "student"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "marian", "name": name}))
    (run / "recipe.toml").write_text(f'[direction]\nsource = "en"\ntarget = "{target}"\n')
    (run / "run.json").write_text(json.dumps({"state": state, "student": student, "updated": updated}))
    return run


def test_the_newest_promoted_student_of_the_direction_is_meant(tmp_path):
    assert newest_promoted(tmp_path / "none", EN_PT) is None
    old = make_run(tmp_path, "old", updated="2026-01-01T00:00:00Z")
    make_run(tmp_path, "refused", updated="2026-01-03T00:00:00Z", student=None)
    make_run(tmp_path, "running", updated="2026-01-04T00:00:00Z", state="running")
    make_run(tmp_path, "other", updated="2026-01-05T00:00:00Z", target="es")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    assert newest_promoted(tmp_path, EN_PT).run == old
    assert newest_promoted(old, EN_PT).run == old
    new = make_run(tmp_path, "new", updated="2026-01-02T00:00:00Z")
    assert newest_promoted(tmp_path, EN_PT).run == new


def test_requests_are_answered_by_the_new_student_from_then_on(tmp_path):
    opened = []

    def open_engine(name, direction):
        opened.append(name)
        return ReversingEngine()

    with serving(upper()) as running:
        fields = {"q": "ab", "source": "en", "target": "pt"}
        follower = Follower(tmp_path, running.service.translator.students, open_engine=open_engine)
        follower.look()
        assert running.client.post("/translate", data=fields).json() == {"translatedText": "AB"}
        run = make_run(tmp_path, "new", updated="2026-01-01T00:00:00Z")
        follower.look()
        assert running.client.post("/translate", data=fields).json() == {"translatedText": "ba"}
    assert opened == [str(run)]


def test_a_student_that_cannot_be_opened_changes_nothing_and_is_tried_once(tmp_path, caplog):
    tried = []

    def open_engine(name, direction):
        tried.append(name)
        raise StudentError("it is damaged.", where="/secret/path")

    student = upper(Direction("en", "pt-BR"))
    make_run(tmp_path, "new", updated="2026-01-01T00:00:00Z")
    follower = Follower(tmp_path, [student], open_engine=open_engine)
    follower.look()
    follower.look()
    assert len(tried) == 1
    assert student.signature == "upper"
    assert "it is damaged" in caplog.text
    student.queue.close()


@pytest.mark.parametrize("seconds", [0.01])
def test_it_looks_again_and_again(tmp_path, seconds):
    student = upper()
    engines = {name: UpperEngine(name) for name in ("first", "second")}
    opened = {name: threading.Event() for name in engines}

    def open_engine(folder, _direction):
        name = Path(folder).name
        opened[name].set()
        return engines[name]

    follower = Follower(tmp_path, [student], open_engine=open_engine, seconds=seconds)
    follower.start()
    for day, name in enumerate(engines, start=1):
        make_run(tmp_path, name, updated=f"2026-01-0{day}T00:00:00Z")
        assert opened[name].wait(60), f"the {name} run was not seen"
    follower.stop()
    assert student.queue.engine is engines["second"]
    student.queue.close()
