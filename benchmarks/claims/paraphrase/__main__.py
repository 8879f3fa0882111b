"""The claim of diverse paraphrase: a small student keeps nearly the score of its teacher, and is ten times as fast.

    python -m benchmarks.claims.paraphrase                     (trains the student that it begins with first)
    python -m benchmarks.claims.paraphrase --student FOLDER --parser link-grammar
    python -m benchmarks.claims.paraphrase --gguf $(python -m benchmarks.models qwen2.5-coder-1.5b)
    python -m benchmarks.claims.paraphrase --gguf FILE --choose-level      (the levels alone)

Without a language model the teacher is a round trip through a translation engine, English → Portuguese → English, which
the student is trained on after filtering: 7.6 million weights that knew documentation in five languages. With `--gguf`
a language model writes lists of paraphrases, as in the paper, and SmolLM2 learns them.
Compared on held-out sentences: the student before and after, its teacher, and what must lose: the source copied, its
words swapped, shuffled or cut. Then the trained student is asked for low, medium and high diversity, with a language
model on as many sentences as it is trained on, which lie between these; and both are timed in turns on the test
sentences.
`--parser` adds the syntactic distance to what is measured; the student is trained to be asked for the lexical one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.claims.claim.base import train_base
from benchmarks.claims.claim.command import add_overrides, fill_recipe, make_parser
from benchmarks.claims.claim.run import run_arm, step_folder
from benchmarks.claims.paraphrase.levels import describe_levels, score_levels
from benchmarks.claims.paraphrase.speed import AskedGreedily, time_both
from benchmarks.claims.paraphrase.table import STUDENT, TEACHER, Scored, render_tables
from benchmarks.claims.paraphrase.texts import draw_between, draw_sentences
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Paraphrases, Segment
from tutelage.corpora.texts import Texts
from tutelage.embeddings.opening import open_embedder
from tutelage.evaluation.diversity.measuring import Measured, ParaphraseScorer
from tutelage.methods.paraphrase.evidence import DEGENERATE
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.methods.registry import step_types
from tutelage.parsers.opening import open_parser
from tutelage.storage.tables import read_table
from tutelage.students.diversity import LEVELS
from tutelage.students.language_model import open_language_model
from tutelage.tasks.paraphrase import choose


def main() -> None:
    arguments = _parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    text, overrides = _fill(arguments)
    recipe, step = _parse(text, overrides)
    test = _test(recipe)
    others = draw_between(text, "pool", count=arguments.sentences) if arguments.gguf else test
    meters = {"parser": arguments.parser, "fluency": arguments.fluency}
    scorer, on_others = (open_scorer(recipe, segments, **meters) for segments in (test, others))
    arm = "round trip" if arguments.gguf is None else "language model"
    runs, levels = dict[int, Path](), list[dict[str, Measured]]()
    for seed in arguments.seeds:
        run = run_arm(text, arm, overrides, seed=seed, work=arguments.work)
        print(f"seed {seed}  {run.lines[0]}", file=sys.stderr, flush=True)
        runs[seed] = run.folder
        asked = _ask(run.folder, recipe, arguments)
        levels.append({level: on_others.measure(asked.write(others, level=level)) for level in LEVELS})
    if arguments.choose_level:
        print("\n".join(describe_levels(score_levels(levels, on_others))))
        return
    seeds = {
        seed: score(folder, scorer, greedy=_ask(folder, recipe, arguments).write(test, level=step.decoding.level))
        for seed, folder in runs.items()
    }
    timed = _ask(runs[arguments.seeds[0]], recipe, arguments)
    speed = time_both(timed, test[: arguments.timed], recipe=recipe, step=step, rounds=arguments.rounds)
    print(render_tables(seeds, score_levels(levels, on_others), speed, folder=run.folder))


def _ask(run: Path, recipe: Recipe, arguments: argparse.Namespace) -> AskedGreedily:
    """The student that a run trained."""
    return AskedGreedily(step_folder(run) / "student", recipe.evaluation.max_target_tokens, arguments.compute_type)


def _fill(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The recipe and what is set in it; short sentences for a language model, which is slow."""
    data = arguments.data
    if arguments.gguf is None:
        student = arguments.student or train_base(arguments.data, arguments.work.parent)
        return fill_recipe("paraphrase", STUDENT=student.resolve(), data=data), arguments.set
    text = fill_recipe("paraphrase", "live.toml", TEACHER=arguments.gguf.resolve(), data=data)
    counts = {"pool": arguments.sentences, "test": arguments.tested}
    drawn = (draw_sentences(text, use, count=count, work=arguments.work.resolve()) for use, count in counts.items())
    return text, [*drawn, *arguments.set]


def open_scorer(recipe: Recipe, test: Sequence[Segment], *, parser: str, fluency: str) -> ParaphraseScorer:
    """All systems are measured on the same sentences."""
    return ParaphraseScorer(
        {segment.id: segment.text for segment in test},
        test="domain",
        embedder=open_embedder("embedded"),
        parser=None if parser == "none" else open_parser(parser),
        language_model=open_language_model(fluency),
        seed=recipe.seed,
        resamples=recipe.evaluation.resamples,
        language="en",
    )


def score(run: Path, scorer: ParaphraseScorer, *, greedy: Mapping[str, tuple[str, ...]]) -> Scored:
    """The systems of the run, the student's greedy outputs, and what must lose, on the sentences the teacher answered.

    A sentence that it left unanswered tells nothing of how it paraphrases; as 0 it would be in the student's favour.
    """
    tests = step_folder(run) / "tests"
    outputs: dict[str, Mapping[str, tuple[str, ...]]] = {
        name: {one.id: one.texts for one in read_table(tests / f"domain-{name}.parquet", Paraphrases)}
        for name in ("before", "after", TEACHER)
    }
    outputs[STUDENT] = greedy
    scorer = scorer.among(outputs[TEACHER])
    outputs["after, best of 4"] = _choose_best(outputs["after"], scorer)
    for name, write_degenerate in DEGENERATE.items():
        outputs[name] = {item_id: (write_degenerate(text),) for item_id, text in scorer.sources.items()}
    measured = {name: scorer.measure(one) for name, one in outputs.items()}
    systems = [scorer.score(one, system=name, system_signature=name) for name, one in measured.items()]
    return Scored(systems, scorer.compare(measured[TEACHER], after=measured[STUDENT]))


def _choose_best(outputs: Mapping[str, tuple[str, ...]], scorer: ParaphraseScorer) -> dict[str, tuple[str, ...]]:
    """For each sentence the best output as --rerank orders them: not by a measure that is reported."""
    outputs = {name: texts for name, texts in outputs.items() if name in scorer.sources}
    written = ((scorer.sources[name], texts) for name, texts in outputs.items())
    best = choose(written, count=1, lang="en", reranked=True)
    return {name: tuple(each.text for each in one.paraphrases) for name, one in zip(outputs, best, strict=True)}


def _parse(text: str, overrides: Sequence[str]) -> tuple[Recipe, ParaphraseSettings]:
    recipe = parse_recipe(text, step_types=step_types(), overrides=overrides)
    (step,) = recipe.step
    if not isinstance(step, ParaphraseSettings):
        raise SystemExit("The recipe of this claim has one step, of the method paraphrase.")
    return recipe, step


def _test(recipe: Recipe) -> list[Segment]:
    return list(Texts(recipe.text, recipe.direction.direction).sources("test"))


def _parse_arguments() -> argparse.Namespace:
    parser = make_parser("paraphrase", __doc__)
    add_overrides(parser)
    parser.add_argument("--student", type=Path, help="folder of a student instead of the one that is trained")
    parser.add_argument("--parser", default="none", help="that tells syntax, as the recipe's key: link-grammar, …")
    parser.add_argument("--gguf", type=Path, help="a language model that writes the paraphrases, in place of an engine")
    parser.add_argument("--fluency", default="embedded", help="the model that tells it, as the recipe's key")
    parser.add_argument("--sentences", type=int, default=200, help="that it paraphrases to train on")
    parser.add_argument("--tested", type=int, default=60, help="sentences of the test with it")
    parser.add_argument(
        "--choose-level", action="store_true", help="only tell what each level comes to, on sentences not tested"
    )
    parser.add_argument("--compute-type", default="int8", help="arithmetic of the student where it is timed and greedy")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="the first one is timed")
    parser.add_argument("--timed", type=int, default=150, help="sentences that both are timed on")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
