"""Which of the words that a teacher named are used."""

from tutelage.core.records import Provenance, Rejection
from tutelage.labelling.analogies import Analogy, choose
from tutelage.labelling.error_words import ErrorWord

ERRORS = [ErrorWord("file", "arquivo", ("s1",), "Open the file"), ErrorWord("user", "usuário", ("s2",), "The user")]


def named(source, *, error=0, aspect="same_category"):
    word = ERRORS[error]
    return Analogy(
        f"a:{source}:{aspect}",
        aspect,
        source,
        f"{source}-pt",
        word.id,
        word.feedback_ids[0],
        word.example,
        Provenance(),
    )


def chosen(*items, confirmed=None, per_aspect=2, most=10):
    outcomes = list(choose(items, errors=ERRORS, confirmed=confirmed, per_aspect=per_aspect, most=most))
    used = [one.source for one in outcomes if isinstance(one, Analogy)]
    return used, [(one.raw.split()[0], one.reason) for one in outcomes if isinstance(one, Rejection)]


def test_each_word_once_and_no_error_itself():
    used, dropped = chosen(named("User"), named("folder"), named("Folder", error=1), named("menu"))
    assert used == ["folder", "menu"]
    assert dropped == [("User", "known_word"), ("Folder", "known_word")]


def test_so_many_for_each_error_and_aspect():
    words = [named(word) for word in ("a", "b", "c")] + [named("d", aspect="same_semantics"), named("e", error=1)]
    assert chosen(*words) == (["a", "b", "d", "e"], [("c", "enough_for_the_aspect")])


def test_a_limit_for_all_together():
    words = [named("a"), named("b", error=1), named("c", aspect="same_semantics")]
    assert chosen(*words, most=2) == (["a", "b"], [("c", "enough_words")])


def test_a_spare_word_takes_the_place_of_one_that_was_not_confirmed():
    words = [named(word) for word in ("a", "b", "c")]
    used, dropped = chosen(*words, confirmed=frozenset({words[0].id, words[2].id}))
    assert used == ["a", "c"]
    assert dropped == [("b", "not_confirmed_by_round_trip")]


def test_what_the_role_rejected_stays_rejected():
    rejection = Rejection("file→arquivo", "analogies", "not_a_word", raw="%s")
    assert list(choose([rejection], errors=ERRORS, confirmed=None, per_aspect=1, most=1)) == [rejection]


def test_a_word_to_find_contexts_for_knows_its_causes():
    word = named("Folder").as_word()
    assert (word.source, word.target, word.source_form) == ("folder", "folder-pt", "Folder")
    assert word.parents("p1") == ("s1", "p1", "a:Folder:same_category", "file→arquivo")
    assert ERRORS[0].parents("p1") == ("s1", "p1", "file→arquivo")
