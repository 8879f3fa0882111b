"""The kinds that the page on extending shows are kinds."""

import re
import sys
from pathlib import Path

from tiny_students import make_tiny
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSegment, MetricSettings
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.evaluation.metrics.metric import open_metrics
from tutelage.labelling.kinds.kind import TeacherKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"
EN_DE = Direction("en", "de")


def test_the_metric_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (code,) = re.findall(r"<!-- own_metric.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "own_metric.py").write_text(code)
    settings = MetricSettings(command=(sys.executable, str(tmp_path / "own_metric.py")))
    (metric,) = open_metrics({"full_stops": settings})
    segments = [MetricSegment("Open it.", said, "", "en", "pt-BR") for said in ("Abra.", "Abra")]
    assert metric.score(segments) == [100, 0]
    assert metric.signature == "full_stops|model:full-stops|version:1.0|licence:MIT"


def shown():
    """What the page's code defines."""
    names = {"__name__": "shown"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(block, names)
    return names


def test_the_teacher_translates():
    kind = shown()["GLOSSARY"]
    assert isinstance(kind, TeacherKind) and not kind.can_write
    settings = kind.settings(words={"file": "Datei"})
    segments = [Segment("1", "file", "en"), Segment("2", "folder", "en")]
    pair, rejection = kind.engine(settings, None, EN_DE).translate(segments, direction=EN_DE)
    assert isinstance(pair, Pair) and pair.target.text == "Datei"
    assert isinstance(rejection, Rejection)
    assert kind.problems(settings, None) == []
    assert kind.problems(kind.settings(), None) == [".words: missing; a glossary needs some."]


def test_the_student_is_told_a_direction(tmp_path):
    make_tiny("bart", tmp_path)
    student = shown()["PegasusStudent"].load(tmp_path, direction=EN_DE)
    assert student.says_direction and student.asking_problem(tmp_path) is None
    (asked,) = student.encode_sources(["the file"], max_tokens=50)
    assert student.decode_targets([asked]) == ["German: the file"]
