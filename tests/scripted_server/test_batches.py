import json

import openai
import pytest

from scripted.llm import BatchPlan, Misbehaviour, ScriptedLlm


def shout(messages):
    return messages[-1]["content"].upper()


@pytest.fixture
def client_of():
    def open_client(llm):
        options = {"http_client": openai.DefaultHttpxClient(trust_env=False), "max_retries": 0}
        return openai.OpenAI(base_url=llm.base_url, api_key="none", **options)

    return open_client


def lines(count):
    bodies = [{"model": "m", "messages": [{"role": "user", "content": f"w{number}"}]} for number in range(count)]
    rows = [
        {"custom_id": f"c{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
        for number, body in enumerate(bodies)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def begin(client, data):
    uploaded = client.files.create(file=("batch.jsonl", data), purpose="batch")
    assert uploaded.bytes == len(data)
    return client.batches.create(
        input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"run": "r"}
    )


def read(client, file):
    return [json.loads(line) for line in client.files.content(file).text.splitlines()]


def test_batch_is_done_after_its_polls(client_of):
    with ScriptedLlm(shout, batch=BatchPlan(polls=3)) as llm, client_of(llm) as client:
        batch = begin(client, lines(4))
        assert (batch.status, batch.request_counts.total, batch.metadata) == ("validating", 4, {"run": "r"})
        statuses = [client.batches.retrieve(batch.id).status for _ in range(4)]
        assert statuses == ["in_progress", "in_progress", "completed", "completed"]
        batch = client.batches.retrieve(batch.id)
        rows = read(client, batch.output_file_id)
    assert batch.request_counts.completed == 4
    assert batch.error_file_id is None
    said = {row["custom_id"]: row["response"]["body"]["choices"][0]["message"]["content"] for row in rows}
    assert said == {f"c{number}": f"W{number}" for number in range(4)}
    assert [row["custom_id"] for row in rows] != sorted(said)  # a batch keeps no order
    assert len(llm.requests) == 4


def test_expired_batch_keeps_what_was_done(client_of):
    with ScriptedLlm(shout, batch=BatchPlan(expire_after=2)) as llm, client_of(llm) as client:
        batch = client.batches.retrieve(begin(client, lines(5)).id)
        done, missed = read(client, batch.output_file_id), read(client, batch.error_file_id)
    assert batch.status == "expired"
    assert (batch.request_counts.completed, batch.request_counts.failed) == (2, 3)
    assert {row["custom_id"] for row in done} == {"c0", "c1"}
    assert {row["custom_id"]: row["error"]["code"] for row in missed} == dict.fromkeys(
        ["c2", "c3", "c4"], "batch_expired"
    )


def test_lines_that_fail_are_in_the_error_file(client_of):
    def fail(number, body):
        return {1: Misbehaviour(status=429), 2: Misbehaviour(drop=True)}.get(number)

    with ScriptedLlm(shout, misbehave=fail) as llm, client_of(llm) as client:
        batch = client.batches.retrieve(begin(client, lines(4)).id)
        done, failed = read(client, batch.output_file_id), read(client, batch.error_file_id)
    assert batch.status == "completed"
    assert {row["custom_id"] for row in done} == {"c0", "c3"}
    by_id = {row["custom_id"]: row for row in failed}
    assert by_id["c1"]["response"]["status_code"] == 429
    assert by_id["c2"]["error"]["code"] == "server_error"
    assert len(llm.answered) == 2


def test_failed_and_cancelled_batches_have_no_files(client_of):
    with ScriptedLlm(shout, batch=BatchPlan(polls=2, fail="token limit")) as llm, client_of(llm) as client:
        first, second = begin(client, lines(2)), begin(client, lines(2))
        client.batches.retrieve(first.id)
        failed = client.batches.retrieve(first.id)
        cancelled = client.batches.cancel(second.id)
        assert (failed.status, failed.errors.data[0].message) == ("failed", "token limit")
        assert cancelled.status == client.batches.retrieve(second.id).status == "cancelled"
        assert failed.output_file_id is cancelled.output_file_id is None
        assert [batch.id for batch in client.batches.list()] == [first.id, second.id]
    assert llm.requests == []


def test_unknown_files_and_batches_are_not_found(client_of):
    with ScriptedLlm(shout) as llm, client_of(llm) as client:
        with pytest.raises(openai.NotFoundError):
            client.batches.retrieve("batch-9")
        with pytest.raises(openai.NotFoundError):
            client.files.content("file-9")
        kept = client.files.create(file=("batch.jsonl", b"x"), purpose="batch")
        assert client.files.content(kept.id).content == b"x"
        assert client.files.delete(kept.id).deleted
        with pytest.raises(openai.NotFoundError):
            client.files.content(kept.id)
