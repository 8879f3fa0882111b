"""A scorer of our own that speaks the protocol of metrics: the share of the reference's words that are there."""

import json
import os
import sys
from pathlib import Path

log = Path(sys.argv[1])
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else "words"


def write(answer):
    print(json.dumps(answer), flush=True)


def share(segment):
    words = set((segment["reference"] or segment["hypothesis"]).split())
    return 100 * len(words & set(segment["hypothesis"].split())) / len(words)


with log.open("a") as file:
    file.write("started\n")
write({"version": "1", "model": model, "licence": "CC0-1.0", "needs_reference": "--no-reference" not in sys.argv})
for line in sys.stdin:
    segments = json.loads(line)["segments"]
    with log.open("a") as file:
        file.write(f"{len(segments)}\n")
    if any("die" in one["hypothesis"] for one in segments):
        print("out of memory, sadly", file=sys.stderr)
        os._exit(1)
    if any("lie" in one["hypothesis"] for one in segments):
        write({"scores": [1.0]})
    elif any("chat" in one["hypothesis"] for one in segments):
        print("Loading model …", flush=True)
    elif any("nan" in one["hypothesis"] for one in segments):
        print('{"scores": [NaN]}', flush=True)
    elif any("refuse" in one["hypothesis"] for one in segments):
        write({"error": "no such language"})
    else:
        write({"scores": [share(one) for one in segments]})
