"""The pages say what is true: generated ones are up to date, tables have the records' columns, links lead somewhere."""

import dataclasses
import importlib.util
import re
from pathlib import Path

import pytest

from tutelage.core import records
from tutelage.labelling.analogies import Analogy
from tutelage.labelling.analyses import Analysis
from tutelage.labelling.error_words import ErrorWord
from tutelage.methods.patching.selection import Selected
from tutelage.stages.rehearsal.rationale import Rationale

ROOT = Path(__file__).resolve().parents[2]
METHODS = ROOT / "src" / "tutelage" / "methods"
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *METHODS.glob("*/README.md"),
]
RECORDS = {
    kind.__name__: kind
    for kind in (
        records.Segment, records.Pair, records.Paraphrases, records.Hypothesis, records.Feedback, records.ErrorSpan,
        records.Example, records.Rejection, records.Provenance, Analogy, Analysis, ErrorWord, Selected, Rationale,
    )
}  # fmt: skip


def load_generator(name="make_recipe_reference"):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_recipe_reference_is_up_to_date():
    page = (ROOT / "docs" / "recipe.md").read_text("utf-8")
    assert load_generator().render_reference() == page, "run: python docs/make_recipe_reference.py"


def test_command_reference_is_up_to_date():
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    rendered = load_generator("make_command_reference").render_commands()
    assert rendered == page, "run: python docs/make_command_reference.py"


def test_types_are_told_in_words():
    from pydantic import Field

    from tutelage.core.settings import Count, Settings, Share

    class Example(Settings):
        count: Count
        share: Share | None = None
        either: Share | str = "measured"
        many: tuple[str, ...] = ()
        shares: dict[str, float] = {}
        above: float = Field(default=1.0, gt=0, lt=1)

    module = load_generator()
    told = {name: module.describe_type(f.annotation, f.metadata) for name, f in Example.model_fields.items()}
    assert told == {
        "count": "integer, 1 or more",
        "share": "number, 0 to 1",
        "either": "number, 0 to 1 or text",
        "many": "list of text",
        "shares": "table of number",
        "above": "number, above 0, below 1",
    }


@pytest.mark.parametrize("name", RECORDS)
def test_run_folder_page_has_the_columns_of(name):
    page = (ROOT / "docs" / "run-folder.md").read_text("utf-8")
    section = re.split(r"^#{2,3} ", page.split(f"\n### {name}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    columns = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert columns == [field.name for field in dataclasses.fields(RECORDS[name])]


def test_every_record_of_the_core_has_a_section():
    kinds = (kind for kind in vars(records).values() if isinstance(kind, type) and kind.__module__ == records.__name__)
    public = {kind.__name__ for kind in kinds if dataclasses.is_dataclass(kind)}
    assert public <= set(RECORDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(page):
    named = re.findall(r"`((?:src|recipes|benchmarks)/[\w./-]+)`", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_table_stands_apart_from_what_is_before_it(page):
    """Else it is shown as one long line of text."""
    lines = page.read_text("utf-8").splitlines()
    heads = [at - 1 for at, line in enumerate(lines) if re.match(r"\s*\|:?-", line)]
    assert [lines[at - 1] for at in heads if at and lines[at - 1].strip()] == []


def test_results_lead_to_every_claims_page_and_say_of_each_whether_it_held():
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    rows = re.findall(r"^\| \[[^\]]+\]\((results/[\w-]+\.md)[^)]*\) \|(.*)\|$", page, re.MULTILINE)
    assert {name for name, _ in rows} == {f"results/{path.name}" for path in (ROOT / "docs" / "results").glob("*.md")}
    assert len(rows) == len(re.findall(r"^\| \[", page, re.MULTILINE))
    assert all(len(cells.split(" | ")) == 2 and all(map(str.strip, cells.split(" | "))) for _, cells in rows)


def test_results_open_with_their_sections():
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    first, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", one.split("\n", 1)[0].lower()).replace(" ", "-") for one in sections]
    assert re.findall(r"\]\(#([\w-]+)\)", first) == anchors[:-1]  # but for that on the machine


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "results").glob("*.md")), ids=lambda path: path.name)
def test_a_claims_page_opens_with_the_command_that_measures_it(page):
    opening = page.read_text("utf-8").split("\n|", 1)[0]  # what stands before its first table
    assert re.search(r"^    (python -m benchmarks|tutelage|make) ?", opening, re.MULTILINE)


def test_decisions_open_with_an_index_of_their_sections():
    page = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    first, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    titles = [section.split("\n", 1)[0] for section in sections]
    anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert re.findall(r"\[([^\]]+)\]\(#([\w-]+)\)", first) == list(zip(titles, anchors, strict=True))


def test_the_list_of_pages_leads_to_each():
    listed = re.findall(r"\]\(([^)]+)\)", (ROOT / "docs" / "README.md").read_text("utf-8"))
    there = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in listed if "/" not in name} == there
    assert {(ROOT / "docs" / name).resolve() for name in listed if "/" in name} == set(METHODS.glob("*/README.md"))
