"""The toy domain for the scripted teacher that plays every role: an answer key made of it, and how it misbehaves."""

import json

from answer_key import EUROPEAN, NOUNS, VERBS, translate
from scripted.answer_key import AnswerKey, KeyPair, KeyWord
from scripted.keyed_teacher import KeyedTeacher


def sources(path):
    return [json.loads(line)["source"] for line in path.read_text("utf-8").splitlines()]


def keyed_teacher(domain, *, translation=translate):
    """A teacher that knows the pool, the sentences, and the words of the domain."""
    nouns = [KeyWord(source, target, "things", related=tuple(VERBS)) for source, target in NOUNS.items()]
    verbs = [KeyWord(source, target, "orders") for source, target in VERBS.items()]
    key = AnswerKey(
        "en",
        "pt-BR",
        references=tuple(KeyPair(text, translation(text), "work") for text in sources(domain / "pool.jsonl")),
        sentences=tuple(KeyPair(text, translation(text)) for text in sources(domain / "sentences.jsonl")),
        words=(*nouns, *verbs),
    )
    return KeyedTeacher(key)


def doubting_translation(text):
    """As the domain translates, but for one word that it leaves European."""
    return translate(text).replace("arquivo", EUROPEAN["arquivo"])


class ManyTeachers:
    """A script that answers as the model that was asked; the pool's unreadable segment is unreadable to all."""

    def __init__(self, unreadable, **teachers):
        self.unreadable, self.teachers = unreadable, teachers

    def answer_request(self, body):
        if any(self.unreadable in message["content"] for message in body["messages"]):
            return "I would rather not say."
        return self.teachers[body["model"]].answer_request(body)

    def __call__(self, messages):
        raise AssertionError("only whole requests are answered")
