"""What a server makes of a text whose language it is not told."""

from types import SimpleNamespace

from tutelage.core.languages import Direction
from tutelage.serving.translator import Translator


def test_a_language_that_cannot_be_told_does_not_hide_the_others():
    students = [SimpleNamespace(direction=Direction(*pair)) for pair in (("es", "gn"), ("en", "pt-BR"))]
    found = Translator(students).detect("Abra o arquivo agora mesmo, por favor.")
    assert (found.lang, found.confidence > 0.5) == ("pt", True)
