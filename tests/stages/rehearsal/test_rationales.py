"""What of a rationale is trained on, which examples get one, and how a training is divided."""

from dataclasses import replace

import pytest

from sample_report import make_step
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import LossPoint, TrainingSummary
from tutelage.evaluation.report import kept_weights
from tutelage.methods.radis.settings import RadisSettings
from tutelage.methods.registry import step_types
from tutelage.stages.checks.text_sizes import TextSize
from tutelage.stages.outcome import Estimate
from tutelage.stages.rehearsal.choosing import choose_examples
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.filters import find_rationale_fault, measure_copied, measure_repeated
from tutelage.stages.rehearsal.rationale import Rationale, trainable_part, whole_sentences
from tutelage.stages.rehearsal.settings import RationaleFilterSettings, RationaleSettings
from tutelage.stages.rehearsal.training import join_summaries, part_of_training

RECIPE = 'name = "r"\ndirection = { source = "en", target = "de" }\nstudent = {}\n[[step]]\nmethod = "radis"\n'


def example(number=0, **changes):
    given = {"id": f"e{number}", "task": "translate", "source_lang": "en", "target_lang": "pt-BR"}
    return Example(**(given | {"source": "Open the new file.", "target": "Abra o arquivo novo."} | changes))


class Identifier:
    """Reads the language off the first word."""

    signature = "first word"

    def identify(self, text, *, among):
        lang = text.split()[0]
        return IdentifiedLanguage(lang, 1.0) if lang in among else None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("One sentence. And a half", "One sentence."),
        ("Version 3.5 of the file. It op", "Version 3.5 of the file."),
        ("He said “stop.” Then", "He said “stop.”"),
        ("- open\n- close\n- sa", "- open\n- close"),
        ("文件。打开", "文件。"),
        ("1. open\n2. close it.\n3. Sa", "1. open\n2. close it."),
        ("1. open the fi", ""),
        ("It was made in 2024. Then", "It was made in 2024."),
        ("no end here at all", ""),
        ("Ends here!", "Ends here!"),
        ("", ""),
    ],
)
def test_whole_sentences(text, whole):
    assert whole_sentences(text) == whole


@pytest.mark.parametrize(
    ("text", "finished", "kept", "cut"),
    [
        (" A file is a thing. It op ", True, "A file is a thing. It op", False),
        ("A file is a thing. It op", False, "A file is a thing.", True),
        ("a file is a thing", False, "a file is a thing", True),
        ("A whole sentence.", False, "A whole sentence.", True),
        (" \n", True, "", False),
        ("", False, "", False),
    ],
)
def test_only_a_rationale_that_ended_by_itself_may_be_followed_by_an_end(text, finished, kept, cut):
    part = trainable_part(Rationale("e0", text, finished, 9))
    assert (part.text, part.cut) == (kept, cut)


def test_copying_is_counted_in_word_pairs_of_source_and_target():
    one = example()
    assert measure_copied("The new FILE is here", one) == pytest.approx(2 / 4)
    assert measure_copied("abra o arquivo, novo", one) == 1.0
    assert measure_copied("word", one) == 0.0


def test_repetition_is_counted_in_runs_of_four_words():
    assert measure_repeated("a b c d a b c d a b c d", lang="en") == pytest.approx(1 - 4 / 9)
    assert measure_repeated("one two three four five six", lang="en") == 0.0
    assert measure_repeated("好好好好好好", lang="zh") == pytest.approx(1 - 1 / 3)
    assert measure_repeated("too short", lang="en") == 0.0


@pytest.mark.parametrize(
    ("text", "filters", "fault"),
    [
        ("", {}, "stopped_at_once"),
        ("abra o arquivo novo", {}, None),
        ("two words", {"min_words": 3}, "too_short"),
        ("abra o arquivo novo", {"max_copied": 0.5}, "copied"),
        ("so so so so so so", {"max_repeated": 0.5}, "repeats_itself"),
        ("fr est ici", {"languages": ("en", "pt-BR")}, "wrong_language"),
        ("pt aqui", {"languages": ("en", "pt-BR")}, None),
        ("unknown word", {"languages": ("en",)}, None),
    ],
)
def test_filters_are_off_by_default_and_tell_their_reason(text, filters, fault):
    settings = RationaleFilterSettings.model_validate(filters)
    assert find_rationale_fault(text, example(), settings, identifier=Identifier()) == fault


def test_a_fraction_is_exact_drawn_by_seed_and_in_order():
    examples = [example(n) for n in range(40)]
    half = [one.id for one in choose_examples(examples, fraction=0.5, seed=1)]
    assert len(half) == 20
    assert half == sorted(half, key=lambda name: int(name[1:]))
    assert half == [one.id for one in choose_examples(iter(examples), fraction=0.5, seed=1)]
    assert half != [one.id for one in choose_examples(examples, fraction=0.5, seed=2)]
    quarter = {one.id for one in choose_examples(examples, fraction=0.25, seed=1)}
    assert quarter < set(half), "a larger fraction adds to a smaller one"


def test_conversations_and_cut_targets_get_no_rationale():
    mixed = [example(0), example(1, messages=(("user", "Hello"),)), example(2, cut=True), example(3)]
    assert [one.id for one in choose_examples(mixed, fraction=1.0, seed=1)] == ["e0", "e3"]


def test_parts_of_a_training_add_up_to_the_whole():
    train = TrainSettings(epochs=3, max_updates=31, seed=7)
    parts = [part_of_training(train, number=n, parts=3, seed=1) for n in (1, 2, 3)]
    assert sum(part.epochs for part in parts) == pytest.approx(3)
    assert [part.max_updates for part in parts] == [10, 10, 11]
    assert [part.seed for part in parts] == [7, 8, 9]
    assert part_of_training(train, number=1, parts=1, seed=1) is train


def test_summaries_of_parts_are_laid_end_to_end():
    first = TrainingSummary(10, 5, 100, 2.0, (LossPoint(5, 3.0, None),), None)
    second = TrainingSummary(10, 4, 90, 1.5, (LossPoint(4, 2.0, 2.5),), 2.5)
    whole = join_summaries([first, second])
    assert (whole.examples, whole.updates, whole.target_tokens, whole.seconds) == (10, 9, 190, 3.5)
    assert whole.losses == (LossPoint(5, 3.0, None), LossPoint(9, 2.0, 2.5))
    assert whole.best_dev_loss == 2.5


def test_the_weights_that_are_kept_are_those_of_the_last_part():
    # the first part has the higher chrF, but the second goes on from it
    scored = (LossPoint(200, 1.0, 2.0, 50.0), LossPoint(400, 0.9, 1.9, 49.0))
    first = TrainingSummary(10, 400, 100, 2.0, scored, 1.9, 50.0)
    second = TrainingSummary(
        10, 300, 90, 1.5, (LossPoint(100, 0.8, 1.8, 46.0), LossPoint(300, 0.7, 1.7, 45.0)), 1.7, 46.0
    )
    assert [point.dev_score for point in join_summaries([first, second]).losses] == [None, None, 46.0, 45.0]
    told = kept_weights(replace(make_step(), losses=join_summaries([first, second]).losses))
    assert told.startswith("Kept are the weights after 500 of 700 updates") and told.endswith("46.0.")
    unscored = replace(second, losses=(LossPoint(300, 0.7, 1.7),))
    assert kept_weights(replace(make_step(), losses=join_summaries([first, unscored]).losses)) == ""
    assert join_summaries([first]) == first


def test_a_teachers_rationales_are_estimated_and_a_students_are_not_paid_for():
    before, step, size = Estimate(100, (), 100, 1.0), RadisSettings(), TextSize(100, 1000, 1500)
    recipe = parse_recipe(RECIPE, step_types=step_types())
    asked = RationaleSettings(source="teacher", fraction=0.5, max_rationale_tokens=100)
    after = with_rationales(before, asked, step, recipe, size=size)
    assert after.teacher_calls == 50
    assert 50 * (100 + 15) < after.asked[0].tokens < 50 * 500
    own = with_rationales(before, RationaleSettings(), step, recipe, size=size)
    assert own.asked == ()
    assert own.minutes > before.minutes
    assert with_rationales(before, RationaleSettings(fraction=0), step, recipe, size=size) == before
