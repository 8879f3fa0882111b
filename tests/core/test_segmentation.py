import pytest

from tutelage.core.segmentation import Piece, count_words, join_pieces, split_text

LONG = " ".join(f"Step {number}: open the settings and choose the option that you need." for number in range(60))
WRAPPED = "This line of a catalogue was broken for its length alone, in the\nmiddle of a sentence. Then it ends."


def pieces_of(text, **more):
    return split_text(text, lang="en", **more)


def back(text, **more):
    pieces = pieces_of(text, **more)
    return join_pieces(pieces, [piece.text for piece in pieces])


@pytest.mark.parametrize(
    "text",
    [
        "Open the file.\nSave the file.\n\nClose the window.", "You have new messages.\r\nRead them now.", LONG,
        "one", "a\n", "Title\n=====\n\n  - item one\n  - item two\n", " x " * 200, "word" * 500, "これは本です。" * 100,
        "no end, " * 300, "Trailing   \n  indented\n\n\n", "\u2028a\u2028b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("longest", [8, 60])
def test_nothing_is_lost(text, longest):
    core = text.strip()
    assert back(core, longest=longest) == core
    assert all(count_words(piece.text) <= longest for piece in pieces_of(core, longest=longest))


def test_every_line_is_a_piece_of_its_own():
    pieces = pieces_of("Open the file.\nSave the file.\n\nClose the window.")
    assert [piece.text for piece in pieces if piece.text] == ["Open the file.", "Save the file.", "Close the window."]


def test_a_line_that_goes_on_with_a_small_letter_is_wrapped():
    assert [piece.text for piece in pieces_of("A line that is\nwrapped. Short.\n\n- one\n- two") if piece.text] == [
        "A line that is wrapped. Short.", "- one", "- two",
    ]  # fmt: skip
    assert len(pieces_of("open\nsave\nclose")) == 3


def test_a_wrapped_sentence_is_one_piece_and_is_wrapped_again():
    (piece,) = pieces_of(WRAPPED)
    assert piece == Piece(WRAPPED.replace("\n", " "), "", 2)
    assert join_pieces([piece], ["Uma frase de oito palavras que volta dobrada"]) == (
        "Uma frase de oito palavras\nque volta dobrada"
    )


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_a_translation_has_as_many_lines(count):
    piece = Piece("x", "", count)
    assert join_pieces([piece], ["a bb ccc dddd eeeee ffffff g h i"]).count("\n") == count - 1


def test_long_text_is_parted_between_sentences():
    pieces = pieces_of(LONG)
    assert len(pieces) == 60
    assert all(piece.text.startswith("Step") and piece.text.endswith("need.") for piece in pieces)


def test_a_long_sentence_is_parted_between_clauses():
    text = "first part with some words, " * 20 + "end"
    assert all(piece.text.endswith(("words,", "end")) for piece in pieces_of(text, longest=12))


def test_spans_stay_whole():
    text = "See <a title='One. Two. Three.'>this</a> now. " * 12
    tags = [(place, place + 33) for place in range(len(text)) if text.startswith("<a ", place)]
    for longest in (4, 60):
        pieces = pieces_of(text.strip(), longest=longest, spans_of=lambda _: tags)
        assert sum("<a title='One. Two. Three.'>" in piece.text for piece in pieces) == 12


def test_what_does_not_fit_is_parted():
    pieces = pieces_of("abcdefghij" * 5, fits=lambda text: len(text) <= 20)
    assert [len(piece.text) for piece in pieces] == [20, 20, 10]


def test_a_million_characters_take_no_time_squared():
    assert len(pieces_of("word " * 40_000)) > 600


HELP = """  -a, --all          copy all files, and also
                       those that are hidden
  -v\tshow what is done
  * the first item of a list that is
    continued here
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_and_indents_of_a_help_text_stay(end):
    text = HELP.replace("\n", end)
    pieces = split_text(text, lang="en")
    assert [piece.text for piece in pieces if piece.text] == [
        "-a, --all", "copy all files, and also those that are hidden", "-v", "show what is done",
        "* the first item of a list that is continued here",
    ]  # fmt: skip
    written = join_pieces(pieces, [piece.text.upper() for piece in pieces])
    assert [line[: len(line) - len(line.lstrip())] for line in written.splitlines()] == [
        line[: len(line) - len(line.lstrip())] for line in text.splitlines()
    ]
    assert "-A, --ALL          COPY" in written and "-V\tSHOW" in written and written.count(end) == text.count(end)


def test_spaces_within_a_protected_span_part_no_columns():
    text = "Use `a   b` now   here"
    pieces = split_text(text, lang="en", spans_of=lambda _: [(4, 11)])
    assert [piece.text for piece in pieces] == ["Use `a   b` now", "here"]
