"""The claim of learning: what the same answers of a teacher give, by how they are learned.

    python -m benchmarks.claims.learning                       (two domains, three seeds; hours on one core)
    python -m benchmarks.claims.learning --domains jupyterlab --seeds 1 --only rehearsal blend
    python -m benchmarks.claims.learning --small --seeds 1     (a few minutes: to see that it works, not to measure)
    python -m benchmarks.claims.learning --show                (the tables of the arms that are done with these seeds)

Every arm trains until the dev text is translated no better. Interrupted, it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.claims.claim.arms import choose_arms
from benchmarks.claims.claim.domains import make_domains_parser, run_domains
from benchmarks.claims.claim.run import hold_updates
from benchmarks.claims.claim.scores import ArmRuns
from benchmarks.claims.claim.tables import describe_means
from benchmarks.claims.learning.arms import PLAIN, list_arms
from benchmarks.claims.learning.table import measure_arms, read_cost, render_arms


def main(given: Sequence[str] | None = None) -> None:
    arguments = make_domains_parser("learning", __doc__).parse_args(given)
    wanted = [*arguments.only, PLAIN] if arguments.only else []
    arms = choose_arms(list(list_arms()), wanted)
    print(run_domains("learning", arms, arguments, hold=hold_updates, cost=read_cost, render=render))


def render(domain: str, done: Sequence[ArmRuns]) -> str:
    """The table of one domain."""
    return render_arms(domain, measure_arms(done), told=describe_means(done[0].folders))


if __name__ == "__main__":
    main()
