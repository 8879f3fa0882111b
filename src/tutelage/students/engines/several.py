"""What every engine that gives several outputs for a source asks of the decoding."""

from __future__ import annotations

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError

BY_SAMPLING = "Sample them, or take a beam of at least as many."


def require_possible(decoding: Decoding, *, diverse_in: str = "") -> None:
    """StudentError for a decoding that cannot give what it says.

    `diverse_in` names the engine that lacks diverse beam search; empty: the asking one has it.
    """
    if decoding.outputs < 1:
        raise StudentError(f"{decoding.outputs} outputs cannot be given.", where="decoding", fix="Ask for 1 or more.")
    if decoding.diversity_penalty < 0:
        raise StudentError(
            f"a diversity penalty of {decoding.diversity_penalty:g} would make outputs alike.",
            where="decoding",
            fix="Give 0 or more.",
        )
    if decoding.samples:
        _require_plain_sampling(decoding)
    elif decoding.diversity_penalty > 0:
        _require_diverse(diverse_in)
    elif decoding.outputs > decoding.beam_size:
        _refuse_narrow_search(decoding)


def _require_plain_sampling(decoding: Decoding) -> None:
    if decoding.beam_size > 1 or decoding.diversity_penalty > 0:
        raise StudentError(
            "sampling has no beams and no diversity penalty.",
            where="decoding",
            fix="Leave out the temperature to search, or the beams to sample.",
        )
    if not 0 < decoding.sampling_top_p <= 1:
        raise StudentError(
            f"a top-p of {decoding.sampling_top_p:g} holds no tokens.", where="decoding", fix="Give above 0, up to 1."
        )


def _require_diverse(diverse_in: str) -> None:
    if diverse_in:
        raise StudentError(
            f"{diverse_in} has no diverse beam search.",
            where="decoding",
            fix="Decode an encoder–decoder student with engine = 'transformers', or sample.",
        )


def _refuse_narrow_search(decoding: Decoding) -> None:
    if decoding.beam_size == 1:
        what = f"greedy decoding gives one output, and {decoding.outputs} were asked for."
    else:
        what = f"a beam of {decoding.beam_size} cannot give {decoding.outputs} outputs."
    raise StudentError(what, where="decoding", fix=BY_SAMPLING)
