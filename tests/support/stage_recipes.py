"""Shipped recipes made small: their own tables, on tiny students, a few lines of text and a scripted teacher."""

import json
import re
import shutil
from itertools import islice
from pathlib import Path

from answer_key import orders, translate, write_rows
from scripted.answer_key import AnswerKey, KeyPair, KeyWord
from scripted.keyed_teacher import KeyedTeacher
from tiny_students import make_tiny, make_tiny_causal
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
TRAIN = {"max_updates": 2, "batch_tokens": 600, "precision": '"float32"'}
NOUNS = {"file": "arquivo", "screen": "monitor", "user": "usuário", "folder": "diretório", "menu": "menu"}
CONTEXT_TOKENS = 3000
"""Of the chat model: the questions of patching are long."""


def write_place(place):
    """The texts and students that the small recipes name, each of them twice: the copy is another to a key."""
    sizes = {"parallel": 24, "pool": 60, "sentences": 24, "dev": 8, "test": 8, "general": 8, "post_edits": 24}
    drawn = orders(sum(sizes.values()), seed=3)
    rest = iter(drawn)
    texts = {use: list(islice(rest, size)) for use, size in sizes.items()}
    (place / "other").mkdir()
    for use, sources in texts.items():
        for folder in (place, place / "other"):
            rows = [_row(text) for text in sources]
            if use == "post_edits":
                rows = [row | {"document": f"d{number % 4}"} for number, row in enumerate(rows)]
            copy = {"copy": True} if folder.name == "other" else {}  # a text is told by what its files hold
            write_rows(folder / f"{use}.jsonl", [row | copy for row in rows])
    make_tiny("marian", place / "marian")
    make_tiny("nllb", place / "nllb")
    make_tiny_causal(place / "chat", texts=drawn, max_position_embeddings=CONTEXT_TOKENS, hidden_size=16)
    (place / "chat" / "instruction.txt").write_text("{target_language}: {source}")
    config = place / "chat" / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_max_length": CONTEXT_TOKENS}))
    for name in ("marian", "nllb", "chat"):
        shutil.copytree(place / name, place / f"{name}-other")
        (place / f"{name}-other" / "more.spm").write_text("another one")
    write_rows(place / "examples.jsonl", [{"source": "Open it.", "translation": "Abra ele."}])
    (place / "prices.toml").write_text("")
    for name in ("lid", "lid-other"):
        (place / f"{name}.bin").write_text(name)
    (place / "forbidden.txt").write_text("zzz\n")
    turns = [{"role": "user", "content": "What is 1?"}, {"role": "assistant", "content": "A number."}]
    write_rows(place / "chats.jsonl", [{"messages": turns}])


def small_recipe(name, place, url, *, overrides=()):
    """A shipped recipe on the texts of `place`; `overrides` come last."""
    text = (RECIPES / f"{name}.toml").read_text(encoding="utf-8")
    uses = re.findall(r"^\[text\.(\w+)\]", text, re.MULTILINE)
    changes = [f'text.{use}={{path="{place / use}.jsonl"}}' for use in uses]
    for teacher in re.findall(r"^\[teachers\.(\w+)\]", text, re.MULTILINE):
        prices = "input_price=1.0, output_price=1.0"
        changes.append(f'teachers.{teacher}={{kind="chat", base_url="{url}", model="scripted", {prices}}}')
    for number in range(text.count("[[step]]")):
        changes += [f"step.{number}.train.{key}={value}" for key, value in TRAIN.items()]
    changes += ["evaluation.resamples=100", "evaluation.max_target_tokens=16", *(SMALL | MORE)[name](place), *overrides]
    return parse_recipe(text, step_types=step_types(), overrides=changes, where=name)


def scripted_teacher(place):
    """Plays every role on these texts."""
    nouns = tuple(KeyWord(source, target, "things", related=("open", "close")) for source, target in NOUNS.items())
    known = [text for use in ("pool", "dev", "test", "general") for text in _sources(place, use)]
    references = tuple(KeyPair(text, translate(text), "work") for text in known)
    sentences = tuple(KeyPair(text, translate(text)) for text in _sources(place, "sentences"))
    return _Teacher(KeyedTeacher(AnswerKey("en", "pt-BR", references=references, sentences=sentences, words=nouns)))


class _Teacher:
    """Paraphrases too, by turning the first two words around."""

    def __init__(self, keyed):
        self.keyed = keyed

    def answer_request(self, body):
        asked = body["messages"][-1]["content"]
        if "araphras" not in asked:
            return self.keyed.answer_request(body)
        text = re.search(r"<(text\S*)>\n(.*)\n</\1>", asked, re.DOTALL).group(2)
        first, second, *rest = text.rstrip(".").split()
        return json.dumps({"paraphrases": [" ".join(["Now", second, *rest, first.lower()]) + "."]})

    def __call__(self, messages):
        return self.answer_request({"messages": messages})


def _row(text):
    target = translate(text)
    languages = {"en": text, "pt_BR": target, "de": target.upper(), "pt_PT": target.lower()}
    return {"source": text, "target": target, "origin": "own", **languages}


def _sources(place, use):
    return [json.loads(line)["source"] for line in (place / f"{use}.jsonl").read_text().splitlines()]


def _directions(place):
    text, test = (f'{{ path="{place / use}.jsonl" }}' for use in ("parallel", "test"))
    ways = [
        f'{{ source="en", target="de", path={text}, test={test} }}',
        f'{{ source="pt-BR", target="en", path={text}, test={test} }}',
        f'{{ source="pt-BR", target="de", test={test} }}',
    ]
    return f"step.0.directions=[{', '.join(ways)}]"


UNPROTECTED = "student.protect=false"
"""A tiny Marian has few letters: protected, it copies most words, and no teacher's correction is like that."""
SMALL = {
    "base-en-pt": lambda place: [
        "student.fresh={width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=332}",
        "step.0.share=0.9",
    ],
    "patch-llm": lambda place: [
        f'student.model="{place}/marian"', "direction.target=pt-BR", "step.0.rounds=1", "step.0.contexts.max_errors=6",
        "step.0.analogies.max_words=4", "step.0.select.share=0.9", 'step.0.pool_each_round="same"', UNPROTECTED,
    ],
    "patch-jupyterlab": lambda place: [
        f'student.model="{place}/marian"', f'text.sentences={{path="{place}/sentences.jsonl"}}',
        "step.0.contexts.max_errors=6", 'step.0.contexts.source="retrieved"', "step.0.contexts.writer=engine",
        'step.0.ask={strategy=["confidence", "agreement", "coverage", "density"], share=0.9}',
        "step.0.train.patience=2",
    ],
    "radis": lambda place: [
        f'student.model="{place}/chat"', "step.0.rationales.max_rationale_tokens=8", "step.0.train.lora={rank=2}",
        'student.instruction="post-instruction"', 'retention={abilities=["arithmetic"], items=2}',
        "student.shots={count=1}", 'evaluation.contrastive={languages=["de"]}', 'step.0.target="rewritten"',
    ],
    "language-aware": lambda place: [
        f'student.model="{place}/nllb"', "direction.target=pt-BR", _directions(place),
        "step.0.unlikelihood.train.epochs=2", f'evaluation.language_id="{place}/lid.bin"',
        *(f'text.{use}={{path="{place}/{use}.jsonl"}}' for use in ("parallel", "test", "general")),
        *(f"step.0.unlikelihood.train.{key}={value}" for key, value in TRAIN.items()),
    ],
    "paraphrase": lambda place: [
        "student={fresh={width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=322}}",
        'step.0.style=["list"]', 'step.0.gate=["combined: better"]',
        "step.0.filters={meaning_floor=0.0, max_length=2.0, max_overlap=1.0}",
        "step.0.decoding.outputs=2", "step.0.train={max_updates=2}", "step.0.fluency=none",
    ],
    "learn-from-memory": lambda place: [
        f'student.model="{place}/marian"', "direction.target=pt-BR", "step.0.leave_out=2",
        f'text.memory={{path="{place}/parallel.jsonl"}}', f'text.drafts={{path="{place}/sentences.jsonl"}}',
        'step.0.contexts={source="memory", per_error=2}',
    ],
    "train-patcher": lambda place: [
        f'student.model="{place}/chat"', f'step.0.translator="{place}/marian"', "step.0.held_out=0.6",
        "step.0.measured_per_role=90", "step.0.max_errors=6", "step.0.train.max_target_tokens=400",
        "step.0.train.batch_tokens=6000", UNPROTECTED,
    ],
}  # fmt: skip
"""A recipe for every method, with what makes it small and what uses all of its tables."""

MORE = {
    "base-multi": lambda place: [
        "student.fresh={width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=332, "
        'languages=["en", "de", "pt-BR"]}',
        _directions(place), "filters.language=false",
    ],
    "chain": lambda place: [f'student.model="{place}/marian"'],
    "learn-from-feedback": lambda place: [
        f'student.model="{place}/marian"', f'text.post_edits={{path="{place}/post_edits.jsonl"}}',
    ],
    "distil-jupyterlab": lambda place: [f'student.model="{place}/marian"'],
    "patch-own-marian": lambda place: [
        f'student.model="{place}/marian"', "direction.target=pt-BR", "step.0.contexts.max_errors=6",
    ],
}  # fmt: skip
"""The other shipped recipes, of methods that have one above."""
