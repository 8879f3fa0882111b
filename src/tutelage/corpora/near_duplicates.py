"""Near-duplicates: texts that are almost an earlier one, found among millions in memory that hardly grows with them.

MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2020, §3.4) proposes pairs, and
only a pair that is really so alike counts. What is between is on disk: the texts, a hash of each band of each text, and
the proposed pairs, all of it read in order but for the earlier text of a pair.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import MissingExtraError
from tutelage.core.languages import UNSPACED, base_language
from tutelage.corpora.normalising import folded

BANDS, ROWS = 24, 4
"""Texts that share half of their shingles are proposed in 79 of 100 cases, those that share 70 % nearly always."""
SHINGLE, DENSE_SHINGLE = 5, 3
"""Letters of a shingle; of languages written without spaces."""
EARLIER = 3
"""Texts before one, of those with the same band, that it is held against."""
AT_ONCE = 10_000
"""Texts whose hashes are reckoned together."""
PART = 200_000
"""Texts whose proposed pairs are read together."""
_SEED = 1
_MIXER = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as 64 bits, by which the hashes of a band become one."""


@dataclass(frozen=True, slots=True)
class Near:
    """A text that is so like an earlier one that it need not be there too."""

    place: int
    earlier: int
    """Where the one is that is kept."""
    earlier_text: str
    """Without case and white space."""
    likeness: float
    """1 minus letters put in and taken out for each letter of both (normalised Indel distance)."""


def find_near_duplicates(texts: Iterable[tuple[str, str]], folder: Path, *, likeness: float) -> Iterator[Near]:
    """The texts (each with its language) that are at least so like an earlier one that is kept, in their order.

    Case and white space make no difference. The folder takes about 400 bytes a text.
    """
    with closing(TextStore(folder / "texts")) as store:
        yield from _find(texts, store, folder, likeness=likeness)


def _find(texts: Iterable[tuple[str, str]], store: TextStore, folder: Path, *, likeness: float) -> Iterator[Near]:
    bands = [folder / f"band-{number:02}" for number in range(BANDS)]
    _write_bands(texts, store, bands)
    parts = folder / "pairs"
    parts.mkdir()
    for band in bands:
        _propose(np.fromfile(band, dtype=np.uint64), parts)
        band.unlink()
    kept = np.arange(len(store), dtype=np.int64)
    for part in range(len(store) // PART + 1):
        yield from _verify(_read_pairs(parts / str(part)), store, kept, likeness=likeness)


class TextStore:
    """Texts in a file, read by their place; 8 bytes of memory each."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w+b")
        self._ends: list[NDArray[np.int64]] = []
        self._offsets: NDArray[np.int64] = np.zeros(1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def extend(self, texts: Sequence[str]) -> None:
        """Add texts behind the others; `seal` ends that."""
        encoded = [text.encode() for text in texts]
        self._stream.write(b"".join(encoded))
        self._ends.append(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))

    def seal(self) -> None:
        """From now on texts are read."""
        self._stream.flush()
        self._offsets = np.concatenate([self._offsets, *self._ends])
        np.cumsum(self._offsets, out=self._offsets)
        self._ends = []

    def close(self) -> None:
        """The file is needed no longer."""
        self._stream.close()

    def __getitem__(self, place: int) -> str:
        begin, end = int(self._offsets[place]), int(self._offsets[place + 1])
        return os.pread(self._stream.fileno(), end - begin, begin).decode()


def _write_bands(texts: Iterable[tuple[str, str]], store: TextStore, bands: Sequence[Path]) -> None:
    """The store of the folded texts, and a file for each band with a hash of every text."""
    remaining = iter(texts)
    streams = [band.open("wb") for band in bands]
    try:
        while window := list(islice(remaining, AT_ONCE)):
            plain = [folded(text).encode("utf-8", "replace").decode() for text, _ in window]  # no half characters
            store.extend(plain)
            hashes = hash_bands([_shingles(text, lang) for text, (_, lang) in zip(plain, window, strict=True)])
            for stream, column in zip(streams, hashes, strict=True):
                stream.write(column.tobytes())
    finally:
        for stream in streams:
            stream.close()
    store.seal()


def _shingles(text: str, lang: str) -> list[str]:
    length = DENSE_SHINGLE if base_language(lang) in UNSPACED else SHINGLE
    return [text[start : start + length] for start in range(max(1, len(text) - length + 1))]


def hash_bands(shingles: Sequence[Sequence[str]]) -> NDArray[np.uint64]:
    """One hash [bands, N] for each band of each of N texts, the same on every machine."""
    try:
        from rensa import RMinHash
    except ModuleNotFoundError as error:
        raise MissingExtraError("rensa", extra="near") from error
    matrix: Any = RMinHash.digest_matrix_from_token_sets(shingles, BANDS * ROWS, _SEED)
    digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(shingles), BANDS, ROWS)
    hashes = np.zeros((len(shingles), BANDS), dtype=np.uint64)
    for row in range(ROWS):
        hashes = (hashes ^ digests[:, :, row]) * _MIXER
        hashes ^= hashes >> np.uint64(29)
    return np.ascontiguousarray(hashes.T)


def _propose(hashes: NDArray[np.uint64], parts: Path) -> None:
    """Add the pairs of one band, a later and an earlier place, to the files of the parts."""
    order = hashes.argsort(kind="stable")
    ordered = hashes[order]
    for back in range(1, EARLIER + 1):
        same = np.flatnonzero(ordered[back:] == ordered[:-back])
        pairs = np.stack([order[same + back], order[same]], axis=1).astype(np.uint32)
        pairs = pairs[pairs[:, 0].argsort(kind="stable")]
        found = pairs[:, 0] // PART
        for part in np.unique(found):
            begin, end = np.searchsorted(found, [part, part + 1])
            with (parts / str(part)).open("ab") as stream:
                stream.write(pairs[begin:end].tobytes())


def _read_pairs(path: Path) -> NDArray[np.uint32]:
    """The proposed pairs of a part, each once, by later place and then the earlier one."""
    if not path.exists():
        return np.zeros((0, 2), dtype=np.uint32)
    pairs = np.fromfile(path, dtype=np.uint32).reshape(-1, 2).astype(np.uint64)
    path.unlink()
    joined = np.unique((pairs[:, 0] << np.uint64(32)) | pairs[:, 1])
    return np.stack([joined >> np.uint64(32), joined & np.uint64(0xFFFFFFFF)], axis=1).astype(np.uint32)


def _verify(pairs: NDArray[np.uint32], store: TextStore, kept: NDArray[np.int64], *, likeness: float) -> Iterator[Near]:
    """The later texts that are really so like; `kept` tells of each text which one stands for it."""
    from rapidfuzz.distance import Indel

    at, text, tried = -1, "", set[int]()
    for place, proposed in pairs.tolist():
        if place != at:
            at, text, tried = place, store[place], set()
        earlier = int(kept[proposed])
        if kept[place] != place or earlier in tried:
            continue
        tried.add(earlier)
        other = store[earlier]
        found = Indel.normalized_similarity(text, other, score_cutoff=likeness)
        if found >= likeness:
            kept[place] = earlier
            yield Near(place, earlier, other, found)
