import tomllib
from pathlib import Path

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.languages import Direction
from tutelage.core.protection.comparison import placeholders_kept
from tutelage.core.protection.spans import find_placeholders
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.corpora.texts import Texts
from tutelage.embedded.texts import PACKS, locate_embedded_text


@pytest.fixture(scope="module")
def rows():
    """The lines of the general text, split at tabs."""
    path = locate_embedded_text("general", target_lang="pt-BR")
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_general_text_has_240_pairs_and_none_twice(rows):
    assert len(rows) == 240
    assert {len(row) for row in rows} == {2}
    for side in (0, 1):
        assert len({row[side].casefold() for row in rows}) == 240


def test_the_general_text_is_clean_and_keeps_its_placeholders(rows):
    for source, target in rows:
        assert (source, target) == (source.strip(), target.strip())
        assert source != target
        assert 5 <= len(source.split()) <= 25
        assert placeholders_kept(source, target), source
    assert sum(bool(find_placeholders(source)) for source, _ in rows) >= 20


def test_a_recipe_reads_the_general_text_whole(rows):
    settings = TextsSettings(general=TextSettings(path="embedded:general"))
    pairs = list(Texts(settings, Direction("en", "pt-BR")).pairs("general"))
    assert [[pair.source.text, pair.target.text] for pair in pairs] == rows


def test_the_general_text_has_one_target_language():
    with pytest.raises(UsageError, match="translated into pt-BR only, not into 'de'"):
        locate_embedded_text("general", target_lang="de")


def test_catalogues_are_folders_of_their_language():
    pytest.importorskip("jupyterlab_language_pack_pt_BR")
    assert list(locate_embedded_text("jupyterlab", target_lang="pt-BR").glob("*.json"))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("de", r"not here in 'de'\. .*pip install jupyterlab-language-pack-de-DE"),
        ("xx-YY", r"not here in 'xx-YY'\. .*pip install jupyterlab-language-pack-xx-YY"),
        ("en", "Take embedded:jupyterlab-messages, or embedded:jupyter-docs for whole sentences"),
    ],
)
def test_a_catalogue_that_no_extra_installs_is_told_otherwise_than_one_that_is_not_installed(target, told):
    with pytest.raises(UsageError, match=told):
        locate_embedded_text("jupyterlab", target_lang=target)


def test_the_packs_that_are_told_of_are_those_of_the_extra():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [f"jupyterlab-language-pack-{language}" for language in PACKS]
    assert wanted == [
        name.partition(">")[0] for name in project["optional-dependencies"]["embedded"] if "language-pack" in name
    ]


def test_an_unknown_text_suggests_the_nearest():
    with pytest.raises(UsageError, match=r"no embedded text is called 'genral'\. Did you mean 'general'\?"):
        locate_embedded_text("genral", target_lang="pt-BR")
