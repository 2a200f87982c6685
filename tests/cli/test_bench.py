"""`twitterlab bench`: names, what is compared, and exit codes."""

from __future__ import annotations

import json

import pytest

from twitterlab.bench.document import to_document
from twitterlab.bench.report import Report
from twitterlab.cli import bench as room
from twitterlab.cli.app import run
from twitterlab.course.benchmarks.catalogue import BENCHMARKS
from twitterlab.course.loads import LOADS
from twitterlab.model.figure import Figure, Target


@pytest.fixture
def found(monkeypatch):
    """What the next run finds, without running anything."""
    figures = [Figure("ids", "times", 3.0, "live", "none", Target(">=", 1.0))]
    asked = []

    def chosen(book, name, *rest):
        asked.append(name)
        return lambda: (Report(0, 0, 0, 0, {}, 15, tuple(figures)), ["ring: no part"]), "bench-ids"

    monkeypatch.setattr(room, "_chosen", chosen)
    return figures, asked


def test_an_unknown_name_is_answered_with_every_benchmark_and_load(capsys):
    assert run(["bench", "idz"]) == 2

    said = capsys.readouterr().err
    assert "no benchmark 'idz'" in said
    assert all(name in said for name in (*BENCHMARKS, *LOADS))


def test_a_ratio_is_compared_with_a_saved_one(found, tmp_path, capsys):
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(to_document(Report(0, 0, 0, 0, {}, 1, (Figure("ids", "times", 2.0, "live", "none"),)))))

    assert run(["bench", "ids", "--compare", str(saved), "--out", str(tmp_path / "run")]) == 0

    said = capsys.readouterr().out
    assert "Changed: ids: 2 -> 3 times (+50.0 %)" in said
    assert "Left out: ring: no part" in said
    assert (tmp_path / "run" / "report.json").exists()


def test_json_is_one_document_with_what_changed_and_was_left_out(found, tmp_path, capsys):
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(to_document(Report(0, 0, 0, 0, {}, 1, (Figure("ids", "times", 4.0, "live", "none"),)))))

    run(["bench", "--json", "--compare", str(saved), "--out", str(tmp_path / "run")])

    document = json.loads(capsys.readouterr().out)
    assert document["skipped"] == ["ring: no part"]
    assert document["changes"] == [{"name": "ids", "before": 4.0, "now": 3.0, "percent": -25.0}]
    assert found[1] == [None]


def test_a_ratio_below_its_least_is_exit_code_1(found, tmp_path):
    found[0][0] = Figure("ids", "times", 0.5, "live", "none", Target(">=", 1.0))

    assert run(["bench", "ids", "--out", str(tmp_path / "run")]) == 1


def test_what_to_compare_with_is_read_before_anything_is_run(found, tmp_path, capsys):
    assert run(["bench", "ids", "--compare", str(tmp_path / "nothing.json")]) == 2

    assert "is no report" in capsys.readouterr().err
    assert found[1] == []
