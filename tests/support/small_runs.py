"""The smallest run that has every kind of stage: a new student, a scripted teacher, training with checkpoints."""

from answer_key import orders, pairs, translate_european, write_rows
from whole_runs import DIFFICULT, SHAPE, make_recipe, merged, patching_table


def small_recipe(folder, llm, *, test=15, step=None, **changes):
    """The recipe, with its texts in the folder; `changes` are merged into it, `step` into its only step.

    `test` is how many segments it is measured on.
    """
    drawn = orders(160 + test, seed=1, placeholders=True)
    write_rows(folder / "base.jsonl", pairs(drawn[:120], key=translate_european))
    write_rows(folder / "pool.jsonl", [{"source": text} for text in (*drawn[120:150], *DIFFICULT)])
    write_rows(folder / "dev.jsonl", pairs(drawn[150:160]))
    write_rows(folder / "test.jsonl", pairs(drawn[160:]))
    table = patching_table(folder, "none", llm, step={"train": {"max_updates": 2, "save_every": 1}, **(step or {})})
    table["student"] = {"fresh": SHAPE}
    table["text"]["parallel"] = {"path": str(folder / "base.jsonl")}
    return make_recipe(merged(table, changes))
