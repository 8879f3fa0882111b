"""Asks a chat server with bespokelabs-curator; run by labelling_peer.py in an environment that has it.

Its telemetry is switched off, and the counts of tokens that it would download come from a file inside its own packages.
Answers are asked as text and parsed here: for structured ones it probes the model first, which this server is not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--questions", type=Path, required=True, help="JSON Lines: id, prompt")
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--cache", required=True)
    chosen = parser.parse_args()
    _prepare(chosen.cache)
    rows = [json.loads(line) for line in chosen.questions.read_text().splitlines()]
    asked = _labeller(chosen.url, chosen.in_flight)
    began, processor_began = time.perf_counter(), time.process_time()
    answered = len(asked(rows).dataset)
    figures = {"calls": answered, "seconds": time.perf_counter() - began}
    print(json.dumps({**figures, "processor_seconds": time.process_time() - processor_began}))


def _prepare(cache: str) -> None:
    tokenizers = Path(str(importlib.util.find_spec("litellm").origin)).parent / "litellm_core_utils" / "tokenizers"  # type: ignore[union-attr]
    os.environ.update(
        TELEMETRY_ENABLED="false",
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        CURATOR_CACHE_DIR=cache,
        CURATOR_DISABLE_RICH_DISPLAY="1",
        OPENAI_API_KEY="none",
        TIKTOKEN_CACHE_DIR=str(tokenizers),
    )


def _labeller(url: str, in_flight: int) -> Any:
    from bespokelabs import curator

    class OneWord(curator.LLM):  # type: ignore[misc]
        """One word about each text."""

        def prompt(self, row: dict[str, str]) -> str:
            """The question as it stands."""
            return row["prompt"]

        def parse(self, row: dict[str, str], response: str) -> dict[str, str]:
            """The word."""
            return {"id": row["id"], "word": json.loads(response)["word"]}

    limits = {"max_concurrent_requests": in_flight, "max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**9}
    return OneWord(model_name="gpt-4o-mini", backend="openai", backend_params={"base_url": url, **limits})


if __name__ == "__main__":
    main()
