"""Every role's answer is asked for in the order in which its fields are declared, with reasons before verdicts.

Servers that hold a model to a schema make it write in the schema's order, so that order decides whether a verdict
follows from the reasons or the reasons excuse the verdict.
"""

import importlib
import json
import pkgutil
from dataclasses import dataclass

import pytest
from pydantic import BaseModel, create_model

import tutelage
from scripted.loopback import LoopbackServer
from scripted.wire import Completion, json_reply
from tutelage.core.records import Segment
from tutelage.storage.ledger import Ledger
from tutelage.teachers.batches.files import render_batch
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.completions import request_body
from tutelage.teachers.calling.conversation import first_request
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.dialects import Dialect
from tutelage.teachers.messages import Message
from tutelage.teachers.plain_text import PlainText

REASONS_THEN_VERDICTS = [
    ("source_quote", "explanation"),
    ("target_quote", "explanation"),
    ("explanation", "category"),
    ("category", "severity"),
    ("severity", "correction"),
    ("errors", "has_error"),
    ("has_error", "post_edit"),
    ("reason", "winner"),
    *(("explanation", rating) for rating in ("meaning", "fluency", "lexical_change", "syntactic_change")),
]
PLAIN = {"translation", "rationale", "paraphrases", "sentences", "pairs", "same_category", "same_semantics"}
PLAIN |= {"number", "source", "target", "domain", "topic", "style"}
"""Fields that are neither the reason nor the consequence of another."""


def all_roles():
    """Every class of the package that renders questions for a schema; of those answered in plain text none is told."""
    found = {}
    for module in pkgutil.walk_packages(tutelage.__path__, "tutelage."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            schema = getattr(value, "schema", None)
            is_role = isinstance(value, type) and isinstance(schema, type) and issubclass(schema, BaseModel)
            if is_role and not issubclass(schema, PlainText):
                found[value.__qualname__] = value
    return found


ROLES = all_roles()


@dataclass
class Asked:
    """Any role, asked about nothing in particular: what counts here is the schema that goes out."""

    schema: type
    name, prompt_version, temperature, max_tokens = "any", "any-1", 0.0, 50

    def render(self, item):
        return [Message("user", item.text)]

    def verify(self, item, answer):
        return None


class RawServer:
    """Keeps the bodies of requests as they came; refuses structured output if `structured` is false."""

    def __init__(self, structured=True):
        self.bodies, self._structured = [], structured

    def __enter__(self):
        self._server = LoopbackServer(self._handle)
        self._server.start()
        return self

    def __exit__(self, *exception):
        self._server.stop()

    def teacher(self, **settings):
        url = f"http://127.0.0.1:{self._server.port}/v1"
        return ChatTeacher(ChatSettings(base_url=url, model="m", first_pause_seconds=0.01, **settings))

    async def _handle(self, request):
        self.bodies.append(request.body)
        if not self._structured and b"response_format" in request.body:
            return json_reply({"error": {"message": "response_format is not supported"}}, status=400)
        return json_reply(Completion("m", "no object").as_json())


def declared(schema):
    """The schema as bytes, in the order of its declaration."""
    return json.dumps(schema.model_json_schema(), ensure_ascii=False, separators=(",", ":")).encode()


def ask_once(server, schema, folder, **settings):
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        list(ask(Asked(schema), [Segment("1", "a", "en")], teacher=server.teacher(**settings), ledger=ledger))


def all_fields(schema):
    """Names of all properties in the order in which an answer has them, those of parts where the part stands."""
    definitions = schema.get("$defs", {})

    def walk(node):
        if "$ref" in node:
            yield from walk(definitions[node["$ref"].rsplit("/", 1)[-1]])
        for name, part in node.get("properties", {}).items():
            yield from walk(part)
            yield name
        if "items" in node:
            yield from walk(node["items"])

    return list(walk(schema))


def test_all_roles_are_found():
    expected = {
        *("GiveFeedback", "Analyse", "WritePairs", "WriteSentences", "NameAnalogies", "Judge", "RateText"),
        *("TranslateRole", "WriteParaphrases", "WriteRationale"),
    }
    assert expected <= set(ROLES)


@pytest.mark.parametrize("name", ROLES)
def test_schema_arrives_in_the_declared_order(name, tmp_path):
    schema = ROLES[name].schema
    with RawServer() as server:
        ask_once(server, schema, tmp_path)
        assert b'"schema":' + declared(schema) in server.bodies[0]
    with RawServer(structured=False) as server:
        ask_once(server, schema, tmp_path / "told", structured=False)
        told = json.loads(server.bodies[0])["messages"][-1]["content"]
    assert declared(schema).decode() in told


@pytest.mark.parametrize("name", ROLES)
def test_reasons_come_before_verdicts(name):
    fields = all_fields(json.loads(declared(ROLES[name].schema)))
    known = {field for pair in REASONS_THEN_VERDICTS for field in pair} | PLAIN
    assert set(fields) <= known, "a new field: say in this test whether it is a reason or a verdict"
    for reason, verdict in REASONS_THEN_VERDICTS:
        if reason in fields and verdict in fields:
            assert fields.index(reason) < fields.index(verdict)


@pytest.mark.parametrize("name", ROLES)
def test_batches_hold_the_declared_order(name):
    schema = ROLES[name].schema
    request = first_request(
        Asked(schema),
        Segment("1", "a", "en"),
        settings=ChatSettings(base_url="http://127.0.0.1:9/v1", model="m"),
        seed=0,
    )
    line = json.loads(render_batch({"k": request_body(request, dialect=Dialect(stream="none"))}))
    sent = line["body"]["response_format"]["json_schema"]["schema"]
    assert json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode() == declared(schema)


def test_another_order_is_another_question():
    straight = create_model("Answer", why=(str, ...), what=(str, ...))
    turned = create_model("Answer", what=(str, ...), why=(str, ...))
    keys = {
        first_request(
            Asked(one),
            Segment("1", "a", "en"),
            settings=ChatSettings(base_url="http://127.0.0.1:9/v1", model="m"),
            seed=0,
        ).key
        for one in (straight, turned)
    }
    assert len(keys) == 2
