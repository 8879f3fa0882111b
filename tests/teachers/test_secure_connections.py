"""Teachers behind https://, as every hosted one is: certificates, proxies, redirects."""

import ssl

import pytest
import trustme

from echo_role import EchoRole, echo, items, words
from scripted.llm import ScriptedLlm
from scripted.loopback import Reply
from scripted.proxy import Proxy
from tutelage.core.errors import TeacherError, UsageError
from tutelage.core.teacher_settings import EndpointSettings
from tutelage.labelling.kinds.endpoint import connection_problems
from tutelage.storage.ledger import Ledger
from tutelage.teachers.batches import line
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatSettings, ChatTeacher

HOST = "teacher.test"
"""A name that only the proxy can resolve."""
PROXY_VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in (*PROXY_VARIABLES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(line, "GATHER_SECONDS", 0.02)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", HOST).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def at(url, **settings):
    quick = {"model": "scripted", "first_pause_seconds": 0.01, "max_attempts": 3, "timeout_seconds": 600.0}
    return ChatTeacher(ChatSettings(base_url=url, **(quick | settings)))


def said(teacher, ledger):
    with pytest.raises(TeacherError) as raised:
        list(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))
    return str(raised.value)


@pytest.mark.usefixtures("trusted")
def test_a_teacher_behind_https_answers(tls, ledger):
    with ScriptedLlm(echo, tls=tls) as llm:
        assert llm.base_url.startswith("https://")
        assert len(words(ask(EchoRole(), items(20), teacher=llm.teacher(), ledger=ledger))) == 20


@pytest.mark.usefixtures("trusted")
def test_a_batch_api_behind_https_answers(tls, ledger, tmp_path):
    with ScriptedLlm(echo, tls=tls) as llm:
        teacher = llm.teacher(batch=True, batch_poll_seconds=0.01, batch_folder=str(tmp_path / "batches"))
        assert len(words(ask(EchoRole(), items(20), teacher=teacher, ledger=ledger))) == 20
        assert len(llm._office.batches) == 1


@pytest.mark.parametrize("batch", [False, True])
def test_a_certificate_that_is_not_trusted_stops_at_once_and_says_what_to_do(tls, ledger, tmp_path, batch):
    with ScriptedLlm(echo, tls=tls) as llm:
        message = said(llm.teacher(batch=batch, batch_folder=str(tmp_path), first_pause_seconds=60), ledger)
        assert not llm.received
    assert "its certificate is not trusted" in message
    assert "export SSL_CERT_FILE=" in message
    assert llm.base_url in message


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_host_is_told(authority, ledger):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(context)
    with ScriptedLlm(echo, tls=context) as llm:
        assert "Check the host in base_url" in said(llm.teacher(first_pause_seconds=60), ledger)


def test_https_at_a_server_without_tls_is_told(ledger):
    with ScriptedLlm(echo) as llm:
        message = said(at(llm.base_url.replace("http:", "https:"), first_pause_seconds=60), ledger)
    assert "there is no TLS" in message
    assert "http:// or https://" in message


def test_certificates_that_cannot_be_read_are_told_by_check_and_before_any_call(ledger, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authority.pem")
    url = "https://127.0.0.1:9/v1"
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE=/nowhere/authority.pem: the certificates"):
        list(ask(EchoRole(), items(1), teacher=at(url), ledger=ledger))
    [problem] = connection_problems(EndpointSettings(model="m", base_url=url))
    assert "/nowhere/authority.pem" in problem


@pytest.mark.usefixtures("trusted")
def test_calls_go_through_the_proxy_that_the_environment_names(tls, ledger, tmp_path, monkeypatch):
    with ScriptedLlm(echo, tls=tls) as llm, Proxy(llm._server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//somebody:secret@"))
        url = f"https://{HOST}/v1"
        assert len(words(ask(EchoRole(), items(5), teacher=at(url), ledger=ledger))) == 5
        batch = at(url, batch=True, batch_poll_seconds=0.01, batch_folder=str(tmp_path / "batches"))
        assert len(words(ask(EchoRole(), items(9), teacher=batch, ledger=ledger))) == 9
        assert set(proxy.asked) == {f"CONNECT {HOST}:443 HTTP/1.1"}
        assert all("proxy-authorization: basic" in head.lower() for head in proxy.heads)


def test_a_proxy_that_lets_nothing_through_stops_at_once_without_its_password(ledger, monkeypatch):
    with Proxy(1, status="407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//somebody:secret@"))
        message = said(at(f"https://{HOST}/v1", first_pause_seconds=60, concurrency=1, max_concurrency=1), ledger)
        assert len(proxy.asked) == 1
    assert f"the proxy {proxy.url.removeprefix('http://')} lets no call through (407" in message
    assert "secret" not in message


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_told_by_check_and_before_any_call(ledger, monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)
    url = f"https://{HOST}/v1"
    with pytest.raises(UsageError, match="Change HTTPS_PROXY"):
        list(ask(EchoRole(), items(1), teacher=at(url), ledger=ledger))
    assert len(connection_problems(EndpointSettings(model="m", base_url=url))) == 1


class Redirecting(ScriptedLlm):
    """Sends everything on to `target`, or to itself, once."""

    target, status = "", 307

    async def _handle(self, request):
        if self.target and not request.path.startswith("/moved"):
            return Reply(status=self.status, headers={"Location": self.target})
        return await super()._handle(request)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_refused_and_named(ledger, status):
    with ScriptedLlm(echo) as other, Redirecting(echo) as llm:
        llm.target, llm.status = f"{other.base_url}/chat/completions?token=t", status
        message = said(llm.teacher(first_pause_seconds=60, api_key_env=None), ledger)
        assert not other.received
    assert f"sends calls on to {other.base_url}" in message
    assert "token" not in message


def test_a_redirect_within_the_server_is_followed(ledger):
    class Moved(ScriptedLlm):
        async def _handle(self, request):
            if request.path == "/old/chat/completions":
                return Reply(status=308, headers={"Location": "/v1/chat/completions"})
            return await super()._handle(request)

    with Moved(echo) as llm:
        teacher = at(llm.base_url.replace("/v1", "/old"))
        assert len(words(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))) == 3
