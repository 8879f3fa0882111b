import pytest

from scripted.llm import ScriptedLlm
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask


@pytest.fixture
def ask_scripted(tmp_path):
    """Asks a role about items over real HTTP; gives the outcomes in order, and how many requests were sent."""

    def ask_all(role, items, *, script, misbehave=None):
        options = {} if misbehave is None else {"misbehave": misbehave}
        with ScriptedLlm(script, **options) as llm, Ledger.open(tmp_path / "ledger.sqlite") as ledger:
            outcomes = list(ask(role, items, teacher=llm.teacher(), ledger=ledger, ordered=True))
        return outcomes, llm.requests

    return ask_all
