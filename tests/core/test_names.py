import dataclasses
import math

import pytest

from tutelage.core.decoding import Decoding
from tutelage.core.errors import MissingExtraError, UsageError, UserError, did_you_mean
from tutelage.core.languages import Direction, base_language, language_name, normalise_language
from tutelage.core.records import Provenance
from tutelage.core.registry import Registry
from tutelage.core.settings import TrainSettings
from tutelage.core.signatures import canonical_json, content_key

SQUARES = Registry("root", {"square": "math:sqrt", "cube": "math:cbrt", "gone": "no_such_module:x"})


def test_a_registry_loads_lazily():
    assert SQUARES.load("square") is math.sqrt
    assert list(SQUARES) == ["cube", "gone", "square"]
    assert "cube" in SQUARES and "cub" not in SQUARES


def test_a_registry_suggests():
    with pytest.raises(UsageError, match=r"no root is called 'sqare'. Did you mean 'square'\?"):
        SQUARES.load("sqare")
    with pytest.raises(UsageError, match=r"Known: cube, gone, square."):
        SQUARES.load("zzz")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("pt_BR", "pt-BR"), ("PT-br", "pt-BR"), (" en ", "en"), ("NO", "no"), ("de-AT", "de-AT"), ("zh_tw", "zh-TW")],
)
def test_language_codes(given, expected):
    assert normalise_language(given) == expected


@pytest.mark.parametrize("given", ["", "xx", "portuguese", "pt-", "p t", "pt-BRA", "pt-1!"])
def test_codes_that_are_none(given):
    if given == "pt-":
        assert normalise_language(given) == "pt"
        return
    with pytest.raises(UsageError, match="not a language code"):
        normalise_language(given)


def test_language_names():
    assert language_name("pt-BR") == "Brazilian Portuguese"
    assert language_name("de-AT") == "German (Austria)"
    assert base_language("zh-TW") == "zh"
    assert str(Direction("en", "pt-BR")) == "en→pt-BR"


def test_keys_do_not_depend_on_order_or_kind_of_mapping():
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    assert content_key("a", 1) != content_key("a1")
    assert content_key(Provenance("x")) == content_key(dataclasses.asdict(Provenance("x")))
    assert content_key(TrainSettings()) != content_key(TrainSettings(epochs=4))
    assert canonical_json({"ñ": (1, None)}) == '{"ñ":[1,null]}'
    assert len(content_key("x")) == 16


def test_a_key_is_the_same_on_every_machine():
    assert content_key("pool", 1, {"seed": 1}) == "3b9e37fbcd068f2c"


def test_errors_say_where_what_and_what_to_do():
    error = UserError("it broke.", where="line 3", fix="Mend it.")
    assert str(error) == "line 3: it broke. Mend it."
    assert str(MissingExtraError("peft", extra="train")).endswith("pip install 'tutelage[train]'")
    assert (UserError("x").exit_code, UsageError("x").exit_code) == (1, 2)


def test_a_sentence_of_others_has_one_full_stop():
    assert (
        str(UserError("no answer: Connection error..", fix="Try again.")) == "no answer: Connection error. Try again."
    )
    assert str(UserError("it says wait ...")) == "it says wait ..."


def test_suggestions():
    assert did_you_mean("patchin", ["patching", "distil"]) == "Did you mean 'patching'?"
    assert did_you_mean("zzz", ["b", "a", "a"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("lr", ["lora", "learning_rate", "rank"]) == "Did you mean 'learning_rate'?"


def test_decoding_signatures_hold_what_changes_the_output():
    assert Decoding().signature == "greedy,max256"
    assert Decoding(batch_tokens=1).signature == Decoding().signature
    assert Decoding(beam_size=4).signature != Decoding(beam_size=4, length_penalty=0.6).signature
    assert "s3" in Decoding(sampling_temperature=0.7, seed=3).signature
