"""The interface of language models, with OpenAI's own client."""

import openai
import pytest

from student_server import serving, upper
from tutelage.serving.openai_api import split_paragraphs


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.address}/v1", api_key="none", max_retries=0)


def test_the_last_user_message_is_translated(client):
    messages = [{"role": "system", "content": "Translate."}, {"role": "user", "content": "Open the file."}]
    answer = client.chat.completions.create(model="en-pt-BR", messages=messages)
    assert answer.choices[0].message.content == "Abra o arquivo."
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_models_are_directions(client):
    assert [model.id for model in client.models.list()] == ["en-pt-BR"]
    assert client.models.retrieve("en-pt-BR").owned_by == "tutelage"
    with pytest.raises(openai.NotFoundError, match="no such model"):
        client.models.retrieve("gpt")


def test_a_document_streams_by_paragraphs(client):
    text = "Open the file.\n\nClose the window.\n\nSave it."
    chunks = list(
        client.chat.completions.create(model="tutelage", messages=[{"role": "user", "content": text}], stream=True)
    )
    parts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    whole = client.chat.completions.create(model="tutelage", messages=[{"role": "user", "content": text}])
    assert len(parts) == 3
    assert "".join(parts) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_several_choices_are_several_translations():
    with serving(upper()) as running:
        client = openai.OpenAI(base_url=f"{running.address}/v1", api_key="none")
        answer = client.chat.completions.create(model="tutelage", messages=[{"role": "user", "content": "a"}], n=2)
        assert [choice.message.content for choice in answer.choices] == ["A 0", "A 1"]


def test_paragraphs_are_the_text_and_code_stays_whole():
    text = "One.\n\n  Two.\n\n```\na\n\nb\n```\n\nThree."
    parts = split_paragraphs(text)
    assert "".join(parts) == text
    assert parts[0] == "One.\n\n  "
    assert split_paragraphs("") == []
