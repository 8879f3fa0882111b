"""A question with its answer shown: what the student before is asked while a student learns by self-distillation.

As in self-distillation fine-tuning (arXiv 2601.19897), the demonstration stands behind the question, and an answer of
the model's own is asked for; the words are ours.
"""

from __future__ import annotations

from tutelage.students.chat_format import Messages

_SHOWN = """{question}

A correct answer to this is:

{answer}

Give your own answer to it, and nothing else."""


def show_answer(conversation: Messages, answer: str) -> tuple[tuple[str, str], ...]:
    """The conversation, whose last turn is a question, with the answer shown in that turn."""
    *earlier, (role, question) = conversation
    return (*earlier, (role, _SHOWN.format(question=question, answer=answer)))
