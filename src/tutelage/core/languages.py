"""Language codes, their names, and directions between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from unicodedata import combining, normalize

from tutelage.core.errors import UsageError, did_you_mean

NAMES: dict[str, str] = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "gl": "Galician", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ms": "Malay",
    "nb": "Norwegian Bokmål", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "pt-BR": "Brazilian Portuguese", "pt-PT": "European Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese", "zh-CN": "Simplified Chinese", "zh-TW": "Traditional Chinese",
}  # fmt: skip
"""English names by BCP-47 code, as prompts give them; all other languages are named by `langcodes`."""

OWN_NAMES: dict[str, str] = {
    "ar": "العربية", "bg": "български", "bn": "বাংলা", "ca": "català", "cs": "čeština", "da": "dansk",
    "de": "Deutsch", "el": "ελληνικά", "en": "English", "es": "español", "et": "eesti", "eu": "euskara",
    "fa": "فارسی", "fi": "suomi", "fr": "français", "gl": "galego", "he": "עברית", "hi": "हिन्दी",
    "hr": "hrvatski", "hu": "magyar", "id": "Bahasa Indonesia", "is": "íslenska", "it": "italiano",
    "ja": "日本語", "ko": "한국어", "lt": "lietuvių", "lv": "latviešu", "mk": "македонски", "ms": "Bahasa Melayu",
    "nb": "norsk bokmål", "nl": "Nederlands", "nn": "norsk nynorsk", "no": "norsk", "pl": "polski",
    "pt": "português", "pt-BR": "português do Brasil", "pt-PT": "português de Portugal", "ro": "română",
    "ru": "русский", "sk": "slovenčina", "sl": "slovenščina", "sq": "shqip", "sr": "српски", "sv": "svenska",
    "sw": "Kiswahili", "ta": "தமிழ்", "th": "ไทย", "tr": "Türkçe", "uk": "українська", "ur": "اردو",
    "vi": "Tiếng Việt", "zh": "中文", "zh-CN": "简体中文", "zh-TW": "繁體中文",
}  # fmt: skip
"""What each language calls itself, by the same codes."""

UNSPACED = frozenset({"zh", "ja", "th", "yue", "lo", "km", "my", "bo", "dz"})
"""Languages written without spaces: their spans are counted in characters."""

_ALSO_CALLED = {"no": ("nb", "nn"), "nb": ("no",), "hr": ("sh",), "sr": ("sh",)}
"""Labels of identifiers that stand for a language besides its own code."""
_MODIFIERS = {"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva", "arabic": "Arab", "euro": "", "valencia": ""}
"""What POSIX writes behind `@`, as a script; `ca@valencia` is a variant that BCP-47 writes with a hyphen."""
_OWN_CODES = {"pob": "pt-BR", "ns": "nso", "tw": "tw", "twi": "tw"}
"""Codes that models use and no standard has; Twi, which a standard calls Akan, though NLLB has both."""


def normalise_language(code: str) -> str:
    """The BCP-47 code: `pt_BR`, `PT-br`, `pt_BR.UTF-8` and `por_Latn_BR` all give `pt-BR`, `sr@latin` gives `sr-Latn`.

    UsageError with a suggestion for an unknown code.
    """
    plain = code.strip().removeprefix(">>").removesuffix("<<")
    tag = _as_usual(plain)
    if tag in NAMES:
        return tag
    found = _standard_tag(plain)
    if found is None:
        raise UsageError(f"'{code}' is not a language code that is known.", fix=_suggestion(plain, tag))
    return found


def _as_usual(code: str) -> str:
    base, _, region = code.replace("_", "-").partition("-")
    return f"{base.lower()}-{region.upper()}" if region else base.lower()


def _standard_tag(code: str) -> str | None:
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    tag = _from_posix(code).removesuffix("_XX")  # mBART's, for a language without a region
    base, rest = re.match(r"([A-Za-z]*)(.*)", tag, re.DOTALL).groups()  # type: ignore[union-attr]
    own = _OWN_CODES.get(base.lower())
    try:
        language = Language.get((own or base) + rest, normalize=own != "tw")
    except LanguageTagError:
        return None
    if not language.is_valid() or language.extlangs or language.private or len(base) < 2:
        return None
    return language.prefer_macrolanguage().simplify_script().to_tag() if own != "tw" else own


def _from_posix(code: str) -> str:
    """A locale's name without its encoding, its modifier as a script or a variant."""
    locale, _, modifier = code.partition("@")
    base, _, region = locale.partition(".")[0].rstrip("-_").replace("-", "_").partition("_")
    if modifier == "valencia":
        return "_".join(filter(None, (base, region, modifier)))
    script = _MODIFIERS.get(modifier, modifier)
    return "_".join(filter(None, (base, script, region)))


def _suggestion(code: str, tag: str) -> str:
    """The code of a language that was given by its name, or codes that are written alike."""
    joined = {known.replace("-", "").lower(): known for known in NAMES}
    if code.lower() in joined:
        return f"Write '{joined[code.lower()]}'."
    named = {_unaccented(name): known for table in (OWN_NAMES, NAMES) for known, name in table.items()}
    near = get_close_matches(_unaccented(code), named, n=1, cutoff=0.85)
    return f"Write '{named[near[0]]}'." if near else did_you_mean(tag, NAMES)


def _unaccented(name: str) -> str:
    return "".join(one for one in normalize("NFD", name.casefold()) if not combining(one))


def as_posix(code: str) -> str:
    """The locale's name as gettext writes it: `pt_BR`, `sr@latin`, `ca@valencia`."""
    base, *parts = code.split("-")
    modifiers = {script: name for name, script in _MODIFIERS.items() if script} | {"valencia": "valencia"}
    modifier = next((modifiers[part] for part in parts if part in modifiers), "")
    locale = "_".join([base, *(part for part in parts if part not in modifiers)])
    return f"{locale}@{modifier}" if modifier else locale


def base_language(code: str) -> str:
    """The language without its region: `pt` for `pt-BR`."""
    return code.partition("-")[0]


def is_language(found: str, *, lang: str) -> bool:
    """Whether text that an identifier calls `found` is text in `lang`; regions do not count.

    A macrolanguage holds its members (`no`: Bokmål and Nynorsk), and a member takes the macrolanguage's label where
    identifiers give it to that member's text too (`no` for Bokmål, Serbo-Croatian for Croatian and Serbian).
    """
    return base_language(found) in names_of(lang)


def names_of(lang: str) -> tuple[str, ...]:
    """The base codes that identifiers may give to text in `lang`, its own first."""
    base = base_language(lang)
    return (base, *_ALSO_CALLED.get(base, ()))


def languages_to_ask(own: Iterable[str], *, others: Iterable[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """The base codes that an identifier is asked about: a text's own, and those of the others that it knows.

    About one of its own that the identifier does not know it is asked nevertheless: text in it must get no other name.
    """
    further = {base for base in map(base_language, others) if knows(base)}
    return tuple(sorted(further.union(map(base_language, own))))


def language_name(code: str) -> str:
    """The English name of a code, with its script and region: `Serbian (Latin)`."""
    return NAMES.get(code) or _described(code, "en")


def own_language_name(code: str) -> str:
    """The language's name in the language itself: `Deutsch (Österreich)`."""
    return OWN_NAMES.get(code) or _described(code, base_language(code))


@cache
def _described(code: str, lang: str) -> str:
    from langcodes import Language

    described = Language.get(code).display_name(lang)
    return described[:1].upper() + described[1:] if lang == "en" else described


def same_language(one: str, other: str) -> bool:
    """Whether text cannot be told to be in the one and not in the other: regions, members of one macrolanguage."""
    return is_language(one, lang=other) or is_language(other, lang=one)


def same_locale(one: str, other: str) -> bool:
    """Whether both codes name one language in one script and region, said or usual: `zh_TW` and `zh-Hant`."""
    from langcodes import Language

    try:
        likely = [Language.get(normalise_language(code)).maximize() for code in (one, other)]
    except UsageError:
        return False
    return bool(likely[0] == likely[1])


@dataclass(frozen=True, slots=True)
class Direction:
    """From one language to another; a language to itself is paraphrase."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}→{self.target}"

    @property
    def is_paraphrase(self) -> bool:
        """Whether it stays in one language."""
        return self.source == self.target
