"""A causal student: a chat model with its tokenizer, asked to translate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.records import Example
from tutelage.core.registry import Registry
from tutelage.core.training import EncodedExample, EncodedSample
from tutelage.students.chat_format import (
    ChatFormat,
    Messages,
    read_chat_format,
    render_prompt,
    set_padding,
    special_texts,
)
from tutelage.students.demonstration import show_answer
from tutelage.students.directions import refuse_other_directions
from tutelage.students.extraction import SEPARATOR
from tutelage.students.instructions import (
    FILE,
    SHIPPED,
    names_source,
    names_target,
    read_instruction,
    render_instruction,
)
from tutelage.students.kinds.kind import AnyStudent, BareModel
from tutelage.students.shots import NO_SHOTS, Shot, Shots, read_shots, write_shots
from tutelage.students.states import DecoderOutput, causal_states, check_trainable

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 1024
"""Tokens of a source where the model would take more."""


ENGINES = Registry(
    "decoding engine of causal students",
    {
        "ctranslate2": "tutelage.students.engines.causal_engine:open_with_ctranslate2",
        "llama.cpp": "tutelage.students.engines.llama_cpp_causal:open_with_llama_cpp",
        "transformers": "tutelage.students.engines.contrastive_causal:open_with_transformers",
        "vllm": "tutelage.students.engines.vllm_causal:open_with_vllm",
    },
)


@dataclass(frozen=True, slots=True)
class CausalStudent(AnyStudent):
    """A decoder-only chat model.

    Prompt and response are tokenised apart, since a token that spans both would be masked or mismatched.
    """

    chats = packed = low_precision = True
    adapter_task = "CAUSAL_LM"
    engines = ENGINES

    instruction: str
    """Template of the user's turn."""
    format: ChatFormat
    shots: Shots = NO_SHOTS
    """Demonstrations that stand before a text."""

    @classmethod
    def load(cls, folder: Path, *, direction: Direction) -> Self:
        """The student with its own instruction and demonstrations.

        StudentError for a model that is no chat model, and for an instruction or demonstrations that cannot be used.
        """
        import torch
        import transformers

        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
        return cls._around(model.eval(), folder, direction)

    @classmethod
    def load_bare(cls, folder: Path, *, direction: Direction) -> Self:
        """The student without its weights."""
        return cls._around(BareModel.read(folder), folder, direction)

    @classmethod
    def _around(cls, model: Any, folder: Path, direction: Direction) -> Self:
        tokenizer = cls.load_tokenizer(folder)
        set_padding(tokenizer)
        if model.config.pad_token_id is None:
            model.config.pad_token_id = tokenizer.pad_token_id
        instruction = read_instruction(folder, direction=direction)
        chat_format = read_chat_format(tokenizer, model, where=str(folder))
        student = cls(model, tokenizer, direction, folder, instruction, chat_format)
        return student.with_shots(read_shots(folder))

    @classmethod
    def asking_problem(cls, folder: Path, instruction: str | None = None) -> str | None:
        """That its instruction names no language."""
        if names_target(instruction or read_instruction(folder)):
            return None
        return "its instruction does not name {target_language}, so every direction would be asked alike."

    @classmethod
    def says_source(cls, folder: Path) -> bool:
        """If its instruction names the source's language."""
        return names_source(read_instruction(folder))

    @classmethod
    def signed_beside(cls, folder: Path) -> tuple[str, ...]:
        """The shipped instruction, if the folder has none."""
        return () if (folder / FILE).is_file() else (SHIPPED,)

    @classmethod
    def states(cls, model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
        """Of packed rows, whose labels stand where they are predicted from."""
        return causal_states(model, batch["input_ids"], batch["position_ids"])

    def require_trainable(self) -> None:
        """StudentError if packed rows do not give the model's own logits."""
        check_trainable(self.model)

    def save_tokenizer(self, folder: Path) -> None:
        """With chat template, instruction and demonstrations."""
        self.tokenizer.save_pretrained(folder)
        (folder / FILE).write_text(self.instruction + "\n", encoding="utf-8")
        write_shots(self.shots, folder)

    def encode_sources(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Prompt ids that ask for a translation of each text; a text of more than `max_tokens` tokens is cut.

        `direction` is the one asked for; `None` means the student's own.
        """
        cut = self._cut(texts, min(max_tokens, self.max_tokens))
        return self.encode_conversations([self.conversation(text, direction, translating=True) for text in cut])

    def count_tokens(self, text: str) -> int:
        """Tokens of a source, uncut, without what asks for its translation."""
        return len(self._encode_data([text])[0])

    def encode_targets(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Response ids with the end of the turn; a longer one is cut and has no end, which would be a lie."""
        return [_ended(ids, self.format.end_id, limit=max_tokens) for ids in self._encode_data(texts)]

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Each example asked for its own direction and, with `conflicts`, also for the wrong one that it names.

        The conflicting sample has no rationale: it is the translation that must not come. StudentError for a prompt
        that leaves no room for its response, and for a direction that the instruction does not name.
        """
        self._check_directions(examples, conflicts=conflicts)
        texts = list(self._cut([one.source for one in examples], max_source_tokens))
        wrong = [one.conflict_direction if conflicts else None for one in examples]
        prompts = self.encode_conversations(
            [one.messages or self.conversation(text, one.direction) for one, text in zip(examples, texts, strict=True)]
        )
        wrong_prompts = iter(
            self.encode_conversations(
                [self.conversation(text, asked) for text, asked in zip(texts, wrong, strict=True) if asked]
            )
        )
        encoded = []
        for one, prompt, response, asked in zip(examples, prompts, self._responses(examples), wrong, strict=True):
            true, conflict = self._sample(one, prompt, response, limit=max_target_tokens), None
            if asked is not None:
                without = _Response(response.target, response.target)
                conflict = self._sample(one, next(wrong_prompts), without, limit=max_target_tokens)
            encoded.append(EncodedExample(true, conflict))
        return encoded

    def demonstrated(self, example: Example) -> Example:
        """The same example, asked with its target shown."""
        asked = example.messages or self.conversation(
            next(self._cut([example.source], self.max_tokens)), example.direction
        )
        return replace(example, messages=show_answer(asked, example.target), rationale=None, conflict=None)

    def conversation(self, text: str, direction: Direction | None = None, *, translating: bool = False) -> Messages:
        """The conversation that asks for a translation of the text; no direction is the student's own.

        Demonstrations stand before it as earlier turns when the student is `translating`, or always where it is
        trained with them.
        """
        asked = direction or self.direction
        shown = self.shots.choose(asked, text=text) if translating or self.shots.in_training else ()
        earlier = [turn for shot in shown for turn in (self._question(shot.source, asked), ("assistant", shot.target))]
        return (*earlier, self._question(text, asked))

    def _question(self, text: str, direction: Direction) -> tuple[str, str]:
        return "user", render_instruction(self.instruction, text, direction=direction)

    def encode_conversations(self, conversations: Sequence[Messages]) -> list[list[int]]:
        """Ids of each conversation up to where the assistant begins; no content can forge a control token."""
        special = special_texts(self.tokenizer)
        plain = [not any(token in content for _, content in turns for token in special) for turns in conversations]
        texts = [render_prompt(self.tokenizer, turns) for turns, safe in zip(conversations, plain, strict=True) if safe]
        encoded = iter(self._encode(texts))
        return [
            next(encoded) if safe else self._encode_guarded(turns)
            for turns, safe in zip(conversations, plain, strict=True)
        ]

    def encode_answer_start(self, text: str) -> list[int]:
        """Ids of a beginning that is put into the assistant's mouth."""
        return self._encode_data([text])[0] if text else []

    def decode_answer(self, ids: Sequence[int]) -> str:
        """Text of decoded ids up to the first end, without control tokens."""
        ends = [position for position, token in enumerate(ids) if token in self.format.stop_ids]
        text: str = self.tokenizer.decode(ids[: ends[0]] if ends else ids, skip_special_tokens=True)
        return text

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and response together that the model's positions and tokenizer allow."""
        positions = getattr(self.model.config, "max_position_embeddings", None) or 2 * LONGEST
        return int(min(positions, self.tokenizer.model_max_length))

    @property
    def max_tokens(self) -> int:
        """Tokens that a source can have at most, with as much room for its translation."""
        directions = dict.fromkeys((self.direction, *self.shots.by_direction))  # a contrast asks for others too
        asked = self.encode_conversations([self.conversation("", one, translating=True) for one in directions])
        return max(1, min(LONGEST, (self.context_tokens - max(map(len, asked))) // 2))

    def with_shots(self, shots: Shots) -> Self:
        """The same student with those demonstrations that fit into half of what it reads."""

        def measure(direction: Direction, shot: Shot) -> int:
            shown = replace(bare, shots=Shots(1, {direction: (shot,)}))
            asked = [one.conversation("", direction, translating=True) for one in (bare, shown)]
            without, whole = map(len, self.encode_conversations(asked))
            return whole - without

        bare = replace(self, shots=NO_SHOTS)
        return replace(self, shots=shots.fitted(limit=self.context_tokens // 2, measure=measure))

    def _responses(self, examples: Sequence[Example]) -> Iterator[_Response]:
        """Ids of the target and of the rationale.

        Target and separator are encoded together, as they were when the rationale was elicited: `.` and a blank line
        may be one token.
        """
        rationales = iter(self._encode_data([one.rationale for one in examples if one.rationale]))
        begun = iter(self._encode_data([one.target + SEPARATOR for one in examples if one.rationale]))
        for example, target in zip(examples, self._encode_data([one.target for one in examples]), strict=True):
            yield _Response(target, next(begun), next(rationales)) if example.rationale else _Response(target, target)

    def _sample(self, example: Example, prompt: list[int], response: _Response, *, limit: int) -> EncodedSample:
        """The separator counts to the target, which it ends; the end of the turn to what it stands behind."""
        limit = min(limit, self._room(example, prompt))
        answer, rationale = response.begun, response.rationale
        whole = [*answer, *rationale]
        ids = whole[:limit] if example.cut else _ended(whole, self.format.end_id, limit=limit)
        if not rationale:
            return EncodedSample(prompt, ids)
        return EncodedSample(
            prompt,
            ids,
            rationale_tokens=max(0, len(ids) - len(answer)),
            separator=range(len(answer) - self._separator_tokens(answer), len(answer)),
            alone=tuple(_ended(response.target, self.format.end_id, limit=limit)),
        )

    def _separator_tokens(self, begun: Sequence[int]) -> int:
        """How many tokens at the end of a target hold its separator; the first may hold the target's end, too."""
        longer = (count for count in range(1, len(begun)) if SEPARATOR in self.tokenizer.decode(begun[-count:]))
        return next(longer, len(begun))

    def _check_directions(self, examples: Sequence[Example], *, conflicts: bool) -> None:
        for example in examples:
            if conflicts and example.conflict is not None and example.messages:
                raise StudentError(
                    f"example '{example.id}' is a conversation, which cannot be asked for another direction.",
                    where="student",
                    fix="Leave out its conflict.",
                )
        if not names_target(self.instruction):
            asking = [one for one in examples if not one.messages]
            refuse_other_directions(asking, own=self.direction, conflicts=conflicts)

    def _room(self, example: Example, prompt: list[int]) -> int:
        room = self.context_tokens - len(prompt)
        if room < 1:
            raise StudentError(
                f"the prompt of example '{example.id}' has {len(prompt)} tokens, and the student reads at most "
                f"{self.context_tokens}.",
                where="student",
                fix="Shorten it, or lower train.max_source_tokens.",
            )
        return room

    def _cut(self, texts: Sequence[str], max_tokens: int) -> Iterator[str]:
        for text in texts:
            # no token is shorter than a byte
            yield text if len(text.encode()) <= max_tokens else self._cut_one(text, max_tokens)

    def _cut_one(self, text: str, max_tokens: int) -> str:
        ids = self._encode_data([text])[0]
        if len(ids) <= max_tokens:
            return text
        shorter: str = self.tokenizer.decode(ids[:max_tokens])
        return shorter.rstrip("\ufffd")

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids as the text stands; the template has written whatever control tokens there must be."""
        ids: list[list[int]] = self.tokenizer(list(texts), add_special_tokens=False).input_ids if texts else []
        return ids

    def _encode_data(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of text in which control tokens are only text."""
        if not texts:
            return []
        ids: list[list[int]] = self.tokenizer(
            list(texts), add_special_tokens=False, split_special_tokens=True
        ).input_ids
        return ids

    def _encode_guarded(self, conversation: Messages) -> list[int]:
        """The template's own text and the contents, each encoded by its rule."""
        marks = [f"[[content {number}]]" for number in range(len(conversation))]
        turns = [(role, mark) for (role, _), mark in zip(conversation, marks, strict=True)]
        rest, ids = render_prompt(self.tokenizer, turns), list[int]()
        for mark, (_, content) in zip(marks, conversation, strict=True):
            before, found, behind = rest.partition(mark)
            if found:  # some templates leave out a system turn
                ids += self._encode([before])[0] + self._encode_data([content])[0]
                rest = behind
        return ids + self._encode([rest])[0]


@dataclass(frozen=True, slots=True)
class _Response:
    """Token ids of a response's parts."""

    target: list[int]
    begun: list[int]
    """The target with the separator behind it; the target alone without a rationale."""
    rationale: list[int] = field(default_factory=list)


def _ended(ids: list[int], end_id: int, *, limit: int) -> list[int]:
    return [*ids, end_id] if len(ids) < limit else ids[:limit]
