"""The peer of the servers' comparison has our student, not another one."""

from __future__ import annotations

import ctranslate2
import sentencepiece

from benchmarks.speed.libretranslate import write_package
from benchmarks.speed.serving import EN_PT, STUDENT
from tutelage.core.decoding import Decoding
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.loading import load_student

TEXTS = ["Open the file.", "The notebook was not saved.", "Restart the kernel and run all cells"]


def test_an_argos_package_read_as_argos_reads_it_says_what_our_engine_says(tmp_path):
    """Pieces of one SentencePiece model in and out, and nothing of ours in between."""
    write_package(tmp_path / "package")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "package" / "sentencepiece.model"))
    translator = ctranslate2.Translator(str(tmp_path / "package" / "model"), compute_type="float32")
    results = translator.translate_batch([pieces.encode(text, out_type=str) for text in TEXTS], beam_size=1)
    told = [pieces.decode_pieces(result.hypotheses[0]) for result in results]
    engine = CTranslate2Engine(load_student(STUDENT, direction=EN_PT), cache=tmp_path / "cache")
    assert told == list(engine.translate(TEXTS, decoding=Decoding()))
