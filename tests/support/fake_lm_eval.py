"""Stands in for lm-evaluation-harness: takes its options, writes its files (layout of version 0.4.13).

Documents are right where their number is even; `broken` as a task fails as the harness does, `silent` writes nothing.
"""

import argparse
import json
import sys
from pathlib import Path


def main():
    options = parse(sys.argv[1:])
    tasks = options.tasks.split(",")
    print("loading", options.model_args)
    if "broken" in tasks:
        print("Traceback (most recent call last):\nValueError: no task is called 'broken'", file=sys.stderr)
        return 1
    model = dict(part.split("=", 1) for part in options.model_args.split(","))["pretrained"]
    folder = Path(options.output_path) / model.replace("/", "__")
    folder.mkdir(parents=True)
    date = "2026-01-31T12-00-00.000000"
    leaves = [leaf for task in tasks for leaf in (["group_a", "group_b"] if task == "group" else [task])]
    counts = {leaf: int(options.limit or 4) for leaf in leaves}
    if "silent" in tasks:
        return 0
    for leaf in leaves:
        write_samples(folder / f"samples_{leaf}_{date}.jsonl", counts[leaf])
    results = {leaf: row(leaf, counts[leaf]) for leaf in leaves}
    results |= {"group": {"alias": "group", **row("group", sum(counts.values()))}} if "group" in tasks else {}
    report = {
        "results": results,
        "group_subtasks": {leaf: [] for leaf in leaves}
        | ({"group": ["group_a", "group_b"]} if "group" in tasks else {}),
        "versions": dict.fromkeys(leaves, 1.0),
        "n-shot": dict.fromkeys(leaves, int(options.num_fewshot or 0)),
        "higher_is_better": {leaf: {"acc": True, "exact_match": True} for leaf in leaves},
        "n-samples": {leaf: {"original": 100, "effective": counts[leaf]} for leaf in leaves},
        "lm_eval_version": "0.4.13",
    }
    (folder / f"results_{date}.json").write_text(json.dumps(report, indent=2))
    return 0


def parse(arguments):
    parser = argparse.ArgumentParser()
    for name in ("model", "model_args", "tasks", "output_path", "batch_size"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("limit", "num_fewshot", "device"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--apply_chat_template", nargs="?", const=True)
    parser.add_argument("--log_samples", action="store_true", required=True)
    return parser.parse_args(arguments)


def row(task, count):
    """Means and errors by measure and filter, as the harness names them."""
    share = (count - count // 2) / count
    if task == "gsm":
        return {
            "alias": task,
            "exact_match,strict-match": 0.0,
            "exact_match_stderr,strict-match": 0.0,
            "exact_match,flexible-extract": share,
            "exact_match_stderr,flexible-extract": 0.1,
        }
    if task == "perplexed":
        return {"alias": task, "word_perplexity,none": 12.5, "word_perplexity_stderr,none": "N/A"}
    return {"alias": task, "acc,none": share, "acc_stderr,none": 0.1, "acc_norm,none": 1.0 if task == "odd" else share}


def write_samples(path, count):
    lines = []
    for number in range(count):
        right = float(number % 2 == 0)
        shared = {"doc_id": number, "doc": {}, "target": "x", "metrics": ["acc"]}
        if path.name.startswith("samples_gsm_"):
            lines.append({**shared, "filter": "strict-match", "exact_match": 0.0})
            lines.append({**shared, "filter": "flexible-extract", "exact_match": right})
        else:
            lines.append({**shared, "filter": "none", "acc": right, "acc_norm": right})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
