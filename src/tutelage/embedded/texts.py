"""The demonstration text: JupyterLab's human-translated message catalogues, from their language packs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tutelage.core.errors import MissingExtraError, UsageError, did_you_mean

EMBEDDED_TEXTS = ("jupyterlab", "jupyterlab-messages")
FULLEST_PACK = "fr-FR"
"""The language pack with the most messages: its English side is the monolingual text."""


def locate_embedded_text(name: str, *, target_lang: str) -> Path:
    """A folder of catalogues; UsageError for an unknown name.

    `jupyterlab` holds the messages translated into `target_lang`, `jupyterlab-messages` all English messages.
    """
    if name not in EMBEDDED_TEXTS:
        raise UsageError(f"no embedded text is called '{name}'.", fix=did_you_mean(name, EMBEDDED_TEXTS))
    region = (target_lang if name == "jupyterlab" else FULLEST_PACK).replace("-", "_")
    found = find_spec(f"jupyterlab_language_pack_{region}")
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(f"jupyterlab_language_pack_{region}", extra="embedded")
    return Path(found.submodule_search_locations[0]) / "locale" / region / "LC_MESSAGES"
