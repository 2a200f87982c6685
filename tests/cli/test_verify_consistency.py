"""`twitterlab verify --consistency`: exit codes, words, JSON and the page, for each consistency."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twitterlab.cli.app import run


def rows(*operations: tuple[int, str, str, object]) -> str:
    lines = []
    for process, f, key, value in operations:
        given = value if f in ("write", "put", "append", "txn") else None
        lines.append({"process": process, "type": "invoke", "f": f, "key": key, "value": given})
        lines.append({"process": process, "type": "ok", "f": f, "key": key, "value": value})
    return "\n".join(map(json.dumps, lines))


LATE = rows((0, "write", "x", 1), (1, "read", "x", None))
UNREAD = rows((0, "write", "x", 1), (0, "read", "x", None))
DEKKER = rows((0, "write", "x", 1), (0, "read", "y", None), (1, "write", "y", 1), (1, "read", "x", None))
TWO_ORDERS = rows((0, "write", "x", 1), (0, "read", "x", 2), (1, "write", "x", 2), (1, "read", "x", 1))
TWICE = rows((0, "write", "x", 1), (1, "write", "x", 1), (2, "read", "x", 1))
JUDGED = [
    (LATE, {"linearizable": 1, "sequential": 0, "causal": 0, "causal-convergence": 0, "session": 0}),
    (DEKKER, {"linearizable": 1, "sequential": 1, "causal": 0, "causal-convergence": 0, "session": 0}),
    (TWO_ORDERS, {"linearizable": 1, "sequential": 1, "causal": 0, "causal-convergence": 1, "session": 0}),
    (UNREAD, {"linearizable": 1, "sequential": 1, "causal": 1, "causal-convergence": 1, "session": 1}),
    (TWICE, {"linearizable": 0, "sequential": 0, "causal": 3, "causal-convergence": 3, "session": 3}),
    ("", {"linearizable": 0, "sequential": 0, "causal": 0, "causal-convergence": 0, "session": 0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "consistency", "code"),
    [(text, consistency, code) for text, codes in JUDGED for consistency, code in codes.items()],
)
def test_each_consistency_has_its_verdict(tmp_path: Path, text: str, consistency: str, code: int) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text(text, encoding="utf-8")

    assert run(["verify", str(history), "--model", "register", "--consistency", consistency]) == code


def test_the_proof_is_printed_and_drawn_and_in_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, page = tmp_path / "history.jsonl", tmp_path / "page.html"
    history.write_text(UNREAD, encoding="utf-8")
    ask = ["verify", str(history), "--model", "register", "--consistency", "session"]

    run([*ask, "--html", str(page)])
    words = capsys.readouterr().out
    run([*ask, "--json"])
    document = json.loads(capsys.readouterr().out)

    proof = "process 0 wrote x = 1 (line 1), and then process 0 read x = null (line 4), which is older"
    assert words == f"invalid: 2 operations, judged as register for session\nread your writes: {proof}\n"
    assert (
        proof in page.read_text(encoding="utf-8") and page.read_text(encoding="utf-8").count('class="bar marked') == 1
    )
    assert document["verdict"] == "invalid" and document["contradictions"][0]["lines"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("model", "consistency", "text", "says"),
    [
        ("register", "eventual", UNREAD, "no consistency 'eventual'"),
        ("kv", "causal", rows((0, "append", "x", "a")), "line 1: causal consistency is defined for reads and writes"),
        ("queue", "session", rows((0, "dequeue", "x", None)), "line 1: a session guarantee is defined for reads and"),
        ("list-append", "causal", "", "no consistency 'causal' of transactions"),
        ("list-append", "linearizable", rows((0, "txn", "x", [["pop", "x", 1]])), "line 1: a step is"),
        ("list-append", "linearizable", UNREAD, "line 1: the model has no operation 'write'; it has txn"),
    ],
)
def test_bad_input_is_said_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, consistency: str, text: str, says: str
) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text(text, encoding="utf-8")

    assert run(["verify", str(history), "--model", model, "--consistency", consistency]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("consistency", "code"),
    [("linearizable", 1), ("sequential", 1), ("serializable", 1), ("snapshot-isolation", 1), ("read-committed", 0)],
)
def test_transactions_have_levels(tmp_path: Path, consistency: str, code: int) -> None:
    history, page = tmp_path / "history.jsonl", tmp_path / "page.html"
    torn = rows(
        (0, "txn", "", [["append", "a", 1], ["append", "b", 1]]), (1, "txn", "", [["read", "a", [1]], ["r", "b", []]])
    )
    history.write_text(torn, encoding="utf-8")

    ask = ["verify", str(history), "--model", "list-append", "--consistency", consistency, "--html", str(page)]

    assert run(ask) == code
    assert ("G-single" in page.read_text(encoding="utf-8")) == bool(code)
