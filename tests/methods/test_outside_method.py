"""A method from outside: a package with an entry point, its own measure, system and text, run whole by the command."""

import textwrap
from pathlib import Path

import pytest

from outside_packages import install, tutelage, write_numbered
from tiny_students import make_tiny

METHOD = '''
"""Shouting: a student learns slogans, and is measured by how much it shouts."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tutelage.core.evidence import SystemScores
from tutelage.core.recipe import StepSettings, TextPlace, TextsSettings
from tutelage.core.records import Example
from tutelage.core.stage import Stage
from tutelage.corpora.texts import Text, Texts
from tutelage.evaluation.measures import Measure
from tutelage.evaluation.report_data import FunnelRow
from tutelage.evaluation.significance import SegmentStatistics, compare_paired, score_share, score_with_interval
from tutelage.methods.method import Method, TextNeed
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.evidence import keep_evidence
from tutelage.stages.outputs import OUTPUTS, OutputsInputs
from tutelage.stages.student import example_of, read_summary, student_stage


class ShoutingSettings(StepSettings):
    """Shouting."""

    method: Literal["shouting"] = "shouting"
    slogans: TextPlace
    """Parallel text to learn, besides what the recipe names."""


@dataclass(frozen=True)
class SlogansInputs:
    slogans: Text


def take_slogans(inputs, work):
    return (example_of(pair, kind="slogan") for pair in inputs.slogans.pairs())


SLOGANS = Stage("slogans", 1, Example, take_slogans)
SHOUTED = Measure("shouting", " %", 1, True)


def loudness(outputs, texts):
    rows = np.array([(text.isupper(), 1) for text in outputs], dtype=np.float64)
    return SegmentStatistics("shouted", rows, score_share, True, "shouted|case:upper", tuple(texts))


def run(settings, context):
    slogans = Texts(TextsSettings(parallel=settings.slogans), context.recipe.direction.direction).text("parallel")
    examples = context.folder.make(SLOGANS, SlogansInputs(slogans))
    student = student_stage(context, examples, train=settings.train, folder=context.folder, student=context.student)
    test, folder = context.texts.text("test"), context.folder.inner("tests")
    sources = [pair.source.text for pair in test.pairs()]
    spoken = {}
    for name, one in (("before", context.student), ("after", student)):
        outputs = folder.make(OUTPUTS.named(f"domain-{name}"), OutputsInputs(test, context.decoder(one)))
        spoken[name] = loudness([output.text for output in outputs], sources)
    spoken["megaphone"] = loudness([text.upper() for text in sources], sources)
    systems = [SystemScores(name, "domain", name, (score_with_interval(one, seed=1),)) for name, one in spoken.items()]
    compared = [compare_paired(spoken["before"], after=spoken["after"], test="domain", seed=1)]
    return StepOutcome(
        student, examples, read_summary(student), (FunnelRow("slogans", examples.rows),), (),
        evidence=keep_evidence(context, systems, compared, rules=settings.gate),
    )


SHOUTING = Method(
    name="shouting",
    idea="a student learns to shout",
    paper="none",
    settings=ShoutingSettings,
    run=run,
    estimate=lambda settings, recipe, sizes: Estimate(0, (), sizes.of("test").segments, 0.1),
    problems=lambda settings, recipe: [],
    needs=lambda _: (TextNeed("test", "somebody must listen"),),
    translates=False,
    measures={"shouted": SHOUTED},
)
'''
RECIPE = """
name = "loud"
direction = {{ source = "en", target = "de" }}
student.model = "{student}"
{text}
evaluation.resamples = 100
[[step]]
method = "shouting"
slogans = "slogans.jsonl"
gate = [{gate}]
train = {{ epochs = 1, max_updates = 2, batch_tokens = 256, precision = "float32" }}
"""


@pytest.fixture
def outside(tmp_path):
    """A folder with the package, its texts and a student, and a function that calls the command there."""
    install(tmp_path, "shouting", textwrap.dedent(METHOD), {"tutelage.methods": "shouting = shouting:SHOUTING"})
    write_numbered(tmp_path, "test", "slogans", count=40)
    make_tiny("marian", tmp_path / "student")

    def call(*arguments, gate='"shouted: at least 0"', text='text.test.path = "test.jsonl"'):
        (tmp_path / "loud.toml").write_text(RECIPE.format(student=tmp_path / "student", gate=gate, text=text))
        return tutelage(tmp_path, *arguments)

    return call


def test_it_runs_whole_and_is_gated_on_its_own_measure(outside, tmp_path):
    ran = outside("run", "loud.toml")
    assert ran.returncode == 0, ran.stderr
    assert "shouting 0.0 % → " in ran.stdout
    page = Path(tmp_path / "runs" / "loud" / "report.html").read_text("utf-8")
    assert "shouting" in page
    assert "megaphone" in page
    assert "shouted: at least 0" in page


def test_its_gate_and_its_texts_are_checked_before_anything_is_loaded(outside):
    wrong = outside("check", "loud.toml", gate='"chrf: better"')
    assert wrong.returncode != 0
    assert "this step measures on domain and general alone: shouted" in wrong.stderr + wrong.stdout
    silent = outside("check", "loud.toml", text="")
    assert silent.returncode != 0
    assert "text.test: missing; somebody must listen" in silent.stderr + silent.stdout
