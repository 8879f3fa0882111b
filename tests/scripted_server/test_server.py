import asyncio
import json
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import openai
import pytest

from places import TESTS
from scripted.llm import Misbehaviour, ScriptedLlm


def shout(messages):
    return messages[-1]["content"].upper()


def connect(llm):
    return HTTPConnection("127.0.0.1", urlsplit(llm.base_url).port, timeout=30)


def post(connection, body, *, path="/v1/chat/completions", headers=None):
    connection.request("POST", path, json.dumps(body), headers or {})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def ask(text, **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def client(llm, *, key="none"):
    return openai.OpenAI(
        base_url=llm.base_url, api_key=key, max_retries=0, http_client=openai.DefaultHttpxClient(trust_env=False)
    )


def test_answers_one_after_the_other_over_one_connection():
    with ScriptedLlm(shout) as llm:
        connection = connect(llm)
        for number in range(3):
            status, headers, data = post(connection, ask(f"word {number}"))
            assert status == 200
            assert "Connection" not in headers
            completion = json.loads(data)
            assert completion["choices"][0]["message"]["content"] == f"WORD {number}"
            assert completion["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}
    assert [body["messages"][0]["content"] for body in llm.requests] == ["word 0", "word 1", "word 2"]
    assert llm.answered == [0, 1, 2]
    assert llm.most_in_flight == 1


def test_requests_that_arrive_in_pieces_or_together_are_answered_whole():
    body = json.dumps(ask("é" * 9)).encode()
    request = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async def converse(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for start in range(0, len(request), 11):
            writer.write(request[start : start + 11])
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(request + request)
        answers = []
        for _ in range(3):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answers.append(json.loads(await reader.readexactly(length)))
        writer.close()
        return [answer["choices"][0]["message"]["content"] for answer in answers]

    with ScriptedLlm(shout) as llm:
        assert asyncio.run(converse(urlsplit(llm.base_url).port)) == ["É" * 9] * 3


class Gathering(ScriptedLlm):
    """Answers when 300 have asked."""

    async def _complete(self, body):
        while self.most_in_flight < 300:
            await asyncio.sleep(0.01)
        return await super()._complete(body)


def test_hundreds_are_in_flight_at_once_without_a_thread_for_each():
    async def many(url, count):
        options = {"http_client": openai.DefaultAsyncHttpxClient(trust_env=False), "max_retries": 0, "timeout": None}
        async with openai.AsyncOpenAI(base_url=url, api_key="none", **options) as asker:
            calls = [asker.chat.completions.create(**ask(f"w{number}")) for number in range(count)]
            return [answer.choices[0].message.content for answer in await asyncio.gather(*calls)]

    with Gathering(shout) as llm:
        before = threading.active_count()
        answers = asyncio.run(many(llm.base_url, 300))
        assert threading.active_count() <= before + 8
    assert answers == [f"W{number}" for number in range(300)]
    assert llm.most_in_flight == 300


def test_stream_says_the_same_a_word_at_a_time():
    with ScriptedLlm(shout) as llm, client(llm) as asker:
        chunks = list(
            asker.chat.completions.create(**ask("two  words\n"), stream=True, stream_options={"include_usage": True})
        )
        plain = asker.chat.completions.create(**ask("two  words\n"))
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) > 1
    assert "".join(pieces) == plain.choices[0].message.content == "TWO  WORDS\n"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == plain.usage


def test_models_are_listed_and_other_paths_are_not_found():
    with ScriptedLlm(shout) as llm, client(llm) as asker:
        assert [model.id for model in asker.models.list()] == ["scripted"]
        assert post(connect(llm), {}, path="/v1/embeddings")[0] == 404


def test_key_is_wanted_where_one_is_set():
    with ScriptedLlm(shout, api_key="right") as llm:
        assert post(connect(llm), ask("x"))[0] == 401
        assert post(connect(llm), ask("x"), headers={"Authorization": "Bearer right"})[0] == 200
    assert len(llm.requests) == 1


def test_beyond_the_capacity_is_refused_with_the_time_to_wait():
    def hold(number, body):
        while llm.refused < 3:
            time.sleep(0.001)

    with ScriptedLlm(shout, misbehave=hold, capacity=2, retry_after="3") as llm:
        connections = [connect(llm) for _ in range(5)]
        for connection in connections:
            connection.request("POST", "/v1/chat/completions", json.dumps(ask("x")))
        answers = [connection.getresponse() for connection in connections]
        assert sorted(answer.status for answer in answers) == [200, 200, 429, 429, 429]
        assert {answer.getheader("Retry-After") for answer in answers if answer.status == 429} == {"3"}
    assert (llm.most_in_flight, llm.refused, llm.received) == (2, 3, 5)


@pytest.mark.parametrize("wrong", [Misbehaviour(drop=True), Misbehaviour(cut=True)], ids=["drop", "cut"])
def test_lost_connection_is_no_answer(wrong):
    llm = ScriptedLlm(shout, misbehave=lambda number, body: wrong)
    with llm, client(llm) as asker, pytest.raises(openai.APIConnectionError):
        asker.chat.completions.create(**ask("x" * 2000))
    assert len(llm.requests) == 1
    assert llm.answered == []


def test_client_that_leaves_is_not_answered_and_makes_room():
    with ScriptedLlm(shout, misbehave=lambda n, body: Misbehaviour(sleep_seconds=60) if n == 0 else None) as llm:
        llm.capacity = 1
        leaving = connect(llm)
        leaving.request("POST", "/v1/chat/completions", json.dumps(ask("x")))
        while not llm.requests:
            time.sleep(0.01)
        leaving.close()
        while post(connect(llm), ask("y"))[0] == 429:
            time.sleep(0.01)
    assert 0 not in llm.answered
    assert len(llm.answered) == 1


def test_misbehaviour_that_waits_holds_up_nobody_else():
    go_on = threading.Event()

    def hold_first(number, body):
        if number == 0:
            go_on.wait()

    with ScriptedLlm(shout, misbehave=hold_first) as llm:
        held = connect(llm)
        held.request("POST", "/v1/chat/completions", json.dumps(ask("first")))
        assert post(connect(llm), ask("second"))[0] == 200
        go_on.set()
        assert held.getresponse().status == 200


def test_answers_can_be_rewritten_with_other_counts():
    wrong = Misbehaviour(rewrite=str.lower, finish_reason="length", usage={"prompt_tokens": -1})
    with ScriptedLlm(shout, misbehave=lambda number, body: wrong if number else None) as llm:
        first, second = (json.loads(post(connect(llm), ask("Word"))[2]) for _ in range(2))
    assert (first["choices"][0]["message"]["content"], first["choices"][0]["finish_reason"]) == ("WORD", "stop")
    assert (second["choices"][0]["message"]["content"], second["choices"][0]["finish_reason"]) == ("word", "length")
    assert second["usage"] == {"prompt_tokens": -1}


def test_mistake_in_a_script_is_an_error_that_is_seen(capfd):
    with ScriptedLlm(lambda messages: messages[7]["content"]) as llm:
        assert post(connect(llm), ask("x"))[0] == 500
    assert "IndexError" in capfd.readouterr().err


def test_stopped_server_cannot_be_reached():
    with ScriptedLlm(shout) as llm:
        kept = connect(llm)
        assert post(kept, ask("x"))[0] == 200
    with pytest.raises(OSError, match=r"refused|reset|closed|without response"):
        post(connect(llm), ask("x"))


def test_server_as_a_process_prints_its_address(tmp_path):
    key = {
        "source_lang": "en",
        "target_lang": "pt-BR",
        "references": [{"source": "Open the file.", "target": "Abra o arquivo."}],
    }
    (tmp_path / "key.json").write_text(json.dumps(key), encoding="utf-8")
    command = [sys.executable, "-m", "scripted.serve", "--key", str(tmp_path / "key.json"), "--capacity", "3"]
    process = subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        connection = HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=30)
        schema = {"properties": {"translation": {"type": "string"}}}
        body = ask("<text>\nOpen the file.\n</text>", response_format={"json_schema": {"schema": schema}})
        said = json.loads(post(connection, body)[2])["choices"][0]["message"]["content"]
        assert json.loads(said) == {"translation": "Abra o arquivo."}
    finally:
        process.terminate()
    assert process.wait() == 0


def test_server_as_a_process_refuses_unknown_misbehaviour():
    command = [sys.executable, "-m", "scripted.serve", "--misbehave", "dropp=0.1"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Did you mean 'drop'?" in done.stderr
