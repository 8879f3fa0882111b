r"""The signs of each framework that a text may hold: the one table of what is recognised.

`COMMON` is unmistakable in any text. `FRAMEWORKS` says what a format or its flags (`c-format`) add, because elsewhere
the same signs are text: `% d`, `$1`, `\textbf{`. No pattern begins with a repetition that has no bound, for such a
one is tried at each character and runs to the end from each.
"""

from __future__ import annotations

URL, EMAIL, TAG, PRINTF, NUMBERED, BRACE = "url", "email", "tag", "printf", "numbered", "brace"
ENTITY, CODE, NUMBER, LINK, PATH = "entity", "code", "number", "link", "path"
MESSAGE = "message"

_NAME = r"[A-Za-z_][\w.-]{0,63}"
_URL_PAIR = r"\([^()\s<>\"']{0,64}\)"
_URL_END = rf"(?:[A-Za-z0-9/=&#~+}}%_-]|{_URL_PAIR})"
_URL_BODY = rf"(?:[!#-&*-;=?-~]|{_URL_PAIR})*"
_PRINTF_ORDER = r"%(?:\(\w+\)|\d{1,9}\$)?"
_PRINTF_SIZE = r"(?:\d{1,9}|\*(?:\d{1,2}\$)?)?(?:\.(?:\d{1,9}|\*))?"
_PRINTF_LONG = r"(?:hh|h|ll|l|L|q|j|z|t|I64|I32)?"
_PRINTF_END = _PRINTF_LONG + r"[diouxXeEfFgGcrsSap@]"
_PRINTF_COUNT = rf"(?<!\d)%(?:\d{{1,9}}\$)?[-+0']{{0,3}}(?:\d{{1,2}})?(?:\.\d{{1,2}})?{_PRINTF_LONG}[diufg]"
_PRINTF_UNIT = rf"{_PRINTF_LONG}[diufg](?:[kKMGT]i?B|ms|px|pt|sec|min|byte|bit|th|st|nd|rd)"
_PRINTF_SPACED = _PRINTF_ORDER + r"[-+#0' ]{1,5}" + _PRINTF_SIZE + _PRINTF_END + r"(?![A-Za-z])"
_LINK_TARGET = r"\([^()\s]{1,500}(?:\([^()\s]{0,100}\)[^()\s]{0,100})?(?:\s\"[^\"\n]{0,200}\")?\)"
_REFERENCE = rf"(?:\[[^\[\]\n]{{1,100}}\]|{_LINK_TARGET})"
_LATEX = (
    r"(?:text(?:bf|it|tt|rm|sc|sf)?|title|times|tau|theta|tilde|newline|newcommand|newpage|noindent|neq"
    r"|renewcommand|ref|right|rightarrow|raggedright)\b"
)
"""Commands of LaTeX that begin as the escapes of a tab, a line's end and a carriage return do."""
_PART = r"[\w.+@~-]{1,64}"
_PARTS = rf"(?:/{_PART}){{1,20}}(?<!\.)/?"
_BACK_PARTS = r"(?:\\{1,2}(?:Program Files(?: \(x86\))?|[\w.+@~$-]{1,64})){1,20}(?<!\.)"
_ROOTS = "bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var"
_BEFORE = r"(?<![^\s\"'(\[=“”„«‘`>,;|])"

ATTRIBUTES = r"""(?>[^<>="']+|=\s*(?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}')|=)*+"""
"""What stands in a tag behind its name, in whose quotes a `>` ends nothing."""

FIRST = {
    "host": r"(?<![\w@./-])(?!www\.)(?:[a-z0-9-]{1,63}\.){1,5}(?:com|org|net|edu|gov|io|dev)"
    rf"(?:/{_URL_BODY}{_URL_END})?(?![\w.@-]\w|\w)",
    PATH: rf"{_BEFORE}(?:/(?:{_ROOTS})(?:{_PARTS}|/|\b)|/{_PART}{_PARTS}"
    rf"|~[\w-]{{0,32}}{_PARTS}|~/|\.{{1,2}}{_PARTS}|\.[a-z][\w-]{{1,63}}{_PARTS}"
    rf"|(?:\$\w{{1,64}}|\$\{{\w{{1,64}}\}}){_PARTS}"
    rf"|(?!www\.)[A-Za-z_][\w.+-]{{0,63}}(?:/[\w.+-]{{1,64}}){{0,19}}/[\w+-][\w.+-]{{0,63}}\.[a-z][a-z0-9]{{0,5}}(?![\w/]))"
    rf"|(?<![A-Za-z])(?:[A-Za-z]:|HKEY_[A-Z_]{{1,32}}|%[A-Z]{{1,32}}%){_BACK_PARTS}|(?<![\w\\])\\\\[\w.-]{{1,64}}{_BACK_PARTS}"
    r"|(?<=%s|%d|\w\})(?:/[\w.+-]{1,64}){0,19}/?[\w+-]{0,64}\.[a-z][a-z0-9]{0,5}(?![\w/])",
}
"""What is looked for before all else, if literals are protected: paths, and addresses without `https://`."""
COMMON = {
    URL: rf"(?:https?|ftp|file)://{_URL_BODY}{_URL_END}|www\.[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}})+"
    rf"(?:/{_URL_BODY}{_URL_END})?",
    EMAIL: r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    TAG: rf"</?[A-Za-z][\w:.-]*\s{ATTRIBUTES}>"
    r"|</?(?:[A-Za-z][\w:.-]*(?:\s[^<>]*)?|\d{1,3}\s?)/?>",  # React numbers its tags
    ENTITY: r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);",
    LINK: rf"!?\[(?=[^\[\]\n]{{1,300}}\]{_LINK_TARGET})|\]{_LINK_TARGET}",
    "escape": rf"(?<![\\:])\\(?:(?!{_LATEX})[ntr](?![A-Za-z]*[\[{{])|u[0-9a-fA-F]{{4}})",
    "template": r"\{%-?\s[^{}\n]{1,200}%\}|\{#[^{}\n]{1,200}#\}|\{\{\{[^{}\n]{1,200}\}\}\}|\{\{[^{}\n]{1,200}\}\}"
    r"|<%[^<>\n]{1,200}%>|<\?[^<>\n]{1,200}\?>|<!--[^<>\n]{0,200}-->",
    "nested": rf"\$t\([^()\n]{{1,200}}\)|@(?:\.[a-z]{{1,32}})?:(?:\({_NAME}\)|{_NAME}(?<![.-]))",
    "dollar": r"\$[A-Za-z_]\w{0,63}\$(?!\w)|\$\{[^{}\s]{1,200}\}|\$\([\w.]{1,64}\)|(?<![\w$])\$[A-Za-z_]\w{0,63}",
    BRACE: rf"\{{\s?[$-]{_NAME}\s?\}}|\{{ {_NAME} \}}|[#@]\{{{_NAME}\}}"  # Fluent, Vue, Ruby and Less
    rf"|\{{\s?[A-Z]{{2,32}}\([^(){{}}\n]{{1,200}}\)\s?\}}"  # Fluent's functions
    r"|\{\d{1,3}(?:,\s?-?\d{1,3})?(?::[^{}\n]{1,60})?\}"  # .NET
    r"|\{\s?\w{1,64}\s?,\s?(?:number|date|time|spellout|ordinal|duration)(?:\s?,[^{}\n]{1,80})?\}"  # Java, ICU
    r"|\{[\w.\-\[\]]*(?:![rsa])?(?::[^{}\s]*(?:\{\w*\}[^{}\s]*)?)?\}",  # Python, and names of all
    "ruby": r"%\{\w{1,64}\}|%<\w{1,64}>[-+#0]{0,5}\d{0,9}(?:\.\d{1,9})?[diouxXeEfgGcsa]|%<PRI[a-zA-Z0-9]{1,12}>",
    "variable": r"(?<!\d)%[A-Z][A-Z0-9_]{1,63}(?:\([A-Z0-9]{1,8}\))?%"  # Windows
    rf"|(?<![\w%])%(?!{_PRINTF_END}%)[A-Za-z_][\w.-]{{1,63}}%(?![\w%@$(])"  # Symfony; not %sword%s
    r"|%(?:\d{1,2}\$)?#@\w{1,64}@"  # Apple
    rf"|(?<![\w%])(?<!\d )%(?!{_PRINTF_UNIT})[aceginoupx][a-z_]{{2,31}}(?![\w%])",  # Apple, Drupal
    "time": r"(?<![\w%])(?<!\d )%(?:[_0^#-]?[ABbHIjklMmYyZ]|-[deHIjklMmSy])(?![A-Za-z])"  # strftime, and %m of C
    r"|(?<=%[A-Za-z])%[BbHIjklMmYyZ](?![A-Za-z])",
    PRINTF: rf"%%|{_PRINTF_ORDER}(?:[-+#0']{{1,5}}(?=[1-9*.])|[+#0']{{0,5}}){_PRINTF_SIZE}{_PRINTF_END}",
    NUMBERED: r"%[1-9]%(?![\w%])|%L?[1-9]\d?|%L?n(?![A-Za-z])",
}
"""Placeholders, markup and addresses, by kind; of several that begin at one place the first is taken."""
LITERALS = {
    CODE: r"``(?:(?!``)[^\n]){1,200}``|`[^`'’\n]{1,200}`",
    NUMBER: r"(?<!\w)(?<!\w[.,/:-])v?\d[\d.,/:-]{0,40}\d(?!\w|[.,/:-]\d|[./:]\w)",
    "option": r"(?<![\w-])--[A-Za-z][\w-]{1,63}",
    "handle": r"(?<![\w@\\./])@[A-Za-z][\w/-]{0,63}",
    "hex": r"(?<![\w&])(?:#[0-9a-fA-F]{6}|0x[0-9a-fA-F]{1,32})(?!\w)",
    PRINTF: rf"{_PRINTF_COUNT}(?!(?:th|st|nd|rd)\b)[A-Za-z]{{1,2}}(?![A-Za-z])",
    BRACE: r"\{\w{1,64}\}(?:ms|px|pt|em|[kKMGT]i?B|[dhm])(?![A-Za-z])",
}
"""Code, and numbers, dates, times and versions of more than one digit; a single digit is text, for words agree with it.

Paths (`FIRST`) are literals too. A unit that touches its placeholder (`%dms`) is one span with it.
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
    "markdown": {
        LINK: rf"!?\[(?=[^\[\]\n]{{1,300}}\]\[[^\[\]\n]{{1,100}}\]|!\[[^\[\]\n]{{1,300}}\]{_REFERENCE}\]{_REFERENCE})"
        r"|\]\[[^\[\]\n]{1,100}\]|\[\^[^\[\]\s]{1,100}\]"
    },
    "latex": {"command": r"\\[A-Za-z]{1,64}\*?(?:\[[^\[\]\n]{0,80}\])?\{?|(?<!\\)\}|\\[%&_#$]|\$[^$\n]{1,200}\$"},
}
"""What each framework adds, by the name of its flag without `-format`; other frameworks add nothing."""
POSITIONAL = frozenset({"c", "php", "objc"})
"""Frameworks in which `%s` that change places can say which they are (`%2$s`)."""
