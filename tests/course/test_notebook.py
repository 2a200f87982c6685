"""The lab in a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from twitterlab import lab
from twitterlab.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "weeks" / "week1" / "notebook.ipynb"


@pytest.mark.slow
def test_the_notebook_of_week_1_runs_from_top_to_bottom() -> None:
    nbclient = pytest.importorskip("nbclient", reason="needs the `notebook` extra")
    nbformat = pytest.importorskip("nbformat", reason="needs the `notebook` extra")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.metadata.kernelspec.name = "python3"

    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()

    drawn = [
        output for cell in notebook.cells for output in cell.get("outputs", ()) if "text/html" in output.get("data", {})
    ]
    assert len(drawn) >= 6


def test_the_committed_notebook_has_no_outputs() -> None:
    import json

    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


def test_an_experiment_is_run_by_its_name() -> None:
    found = lab.experiment("percentiles of ten machines")

    assert found["merged_p99_error_percent"] <= 1 < found["averaged_p99_error_percent"]
    assert "<svg" in found._repr_html_()


def test_an_unknown_experiment_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="percentiles of ten machines"):
        lab.experiment("cold fusion")
    with pytest.raises(BadInput, match="week 1"):
        lab.experiments(7)
