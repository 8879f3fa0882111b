"""What differs between families of students: language tokens, and the way to the logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction, base_language, language_name

if TYPE_CHECKING:
    from torch import Tensor

SEQ2SEQ_FAMILIES = {
    "marian": "marian",
    "m2m_100": "m2m",
    "nllb-moe": "m2m",
    "mbart": "mbart",
    "bart": "bart",
    "t5": "t5",
    "mt5": "t5",
    "umt5": "t5",
}
"""Family by `model_type` of the config; NLLB and M2M-100 are one family."""

CAUSAL = "causal"
"""The family of all students that continue a conversation."""
CAUSAL_TYPES = frozenset(
    {
        "llama", "mistral", "mixtral", "ministral", "qwen2", "qwen3", "qwen2_moe", "qwen3_moe", "smollm3", "olmo",
        "olmo2", "olmo3", "granite", "phi", "phi3", "gemma", "gemma2", "gemma3_text", "stablelm", "gpt2", "gpt_neox",
        "falcon", "bloom", "opt", "cohere", "cohere2", "starcoder2", "internlm2", "exaone4", "helium", "apertus",
    }
)  # fmt: skip
"""`model_type` of decoder-only students; those whose logits are more than a projection can be decoded, not trained."""


@dataclass(frozen=True, slots=True)
class DecoderOutput:
    """Decoder states [B, T, D] and the projection [V, D] (+ bias [V]) that turns them into logits."""

    states: Tensor
    projection: Tensor
    bias: Tensor | None


def family_of(model_type: str) -> str:
    """The family of a model type; StudentError for one that cannot be a student."""
    if model_type in SEQ2SEQ_FAMILIES:
        return SEQ2SEQ_FAMILIES[model_type]
    if model_type in CAUSAL_TYPES:
        return CAUSAL
    known = ", ".join(sorted([*SEQ2SEQ_FAMILIES, *CAUSAL_TYPES]))
    raise StudentError(f"a model of type '{model_type}' cannot be a student here.", fix=f"Known types: {known}.")


def decode_states(model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
    """One forward pass up to, and without, the output projection.

    `batch` holds input_ids [B, S], attention_mask [B, S] and decoder_input_ids [B, T]. `model` may carry a LoRA
    adapter; its base modules are called, so autocast must be entered by the caller.
    """
    inner = without_adapter(model)
    states = inner.model(**batch).last_hidden_state if hasattr(inner, "model") else _t5_states(inner, batch)
    bias = getattr(inner, "final_logits_bias", None)
    return DecoderOutput(states, inner.lm_head.weight, None if bias is None else bias[0])


def without_adapter(model: Any) -> Any:
    """The transformers model itself; a LoRA adapter's layers stay inside it."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _t5_states(model: Any, batch: dict[str, Tensor]) -> Tensor:
    encoded = model.encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
    decoded = model.decoder(
        input_ids=batch["decoder_input_ids"],
        encoder_hidden_states=encoded.last_hidden_state,
        encoder_attention_mask=batch["attention_mask"],
    )
    states: Tensor = decoded.last_hidden_state
    if getattr(model.config, "scale_decoder_outputs", False):  # mT5 and UMT5 have no such key and never scale
        states = states * model.model_dim**-0.5
    return states


def shift_right(labels: Tensor, *, family: str, config: Any) -> Tensor:
    """Decoder inputs [B, T] from labels [B, T] (padded with pad): the start token, then all but the last.

    mBART starts with its sentence's last token (its language, or end-of-sequence), others with a fixed one.
    """
    shifted = labels.roll(1, dims=1)
    if family == "mbart":
        last = labels.ne(config.pad_token_id).sum(dim=1) - 1
        shifted[:, 0] = labels.gather(1, last[:, None])[:, 0]
    else:
        shifted[:, 0] = config.decoder_start_token_id
    return shifted


def source_prefix(family: str, tokenizer: Any, direction: Direction) -> str:
    """Text before every source: T5's task prefix, or the `>>xxx<<` token of a multilingual Marian."""
    if family == "t5" and direction.source == direction.target:
        return "paraphrase: "
    if family == "t5":
        return f"translate {language_name(direction.source)} to {language_name(direction.target)}: "
    if family == "marian":
        token = _marian_token(tokenizer, direction.target)
        return f"{token} " if token else ""
    return ""


def set_languages(family: str, tokenizer: Any, direction: Direction) -> int | None:
    """Tell the tokenizer its languages; returns the id of the target's, for families that have such tokens."""
    if family not in {"m2m", "mbart"}:
        return None
    codes = _language_codes(tokenizer)
    source, target = (_choose_code(codes, lang) for lang in (direction.source, direction.target))
    if (tokenizer.src_lang, tokenizer.tgt_lang) != (source, target):
        tokenizer.src_lang, tokenizer.tgt_lang = source, target
    token_id: int = tokenizer.convert_tokens_to_ids(_as_token(tokenizer, target))
    return token_id


def says_direction(family: str, tokenizer: Any) -> bool:
    """Whether a student can be asked for one direction or another: by a language token, or by T5's prefix."""
    return family in {"m2m", "mbart", "t5"} or (family == "marian" and bool(_marian_codes(tokenizer)))


def target_language_tokens(family: str, tokenizer: Any) -> tuple[int, int]:
    """How many tokens at the beginning and at the end of a target say its language; decoding is given them."""
    if family not in {"m2m", "mbart"}:
        return 0, 0
    return (0, 1) if starts_with_language(family, tokenizer) else (1, 0)


def starts_with_language(family: str, tokenizer: Any) -> bool:
    """Whether the language token is itself the decoder's start, not the token after it: mBART-25 alone.

    mBART-50, M2M-100 and NLLB write the language first in a target, mBART-25 last, behind end-of-sequence.
    """
    return family == "mbart" and tokenizer.prefix_tokens == []


def _marian_codes(tokenizer: Any) -> list[str]:
    return [code for code in getattr(tokenizer, "supported_language_codes", ()) if code.startswith(">>")]


def _marian_token(tokenizer: Any, lang: str) -> str | None:
    codes = _marian_codes(tokenizer)
    if not codes:
        return None
    wanted = (lang, lang.replace("-", "_"), base_language(lang), THREE_LETTERS.get(base_language(lang), ""))
    for code in wanted:
        if f">>{code}<<" in codes:
            return f">>{code}<<"
    raise StudentError(f"this student has no target-language token for '{lang}'.", fix=f"It has: {', '.join(codes)}.")


def _choose_code(codes: Sequence[str], lang: str) -> str:
    base, three = base_language(lang), THREE_LETTERS.get(base_language(lang), "")
    exact = {lang, lang.replace("-", "_"), SCRIPTS.get(lang, "")}
    for code in codes:
        if code in exact:
            return code
    for code in codes:
        if code == base or code.partition("_")[0] in {base, three}:
            return code
    raise StudentError(f"this student does not know the language '{lang}'.", fix=f"It knows: {', '.join(codes)}.")


def _language_codes(tokenizer: Any) -> list[str]:
    """Codes as the tokenizer takes them for `src_lang`: en (M2M-100), en_XX (mBART), eng_Latn (NLLB)."""
    return list(getattr(tokenizer, "lang_code_to_token", None) or map(str, tokenizer.extra_special_tokens))


def _as_token(tokenizer: Any, code: str) -> str:
    token: str = getattr(tokenizer, "lang_code_to_token", {}).get(code, code)
    return token


THREE_LETTERS = {
    "ar": "arb", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "fi": "fin", "fr": "fra", "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind",
    "it": "ita", "ja": "jpn", "ko": "kor", "nb": "nob", "nl": "nld", "nn": "nno", "no": "nob", "pl": "pol",
    "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe", "th": "tha",
    "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "zho",
}  # fmt: skip
"""ISO 639-3 codes as NLLB and OPUS models write them."""

SCRIPTS = {"zh": "zho_Hans", "zh-CN": "zho_Hans", "zh-TW": "zho_Hant", "sr": "srp_Cyrl"}
"""NLLB's codes where the language alone leaves the script open."""
