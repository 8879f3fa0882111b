"""How a student decodes: the one place that holds the defaults, which enter every signature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of one decoding; greedy is `beam_size = 1` without sampling."""

    beam_size: int = 1
    max_target_tokens: int = 256
    batch_tokens: int = 4096
    """Source tokens (padding counted) in one batch; changes speed, never the output."""
    length_penalty: float = 1.0
    sampling_temperature: float = 0.0
    """0 searches; above 0 samples from the softmax at this temperature."""
    sampling_top_p: float = 1.0
    seed: int = 0

    @property
    def signature(self) -> str:
        """Short form for signatures, without what cannot change the output."""
        if self.sampling_temperature > 0:
            return f"sample:t{self.sampling_temperature:g},p{self.sampling_top_p:g},s{self.seed}"
        name = "greedy" if self.beam_size == 1 else f"beam{self.beam_size},lp{self.length_penalty:g}"
        return f"{name},max{self.max_target_tokens}"
