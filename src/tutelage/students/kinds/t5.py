"""T5 and its kin, which are told the task in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.languages import NAMES, Direction, base_language, language_name
from tutelage.students.states import DecoderOutput, without_adapter
from tutelage.students.student import Student

if TYPE_CHECKING:
    from torch import Tensor


class T5Student(Student):
    """T5, mT5 and UMT5."""

    __slots__ = ()

    @classmethod
    def asking_problem(cls, _folder: Path, _instruction: str | None = None) -> None:
        """None: every language has a name."""

    @classmethod
    def source_prefix(cls, _tokenizer: Any, direction: Direction) -> str:
        """The task's prefix."""
        if direction.is_paraphrase:
            return "paraphrase: "
        sides = (direction.source, direction.target)  # T5 was taught languages, hardly their regions
        source, target = (
            language_name(code) if code in NAMES else language_name(base_language(code)) for code in sides
        )
        return f"translate {source} to {target}: "

    @property
    def says_direction(self) -> bool:
        """Always."""
        return True

    @classmethod
    def decoder_states(cls, model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
        """T5 has no inner model without the output projection."""
        inner = without_adapter(model)
        encoded = inner.encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
        decoded = inner.decoder(
            input_ids=batch["decoder_input_ids"],
            encoder_hidden_states=encoded.last_hidden_state,
            encoder_attention_mask=batch["attention_mask"],
        )
        states: Tensor = decoded.last_hidden_state
        if getattr(inner.config, "scale_decoder_outputs", False):  # mT5 and UMT5 have no such key and never scale
            states = states * inner.model_dim**-0.5
        return DecoderOutput(states, inner.lm_head.weight, None)
