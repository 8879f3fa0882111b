"""Answers of a local language model on a CPU: llama.cpp's slots on a GGUF file beside CTranslate2's int8 batches.

    python -m benchmarks.speed.local_llm --gguf MODEL.gguf --sequences 1 8 32 --threads 1
    python -m benchmarks.speed.local_llm --student embedded:smollm2 --sequences 1 8 --agreement 24

Both are asked the same questions of the role *translate*, greedily, and write the same number of tokens whatever they
are, so that no answer ends early. The rate is of written tokens for a second of processor time, the questions read in
it: with one thread that is the rate on a core that nobody else uses, also where somebody does. Rounds alternate.
CTranslate2 opens what the file is converted to (dequantised, then int8), once, into `--converted` or a cache: minutes
and, for a model of 1.5 billion weights, ten gigabytes of memory. With `--student` llama.cpp opens what the engine
`llama.cpp` converts that student to for int8 (q8_0). `--agreement` counts the greedy answers that are those of the
weights in float32, token by token, ends included.
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
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import Any, Self
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import ctranslate2

from benchmarks.speed.figures import Figure, ratio_figure, render_table
from benchmarks.speed.material import DIRECTION, choose_pairs
from tutelage.core.decoding import Decoding
from tutelage.core.errors import UserError
from tutelage.embedded.llama_cpp import start_server
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.atomic import kept_folder
from tutelage.students.causal_student import CausalStudent
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.answers import Continuation, Request
from tutelage.students.engines.conversion import Converted, write_conversion
from tutelage.students.engines.ctranslate2_causal import CTranslate2Continuation
from tutelage.students.engines.kinds import GGUF_TYPES
from tutelage.students.engines.llama_cpp_causal import LlamaCppContinuation, find_gguf_conversion
from tutelage.students.engines.transformers_causal import TransformersContinuation
from tutelage.students.loading import locate_student
from tutelage.students.student_folder import read_bare_student, read_student

CONTEXT_TOKENS = 512
"""Of a question and its answer."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Prompts as token ids, and as the tokens of the same vocabulary."""

    ids: list[list[int]]
    tokens: list[list[str]]


@dataclass(frozen=True, slots=True)
class Model:
    """The same weights for both."""

    gguf: Path
    folder: Path
    """As transformers reads them."""
    converted: Path
    """As CTranslate2 does, in int8."""

    @classmethod
    def of(cls, gguf: Path | None, student: str | None, converted: Path | None) -> Self:
        """A GGUF file and what it is dequantised to, or a student and what it is converted to."""
        folder = locate_student(student or str(gguf))
        file = gguf or find_gguf_conversion(folder, conversion_cache(), outtype=GGUF_TYPES["int8"])
        bare = read_bare_student(folder, direction=DIRECTION)
        place = converted or conversion_cache() / f"{folder.name}-int8"
        kept_folder(place, lambda aside: write_conversion(bare, aside, quantization="int8"))
        return cls(file, folder, place)


def measure_local_llm(
    model: Model, *, sequences: Sequence[int], threads: int, tokens: int, rounds: int
) -> list[Figure]:
    """Written tokens a second of both, for each number of sequences at a time, and their ratio."""
    student, gguf, weights = read_bare_student(model.folder, direction=DIRECTION), model.gguf, model.converted
    generator = ctranslate2.Generator(str(weights), compute_type="int8", inter_threads=1, intra_threads=threads)
    figures = []
    for count in sequences:
        questions = _ask_translations(student.tokenizer, count)
        server = start_server(gguf, threads=threads, slots=count, context_tokens=CONTEXT_TOKENS)
        arms = {
            "llama.cpp": _llama(server.listening_address, questions, tokens),
            "ctranslate2": _batch(generator, questions, tokens),
        }
        turns = [{name: _rate(arm) for name, arm in arms.items()} for _ in range(rounds)]
        rates = {name: [turn[name] for turn in turns] for name in arms}
        print(f"{count} at a time: {rates}", file=sys.stderr, flush=True)
        del server, arms  # the last references: the model is freed before the next one is opened
        figures += [Figure(f"{name}, {count} at a time", f"{median(rates[name]):.1f} tokens/s") for name in rates]
        figures += [ratio_figure(f"CTranslate2 : llama.cpp, {count}", rates["ctranslate2"], rates["llama.cpp"])]
    return figures


def compare_answers(model: Model, *, count: int, threads: int, tokens: int) -> list[Figure]:
    """Greedy answers of both that are those of transformers in float32, and how far they go before they part."""
    student = read_student(model.folder, direction=DIRECTION)
    if not isinstance(student, CausalStudent):
        raise UserError("this model only translates.", where=str(model.folder), fix="Name a chat model.")
    requests = [Request(ids) for ids in _ask_translations(student.tokenizer, count).ids]
    converted = Converted(model.converted, "int8")
    arms: dict[str, Continuation] = {
        "llama.cpp": LlamaCppContinuation(student, model.gguf, key="gguf", threads=threads),
        "CTranslate2 int8": CTranslate2Continuation(student, converted=converted, compute_type="int8", threads=threads),
    }
    decoding = Decoding(max_target_tokens=tokens)
    wanted = TransformersContinuation(student).continue_batch(requests, decoding=decoding)
    written = {name: arm.continue_batch(requests, decoding=decoding) for name, arm in arms.items()}
    return [_agreement(name, answers, wanted) for name, answers in written.items()]


def _agreement(name: str, answers: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> Figure:
    pairs = list(zip(answers, wanted, strict=True))
    same = sum(one == other for one, other in pairs)
    common = sum(sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(*pair, strict=False))) for pair in pairs)
    share = common / sum(map(len, wanted))
    return Figure(f"{name}, answers of float32", f"{same} of {len(pairs)}; {share:.0%} of the tokens before they part")


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
        request = HttpRequest(f"{address}/completion", json.dumps(asked).encode(), {"Content-Type": "application/json"})
        with urlopen(request) as answer:
            return int(json.loads(answer.read())["tokens_predicted"])

    def answer() -> float:
        with ThreadPoolExecutor(len(questions.ids)) as pool:
            return sum(pool.map(ask, questions.ids))

    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--gguf", type=Path, help="a file that llama.cpp decodes as it is")
    which.add_argument("--student", help="a chat student, which is converted for both")
    parser.add_argument("--converted", type=Path, help="where the int8 weights of CTranslate2 are, or are to be")
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8, 32], help="at a time")
    parser.add_argument("--threads", type=int, default=1, help="of each of the two")
    parser.add_argument("--tokens", type=int, default=32, help="that each answer has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--agreement", type=int, default=0, help="questions whose answers are compared with float32's")
    chosen = parser.parse_args()
    model = Model.of(chosen.gguf, chosen.student, chosen.converted)
    figures = measure_local_llm(
        model, sequences=chosen.sequences, threads=chosen.threads, tokens=chosen.tokens, rounds=chosen.rounds
    )
    if chosen.agreement:
        figures += compare_answers(model, count=chosen.agreement, threads=chosen.threads, tokens=chosen.tokens)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(render_table([*figures, Figure("peak memory with both models", f"{memory:.1f} GiB")]))


if __name__ == "__main__":
    main()
