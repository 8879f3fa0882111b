"""The interface of LibreTranslate, with its own client and with what others send."""

import pytest
from libretranslatepy import LibreTranslateAPI

from student_server import EN_PT, serving, upper
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.students.naming import open_student


def test_its_own_client_translates_detects_and_lists(server):
    client = LibreTranslateAPI(server.address)
    assert client.translate("Open the file.", "en", "pt") == "Abra o arquivo."
    assert client.detect("Abra o arquivo agora mesmo, por favor.")[0]["language"] == "pt"
    assert {"code": "en", "name": "English", "targets": ["pt-BR"]} in client.languages()


def test_the_server_says_what_translate_says(server):
    texts = ["Open the file %s.", "Save {name} now\n\nand close it.", "<b>Done</b> in 3 steps."]
    answer = server.client.post("/translate", json={"q": texts, "source": "en", "target": "pt_BR"}).json()
    engine = open_student("embedded:en-pt", direction=EN_PT)
    assert answer["translatedText"] == list(engine.translate(texts, decoding=Decoding()))


def test_white_space_stays_and_blank_texts_are_not_sent():
    with serving(upper()) as running:
        answer = running.client.post("/translate", json={"q": ["  a\n", "", " \t"], "source": "en", "target": "pt"})
        assert answer.json() == {"translatedText": ["  A\n", "", " \t"]}
        engine = running.service.translator.students[0].queue.engine
        assert engine.batches == [["a"]]


def test_html_keeps_its_tags_and_scripts(server):
    page = '<p>Open the <b>file</b>.</p><script>open("the file")</script>'
    answer = server.client.post("/translate", data={"q": page, "source": "en", "target": "pt", "format": "html"})
    assert answer.json()["translatedText"] == '<p>Abra o <b>arquivo</b>.</p><script>open("the file")</script>'


def test_alternatives_are_other_translations(server):
    answer = server.client.post(
        "/translate", json={"q": "Open the file.", "source": "en", "target": "pt", "alternatives": 3}
    ).json()
    assert 1 <= len(answer["alternatives"]) <= 3
    assert answer["translatedText"] not in answer["alternatives"]


def test_the_source_is_told_from_the_text():
    students = upper(), upper(Direction("de", "pt-BR"))
    with serving(*students) as running:
        text = "Bitte öffnen Sie die Datei, bevor Sie den Rechner neu starten."
        answer = running.client.post("/translate", json={"q": text, "source": "auto", "target": "pt"}).json()
        assert answer["detectedLanguage"]["language"] == "de"
        assert answer["detectedLanguage"]["confidence"] > 60


@pytest.mark.parametrize(("source", "target"), [("pt", "en"), ("en", "fr")])
def test_a_direction_that_no_student_has_is_refused_with_those_there_are(server, source, target):
    answer = server.client.post("/translate", json={"q": "x", "source": source, "target": target})
    assert answer.status_code == 400
    assert "en to pt-BR" in answer.json()["error"]


def test_the_region_decides_where_several_have_the_language():
    students = upper(Direction("en", "pt-PT")), upper(Direction("en", "pt-BR"))
    with serving(*students) as running:
        running.client.post("/translate", json={"q": "x", "source": "en", "target": "pt-BR"})
        assert [one.queue.engine.batches for one in students] == [[], [["x"]]]
