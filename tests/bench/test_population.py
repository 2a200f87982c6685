from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from twitterlab.bench.population import generate, read_graph
from twitterlab.errors import BadInput


def test_a_seed_gives_the_same_graph_and_another_seed_another() -> None:
    assert generate(300, 7) == generate(300, 7)
    assert generate(300, 7) != generate(300, 8)


def test_in_degrees_have_a_heavy_tail() -> None:
    graph = generate(1000, 1)
    degrees = sorted((len(row) for row in graph.followers()), reverse=True)
    assert 10 < sum(degrees) / 1000 < 30
    assert degrees[0] > 8 * degrees[500]
    assert all(a != b and 0 <= a < 1000 and 0 <= b < 1000 for a, b in graph.follows)
    assert len(set(graph.follows)) == len(graph.follows)


@pytest.mark.parametrize("users", [1, 2, 3])
def test_small_populations(users: int) -> None:
    assert generate(users, 1).users == users


@pytest.mark.parametrize("users", [0, -3])
def test_no_population_of_nobody(users: int) -> None:
    with pytest.raises(BadInput, match=str(users)):
        generate(users, 1)


def test_a_tie_is_followed_both_ways_unless_directed(tmp_path: Path) -> None:
    file = tmp_path / "ties"
    file.write_text("# people\n% more\n10 20\n20,30\n\n10\t20\n5 5\n")
    graph = read_graph(file)
    assert graph.names == (5, 10, 20, 30)
    assert graph.follows == ((1, 2), (2, 1), (2, 3), (3, 2))
    assert read_graph(file, directed=True).follows == ((1, 2), (2, 3))


@pytest.mark.parametrize(("symmetry", "follows"), [("general", 1), ("symmetric", 2)])
def test_matrix_market_says_by_its_header(tmp_path: Path, symmetry: str, follows: int) -> None:
    file = tmp_path / "ties.mtx"
    file.write_text(f"%%MatrixMarket matrix coordinate pattern {symmetry}\n% c\n3 3 1\n1 2\n")
    graph = read_graph(file)
    assert (graph.users, len(graph.follows)) == (2, follows)


@pytest.mark.parametrize("bad", ["1", "1 2 3", "1 -2", "a b", "1.5 2", "\x00\xff"])
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "ties"
    file.write_text(f"# c\n1 2\n{bad}\n")
    with pytest.raises(BadInput, match="line 3"):
        read_graph(file)


MATRIX = "%%MatrixMarket matrix coordinate pattern symmetric\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("%%MatrixMarket matrix array real general\n3 3\n1\n", "line 1"),
        ("%%MatrixMarket matrix coordinate complex general\n", "line 1"),
        (MATRIX + "1 2\n", "line 2"),
        (MATRIX + "3 3 1\n1 4\n", "line 3"),
        (MATRIX + "3 3 1\n0 1\n", "line 3"),
        (MATRIX + "3 3 1\n1 2\n% c\n2 3\n", "line 5"),
        (MATRIX + "3 3 1\n1 2 0.5\n", "line 3"),
        (MATRIX + "3 3 5\n1 2\n", "1 of 5 entries"),
        (MATRIX, "line 1"),
    ],
)
def test_a_matrix_that_breaks_its_own_header_is_refused(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "ties.mtx"
    file.write_text(text)
    with pytest.raises(BadInput, match=named):
        read_graph(file)


@pytest.mark.parametrize("field", ["real", "integer", "REAL"])
def test_a_matrix_may_weigh_its_ties(tmp_path: Path, field: str) -> None:
    file = tmp_path / "ties.mtx"
    file.write_text(f"%%MatrixMarket matrix coordinate {field} general\n3 3 2\n1 2 -1.5e3\n2 3 4\n")
    assert len(read_graph(file).follows) == 2


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "ties"
    file.write_bytes(b"1 2\n" + b"7" * 5_000_000)
    tracemalloc.start()
    with pytest.raises(BadInput, match="line 2"):
        read_graph(file)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_missing_empty_and_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\n")
    for path in (tmp_path / "absent", tmp_path / "empty", tmp_path):
        with pytest.raises(BadInput):
            read_graph(path)


@pytest.mark.skipif("TWITTERLAB_GRAPH" not in os.environ, reason="set TWITTERLAB_GRAPH to an edge list to read it")
def test_a_real_graph() -> None:
    graph = read_graph(Path(os.environ["TWITTERLAB_GRAPH"]))
    assert graph.users > 1
    assert len(graph.follows) % 2 == 0
