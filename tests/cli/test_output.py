from tutelage.cli.output import align, width


def test_columns_are_aligned_left_and_right():
    rows = [("run", "calls"), ("demo", "1,200"), ("a", "7")]
    assert list(align(rows, right=[1])) == ["run   calls", "demo  1,200", "a         7"]


def test_wide_letters_take_two_columns_and_marks_none():
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert list(align([("日本", "x"), ("abcd", "y")])) == ["日本  x", "abcd  y"]


def test_control_characters_do_not_reach_the_terminal():
    assert list(align([("a\x1b[31mb",)])) == ["a�[31mb"]
