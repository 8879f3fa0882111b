"""The claim on terms: a sound recipe, and a glossary made from text by hand."""

from pathlib import Path

from benchmarks.claims.claim.command import fill_recipe
from benchmarks.claims.terms.__main__ import list_arms
from benchmarks.claims.terms.extraction import LEAST_SEGMENTS, extract_terms, write_terms
from tutelage.core.languages import Direction
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair, Segment
from tutelage.corpora.glossary.reading import read_glossary
from tutelage.methods.registry import step_types

EN_PT = Direction("en", "pt-BR")


def pair(number, source, target):
    return Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt-BR"))


def test_both_arms_are_sound_recipes():
    text = fill_recipe("terms", DATA="data")
    first, control = (
        parse_recipe(text, step_types=step_types(), overrides=arm.overrides) for arm in list_arms(Path("g.tsv"))
    )
    assert first.glossary.path == "g.tsv" and control.glossary is None
    assert first.step[0].feedback.terms


def test_nouns_of_the_domain_that_are_always_translated_alike_are_terms(tmp_path):
    nouns = [("library", "biblioteca"), ("packages", "pacotes")] * LEAST_SEGMENTS
    domain = [
        pair(n, f"Install the {source} quickly today", f"Instale a {target} rapidamente hoje")
        for n, (source, target) in enumerate(nouns)
    ]
    other = [pair(n, "Work quickly today", "Trabalhe rapidamente hoje") for n in range(10)]
    terms = extract_terms(domain, other, direction=EN_PT)
    assert {(term.source, term.target) for term in terms} == {("library", "biblioteca"), ("package", "pacotes")}
    (tmp_path / "g.tsv").write_text(write_terms(terms))
    assert set(read_glossary(tmp_path / "g.tsv", direction=EN_PT)) == set(terms)


def test_too_few_segments_make_no_term():
    domain = [pair(n, "the library", "a biblioteca") for n in range(LEAST_SEGMENTS - 1)]
    assert extract_terms(domain, [], direction=EN_PT) == []
