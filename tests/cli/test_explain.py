"""`twitterlab explain` on real run folders, and on what is none."""

from __future__ import annotations

import pytest

from twitterlab.cli.app import run


def test_a_simulation_and_a_broken_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["simulate", "primary-backup", "--seed", "3"]) == 0
    assert run(["explain", "runs/primary-backup-seed3"]) == 0
    assert "promises were kept" in capsys.readouterr().out
    (tmp_path / "runs" / "primary-backup-seed3" / "report.json").write_text("{")
    assert run(["explain", "runs/primary-backup-seed3"]) == 2


@pytest.mark.parametrize("folder", ["nope", "."])
def test_what_is_no_run_is_one_line(tmp_path, monkeypatch, capsys, folder):
    monkeypatch.chdir(tmp_path)
    assert run(["explain", folder]) == 2
    assert capsys.readouterr().err.count("\n") == 1
