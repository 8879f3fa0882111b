"""The claim of learning: what the same answers of a teacher give, by how they are learned.

    python -m benchmarks.claims.learning                       (two domains, three seeds; hours on one core)
    python -m benchmarks.claims.learning --domains jupyterlab --seeds 1 --only rehearsal blend
    python -m benchmarks.claims.learning --small --seeds 1     (a few minutes: to see that it works, not to measure)
    python -m benchmarks.claims.learning --show                (the tables of the arms that are done with these seeds)

Every arm trains until the dev text is translated no better. Interrupted, it goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim, hold_updates
from benchmarks.claims.claim.scores import gather_runs
from benchmarks.claims.claim.tables import join_blocks
from benchmarks.claims.economy.domains import DOMAINS, domain_texts
from benchmarks.claims.learning.arms import PLAIN, list_arms
from benchmarks.claims.learning.table import describe, measure_arms, read_cost, render_arms


def main(given: Sequence[str] | None = None) -> None:
    parser = make_arms_parser("learning", __doc__, seeds=[1, 2, 3])
    parser.add_argument("--domains", nargs="+", default=list(DOMAINS), choices=list(DOMAINS))
    parser.add_argument("--small", action="store_true", help="few segments, to see that it works")
    arguments = parser.parse_args(given)
    wanted = [*arguments.only, PLAIN] if arguments.only else []
    arms = choose_arms(list(list_arms()), wanted)
    tables = [run_domain(name, arms, arguments) for name in arguments.domains]
    print(join_blocks([table] for table in tables))


def run_domain(name: str, arms: Sequence[Arm], arguments: argparse.Namespace) -> str:
    """The table of one domain, whose arms are run first unless they are only shown."""
    work: Path = arguments.work / (f"{name}-small" if arguments.small else name)
    if not arguments.show:
        recipe, changes = fill_recipe("learning"), list(arguments.set)
        texts = domain_texts(
            name, recipe, data=arguments.data.resolve(), work=work, changes=changes, small=arguments.small
        )
        run_seeds(Claim(work, recipe, [*changes, *texts], arms), arguments.seeds, hold=hold_updates)
    done = gather_runs([arm.name for arm in arms], arguments.seeds, work=work, cost=read_cost)
    return render_arms(name, measure_arms(done), told=describe(done))


if __name__ == "__main__":
    main()
