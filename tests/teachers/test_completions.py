import time
from email.utils import formatdate

import httpx
import openai
import pytest

from tutelage.teachers.calling.completions import read_completion, request_body
from tutelage.teachers.calling.diagnosis import classify, classify_status, read_retry_after
from tutelage.teachers.calling.failures import BrokenAnswer
from tutelage.teachers.calling.words import ServerWords
from tutelage.teachers.dialects import Dialect
from tutelage.teachers.messages import ChatRequest, Message

REQUEST = ChatRequest("m", (Message("user", "a question of some words"),), 0.0, 50, schema='{"type":"object"}')


def completion(usage=None, **choice):
    plain = {"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    return {"choices": [plain | choice], "usage": usage}


def usage(asked, answered):
    return {"prompt_tokens": asked, "completion_tokens": answered}


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        "many",
        usage(-5, 3),
        usage(5, -3),
        usage(0, 3),
        usage(5, 0),
        usage(5, 51),
        usage(REQUEST.worst_input_tokens + 1, 3),
        usage(10**9, 3),
        usage(5.0, 3),
        usage(True, 3),
        usage("5", 3),
        usage(5, None),
    ],
)
def test_usage_that_cannot_be_true_is_unknown(given):
    answer = read_completion(completion(given), request=REQUEST)
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("hi", None, None)


@pytest.mark.parametrize(("asked", "answered"), [(12, 1), (1, 50), (REQUEST.worst_input_tokens, 50)])
def test_usage_that_can_be_true_is_taken(asked, answered):
    answer = read_completion(completion(usage(asked, answered)), request=REQUEST)
    assert (answer.input_tokens, answer.output_tokens) == (asked, answered)


LONG = "words that people write, one after another, " * 40
"""1,760 bytes, about 400 tokens; no vocabulary makes less than 110 of it."""


@pytest.mark.parametrize(("asked", "answered", "true"), [(109, 110, False), (110, 109, False), (110, 110, True)])
def test_usage_far_under_the_length_of_the_texts_is_unknown(asked, answered, true):
    request = ChatRequest("m", (Message("user", LONG),), 0.0, 2000)
    told = completion(usage(asked, answered), message={"content": LONG})
    answer = read_completion(told, request=request)
    assert (answer.input_tokens, answer.output_tokens) == ((asked, answered) if true else (None, None))


@pytest.mark.parametrize(("total", "output"), [(20, 8), (52, 40), (63, None), (7, 8), ("many", 8), (None, 8)])
def test_tokens_that_only_the_total_tells_are_billed_as_output(total, output):
    told = {**usage(12, 8), "total_tokens": total}
    answer = read_completion(completion(told), request=REQUEST)
    assert answer.output_tokens == output


def test_the_worst_case_covers_a_schema_told_in_words():
    body = request_body(REQUEST, dialect=Dialect(structured=False))
    assert sum(len(message["content"].encode()) for message in body["messages"]) <= REQUEST.worst_input_tokens


def test_empty_answers_may_have_no_tokens():
    answer = read_completion(completion(usage(12, 0), message={"content": None}), request=REQUEST)
    assert (answer.text, answer.output_tokens) == ("", 0)


def test_an_answer_cut_off_is_marked():
    assert read_completion(completion(finish_reason="length"), request=REQUEST).truncated
    assert not read_completion(completion(), request=REQUEST).truncated


@pytest.mark.parametrize(
    "wrong",
    [None, "<html>", [], {}, {"choices": None}, {"choices": []}, {"choices": [{}]}, completion(message={"content": 3})],
)
def test_anything_else_is_no_completion(wrong):
    with pytest.raises(BrokenAnswer, match="no chat completion"):
        read_completion(wrong, request=REQUEST)


def test_the_schema_goes_as_a_setting_or_in_words():
    structured = request_body(REQUEST, dialect=Dialect())
    assert structured["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert structured["messages"] == [{"role": "user", "content": "a question of some words"}]
    told = request_body(REQUEST, dialect=Dialect(structured=False))
    assert "response_format" not in told
    assert told["messages"][0]["content"].endswith('{"type":"object"}')
    assert (told["model"], told["temperature"], told["max_tokens"]) == ("m", 0.0, 50)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "too long", "refused"),
        (401, "", "barred"),
        (404, "", "barred"),
        (409, "", "busy"),
        (422, "", "refused"),
        (429, "slow down", "busy"),
        (429, "insufficient_quota", "barred"),
        (500, "", "server_error"),
        (503, "", "busy"),
        (529, "", "busy"),
    ],
)
def test_statuses_mean_what_to_do(status, text, kind):
    assert classify_status(status, ServerWords(text)).kind == kind


def test_retry_after_is_seconds_or_a_date_or_nothing():
    values = ("2", "0.5", "-3", "", "inf", "nan", "soon")
    assert [read_retry_after(value) for value in values] == [2.0, 0.5, 0.0, None, None, None, None]
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert read_retry_after(date, now=1445412480 - 30) == 30.0
    assert read_retry_after(date) == 0.0


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_a_date_to_wait_for_is_by_the_server_s_clock(minutes):
    """A machine whose clock is ahead would not wait at all, and one behind ten minutes too long."""
    by_server = time.time() + 60 * minutes
    headers = {"retry-after": formatdate(by_server + 7, usegmt=True), "date": formatdate(by_server, usegmt=True)}
    response = httpx.Response(429, headers=headers, request=httpx.Request("POST", "http://teacher"))
    assert classify(openai.RateLimitError("slow down", response=response, body=None)).retry_after == 7.0
