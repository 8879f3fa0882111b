"""Corpus files at addresses, such as `s3://bucket/pool.tsv.gz`: fetched once for each version, and read from the cache.

What a version is, the storage says: by its tag, size and time. A file that is fetched shows when it is whole.
"""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.signatures import content_key
from tutelage.storage.atomic import whole_file
from tutelage.storage.cache_home import cache_home
from tutelage.storage.objects import CHECK_BUCKET, Objects


def fetch_file(address: str) -> Path:
    """The newest version of the file, in the cache; CorpusError if it is not there, or may not be read."""
    if address.rstrip("/") != address or any(mark in address for mark in "*?["):
        raise CorpusError(
            "an address is that of one file, not of a folder or a pattern.",
            where=address,
            fix="List the files in path.",
        )
    folder, _, name = address.rpartition("/")
    objects = Objects.open(folder, rights="read it", error=CorpusError, where=address)
    facts = objects.facts(name)
    if facts is None:
        raise CorpusError("there is no such file or no such bucket.", where=address, fix=CHECK_BUCKET)
    path = cache_home("texts") / content_key(address, facts.tag, facts.size, facts.modified) / name
    if not path.is_file():
        with whole_file(path) as aside, aside.open("wb") as stream:
            stream.writelines(objects.stream(name, facts))
    return path
