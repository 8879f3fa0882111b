"""What a server says when it refuses: found, cleaned, and understood."""

import json

import pytest

from tutelage.teachers.calling.diagnosis import classify_status
from tutelage.teachers.calling.words import SHOWN_CHARACTERS, read_words, show


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "no such key", "code": "k"}, "no such key"),
        ({"error": {"message": "no such key"}}, "no such key"),
        ({"error": "no such key"}, "no such key"),
        ({"detail": "Not Found"}, "Not Found"),
        (
            {"detail": [{"loc": ["body"], "msg": "field required"}]},
            '{"detail": [{"loc": ["body"], "msg": "field required"}]}',
        ),
        ("no such key\n", "no such key"),
        (b'{"error": {"message": "no such key"}}', "no such key"),
        ('{"error": {"message": ""}}', '{"error": {"message": ""}}'),
        ("", "nothing"),
        (None, "nothing"),
        ([1], "[1]"),
    ],
)
def test_words_are_found_in_any_form_of_body(body, text):
    assert read_words(body).text == text


def test_a_page_is_shown_without_its_marks():
    page = "<!DOCTYPE html><head><style>p {color: red}</style></head><script>steal()</script><p>Sign&nbsp;in</p>"
    words = read_words(page)
    assert (words.text, words.is_page) == ("Sign in", True)


def test_what_a_terminal_would_obey_is_removed():
    hostile = "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\r\nnext\x9b1A\u202eevil\u200b \ud800\x00end"
    assert show(hostile) == "red nextevil \ufffd end"
    assert len(show("x" * 10_000)) == SHOWN_CHARACTERS


def refusal(message, *, status=400, **named):
    return classify_status(status, read_words({"error": {"message": message, **named}}))


@pytest.mark.parametrize(
    ("subject", "failure"),
    [
        ("key", refusal("Incorrect API key provided: sk-…", status=401)),
        ("key", refusal("Incorrect API key provided", code="invalid_api_key")),
        ("key", refusal("API key not valid. Please pass a valid API key.")),
        ("key", refusal("no", status=403)),
        ("account", refusal("no", status=402)),
        ("account", refusal("You exceeded your current quota", status=429, code="insufficient_quota")),
        ("account", refusal("Your credit balance is too low to access the API.")),
        ("model", refusal("The model `gpt-9` does not exist or you do not have access to it.", code="model_not_found")),
        ("model", refusal("model 'llama9' not found, try pulling it first", status=404)),
        ("model", refusal("Unknown model: x")),
        ("model", refusal("The model `x` has been decommissioned and is no longer supported.")),
        ("parameter", refusal("Unsupported parameter: 'top_k'", param="top_k")),
        ("parameter", refusal("Unrecognized request argument supplied: seed")),
        ("parameter", refusal("[{'loc': ['body', 'x'], 'msg': 'Extra inputs are not permitted'}]", status=422)),
        ("parameter", refusal("max_tokens is too large: 9. This model supports at most 8 completion tokens")),
        ("parameter", refusal("Missing required query parameter: api-version")),
        ("path", refusal("no", status=404)),
        ("path", refusal("Method Not Allowed", status=405)),
        ("page", classify_status(400, read_words("<html>Blocked by the proxy</html>"))),
    ],
)
def test_refusals_of_everything_are_known_by_their_words(subject, failure):
    assert (failure.kind, failure.subject) == ("barred", subject)
    assert len(failure.advise(model="m", api_key_env="KEY")) > 15


@pytest.mark.parametrize(
    "failure",
    [
        refusal(
            "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.", param="messages"
        ),
        refusal("the request exceeds the available context size", code="exceed_context_size_error"),
        refusal("prompt is too long: 210000 tokens"),
        refusal(
            "The response was filtered due to the prompt triggering the content management policy.",
            code="content_filter",
        ),
        refusal("Your input was flagged by moderation", status=403),
        refusal("Request Entity Too Large", status=413),
        refusal("I do not like this one"),
        refusal("no", status=422),
    ],
)
def test_other_refusals_are_of_one_item(failure):
    assert failure.kind == "refused"


@pytest.mark.parametrize("status", [408, 429, 503, 500, 502])
def test_trouble_that_passes_stays_so_whatever_is_said(status):
    page = read_words("<html>Bad gateway: check the API key of the model</html>")
    assert classify_status(status, page).kind in {"busy", "server_error"}
    assert json.dumps(page.text)
