"""Which students are served in which directions."""

import pytest

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.languages import Direction
from tutelage.serving.naming import named_students
from tutelage.students.exports.export import Export, write_export


def directions(*names, **options):
    return [one.direction for one in named_students(names, **options)]


def test_a_student_says_its_languages_or_the_command_does():
    assert directions("embedded:en-pt") == [Direction("en", "pt-BR")]
    assert directions("embedded:en-pt", target="pt") == [Direction("en", "pt")]
    assert directions("models/a=en:de", "models/b=de:pt_BR") == [Direction("en", "de"), Direction("de", "pt-BR")]


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["a=en"], {}, "two languages"),
        (["a=en:de", "b=en:de"], {}, "two students translate en→de"),
        (["a", "b"], {"source": "en"}, "of one student"),
        (["a=en:xq9"], {}, "not a language code"),
    ],
)
def test_what_does_not_say_a_direction_is_refused(names, options, message):
    with pytest.raises(UsageError, match=message):
        named_students(names, **options)


def test_an_export_says_its_languages(tmp_path):
    export = Export("ctranslate2", "int8", Direction("en", "gl"), "key", Decoding(), protect=True)
    write_export(export, tmp_path)
    assert directions(str(tmp_path)) == [Direction("en", "gl")]
