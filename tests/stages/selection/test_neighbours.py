"""Groups, typical segments and density, on vectors whose groups are known."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from made_stages import make_table
from row_works import ElsewhereRunner
from tutelage.core.records import Segment
from tutelage.core.stage import Work
from tutelage.embeddings.vectors import unit_vectors
from tutelage.stages.selection.neighbours import (
    Neighbourhood,
    NeighboursInputs,
    draw_sample,
    find_centres,
    measure_density,
    measure_neighbours,
    turns,
)
from tutelage.storage.stages import StageFolder

TOPICS = 4
POOL = [Segment(f"s{number}", f"{number % TOPICS} {number}", "en") for number in range(64)]


@dataclass
class Topics:
    """An axis for each topic, and a little of the segment's own."""

    signature = "topics"
    embedded = 0

    def embed(self, texts):
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), TOPICS + 3))
        for row, text in enumerate(texts):
            topic, number = map(int, text.split())
            vectors[row, topic] = 1
            vectors[row, TOPICS:] = 0.1 * np.random.default_rng(number).standard_normal(3)
        return unit_vectors(vectors)


@pytest.fixture
def measured(tmp_path, monkeypatch):
    embedder = Topics()
    monkeypatch.setattr("tutelage.embeddings.opening.open_embedder", lambda _: embedder)
    pool = make_table(StageFolder(tmp_path, lambda *_: None), "pool", Segment, key="p", produce=lambda: POOL)
    inputs = NeighboursInputs(pool, "topics", 1)
    return lambda done=(), **given: list(measure_neighbours(inputs, Work(done=frozenset(done), **given)))


def test_no_group_mixes_topics_and_every_segment_has_its_place(measured):
    found = measured()
    assert [one.id for one in found] == [one.id for one in POOL]
    topics_of = {}
    for one, segment in zip(found, POOL, strict=True):
        topics_of.setdefault(one.group, set()).add(segment.text[0])
    assert all(len(topics) == 1 for topics in topics_of.values()) and len(topics_of) == 8
    assert all(one.typical > 0.9 and 0.9 < one.density <= 1.0001 for one in found)


def test_after_a_kill_the_rest_has_the_places_that_it_would_have_had(measured):
    whole = measured()
    assert measured(done=[one.id for one in POOL[:40]]) == whole[40:]


def test_workers_find_the_same_places(measured):
    assert measured(runner=ElsewhereRunner(rows_per_part=10)) == measured()


def test_groups_take_turns_the_most_typical_first():
    places = [Neighbourhood(str(n), group, typical, 0) for n, (group, typical) in enumerate(
        [(0, 0.9), (0, 0.95), (1, 0.5), (0, 0.8), (1, 0.6)]
    )]  # fmt: skip
    assert list(turns(places)) == [-1, 0, -1, -2, 0]
    assert list(turns([])) == []


def test_centres_of_planted_groups_are_found_and_copies_need_no_more_of_them():
    generator = np.random.default_rng(0)
    axes = np.eye(5, dtype=np.float32)
    vectors = unit_vectors(np.repeat(axes, 40, axis=0) + 0.05 * generator.standard_normal((200, 5)))
    centres = find_centres(vectors, groups=5, seed=3)
    assert sorted((centres @ axes.T).argmax(axis=1)) == [0, 1, 2, 3, 4]
    assert (centres @ axes.T).max(axis=1) == pytest.approx(1, abs=0.01)
    assert len(find_centres(np.repeat(axes[:2], 10, axis=0), groups=5, seed=3)) == 2


def test_density_leaves_a_point_itself_out():
    points = np.eye(3, dtype=np.float32)
    assert measure_density(points[:1], points, own=[0]).tolist() == [0]
    assert measure_density(points[:1], points, own=[None])[0] == pytest.approx(0.5)  # itself and another one
    assert measure_density(points[:1], points[:1], own=[0]).tolist() == [0]


def test_a_sample_of_a_large_pool_has_about_its_size_and_a_small_pool_is_whole():
    pool = [Segment(str(number), "x", "en") for number in range(4000)]
    sizes = Counter(len(list(draw_sample(pool, rows=4000, seed=seed, most=400))) for seed in range(3))
    assert all(300 < size < 500 for size in sizes) and len(sizes) > 1
    assert len(list(draw_sample(pool, rows=4000, seed=1, most=4000))) == 4000
