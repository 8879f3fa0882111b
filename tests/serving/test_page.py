"""The page of the server, in a real browser with real keys and clicks."""

import pytest

from browser import CHROMIUM, CTRL, Browser
from student_server import embedded, serving
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
    assert server.client.post("/protected", json={"q": "a %s", "source": "en", "target": "pt"}).json() == {
        "spans": ["%s"]
    }
