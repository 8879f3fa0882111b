from pathlib import Path

import tutelage

PLACES = (b"/root/", b"/home/", b"/tmp/")
"""Beginnings of paths of the machine that made a file."""


def test_no_shipped_file_names_a_folder_of_the_machine_that_made_it():
    shipped = [path for path in Path(tutelage.__file__).parent.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert any(path.suffix == ".spm" for path in shipped)
    assert not [path.name for path in shipped if any(place in path.read_bytes() for place in PLACES)]
