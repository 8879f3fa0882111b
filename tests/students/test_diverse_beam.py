"""Diverse beam search on tables of probabilities instead of models."""

import itertools
import math
import random

import pytest
import torch

from tutelage.students.engines.diverse_beam import Search, search_diverse

PAD, END, A, B = range(4)


def search(**changes):
    plain = {"groups": 1, "beams": 1, "penalty": 0.0, "max_new_tokens": 4, "length_penalty": 1.0}
    return Search(**(plain | changes), end_id=END, banned_ids=(PAD,))


def run(table, settings, *, sources=1, start=(PAD,)):
    """Search with logits given by `table(source, ids)`, the ids being all that was written behind the start token."""
    rows = settings.groups * settings.beams
    written = []

    def step(tokens, parents):
        nonlocal written
        before = [[] for _ in range(sources * rows)] if parents is None else [written[row] for row in parents.tolist()]
        new = [row[1:] if parents is None else row for row in tokens.tolist()]
        written = [ids + added for ids, added in zip(before, new, strict=True)]
        return torch.tensor([table(index // rows, tuple(ids)) for index, ids in enumerate(written)])

    return search_diverse(step, torch.tensor([list(start)] * sources), settings)


def random_table(seed):
    def table(source, ids):
        generator = random.Random(f"{seed} {source} {ids}")
        return [generator.gauss(0, 1.5) for _ in range(4)]

    return table


def log_probability(table, source, ids):
    total = 0.0
    for place, token in enumerate(ids):
        logits = table(source, ids[:place])
        total += logits[token] - math.log(sum(map(math.exp, logits)))
    return total


def by_hand(_source, ids):
    """a .6, b .3 first, then always end .5, a .3, b .2."""
    return [math.log(p) if p else -99.0 for p in ((0.05, 0.05, 0.6, 0.3) if not ids else (0.0, 0.5, 0.3, 0.2))]


def test_three_groups_by_hand():
    """With a penalty of log 4 what another group chose counts a quarter for each.

    First: a; then b (.3 before .6/4); then a (.6/4 before .3/4). Second: end; a (.3 before .5/4); b (.2 before .5/4 and
    .3/4). Third: the first group is done; end; then a (.3 before .5/4). Fourth: end.
    """
    found = run(by_hand, search(groups=3, penalty=math.log(4)))
    assert found == [[[A, END], [B, A, END], [A, B, A, END]]]


def test_without_a_penalty_all_groups_are_greedy():
    for seed in range(5):
        (greedy,) = run(random_table(seed), search())[0]
        assert run(random_table(seed), search(groups=3))[0] == [greedy] * 3


@pytest.mark.parametrize("seed", range(6))
def test_groups_of_one_beam_against_a_loop(seed):
    table, penalty, longest = random_table(seed), 1.3, 5
    found = run(table, search(groups=3, penalty=penalty, max_new_tokens=longest), sources=3)
    for source in range(3):
        outputs = [[] for _ in range(3)]
        for place in range(longest):
            chosen = []
            for output in outputs:
                if END in output:
                    continue
                logits = table(source, tuple(output))
                allowed = (A, B) if place == 0 else (END, A, B)
                output.append(max(allowed, key=lambda token: logits[token] - penalty * chosen.count(token)))
                chosen.append(output[-1])
        assert found[source] == outputs


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_group_as_wide_as_all_texts_finds_the_best(seed, length_penalty):
    table, longest = random_table(seed), 4
    texts = [(*ids, END) for size in range(1, longest) for ids in itertools.product((A, B), repeat=size)]
    texts += list(itertools.product((A, B), repeat=longest))
    best = max(texts, key=lambda ids: log_probability(table, 0, ids) / len(ids) ** length_penalty)
    assert run(table, search(beams=32, max_new_tokens=longest, length_penalty=length_penalty))[0][0] == list(best)


def test_a_language_behind_the_start_counts_to_the_length_and_is_not_given():
    (output,) = run(lambda _source, _ids: [0.0, -9.0, 1.0, 0.0], search(max_new_tokens=3), start=(PAD, B))[0]
    assert output == [A, A]


def test_sources_do_not_disturb_one_another():
    settings = search(groups=2, beams=3, penalty=0.7, max_new_tokens=6)
    together = run(random_table(2), settings, sources=4)
    for source in range(4):
        alone = run(lambda _, ids, source=source: random_table(2)(source, ids), settings)
        assert alone[0] == together[source]
