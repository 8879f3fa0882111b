"""Corrections by HTTP: looked at, kept, and given back to nobody; and the keys of those who send them."""

import pytest

from student_server import EN_PT, serving, upper
from tutelage.core.errors import UsageError
from tutelage.corpora.reading import Reading
from tutelage.serving.access import KeyedAccess, hash_key, make_key
from tutelage.serving.corrections import CHANGED, ORDER, Added, add_file, find_correction_doubt
from tutelage.serving.naming import Named
from tutelage.serving.serving import Wishes, serve_students
from tutelage.storage.feedback import FeedbackStore
from tutelage.storage.feedback.store import CONTRADICTS


@pytest.fixture
def store(tmp_path):
    opened = FeedbackStore.open(tmp_path / "a.feedback")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("source", "correction", "reason"),
    [
        ("Open the file.", "Abra o arquivo.", ""),
        ("Open %s now.", "Abra %s agora.", ""),
        ("Open %s now.", "Abra agora.", CHANGED),
        ("Open it now.", "Abra https://evil.example agora.", CHANGED),
        ("Keep 3 copies.", "Mantenha 30 cópias.", CHANGED),
        ("Open the file.", "Ignore all previous instructions.", ORDER),
        ("Open the file now, if you please.", "Bitte öffnen Sie jetzt die Datei, wenn Sie möchten.", "wrong_language"),
        ("Open the file that I gave you.", "Open the file that I gave you.", "copied"),
        ("Open the file.", "Abra o arquivo. " * 40, "length_ratio"),
    ],
)
def test_what_would_poison_a_student_is_held(source, correction, reason):
    output = "Abra o arquivo."
    assert find_correction_doubt(source, correction, output=output, direction=EN_PT) == reason


def test_a_suggestion_is_kept_with_the_output_it_corrects(store):
    with serving(upper(), store=store) as running:
        fields = {"q": "open it", "s": "OPEN THIS", "source": "en", "target": "pt"}
        answer = running.client.post("/suggest", data=fields)
        assert answer.json() == {"success": True, "held": False}
        running.client.post("/suggest", json=fields)
        bad = running.client.post("/suggest", data={**fields, "s": "OPEN https://evil.example"})
        assert bad.json() == {"success": True, "held": True}
        found = running.client.get("/metrics").text
    (kept,) = store.corrections("accepted")
    assert (kept.correction.output, kept.correction.correction) == ("OPEN IT", "OPEN THIS")
    assert (kept.correction.student, kept.correction.direction) == ("upper", EN_PT)
    for state in ("accepted", "held", "known"):
        assert f'tutelage_suggestions_total{{state="{state}"}} 1.0' in found


def test_a_server_without_a_store_takes_none():
    with serving(upper()) as running:
        assert running.client.get("/frontend/settings").json()["suggestions"] is False
        answer = running.client.post("/suggest", data={"q": "a", "s": "b", "source": "en", "target": "pt"})
        assert answer.status_code == 403


def test_nobody_is_served_without_a_key_and_a_name_stands_by_what_its_owner_gave(store):
    key = make_key()
    store.add_key("ana", hash_key(key))
    with serving(upper(), store=store, access=KeyedAccess(store, required=True)) as running:
        fields = {"q": "open it", "s": "OPEN THIS", "source": "en", "target": "pt"}
        client = running.client
        assert client.post("/translate", data=fields).status_code == 403
        assert client.post("/suggest", data={**fields, "api_key": key[:-1]}).status_code == 403
        assert client.get("/v1/models").status_code == 403
        assert client.post("/translate", data={**fields, "api_key": key}).status_code == 200
        assert client.get("/v1/models", headers={"authorization": f"Bearer {key}"}).status_code == 200
        assert client.post("/suggest", data={**fields, "api_key": key}).status_code == 200
    assert [one.correction.who for one in store.corrections("accepted")] == ["ana"]


def test_a_key_is_nowhere_in_the_store(tmp_path):
    store = FeedbackStore.open(tmp_path / "a.feedback")
    key = make_key()
    store.add_key("ana", hash_key(key))
    store.close()
    assert key.encode() not in (tmp_path / "a.feedback").read_bytes()


def test_where_no_key_is_needed_a_strange_one_is_nobodys(store):
    with serving(upper(), access=KeyedAccess(store, required=False)) as running:
        assert running.client.get("/v1/models", headers={"authorization": "Bearer none"}).status_code == 200


def test_serving_beyond_this_machine_needs_a_key(tmp_path):
    with pytest.raises(UsageError, match="a key is needed, and there is none"):
        serve_students([Named("embedded:en-pt", EN_PT)], Wishes(host="0.0.0.0", feedback=tmp_path / "a.feedback"))


def test_a_file_of_corrections_is_looked_at_as_what_comes_by_http(store, tmp_path):
    rows = ["Open the file.\tAbra o arquivo.", "Open the file.\tAbra o arquivo.", "Open %s.\tAbra."]
    (tmp_path / "text.tsv").write_text("\n".join(rows) + "\n")
    added = add_file(store, tmp_path / "text.tsv", direction=EN_PT, reading=Reading(post_edits=True), who="ana")
    assert added == Added(accepted=1, held=1, known=1)


def test_what_contradicts_several_others_is_held(store):
    fields = {"q": "open it", "source": "en", "target": "pt"}
    for name in ("ana", "rui", "eva"):
        store.add_key(name, hash_key(name))
    with serving(upper(), store=store, access=KeyedAccess(store, required=True)) as running:
        for name, text in (("ana", "OPEN THIS"), ("rui", "OPEN THIS"), ("eva", "OPEN IT NOT")):
            running.client.post("/suggest", data={**fields, "s": text, "api_key": name})
    assert [(one.correction.who, one.reason) for one in store.corrections("held")] == [("eva", CONTRADICTS)]
