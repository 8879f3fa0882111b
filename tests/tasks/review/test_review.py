"""A student's outputs put before a translator: a page and an XLIFF file."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from answer_key import orders, translate, write_rows
from browser import CHROMIUM, CTRL, Browser
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Feedback
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.runs.run import run_recipe
from tutelage.stages.post_edits import GIVEN
from tutelage.storage.tables import read_table
from tutelage.tasks.review.page import render_page, text_direction
from tutelage.tasks.review.review import write_review
from whole_runs import make_recipe, patching_table

EN_PT = Direction("en", "pt-BR")
HOSTILE = "</script><script>alert(1)</script> \u202e {name} & <b>bold</b>"
XLIFF = "{urn:oasis:names:tc:xliff:document:1.2}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    drawn = orders(24, seed=5, placeholders=True)
    write_rows(
        folder / "text.jsonl", [{"source": text, "doc": f"d{n % 2}"} for n, text in enumerate([*drawn, drawn[0]])]
    )
    (folder / "hostile.txt").write_text(f"{HOSTILE}\n\nOpen it.\n")
    memory = [{"source": drawn[3].replace(".", "!"), "target": "Da memória."}]
    write_rows(folder / "memory.jsonl", memory)
    return folder


@pytest.fixture(scope="module")
def review(place, base_student):
    return write_review(
        place / "text.jsonl", place / "out", student=str(base_student), direction=EN_PT, memory=place / "memory.jsonl"
    )


def _three(pair):
    return pair.source.text, pair.draft, pair.target.text


def data_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(found.group(1))


def test_the_least_certain_come_first_and_each_text_once(review, place):
    items = data_of(review.page)["items"]
    values = [item["confidence"] for item in items]
    assert values == sorted(values)
    assert all(0 < value <= 1 for value in values)
    assert len(items) == review.items == 24


def test_a_limit_keeps_the_least_certain(review, place, base_student, tmp_path):
    few = write_review(place / "text.jsonl", tmp_path, student=str(base_student), direction=EN_PT, most=5)
    assert [one["id"] for one in data_of(few.page)["items"]] == [one["id"] for one in data_of(review.page)["items"][:5]]


def test_like_texts_of_the_memory_stand_beside(review):
    matched = [item for item in data_of(review.page)["items"] if item["matches"]]
    assert len(matched) == review.matched >= 1
    best = [item["matches"][0] for item in matched if item["matches"][0]["likeness"] >= 95]
    assert [one["target"] for one in best] == ["Da memória."]


def test_protected_spans_are_marked_on_the_page_and_told_in_the_file(review):
    marked = [item for item in data_of(review.page)["items"] if item["protected"]]
    assert marked
    units = {unit.get("id"): unit for unit in ET.parse(review.xliff).iter(f"{XLIFF}trans-unit")}
    for item in marked:
        assert "".join(text for text, _ in item["pieces"]) == item["source"]
        assert [text for text, kept in item["pieces"] if kept] == item["protected"]
        unit = units[item["id"]]
        assert unit.findtext(f"{XLIFF}source") == item["source"]
        assert unit.findtext(f"{XLIFF}note[@annotates='source']") == f"keep as it is: {'  '.join(item['protected'])}"


def test_the_file_keeps_the_draft_and_asks_for_review(review):
    items = {item["id"]: item for item in data_of(review.page)["items"]}
    for unit in ET.parse(review.xliff).iter(f"{XLIFF}trans-unit"):
        target = unit.find(f"{XLIFF}target")
        assert target.get("state") == "needs-review-translation"
        draft = unit.find(f"{XLIFF}alt-trans/{XLIFF}target")
        assert target.text == draft.text == items[unit.get("id")]["draft"]


def test_what_a_translator_finishes_in_the_file_is_a_post_edit_of_its_draft(review, tmp_path):
    """As a translation tool does it: the target replaced, its state set, all else kept."""
    drafts = {item["id"]: item["draft"] for item in data_of(review.page)["items"]}
    wanted = Reading(post_edits=True)
    assert list(read_pairs(str(review.xliff), direction=EN_PT, reading=wanted)) == []
    tree = ET.parse(review.xliff)
    done = list(tree.iter(f"{XLIFF}trans-unit"))[:3]
    for unit in done:
        target = unit.find(f"{XLIFF}target")
        target.text, target.attrib["state"] = f"{target.text} revisto", "translated"
    tree.write(tmp_path / "corrected.xlf", encoding="UTF-8", xml_declaration=True)
    pairs = list(read_pairs(str(tmp_path / "corrected.xlf"), direction=EN_PT, reading=wanted))
    assert [pair.draft for pair in pairs] == [drafts[unit.get("id")] for unit in done]
    assert [pair.target.text for pair in pairs] == [f"{drafts[unit.get('id')]} revisto" for unit in done]


def test_hostile_text_stays_data(place, base_student, tmp_path):
    made = write_review(place / "hostile.txt", tmp_path, student=str(base_student), direction=EN_PT)
    page = made.page.read_text()
    assert "alert(1)</script>" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?http""", page)
    (item,) = [one for one in data_of(made.page)["items"] if "script" in one["source"]]
    assert item["source"] == HOSTILE
    assert "⟨U+202E⟩" in "".join(text for text, _ in item["pieces"])
    ET.parse(made.xliff)


@pytest.mark.parametrize(
    ("lang", "wanted"), [("ar", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("pt-BR", "ltr"), ("ja", "ltr")]
)
def test_right_to_left_languages_are_written_so(lang, wanted):
    assert text_direction(lang) == wanted
    page = render_page([], direction=Direction("en", lang), original="a.txt", student="s")
    assert f'"dir": "{wanted}"' in page


def test_a_review_is_never_overwritten(review, place, base_student):
    before = review.page.read_bytes()
    with pytest.raises(UsageError, match="may have been corrected"):
        write_review(place / "text.jsonl", review.page.parent, student=str(base_student), direction=EN_PT)
    assert review.page.read_bytes() == before


def test_without_text_there_is_no_review(base_student, tmp_path):
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(CorpusError, match="nothing to review"):
        write_review(tmp_path / "empty.txt", tmp_path / "out", student=str(base_student), direction=EN_PT)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium, which no package of Python brings")
def test_what_is_corrected_in_a_browser_is_what_a_run_learns(review, domain, base_student, tmp_path):
    items = data_of(review.page)["items"]
    with Browser(tmp_path / "browser") as browser:
        browser.open(review.page)
        for item in items[:12]:  # the first open one has the focus, and the next one after each
            browser.evaluate("document.activeElement.select()")
            browser.type(translate(item["source"]))
            browser.press("Enter", modifiers=CTRL)
        browser.click("li:nth-child(13) input[type=checkbox]")
        browser.click("li:nth-child(14) textarea")
        browser.evaluate("document.activeElement.select()")
        browser.type("sem nada")
        warning = browser.evaluate("document.querySelector('li:nth-child(14) .warning').textContent")
        browser.press("Escape")
        browser.open(review.page)  # closed and opened again
        state = browser.evaluate("document.getElementById('state').textContent")
        browser.click("#jsonl")
        exported = browser.downloaded("review.jsonl")
        browser.click("#xliff")
        corrected = browser.downloaded("review.xlf")
    changed = sum(translate(item["source"]) != item["draft"] for item in items[:12])
    assert state == f"13 of 24 done · {changed} corrected"
    assert warning == ("Missing: " + "  ".join(items[13]["protected"]) if items[13]["protected"] else "")
    pairs = list(read_pairs(exported, direction=EN_PT, reading=Reading(post_edits=True)))
    assert [(pair.id, pair.draft) for pair in pairs] == [(item["id"], item["draft"]) for item in items[:13]]
    assert [pair.target.text for pair in pairs[:12]] == [translate(item["source"]) for item in items[:12]]
    assert pairs[12].target.text == items[12]["draft"]
    of_xliff = read_pairs(str(corrected), direction=EN_PT, reading=Reading(post_edits=True))
    assert [_three(pair) for pair in of_xliff] == [_three(pair) for pair in pairs]

    table = patching_table(domain, base_student, "http://nobody", text={"post_edits": {"path": str(exported)}})
    del table["teachers"], table["text"]["pool"]
    table["step"][0] |= {"feedback": {"source": "people"}, "train": {"max_updates": 1}}
    result = run_recipe(make_recipe(table), runs=tmp_path)
    feedback = list(read_table(result.folder / "01-patching/feedback.parquet", Feedback))
    assert {row.hypothesis.student for row in feedback} == {GIVEN}
    assert sum(row.flagged for row in feedback) == sum(
        row.hypothesis.text != translate(row.hypothesis.segment.text) and row.id != items[12]["id"] for row in feedback
    )
