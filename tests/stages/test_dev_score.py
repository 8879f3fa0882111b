from dataclasses import replace

from tutelage.core.records import Example
from tutelage.stages.dev_score import SEGMENTS, Part, dev_score


class Table(list):
    @property
    def rows(self):
        return len(self)


def example(number, **changes):
    plain = Example(str(number), "translate", "en", "pt-BR", f"sentence {number}", f"frase {number}")
    return replace(plain, **changes)


def parts(table):
    return list(Part(table, held_out=False)), list(Part(table, held_out=True))


def test_a_tenth_is_held_out_and_nothing_is_in_both_parts():
    table = Table(example(number) for number in range(1000))
    trained, watched = parts(table)
    assert 70 <= len(watched) <= 130
    assert sorted([*trained, *watched], key=lambda one: int(one.id)) == table


def test_of_many_no_more_are_held_out_than_are_translated_and_of_few_at_most_half():
    assert len(parts(Table(example(number) for number in range(20_000)))[1]) < 1.3 * SEGMENTS
    trained, watched = parts(Table(example(number) for number in range(12)))
    assert trained
    assert watched


def test_equal_sources_are_in_one_part():
    table = Table(example(number, source=f"sentence {number % 100}") for number in range(600))
    trained, watched = parts(table)
    assert not {one.source for one in trained} & {one.source for one in watched}


def test_only_translations_are_held_out():
    table = Table(example(number, task="chat" if number % 2 else "translate") for number in range(500))
    assert {one.task for one in parts(table)[1]} == {"translate"}


def test_there_is_no_score_without_translations(tiny_student):
    others = [example(1, task="paraphrase"), example(2, messages=(("user", "Hello"),)), example(3, source=" ")]
    assert dev_score(tiny_student("marian"), others, max_target_tokens=99) is None
