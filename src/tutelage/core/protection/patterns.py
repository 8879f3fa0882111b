r"""The signs of each framework that a text may hold: the one table of what is recognised.

`COMMON` is unmistakable in any text. `FRAMEWORKS` says what a format or its flags (`c-format`) add, because elsewhere
the same signs are text: `% d`, `$1`, `\textbf{`. No pattern begins with a repetition that has no bound, for such a
one is tried at each character and runs to the end from each.
"""

from __future__ import annotations

URL, EMAIL, TAG, PRINTF, NUMBERED, BRACE = "url", "email", "tag", "printf", "numbered", "brace"
ENTITY, CODE, NUMBER, LINK = "entity", "code", "number", "link"
MESSAGE = "message"

_NAME = r"[A-Za-z_][\w.-]{0,63}"
_URL_END = r"[A-Za-z0-9/=&#~+}%_-]"
_URL_BODY = r"[!#-&(-;=?-~]*"
_PRINTF_ORDER = r"%(?:\(\w+\)|\d{1,9}\$)?"
_PRINTF_SIZE = r"(?:\d{1,9}|\*(?:\d{1,2}\$)?)?(?:\.(?:\d{1,9}|\*))?"
_PRINTF_END = r"(?:hh|h|ll|l|L|q|j|z|t|I64|I32)?[diouxXeEfFgGcrsSap@]"
_PRINTF_SPACED = _PRINTF_ORDER + r"[-+#0' ]{1,5}" + _PRINTF_SIZE + _PRINTF_END + r"(?![A-Za-z])"

COMMON = {
    URL: rf"(?:https?|ftp|file)://{_URL_BODY}{_URL_END}|www\.[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}})+"
    rf"(?:/{_URL_BODY}{_URL_END})?",
    EMAIL: r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    TAG: r"</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>",
    ENTITY: r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);",
    LINK: r"!?\[(?=[^\[\]\n]{1,300}\]\([^()\s]{1,500}\))|\]\([^()\s]{1,500}\)",
    "escape": r"(?<![\\:])\\(?:[ntr](?![A-Za-z]*[\[{])|u[0-9a-fA-F]{4})",
    "template": r"\{%-?\s[^{}\n]{1,200}%\}|\{#[^{}\n]{1,200}#\}|\{\{[^{}\n]{1,200}\}\}",
    "nested": rf"\$t\([^()\n]{{1,200}}\)|@(?:\.[a-z]{{1,32}})?:(?:\({_NAME}\)|{_NAME}(?<![.-]))",
    "dollar": r"\$\{[^{}\s]{1,200}\}|\$\([\w.]{1,64}\)|(?<![\w$])\$[A-Za-z_]\w{0,63}",
    BRACE: rf"\{{\s?[$-]{_NAME}\s?\}}"  # Fluent
    rf"|\{{\s?[A-Z]{{2,32}}\([^(){{}}\n]{{1,200}}\)\s?\}}"  # Fluent's functions
    r"|\{\d{1,3}(?:,\s?-?\d{1,3})?(?::[^{}\n]{1,60})?\}"  # .NET
    r"|\{\s?\w{1,64}\s?,\s?(?:number|date|time|spellout|ordinal|duration)(?:\s?,[^{}\n]{1,80})?\}"  # Java, ICU
    r"|\{[\w.\-\[\]]*(?:![rsa])?(?::[^{}\s]*(?:\{\w*\}[^{}\s]*)?)?\}",  # Python, and names of all
    "ruby": r"%\{\w{1,64}\}|%<\w{1,64}>[-+#0]{0,5}\d{0,9}(?:\.\d{1,9})?[diouxXeEfgGcsa]|%<PRI[a-zA-Z0-9]{1,12}>",
    "variable": r"%[A-Z][A-Z0-9_]{1,63}(?:\([A-Z0-9]{1,8}\))?%",
    PRINTF: rf"%%|{_PRINTF_ORDER}(?:[-+#0']{{1,5}}(?=[1-9*.])|[+#0']{{0,5}}){_PRINTF_SIZE}{_PRINTF_END}",
    NUMBERED: r"%L?[1-9]\d?|%L?n(?![A-Za-z])",
}
"""Placeholders, markup and addresses, by kind; of several that begin at one place the first is taken."""
LITERALS = {
    CODE: r"``(?:(?!``)[^\n]){1,200}``|`[^`'’\n]{1,200}`",
    NUMBER: r"(?<!\w)(?<!\w[.,/:-])\d[\d.,/:-]{0,40}\d(?!\w|[.,/:-]\d|[./:]\w)",
}
"""Code, and numbers, dates, times and versions of more than one digit; a single digit is text, for words agree with it.

Translators write other quotation marks around code, so that it is no placeholder which must be there."""
FRAMEWORKS: dict[str, dict[str, str]] = {
    "c": {PRINTF: _PRINTF_SPACED},
    "python": {PRINTF: _PRINTF_SPACED},
    "php": {PRINTF: _PRINTF_SPACED},
    "objc": {PRINTF: _PRINTF_SPACED},
    "qt": {NUMBERED: r"%L?\d{1,2}|%L?n"},
    "kde": {NUMBERED: r"%\d{1,2}"},
    "sh": {"dollar": r"\$[0-9@*#?]"},
    "android": {"escape": r"\\[ntr@?]"},
    "icu": {"count": "#"},
    "latex": {"command": r"\\[A-Za-z]{1,64}\*?(?:\[[^\[\]\n]{0,80}\])?\{?|(?<!\\)\}|\\[%&_#$]|\$[^$\n]{1,200}\$"},
}
"""What each framework adds, by the name of its flag without `-format`; other frameworks add nothing."""
POSITIONAL = frozenset({"c", "php", "objc"})
"""Frameworks in which `%s` that change places can say which they are (`%2$s`)."""
