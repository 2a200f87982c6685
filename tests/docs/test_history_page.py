"""The page on histories: its example is judged as the page says, and its table has every model."""

from __future__ import annotations

import re
from pathlib import Path

from twitterlab.bench.history import parse_history
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import MODELS
from twitterlab.bench.transactions import levels
from twitterlab.bench.transactions.list_append import parse_transactions

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "history.md").read_text(encoding="utf-8")
TRANSACTIONS, LINES = (block.splitlines() for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def verdict(lines: list[str]) -> str:
    return check(parse_history(lines), MODELS["kv"]).verdict


def test_the_example_is_invalid_and_with_its_answers_exchanged_valid() -> None:
    exchanged = [LINES[0], LINES[1], LINES[4], LINES[3], LINES[2], LINES[5]]

    assert verdict(LINES) == "invalid"
    assert verdict(exchanged) == "valid"


def test_the_transactions_of_the_page_are_a_torn_snapshot() -> None:
    answer = levels.check(parse_transactions(TRANSACTIONS))

    assert [breach.pattern for breach in answer.breaches] == ["G-single"]


def test_the_table_names_every_model_and_its_operations() -> None:
    rows = dict(
        re.findall(
            r"^\| `(\w[\w-]*)` \| (.*?) \|", PAGE.partition("## The models")[2].partition("\n## ")[0], re.MULTILINE
        )
    )

    assert set(rows) == set(MODELS)
    for name, model in MODELS.items():
        assert all(f"`{function}`" in rows[name] for function in model.functions)
