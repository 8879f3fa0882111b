from tutelage.core.protection.masks import LETTERS, TOKENS
from tutelage.core.protection.spans import ALL
from tutelage.core.records import Example
from tutelage.stages.masked_examples import mask_examples
from tutelage.students.diversity import part_control_words


def example(source, target, **more):
    return Example(
        id=more.pop("id", "e"),
        task="translate",
        source_lang="en",
        target_lang="pt-BR",
        source=source,
        target=target,
        **more,
    )


def test_both_sides_get_the_same_masks():
    (masked,) = mask_examples([example("Save {a} to {b}", "Em {b}, salve {a}")], LETTERS, ALL)
    assert (masked.source, masked.target) == ("Save X1X to X2X", "Em X2X, salve X1X")


def test_every_token_is_used_whatever_place_a_span_has():
    examples = [example("Save {a}", "Salve {a}", id=str(number)) for number in range(200)]
    masked = list(mask_examples(examples, TOKENS, ALL))
    assert {one.source for one in masked} == {f"Save ⟦{number}⟧" for number in range(1, 13)}
    assert all(one.source.removeprefix("Save") == one.target.removeprefix("Salve") for one in masked)


def test_conversations_and_what_has_nothing_to_protect_stay():
    examples = [example("Save", "Salve"), example("", "{a}", messages=(("user", "{a}"),))]
    assert list(mask_examples(examples, TOKENS, ALL)) == examples


def test_control_words_are_no_tags():
    assert part_control_words("<lexical-low> <syntactic-high> The <b>", instructed=False) == (
        "<lexical-low> <syntactic-high> ",
        "The <b>",
    )
    (masked,) = mask_examples([example("<lexical-low> Save <b>", "Salve <b>")], LETTERS, ALL)
    assert (masked.source, masked.target) == ("<lexical-low> Save X1X", "Salve X1X")
