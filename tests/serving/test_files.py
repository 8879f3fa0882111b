"""Files over HTTP, and DeepL's interface."""

import deepl
import pytest

from student_server import UpperEngine, serving, upper
from tutelage.serving.files import KEPT_SECONDS, Fetchable, plain_file_name
from tutelage.serving.limits import Limits
from tutelage.serving.refusal import RefusalError
from tutelage.serving.translator import WINDOW


def send(running, name, content, **fields):
    return running.client.post(
        "/translate_file", data={"source": "en", "target": "pt", **fields}, files={"file": (name, content)}
    )


@pytest.mark.parametrize(
    ("name", "content", "filled"),
    [
        ("a.txt", b"open it\n\nclose it\n", b"OPEN IT\n\nCLOSE IT\n"),
        ("a.html", b"<p>open <b>it</b></p>", b"<p>OPEN"),
        ("../../a.po", b'msgid "open"\nmsgstr ""\n', b'msgstr "OPEN"'),
    ],
)
def test_a_file_comes_back_in_its_format(name, content, filled):
    with serving(upper()) as running:
        address = send(running, name, content).json()["translatedFileUrl"]
        assert address.startswith(f"{running.address}/download_file/")
        answer = running.client.get(address)
        assert filled in answer.content
        assert "/" not in answer.headers["content-disposition"]


def test_what_is_no_file_of_a_known_kind_is_refused_in_a_sentence():
    with serving(upper()) as running:
        assert send(running, "a.exe", b"x").status_code == 400
        assert send(running, "a.parquet", b"x").status_code == 400
        assert send(running, "a.feedback", b"x").status_code == 400
        damaged = send(running, "a.xlf", b"<xliff")
        assert damaged.json() == {"error": "The file cannot be read as XLIFF 1.2 and 2.x of CAT tools."}
        assert running.client.post("/translate_file", data={"source": "en", "target": "pt"}).status_code == 400
        assert running.client.get("/download_file/x").status_code == 404


def test_files_are_kept_for_a_while():
    clock = [0.0]
    kept = Fetchable(now=lambda: clock[0])
    token = kept.put("a.txt", b"x")
    assert kept.get(token).content == b"x"
    clock[0] = KEPT_SECONDS + 1
    with pytest.raises(RefusalError):
        kept.get(token)


def test_names_are_plain():
    assert plain_file_name('C:\\x\\ü"\r\n.txt') == "____.txt"


def test_deepl_clients_are_answered(server):
    answer = server.client.post("/v2/translate", json={"text": ["Open the file."], "target_lang": "PT-BR"})
    assert answer.json()["translations"][0]["text"] == "Abra o arquivo."
    assert server.client.get("/v2/languages", params={"type": "target"}).json()[0]["language"] == "PT-BR"
    used = server.client.get("/v2/usage").json()["character_count"]
    server.client.post("/v2/translate", json={"text": ["Save it."], "target_lang": "PT-BR"})
    assert server.client.get("/v2/usage").json()["character_count"] == used + len("Save it.")
    html = {"text": "<p>Open the <b>file</b>.</p>", "target_lang": "PT-BR", "tag_handling": "html"}
    (marked,) = server.client.post("/v2/translate", data=html).json()["translations"]
    assert (marked["text"], marked["billed_characters"]) == ("<p>Abra o <b>arquivo</b>.</p>", 28)
    refused = server.client.post("/v2/translate", json={"target_lang": "PT-BR"})
    assert (refused.status_code, list(refused.json())) == (400, ["message"])


def test_deepls_own_client_is_answered(server):
    client = deepl.DeepLClient("none", server_url=server.address)
    assert [one.code for one in client.get_source_languages()] == ["EN"]
    assert [one.code for one in client.get_target_languages()] == ["PT-BR"]
    answer = client.translate_text("Open the file.", target_lang="PT-BR")
    assert (answer.text, answer.detected_source_lang, answer.billed_characters) == ("Abra o arquivo.", "EN", 14)
    assert client.get_usage().character.count


def test_a_compressed_file_is_refused_by_its_reason():
    with serving(upper()) as running:
        told = send(running, "a.txt.gz", b"x")
        assert told.status_code == 400 and "send the file as it is" in told.json()["error"]


def test_a_blank_text_of_html_is_its_own_translation():
    with serving(upper()) as running:
        asked = {"q": ["<p>open</p>", "", " "], "source": "en", "target": "pt", "format": "html"}
        assert running.client.post("/translate", json=asked).json()["translatedText"] == ["<p>OPEN</p>", "", " "]


def test_a_document_that_nobody_waits_for_is_not_worked_on_any_longer():
    engine = UpperEngine()
    engine.hold.clear()
    lines = "".join(f"line {number}\n" for number in range(20 * WINDOW))
    with serving(upper(engine=engine), limits=Limits(seconds=0.05)) as running:
        assert send(running, "a.txt", lines.encode()).status_code == 408
        engine.hold.set()
    assert sum(map(len, engine.batches)) <= 2 * WINDOW, "the thread has ended with the server"
