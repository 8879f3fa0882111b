"""A kind of student from outside: a package with an entry point, trained, saved and decoded by the command."""

import json

import pytest
import torch

from outside_packages import forked_tutelage, install, write_numbered
from tiny_students import make_tiny
from tutelage.core.errors import UsageError
from tutelage.students.kinds.registry import KINDS, load_student_kind
from tutelage.students.student_folder import quiet_transformers

KINDS_FROM_OUTSIDE = '''
"""Pegasus, told the target language by its name, and a teacher that says everything louder."""

from typing import Literal

from tutelage.core.languages import language_name
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.labelling.kinds.kind import TeacherKind
from tutelage.students.student import Student


class PegasusStudent(Student):
    __slots__ = ()

    @classmethod
    def source_prefix(cls, tokenizer, direction):
        with open("asked.txt", "w") as file:
            file.write(f"{type(tokenizer).__name__} {direction}")
        return f"{language_name(direction.target)}: "


class LoudSettings(TeacherSettings):
    kind: Literal["loud"] = "loud"


class Loud:
    signature = "loud"

    def translate(self, segments, *, direction):
        for segment in segments:
            provenance = Provenance(origin="translate", parents=(segment.id,), teacher="loud")
            target = Segment(segment.id, segment.text.upper(), direction.target, segment.document, provenance)
            yield Pair(segment, target, provenance)


LOUD = TeacherKind(
    settings=LoudSettings, sign=lambda settings: "", engine=lambda settings, ledger, direction: Loud()
)
'''
RECIPE = """
name = "winged"
direction = {{ source = "en", target = "de" }}
student.model = "student"
teachers.loud = {{ kind = "loud" }}
text.pool.path = "pool.jsonl"
text.test.path = "test.jsonl"
evaluation.resamples = 100
filters.language = false
{more}
[[step]]
method = "sequence_kd"
gate = ["chrf: not worse by more than 100"]
train = {{ epochs = 1, max_updates = 2, batch_tokens = 256, precision = "float32" }}
"""


@pytest.fixture
def outside(tmp_path):
    """A function that calls the command where the package, its texts and a Pegasus are."""
    entries = {"tutelage.students": "pegasus = birds:PegasusStudent", "tutelage.teachers": "loud = birds:LOUD"}
    install(tmp_path, "birds", KINDS_FROM_OUTSIDE, entries)
    write_numbered(tmp_path, "pool", "test")
    make_pegasus(tmp_path / "student")

    def call(*arguments, more=""):
        (tmp_path / "winged.toml").write_text(RECIPE.format(more=more))
        ran = forked_tutelage(tmp_path, *arguments)
        return ran.returncode, " ".join((ran.stdout + ran.stderr).split())

    return call


def make_pegasus(folder):
    """A tiny Pegasus with a tiny BART's tokenizer."""
    import transformers

    bart = make_tiny("bart", folder)
    torch.manual_seed(1)
    config = transformers.PegasusConfig(
        vocab_size=len(bart.tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64, pad_token_id=1,
        eos_token_id=2, decoder_start_token_id=1, dropout=0.0,
    )  # fmt: skip
    with quiet_transformers():
        transformers.PegasusForConditionalGeneration(config).save_pretrained(folder)


def test_it_is_trained_saved_and_decoded(outside, tmp_path):
    code, told = outside("run", "winged.toml")
    assert code == 0, told
    assert (tmp_path / "asked.txt").read_text().endswith(" en→de")
    config = json.loads((tmp_path / "runs" / "winged" / "01-sequence_kd" / "student" / "config.json").read_text())
    assert config["model_type"] == "pegasus"


def test_what_it_cannot_do_is_told_before_it_is_loaded(outside):
    code, told = outside("check", "winged.toml", more="[retention]")
    assert code != 0
    assert "retention: the student only translates" in told


def test_what_is_registered_and_no_kind_is_refused(monkeypatch):
    monkeypatch.setattr(KINDS, "_entries", {"json": "json:dumps"})
    with pytest.raises(UsageError, match=r"'json' is registered as a kind of student and is none\. .*student\.Student"):
        load_student_kind("json")


def test_every_own_entry_is_a_kind():
    kinds = {load_student_kind(name) for name in KINDS}
    assert {kind.__name__ for kind in kinds if kind.chats} == {"CausalStudent"}
    assert len(kinds) == 6
