#!/usr/bin/env python
"""Stands in for a Python that has vLLM: the same command line and the same addresses, and no model.

A completion is the prompt backwards, an end and what must not be read behind it; choices come in a muddled order. What
it was started with and asked is a line each in the file `STAND_IN_TOLD`. A model called `broken` ends it at once.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

END = 1


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tell(asked)
        if self.path == "/v1/completions":
            texts = [prompt for prompt in asked["prompt"] for _ in range(asked["n"])]
            rows = [[*reversed(ids), asked["stop_token_ids"][0], 7] for ids in texts]
            choices = [{"index": number, "token_ids": ids} for number, ids in enumerate(rows)]
            self.answer({"choices": choices[::-1]} if asked["max_tokens"] > 1 else {"error": "no room"})
        else:
            message = {"role": "assistant", "content": json.dumps({"translation": "Uma chave."})}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": 5}
            self.answer({"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})

    def answer(self, body):
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def tell(what):
    with open(os.environ["STAND_IN_TOLD"], "a", encoding="utf-8") as stream:
        stream.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    tell(sys.argv[1:])
    with open(os.environ["STAND_IN_TOLD"].replace(".jsonl", ".environment"), "w", encoding="utf-8") as stream:
        json.dump(dict(os.environ), stream)
    if sys.argv[sys.argv.index("--model") + 1] == "broken":
        sys.exit("ValueError: this model cannot be served")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
