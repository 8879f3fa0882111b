"""Paraphrases of a text by a student: several for each sentence, as far from it as is asked, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import tee
from pathlib import Path
from typing import Literal

from tutelage.core.decoding import Decoding
from tutelage.core.errors import CorpusError
from tutelage.core.protocols import Embedder, Engine, Progress, Silence
from tutelage.corpora.bad_lines import BadLineCount
from tutelage.corpora.files import STANDARD_STREAM
from tutelage.corpora.reading import Reading, read_segments
from tutelage.students.engines.several import require_possible
from tutelage.students.naming import open_student
from tutelage.tasks.paraphraser import Paraphraser, find_paraphraser

Search = Literal["greedy", "beam", "diverse", "top-p"]
FILE_WINDOW = 64
"""Sentences of a file that are decoded together; those of standard input are answered one by one."""
NARROWEST_BEAM = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for each sentence."""

    count: int = 1
    search: Search = "beam"
    level: str | None = None
    """How far from the source: low, medium or high; `None` means medium for students that were trained to be asked."""
    beam_size: int | None = None
    """Of `beam`; `None` means 4, or as many as there are outputs."""
    diversity_penalty: float = 1.0
    """Of `diverse`."""
    temperature: float = 1.0
    """Of `top-p`."""
    top_p: float = 0.9
    """Of `top-p`."""
    over_generate: int = 1
    """Outputs for each paraphrase that is asked for, so that ranking has a choice; greedy gives one."""
    max_target_tokens: int = 256
    seed: int = 0

    def decoding(self, *, window_sources: int | None = None) -> Decoding:
        """The same as an engine takes it; StudentError for what cannot be."""
        outputs = self.count if self.search == "greedy" else self.count * self.over_generate
        plain = Decoding(outputs=outputs, max_target_tokens=self.max_target_tokens, window_sources=window_sources)
        decoding = self._searching(plain)
        require_possible(decoding)
        return decoding

    def _searching(self, plain: Decoding) -> Decoding:
        match self.search:
            case "greedy":
                return plain
            case "beam":
                return replace(plain, beam_size=self.beam_size or max(NARROWEST_BEAM, plain.outputs))
            case "diverse":
                return replace(plain, diversity_penalty=self.diversity_penalty)
            case "top-p":
                sampled = replace(plain, sampling_temperature=self.temperature, sampling_top_p=self.top_p)
                return replace(sampled, seed=self.seed)


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """One paraphrase with its measures, 0 to 100; those that were not taken are `None`."""

    text: str
    lexical: float | None = None
    """Distance of the words from the source's; higher is more different."""
    meaning: float | None = None
    """Of the source, kept; higher is better."""


@dataclass(frozen=True, slots=True)
class Paraphrased:
    """A sentence with its paraphrases, best first; none for a blank one."""

    source: str
    paraphrases: tuple[Paraphrase, ...]


def paraphrase_file(
    path: Path | str = STANDARD_STREAM,
    *,
    student: str,
    asked: Asked,
    lang: str | None = None,
    text_format: str | None = None,
    bad_lines: float = 0.0,
    reranked: bool = False,
    measured: bool = False,
    embedder: str | None = None,
    engine: str = "auto",
    compute_type: str = "float32",
    progress: Progress | None = None,
) -> Iterator[Paraphrased]:
    """The sentences of `path` (`-`: standard input, as it comes) with their paraphrases, in their order.

    `reranked` orders them by `rank_outputs`; `measured` gives the lexical distance, and meaning with an `embedder`.
    StudentError for a student that writes another language than it reads, or knows no levels of diversity.
    """
    standard = str(path) == STANDARD_STREAM
    asked.decoding()  # what cannot be is told before anything is read or loaded
    paraphraser = find_paraphraser(student, lang=lang)
    prefix = paraphraser.prefix(asked.level)
    bad = BadLineCount()
    reading = Reading(text_format or ("text" if standard else None), max_bad_share=bad_lines, bad_line=bad)
    sources = _read(path, paraphraser, reading)
    opened = open_student(
        student,
        direction=paraphraser.direction,
        engine="transformers" if asked.search == "diverse" and engine == "auto" else engine,
        compute_type=compute_type,
    )
    meter = open_meter(embedder) if measured and embedder else None
    decoding = asked.decoding(window_sources=1 if standard else FILE_WINDOW)
    written = write_paraphrases(sources, engine=opened, decoding=decoding, prefix=prefix)
    return _shown(
        choose(
            written,
            count=asked.count,
            lang=paraphraser.direction.source,
            reranked=reranked,
            measured=measured,
            embedder=meter,
        ),
        progress=progress or Silence(),
        where=str(path),
        bad=bad,
    )


def write_paraphrases(
    sources: Iterable[str], *, engine: Engine, decoding: Decoding, prefix: str = ""
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each source with everything that the engine wrote for it; `prefix` asks for a level of diversity."""
    read, given = tee(sources)
    asked = (prefix + source if source.strip() else "" for source in read)
    return zip(given, engine.translate_several(asked, decoding=decoding), strict=True)


def choose(
    written: Iterable[tuple[str, Sequence[str]]],
    *,
    count: int,
    lang: str,
    reranked: bool = False,
    measured: bool = False,
    embedder: Embedder | None = None,
) -> Iterator[Paraphrased]:
    """The first `count` different outputs for each source, in the engine's order or `reranked`.

    A copy of the source is given only if there is nothing else. Nothing that is measured here chooses.
    """
    from tutelage.evaluation.diversity.agreement import rank_outputs

    for source, outputs in written:
        texts = different(outputs, source=source) if source.strip() else []
        texts = (rank_outputs(texts, source=source) if reranked else texts)[:count]
        if measured:
            yield Paraphrased(source, tuple(measure(texts, source=source, lang=lang, embedder=embedder)))
        else:
            yield Paraphrased(source, tuple(map(Paraphrase, texts)))


def different(outputs: Sequence[str], *, source: str) -> list[str]:
    """The outputs, each once, without the source itself unless that is all there is; case and spaces do not count."""
    seen = {_plain(text): text.strip() for text in reversed(outputs) if text.strip()}
    kept = sorted(seen, key=[_plain(text) for text in outputs].index)
    others = [seen[plain] for plain in kept if plain != _plain(source)]
    return others or [seen[plain] for plain in kept]


def measure(texts: Sequence[str], *, source: str, lang: str, embedder: Embedder | None) -> list[Paraphrase]:
    """The texts with their measures, in their order; meaning only with an embedder."""
    from tutelage.evaluation.diversity.lexical import lexical_distance
    from tutelage.evaluation.diversity.words import split_words

    theirs = split_words(source, language=lang)
    distances = [lexical_distance(split_words(text, language=lang), source=theirs) for text in texts]
    if embedder is None or not texts:
        return [Paraphrase(text, lexical) for text, lexical in zip(texts, distances, strict=True)]
    meanings = _meanings(texts, source=source, embedder=embedder)
    return [Paraphrase(*row) for row in zip(texts, distances, meanings, strict=True)]


def open_meter(embedder: str) -> Embedder:
    """The embedder of that name: `embedded`, `model2vec:NAME`, or a sentence-transformers name or folder."""
    from tutelage.embeddings.opening import open_embedder

    return open_embedder(embedder)


def _meanings(texts: Sequence[str], *, source: str, embedder: Embedder) -> list[float]:
    from tutelage.evaluation.diversity.meaning import meaning_kept

    vectors = embedder.embed([source, *texts])
    found: list[float] = meaning_kept(vectors[:1].repeat(len(texts), axis=0), vectors[1:]).tolist()
    return found


def _read(path: Path | str, paraphraser: Paraphraser, reading: Reading) -> Iterator[str]:
    """The sentences of a text; a wrong path or format is told at once, and standard input is left untouched."""
    if str(path) != STANDARD_STREAM:
        first = read_segments(path, lang=paraphraser.direction.source, reading=replace(reading, bad_line=None))
        next(first, None)
    return (segment.text for segment in read_segments(path, lang=paraphraser.direction.source, reading=reading))


def _shown(found: Iterable[Paraphrased], *, progress: Progress, where: str, bad: BadLineCount) -> Iterator[Paraphrased]:
    """The same, told to `progress`; CorpusError at the end if no sentence was given."""
    progress.start("student paraphrases", total=None)
    some = False
    for one in found:
        some = some or bool(one.source.strip())
        progress.advance()
        yield one
    progress.finish(bad.note())
    if not some:
        name = "standard input" if where == STANDARD_STREAM else where
        raise CorpusError("there is no sentence to paraphrase.", where=name, fix="Give one sentence a line.")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
