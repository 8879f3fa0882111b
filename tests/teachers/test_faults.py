"""A teacher that does everything wrong that a teacher can, and an asker that is killed while it asks.

With FAULTS=10000 in the environment, as `make fuzz` sets it, so many segments are asked about.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from places import TEST_PATH, TESTS
from scripted.answer_key import AnswerKey, KeyPair
from scripted.asking_client import KEY_VARIABLE, LEDGER, MARK, RUN, is_judged, make_hypothesis, make_segments, translate
from scripted.keyed_teacher import KeyedTeacher
from scripted.llm import ScriptedLlm
from scripted.misbehaving import NO_ANSWER, Mischief
from tutelage.core.records import Feedback, Pair, Rejection
from tutelage.storage.ledger import Budget, Ledger
from tutelage.storage.tables import read_table
from tutelage.teachers.comparing.word_alignment import NOWHERE

COUNT = int(os.environ.get("FAULTS", "2500"))
IN_FLIGHT = 64
KILLED_AT = (COUNT * 3 // 10, COUNT * 7 // 10)
"""Answers after which the asker is killed."""
SECRET = "sk-test-3c9d51e7"
BUDGET = 2.0 + COUNT * 6e-4
"""Enough for all of it, worst cases of lost calls included."""
TIGHT = 0.45
STRAY = 3
"""Calls shorter than those that fitted no more may fit still."""
SHARES = {
    "busy": 0.003,
    "busy_retry_after": 0.003,
    "error": 0.01,
    "overloaded": 0.002,
    "drop": 0.01,
    "cut": 0.005,
    "html": 0.003,
    "stall": 0.0012,
    "truncated": 0.02,
    "wrong_schema": 0.02,
    "prose": 0.03,
    "wrong_language": 0.02,
    "empty": 0.02,
    "false_quote": 0.02,
    "obeys": 0.02,
    "usage_missing": 0.02,
    "usage_negative": 0.02,
    "usage_absurd": 0.01,
}


def make_teacher(count):
    """Knows the right translations of all segments."""
    pairs = tuple(KeyPair(segment.text, translate(segment.text)) for segment in make_segments(count))
    teacher = KeyedTeacher(AnswerKey("en", "pt-BR", references=pairs))
    assert teacher.lookup.aligner  # made before the first question waits for it
    return teacher


@dataclass
class Asked:
    """What the processes left behind, and what the server saw."""

    folder: Path
    llm: ScriptedLlm
    mischief: Mischief
    in_flight_at_kills: list[int] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)

    def start(self, *, budget, count=COUNT):
        command = [
            *(sys.executable, "-m", "scripted.asking_client", self.llm.base_url, str(self.folder)),
            *("--count", str(count), "--budget", str(budget), "--concurrency", str(IN_FLIGHT)),
        ]
        environment = {
            **os.environ,
            KEY_VARIABLE: SECRET,
            "PYTHONPATH": TEST_PATH,
        }
        # a file, since nobody reads a pipe while the process runs
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=TESTS)

    def run(self, *, kill_at=None, **options):
        """One process: to its end, or killed when the server has given so many answers."""
        process = self.start(**options)
        if kill_at is not None:
            while len(self.llm.answered) < kill_at and process.poll() is None:
                time.sleep(0.005)
            process.kill()
        self.exit_codes.append(process.wait())

    @property
    def log(self):
        return (self.folder / "log").read_text("utf-8")

    @property
    def messages(self):
        """The log but for the requests."""
        return "\n".join(line for line in self.log.splitlines() if "HTTP Request" not in line)

    def accepted(self, table, record_type):
        return list(read_table(self.folder / f"{table}.parquet", record_type))

    def rejected(self, table):
        return list(read_table(self.folder / f"{table}.rejected.parquet", Rejection))

    def paid(self):
        """How often each question was given a completion."""
        return Counter(_question(self.llm.requests[number]["messages"]) for number in self.llm.answered)


def _question(messages):
    return json.dumps([[message["role"], message["content"]] for message in messages])


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    mischief = Mischief(
        SHARES, seed=5, burst=3, sustained=(range(COUNT * 4 // 10, COUNT * 4 // 10 + 16),), stall_seconds=600
    )
    with ScriptedLlm(make_teacher(COUNT), misbehave=mischief, api_key=SECRET, latency_seconds=0.02) as llm:
        asked = Asked(tmp_path_factory.mktemp("faults"), llm, mischief)
        for kill_at in (*KILLED_AT, None):
            asked.run(kill_at=kill_at, budget=BUDGET)
        yield asked


def test_it_was_killed_twice_and_came_to_its_end(asked):
    assert asked.exit_codes == [-9, -9, 0], asked.messages
    assert set(asked.mischief.done) == set(SHARES)


@pytest.mark.parametrize(("table", "record_type"), [("pairs", Pair), ("feedback", Feedback)])
def test_every_row_is_accepted_or_rejected_exactly_once(asked, table, record_type):
    wanted = {segment.id for segment in make_segments(COUNT) if is_judged(segment) == (table == "feedback")}
    accepted, rejected = asked.accepted(table, record_type), asked.rejected(table)
    ids = Counter(record.id for record in (*accepted, *rejected))
    assert set(ids.values()) == {1}
    assert set(ids) == wanted
    assert len(accepted) > 0.8 * len(wanted)
    assert all(rejection.reason for rejection in rejected)


def test_accepted_pairs_have_the_answer_to_their_own_question(asked):
    wrong = [pair for pair in asked.accepted("pairs", Pair) if pair.target.text != translate(pair.source.text)]
    # Finnish of the right length and an obeyed order are for the language checks of a step, not of this role
    assert len(wrong) <= sum(asked.mischief.done[kind] for kind in ("wrong_language", "obeys"))


def test_accepted_feedback_is_true(asked):
    feedbacks = asked.accepted("feedback", Feedback)
    assert sum(feedback.flagged for feedback in feedbacks) > COUNT / 10
    for feedback in feedbacks:
        text = feedback.hypothesis.segment.text
        assert feedback.hypothesis == make_hypothesis(feedback.hypothesis.segment)
        assert (feedback.post_edit or feedback.hypothesis.text) == translate(text)
        for error in feedback.errors:
            assert error.correction in translate(text)
            assert feedback.hypothesis.text[error.target_start : error.target_end] not in translate(text)
            place = error.source_start, error.source_end
            assert place == NOWHERE or 0 <= place[0] < place[1] <= len(text), "a misquoted source has no place"


def test_calls_paid_twice_are_at_most_those_in_flight_at_the_kills(asked):
    twice = sum(count - 1 for count in asked.paid().values())
    assert twice <= IN_FLIGHT * len(KILLED_AT)


def test_ledger_holds_every_answer_once_and_all_that_was_lost(asked):
    with Ledger.open(asked.folder / LEDGER, run=RUN) as ledger:
        calls = [entry.call for entry in ledger.entries()]
    questions = Counter(
        _question(json.loads(call.request)["messages"]) for call in calls if call.status not in {"lost", "refused"}
    )
    assert set(questions.values()) == {1}
    assert set(questions) == set(asked.paid())
    lost = sum(call.status == "lost" for call in calls)
    assert lost >= asked.mischief.done["html"] > 0


def test_money_spent_is_within_the_budget_and_not_less_than_what_was_used(asked):
    with Ledger.open(asked.folder / LEDGER, run=RUN, budget=Budget(cost=BUDGET)) as ledger:
        account = ledger.account()
        calls = [entry.call for entry in ledger.entries()]
    assert 0 < account.cost <= BUDGET
    assert account.cost == pytest.approx(sum(call.budget_cost for call in calls))
    assert all(call.cost is None or 0 < call.cost <= call.worst_cost for call in calls)


def test_log_holds_no_key_and_no_text(asked):
    assert "HTTP Request" in asked.log  # the log is there to be read
    assert SECRET not in asked.log
    assert MARK not in asked.log
    assert not re.search(r"HACKED|printer|impressora|post_edit", asked.log)


def test_budget_stops_in_the_midst_of_the_mischief(tmp_path):
    mischief = Mischief({kind: share for kind, share in SHARES.items() if kind != "stall"}, seed=6)
    with ScriptedLlm(make_teacher(2_000), misbehave=mischief, api_key=SECRET) as llm:
        asked = Asked(tmp_path, llm, mischief)
        asked.run(kill_at=200, budget=TIGHT, count=2_000)
        asked.run(budget=TIGHT, count=2_000)
        sent = llm.received
        asked.run(budget=TIGHT, count=2_000)
    assert asked.exit_codes == [-9, 75, 75], asked.messages
    assert "the budget of 0.45 cost is reached" in asked.log
    assert llm.received - sent <= STRAY
    with Ledger.open(tmp_path / LEDGER, run=RUN) as ledger:
        account = ledger.account()
    assert account.cost + account.reserved_cost <= TIGHT
    assert account.cost > TIGHT / 4
    # what the server would bill by its own words for tokens, where it told them and was not lying, is within it too
    honest = [n for n in llm.answered if not mischief.numbers.get(n, "").startswith("usage")]
    assert len(honest) > 50
    assert not (set(llm.answered) & {n for n, kind in mischief.numbers.items() if kind in NO_ANSWER})
