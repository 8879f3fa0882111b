"""What nobody should write into a recipe, as TOML."""

ODD_NUMBERS = (
    "inf", "-inf", "nan", "-nan", "1e308", "-1e308", "1e-320", "0", "-1", "0.5", "-0.0", "1_000", "2.0", "0x7f",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" + "0" * 400, "1" + "0" * 5000,
)  # fmt: skip
ODD_TEXTS = (
    '""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\uFEFFx"', '"\\u202Eabc"', '"e\\u0301"', '"İ"', '"ß"', '"👩‍👩‍👧"',
    '"\\u001b[31mred"', '"../../x"', '"."', '".."', '"~"', '"~nobody/x"', '"/"', '"/dev/null"', '"*"', '"[a"', '"%s"',
    '"{name}"', '"{0.__class__}"', '"$HOME"', '"http://["', '"http://[::1"', '"https://a:b@c:99999/v1"', '"http://x:y"',
    '"file:///x"', '"embedded:"', '"embedded:nothing"', '"embedded:../x"', '"postgresql://"', '"postgresql://a@[x/y"',
    '"sqlite://"', '"a/b"', '"en"', '"xx"', '"pt_BR-x"', '"none"', '"inf"', '"nan"', '"1"', f'"{"x" * 300}"',
    f'"{"x" * 5000}"', '"spacy:"', '"x.gguf"', '"text/pool.en.txt"', "'''a\nb'''", '"chrf"', '"chrf: "',
    '"chrf: better by at least nan"', '"chrf: at least 1e999"', '"chrf: not worse by more than -1"', '"a.b.c: better"',
    '"chrf: better by at least ١"', '": better"', '"[unclosed"', '"(?P<x"',
)  # fmt: skip
ODD_OTHERS = (
    "true", "false", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "[]", "[[]]", "[1, 'a', {}]", "{}", "{ a = {} }",
    "{ path = 1 }", '[""]', "[1, 2]", '["a", "a"]', "[{ path = 'x' }]", "[true]", "[nan]", "[[[[]]]]",
)  # fmt: skip
ODD_VALUES = ODD_NUMBERS + ODD_TEXTS + ODD_OTHERS
ODD_KEYS = ('""', '"a b"', '"\\u0000"', "0", "-", '"ключ"', "model_fields", "__class__", '"a.b"', "step", "a.b.c.d")


def nested(depth: int, *, kind: str) -> str:
    """A value so deep."""
    if kind == "tables":
        return "{ a = " * depth + "1" + " }" * depth
    return "[" * depth + "]" * depth
