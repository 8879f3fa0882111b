"""Every field of a recipe is changed in turn: the stages that read it, and what is made of these, get another key.

No other stage does, so that the points of a sweep share all that they can.

How keys are made is not looked at: a finished run lends its stages to the changed recipe under whatever keys that asks
for, so that every key shows in run.json and nothing is made twice.
"""

import re
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest

from lent_stages import MEASURED, made_of, noted_parts, stage_keys
from recipe_fields import change_field, list_fields
from scripted.llm import ScriptedLlm
from stage_reads import EVERY_STAGE, NOTHING, readers_of, reads
from stage_recipes import SMALL, scripted_teacher, small_recipe, write_place
from tutelage.runners.registry import RUNNERS

GATE = {
    "paraphrase": "meaning: better",
    "train-patcher": "demonstrations.valid_answers: not worse",
    "learn-from-memory": "left_out.chrf: not worse",
}
"""Another gate of each recipe; the others measure chrF."""
UNREAD = {
    "base-en-pt": r"student\.model|step\.0\.rehearsal\.ratio",
    "paraphrase": r"student\.model|evaluation\.metrics|filters\.least",
    "train-patcher": r"evaluation\.metrics|filters\.least",
    "patch-llm": r"step\.0\.(threshold|feedback\.(minimal|explain))",
    "learn-from-memory": r"step\.0\.feedback\.(verified|post_edit_first|examples)",
    "patch-jupyterlab": r"step\.0\.feedback\.(verified|post_edit_first|examples)",
}
"""Fields that a recipe does not read because of others: a new student, asked feedback, no translations to score."""
TOGETHER = {
    "paraphrase": {"direction.source": ['direction={source="de", target="de"}'], "direction.target": []},
    "patch-llm": {"student.protect": []},
    "train-patcher": {"student.protect": []},
}
"""Fields that can only change together, and those that stay as they are there (`UNPROTECTED`)."""
KEYED_WHOLE = re.compile(
    r"(text\.\w+|step\.0\.(?:unlikelihood\.)?train|filters|student\.fresh|step\.0\.directions\.\d)\.(.*)"
)
"""Tables that many stages read: every field is changed in one recipe, then the first of each table in the others."""


class Embedder:
    """One vector for all."""

    signature = "one"

    def embed(self, texts):
        return np.ones((len(texts), 2), dtype=np.float32) / 2**0.5


class Model:
    """A fastText model that is never sure."""

    def predict(self, _text, *, k):
        labels = ("__label__por_Latn", "__label__eng_Latn", "__label__deu_Latn")
        return labels[: k if k > 0 else None], [0.34, 0.33, 0.33][: k if k > 0 else None]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    write_place(folder)
    return folder


@pytest.fixture(scope="module")
def llm(place):
    with ScriptedLlm(script=scripted_teacher(place)) as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """No model is read to embed or to tell languages; a runner is outside the package."""
    monkeypatch.setitem(RUNNERS._entries, "elsewhere", "row_works:ELSEWHERE")
    monkeypatch.setattr("tutelage.embeddings.opening.open_embedder", lambda _name: Embedder())
    fasttext = ModuleType("fasttext")
    fasttext.__spec__, fasttext.load_model = ModuleSpec("fasttext", None), lambda _path: Model()
    monkeypatch.setitem(sys.modules, "fasttext", fasttext)


@pytest.fixture(scope="module")
def changed_before():
    """What earlier recipes have changed: paths, each with the stages that were looked at."""
    return set()


@pytest.mark.parametrize("name", SMALL)
def test_the_stages_that_read_a_changed_field_have_another_key(name, place, llm, changed_before, tmp_path):
    recipe = small_recipe(name, place, llm.base_url)
    lender = tmp_path / "before" / recipe.name
    with noted_parts(lender) as parts:
        before = stage_keys(recipe, runs=lender.parent)
    again = stage_keys(recipe, runs=tmp_path / "same", lender=lender)
    assert again == before, "the same recipe has the same keys"

    faults, harmless = [], []
    for number, (path, value, annotation) in enumerate(list_fields(recipe)):
        readers = readers_of(path, recipe=name)
        looked_at = _marks(path, [stage for stage in before if reads(stage, readers or ())])
        if re.fullmatch(UNREAD.get(name, ""), path):
            continue
        if readers == NOTHING or looked_at - changed_before:
            changed_before |= looked_at
            overrides = change_field(path, value, annotation, place=place, rule=GATE.get(name, "chrf: not worse"))
            overrides = TOGETHER.get(name, {}).get(path, overrides)
            if readers == NOTHING:
                harmless += overrides
            elif overrides:
                changed = small_recipe(name, place, llm.base_url, overrides=overrides)
                after = stage_keys(changed, runs=tmp_path / str(number), lender=lender)
                faults += _faults(before, after, readers, parts, told=f"{path} by {overrides}")
    after = stage_keys(small_recipe(name, place, llm.base_url, overrides=harmless), runs=tmp_path / "h", lender=lender)
    faults += [f"{stage}: another key under one of {harmless}" for stage in before if after.get(stage) != before[stage]]
    assert not faults, "\n".join(faults)


def _marks(path, stages):
    """What is known of the keys when the field is changed in a recipe with these stages that read it."""
    whole = KEYED_WHOLE.fullmatch(path)
    if whole is None:
        return {(path, stage) for stage in stages}
    field = re.sub(r"^text\.\w+|\.\d|\.unlikelihood", "", path)
    return {(whole[1], stage) for stage in stages} | {(field, "")} if stages else set()


def _faults(before, after, readers, parts, *, told):
    measured = {stage for stage, names in parts.items() if MEASURED in names}
    direct = {stage for stage in before if reads(stage, readers)}
    direct -= measured if readers == EVERY_STAGE else set()
    expected, reached = made_of(direct, parts), before.keys() & after.keys()
    changed = {stage for stage in reached if after[stage] != before[stage]}
    if not direct & reached:
        return [f"no stage that reads it was reached after {told}"]
    same = [f"{stage} has the same key after {told}" for stage in sorted((expected & reached) - changed)]
    return same + [f"{stage} has another key after {told}" for stage in sorted(changed - expected - measured)]


def test_a_field_without_a_rule_is_told():
    with pytest.raises(LookupError, match="new_field"):
        readers_of("evaluation.new_field")
