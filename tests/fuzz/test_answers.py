"""Damaged bodies are answers, spoiled answers or failures."""

from fuzz.answers import ANSWERS, attempt, make_target, read
from fuzz.driver import fuzz
from scripted.wire import Completion, json_reply


def test_sound_bodies_pass():
    for text in ANSWERS:
        whole, streamed = Completion("m", text).as_json(), Completion("m", text).events(with_usage=True)
        for body in (json_reply(whole).body, b"".join(streamed)):
            attempt(body)
            assert read(body, size=7) == text


def test_damaged_bodies_raise_nothing(tmp_path):
    tally = fuzz(make_target(), count=700, seed=1, keep=tmp_path)
    assert tally.tried == 700
    assert tally.faults == {}
