"""Language codes, their names, and directions between them."""

from __future__ import annotations

from dataclasses import dataclass

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
"""English names by BCP-47 code."""

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

UNSPACED = frozenset({"zh", "ja", "th"})
"""Languages written without spaces: their spans are counted in characters."""

_ALSO_CALLED = {"no": ("nb", "nn"), "nb": ("no",), "hr": ("sh",), "sr": ("sh",)}
"""Labels of identifiers that stand for a language besides its own code."""


def normalise_language(code: str) -> str:
    """`pt_BR`, `PT-br` and `pt-BR` all give `pt-BR`; UsageError with a suggestion for an unknown code."""
    base, _, region = code.strip().replace("_", "-").partition("-")
    tag = f"{base.lower()}-{region.upper()}" if region else base.lower()
    if tag in NAMES:
        return tag
    if base.lower() in NAMES and len(region) == 2 and region.isascii() and region.isalpha():
        return tag
    raise UsageError(f"'{code}' is not a language code that is known.", fix=did_you_mean(tag, NAMES))


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


def language_name(code: str) -> str:
    """The English name of a code, falling back to its base language."""
    return NAMES.get(code) or NAMES[base_language(code)]


def own_language_name(code: str) -> str:
    """The language's name in the language itself (`Deutsch`), falling back to its base language."""
    return OWN_NAMES.get(code) or OWN_NAMES[base_language(code)]


def same_language(one: str, other: str) -> bool:
    """Whether text cannot be told to be in the one and not in the other: regions, members of one macrolanguage."""
    return is_language(one, lang=other) or is_language(other, lang=one)


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
