"""`tutelage demo --files`: a catalogue and an XLIFF file translated by the embedded student, and their review."""

import re
import tomllib
import xml.etree.ElementTree as ET

import polib
import pytest

from gettext_tools import check_catalogue
from places import TESTS
from tutelage.core.errors import UsageError
from tutelage.runs.checks.extras import EXTRAS
from tutelage.tasks.files_demo import SHIPPED, run_files_demo

XLIFF = "{urn:oasis:names:tc:xliff:document:1.2}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return run_files_demo(folder / "files", runs=folder / "runs"), folder


def test_placeholders_tags_and_terms_are_kept_and_told(shown):
    demo, folder = shown
    lines = list(demo.lines())
    assert lines[0] == "student: embedded:en-pt"
    assert all(file.lost == 0 and file.spans > 5 for file in demo.files)
    assert sum("placeholders, tags, addresses and numbers kept" in line for line in lines) == 2
    assert any(line.startswith("terms of the glossary kept: ") for line in lines)
    assert lines[-1] == str(folder / "files/review/review.html")
    assert demo.review.items > 10
    assert demo.review.matched >= 3


def test_the_catalogue_is_filled_and_a_persons_translation_stays(shown):
    _, folder = shown
    catalogue = polib.pofile(str(folder / "files/app.po"))
    assert len(catalogue.untranslated_entries()) == 0
    assert catalogue.find("Preferences").msgstr == "Preferências"
    assert check_catalogue(folder / "files/app.po") == ""


def test_the_xliff_file_is_filled_for_review_and_keeps_its_inline_elements(shown):
    _, folder = shown
    units = {unit.get("id"): unit for unit in ET.parse(folder / "files/guide.xlf").iter(f"{XLIFF}trans-unit")}
    assert units["title"].findtext(f"{XLIFF}target") == "Primeiros passos"
    target = units["folder"].find(f"{XLIFF}target")
    assert target.get("state") == "needs-review-translation"
    assert [one.get("id") for one in target.iter(f"{XLIFF}x")] == ["1"]
    assert "2024-11-05" in units["date"].findtext(f"{XLIFF}target")


def test_what_the_glossary_keeps_is_kept_and_marked_in_the_review_too(shown):
    demo, _ = shown
    units = ET.parse(demo.review.xliff).iter(f"{XLIFF}trans-unit")
    named = [unit for unit in units if "Seamark" in "".join(unit.find(f"{XLIFF}source").itertext())]
    assert len(named) > 1
    assert all("Seamark" in "".join(unit.find(f"{XLIFF}target").itertext()) for unit in named)
    assert '["Seamark", true]' in demo.review.page.read_text()


def test_a_second_time_a_review_is_not_overwritten(shown):
    _, folder = shown
    with pytest.raises(UsageError, match="may have been corrected"):
        run_files_demo(folder / "files", runs=folder / "runs")


def test_what_is_shipped_is_untranslated_but_for_what_stays():
    catalogue = polib.pofile(str(SHIPPED / "app.po"))
    assert [entry.msgid for entry in catalogue.translated_entries()] == ["Preferences"]


def test_what_make_demo_installs_has_the_word_lists_of_the_glossary():
    # this machine has every extra, which would hide that the one of the demo lacks it
    extras = tomllib.loads((TESTS.parent / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    brought = ",".join(re.findall(r"tutelage\[(.*?)\]", " ".join(extras["embedded"]))).split(",")
    assert EXTRAS["simplemma"] in brought
