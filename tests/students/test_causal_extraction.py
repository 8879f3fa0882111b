import pytest

from tutelage.students.extraction import extract_translation, is_complete

SOURCE = "Open the file."

TABLE = [
    ("O arquivo.", "O arquivo."),
    ("  O arquivo.\n", "O arquivo."),
    ("O arquivo.\n\nHere, 'arquivo' means file.", "O arquivo."),
    ("O arquivo.\n \t\nNote: x", "O arquivo."),
    ("Linha um\nlinha dois", "Linha um\nlinha dois"),
    ("Here is the translation:\n\nO arquivo.", "O arquivo."),
    ("Here's the translation: \nO arquivo.", "O arquivo."),
    ("Sure! Here is the translation of the text:\n\nO arquivo.\n\nAnything else?", "O arquivo."),
    ("Sure!\n\nHere is the translation:\n\nO arquivo.", "O arquivo."),
    ("The translation of the text to Portuguese is as follows:\nO arquivo.", "O arquivo."),
    ("Here is the translation:", "Here is the translation:"),
    ("Translation: O arquivo.", "O arquivo."),
    ("Portuguese: O arquivo.", "O arquivo."),
    ("**Brazilian Portuguese**: O arquivo.", "O arquivo."),
    ("Arquivo: abrir", "Arquivo: abrir"),
    ('"O arquivo."', "O arquivo."),
    ("“O arquivo.”", "O arquivo."),
    ("`O arquivo`", "O arquivo"),
    ('"Abrir" e "fechar"', '"Abrir" e "fechar"'),
    ('O "arquivo"', 'O "arquivo"'),
    ("<think>\nhm\n\nyes\n</think>\n\nO arquivo.", "O arquivo."),
    ("<think>never ending", ""),
    ("", ""),
]


@pytest.mark.parametrize(("answer", "expected"), TABLE)
def test_the_translation_is_what_is_left(answer, expected):
    assert extract_translation(answer, source=SOURCE, target_lang="pt-BR") == expected


@pytest.mark.parametrize(
    ("source", "answer", "expected"),
    [
        ("One.\n\nTwo.", "Um.\n\nDois.\n\nNota.", "Um.\n\nDois."),
        ('"Open"', '"Abrir"', '"Abrir"'),
        ("Translation: none", "Translation: nenhuma", "Translation: nenhuma"),
        ("Here is the translation:\nx", "Here is the translation:\nx", "Here is the translation:\nx"),
    ],
)
def test_what_the_source_has_is_no_chatter(source, answer, expected):
    assert extract_translation(answer, source=source, target_lang="pt-BR") == expected


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("De acuerdo.\nVamos.", "Okay.\nLet's go."),
        ("Aceptar\nCancelar", "OK.\nCancel"),
        ("¡Claro!\nLo haré.", "Sure!\nI'll do it."),
        ("Estas son las opciones:\n\n1. Guardar", "Here are the options:\n\n1. Save"),
        ("He aquí tres razones:\n- coste\n- tiempo", "Here are three reasons:\n- cost\n- time"),
    ],
)
def test_a_first_line_that_only_sounds_like_chatter_stays(source, answer):
    assert extract_translation(answer, source=source, target_lang="en") == answer
    if "\n\n" not in answer:  # else a paragraph behind could be the last of it
        said = f"{answer}\n\nThis translation keeps the tone."
        assert extract_translation(said, source=source, target_lang="en") == answer
    announced = f"Sure! Here is the translation:\n\n{answer}"
    assert extract_translation(announced, source=source, target_lang="en") == answer


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        ("O arquivo.", False),
        ("O arquivo.\n", False),
        ("O arquivo.\n\n", True),
        ("O arquivo.\n\nNota", True),
        ("Here is the translation:\n\n", False),
        ("Here is the translation:\n\nO arquivo", False),
        ("Here is the translation:\n\nO arquivo\n\n", True),
        ("<think>\n\nhm", False),
        ("<think>\n\n</think>\n\nO", False),
        ("<think>\n\n</think>\n\nO\n\n", True),
    ],
)
def test_decoding_ends_where_the_translation_does(answer, complete):
    assert is_complete(answer, source=SOURCE) is complete


def test_stopping_early_never_changes_what_is_extracted():
    for answer, _ in TABLE:
        for end in range(len(answer)):
            if is_complete(answer[:end], source=SOURCE):
                stopped = extract_translation(answer[:end], source=SOURCE, target_lang="pt-BR")
                assert stopped == extract_translation(answer, source=SOURCE, target_lang="pt-BR")
                break


def test_two_paragraphs_are_awaited_where_the_source_has_two():
    assert not is_complete("Um.\n\nDois", source="One.\n\nTwo.")
    assert is_complete("Um.\n\nDois.\n\n", source="One.\n\nTwo.")
