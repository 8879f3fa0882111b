"""A toy domain with a translator that is always right: orders to a computer, English to two kinds of Portuguese.

The student is taught the European words and then patched by a teacher who uses the Brazilian ones, so that it is wrong
in known words and right in all others.
"""

import json
import random
import re

VERBS = {"open": "abra", "close": "feche", "save": "salve", "move": "mova", "copy": "copie", "print": "imprima"}
ADJECTIVES = {"new": "novo", "old": "velho", "big": "grande", "local": "local", "open": "aberto", "empty": "vazio"}
NOUNS = {
    "file": "arquivo", "screen": "monitor", "user": "usuário", "program": "programa", "menu": "menu",
    "folder": "diretório", "text": "texto", "server": "servidor", "code": "código", "project": "projeto",
}  # fmt: skip
EUROPEAN = {"arquivo": "ficheiro", "usuário": "utilizador", "monitor": "ecrã", "diretório": "pasta"}
"""The words in which the student is wrong, and what it writes instead."""
WRONG = ("file", "user", "screen", "folder")
PLACEHOLDERS = ("%s", "{name}", "%(count)d")
_REST = {"the": "o", "and": "e", "with": "com"}
_WORD = re.compile(r"%\(\w+\)d|\{\w+\}|%s|\w+|[^\w\s]|\s+")


def translate(text):
    """The Brazilian translation, word by word; what the key does not know is copied."""
    words = _WORD.findall(text)
    return "".join(_word(word, before) for word, before in zip(words, ["", "", *words], strict=False))


def translate_european(text):
    """The same with European words."""
    return re.sub(r"\w+", lambda match: EUROPEAN.get(match.group(), match.group()), translate(text))


def names_wrong_word(text):
    """Whether the English text has one of the words in which the student is wrong."""
    return bool(set(re.findall(r"\w+", text)) & set(WRONG))


def orders(count, *, seed, placeholders=False):
    """Different orders such as `Open the new file with the old program.`; every fourth with a placeholder."""
    generator = random.Random(seed)
    made = {}
    while len(made) < count:
        marked = placeholders and len(made) % 4 == 0
        made[_order(generator, placeholder=generator.choice(PLACEHOLDERS) if marked else "")] = None
    return list(made)


def answer(messages):
    """What a chat teacher that plays the roles translate and contexts says."""
    asked = messages[-1]["content"]
    text = delimited(messages)
    if asked.startswith("You translate"):
        return json.dumps({"translation": translate(text)}, ensure_ascii=False)
    count = int(re.search(r"Write (\d+) different", asked).group(1))
    return json.dumps({"sentences": [f"{verb.title()} the {text} and the empty menu." for verb in VERBS][:count]})


def delimited(messages):
    """The text between the marks of the last question."""
    return re.search(r"<(text\S*)>\n(.*)\n</\1>", messages[-1]["content"], re.DOTALL).group(2)


def pairs(sources, *, key=translate):
    """Rows of a bilingual text."""
    return [{"source": source, "target": key(source)} for source in sources]


def write_rows(path, rows):
    """JSON Lines of these rows."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _order(generator, *, placeholder):
    first, second = generator.sample(sorted(NOUNS), 2)
    adjective, other = generator.choices(sorted(ADJECTIVES), k=2)
    middle = generator.choice(["with", "and"])
    mark = f" {placeholder}" if placeholder else ""
    return f"{generator.choice(sorted(VERBS)).title()} the {adjective} {first}{mark} {middle} the {other} {second}."


def _word(word, before):
    lower = word.lower()
    found = (ADJECTIVES if before == "the" else {}).get(lower) or VERBS.get(lower) or ADJECTIVES.get(lower)
    found = found or NOUNS.get(lower) or _REST.get(lower) or word
    return found.title() if word[:1].isupper() else found
