from promoted_runs import make_promoted_run


def test_a_run_that_is_none_is_told(tutelage):
    shown = tutelage("export", "none")
    assert shown.returncode == 2 and "there is no such run folder" in shown.stderr


def test_a_student_is_exported_and_translates_with_its_own_languages(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    shown = tutelage("export", str(run), str(tmp_path / "int8"), "--to", "ctranslate2", "--quiet")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("export: accepted\n") and shown.stdout.endswith(f"{tmp_path / 'int8'}\n")
    (tmp_path / "in.txt").write_text("Open the file.\n")
    shown = tutelage("translate", "in.txt", "--student", str(tmp_path / "int8"), "--quiet")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == "Abra o arquivo.\n"


def test_what_came_out_worse_exits_as_a_gate_does(tutelage, tmp_path):
    run = make_promoted_run(tmp_path / "manuals")
    told = ("--rule", "chrf: better by at least 50")
    shown = tutelage("export", str(run), str(tmp_path / "out"), "--to", "ctranslate2", *told, "--quiet")
    assert shown.returncode == 3 and shown.stdout.startswith("export: refused")
    assert shown.stdout.endswith(f"{tmp_path / 'out-refused'}\n") and not (tmp_path / "out").exists()


def test_a_place_without_a_kind_and_two_places_are_told(tutelage):
    shown = tutelage("export", "run", "folder")
    assert shown.returncode == 2 and "Give --to ctranslate2" in shown.stderr
    shown = tutelage("export", "run", "folder", "-o", "other.tmx")
    assert shown.returncode == 2 and "two places are named" in shown.stderr
