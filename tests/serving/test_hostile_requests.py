"""Requests that are wrong, too large, too many, or from elsewhere."""

import json
import random
import re
import socket
import threading

import httpx
import pytest

from student_server import UpperEngine, serving, upper
from tutelage.serving.limits import Limits, Rates
from tutelage.serving.refusal import RefusalError

ROUTES = (
    "/translate",
    "/detect",
    "/v1/chat/completions",
    "/v1/models",
    "/languages",
    "/suggest",
    "/translate_file",
    "/download_file/x",
    "/v2/translate",
    "/v2/languages",
    "/nothing",
    "/v1/models/x",
)
VALUES = (
    None, True, -1, 10**30, 1.5, float("nan"), "", "a", "en", "pt", "\0", "\ud800", "x" * 5000, [], [None],
    ["a"] * 2000, {}, {"a": [1]}, "../../etc/passwd", "Traceback", "api_key", "html", "\u202e<script>",
)  # fmt: skip
FIELDS = ("q", "source", "target", "format", "alternatives", "model", "messages", "n", "stream", "api_key", "zz")
KINDS = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "",
    "\xe9",
)  # fmt: skip


def malformed(random_numbers):
    """A request that is wrong in some way, most of the time."""
    method = random_numbers.choice(("GET", "POST", "POST", "POST", "PUT", "OPTIONS", "HEAD"))
    route = random_numbers.choice(ROUTES)
    fields = {
        name: random_numbers.choice(VALUES) for name in random_numbers.sample(FIELDS, random_numbers.randrange(6))
    }
    if random_numbers.random() < 0.3:
        fields["messages"] = [{"role": "user", "content": random_numbers.choice(VALUES)}]
    body = random_numbers.choice((
        json.dumps(fields).encode(), json.dumps(fields).encode()[: random_numbers.randrange(40)], b"[" * 5000,
        b"\xff\xfe", b"q=%ff%fe&target=pt", random_numbers.randbytes(200),
        b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"",
    ))  # fmt: skip
    headers = {"content-type": random_numbers.choice(KINDS).encode("latin-1")}
    if random_numbers.random() < 0.1:
        headers["authorization"] = random_numbers.choice(("Bearer", "Bearer \x7f", "Basic x", "DeepL-Auth-Key k"))
    return method, route, body, headers


def test_a_thousand_malformed_requests_are_all_refused_in_a_sentence():
    random_numbers = random.Random(14)
    statuses = set()
    with serving(upper()) as running:
        for _ in range(1000):
            method, route, body, headers = malformed(random_numbers)
            answer = running.client.request(method, route, content=body, headers=headers)
            statuses.add(answer.status_code)
            assert answer.status_code < 500, (method, route, body, headers)
            assert not re.search(r"Traceback|File \"|site-packages|/src/|/usr/|pydantic|\.py\b", answer.text), (
                answer.text
            )
        good = running.client.post("/translate", json={"q": "a", "source": "en", "target": "pt"})
        assert good.json() == {"translatedText": "A"}
    assert {200, 400, 404, 405} <= statuses


def test_a_defect_is_told_without_the_text_it_met(caplog):
    with serving(upper()) as running, caplog.at_level("INFO", logger="tutelage.serving"):
        answer = running.client.post("/translate", json={"q": "fail", "source": "en", "target": "pt"})
        assert answer.status_code == 500
        assert answer.json() == {"error": "The server failed; its log says more."}
        running.client.get("/translate?q=private+words")
    told = caplog.text
    assert "RuntimeError in" in told
    assert not re.search("fail,|secret text|private", told)


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"host": "elsewhere.example"}])
def test_pages_of_other_sites_are_kept_out(server, headers):
    answer = server.client.post("/translate", data={"q": "a", "target": "pt"}, headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_its_own_page_may_ask(server):
    answer = server.client.get("/languages", headers={"origin": server.address})
    assert answer.status_code == 200


def test_size_is_limited_before_anything_is_read():
    with serving(upper(), limits=Limits(characters=10, texts=2, body_bytes=300)) as running:

        def status(**fields):
            return running.client.post("/translate", json={"source": "en", "target": "pt", **fields}).status_code

        assert status(q="a" * 10) == 200
        assert status(q="a" * 11) == 400
        assert status(q=["a"] * 3) == 400
        assert status(q="a" * 400) == 413
        chunked = running.client.post("/translate", content=iter([b"q=" + b"a" * 200, b"a" * 200]))
        assert chunked.status_code == 413


def test_time_is_limited_and_what_took_too_long_is_given_up():
    engine = UpperEngine()
    with serving(upper(engine=engine), limits=Limits(seconds=0.1)) as running:
        engine.hold.clear()
        answer = running.client.post("/translate", json={"q": "a", "source": "en", "target": "pt"})
        engine.hold.set()
    assert answer.status_code == 408


def test_a_full_queue_asks_to_come_again():
    engine = UpperEngine()
    with serving(upper(engine=engine, most=0), limits=Limits(seconds=0.1)) as running:
        engine.hold.clear()
        for _ in range(3):
            answer = running.client.post("/translate", json={"q": ["a", "b"], "source": "en", "target": "pt"})
        engine.hold.set()
    assert (answer.status_code, "retry-after" in answer.headers) in [(429, True), (408, False)]


def test_the_rate_of_a_caller_is_limited():
    clock = [0.0]
    rates = Rates(60, now=lambda: clock[0])
    for _ in range(60):
        rates.take("one")
    with pytest.raises(RefusalError) as refused:
        rates.take("one")
    assert refused.value.headers == {"Retry-After": "2"}
    rates.take("two")
    clock[0] = 1.5
    rates.take("one")
    with pytest.raises(RefusalError):
        rates.take("one")


def test_health_and_metrics(server):
    assert server.client.get("/health").json() == {"status": "ok"}
    server.client.post("/translate", data={"q": "Open it.", "source": "en", "target": "pt"})
    found = server.client.get("/metrics").text
    assert re.search(r'tutelage_texts_total\{direction="en-pt-BR"\} [1-9]', found)
    assert 'route="/translate",status="200"' in found


def test_requests_in_flight_are_answered_when_the_server_stops():
    engine = UpperEngine()
    with serving(upper(engine=engine)) as running, httpx.Client(base_url=running.address, timeout=None) as other:
        engine.hold.clear()
        answers = []
        asked = threading.Thread(
            target=lambda: answers.append(other.post("/translate", data={"q": "a", "source": "en", "target": "pt"}))
        )
        asked.start()
        while not running.server.server_state.tasks:
            pass
        running.server.should_exit = True
        engine.hold.set()
        asked.join()
    assert answers[0].json() == {"translatedText": "A"}


@pytest.mark.parametrize("start", [b"GET /", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_head_that_does_not_end_is_cut_off(server, start):
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(start)
        with pytest.raises(OSError):  # noqa: PT011, PT012 - a reset or a broken pipe, some time later
            for _ in range(10_000):
                connection.sendall(b"a" * 1024)
    assert server.client.get("/health").status_code == 200


def test_many_requests_of_one_connection_are_each_read_anew(server):
    for _ in range(30):
        assert server.client.get("/health", headers={"x-long": "a" * 8000}).status_code == 200
