"""A teacher that knows the answers: plays every role of patching by an answer key.

    with ScriptedLlm(KeyedTeacher(read_key(path))) as llm:
        teacher = llm.teacher()

Translations are the key's references, feedback compares with them, contexts are sentences of the key that hold the
word, analogies are other words of its list. What the key does not know is translated word by word, judged right, and
given no contexts.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from scripted.answer_key import AnswerKey, KeyWord
from scripted.correcting import correct
from scripted.key_lookup import KeyLookup, holds
from scripted.questions import Question, read_question
from tutelage.teachers.comparing.agreement import measure_agreement

MARGIN = 0.01
"""Of chrF (0 to 1): candidates closer together than this are as good as one another."""
SENTENCE_CHARACTERS = 140
"""The longest sentence that the role contexts takes where it asks for sentences alone."""
SENTENCES = 50
"""Looked at for short ones."""
NEAREST = 3
"""Analogies are drawn from so many times as many as are wanted, the nearest ones."""


class KeyedTeacher:
    """Answers requests; to be given to `ScriptedLlm` as its script."""

    def __init__(self, key: AnswerKey, *, right_from: float = 1.0) -> None:
        """A hypothesis that agrees with its reference by `right_from` (chrF, 0 to 1) or more is judged right."""
        self.lookup, self._right_from = KeyLookup(key), right_from
        self.asked: Counter[str] = Counter()
        """Questions answered, by role."""
        self._roles: dict[str, Callable[[Question], dict[str, Any] | str]] = {
            "translate": self._translate,
            "translate many": self._translate_many,
            "edit": self._edit,
            "feedback": self._feedback,
            "analyse": self._analyse,
            "contexts": self._contexts,
            "sentences": self._sentences,
            "analogies": self._analogies,
            "judge": self._judge,
        }

    def __call__(self, messages: list[dict[str, str]]) -> str:
        """The answer to messages that describe the schema themselves."""
        return self.answer_request({"messages": messages})

    def answer_request(self, body: dict[str, Any]) -> str:
        """The answer, as JSON where the role has a schema; a refusal in prose where no role is asked."""
        question = read_question(body)
        if question.role not in self._roles:
            return "I know nothing of that."
        self.asked[question.role] += 1
        answer = self._roles[question.role](question)
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)

    def _translate(self, question: Question) -> dict[str, Any]:
        return {"translation": self.lookup.translate(question.part("source"))}

    def _translate_many(self, question: Question) -> str:
        lines = (re.fullmatch(r"(\d+\. )(.*)", line) for line in question.part("source").splitlines())
        return "\n".join(line[1] + self.lookup.translate(line[2]) for line in lines if line)

    def _edit(self, question: Question) -> str:
        pair = self.lookup.reference(question.part("source"))
        return question.part("hypothesis") if pair is None else pair.target

    def _feedback(self, question: Question) -> dict[str, Any]:
        source, hypothesis = question.part("source"), question.part("hypothesis")
        pair = self.lookup.reference(source)
        correction = correct(
            hypothesis,
            hypothesis if pair is None else pair.target,
            source=source,
            source_lang=self.lookup.key.source_lang,
            target_lang=self.lookup.key.target_lang,
            aligner=self.lookup.aligner,
            right_from=self._right_from,
        )
        errors = [asdict(error) for error in correction.errors]
        return {"errors": errors, "has_error": bool(errors), "post_edit": correction.post_edit}

    def _analyse(self, question: Question) -> dict[str, Any]:
        source = question.part("source")
        pair = self.lookup.reference(source)
        topic = pair.topic if pair is not None else ""
        usable = topic and not holds(source, topic)
        return {"domain": self.lookup.key.domain, "topic": topic if usable else "general use", "style": _style(source)}

    def _contexts(self, question: Question) -> dict[str, Any]:
        source, target = question.part("word"), question.part("translation")
        pairs = self.lookup.contexts(source, target, count=question.count, draw=_draw(question, source))
        return {"pairs": [{"source": pair.source, "target": pair.target} for pair in pairs]}

    def _sentences(self, question: Question) -> dict[str, Any]:
        source = question.part("word")
        entry = self.lookup.word(source)
        target = entry.target if entry is not None else ""
        pairs = self.lookup.contexts(source, target, count=SENTENCES, draw=_draw(question, source))
        short = [pair.source for pair in pairs if len(pair.source) <= SENTENCE_CHARACTERS]
        return {"sentences": short[: question.count]}

    def _analogies(self, question: Question) -> dict[str, Any]:
        source = question.part("word")
        draw, sentence = _draw(question, source), question.part("source")
        new = [word for word in self.lookup.same_category(source) if not holds(sentence, word.source)]
        alike = _choose(new, question.count, draw)
        known = {source.casefold(), *(word.source.casefold() for word in alike)}
        beside = [word for word in self.lookup.related(source) if word.source.casefold() not in known]
        beside = [word for word in beside if not holds(sentence, word.source)]
        return {
            "same_category": [_word_pair(word) for word in alike],
            "same_semantics": [_word_pair(word) for word in _choose(beside, question.count, draw)],
        }

    def _judge(self, question: Question) -> dict[str, Any]:
        reference = self.lookup.translate(question.part("source"))
        first, second = (measure_agreement(question.part(name), reference) for name in ("first", "second"))
        if abs(first - second) < MARGIN:
            return {"winner": "tie", "reason": "Both say the same."}
        winner, better = ("A", "first") if first > second else ("B", "second")
        return {"winner": winner, "reason": f"The {better} says what the source says."}


def _style(source: str) -> str:
    length = "short" if len(source.split()) < 10 else "long"
    return f"{length} question" if source.rstrip().endswith("?") else f"{length} and factual"


def _draw(question: Question, word: str) -> random.Random:
    return random.Random(f"{question.seed}:{question.role}:{word}")


def _choose(words: list[KeyWord], count: int, draw: random.Random) -> list[KeyWord]:
    nearest = words[: NEAREST * count]
    return draw.sample(nearest, min(count, len(nearest)))


def _word_pair(word: KeyWord) -> dict[str, str]:
    return {"source": word.source, "target": word.target}
