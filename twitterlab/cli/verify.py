"""`twitterlab verify HISTORY.jsonl`: do the answers that clients saw keep a promise of consistency?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twitterlab.errors import BadInput

if TYPE_CHECKING:
    from twitterlab.bench.consistency.answer import Answer
    from twitterlab.bench.contradiction import Contradiction
    from twitterlab.bench.history import Operation
    from twitterlab.bench.linearizability import Linearizability
    from twitterlab.bench.models import Model

EXIT_CODES = {"valid": 0, "invalid": 1, "unknown": 3}
MOST_CONTRADICTIONS = 3
"""Invalid keys whose contradiction is looked for."""


def verify(
    history: Annotated[Path, typer.Argument(help="A history: one JSON object a line.", metavar="HISTORY.jsonl")],
    model: Annotated[str, typer.Option(help="register, cas-register, kv, queue, set or list-append.")],
    consistency: Annotated[
        str,
        typer.Option(
            help="linearizable, sequential, causal, causal-convergence or session; "
            "of list-append linearizable, sequential, serializable, snapshot-isolation or read-committed."
        ),
    ] = "linearizable",
    html: Annotated[Path | None, typer.Option(help="Draw the history on this page.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    seconds: Annotated[float, typer.Option(help="Give up as `unknown` after this long.")] = 30.0,
) -> None:
    """Check a history, for linearizability if nothing else is said. Exit code 0 valid, 1 invalid, 3 unknown, 2 bad input.

    Example: twitterlab verify history.jsonl --model kv --html history.html
    """
    if not 0 < seconds < 1e9:
        raise BadInput(f"--seconds must be more than 0, not {seconds}")
    if html is not None and not html.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {html.parent}", "name a file in a folder that exists")
    is_strict = consistency == "linearizable"
    judge = _transactional if model == "list-append" else _linearizable if is_strict else _weaker
    verdict, told = judge(history, model, consistency, html, as_json, seconds)
    typer.echo(told)
    raise typer.Exit(EXIT_CODES[verdict])


def _linearizable(
    history: Path, model: str, consistency: str, html: Path | None, as_json: bool, seconds: float
) -> tuple[str, str]:
    """The verdict, and what to print."""
    import json

    from twitterlab.bench.contradiction import contradiction
    from twitterlab.bench.history import read_history
    from twitterlab.bench.history_page import history_page
    from twitterlab.bench.linearizability import check
    from twitterlab.bench.models import model_named

    chosen = model_named(model)
    answer = check(read_history(history, chosen), chosen, limit_s=seconds)
    found = {key.key: contradiction(key.operations, chosen) for key in answer.invalid[:MOST_CONTRADICTIONS]}
    if html is not None:
        _write(html, history_page(history.name, answer, chosen, found))
    told = json.dumps(_as_json(answer, chosen, found)) if as_json else _in_words(answer, chosen, found, seconds)
    return answer.verdict, told


def _weaker(
    history: Path, model: str, consistency: str, html: Path | None, as_json: bool, seconds: float
) -> tuple[str, str]:
    """The verdict on a consistency other than linearizability, and what to print."""
    from twitterlab.bench.consistency.judging import judge
    from twitterlab.bench.history import read_history
    from twitterlab.bench.models import model_named

    chosen = model_named(model)
    operations = read_history(history, chosen)
    answer = judge(operations, chosen, consistency, seconds)
    return answer.verdict, _told(answer, operations, history.name, chosen.name, chosen.reads, html, as_json)


def _transactional(
    history: Path, model: str, consistency: str, html: Path | None, as_json: bool, seconds: float
) -> tuple[str, str]:
    """The verdict on transactions, and what to print."""
    from twitterlab.bench.transactions.levels import check
    from twitterlab.bench.transactions.list_append import ListAppend, read_transactions

    transactions = read_transactions(history)
    answer = check(transactions, consistency, seconds)
    return answer.verdict, _told(answer, transactions, history.name, model, ListAppend.reads, html, as_json)


def _told(
    answer: Answer,
    operations: list[Operation],
    title: str,
    judged_as: str,
    reads: frozenset[str],
    html: Path | None,
    as_json: bool,
) -> str:
    import json

    from twitterlab.bench.consistency.judging import as_json as in_json
    from twitterlab.bench.consistency.judging import in_words
    from twitterlab.bench.consistency.page import answer_page

    if html is not None:
        _write(html, answer_page(title, operations, answer, reads))
    return json.dumps(in_json(answer, judged_as)) if as_json else in_words(answer, judged_as)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}", "name another file") from None


def _in_words(answer: Linearizability, model: Model, found: dict[Any, Contradiction], seconds: float) -> str:
    from twitterlab.bench.history import OPEN
    from twitterlab.bench.history_drawing import label
    from twitterlab.bench.history_page import in_words
    from twitterlab.bench.json_values import shown

    count = sum(len(key.operations) for key in answer.keys)
    lines = [f"{answer.verdict}: {count:,} operations on {len(answer.keys):,} keys, judged as {model.name}"]
    for key, contradiction in found.items():
        lines.append(f"key {shown(key)}: {in_words(contradiction)}")
        for o in contradiction.core:
            ends = "no answer by then" if o.returned == OPEN else f"answered in line {o.end_line}"
            lines.append(f"  process {shown(o.process)}: {label(o, model.reads)}  (line {o.line}, {ends})")
    undecided = [key for key in answer.keys if key.verdict == "unknown"]
    if answer.verdict == "unknown":
        keys = ", ".join(shown(key.key) for key in undecided[:5]) + (", …" if len(undecided) > 5 else "")
        lines.append(f"{len(undecided):,} keys were not decided in {seconds:g} s: {keys}. Try a larger --seconds.")
    return "\n".join(lines)


def _as_json(answer: Linearizability, model: Model, found: dict[Any, Contradiction]) -> dict[str, Any]:
    from twitterlab.bench.history import OPEN
    from twitterlab.bench.history_drawing import label
    from twitterlab.bench.json_values import thawed

    return {
        "verdict": answer.verdict,
        "model": model.name,
        "operations": sum(len(key.operations) for key in answer.keys),
        "keys": {verdict: sum(key.verdict == verdict for key in answer.keys) for verdict in EXIT_CODES},
        "contradictions": [
            {
                "key": thawed(key),
                "breaking_line": contradiction.breaking.end_line,
                "operations": [
                    {
                        "process": o.process,
                        "operation": label(o, model.reads, 1_000),
                        "line": o.line,
                        "end_line": None if o.returned == OPEN else o.end_line,
                    }
                    for o in contradiction.core
                ],
            }
            for key, contradiction in found.items()
        ],
    }
