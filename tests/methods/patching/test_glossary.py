"""A whole run with a glossary: what breaks it is mended by the student, and no teacher is asked about it."""

import re

import pytest

from answer_key import delimited
from scripted.llm import ScriptedLlm
from tutelage.core.evidence import Comparison
from tutelage.core.records import Example, Feedback, Hypothesis
from tutelage.corpora.glossary.reading import open_recipe_glossary
from tutelage.evaluation.figures import measure_label
from tutelage.labelling.error_words import ErrorWord
from tutelage.runs.run import run_recipe
from tutelage.storage.stages import open_stage, read_values
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table, refuse, say

GLOSSARY = """source,target,part of speech,forbidden,do not translate
file,arquivo,noun,ficheiro,
screen,monitor,,,
server,anfitrião,,,
program,programa,,,
menu,menu,,,
code,código,,,
"""
TERMS = ("file", "screen", "server", "program", "menu", "code")


def teach(messages):
    """The answer key; what it is told of terms stands behind the instruction."""
    told = re.compile(r"\n\nThe translation must.*?</terms>", re.DOTALL)
    return say([message | {"content": told.sub("", message["content"])} for message in messages])


@pytest.fixture(scope="module")
def run(domain, base_student, tmp_path_factory):
    """Contexts are retrieved for five words."""
    runs = tmp_path_factory.mktemp("terms")
    (runs / "terms.csv").write_text(GLOSSARY)
    step = {
        "contexts": {"source": "retrieved", "per_error": 2, "max_errors": 2},
        "gate": ["terms: better"],
        "rehearsal": {"ratio": 0.2},
    }
    with ScriptedLlm(script=teach, misbehave=refuse) as llm:
        texts = {"sentences": {"path": str(domain / "sentences.jsonl")}}
        table = patching_table(domain, base_student, llm, text=texts, step=step)
        recipe = make_recipe(table | {"glossary": {"path": str(runs / "terms.csv")}})
        result = run_recipe(recipe, runs=runs)
        folder = result.folder / "01-patching"
        yield recipe, result, folder, list(llm.requests)


def test_what_breaks_the_glossary_is_flagged_and_mended_by_the_student_alone(run):
    recipe, _, folder, requests = run
    glossary = open_recipe_glossary(recipe)
    settled = list(read_table(folder / "term_feedback.parquet", Feedback))
    assert settled
    for one in settled:
        source = one.hypothesis.segment.text
        assert glossary.missing(source, one.hypothesis.text) and not glossary.missing(source, one.post_edit)
        assert one.provenance.teacher == f"glossary:{glossary.key}"
        for error in one.errors:
            assert source[error.source_start : error.source_end].lower() in TERMS
            assert error.category.startswith("terminology") and error.correction in one.post_edit
    asked = {delimited(body["messages"][:1]) for body in requests}
    assert not {one.hypothesis.segment.text for one in settled} & asked


def test_all_feedback_stands_in_one_table_in_the_order_of_the_pool(run):
    _, _, folder, _ = run
    order = [one.id for one in read_table(folder / "hypotheses.parquet", Hypothesis)]
    feedback = [one.id for one in read_table(folder / "feedback.parquet", Feedback)]
    assert feedback == sorted(feedback, key=order.index)
    settled = {one.id for one in read_table(folder / "term_feedback.parquet", Feedback)}
    judged = {one.id for one in read_table(folder / "judged.parquet", Feedback)}
    assert settled | judged == set(feedback) and not settled & judged and judged


def test_terms_come_first_among_the_words_that_contexts_are_made_for(run):
    _, _, folder, _ = run
    words = [word.source for word in read_table(folder / "errors.parquet", ErrorWord)]
    assert len(words) == 2 and set(words) <= set(TERMS)


def test_no_example_breaks_the_glossary_and_what_does_is_counted(run):
    recipe, _, folder, _ = run
    glossary = open_recipe_glossary(recipe)
    examples = list(read_table(folder / "examples.parquet", Example))
    assert not [one for one in examples if glossary.missing(one.source, one.target)]
    reasons = [one.reason for one in open_stage(folder / "examples.parquet", Example).rejections()]
    assert "breaks_glossary" in reasons, "the key writes servidor, and the glossary anfitrião"


def test_the_teacher_is_told_the_terms_that_occur_and_no_others(run):
    _, _, _, requests = run
    told = [body["messages"][0]["content"] for body in requests]
    assert any("<terms>\nfile (noun): arquivo; not ficheiro\n</terms>" in one for one in told)
    for one in told:
        text = delimited([{"content": one}]).lower()
        found = re.search(r"<terms>\n(.*?)\n</terms>", one, re.DOTALL)
        names = {line.split(" (")[0].split(":")[0] for line in found.group(1).splitlines()} if found else set()
        assert names == {word for word in TERMS if re.search(rf"\b{word}s?\b", text)}


def test_the_gate_decides_by_the_terms_and_the_report_shows_them(run):
    _, result, folder, _ = run
    assert [outcome.rule for outcome in result.decision.outcomes] == ["terms: better"]
    compared = read_values(folder / "comparisons.json", "comparisons", Comparison)
    terms = next(one for one in compared if one.name == "terms")
    assert terms.difference > 20 and terms.low > 0
    report = result.report.read_text()
    assert measure_label("terms") in report and "forbidden terms used" in report
