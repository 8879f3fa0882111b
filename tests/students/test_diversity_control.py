import pytest

from tiny_students import TINY_MARIAN, sentences
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.languages import Direction
from tutelage.students.diversity import (
    AXES,
    CONTROL_PIECES,
    LEVELS,
    WORDS,
    DiversityControl,
    diversity_prefix,
    level_of,
    part_control_words,
    read_control,
    tercile_edges,
    write_control,
)
from tutelage.students.fresh import make_student

EN = Direction("en", "en")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paraphraser")
    return make_student(folder, shape=TINY_MARIAN, texts=sentences(400), direction=EN, seed=1)


def test_control_words():
    assert diversity_prefix({"lexical": "low"}) == "<lexical-low> "
    assert diversity_prefix({"syntactic": "low", "lexical": "high"}) == "<lexical-high> <syntactic-low> "
    assert diversity_prefix({"syntactic": "medium"}) == "<syntactic-medium> "
    assert diversity_prefix({}) == ""
    assert diversity_prefix({"lexical": "low"}, form="instructions") == "Change few words: "
    pieces = {diversity_prefix({axis: level}).strip() for axis in AXES for level in LEVELS}
    assert pieces == set(CONTROL_PIECES)
    with pytest.raises(UsageError, match=r"'hihg'.*Did you mean 'high'"):
        diversity_prefix({"lexical": "hihg"})


@pytest.mark.parametrize("form", WORDS)
def test_a_text_is_parted_from_the_control_words_before_it(form):
    words = [
        diversity_prefix({"lexical": level, "syntactic": other}, form=form) for level in LEVELS for other in LEVELS
    ]
    assert len(set(words)) == 9
    assert [part_control_words(word + "Change it.", instructed=True) for word in words] == [
        (word, "Change it.") for word in words
    ]
    assert part_control_words("Change few words.", instructed=True) == ("", "Change few words.")


def test_a_text_that_is_translated_may_open_as_an_instruction_does():
    text = "Change few words: the rest stays."
    assert part_control_words(text, instructed=False) == ("", text)
    assert part_control_words("<lexical-low> " + text, instructed=False) == ("<lexical-low> ", text)


@pytest.mark.parametrize(
    ("distance", "level"), [(0.0, "low"), (0.29, "low"), (0.3, "medium"), (0.59, "medium"), (0.6, "high"), (1, "high")]
)
def test_levels_by_hand(distance, level):
    assert level_of(distance, edges=(0.3, 0.6)) == level


@pytest.mark.parametrize("count", [3, 9, 10, 11, 300])
def test_terciles_part_distinct_distances_evenly(count):
    distances = [(7 * index % count) / count for index in range(count)]
    assert len(set(distances)) == count or count % 7 == 0
    edges = tercile_edges(distances)
    shares = [sum(level_of(one, edges=edges) == level for one in distances) for level in LEVELS]
    assert sum(shares) == count
    assert max(shares) - min(shares) <= 1


def test_terciles_of_hand_made_distances():
    assert tercile_edges([5.0, 1.0, 3.0, 2.0, 4.0, 6.0]) == (3.0, 5.0)
    with pytest.raises(UsageError, match="2 paraphrases"):
        tercile_edges([1.0, 2.0])


def test_a_control_is_kept_beside_the_student(tmp_path):
    assert read_control(tmp_path) is None
    control = DiversityControl({"syntactic": (1.0, 2.0), "lexical": (20.5, 40.25)})
    write_control(tmp_path, control)
    assert read_control(tmp_path) == control
    assert control.axes == ("lexical", "syntactic")
    assert control.prefix("low") == "<lexical-low> <syntactic-low> "
    assert DiversityControl({"lexical": (1, 2)}).prefix("high") == "<lexical-high> "
    compared = DiversityControl({"lexical": (-2.0, 2.5)}, within=True, form="instructions")
    write_control(tmp_path, compared)
    assert read_control(tmp_path) == compared
    assert compared.prefix("high") == "Change nearly all words: "


def test_a_control_of_an_earlier_version_is_one_of_pieces(tmp_path):
    (tmp_path / "diversity.json").write_text('{"axes": ["lexical"], "edges": {"lexical": [1.0, 2.0]}}')
    assert read_control(tmp_path) == DiversityControl({"lexical": (1.0, 2.0)}, within=False, form="pieces")


def test_a_distance_that_is_not_known_gets_no_word():
    control = DiversityControl({"lexical": (0.2, 0.4), "syntactic": (0.2, 0.4)})
    assert control.words_of({"lexical": 0.3}) == "<lexical-medium> "
    assert control.words_of({"lexical": 0.1, "syntactic": 0.4}) == "<lexical-low> <syntactic-high> "
    assert control.words_of({}) == ""


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"axes": ["lexical"]}', '{"axes": ["x"], "edges": {"x": [1, 2]}}', '{"axes": [], "edges": {}}',
             '{"axes": ["lexical"], "edges": {"lexical": [1]}}',
             '{"axes": ["lexical"], "edges": {"lexical": [1, 2]}, "form": "songs"}',
             '{"axes": ["lexical"], "edges": {"lexical": [1, 2]}, "within": 1}']
)  # fmt: skip
def test_a_damaged_control_is_told(tmp_path, text):
    (tmp_path / "diversity.json").write_text(text)
    with pytest.raises(StudentError, match=r"diversity.json: .*does not say how diversity is asked for"):
        read_control(tmp_path)


def test_a_fresh_paraphraser_has_the_control_words_whole(fresh):
    asked = [diversity_prefix(dict.fromkeys(AXES, level)) + "the file" for level in LEVELS]
    for level, ids in zip(LEVELS, fresh.encode_sources(asked, max_tokens=40), strict=True):
        pieces = fresh.tokenizer.convert_ids_to_tokens(ids)
        assert [piece for piece in pieces if piece.startswith("<")] == [
            f"<lexical-{level}>", f"<syntactic-{level}>", "</s>",
        ]  # fmt: skip
        assert fresh.decode_targets([ids]) == [f"<lexical-{level}> <syntactic-{level}> the file"]


def test_a_fresh_translator_has_none(tiny_student):
    assert not set(CONTROL_PIECES) & set(tiny_student("marian").tokenizer.get_vocab())
