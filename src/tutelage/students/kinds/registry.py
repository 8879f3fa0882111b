"""The kinds of students by the model types they load: a new one is a line here, or an entry point outside."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.registry import Registry
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.model_folder import read_config

ENCODER_DECODERS = {
    "bart": "tutelage.students.student:Student",
    "m2m_100": "tutelage.students.kinds.language_tokens:M2mStudent",
    "marian": "tutelage.students.kinds.marian:MarianStudent",
    "mbart": "tutelage.students.kinds.language_tokens:MbartStudent",
    "mt5": "tutelage.students.kinds.t5:T5Student",
    "nllb-moe": "tutelage.students.kinds.language_tokens:M2mStudent",
    "t5": "tutelage.students.kinds.t5:T5Student",
    "umt5": "tutelage.students.kinds.t5:T5Student",
}
DECODERS = (
    "llama", "mistral", "mixtral", "ministral", "qwen2", "qwen3", "qwen2_moe", "qwen3_moe", "smollm3", "olmo",
    "olmo2", "olmo3", "granite", "phi", "phi3", "gemma", "gemma2", "gemma3_text", "stablelm", "gpt2", "gpt_neox",
    "falcon", "bloom", "opt", "cohere", "cohere2", "starcoder2", "internlm2", "exaone4", "helium", "apertus",
)  # fmt: skip
"""Those whose logits are more than a projection can be decoded, not trained."""
KINDS = Registry(
    "kind of student",
    ENCODER_DECODERS | dict.fromkeys(DECODERS, "tutelage.students.causal_student:CausalStudent"),
    group="tutelage.students",
)
"""By `model_type` of the config."""


def student_kind(folder: Path) -> type[AnyStudent]:
    """The kind of the student in a folder, told by its config; StudentError for a model that cannot be one."""
    return load_student_kind(str(read_config(folder).get("model_type", "")))


def load_student_kind(model_type: str) -> type[AnyStudent]:
    """The kind of a model type; StudentError for one that cannot be a student."""
    if model_type not in KINDS:
        raise StudentError(
            f"a model of type '{model_type}' cannot be a student here.", fix=f"Known types: {', '.join(KINDS)}."
        )
    kind: type[AnyStudent] = KINDS.load_class(model_type, AnyStudent, example="tutelage.students.student.Student")
    return kind
