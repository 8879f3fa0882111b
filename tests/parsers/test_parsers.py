"""Parsers: how each one's trees become ours, and what is said where one is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.syntax import SyntaxTree
from tutelage.parsers import link_grammar
from tutelage.parsers.joining import join_sentences
from tutelage.parsers.link_grammar import LinkGrammarParser, read_answers, read_constituents
from tutelage.parsers.opening import open_parser
from tutelage.parsers.spacy_parser import dependency_tree
from tutelage.parsers.stanza_parser import constituent_tree


def tree(label: str, *children: SyntaxTree) -> SyntaxTree:
    return SyntaxTree(label, children)


def spacy_doc(words: str, *, heads: Sequence[int], relations: str) -> Any:
    import spacy
    from spacy.tokens import Doc

    return Doc(spacy.blank("en").vocab, words=words.split(), heads=list(heads), deps=relations.split())


def test_spacy_relations_without_words_and_punctuation() -> None:
    doc = spacy_doc(
        "The cat sat on the mat .", heads=[1, 2, 2, 2, 5, 3, 2], relations="det nsubj ROOT prep det pobj punct"
    )
    expected = tree("ROOT", tree("nsubj", tree("det")), tree("prep", tree("pobj", tree("det"))))
    assert dependency_tree(doc) == expected


def test_spacy_children_are_in_the_order_of_the_sentence() -> None:
    doc = spacy_doc("Today he came home late", heads=[2, 2, 2, 2, 2], relations="npadvmod nsubj ROOT advmod acomp")
    found = dependency_tree(doc)
    assert found and [child.label for child in found.children] == ["npadvmod", "nsubj", "advmod", "acomp"]


def test_spacy_texts_of_several_sentences_and_of_none() -> None:
    doc = spacy_doc("Stop . Go now", heads=[0, 0, 2, 2], relations="ROOT punct ROOT advmod")
    assert dependency_tree(doc) == tree("TEXT", tree("ROOT"), tree("ROOT", tree("advmod")))
    assert dependency_tree(spacy_doc("", heads=[], relations="")) is None


def test_spacy_punctuation_that_has_dependents_stays() -> None:
    doc = spacy_doc("He -- slowly -- left", heads=[4, 4, 1, 1, 4], relations="nsubj punct advmod punct ROOT")
    assert dependency_tree(doc) == tree("ROOT", tree("nsubj"), tree("punct", tree("advmod")))


def node(label: str, *children: Any) -> Any:
    return SimpleNamespace(label=label, children=children)


def test_stanza_constituents_without_words_and_wrapper() -> None:
    sentence = node(
        "ROOT",
        node("S", node("NP", node("DT", node("The")), node("NN", node("cat"))), node("VP", node("VBD", node("sat")))),
    )
    assert constituent_tree(sentence) == tree("S", tree("NP", tree("DT"), tree("NN")), tree("VP", tree("VBD")))


def test_sentences_are_joined_only_where_there_are_several() -> None:
    assert join_sentences([]) is None
    assert join_sentences([tree("S")]) == tree("S")
    assert join_sentences([tree("S"), tree("NP")]) == tree("TEXT", tree("S"), tree("NP"))


CAT = tree("S", tree("NP"), tree("VP", tree("PP", tree("NP"))))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(S (NP the cat.n) (VP sat.v-d (PP on (NP the mat.n))) .)", CAT),
        ('(S (VP open.v (NP the {{} file.n) } (NP "now"{!}.n)))', tree("S", tree("VP", tree("NP"), tree("NP")))),
        ("(S (S (VP blorp{?}.v)) {of} {the})", tree("S", tree("S", tree("VP")))),
        ("(S test.n)", tree("S")),
        ("(S (NP the cat.n)", None),
        ("(S a) b) (", None),
        ("(S a) (S b)", None),
        ("Bye.", None),
        ("", None),
    ],
)
def test_constituents_of_recorded_lines(line: str, expected: SyntaxTree | None) -> None:
    assert read_constituents(line) == expected


RECORDED = """verbosity set to 0
constituents set to 3
graphics set to 0
(S (NP the cat.n) (VP sat.v-d (PP on (NP the mat.n))) .)

width set to 1000
width set to 1001
(S (NP he) (VP left.v-d))

(S (VP another))

width set to 1002
width set to 1003
(S (NP the command died"""


def test_recorded_answers_belong_to_the_text_before_their_mark() -> None:
    assert read_answers(RECORDED) == [CAT, None, tree("S", tree("NP"), tree("VP")), None]


TEXTS = (
    "The cat sat on the mat.",
    "",
    "!exit",
    "% comment",
    "word " * 61,
    "a\nb\x00c\u2028d (e) [f]",
    "!width=9",
    "She left.",
)


def test_link_grammar_itself_or_what_is_said_without_it() -> None:
    if shutil.which(link_grammar.COMMAND) is None:
        with pytest.raises(UsageError, match="apt-get install link-grammar"):
            open_parser("link-grammar")
        return
    parser = open_parser("link-grammar")
    found = list(parser.parse(TEXTS))
    assert len(found) == len(TEXTS)
    assert found[0] == CAT
    assert found[7] == tree("S", tree("NP"), tree("VP"))
    assert [one is None for one in found] == [False, True, False, False, True, False, False, False]
    assert parser.signature.startswith("link-grammar:en@5.")


def test_link_grammar_streams_in_order_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def parse_batch(texts: Sequence[str]) -> list[SyntaxTree | None]:
        sizes.append(len(texts))
        return [SyntaxTree(text) for text in texts]

    monkeypatch.setattr(link_grammar.shutil, "which", lambda _: "/bin/true")
    monkeypatch.setattr(link_grammar, "_read_version", lambda: "0")
    monkeypatch.setattr(link_grammar, "_parse_batch", parse_batch)
    texts = [str(number) for number in range(1050)]
    found = LinkGrammarParser(processes=3).parse(iter(texts))
    assert [one.label for one in found if one] == texts
    assert sorted(sizes) == [50, 200, 200, 200, 200, 200]


def test_a_text_on_which_the_command_dies_has_no_tree_and_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[str]] = []

    def run(lines: Sequence[str]) -> str:
        sent.append(list(lines))
        written = []
        for place, line in enumerate(lines):
            if line == "deadly":
                break
            written.append(f"(S (NP {line}.n))\nwidth set to {1000 + place}")
        return "\n".join(written)

    monkeypatch.setattr(link_grammar, "_run", run)
    expected = tree("S", tree("NP"))
    assert link_grammar._parse_batch(["a", "deadly", "b", "deadly"]) == [expected, None, expected, None]
    assert sent == [["a", "deadly", "b", "deadly"], ["b", "deadly"]]


def test_a_missing_command_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_grammar.shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match="apt-get install link-grammar"):
        open_parser("link-grammar")


@pytest.mark.parametrize(("name", "module"), [("spacy:en_core_web_sm", "spacy"), ("stanza:en", "stanza")])
def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type]
    with pytest.raises(MissingExtraError, match=rf"'{module}'.*tutelage\[paraphrase\]"):
        open_parser(name)


def test_a_missing_spacy_model_is_told_how_to_install() -> None:
    with pytest.raises(UsageError, match="python -m spacy download xx_no_such_model"):
        open_parser("spacy:xx_no_such_model")


def test_a_spacy_model_without_parser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import spacy

    blank = spacy.blank("en")
    monkeypatch.setattr(spacy, "load", lambda *_, **__: blank)
    with pytest.raises(UsageError, match="does not parse"):
        open_parser("spacy:en_blank")


def test_a_spacy_pipeline_parses_texts_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    import spacy
    from spacy.language import Language

    @Language.component("parser_of_the_test")
    def chain(doc: Any) -> Any:
        for token in doc:
            token.head, token.dep_ = doc[max(0, token.i - 1)], "next" if token.i else "ROOT"
        return doc

    pipeline = spacy.blank("en")
    pipeline.add_pipe("parser_of_the_test", name="parser")
    monkeypatch.setattr(spacy, "load", lambda *_, **__: pipeline)
    parser = open_parser("spacy:en_chain")
    assert list(parser.parse(["one two", "", "one"])) == [tree("ROOT", tree("next")), None, tree("ROOT")]
    assert parser.signature == f"spacy:en_{pipeline.meta['name']}@{pipeline.meta['version']}|spacy:{spacy.__version__}"


def test_missing_stanza_models_are_told_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("stanza")

    def pipeline(*_: Any, **__: Any) -> Any:
        raise FileNotFoundError("resources.json")

    module.Pipeline = pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stanza", module)
    with pytest.raises(UsageError, match=r"stanza.download\('no'\)"):
        open_parser("stanza:no")


def test_stanza_texts_are_parsed_in_batches_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipeline:
        def __init__(self, lang: str, **_: Any) -> None:
            assert lang == "en"

        def bulk_process(self, texts: Sequence[str]) -> list[Any]:
            return [
                SimpleNamespace(
                    sentences=[
                        SimpleNamespace(constituency=node("ROOT", node(word, node("x")))) for word in text.split()
                    ]
                )
                for text in texts
            ]

    module = ModuleType("stanza")
    module.Pipeline, module.__version__ = Pipeline, "9"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stanza", module)
    parser = open_parser("stanza:en")
    texts = ["A", "", "A B", *(f"T{number}" for number in range(300))]
    found = list(parser.parse(texts))
    assert found[:3] == [tree("A"), None, tree("TEXT", tree("A"), tree("B"))]
    assert [one.label for one in found[3:] if one] == texts[3:]
    assert parser.signature == "stanza:en@9"


@pytest.mark.parametrize("name", ["spacy", "spacy:", "link_grammar", "nltk:en", "", "link-grammar:en"])
def test_an_unknown_parser_is_told_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError, match=r"link-grammar|spacy:MODEL"):
        open_parser(name)
