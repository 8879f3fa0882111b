"""Labels of fastText models as language codes: `__label__pt` and `__label__por_Latn` are both `pt`."""

from __future__ import annotations

PREFIX = "__label__"

_CODES = {
    "ara": "ar", "arb": "ar", "arz": "ar", "apc": "ar", "ajp": "ar", "acm": "ar", "acq": "ar", "aeb": "ar", "ars": "ar",
    "ary": "ar", "bul": "bg", "ben": "bn", "cat": "ca", "ces": "cs", "dan": "da", "deu": "de", "ell": "el", "eng": "en",
    "spa": "es", "est": "et", "ekk": "et", "eus": "eu", "fas": "fa", "pes": "fa", "prs": "fa", "fin": "fi", "fra": "fr",
    "glg": "gl", "heb": "he", "iw": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "in": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kor": "ko", "lit": "lt", "lav": "lv", "lvs": "lv", "mkd": "mk", "msa": "ms", "zsm": "ms",
    "zlm": "ms", "nob": "nb", "nld": "nl", "nno": "nn", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru",
    "slk": "sk", "slv": "sl", "sqi": "sq", "als": "sq", "aln": "sq", "srp": "sr", "hbs": "sh", "swe": "sv", "swa": "sw",
    "swh": "sw", "tam": "ta", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "zho": "zh", "cmn": "zh",
    "yue": "zh", "wuu": "zh",
}  # fmt: skip
"""ISO 639-3 and older codes of the languages that have a name here; members of a macrolanguage are that language."""


def read_label(label: str) -> str:
    """The base code, the script left out; a label of a language without a name here stays as it is."""
    code, _, script = label.removeprefix(PREFIX).replace("-", "_").partition("_")
    if code == "als" and not script:
        return "gsw"  # lid.176's name of Alemannic; with a script it is the ISO code of Tosk Albanian
    return _CODES.get(code.lower(), code.lower())
