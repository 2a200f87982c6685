"""`twitterlab week`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twitterlab.cli.week import measured_on
from twitterlab.model.figure import Figure

SMALL = ("--users", "40", "--seconds", "0.5", "--engine", "memory")
ROOT = Path(__file__).resolve().parents[2]
GRAPH = os.environ.get("TWITTERLAB_GRAPH", "")


def week(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twitterlab", "week", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd)


def bad_line(folder: Path) -> str:
    path = folder / "bad.edges"
    path.write_text("1 2\n2 3\nhello\n")
    return str(path)


def binary(folder: Path) -> str:
    path = folder / "binary.edges"
    path.write_bytes(bytes(range(256)) * 8)
    return str(path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("9",), "there is no week 9"),
        (("one",), "not a valid int"),
        (("1", "--users", "-1"), "population of -1"),
        (("1", "--seconds", "0"), "0 seconds"),
        (("1", "--engine", "oracle"), "no engine 'oracle'"),
        (("1", "--engine", ""), "no engine ''"),
        (("1", "--directed"), "Add --graph FILE"),
        (("1", "--out", "/dev/null/run"), "/dev/null/run: Not a directory"),
        (("1", "--graph", "nowhere.edges"), "nowhere.edges: No such file"),
        (("1", "--graph", bad_line), "bad.edges, line 3: 'hello'"),
        (("1", "--graph", binary), "binary.edges, line 1"),
        (("1", "--mine"), "not inside a workbook"),
        (("2", "--lab", "Z"), "no lab 'z'"),
        (("2", "--lab", ""), "no lab ''"),
        (("2", "--lab", "d", "--real"), "lab d does not run on real servers"),
        (("2", "--lab", "a", "--engine", "oracle"), "lab a does not run on oracle"),
        (("2", "--engine", "postgres"), "main run is simulated"),
    ],
)
def test_bad_input_takes_one_line_and_exit_code_2(tmp_path: Path, words: tuple, said: str) -> None:
    answer = week(*(word(tmp_path) if callable(word) else word for word in words), cwd=tmp_path)

    lines = [line for line in answer.stderr.splitlines() if not line.startswith("week ")]  # progress, on a slow machine
    assert (answer.returncode, answer.stdout, len(lines)) == (2, "", 1)
    assert said in lines[0]
    assert "Traceback" not in answer.stderr


@pytest.mark.slow
def test_json_is_one_document_and_the_run_folder_holds_the_same(tmp_path: Path) -> None:
    answer = week("1", *SMALL, "--json", "--out", str(tmp_path / "run"))

    document = json.loads(answer.stdout)
    assert answer.returncode == (0 if not document["blame"] else 1)
    assert document == json.loads((tmp_path / "run" / "report.json").read_text())
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"report.json", "report.html", "trace.jsonl"}
    assert document["trace_events"] >= document["operations"] > 100
    last = (tmp_path / "run" / "trace.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["written"] == document["trace_events"]
    assert all(figure["verdict"] in ("met", "missed") for figure in document["figures"] if figure["target"])
    assert all(figure["verdict"] == "info" for figure in document["figures"] if not figure["target"])


@pytest.mark.slow
def test_runs_do_not_overwrite_each_other_and_the_table_says_where_they_are(tmp_path: Path) -> None:
    place = tmp_path / "book"
    shutil.copytree(ROOT / "weeks", place / "weeks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "solutions", place / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "workbook.toml", place)

    answers = [week("1", *SMALL, cwd=place) for _ in range(2)]

    assert all("Look next" in answer.stdout for answer in answers)
    assert sorted(path.name for path in (place / "runs").iterdir()) == ["week1-seed1", "week1-seed1-2"]


@pytest.mark.slow
@pytest.mark.skipif(not GRAPH, reason="TWITTERLAB_GRAPH names no edge list; set it to run on a real social graph")
def test_on_a_real_social_graph_every_promise_is_kept_that_no_busy_machine_can_break(tmp_path: Path) -> None:
    answer = week("1", "--graph", GRAPH, "--json", "--out", str(tmp_path / "run"))

    document = json.loads(answer.stdout)
    figures = {figure["name"]: figure for figure in document["figures"]}
    assert document["operations"] >= 10_000
    assert document["follows"] > document["users"] > 0
    exact = {name: figure["verdict"] for name, figure in figures.items() if (figure["target"] or "").startswith("=")}
    assert exact.keys() >= {"lost_deliveries", "repeated_deliveries"}
    assert set(exact.values()) == {"met"}
    assert figures["home_read_ms_p99"]["measured"] > 0 < figures["post_to_visible_ms_p99"]["measured"]
    assert 0 < figures["cache_hit_ratio"]["measured"] <= 100


def test_every_figure_of_the_table_is_named_under_its_engine() -> None:
    def figure(name: str, engine: str) -> Figure:
        return Figure(name, "ms", 1.0, "live", engine)

    table = measured_on([figure("a", "sqlite+valkey 9"), figure("b", "none"), figure("c", "sqlite+valkey 9")])

    assert table == {"sqlite+valkey 9": ["a", "c"], "no engine (live)": ["b"]}


@pytest.mark.slow
def test_a_run_says_which_engine_its_figures_came_from(tmp_path: Path) -> None:
    answer = week("1", *SMALL, "--out", str(tmp_path / "run"))

    assert "Measured on memory+fakeredis: operations" in answer.stdout
