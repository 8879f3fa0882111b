"""A run whose ledger's server ends the connections again and again."""

import threading
from collections import Counter

from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from whole_runs import REFUSED, refuse, say


def test_a_run_goes_on_through_lost_connections_and_pays_for_nothing_twice(tmp_path, postgres):
    ended, one_at_a_time = [], threading.Lock()  # who ends the connections of all others would end each other's

    def lose(number, body):
        """At every third question, while others are recorded: by the clock, a slow machine would lose every one."""
        if number % 3 == 2:
            with one_at_a_time:
                ended.append(postgres.end_connections())
        return refuse(number, body)

    with ScriptedLlm(script=say, misbehave=lose, latency_seconds=0.05) as llm:
        recipe = small_recipe(tmp_path, llm, ledger=postgres.database())
        run_recipe(recipe, runs=tmp_path / "runs")
        assert sum(ended) > 3, "the connection was lost several times"
        asked = Counter(str(request["messages"]) for request in llm.requests)
        assert [text for text, count in asked.items() if count > 1 and REFUSED not in text] == []
        with Ledger.open(recipe.ledger) as ledger:
            assert sum(spend.calls for spend in ledger.spend()) == len(llm.requests)
