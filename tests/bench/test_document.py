"""The JSON document of a run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from twitterlab.bench.document import from_document, to_document
from twitterlab.bench.finding import Finding
from twitterlab.bench.report import PartUse, Report
from twitterlab.bench.run_folder import read, write
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target


def report() -> Report:
    lost = Figure("lost_deliveries", "deliveries", 2.0, "live", "sqlite", Target("==", 0), "a note")
    crossover = Figure("crossover", "followees", math.nan, "live", "sqlite")
    finding = Finding("Which?", ("this", "that"), 1, "That.", (crossover,))
    return Report(
        1, 3, 4, 9, {"queue": PartUse("mine", 7)}, 10, (lost, crossover), blames={"lost_deliveries": ("queue",)},
        findings=(finding,),
    )  # fmt: skip


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(report(), tmp_path)

    again = read(tmp_path)

    assert to_document(again) == to_document(report())
    assert again.blame() == report().blame()
    assert math.isnan(again.figures[1].measured)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}', "\x00"])
def test_what_is_no_report_is_bad_input(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)

    with pytest.raises(BadInput, match="no report"):
        read(tmp_path)


def test_a_folder_without_a_run_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path)


def test_a_document_of_another_schema_is_refused() -> None:
    document = json.loads(json.dumps(to_document(report()))) | {"schema": 0}

    with pytest.raises(ValueError, match="schema 0"):
        from_document(document)
