"""Answers of a local language model on a CPU: llama.cpp's slots on a GGUF file beside CTranslate2's int8 batches.

    python -m benchmarks.speed.local_llm --gguf MODEL.gguf --sequences 1 8 32 --threads 1

Both are asked the same questions of the role *translate*, greedily, and write the same number of tokens whatever they
are, so that no answer ends early. The rate is of written tokens for a second of processor time, the questions read in
it: with one thread that is the rate on a core that nobody else uses, also where somebody does.
CTranslate2 opens what the file is converted to (dequantised, then int8), once, into `--converted` or a cache: minutes
and, for a model of 1.5 billion weights, ten gigabytes of memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

import ctranslate2

from benchmarks.speed.figures import Figure, ratio_figure, render_table
from benchmarks.speed.material import DIRECTION, choose_pairs
from tutelage.embedded.llama_cpp import start_server
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.atomic import kept_folder
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.conversion import write_conversion
from tutelage.students.gguf import dequantise
from tutelage.students.student_folder import read_bare_student

CONTEXT_TOKENS = 512
"""Of a question and its answer."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Prompts as token ids, and as the tokens of the same vocabulary."""

    ids: list[list[int]]
    tokens: list[list[str]]


def measure_local_llm(
    gguf: Path, *, converted: Path | None, sequences: Sequence[int], threads: int, tokens: int, rounds: int
) -> list[Figure]:
    """Written tokens a second of both, for each number of sequences at a time, and their ratio."""
    folder = dequantise(gguf)
    student = read_bare_student(folder, direction=DIRECTION)
    weights = kept_folder(
        converted or conversion_cache() / f"{folder.name}-int8",
        lambda aside: write_conversion(student, aside, quantization="int8"),
    )
    generator = ctranslate2.Generator(str(weights), compute_type="int8", inter_threads=1, intra_threads=threads)
    figures = []
    for count in sequences:
        questions = _ask_translations(student.tokenizer, count)
        server = start_server(gguf, threads=threads, slots=count, context_tokens=CONTEXT_TOKENS)
        arms = {
            "llama.cpp": _llama(server.listening_address, questions, tokens),
            "ctranslate2": _batch(generator, questions, tokens),
        }
        rates: dict[str, list[float]] = {name: [_rate(arm) for _ in range(rounds)] for name, arm in arms.items()}
        print(f"{count} at a time: {rates}", file=sys.stderr, flush=True)
        del server, arms  # the last references: the model is freed before the next one is opened
        figures += [Figure(f"{name}, {count} at a time", f"{median(rates[name]):.1f} tokens/s") for name in rates]
        figures += [ratio_figure(f"CTranslate2 : llama.cpp, {count}", rates["ctranslate2"], rates["llama.cpp"])]
    return figures


def _rate(answer: Callable[[], float]) -> float:
    began = time.process_time()
    tokens = answer()
    return tokens / (time.process_time() - began)


def _ask_translations(tokenizer: Any, count: int) -> Questions:
    role = TranslateRole(DIRECTION)
    conversations = [
        [{"role": one.role, "content": one.content} for one in role.render(pair.source)]
        for pair in choose_pairs(None, count)
    ]
    texts = tokenizer.apply_chat_template(conversations, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(texts, add_special_tokens=False).input_ids
    return Questions(ids, [tokenizer.convert_ids_to_tokens(one) for one in ids])


def _batch(generator: Any, questions: Questions, tokens: int) -> Callable[[], float]:
    def answer() -> float:
        results = generator.generate_batch(
            questions.tokens, max_length=tokens, min_length=tokens, include_prompt_in_result=False, sampling_topk=1
        )
        return sum(len(result.sequences_ids[0]) for result in results)

    return answer


def _llama(address: str, questions: Questions, tokens: int) -> Callable[[], float]:
    def ask(ids: list[int]) -> int:
        asked = {"prompt": ids, "n_predict": tokens, "ignore_eos": True, "temperature": 0.0, "cache_prompt": False}
        request = Request(f"{address}/completion", json.dumps(asked).encode(), {"Content-Type": "application/json"})
        with urlopen(request) as answer:
            return int(json.loads(answer.read())["tokens_predicted"])

    def answer() -> float:
        with ThreadPoolExecutor(len(questions.ids)) as pool:
            return sum(pool.map(ask, questions.ids))

    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--converted", type=Path, help="where the int8 weights of CTranslate2 are, or are to be")
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8, 32], help="at a time")
    parser.add_argument("--threads", type=int, default=1, help="of each of the two")
    parser.add_argument("--tokens", type=int, default=32, help="that each answer has")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    figures = measure_local_llm(
        chosen.gguf,
        converted=chosen.converted,
        sequences=chosen.sequences,
        threads=chosen.threads,
        tokens=chosen.tokens,
        rounds=chosen.rounds,
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(render_table([*figures, Figure("peak memory with both models", f"{memory:.1f} GiB")]))


if __name__ == "__main__":
    main()
