"""A toy domain on disk, a student that is wrong in four of its words, and a teacher that corrects it."""

import pytest

from answer_key import names_wrong_word, orders, pairs, translate_european, write_rows
from scripted.llm import ScriptedLlm
from whole_runs import DIFFICULT, SHAPE, TRAIN, make_recipe, refuse, say


@pytest.fixture(scope="session")
def domain(tmp_path_factory):
    """A folder with the texts of the domain."""
    folder = tmp_path_factory.mktemp("domain")
    drawn = orders(1270, seed=1, placeholders=True)
    base, pool, dev, test, general, sentences = (
        drawn[start:end] for start, end in ((0, 600), (600, 840), (840, 880), (880, 930), (930, 980), (980, 1170))
    )
    unusable = [pool[0], test[0], "Abra o arquivo novo e feche o programa velho.", " ".join(["the open file"] * 50)]
    write_rows(folder / "base.jsonl", pairs(base, key=translate_european))
    write_rows(folder / "pool.jsonl", [{"source": text} for text in (*pool, *DIFFICULT, *unusable)])
    write_rows(folder / "dev.jsonl", pairs(dev))
    write_rows(folder / "test.jsonl", pairs(test))
    write_rows(
        folder / "general.jsonl", pairs([text for text in (*general, *drawn[1170:]) if not names_wrong_word(text)])
    )
    write_rows(folder / "sentences.jsonl", [{"source": text} for text in sentences])
    return folder


@pytest.fixture(scope="session")
def base_run(domain, tmp_path_factory):
    """The run that makes the student: new, and trained on human translations alone."""
    from tutelage.runs.run import run_recipe

    step = {"method": "sequence_kd", "share": 0.0, "train": {**TRAIN, "learning_rate": 4e-3, "max_updates": 600}}
    recipe = make_recipe(
        {
            "name": "base",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"fresh": SHAPE},
            "text": {"parallel": {"path": str(domain / "base.jsonl")}, "test": {"path": str(domain / "test.jsonl")}},
            "evaluation": {"resamples": 100},
            "step": [step],
        }
    )
    return run_recipe(recipe, runs=tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def base_student(base_run):
    """The folder of the student to be patched."""
    return base_run.student


@pytest.fixture
def llm():
    """The scripted teacher, with its refusals."""
    with ScriptedLlm(script=say, misbehave=refuse) as server:
        yield server
