"""What vLLM writes beside transformers with the same student: greedily, with LoRA, by sampling, within a schema.

    TUTELAGE_VLLM=VLLM/bin/python python -m benchmarks.speed.vllm --segments 40

The student translates real segments in float32. The adapter is a new one whose weights are drawn by chance, large
enough that it changes what is written; transformers computes it by peft, vLLM beside the weights, neither merges it.
The same server is then a teacher, asked for an answer within a JSON schema. Rates are of written tokens for a second by
the clock, the start of a server aside.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.material import DIRECTION, choose_pairs
from tutelage.core.decoding import Decoding
from tutelage.core.errors import UserError
from tutelage.core.machine import usable_cores
from tutelage.core.settings import LoraSettings
from tutelage.core.teacher_settings import VllmSettings
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.students.adapters import add_adapter
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Continuation, Request
from tutelage.students.engines.transformers_causal import TransformersContinuation
from tutelage.students.engines.vllm_causal import VllmContinuation
from tutelage.students.loading import load_student
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.role import Answered
from tutelage.teachers.servers.vllm import VllmTeacher

GREEDY = Decoding(max_target_tokens=48)
SAMPLED = Decoding(max_target_tokens=24, sampling_temperature=0.7, outputs=3, seed=5)
SPREAD = 0.05
"""Standard deviation of the adapter's upper weights, which begin as zeros."""


def measure_vllm(name: str, *, text: Path | None, segments: int) -> list[Figure]:
    """Outputs that are the same, token by token, and rates."""
    student = load_student(name, direction=DIRECTION)
    if not isinstance(student, CausalStudent):
        raise UserError("vLLM is for chat models.", where=name, fix="Give one as --student.")
    sources = [pair.source.text for pair in choose_pairs(text, segments)]
    requests = [Request(ids) for ids in student.encode_sources(sources, max_tokens=student.max_tokens)]
    served = VllmContinuation(student)
    figures, plain = _compare("greedy", served, TransformersContinuation(student), requests)
    drawn = [served.continue_several(requests[:4], decoding=SAMPLED) for _ in range(2)]
    figures.append(Figure("samples of one seed, drawn twice, are the same", "yes" if drawn[0] == drawn[1] else "no"))
    various = sum(len({tuple(ids) for ids in rows}) for rows in drawn[0])
    figures.append(Figure("different ones among 3 samples of 4 segments", f"{various} of 12"))
    del served
    with tempfile.TemporaryDirectory() as folder:
        adapted = _adapt(student, Path(folder))
        served = VllmContinuation(student, adapter=Path(folder))
        more, changed = _compare("greedy with LoRA", served, TransformersContinuation(adapted), requests)
        differ = sum(one != other for one, other in zip(plain, changed, strict=True))
        figures += [*more, Figure("outputs that the adapter changes", f"{differ} of {segments}")]
        del served
    return [*figures, _ask_teacher(student)]


def _compare(
    what: str, served: Continuation, own: Continuation, requests: Sequence[Request]
) -> tuple[list[Figure], list[list[int]]]:
    outputs, rates = [], []
    for engine in (own, served):
        engine.continue_batch(requests[:2], decoding=GREEDY)
        began = time.perf_counter()
        outputs.append(engine.continue_batch(requests, decoding=GREEDY))
        rates.append(sum(map(len, outputs[-1])) / (time.perf_counter() - began))
    same = sum(one == other for one, other in zip(*outputs, strict=True))
    return [
        Figure(f"{what}: outputs of vLLM that are those of transformers", f"{same} of {len(requests)}"),
        Figure(f"{what}: transformers, vLLM", f"{rates[0]:,.0f}, {rates[1]:,.0f} tokens/s"),
    ], outputs[0]


def _adapt(student: CausalStudent, folder: Path) -> CausalStudent:
    """A copy of the student with an adapter that changes what it writes, saved into the folder."""
    torch.manual_seed(1)
    fresh = load_student(str(student.origin), direction=DIRECTION)
    adapted = add_adapter(dataclasses.replace(student, model=fresh.model), LoraSettings(rank=8))
    for name, weight in adapted.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=SPREAD)
    adapted.model.save_pretrained(folder)
    if not isinstance(adapted, CausalStudent):
        raise TypeError(type(adapted))
    return adapted


def _ask_teacher(student: CausalStudent) -> Figure:
    """A translation as JSON by the same weights as a teacher: what can be used, and what is wrong with the rest."""
    role, settings = TranslateRole(DIRECTION), VllmSettings(model=str(student.origin), compute_type="float32")
    segments = [pair.source for pair in choose_pairs(None, 8)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "ledger") as ledger,
        VllmTeacher(settings, name="teacher") as teacher,
    ):
        answers = list(ask(role, segments, teacher=teacher, ledger=ledger))
    refused = Counter(one.reason for one in answers if not isinstance(one, Answered))
    told = "".join(f"; {reason}: {count}" for reason, count in refused.most_common())
    kept = len(segments) - refused.total()
    return Figure("usable answers of the same model as a teacher", f"{kept} of {len(segments)}{told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="embedded:smollm2", help="a chat model")
    parser.add_argument("--text", type=Path, help="bilingual text; default: as of the other speed benchmarks")
    parser.add_argument("--segments", type=int, default=40)
    parser.add_argument("--threads", type=int, default=usable_cores(), help="of transformers")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    print(render_table(measure_vllm(chosen.student, text=chosen.text, segments=chosen.segments)))


if __name__ == "__main__":
    main()
