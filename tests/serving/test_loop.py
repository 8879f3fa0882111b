"""The loop whole and small: a student is served, corrected over HTTP, patched, promoted and served again."""

from answer_key import names_wrong_word, translate, translate_european
from student_server import EN_PT, serving
from tutelage.corpora.reading import read_segments
from tutelage.runs.run import run_recipe
from tutelage.serving.following import Follower
from tutelage.serving.students import Opening, find_background
from tutelage.storage.feedback import FeedbackStore
from whole_runs import make_recipe, patching_table

CORRECTED = 150
POISONED = 60
LANGUAGES = {"source": "en", "target": "pt"}


def learn_from(store, domain, student, name):
    """The recipe of a round, which no teacher helps."""
    table = patching_table(domain, student, "http://nobody", text={"post_edits": {"path": str(store)}})
    del table["teachers"], table["text"]["pool"]
    table["step"][0] |= {"feedback": {"source": "people"}, "gate": ["chrf: better"]}
    table["step"][0]["train"] |= {"epochs": 25}
    return make_recipe({**table, "name": name})


def correct(client, sources, key):
    """What the server says of each source is corrected as the key has it; how many were held."""
    held = 0
    for source in sources:
        answer = client.post("/suggest", json={"q": source, "s": key(source), **LANGUAGES})
        held += answer.json()["held"]
    return held


def translated(client, sources):
    return client.post("/translate", json={"q": sources, **LANGUAGES}).json()["translatedText"]


def test_what_users_correct_makes_the_served_student_better_and_poison_does_not(domain, base_student, tmp_path):
    texts = dict.fromkeys(one.text for one in read_segments(domain / "pool.jsonl", lang="en"))
    sources = [text for text in texts if names_wrong_word(text) and len(text.split()) < 20]
    corrected, unseen = sources[:CORRECTED], sources[CORRECTED:][:40]
    store, runs = FeedbackStore.open(tmp_path / "a.feedback"), tmp_path / "runs"
    served = Opening().open(str(base_student), EN_PT)
    with serving(served, store=store) as running:
        follower = Follower(runs, [served], open_engine=Opening().open_engine)
        before = sum(
            one == translate(source) for source, one in zip(unseen, translated(running.client, unseen), strict=True)
        )
        assert correct(running.client, corrected, translate) < CORRECTED / 10
        first = run_recipe(learn_from(tmp_path / "a.feedback", domain, base_student, "first"), runs=runs)
        assert first.decision.passed
        background = find_background(str(runs / "first"))
        assert (background.gates, background.known.unseen(corrected[0])) == (1, [])
        assert background.known.whole, "the student that was served first was made by a run from nothing"
        follower.look()
        learned = translated(running.client, unseen)
        after = sum(one == translate(source) for source, one in zip(unseen, learned, strict=True))
        assert before == 0 and after > len(unseen) / 3

        correct(running.client, sources[-POISONED:], lambda source: translate_european(source).replace("o ", "um "))
        second = run_recipe(learn_from(tmp_path / "a.feedback", domain, runs / "first", "second"), runs=runs)
        assert not second.decision.passed
        follower.look()
        assert translated(running.client, unseen) == learned
    store.close()
