"""A student that is only decoded leaves its weights, and what would read them, where they are."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tiny_students import EN_PT, FAMILIES, make_tiny, make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.recipe import StudentSettings
from tutelage.students.causal_student import CausalStudent
from tutelage.students.chat_writer import open_writer
from tutelage.students.decoder import Decoder
from tutelage.students.engines.answers import Prompt
from tutelage.students.engines.opening import open_engine
from tutelage.students.kinds.kind import BareModel
from tutelage.students.naming import open_student
from tutelage.students.student_folder import (
    load_tokenizer,
    quiet_transformers,
    read_student,
    read_to_decode,
    with_weights,
)

TEXTS = [*sentences(12, seed=7), "", "Open {name} at 10 %"]
SHORT = Decoding(max_target_tokens=20)
CHAT = "chat"
TRANSLATING = """
import sys
from tutelage.cli.main import main
sys.argv = ["tutelage", "translate", {document!r}, "--student", {student!r}, "--source", "en", "--target", "pt-BR"]
try:
    main()
finally:
    print(*sorted({{"torch", "transformers"}} & set(sys.modules)), file=sys.stderr)
"""


@pytest.fixture(params=[*FAMILIES, CHAT])
def folder(request, tiny_student, tmp_path):
    """The folder of a student of each family."""
    return make_tiny_causal(tmp_path / CHAT).origin if request.param == CHAT else tiny_student(request.param).origin


def direction_of(folder, tiny_student):
    return tiny_student("mbart").direction if "mbart" in folder.name and "50" not in folder.name else EN_PT


def outputs(engine):
    return list(engine.translate(TEXTS, decoding=SHORT))


def test_it_encodes_as_with_its_weights(folder, tiny_student):
    direction = direction_of(folder, tiny_student)
    bare, whole = (read(folder, direction=direction) for read in (read_to_decode, read_student))
    assert isinstance(bare.model, BareModel)
    assert bare.max_tokens == whole.max_tokens
    assert bare.encode_sources(TEXTS, max_tokens=30) == whole.encode_sources(TEXTS, max_tokens=30)
    assert type(with_weights(bare).model) is type(whole.model)


def test_weights_are_read_to_convert_them_and_then_never(folder, tiny_student, tmp_path, monkeypatch):
    direction = direction_of(folder, tiny_student)
    first = outputs(open_engine(read_to_decode(folder, direction=direction), cache=tmp_path / "cache"))
    assert first == outputs(open_engine(read_student(folder, direction=direction), cache=tmp_path / "other"))
    converted = read_to_decode(folder, direction=direction)
    open_engine(converted, cache=tmp_path / "a-third")
    assert converted.model.weights is None  # the engine has its own
    again = read_to_decode(folder, direction=direction)
    monkeypatch.setattr(type(again), "load", None)
    assert outputs(open_engine(again, cache=tmp_path / "cache")) == first
    with pytest.raises(StudentError, match="cannot be loaded"):
        open_engine(again, name="transformers", cache=tmp_path / "cache")


def test_a_chat_model_that_writes_freely_leaves_its_weights_too(tmp_path, monkeypatch):
    folder = make_tiny_causal(tmp_path / CHAT).origin
    decoder = Decoder(
        folder=folder,
        direction=EN_PT,
        settings=StudentSettings(model=str(folder)),
        decoding=SHORT,
        conversions=tmp_path / "cache",
    )
    asked = [Prompt((("user", "the file opens"),))]
    first = open_writer(decoder).complete(asked, decoding=SHORT)
    monkeypatch.setattr(CausalStudent, "load", None)
    assert open_writer(decoder).complete(asked, decoding=SHORT) == first != []


def test_weights_are_read_once_for_several_directions(tiny_student):
    bare = read_to_decode(tiny_student("nllb").origin, direction=EN_PT)
    one, other = (with_weights(replace(bare, direction=direction)) for direction in (EN_PT, Direction("pt-BR", "en")))
    assert one.model is other.model
    assert with_weights(one) is one


def test_damaged_weights_are_told_when_they_are_converted(tmp_path):
    folder = make_tiny("marian", tmp_path / "student").origin
    (folder / "model.safetensors").write_bytes(b"no weights")
    for engine in ("auto", "ctranslate2"):
        with pytest.raises(StudentError, match="the student cannot be loaded"):
            open_student(str(folder), direction=EN_PT, engine=engine)


def test_the_tokenizer_is_the_one_that_transformers_chooses(folder):
    import transformers

    with quiet_transformers():
        chosen = transformers.AutoTokenizer.from_pretrained(folder)
    ours = load_tokenizer(folder)
    assert type(ours) is type(chosen)
    assert (ours.get_vocab(), ours.special_tokens_map, ours.model_max_length) == (
        chosen.get_vocab(), chosen.special_tokens_map, chosen.model_max_length,
    )  # fmt: skip
    assert ours(TEXTS).input_ids == chosen(TEXTS).input_ids


def test_translating_with_a_kept_conversion_does_without_torch(tiny_student, tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS[:3]) + "\n")
    code = TRANSLATING.format(document=str(tmp_path / "texts.txt"), student=str(tiny_student("marian").origin))
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    converting, kept = (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True) for _ in range(2)
    )
    assert "torch" in converting.stderr.splitlines()[-1]
    assert "torch" not in kept.stderr.splitlines()[-1]
    assert (kept.returncode, kept.stdout) == (converting.returncode, converting.stdout) != (1, "")
