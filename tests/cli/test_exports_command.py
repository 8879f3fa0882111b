def test_a_run_that_is_none_is_told(tutelage):
    shown = tutelage("export", "none")
    assert shown.returncode == 2 and "there is no such run folder" in shown.stderr
