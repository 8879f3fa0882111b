"""An analysis as one text, taken apart again into the fields of the role's answer."""

from __future__ import annotations

import re

_ANALYSIS = re.compile(r"Domain: (?P<domain>.*)\nTopic: (?P<topic>.*)\nStyle: (?P<style>.*)", re.DOTALL)


def read_analysis(text: str) -> dict[str, str] | None:
    """The fields of which `analysis_text` made the text, or none where it is no such text."""
    match = _ANALYSIS.fullmatch(text)
    return match.groupdict() if match else None
