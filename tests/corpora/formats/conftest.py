from dataclasses import dataclass
from pathlib import Path

import pytest

from tutelage.corpora.filling import Filling
from tutelage.corpora.formats.registry import load_format
from tutelage.corpora.losses import Losses
from tutelage.corpora.rows import FieldNames, Languages


@dataclass(frozen=True, slots=True)
class Files:
    """A folder in which formats read and fill files."""

    folder: Path

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def fill(self, path: Path, translate=None, *, source="en", target="pt-BR", **filling) -> str:
        """The file filled: texts become what the table says of them, or their capitals."""
        out = path.with_name(f"filled{path.suffix}")
        table = translate if isinstance(translate, dict) else {}

        def translations(sources):
            return (table.get(str(one), f"[{one}]") for one in sources)

        settings = {"losses": Losses(), **filling}
        load_format(path).fill(
            path, out, translations, names=FieldNames(), filling=Filling(lang=target, source_lang=source, **settings)
        )
        return out.read_bytes().decode("utf-8", "surrogateescape")

    def stays(self, path: Path, **languages) -> bool:
        """Whether the file is the same if nothing in it is to be filled: all that is asked is left empty."""
        out = path.with_name(f"same{path.suffix}")
        filling = Filling(lang=languages.get("target", ""), source_lang=languages.get("source", ""))
        load_format(path).fill(path, out, lambda sources: ("" for _ in sources), names=FieldNames(), filling=filling)
        return out.read_bytes() == path.read_bytes()

    def units(self, path: Path, *, source="en", target="pt-BR", source_file=""):
        languages = Languages(source, target, source_file=str(source_file))
        return list(load_format(path).units(path, languages=languages))

    def pairs(self, path: Path, *, source="en", target="pt-BR", **asked):
        rows = load_format(path).read(path, names=FieldNames(), languages=Languages(source, target, **asked))
        return [(row.source, row.target) for row in rows]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)
