"""The page of the server, in a real browser with real keys and clicks."""

import pytest

from browser import CHROMIUM, CTRL, Browser
from student_server import EN_PT, UpperEngine, embedded, serving, upper
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.core.protection.translation import Translated
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.serving.students import Opening
from tutelage.storage.feedback import FeedbackStore


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_text_is_translated_and_corrected_on_the_page(tmp_path):
    store = FeedbackStore.open(tmp_path / "a.feedback")
    with serving(embedded(), store=store) as running, Browser(tmp_path / "browser") as browser:
        browser.open(running.address)
        browser.wait("document.getElementById('direction').options.length === 1")
        assert browser.evaluate("document.getElementById('locked').hidden"), "no key is needed"
        assert not browser.evaluate("document.getElementById('correcting').hidden")
        assert ".po" in browser.evaluate("document.getElementById('file').accept").split(",")
        browser.click("#source")
        browser.type("Open the file %s.")
        browser.press("Enter", modifiers=CTRL)
        browser.wait("document.getElementById('status').textContent === 'Translated.'")
        assert "%s" in browser.evaluate("document.getElementById('output').value")
        assert browser.evaluate("document.querySelector('.chip').textContent") == "%s"
        assert browser.evaluate("document.getElementById('suggest').disabled")
        assert browser.evaluate("document.querySelectorAll('#alternatives button').length") >= 1
        browser.evaluate("document.getElementById('output').select()")
        browser.click("#output")
        browser.evaluate("document.getElementById('output').select()")
        browser.type("Abra este arquivo %s.")
        browser.click("#suggest")
        browser.wait("document.getElementById('status').textContent.startsWith('Thank you')")
    (kept,) = store.corrections("accepted")
    assert (kept.correction.source, kept.correction.correction) == ("Open the file %s.", "Abra este arquivo %s.")
    store.close()


def test_it_asks_nobody_else_and_says_who_may_write_into_it(server):
    page = server.client.get("/").text
    assert "default-src 'none'" in page
    assert "innerHTML" not in page
    assert "http://" not in page.replace("http-equiv", "")


def test_what_the_page_shows_of_a_translation(tmp_path):
    (tmp_path / "terms.tsv").write_text("file\tficheiro\nwindow\tjanela\n")
    terms = TermKeeping(open_glossary((str(tmp_path / "terms.tsv"),), direction=EN_PT), "off")
    with serving(Opening(terms=terms).open("embedded:en-pt", EN_PT)) as running:
        asked = {"q": "Open the file %s in the okapi window.", "source": "en", "target": "pt"}
        found = running.client.post("/look", json=asked).json()
        assert found["spans"] == ["%s"]
        assert found["confidence"] in ("high", "medium", "low")
        assert [one["confidence"] in ("high", "medium", "low") for one in found["alternatives"]] == [True] * len(
            found["alternatives"]
        )
        assert [(one["text"], one["wanted"], one["kept"]) for one in found["terms"]] == [
            ("file", ["ficheiro"], "ficheiro" in found["translation"]),
            ("window", ["janela"], "janela" in found["translation"]),
        ]
        assert found["unseen"] == ["okapi"]
        german = {**asked, "q": "Bitte öffnen Sie jetzt die Datei, die ich Ihnen gegeben habe."}
        assert running.client.post("/look", json=german).json()["language"] == "German"
        (days,) = running.client.get("/days").json()["directions"]
        assert (days["source"], days["warnings"], days["test_set"]) == ("en", [], "")


class ArabicEngine(UpperEngine):
    """Writes Arabic whatever it is given."""

    def translate_whole(self, sources, *, decoding, scored=False):
        return (Translated("افتح الملف", log_probability=-0.4) for _ in sources)

    def translate_several_whole(self, sources, *, decoding, scored=False):
        for _ in sources:
            yield tuple(Translated(f"افتح الملف {n}", log_probability=-0.1 - n) for n in range(decoding.outputs))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_right_to_left_files_days_and_the_keyboard(tmp_path):
    (tmp_path / "strings.txt").write_text("open it\n")
    student = upper(Direction("en", "ar"), ArabicEngine())
    back = upper(Direction("he", "en"))
    with serving(student, back) as running, Browser(tmp_path / "browser") as browser:
        browser.open(running.address)
        browser.wait("document.getElementById('direction').options.length === 2")
        sides = (
            "[...document.querySelectorAll('textarea, #alternatives')].map((one) => one.dir + ' ' + one.lang).join()"
        )
        assert browser.evaluate(sides) == "ltr en,rtl ar,rtl ar"
        browser.click("#source")
        browser.type("Open the file")
        browser.press("Tab")
        assert browser.evaluate("document.activeElement.id") == "translate"
        browser.press("Enter")
        browser.wait("document.getElementById('status').textContent === 'Translated.'")
        assert browser.evaluate("document.getElementById('sure').textContent") == "high confidence"
        assert "80 %" in browser.evaluate("document.querySelector('#sure .sure').title")
        assert browser.evaluate("document.querySelector('#alternatives .sure').textContent") == "low confidence"
        browser.press("Tab")
        assert browser.evaluate("document.activeElement.id") == "output"
        root = browser.call("DOM.getDocument")["root"]["nodeId"]
        chosen = browser.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        browser.call("DOM.setFileInputFiles", nodeId=chosen, files=[str(tmp_path / "strings.txt")])
        browser.click("#send")
        browser.wait("document.querySelector('#fetch a') !== null")
        assert browser.evaluate("document.activeElement.textContent") == "Fetch the translation"
        browser.press("Enter")
        assert "افتح الملف" in browser.downloaded("ar.strings.txt").read_text()
        while not running.service.monitor.day(student.direction).texts:
            pass
        browser.click("#watch summary")
        browser.wait("document.querySelectorAll('#days table').length === 1")
        assert "nothing yet" in browser.evaluate("document.getElementById('days').textContent")
        browser.evaluate("document.getElementById('direction').selectedIndex = 1")
        browser.evaluate("document.getElementById('direction').onchange()")
        assert browser.evaluate(sides) == "rtl he,ltr en,ltr en"
