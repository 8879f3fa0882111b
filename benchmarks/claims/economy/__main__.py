"""The claim of economy: the frontier of what a student gains against the tokens that its teacher is asked for.

    python -m benchmarks.claims.economy                        (two domains, three seeds; many hours on one core)
    python -m benchmarks.claims.economy --domains jupyterlab --seeds 1 --only random coverage
    python -m benchmarks.claims.economy --small --seeds 1      (a few minutes: to see that it works, not to measure)
    python -m benchmarks.claims.economy --show                 (the tables of the arms that are done with these seeds)

Every arm trains until the dev text is translated no better, so that none is short of updates. Interrupted, it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.claims.claim.arms import choose_arms
from benchmarks.claims.claim.domains import make_domains_parser, run_domains
from benchmarks.claims.claim.scores import ArmRuns
from benchmarks.claims.claim.tables import describe_means
from benchmarks.claims.economy.arms import hold_tokens, list_arms
from benchmarks.claims.economy.table import measure_points, read_cost, render_frontier


def main(given: Sequence[str] | None = None) -> None:
    arguments = make_domains_parser("economy", __doc__).parse_args(given)
    arms = choose_arms(list(list_arms(small=arguments.small)), arguments.only)
    print(run_domains("economy", arms, arguments, hold=hold_tokens, cost=read_cost, render=render))


def render(domain: str, done: Sequence[ArmRuns]) -> str:
    """The table of one domain."""
    return render_frontier(domain, measure_points(done), told=describe_means(done[0].folders))


if __name__ == "__main__":
    main()
