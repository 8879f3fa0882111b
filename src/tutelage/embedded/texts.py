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
PACKS = (FULLEST_PACK, "pt-BR")
"""Those that the extra `embedded` installs."""
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
    return _locate_pack(target_lang if name == "jupyterlab" else FULLEST_PACK)


def _locate_pack(language: str) -> Path:
    region = language.replace("-", "_")
    found = find_spec(f"jupyterlab_language_pack_{region}")
    if found is not None and found.submodule_search_locations:
        return Path(found.submodule_search_locations[0]) / "locale" / region / "LC_MESSAGES"
    if language in PACKS:
        raise MissingExtraError(f"jupyterlab_language_pack_{region}", extra="embedded")
    if language == GENERAL_SOURCE:
        raise UsageError(
            "the embedded text 'jupyterlab' is English with translations, and is asked for English alone.",
            fix=f"Take embedded:jupyterlab-messages, or embedded:{SENTENCES[0]} for whole sentences.",
        )
    raise UsageError(
        f"the embedded text 'jupyterlab' is not here in '{language}'.",
        fix=f"Name a text of your own, or install JupyterLab's own translation if there is one, named with its region "
        f"(pip install jupyterlab-language-pack-{language if '-' in language else 'de-DE'}).",
    )


def _locate_general(target_lang: str) -> Path:
    if target_lang not in (GENERAL_TARGET, GENERAL_SOURCE):
        raise UsageError(
            f"the embedded text 'general' is translated into {GENERAL_TARGET} only, not into '{target_lang}'.",
            fix="Name a text of your own.",
        )
    return EMBEDDED / f"general.en-{GENERAL_TARGET}.tsv"
