import gzip
import json
import random
import subprocess
import sys

import pytest

from places import TESTS
from scripted.answer_key import KeyPair, KeyWord, read_key
from scripted.build_key import build_key, read_pairs
from scripted.word_families import find_alike, find_together, find_words

VERBS = {"open": "abrir", "close": "fechar", "print": "imprimir", "delete": "apagar"}
THINGS = {"file": "arquivo", "folder": "pasta", "window": "janela", "letter": "carta", "table": "tabela"}


def made_pairs(count, *, seed=1):
    draw = random.Random(seed)
    pairs = []
    for _ in range(count):
        verb, thing, other = draw.choice(sorted(VERBS)), *draw.sample(sorted(THINGS), 2)
        pairs.append(
            KeyPair(
                f"You may {verb} the {thing} and the {other} now.",
                f"Pode {VERBS[verb]} agora: {THINGS[thing]}, {THINGS[other]}.",
            )
        )
    return pairs


@pytest.fixture
def everything_counts(monkeypatch):
    """In so small a corpus every word is in many sentences."""
    monkeypatch.setattr("scripted.word_families.MAX_SHARE", 0.7)


@pytest.mark.usefixtures("everything_counts")
def test_translations_are_found_from_pairs_alone():
    words = find_words(made_pairs(300), source_lang="en", target_lang="pt", most=100)
    assert {word.source: word.target for word in words} == VERBS | THINGS


@pytest.mark.usefixtures("everything_counts")
def test_families_of_words():
    key = build_key(made_pairs(300), target_lang="pt", most_words=100)
    families = {word.source: set(word.same_category) for word in key.words}
    for kind in (VERBS, THINGS):
        for word in kind:
            # the nearest are of the same kind, whatever comes after
            nearest = next(entry.same_category for entry in key.words if entry.source == word)[: len(kind) - 1]
            assert set(nearest) == set(kind) - {word}
    assert all(word not in alike for word, alike in families.items())


def test_words_met_together_are_ranked_by_how_seldom_they_are_apart():
    sentences = [["sea", "salt"], ["sea", "salt"], ["sea", "boat"], ["sea", "boat"], ["boat"], ["boat"], ["sun"]]
    together = find_together({"sea", "salt", "boat", "sun"}, sentences)
    # Dice: salt 2·2/(4+2), boat 2·2/(4+4)
    assert together["sea"] == ["salt", "boat"]
    assert together["sun"] == []
    assert find_alike({"sun"}, sentences) == {"sun": []}


def test_given_words_keep_their_translations_and_get_families():
    words = [KeyWord("file", "ficheiro", "things"), KeyWord("folder", "pasta", "things", same_category=("file",))]
    key = build_key(made_pairs(60), words=words, sentences=made_pairs(40, seed=2))
    assert [(word.source, word.target, word.category) for word in key.words] == [
        ("file", "ficheiro", "things"),
        ("folder", "pasta", "things"),
    ]
    assert key.words[1].same_category == ("file",)
    assert "folder" in key.words[0].related
    assert (len(key.references), len(key.sentences)) == (60, 40)


def test_key_is_built_by_command(tmp_path):
    rows = [
        {"id": str(number), "src": pair.source, "tgt": pair.target, "origin": "a" if number % 2 else "b"}
        for number, pair in enumerate(made_pairs(50))
    ]
    with gzip.open(tmp_path / "pairs.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "words.tsv").write_text('file\tarquivo\tthings\n"folder\tpasta\n\n', encoding="utf-8")
    command = [
        *(sys.executable, "-m", "scripted.build_key", "--pairs", tmp_path / "pairs.jsonl.gz", "--origin", "a"),
        *("--sentences", tmp_path / "pairs.jsonl.gz"),
        *("--words", tmp_path / "words.tsv", "--out", tmp_path / "key.json.gz"),
    ]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True)
    assert "25 references, 50 sentences, 2 words" in done.stdout
    key = read_key(tmp_path / "key.json.gz")
    assert [word.source for word in key.words] == ["file", '"folder']
    assert {pair.topic for pair in key.references} == {"a"}
    assert list(read_pairs(tmp_path / "pairs.jsonl.gz"))[:1] == [key.sentences[0]]
