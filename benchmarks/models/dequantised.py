"""Whether a dequantised model answers as its GGUF file does: claims tune the former, people run the latter.

    python -m benchmarks.models.dequantised qwen2.5-coder-1.5b --items 40

The same questions of the built-in suite, answered greedily by llama.cpp from the file as it is, and by CTranslate2 from
the weights that it was dequantised to. Their arithmetic differs, so that answers part after some words; what should not
differ is how many pass.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import sacrebleu

from benchmarks.models.split_model import find_model
from benchmarks.models.table import MODELS, default_folder
from tutelage.core.languages import Direction
from tutelage.evaluation.retention.suite import Suite, build_suite
from tutelage.stages.retention.answers import AbilityAnswer, answer_items
from tutelage.students.chat_writer import ChatWriter, load_chat_student
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.llama_cpp_causal import LlamaCppContinuation
from tutelage.students.engines.opening import open_causal_engine
from tutelage.students.loading import locate_student

ABILITIES = ("facts", "arithmetic", "instructions")
DIRECTION = Direction("en", "en")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.models.dequantised", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("name", choices=sorted(MODELS))
    parser.add_argument("--items", type=int, default=40, help="questions of each ability")
    parser.add_argument("--tokens", type=int, default=48, help="of an answer at most")
    parser.add_argument("--compute-type", default="int8", help="CTranslate2's")
    chosen = parser.parse_args()
    file = find_model(MODELS[chosen.name], default_folder())
    suite = build_suite(ABILITIES, limit=chosen.items, max_answer_tokens=chosen.tokens)
    student = load_chat_student(locate_student(str(file)), direction=DIRECTION, fix="Name a chat model.")
    with tempfile.TemporaryDirectory() as folder:
        engines = (
            CausalEngine(student, LlamaCppContinuation(student, file, key=chosen.name)),
            open_causal_engine(
                student, name="ctranslate2", compute_type=chosen.compute_type, cache=conversion_cache(run=Path(folder))
            ),
        )
        given = [list(answer_items(ChatWriter(student, engine), suite.items)) for engine in engines]
    print("\n".join(compare_answers(suite, *given)))


def compare_answers(
    suite: Suite, quantised: Sequence[AbilityAnswer], dequantised: Sequence[AbilityAnswer]
) -> Iterator[str]:
    """The table."""
    first, second = ({answer.id: answer for answer in answers} for answers in (quantised, dequantised))
    yield "| ability | questions | pass, file | pass, dequantised | same mark | same answer | chrF between |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for ability in ABILITIES:
        pairs = [(first[item.id], second[item.id]) for item in suite.items if item.ability == ability]
        marks = sum(one.passed == other.passed for one, other in pairs)
        texts = sum(one.text.strip() == other.text.strip() for one, other in pairs)
        near = sacrebleu.corpus_chrf([other.text for _, other in pairs], [[one.text for one, _ in pairs]]).score
        passed = [sum(pair[side].passed for pair in pairs) for side in (0, 1)]
        yield f"| {ability} | {len(pairs)} | {passed[0]} | {passed[1]} | {marks} | {texts} | {near:.1f} |"


if __name__ == "__main__":
    main()
