"""What the speed benchmarks work on: a student's folder and real text."""

from __future__ import annotations

import argparse
import random
from itertools import chain, islice, repeat
from pathlib import Path

from benchmarks.corpora.place import DATA
from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.corpora.reading import read_pairs
from tutelage.embedded.texts import locate_embedded_text
from tutelage.students.loading import load_student
from tutelage.students.student import Student

DIRECTION = Direction("en", "pt-BR")
MANY, FEW = "en-pt_BR.train.jsonl.gz", "en-pt_BR.dev.jsonl.gz"
READ = 30_000
"""Pairs read at most, before a seeded choice among them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that all speed benchmarks share."""
    parser.add_argument("--student", default="embedded:en-pt", help="folder, hub name or embedded:en-pt")
    parser.add_argument(
        "--text", type=Path, help="bilingual text; default: the benchmarks' parallel text, else JupyterLab's catalogues"
    )
    parser.add_argument("--rounds", type=int, default=3, help="each arm is measured so often, in turns")


def open_seq2seq(name: str) -> Student:
    """The student; UserError for a chat model, which these arms cannot decode or train."""
    student = load_student(name, direction=DIRECTION)
    if not isinstance(student, Student):
        raise UserError("this is a chat model.", where=name, fix="Give an encoder-decoder model as --student.")
    return student


def choose_pairs(text: Path | None, count: int, *, name: str = FEW) -> list[Pair]:
    """`count` pairs of the text in a seeded random order, repeated where it has fewer."""
    pairs = list(islice(read_pairs(str(_locate(text, name)), direction=DIRECTION), READ))
    if not pairs:
        raise UserError("this text has no pairs.", where=str(text))
    random.Random(1).shuffle(pairs)
    return list(islice(chain.from_iterable(repeat(pairs)), count))


def _locate(text: Path | None, name: str) -> Path:
    if text is not None:
        return text
    made = DATA / name
    return made if made.is_file() else locate_embedded_text("jupyterlab", target_lang=DIRECTION.target)
