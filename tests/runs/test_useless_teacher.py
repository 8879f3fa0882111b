"""A whole run with a teacher that is of no use: it stops early with the reason, and goes on once that is mended."""

import json

import pytest

from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import TeacherError
from tutelage.core.records import Pair, Rejection
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.replay import write_replay
from tutelage.storage.tables import read_table
from tutelage.teachers.calling.unusable import FEW_DOZEN
from whole_runs import make_recipe, patching_table, say

SHORT = {"train": {"max_updates": 2, "epochs": 1}, "gate": ["chrf: at least 1"]}


def refusal(message, status=400):
    return Misbehaviour(status=status, body=json.dumps({"error": {"message": message}}))


@pytest.mark.parametrize(
    ("wrong", "said", "most"),
    [
        (refusal("I am not in the mood"), "24 refused.* The last one: I am not in the mood", FEW_DOZEN + 16),
        (Misbehaviour(rewrite=lambda text: text[:9], finish_reason="length"), "24 cut off", 2 * FEW_DOZEN),
        (Misbehaviour(rewrite=lambda text: "Of course!"), "24 unreadable.* The last one: Of course!", 2 * FEW_DOZEN),
        (refusal("Method Not Allowed", 405), "answers 405: Method Not Allowed. Check base_url", 4),
    ],
    ids=["refused", "cut", "unreadable", "405"],
)
def test_it_stops_with_the_reason_and_the_repaired_run_asks_again(domain, base_student, tmp_path, wrong, said, most):
    script = lambda messages: say(messages[:1])  # noqa: E731 - in a repair turn too
    with ScriptedLlm(script, misbehave=lambda number, body: wrong) as llm:
        recipe = make_recipe(patching_table(domain, base_student, llm, step=SHORT))
        with pytest.raises(TeacherError, match=said):
            run_recipe(recipe, runs=tmp_path)
        assert llm.received <= most
        llm.misbehave = lambda number, body: None
        result = run_recipe(recipe, runs=tmp_path)
    translated = list(read_table(result.folder / "01-patching" / "translations.parquet", Pair))
    assert len(translated) > 200  # of 244, some are not to be translated


@pytest.mark.parametrize("source", ["reference", "asked", "edited"])
def test_a_pool_smaller_than_a_few_dozen_fails_with_the_teachers_words(domain, base_student, tmp_path, source):
    """It ended in "nothing to train on", and a mended teacher was not asked again: the empty table was kept."""
    with ScriptedLlm(lambda messages: say(messages[:1]), misbehave=lambda *_: refusal("I am not in the mood")) as llm:
        step = SHORT | {"feedback": {"source": source}}
        table = patching_table(domain, base_student, llm, step=step)
        table["text"]["pool"]["limit"] = FEW_DOZEN // 2
        with pytest.raises(TeacherError, match=r"none of the teacher's \d+ answers could be used.*not in the mood"):
            run_recipe(make_recipe(table), runs=tmp_path)
        asked = llm.received
        with pytest.raises(TeacherError, match="not in the mood"):
            run_recipe(make_recipe(table), runs=tmp_path)
        assert llm.received > asked


def test_a_key_that_the_server_repeats_stands_nowhere_in_the_run(domain, base_student, tmp_path, monkeypatch):
    secret = "sk-test-3c9d51e7f0"
    monkeypatch.setenv("MY_API_KEY", f"{secret}\n")

    def repeat(number, body):
        if number % 20 == 1:
            return refusal(f"your key {secret} may not do this one")
        return Misbehaviour(rewrite=lambda text: f"Your key is {secret}.") if number % 20 == 2 else None

    script = lambda messages: say(messages[:1])  # noqa: E731
    with ScriptedLlm(script, misbehave=repeat, api_key=secret) as llm:
        table = patching_table(domain, base_student, llm, step=SHORT)
        table["teachers"]["llm"]["api_key_env"] = "MY_API_KEY"
        table["teachers"]["llm"]["concurrency"] = 1
        result = run_recipe(make_recipe(table), runs=tmp_path)
    rejected = list(read_table(result.folder / "01-patching" / "translations.rejected.parquet", Rejection))
    assert sum("[secret]" in one.raw for one in rejected) > 5
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        write_replay(tmp_path / "replay.jsonl", ledger.entries(run="patch"), run="patch")
    for path in (*tmp_path.rglob("*.json"), *tmp_path.rglob("*.jsonl"), *tmp_path.glob("ledger*"), result.report):
        assert secret.encode() not in path.read_bytes(), path
    assert all(secret not in one.raw for one in rejected)
