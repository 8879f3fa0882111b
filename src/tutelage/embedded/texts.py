"""The texts of the offline default: JupyterLab's human-translated message catalogues, and a small general test set."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from tutelage.core.errors import MissingExtraError, UsageError, did_you_mean

SENTENCES = ("jupyter-docs", "python-help")
"""Monolingual English texts, shipped as files of this name."""
EMBEDDED_TEXTS = ("general", "jupyterlab", "jupyterlab-messages", *SENTENCES)
FULLEST_PACK = "fr-FR"
"""The language pack with the most messages: its English side is the monolingual text."""
EMBEDDED = Path(str(files("tutelage.embedded")))
GENERAL_SOURCE = "en"
"""Its own language; asked for where the sentences alone are wanted."""
GENERAL_TARGET = "pt-BR"
"""The one language into which the general text is translated."""


def locate_embedded_text(name: str, *, target_lang: str) -> Path:
    """A file, or a folder of catalogues; UsageError for an unknown name, or a language that the text lacks.

    `general` holds 240 English sentences, written and translated for this package, about files, printers, networks,
    accounts and everyday life; `jupyter-docs` English sentences of Jupyter's guides (BSD licence), `python-help` of
    Python's own documentation strings (PSF licence); `jupyterlab` the messages translated into `target_lang`,
    `jupyterlab-messages` all English messages.
    """
    if name not in EMBEDDED_TEXTS:
        raise UsageError(f"no embedded text is called '{name}'.", fix=did_you_mean(name, EMBEDDED_TEXTS))
    if name == "general":
        return _locate_general(target_lang)
    if name in SENTENCES:
        return EMBEDDED / f"{name}.en.txt.gz"
    region = (target_lang if name == "jupyterlab" else FULLEST_PACK).replace("-", "_")
    found = find_spec(f"jupyterlab_language_pack_{region}")
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(f"jupyterlab_language_pack_{region}", extra="embedded")
    return Path(found.submodule_search_locations[0]) / "locale" / region / "LC_MESSAGES"


def _locate_general(target_lang: str) -> Path:
    if target_lang not in (GENERAL_TARGET, GENERAL_SOURCE):
        raise UsageError(
            f"the embedded text 'general' is translated into {GENERAL_TARGET} only, not into '{target_lang}'.",
            fix="Name a text of your own.",
        )
    return EMBEDDED / f"general.en-{GENERAL_TARGET}.tsv"
