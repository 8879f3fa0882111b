"""Addresses of endpoints, and what is sent to them besides questions."""

import pytest

from echo_role import EchoRole, echo, items, words
from scripted.llm import ScriptedLlm
from tutelage.core.errors import UsageError
from tutelage.storage.ledger import Ledger
from tutelage.teachers.addresses import Address, address_problem, shown_address, split_address
from tutelage.teachers.batches import line
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatSettings, ChatTeacher

AZURE = "https://me.openai.azure.com/openai/deployments/gpt?api-version=2024-10-21"


@pytest.mark.parametrize(
    ("url", "base", "query"),
    [
        ("http://localhost:8000/v1", "http://localhost:8000/v1", {}),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1", {}),
        ("http://localhost:8000/v1/chat/completions", "http://localhost:8000/v1", {}),
        (AZURE, "https://me.openai.azure.com/openai/deployments/gpt", {"api-version": "2024-10-21"}),
    ],
)
def test_an_address_is_split_for_the_client(url, base, query):
    assert address_problem(url) is None
    assert split_address(url) == Address(base, query)


@pytest.mark.parametrize(
    "url",
    [
        "https://somebody:hunter2@host/v1",
        "https://hunter2@host/v1",
        "https://some/body:hunter2@host/v1",
        "https//somebody:hunter2@host/v1",
        "somebody:hunter2@host/v1",
        "https://host/v1?key=hunter2",
        "https://host/v1?x=1&api_key=hunter2",
        "https://host/v1?access_token=hunter2",
        "https://host/v1?code=1&sig=hunter2",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_shown(url):
    problem = address_problem(url)
    assert problem
    assert "hunter2" not in problem
    assert "host/v1" in problem
    assert "hunter2" not in shown_address(url)
    with pytest.raises(UsageError) as raised:
        ChatTeacher(ChatSettings(base_url=url, model="m"))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host/v1", "http://", "http://[::1/v1", "http://host:port/v1", "http://a b/v1"]
)
def test_what_is_no_address_is_told(url):
    assert "is not an address like" in address_problem(url)


class Gateway(ScriptedLlm):
    """Keeps paths, queries and headers; answers below a path of its own, as Azure does."""

    async def _handle(self, request):
        self.seen.append(request)
        path = request.path.removeprefix("/openai/deployments/gpt").removeprefix("/v1")
        return await super()._handle(type(request)(request.method, f"/v1{path}", request.headers, request.body))


@pytest.fixture
def gateway():
    with Gateway(echo) as llm:
        llm.seen = []
        yield llm


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def test_headers_and_query_reach_the_server_behind_the_path(gateway, ledger, monkeypatch):
    monkeypatch.setenv("MY_GATEWAY_KEY", " 0123456789abcdef\n")
    url = gateway.base_url.replace("/v1", "/openai/deployments/gpt?api-version=2024-10-21")
    teacher = ChatTeacher(
        ChatSettings(
            base_url=url,
            model="m",
            headers={"api-key": "${MY_GATEWAY_KEY}", "X-Team": "words"},
            query={"project": "p-${MY_GATEWAY_KEY}"},
        )
    )
    assert len(words(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))) == 3
    for request in gateway.seen:
        assert request.path == "/openai/deployments/gpt/chat/completions"
        assert request.query == "api-version=2024-10-21&project=p-0123456789abcdef"
        assert request.headers["api-key"] == "0123456789abcdef"
        assert request.headers["x-team"] == "words"
        assert "authorization" not in request.headers  # no second key beside the one that is told


def test_so_it_is_for_batches(gateway, ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(line, "GATHER_SECONDS", 0.02)
    url = gateway.base_url.replace("/v1", "/openai/deployments/gpt?api-version=2024-10-21")
    settings = ChatSettings(
        base_url=url, model="m", batch=True, batch_poll_seconds=0.01, batch_folder=str(tmp_path / "batches")
    )
    assert len(words(ask(EchoRole(), items(3), teacher=ChatTeacher(settings), ledger=ledger))) == 3
    assert {request.query for request in gateway.seen} >= {"api-version=2024-10-21"}
    assert all("api-version=2024-10-21" in request.query for request in gateway.seen)


def test_settings_take_the_place_of_the_roles_own(gateway, ledger):
    teacher = gateway.teacher(structured=False, max_tokens=777, temperature=0.5)
    assert len(words(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))) == 3
    for body in gateway.requests:
        assert (body["max_tokens"], body["temperature"]) == (777, 0.5)
        assert "response_format" not in body
        assert "JSON Schema" in body["messages"][0]["content"]


def test_another_limit_is_another_question(gateway, ledger):
    list(ask(EchoRole(), items(3), teacher=gateway.teacher(), ledger=ledger))
    list(ask(EchoRole(), items(3), teacher=gateway.teacher(max_tokens=99), ledger=ledger))
    assert gateway.received == 6
