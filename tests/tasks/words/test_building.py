"""Word lists from files: what is in them, what is left out, that they are the same every time, and their scores."""

import json

import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Pair, Rejection, Segment
from tutelage.storage.tables import write_table
from tutelage.tasks.words.building import build_word_list
from tutelage.tasks.words.files import direction_of, read_word_list
from tutelage.tasks.words.scoring import score_word_list

EN_PT = Direction("en", "pt-BR")
TRAINING = [("Open the big file", "Abra o arquivo grande"), ("Save the user settings now", "Salve as opções agora")]
TEST = [
    ("The printer has no paper today", "A impressora está sem papel hoje"),
    ("Delete this file from the old disk", "Exclua este arquivo do disco velho"),
    ("open the BIG file!", "Abra o arquivo grande!"),
    ("The printer has no paper today.", "A impressora está sem papel hoje."),
    ("Every user has a name here", "Cada pessoa tem um nome aqui"),
    ("Each user has a menu there", "Cada usuário tem um menu ali"),
    ("Nothing to be found in here", "Nada se encontra aqui"),
]
GLOSSARY = "file\tarquivo\nuser\tusuário\nprinter\timpressora\nmenu\tmenu\n"


def test_a_place_without_a_folder_is_told_before_a_teacher_is_asked(tmp_path):
    with pytest.raises(UsageError, match=r"no/w\.jsonl: there is no folder to write this file into"):
        build_word_list(tmp_path / "no" / "w.jsonl", glossary="g.tsv", text="t.tsv", train=["x.tsv"], direction=EN_PT)


class Engine:
    """A teacher that translates by a table and rejects the rest."""

    signature = "table"

    def translate(self, segments, *, direction):
        table = dict(TEST)
        for segment in segments:
            if segment.text in table:
                yield Pair(segment, Segment(segment.id, table[segment.text], direction.target))
            else:
                yield Rejection(segment.id, "translate", "unknown")


class Student:
    """An engine that knows one word."""

    signature = "student"

    def __init__(self, word):
        self.word = word

    def translate(self, sources, *, decoding):
        for source in sources:
            yield f"{self.word} {source}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "g.tsv").write_text(GLOSSARY)
    (tmp_path / "test.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in TEST))
    (tmp_path / "mono.txt").write_text("".join(f"{source}\n" for source, _ in TEST) + "A file of no table is here\n")
    examples = [Example(f"e{n}", "translate", "en", "pt-BR", s, t) for n, (s, t) in enumerate([*TRAINING, TRAINING[0]])]
    write_table(tmp_path / "examples.parquet", examples, Example)
    return tmp_path


def build(folder, **changes):
    options = {"text": str(folder / "test.tsv"), "train": [str(folder / "examples.parquet")], "direction": EN_PT}
    return build_word_list(folder / "words.jsonl", glossary=folder / "g.tsv", **(options | changes))


def test_items_by_hand(folder):
    made = build(folder)
    items = read_word_list(folder / "words.jsonl")
    assert [(i.word, i.pair.source.text, i.group, i.sightings, i.contexts) for i in items] == [
        ("printer", TEST[0][0], "unseen word", 0, 0),
        ("file", TEST[1][0], "unseen context", 1, 1),
        ("user", TEST[5][0], "unseen context", 1, 0),
        ("menu", TEST[5][0], "unseen word", 0, 0),
    ]
    assert made.groups["unseen word"] == made.groups["unseen context"] == 2
    assert made.left_out == {"in training": 1, "repeated": 1}
    assert (made.items, made.words, made.terms, made.training) == (4, 4, 4, 2)
    assert direction_of(items) == EN_PT


def test_the_same_input_gives_the_same_bytes(folder):
    build(folder)
    first = (folder / "words.jsonl").read_bytes()
    build(folder)
    assert (folder / "words.jsonl").read_bytes() == first
    row = json.loads(first.splitlines()[0])
    assert row["target"] == TEST[0][1] and row["translations"] == ["impressora"] and row["group"] == "unseen word"


def test_a_teacher_translates_what_holds_a_word(folder):
    by_text = (build(folder), read_word_list(folder / "words.jsonl"))[1]
    made = build(folder, text=str(folder / "mono.txt"), translator=Engine())
    by_teacher = read_word_list(folder / "words.jsonl")
    assert [(i.word, i.translations) for i in by_teacher] == [(i.word, i.translations) for i in by_text]
    assert made.left_out["no translation"] == 1  # the added one


def test_cap_by_word_and_reasons_when_nothing_is_left(folder):
    (folder / "many.tsv").write_text("".join(f"Room {n} has a printer\tA sala {n} tem impressora\n" for n in range(9)))
    made = build(folder, text=str(folder / "many.tsv"), per_word=2)
    assert made.items == 2 and made.left_out["more of one word"] >= 1
    with pytest.raises(CorpusError, match=r"no segment is left .*in training: 2"):
        build(folder, text=str(folder / "examples.parquet"))
    with pytest.raises(UsageError, match="Did you mean 'word'"):
        build(folder, match="words")
    with pytest.raises(CorpusError, match="no such file"):
        build(folder, train=[str(folder / "none.parquet")])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("no json", "Invalid JSON"),
        ('{"id": "x"}', "source: Field required"),
        ("[]", "Input should be an object"),
    ],
)
def test_damaged_word_lists(folder, line, reason):
    build(folder)
    good = (folder / "words.jsonl").read_text().splitlines()[0]
    (folder / "bad.jsonl").write_text(f"{good}\n\n{line}\n")
    with pytest.raises(CorpusError) as raised:
        read_word_list(folder / "bad.jsonl")
    assert "bad.jsonl:3: " in str(raised.value) and reason in str(raised.value)
    (folder / "bad.jsonl").write_text(f"{good}\n{good}\n")
    with pytest.raises(CorpusError, match=r"bad\.jsonl:2: the id .* was already used"):
        read_word_list(folder / "bad.jsonl")
    (folder / "bad.jsonl").write_text("\n")
    with pytest.raises(CorpusError, match="the word list is empty"):
        read_word_list(folder / "bad.jsonl")


def test_students_and_hypotheses_are_scored_and_compared(folder, monkeypatch):
    build(folder)
    rows = [json.loads(line) for line in (folder / "words.jsonl").read_text().splitlines()]
    hypotheses = folder / "hypotheses.jsonl"
    hypotheses.write_text("".join(json.dumps({**row, "target": row["translations"][0]}) + "\n" for row in rows))
    monkeypatch.setattr("tutelage.tasks.words.scoring.open_student", lambda name, **_: Student(name))
    scores = score_word_list(folder / "words.jsonl", students=["arquivos"], hypotheses=[str(hypotheses)], resamples=50)
    values = {(one.system, one.test, s.name.rpartition("_")[2]): s.value for one in scores.systems for s in one.scores}
    assert values[str(hypotheses), "all", "word"] == 100.0
    # `menu` is the same in both languages, so the student that copies its source has it
    assert values["arquivos", "all", "substring"] == 50.0 and values["arquivos", "all", "word"] == 25.0
    (compared,) = scores.comparisons
    whole = next(one for one in compared.comparisons if one.test == "all" and one.name.endswith("word"))
    assert (whole.before, whole.after, whole.n) == (100.0, 25.0, 4)


def test_nothing_to_score(folder):
    build(folder)
    with pytest.raises(UsageError, match="nothing to score"):
        score_word_list(folder / "words.jsonl")
    (folder / "part.jsonl").write_text((folder / "words.jsonl").read_text().splitlines()[0])
    with pytest.raises(CorpusError, match="no output for 3 of 4 items"):
        score_word_list(folder / "words.jsonl", hypotheses=[str(folder / "part.jsonl")])
