"""Whole runs of paraphrase: a scripted teacher over HTTP, a tiny new student, an embedder that is a bag of words."""

import json
import re
import zlib
from collections import Counter

import numpy as np
import pytest

from answer_key import orders, write_rows
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny_causal
from tutelage.core.records import Example, Paraphrases, Rejection
from tutelage.methods.paraphrase import step as paraphrase_step
from tutelage.methods.paraphrase.pairs import ParaphrasePair
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from tutelage.students.diversity import LEVELS, read_control
from whole_runs import make_recipe

POOL, TEST = 24, 6
SYNONYMS = {"file": "document", "program": "application", "screen": "display", "folder": "directory", "big": "large"}
SHAPE = {
    "width": 16, "feed_forward": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "vocabulary": 310,
    "masks": 0, "dropout": 0.0, "max_tokens": 64,
}  # fmt: skip


class BagOfWords:
    """Texts of the same words, synonyms counted as the same, have the same vector."""

    signature = "bag-of-words"

    def embed(self, texts):
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                row[zlib.crc32(SYNONYMS.get(word, word).encode()) % 256] += 1
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows


def say(messages):
    """Two usable paraphrases, a copy, one that lost the meaning, and one that negates."""
    text = re.search(r"<text>\n(.*)\n</text>", messages[-1]["content"]).group(1)
    first, second = re.fullmatch(r"(.*?) (?:with|and) (.*)\.", text).groups()
    other = re.sub(r"\w+", lambda match: SYNONYMS.get(match.group(), match.group()), first)
    verb, _, rest = other.partition(" ")
    turned = f"With {second}, {verb.lower()} {rest}."
    passive = f"Here {rest} is what you {verb.lower()} with {second}."
    written = [turned, passive, text.lower(), "Some other words of as many letters.", f"Do not {text.lower()}"]
    return json.dumps({"paraphrases": written})


@pytest.fixture(autouse=True)
def _bag_of_words(monkeypatch):
    monkeypatch.setattr("tutelage.embeddings.opening.open_embedder", lambda _name: BagOfWords())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Plain text alone: the sentences to learn from, and those to be measured on."""
    folder = tmp_path_factory.mktemp("paraphrase")
    drawn = orders(POOL + TEST, seed=5)
    (folder / "pool.txt").write_text("".join(f"{text}\n" for text in [*drawn[:POOL], drawn[POOL]]))
    (folder / "test.txt").write_text("".join(f"{text}\n" for text in drawn[POOL:]))
    return folder


@pytest.fixture(scope="module")
def language_model(tmp_path_factory):
    """A causal model of random weights: it tells fluency, though not well."""
    return make_tiny_causal(tmp_path_factory.mktemp("tiny") / "lm").origin


def recipe_of(folder, *, url="http://127.0.0.1:9/v1", student=None, text=None, **step):
    return make_recipe(
        {
            "name": "p",
            "seed": 1,
            "direction": {"source": "en", "target": "en"},
            "student": student or {"fresh": SHAPE},
            "teachers": {"llm": {"kind": "chat", "model": "scripted", "base_url": url}},
            "text": {use: {"path": str(folder / f"{use}.txt")} for use in ("pool", "test")} | (text or {}),
            "evaluation": {"resamples": 100, "max_target_tokens": 16},
            "step": [
                {
                    "method": "paraphrase",
                    "filters": {"min_length": 0.5, "max_length": 2.0, "max_overlap": None},
                    "train": {"learning_rate": 1e-3, "max_updates": 4, "precision": "float32"},
                    "count": 5,
                    "decoding": {"outputs": 2},
                    "fluency": "none",
                    **step,
                }
            ],
        }
    )


def rows(run, name, kind):
    return list(read_table(run / f"{name}.parquet", kind))


def test_from_plain_text_to_a_measured_student_and_again_without_a_question(
    folder, language_model, tmp_path, monkeypatch
):
    step = tmp_path / "p" / "01-paraphrase"

    def killed(*_arguments, **_settings):
        raise KeyboardInterrupt

    with ScriptedLlm(script=say) as llm:
        recipe = recipe_of(folder, url=llm.base_url, fluency=str(language_model))
        with monkeypatch.context() as patched:
            patched.setattr(paraphrase_step, "tune_with_rationales", killed)
            with pytest.raises(KeyboardInterrupt):
                run_recipe(recipe, runs=tmp_path)
        assert len(llm.requests) == POOL, "the sentence of the test set is not asked about"
        made = {path.name: path.stat().st_mtime_ns for path in step.glob("*.parquet")}
        assert {"pool.parquet", "paraphrases.parquet", "pairs.parquet", "examples.parquet"} <= set(made)
        result = run_recipe(recipe, runs=tmp_path)
        assert {name: (step / name).stat().st_mtime_ns for name in made} == made
        assert len(llm.requests) == POOL + TEST, "the teacher's own paraphrases of the test set"
        run_recipe(recipe, runs=tmp_path)
        assert len(llm.requests) == POOL + TEST

    answers, pairs = rows(step, "paraphrases", Paraphrases), rows(step, "pairs", ParaphrasePair)
    refused = rows(step, "pairs.rejected", Rejection)
    assert len(answers) == POOL
    assert len(pairs) + len(refused) == sum(len(answer.texts) for answer in answers)
    assert {"copied", "meaning_changed", "negation_changed"} <= {one.reason for one in refused}
    assert all(pair.meaning >= 0.8 and 0 < pair.lexical < 100 for pair in pairs)

    examples, control = rows(step, "examples", Example), read_control(step / "student")
    assert [example.id for example in examples] == [f"paraphrase:{pair.id}" for pair in pairs]
    assert [example.target for example in examples] == [pair.target.text for pair in pairs]
    assert control.within, "the teacher writes several of each sentence"
    words = [re.match(r"(?:<lexical-(\w+)> )?", example.source).group(1) for example in examples]
    several = [source for source, count in Counter(pair.source.id for pair in pairs).items() if count > 1]
    for source in several:
        levels = [(pair.lexical, LEVELS.index(word)) for pair, word in zip(pairs, words, strict=True)
                  if pair.source.id == source]  # fmt: skip
        assert [level for _, level in sorted(levels)] == sorted(level for _, level in levels)
    assert [word is None for word in words] == [pair.source.id not in several for pair in pairs]
    assert set(words) >= set(LEVELS)

    report = json.loads((step / "step.json").read_text())
    found = {
        system["system"]: {score["name"]: score["value"] for score in system["scores"]} for system in report["systems"]
    }
    assert set(found) == {"before", "after", "copy", "swapped", "shuffled", "cut", "teacher"}
    assert found["cut"]["combined"] > found["copy"]["combined"], "it is rewarded, and the report shows by how much"
    assert found["copy"]["fluency"] == 100 > found["teacher"]["fluency"] > 0
    (signature,) = {
        score["signature"] for one in report["systems"] for score in one["scores"] if score["name"] == "combined"
    }
    assert "fluency:token-likelihood-ratio:capped|lm@" in signature
    assert found["copy"]["meaning"] == pytest.approx(100, abs=0.01)
    assert found["copy"]["combined"] <= min(found[name]["combined"] for name in ("after", "teacher"))
    assert found["teacher"]["combined"] > 0
    assert {comparison["name"] for comparison in report["comparisons"]} >= {"combined", "meaning", "lexical"}
    assert [outcome["rule"] for outcome in report["gate"]["outcomes"]] == list(recipe.step[0].gate)
    funnel = {row["label"]: row["count"] for row in report["funnel"]}
    assert funnel == {
        "pool": POOL, "answered by the teacher": POOL,
        "paraphrases written": len(pairs) + len(refused), "trained on": len(pairs),
    }  # fmt: skip
    outputs = rows(step / "tests", "domain-after", Paraphrases)
    assert [output.source.text for output in outputs] == (folder / "test.txt").read_text().splitlines()
    assert {len(output.texts) for output in outputs} == {2}
    assert all(",medium" in output.provenance.teacher for output in outputs)
    assert result.report.is_file()


def test_human_paraphrases_and_watched_pairs_without_control(folder, tmp_path):
    """`text.parallel` is filtered as a teacher's answers are, and `text.dev` is watched."""
    human = [
        {"source": "The small window is closed by him.", "target": "He closes the small window."},
        {"source": "The small door is closed by her.", "target": "the small door is closed by her"},
    ]
    parallel = write_rows(tmp_path / "parallel.jsonl", human)
    dev = write_rows(tmp_path / "dev.jsonl", [{"source": "The old house is big.", "target": "Large is the old house."}])
    with ScriptedLlm(script=say) as llm:
        recipe = recipe_of(
            folder,
            url=llm.base_url,
            text={"parallel": {"path": str(parallel)}, "dev": {"path": str(dev)}},
            control=False,
            style=["sampled", "lexical"],
            count=2,
            filters={"meaning_floor": None, "max_overlap": None, "min_length": None, "max_length": None},
            decoding={"search": "greedy"},
        )
        run_recipe(recipe, runs=tmp_path)
        seeds = [body.get("seed") for body in llm.requests]
    assert {seed: seeds.count(seed) for seed in (1, 2, None)} == {1: POOL + TEST, 2: POOL + TEST, None: POOL}
    step = tmp_path / "p" / "01-paraphrase"
    pairs = rows(step, "pairs", ParaphrasePair)
    own = [pair for pair in pairs if pair.id.startswith("parallel:")]
    assert [pair.target.text for pair in own] == ["He closes the small window."]
    assert {pair.provenance.prompt_version for pair in pairs} == {"paraphrase-sampled-1", ""}, (
        "what the second style wrote was there already"
    )
    assert all(pair.meaning is None for pair in pairs)
    assert not (step / "student" / "diversity.json").exists()
    assert not any(example.source.startswith("<") for example in rows(step, "examples", Example))
    story = json.loads((step / "student" / "training.json").read_text())
    assert story["best_dev_loss"] is not None
    assert {len(output.texts) for output in rows(step / "tests", "domain-after", Paraphrases)} == {1}
