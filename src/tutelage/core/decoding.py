"""How a student decodes: the one place that holds the defaults, which enter every signature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of one decoding; greedy is `beam_size = 1` without sampling."""

    beam_size: int = 1
    """Beams of the search, or of each group of a diverse search."""
    max_target_tokens: int = 256
    batch_tokens: int = 4096
    """Source tokens (padding counted) in one batch; changes speed, never the output of a search."""
    length_penalty: float = 1.0
    sampling_temperature: float = 0.0
    """0 searches; above 0 samples from the softmax at this temperature."""
    sampling_top_p: float = 1.0
    seed: int = 0
    outputs: int = 1
    """Outputs for each source; several come from the beam, from sampling, or from groups of beams."""
    diversity_penalty: float = 0.0
    """Above 0 searches with one group of beams for each output, and takes so much off what earlier groups chose."""
    window_sources: int | None = None
    """Sources taken in before their outputs come, if several are asked for; `None` means many, as is fastest. Changes
    speed, never the output of a search."""

    @property
    def samples(self) -> bool:
        """Whether outputs are drawn instead of searched."""
        return self.sampling_temperature > 0

    @property
    def signature(self) -> str:
        """Short form for signatures, without what cannot change the output."""
        several = "" if self.outputs == 1 else f",n{self.outputs}"
        if self.samples:
            name = f"sample:t{self.sampling_temperature:g},p{self.sampling_top_p:g},s{self.seed}"
            return f"{name},max{self.max_target_tokens}{several}"
        if self.diversity_penalty > 0:
            search = f"diverse{self.outputs}x{self.beam_size},d{self.diversity_penalty:g},lp{self.length_penalty:g}"
            return f"{search},max{self.max_target_tokens}"
        name = "greedy" if self.beam_size == 1 else f"beam{self.beam_size},lp{self.length_penalty:g}"
        return f"{name},max{self.max_target_tokens}{several}"
