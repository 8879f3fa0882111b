"""The loopback server before a function: batches of like requests, refusals, and what is no request."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tutelage.core.errors import UserError
from tutelage.teachers.messages import ChatAnswer
from tutelage.teachers.servers.loopback import LoopbackChat

OPENER = build_opener(ProxyHandler({}))
"""No proxy that the environment names reaches the loopback."""


def post(url, body, path="/chat/completions"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with OPENER.open(Request(f"{url}{path}", data=data, method="POST")) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def asked(text, **parameters):
    return {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 9, **parameters}


class Echo:
    """Answers with the question; `hold` keeps the first batch back, so that others have to wait."""

    def __init__(self):
        self.batches, self.hold, self.holding = [], threading.Event(), threading.Event()
        self.hold.set()

    def __call__(self, requests):
        self.batches.append([request.messages[-1].content for request in requests])
        self.holding.set()
        self.hold.wait()
        if any("crash" in request.messages[-1].content for request in requests):
            raise RuntimeError("out of memory")
        return [self._answer(request.messages[-1].content) for request in requests]

    def _answer(self, text):
        return UserError("too long") if text == "long" else ChatAnswer(text, text == "cut", 3, 1)


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def url(echo):
    server = LoopbackChat(echo, most_at_once=4)
    yield server.start()
    server.stop()


def test_an_answer_has_the_wire_format(url):
    status, body = post(url, asked("cut", temperature=0.1, seed=4, response_format={"type": "json_schema"}))
    assert status == 200
    assert body["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "cut"},
        "finish_reason": "length",
    }
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 1}


def test_waiting_requests_of_like_parameters_are_one_batch(url, echo):
    echo.hold.clear()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(post, url, asked("first"))
        echo.holding.wait()
        others = [pool.submit(post, url, asked(f"n{number}", temperature=0.5 * (number % 2))) for number in range(6)]
        echo.hold.set()
        said = [future.result()[1]["choices"][0]["message"]["content"] for future in (first, *others)]
    assert said == ["first", *(f"n{number}" for number in range(6))]
    assert sorted(text for batch in echo.batches for text in batch) == sorted(said)
    assert max(map(len, echo.batches)) <= 4
    for batch in echo.batches[1:]:
        assert len({int(text[1:]) % 2 for text in batch}) == 1


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (asked("long"), 400, "too long"),
        (asked("crash"), 500, "out of memory"),
        (b"nonsense", 400, "JSON"),
        ({"model": "m", "messages": []}, 400, "messages"),
        (asked("x", temperature=-1), 400, "temperature"),
    ],
)
def test_what_gets_no_answer_says_why(url, body, status, said):
    found, answer = post(url, body)
    assert (found, said in answer["error"]["message"]) == (status, True)
    assert post(url, asked("still there"))[0] == 200


def test_nothing_else_is_served(url):
    assert post(url, asked("x"), path="/completions")[0] == 404


def test_a_stopped_server_is_gone(echo):
    server = LoopbackChat(echo, most_at_once=1)
    url = server.start()
    server.stop()
    with pytest.raises(OSError, match="refused"):
        OPENER.open(f"{url}/models")


def test_requests_whose_client_has_left_are_not_worked_on(echo, url):
    echo.hold.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, url, asked("first"))
        echo.holding.wait()
        body = json.dumps(asked("abandoned")).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        leaving = socket.create_connection(("127.0.0.1", urlsplit(url).port))
        leaving.sendall(head.encode() + body)
        leaving.close()
        last = pool.submit(post, url, asked("last"))
        time.sleep(0.3)  # both wait in the queue
        echo.hold.set()
        assert first.result()[0] == last.result()[0] == 200
    assert [text for batch in echo.batches for text in batch] == ["first", "last"]
