"""OpenAI's own client: `ask_openai.py ADDRESS`."""

import sys

from openai import OpenAI

client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="none")
print("models:", *(one.id for one in client.models.list()))
message = {"role": "user", "content": "Open the file."}
answer = client.chat.completions.create(model="en-pt-BR", messages=[message])
print("chat:", answer.choices[0].message.content)
chunks = client.chat.completions.create(model="en-pt-BR", messages=[message], stream=True)
print("stream:", "".join(chunk.choices[0].delta.content or "" for chunk in chunks))
