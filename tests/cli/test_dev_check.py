"""`twitterlab dev check`: a line a step, and the output of the step that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from twitterlab.cli import dev_check
from twitterlab.cli.dev_check import Step

GOOD = Step("good", "sys", ("-c", "print('chatter')"))
BAD = Step("bad", "sys", ("-c", "raise SystemExit('what is wrong')"))
SITE = Step("site", "sys", ("-c", "open('docs/made', 'x')"), is_site=True)


def run(words: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit code and output of the verb alone."""
    app = typer.Typer()
    app.command()(dev_check.check)
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "workbook.toml").write_text("schema = 1\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_holds_takes_one_line_a_step(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_check, "STEPS", (GOOD, SITE))

    code, said = run()

    assert (code, said) == (0, "ok      good\nok      site\n")
    assert not list((root / "docs").iterdir())  # the site was built from a copy


def test_a_failing_step_shows_what_it_said_and_the_others_still_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_check, "STEPS", (BAD, GOOD))

    code, said = run()

    assert (code, said) == (1, "FAILED  bad\nwhat is wrong\nok      good\n")


def test_fast_leaves_the_site_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_check, "STEPS", (GOOD, SITE))

    assert run(("--fast",)) == (0, "ok      good\n")


def test_a_missing_tool_is_one_line_with_the_command_that_installs_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_check, "STEPS", (GOOD, Step("lint", "no_such_tool", ("-m", "no_such_tool"))))

    code, said = run()

    assert code == 2
    assert said == f"twitterlab: no_such_tool not installed. Run: {dev_check.INSTALL}\n"


@pytest.mark.parametrize("step", dev_check.STEPS, ids=lambda step: step.name)
def test_each_step_asks_a_tool_that_the_dev_extra_installs(step: Step) -> None:
    pytest.importorskip(step.tool, reason="the dev extra is not installed")
