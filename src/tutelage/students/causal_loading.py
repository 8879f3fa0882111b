"""Loading of causal students: model, tokenizer, chat format and instruction out of one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tutelage.core.languages import Direction
from tutelage.students.causal_student import CausalStudent
from tutelage.students.chat_format import read_chat_format, set_padding
from tutelage.students.instructions import read_instruction
from tutelage.students.shots import read_shots


def load_causal_model(folder: Path, transformers: Any) -> Any:
    """The model in float32, only from safetensors, ready to decode."""
    import torch

    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    return model.eval()


def make_causal_student(model: Any, tokenizer: Any, *, direction: Direction, folder: Path) -> CausalStudent:
    """The student with its own instruction and demonstrations.

    StudentError for a model that is no chat model, and for an instruction or demonstrations that cannot be used.
    """
    set_padding(tokenizer)
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    chat_format = read_chat_format(tokenizer, model, where=str(folder))
    student = CausalStudent(
        model, tokenizer, direction, folder, read_instruction(folder, direction=direction), chat_format
    )
    return student.with_shots(read_shots(folder))
