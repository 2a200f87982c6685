from __future__ import annotations

import json
import math
from pathlib import Path

from twitterlab.bench.document import to_document
from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import PartUse, Report
from twitterlab.bench.run_folder import write
from twitterlab.model.figure import Figure, Target
from twitterlab.world.trace import Trace


def report(measured: float = 5.0) -> Report:
    trace = Trace()
    trace.write(1, "post", {"tweet_id": 7, "text": "né <b>"})
    figures = (
        Figure("lost_deliveries", "deliveries", measured, "live", "sqlite", Target("==", 0)),
        Figure("posts_per_s", "posts/s", 10.5, "live", "sqlite"),
    )
    plot = Plot("Cost <of> reads", "followees", "ms", (Line("pull", (1, 2), (1, 3)), Line("push", (1, 2), (2, 2))))
    return Report(
        1, 3, 4, 9, {"queue": PartUse("mine", 7), "cache": PartUse("reference", 8)}, 10_000, figures, trace, (plot,),
        {"lost_deliveries": ("cache", "queue")},
    )  # fmt: skip


def test_json_has_the_agreed_fields() -> None:
    document = to_document(report())
    assert {
        "schema", "versions", "week", "users", "follows", "seed", "parts", "operations", "trace_events", "trace_sha256", "figures",
    } <= set(document)  # fmt: skip
    assert {"name", "unit", "target", "measured", "verdict", "source", "engine"} <= set(document["figures"][0])
    assert [f["verdict"] for f in document["figures"]] == ["missed", "info"]
    assert document["figures"][0]["target"] == "= 0"
    assert document["trace_events"] == 1


def test_blame_names_the_students_part_and_no_other() -> None:
    (sentence,) = report().blame()

    assert sentence.endswith("look at queue (mine)")
    assert "twitterlab check queue" in report().next_look()
    assert report(0.0).blame() == ()
    assert report(0.0).is_clean
    assert not report().is_clean


def test_a_folder_holds_everything_and_the_page_needs_nothing_else(tmp_path: Path) -> None:
    write(report(math.nan), tmp_path / "runs" / "1")
    document = json.loads((tmp_path / "runs" / "1" / "report.json").read_text())
    assert document["figures"][0]["measured"] is None
    assert document["figures"][0]["verdict"] == "missed"
    _, line, _ = (tmp_path / "runs" / "1" / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {"at_ns": 0, "kind": "post", "tweet_id": 7, "text": "né <b>"}
    page = (tmp_path / "runs" / "1" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "<script" not in page
    assert 'src="http' not in page
    assert 'rel="stylesheet"' not in page
