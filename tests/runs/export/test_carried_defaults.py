"""An export keeps the glossary, the beam and the languages of its recipe, wherever its folder lies."""

import pytest

from promoted_runs import make_promoted_run
from tutelage.core.decoding import Decoding
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.core.recipe import ExportSettings
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.runs.export.export import export_student
from tutelage.students.naming import default_decoding, direction_of_run, says_direction
from tutelage.tasks.translation import translate_file

EN_PT = Direction("en", "pt-BR")
RULES = ("empty: not worse by more than 0.5 (point estimate)",)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carried")
    (folder / "terms.csv").write_text("source,target,do not translate\nfile,ficheiro,\nWorkbench,,yes\n")
    changes = {
        "glossary": {"path": str(folder / "terms.csv"), "decoding": "fill"},
        "evaluation": {"beam_size": 3},
        "text": {"test": {"limit": 35}},
    }
    run = make_promoted_run(folder / "run", **changes)
    settings = ExportSettings(to="ctranslate2", rules=RULES)
    return export_student(run, folder / "out", settings=settings).folder


def translated(exported, tmp_path, **options):
    (tmp_path / "in.txt").write_text("Open the file in Workbench.\n")
    translate_file(tmp_path / "in.txt", tmp_path / "out.txt", student=str(exported), direction=EN_PT, **options)
    return (tmp_path / "out.txt").read_text()


def test_its_terms_are_kept_unless_others_are_named(exported, tmp_path):
    text = translated(exported, tmp_path)
    assert "ficheiro" in text and "Workbench" in text
    (tmp_path / "own.csv").write_text("source,target\nfile,documento\n")
    own = TermKeeping(open_glossary(tmp_path / "own.csv", direction=EN_PT))
    assert "documento" in translated(exported, tmp_path, terms=own)


def test_it_says_its_beam_and_its_languages(exported):
    assert default_decoding(str(exported)) == Decoding(beam_size=3, max_target_tokens=48)
    assert says_direction(str(exported)) and direction_of_run(exported) == EN_PT
    assert default_decoding("embedded:en-pt") == Decoding()
