"""A run whose ledger's server ends the connections again and again."""

import threading
from collections import Counter

from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from whole_runs import REFUSED, refuse, say


def test_a_run_goes_on_through_lost_connections_and_pays_for_nothing_twice(tmp_path, postgres):
    over, ended = threading.Event(), []

    def lose(number, body):
        """At every tenth question, however quick the run is, besides what is lost by the clock."""
        if number % 10 == 9:
            ended.append(postgres.end_connections())
        return refuse(number, body)

    with ScriptedLlm(script=say, misbehave=lose, latency_seconds=0.05) as llm:
        recipe = small_recipe(tmp_path, llm, ledger=postgres.database())

        def end_connections():
            while not over.wait(0.1):
                if llm.requests:
                    ended.append(postgres.end_connections())

        thread = threading.Thread(target=end_connections)
        thread.start()
        try:
            run_recipe(recipe, runs=tmp_path / "runs")
        finally:
            over.set()
            thread.join()
        assert sum(ended) > 3, "the connection was lost several times"
        asked = Counter(str(request["messages"]) for request in llm.requests)
        assert [text for text, count in asked.items() if count > 1 and REFUSED not in text] == []
        with Ledger.open(recipe.ledger) as ledger:
            assert sum(spend.calls for spend in ledger.spend()) == len(llm.requests)
