"""A finished training does not fail with what is measured beside it: a teacher that cannot answer the test set."""

import json

import pytest

from answer_key import delimited
from scripted.llm import Misbehaviour, ScriptedLlm
from small_runs import small_recipe
from tutelage.core.errors import TeacherError, UserError
from tutelage.core.evidence import Omission
from tutelage.runs.report import read_run_report, write_report
from tutelage.runs.run import run_recipe
from tutelage.stages.omissions import goes_on_without
from tutelage.storage.ledger import LedgerError
from whole_runs import refuse, say

NOT_THIS = Misbehaviour(status=400, body='{"error": {"message": "not these"}}')
DEAD = Misbehaviour(drop=True)


class TestSet:
    """What the teacher does with questions about the test set; others are answered."""

    __test__ = False

    def __init__(self, folder, wrong):
        self._wrong, self._rows = wrong, folder / "test.jsonl"
        self.others = 0

    def __call__(self, number, body):
        sources = {json.loads(line)["source"] for line in self._rows.read_text("utf-8").splitlines()}
        if delimited(body["messages"][:1]) in sources:
            return self._wrong
        self.others += 1
        return refuse(number, body)


def lacks_ceiling(result, reason):
    """That the run is whole but for the teacher, and says so everywhere."""
    [step] = read_run_report(result.folder).steps
    assert {one.system for one in step.systems} == {"before", "after", "reference"}
    [omission] = step.omissions
    assert omission.what == "the teacher on domain"
    assert reason in omission.reason
    assert f"  not measured: the teacher on domain ({omission.reason})" in result.lines
    assert json.loads((result.folder / "01-patching" / "omissions.json").read_text())["omissions"][0]["reason"]
    page = result.report.read_text("utf-8")
    assert "Not measured: the teacher on domain." in page
    assert "the teacher was not measured" in page
    assert json.loads((result.folder / "run.json").read_text())["state"] == "done"
    return True


def test_a_teacher_that_refuses_the_test_set_or_has_no_budget_left_for_it(tmp_path):
    test_set = TestSet(tmp_path, NOT_THIS)
    with ScriptedLlm(say, misbehave=test_set) as llm:
        recipe = small_recipe(tmp_path, llm)
        assert lacks_ceiling(
            run_recipe(recipe, runs=tmp_path / "refused"), "could be used; the last: refused_by_server"
        )
        poor = recipe.model_copy(update={"budget": recipe.budget.model_copy(update={"calls": test_set.others})})
        llm.misbehave = TestSet(tmp_path, None)
        result = run_recipe(poor, runs=tmp_path / "poor")
        assert lacks_ceiling(result, f"the budget of {test_set.others} calls is reached")


def test_a_teacher_that_dies_before_the_test_set_is_measured_when_it_is_back(tmp_path):
    with ScriptedLlm(say, misbehave=TestSet(tmp_path, DEAD)) as llm:
        recipe = small_recipe(tmp_path, llm)
        assert lacks_ceiling(run_recipe(recipe, runs=tmp_path), "gave no answer after")
        llm.misbehave = refuse
        result = run_recipe(recipe, runs=tmp_path)
    [step] = read_run_report(result.folder).steps
    assert "teacher" in {one.system for one in step.systems}
    assert step.omissions == ()
    assert "Not measured" not in write_report(result.folder).path.read_text("utf-8")


def test_only_what_was_to_be_measured_is_left_out():
    omissions = []
    with goes_on_without("this", omissions):
        raise TeacherError("it broke.", where="there", fix="Mend it.")
    assert omissions == [Omission("this", "there: it broke. Mend it.")]
    for error in (LedgerError("the disk is full"), UserError("a folder where a file belongs"), ZeroDivisionError()):
        with pytest.raises(type(error)), goes_on_without("that", omissions):
            raise error
