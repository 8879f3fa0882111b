from dataclasses import dataclass
from typing import Literal

import pytest

from tutelage.storage.plain import from_json, to_plain


@dataclass(frozen=True, slots=True)
class Inner:
    share: float
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    count: int
    kind: Literal["a", "b"]
    inner: Inner
    parts: tuple[Inner, ...] = ()
    sure: bool = True


OUTER = Outer("n", 3, "a", Inner(1), (Inner(0.5, "half"),))


def test_what_was_written_is_read():
    assert from_json(Outer)(to_plain(Outer)(OUTER)) == OUTER
    assert from_json(Outer)({"name": "n", "count": 1, "kind": "b", "inner": {"share": 2}, "newer": 1}).parts == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": 3}, "name is not of the type str"),
        ({"name": None}, "name is not of the type str"),
        ({"count": 1.5}, "count is not of the type int"),
        ({"count": True}, "count is not of the type int"),
        ({"kind": "c"}, "kind is not"),
        ({"inner": 3}, "inner is no object"),
        ({"inner": {}}, "share is missing in inner"),
        ({"inner": {"share": "1"}}, r"inner\.share is not of the type float"),
        ({"parts": {}}, "parts is no list"),
        ({"parts": [{"share": 1}, 3]}, r"parts\[1\] is no object"),
    ],
)
def test_values_of_another_shape_are_told(change, told):
    with pytest.raises(ValueError, match=told):
        from_json(Outer)({**to_plain(Outer)(OUTER), **change})


@pytest.mark.parametrize("value", [None, [], 3, "x", {}])
def test_what_is_no_record(value):
    with pytest.raises(ValueError, match=r"no object|is missing"):
        from_json(Outer)(value)
