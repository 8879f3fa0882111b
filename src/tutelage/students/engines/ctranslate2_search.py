"""How to search, in CTranslate2's words."""

from __future__ import annotations

from typing import Any

from tutelage.core.decoding import Decoding


def search_settings(decoding: Decoding) -> dict[str, Any]:
    """Beam and sampling, as translators and generators of CTranslate2 take them."""
    settings: dict[str, Any] = {"beam_size": decoding.beam_size, "length_penalty": decoding.length_penalty}
    if decoding.sampling_temperature > 0:
        settings |= {
            "sampling_topk": 0,
            "sampling_topp": decoding.sampling_top_p,
            "sampling_temperature": decoding.sampling_temperature,
        }
    return settings
