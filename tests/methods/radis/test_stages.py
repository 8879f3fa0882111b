"""The stages of rehearsal with a writer that says what it is told to: counts, resumption, and what stops a run."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from made_stages import make_table
from tutelage.core.errors import StudentError
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal import eliciting
from tutelage.stages.rehearsal.eliciting import ChatWriter
from tutelage.stages.rehearsal.rehearsed import rehearse
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.storage.stages import StageFolder
from tutelage.students.engines.answers import Answer
from whole_runs import make_recipe

LIMIT = 9
SAID = ("A file is a thing.", "", "It is big. It is sm", "no sentence at all")
"""What the writer goes on to say to example n is `SAID[n % 4]`; the last two are cut at the limit."""


@dataclass
class Writer:
    """A student and its engine in one, which dies after so many answers."""

    dies_after: int = 10**6
    context_tokens: int = 60
    prompts: list = field(default_factory=list)
    seeds: list = field(default_factory=list)

    def conversation(self, text, direction):
        return (("user", f"{direction}: {text}"),)

    def encode_conversations(self, conversations):
        return [list(turns[0][1]) for turns in conversations]

    def encode_answer_start(self, text):
        return list(text)

    def complete(self, prompts, *, decoding):
        self.seeds.append(decoding.seed)
        assert decoding.max_target_tokens == LIMIT
        for prompt in prompts:
            if len(self.prompts) == self.dies_after:
                raise KeyboardInterrupt
            self.prompts.append(prompt)
            number = int(prompt.messages[0][1].split()[-1])
            yield Answer(SAID[number % 4], finished=number % 4 < 2, tokens=1 + number % 4)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Rehearses 12 examples, and one too long to be asked about, with a given writer."""
    table = {
        "name": "r",
        "seed": 5,
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "embedded:smollm2"},
        "step": [{"method": "radis"}],
    }
    folder = StageFolder(tmp_path, lambda _name, _facts: None)
    context = StepContext(
        recipe=make_recipe(table),
        number=1,
        student=tmp_path,
        folder=folder,
        texts=SimpleNamespace(),
        teachers=SimpleNamespace(),
        identifier=LangidIdentifier(),
        progress=Silence(),
        conversions=tmp_path,
    )
    monkeypatch.setattr(StepContext, "signature", lambda _self, _folder: "weights|float32|greedy")
    monkeypatch.setattr(eliciting, "CHUNK", 5)
    numbers = [*range(12), "long " * 20 + "12"]
    rows = [Example(f"e{n}", "translate", "en", "pt-BR", f"text {number}", f"t{n}") for n, number in enumerate(numbers)]
    examples = make_table(folder, "examples", Example, key="k", produce=lambda: iter(rows))

    def run(writer, **settings):
        monkeypatch.setattr(eliciting, "open_writer", lambda _decoder: ChatWriter(writer, writer))
        given = RationaleSettings.model_validate({"max_rationale_tokens": LIMIT, **settings})
        return rehearse(context, examples, settings=given, folder=folder, student=tmp_path)

    return run


def test_the_translation_is_put_into_the_assistants_mouth(stage):
    writer = Writer()
    stage(writer)
    assert [prompt.start for prompt in writer.prompts[:2]] == ["t0\n\n", "t1\n\n"]
    assert writer.prompts[3].messages == (("user", "en→pt-BR: text 3"),)
    bare = Writer()
    stage(bare, elicit="bare")
    assert [prompt.start for prompt in bare.prompts[:2]] == ["t0", "t1"]


def test_every_example_stays_and_counts_are_right(stage):
    rehearsal = stage(Writer())
    examples = list(rehearsal.examples)
    assert [example.id for example in examples] == [f"e{n}" for n in range(13)]
    assert [(one.rationale, one.cut) for one in examples[:4]] == [
        ("A file is a thing.", False), (None, False), ("It is big.", True), ("no sentence at all", True),
    ]  # fmt: skip
    assert [row.count for row in rehearsal.count_funnel()] == [13, 9, 6]
    reasons = [rejection.reason for rejection in rehearsal.rejections()]
    assert sorted(reasons) == ["no_room", "stopped_at_once", "stopped_at_once", "stopped_at_once"]
    written = {rationale.id: rationale for rationale in rehearsal.rationales}
    assert written["e2"].text == "It is big. It is sm", "what was written is kept as it was"
    assert written["e2"].provenance.parents == ("e2",)
    assert written["e2"].provenance.seed == 5


def test_filters_drop_the_rationale_and_keep_the_example(stage):
    stage(Writer())
    filtered = stage(Writer(dies_after=0), filters={"min_words": 4})
    assert [example.rationale for example in filtered.examples][:4] == [
        "A file is a thing.", None, None, "no sentence at all",
    ]  # fmt: skip
    assert [rejection.reason for rejection in filtered.rejections()].count("too_short") == 3
    assert filtered.examples.rows == 13, "and nothing was asked again"


def test_a_fraction_asks_no_more_than_it_says(stage):
    writer = Writer()
    rehearsal = stage(writer, fraction=0.25)
    assert rehearsal.rationales.rows == 3
    assert len(writer.prompts) <= 3
    assert rehearsal.examples.rows == 13


def test_killed_in_the_middle_it_goes_on_with_the_rest(stage, tmp_path):
    whole = [(one.id, one.text) for one in stage(Writer()).rationales]
    (tmp_path / "rationales.parquet").unlink()
    with pytest.raises(KeyboardInterrupt):
        stage(Writer(dies_after=7))
    assert not (tmp_path / "rationales.parquet").exists()
    second = Writer()
    again = stage(second)
    assert [(one.id, one.text) for one in again.rationales] == whole
    assert [prompt.start for prompt in second.prompts] == [f"t{n}\n\n" for n in range(5, 12)], "a chunk was lost"


def test_each_chunk_samples_with_a_seed_of_its_own(stage):
    writer = Writer()
    stage(writer, temperature=1.0)
    assert writer.seeds == [5, 6, 7]


def test_rationales_that_are_all_empty_stop_before_training(stage, monkeypatch):
    monkeypatch.setitem(globals(), "SAID", ("", "", "", ""))
    with pytest.raises(StudentError, match=r"not one of the examples got a rationale \(no_room 7, stopped_at_once 6\)"):
        stage(Writer())
    with pytest.raises(StudentError, match='elicit = "separator"'):
        stage(Writer(), elicit="bare")
