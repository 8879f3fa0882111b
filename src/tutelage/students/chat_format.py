"""How a chat model writes its turns: its template, the token that ends a turn, and where decoding stops."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import StudentError
from tutelage.students.extraction import SEPARATOR

Messages = Sequence[tuple[str, str]]
"""(role, content) of each turn."""

SETTINGS = {"date_string": "26 Jul 2024", "enable_thinking": False}
"""Given to every template: a fixed date where it names one (Llama 3's own default), no thoughts aloud (Qwen 3)."""
NO_TEMPLATE = "Take its instruction-tuned form, or put a template of your own into its folder as chat_template.jinja."
_BEFORE, _AFTER = "alpha beta", "gamma delta"


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """The tokens that end things."""

    end_id: int
    """Ends the assistant's turn; trained behind every whole response."""
    stop_ids: tuple[int, ...]
    """Where decoding stops: the end of the turn, and whatever else the model knows as an end."""


def read_chat_format(tokenizer: Any, model: Any, *, where: str) -> ChatFormat:
    """The format of a chat model; StudentError if it has no template, or one that eats the separator."""
    if not tokenizer.chat_template:
        raise StudentError(
            "this model has no chat template, so it is not known how it is asked.",
            where=where,
            fix=NO_TEMPLATE,
        )
    _check_separator(tokenizer, where=where)
    end_id = _end_of_turn(tokenizer)
    if end_id is None:
        raise StudentError(
            "this model has no end-of-sequence token, so its answers would not end.",
            where=where,
            fix="Name one in its tokenizer_config.json as eos_token.",
        )
    own = _as_list(model.config.eos_token_id) + _as_list(model.generation_config.eos_token_id)
    stops = dict.fromkeys([end_id, *own, *_as_list(tokenizer.eos_token_id)])
    return ChatFormat(end_id, tuple(stops))


def has_chat_template(folder: Path) -> bool:
    """Whether a model's folder brings a chat template, seen without loading anything."""
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and bool(config.get("chat_template"))


def render_prompt(tokenizer: Any, messages: Messages) -> str:
    """The conversation up to where the assistant begins to write."""
    return _render(tokenizer, messages, add_generation_prompt=True)


def set_padding(tokenizer: Any) -> None:
    """Pad with end-of-sequence if the tokenizer has no padding token.

    That is safe here: what is padding is told by masks and positions, never by the token.
    """
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token


def special_texts(tokenizer: Any) -> tuple[str, ...]:
    """The texts that the tokenizer reads as control tokens."""
    return tuple({str(token) for token in tokenizer.get_added_vocab()} | set(map(str, tokenizer.all_special_tokens)))


def _render(tokenizer: Any, messages: Messages, *, add_generation_prompt: bool) -> str:
    import jinja2

    turns = [{"role": role, "content": content} for role, content in messages]
    try:
        rendered: str = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=add_generation_prompt, **SETTINGS
        )
    except jinja2.TemplateError as error:
        roles = ", ".join(role for role, _ in messages)
        raise StudentError(
            f"the chat template refuses a conversation of {roles}: {error}.",
            where="student",
            fix="Many templates know no system turn, or want user and assistant in turn.",
        ) from error
    return rendered


def _end_of_turn(tokenizer: Any) -> int | None:
    """The control token that the template writes behind an assistant's turn, or else end-of-sequence."""
    whole = _render(tokenizer, [("user", "a"), ("assistant", _AFTER)], add_generation_prompt=False)
    behind = whole.rpartition(_AFTER)[2].lstrip()
    if behind:
        first = tokenizer(behind, add_special_tokens=False).input_ids[0]
        if tokenizer.decode([first]) in special_texts(tokenizer):
            return int(first)
    return None if tokenizer.eos_token_id is None else int(tokenizer.eos_token_id)


def _check_separator(tokenizer: Any, *, where: str) -> None:
    """The blank line between answer and rationale must come through the template and the tokenizer."""
    text = f"{_BEFORE}{SEPARATOR}{_AFTER}"
    rendered = _render(tokenizer, [("user", "a"), ("assistant", text)], add_generation_prompt=False)
    through = tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids)
    culprit = "chat template" if text not in rendered else "tokenizer" if SEPARATOR not in through else ""
    if culprit:
        raise StudentError(
            f"the {culprit} eats the blank line that separates a translation from what follows it, so translations "
            "could not be told from the rest.",
            where=where,
            fix="Give a template that writes the assistant's content unchanged."
            if culprit == "chat template"
            else "Take a model whose tokenizer keeps line breaks.",
        )


def _as_list(ids: Any) -> list[int]:
    if ids is None:
        return []
    return list(ids) if isinstance(ids, list | tuple) else [int(ids)]
