from benchmarks.files.__main__ import list_faults, render_table
from benchmarks.files.finding import find_localisation_files
from benchmarks.files.trial import accented, try_file


def test_files_of_projects_are_found_tried_and_told_in_a_table(tmp_path):
    project, work = tmp_path / "files" / "shop", tmp_path / "work"
    (project / "locale").mkdir(parents=True)
    work.mkdir()
    (project / "locale" / "en.json").write_text('{"save": "Save {name}", "list": {"open": "Open"}}\n')
    (project / "locale" / "pt.json").write_text('{"Save the file": "", "Open it": "Abrir"}\n')  # keys are texts
    (project / "main.ts").write_text("const a = 1;\n")
    (project / "main.properties").write_text("a = Don''t {0}\n")
    formats = ["json", "gettext-json", "qt", "properties"]
    trials = [try_file(one, work) for one in find_localisation_files(tmp_path / "files", formats=formats, limit=5)]
    assert [trial.found.path.name for trial in trials] == ["en.json", "pt.json", "main.properties"]
    assert [(trial.written, trial.kept) for trial in trials] == [(2, 2), (2, 2), (1, 1)]
    assert not list_faults(trials[0]) and not list_faults(trials[2])
    assert "| json | 1 | 1 | 1 | 2 | 2 |" in render_table(trials)


def test_a_stub_changes_words_alone():
    assert accented("Open {name}").startswith("Ópéñ {name} ")
