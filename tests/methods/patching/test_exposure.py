"""How often a corrected word may be trained on."""

import random
from types import SimpleNamespace

import pytest

from tutelage.labelling.error_words import contains_phrase
from tutelage.methods.patching.exposure import Exposure


def words(*pairs):
    return [SimpleNamespace(source=source, target=target) for source, target in pairs]


def exposure_of(watched, *, most, lang="pt-BR"):
    return Exposure(watched, most=most, target_lang=lang)


def admitted(exposure, *examples):
    return [exposure.admits(source, target) for source, target in examples]


def test_a_word_passes_so_often_and_no_more():
    exposure = exposure_of(words(("file", "arquivo")), most=2)
    examples = [(f"Open file {n}", f"Abra o arquivo {n}") for n in range(4)]
    assert admitted(exposure, *examples) == [True, True, False, False]


def test_only_examples_with_both_sides_count():
    exposure = exposure_of(words(("file", "arquivo")), most=1)
    examples = [
        ("Open the file", "Abra o ficheiro"),
        ("Open the profile", "Abra o arquivo"),
        ("Open the File.", "Abra o ARQUIVO."),
        ("Open the file-name", "o nome do arquivo"),
    ]
    assert admitted(exposure, *examples) == [True, True, True, False]


def test_an_example_that_is_turned_away_is_not_counted_for_its_other_words():
    exposure = exposure_of(words(("file", "arquivo"), ("user", "usuário")), most=1)
    examples = [("a file", "um arquivo"), ("file of a user", "arquivo do usuário"), ("a user", "um usuário")]
    assert admitted(exposure, *examples) == [True, False, True]


@pytest.mark.parametrize(
    ("word", "example", "lang"),
    [
        (("log in to", "entrar em"), ("Now log in to it", "Agora entrar em tudo"), "pt-BR"),
        (("c++ code", "código c++"), ("The C++ code here", "O código C++ aqui"), "pt-BR"),
        (("printer", "impressora"), ("A printer here", "Duas impressoras aqui"), "pt-BR"),
        (("文件", "arquivo"), ("打开文件夹", "Abra o arquivo"), "pt-BR"),
        (("arquivo", "文件"), ("Abra o arquivo", "打开文件夹"), "zh"),
    ],
    ids=["phrase", "signs", "inflected", "source without spaces", "target without spaces"],
)
def test_phrases_of_every_kind_are_seen(word, example, lang):
    assert admitted(exposure_of(words(word), most=1, lang=lang), example, example) == [True, False]


def test_no_word_is_ever_held_more_often_than_its_limit():
    generator = random.Random(5)
    vocabulary = [f"word{n}" for n in range(12)]
    watched = [(word, f"{word}x") for word in vocabulary[:6]]
    exposure = exposure_of(words(*watched), most=3)
    kept = []
    for _ in range(300):
        drawn = generator.choices(vocabulary, k=4)
        example = (" ".join(drawn), " ".join(word + "x" for word in drawn))
        if exposure.admits(*example):
            kept.append(example)
    for source, target in watched:
        held = sum(contains_phrase(a, source) and contains_phrase(b, target) for a, b in kept)
        assert held == 3
    assert len(kept) > 18
