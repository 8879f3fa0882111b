import json
import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from pydantic import BaseModel, Field

from tutelage.core.errors import TeacherError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.messages import Message
from tutelage.teachers.role import Answered
from tutelage.teachers.servers.llama import LlamaServer


class Sentence(BaseModel):
    sentence: str = Field(max_length=80)


class WriteRole:
    name, prompt_version, schema, temperature, max_tokens = "contexts", "1", Sentence, 0.7, 64

    def render(self, item):
        return [Message("user", f'Write one short sentence with the word "{item.text}".')]

    def verify(self, item, answer):
        return None if answer.sentence.strip() else "empty"


def test_embedded_model_answers_in_the_schema_and_is_torn_down(tmp_path):
    words = [Segment(word, word, "en") for word in ("kernel", "printer")]
    with LlamaServer(slots=2, context_tokens=256) as teacher, Ledger.open(tmp_path / "l") as ledger:
        outcomes = list(ask(WriteRole(), words, teacher=teacher, ledger=ledger, seed=3))
        [spend] = ledger.spend()
        address = urlsplit(teacher.settings.base_url)
    assert {outcome.item_id for outcome in outcomes if isinstance(outcome, Answered)} == {"kernel", "printer"}
    assert spend.calls >= 2
    assert spend.output_tokens > 4
    assert spend.cost == 0.0
    assert address.hostname == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=5)


def test_what_questions_begin_with_is_computed_once():
    """Instruction first, text last: the server takes the common part of a prompt from its cache."""
    role, segments = TranslateRole(Direction("en", "pt-BR")), [Segment(str(n), f"Order {n}.", "en") for n in range(2)]
    with LlamaServer(slots=1, context_tokens=512) as teacher:
        usages = [usage_of(teacher.settings.base_url, role.render(segment)) for segment in segments]
    first, second = (usage["prompt_tokens_details"]["cached_tokens"] / usage["prompt_tokens"] for usage in usages)
    assert first == 0 and second > 0.6


def usage_of(url, messages):
    turns = [{"role": one.role, "content": one.content} for one in messages]
    body = json.dumps({"messages": turns, "max_tokens": 1}).encode()
    with urlopen(Request(f"{url}/chat/completions", body, {"Content-Type": "application/json"})) as reply:
        return json.load(reply)["usage"]


def test_missing_and_broken_files_are_named(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no GGUF file"):
        LlamaServer(tmp_path / "none.gguf")
    monkeypatch.setenv("HOME", str(tmp_path))  # the check of a recipe takes such a path too
    with pytest.raises(UsageError, match=f"no GGUF file '{tmp_path}/none.gguf'"):
        LlamaServer(Path("~/none.gguf"))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    with pytest.raises(TeacherError, match="cannot load"):
        LlamaServer(broken).start()
