"""Machine-made mutants: one small change to a solution, at each place where there is one to make.

Only what a student writes is changed, between the solution's markers. A change is text for text, so that all else stays
as it was written. What survives the checks is either equivalent, and then stands with its reason in `weeks/weekN/mutants/survivors.toml`, or shows a hole in the checks.
Source: DeMillo, Lipton, Sayward, "Hints on Test Data Selection" (1978).
"""

from __future__ import annotations

import ast
import copy
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from twitterlab.course.mutants import AT_ONCE, judged_until_one_fails
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Verdict
from twitterlab.course.workbook import Workbook

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMMUTATIVE = {"min", "max"}
UNWRAPPED = {"min", "max", "sorted", "ceil", "list", "int", "set", "tuple", "shield"}
"""Calls that may be forgotten: their first argument is left."""
REMOVED = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)
SQL = re.compile(r"\b(SELECT|INSERT|DELETE|CREATE|PRAGMA|COALESCE)\b")
SQL_CHANGES = (
    (" < ", " <= "), (" > ", " >= "), (" DESC", ""), (" AND ", " OR "), (" UNIQUE", ""), (" COLLATE NOCASE", ""),
    (" ON DELETE CASCADE", ""), (" REFERENCES users", ""), (" REFERENCES tweets", ""), (", CHECK (follower_id <> followee_id)", ""), (" IF NOT EXISTS", ""), (" + ", " - "), (" LIMIT :limit", ""), ("<>", "="),
    (" DO NOTHING", " DO UPDATE SET user_id = 0"), (" = ON", " = OFF"), (" UNION ALL ", " EXCEPT "), (", 0)", ", 1)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MachineMutant:
    """One change: the function it is in, the line as it was and as it is now, and the whole wrong part."""

    where: str
    was: str
    now: str
    source: str


@dataclass(frozen=True, slots=True)
class MachineTrial:
    """What the checks said of one mutant: the check that failed first, or why it may survive."""

    entry: Entry
    mutant: MachineMutant
    killer: str
    excuse: str


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a change may survive, on each of so many `lines` that read alike."""

    reason: str
    lines: int


def try_all(
    book: Workbook,
    entries: Sequence[Entry],
    wanted: int | None,
    seed: int,
    on_trial: Callable[[MachineTrial], None] = lambda trial: None,
) -> list[MachineTrial]:
    """Grade `wanted` mutants drawn by `seed` (None: all), two at a time; each trial is handed over in order."""
    every = [(entry, mutant) for entry in entries for mutant in mutants(_solution(book, entry))]
    if wanted is not None and wanted < len(every):
        drawn = sorted(Random(seed).sample(range(len(every)), wanted))
        every = [every[number] for number in drawn]
    excuses = {entry.day_id: survivors(book, entry) for entry in entries}
    trials = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for trial in pool.map(lambda each: _attempt(book, each[0], each[1], seed, excuses[each[0].day_id]), every):
            trials.append(trial)
            on_trial(trial)
    return trials


def survivors(book: Workbook, entry: Entry) -> dict[tuple[str, str, str], Excuse]:
    """Why a change (where, was, now) may survive the checks of one day."""
    path = book.weeks / f"week{entry.week.number}" / "mutants" / "survivors.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get(entry.slot.name, []) if path.exists() else []
    return {(row["where"], row["was"], row["now"]): Excuse(row["reason"], row.get("lines", 1)) for row in rows}


def mutants(source: str) -> Iterator[MachineMutant]:
    """Every changed part that still parses, in the order of the text; no two are alike."""
    seen, own = {source}, _own_lines(source)
    for where, node in _walk(ast.parse(source), ""):
        if node.lineno not in own:
            continue
        for new in _changes(node, source):
            changed = _patched(source, node, new)
            if changed not in seen and _parses(changed):
                seen.add(changed)
                yield MachineMutant(where, *_lines(source, changed), changed)


def _own_lines(source: str) -> set[int]:
    """The lines between the markers of a solution, counted from 1."""
    own, is_inside = set(), False
    for number, line in enumerate(source.splitlines(), 1):
        is_inside = (is_inside or "# BEGIN SOLUTION" in line) and "# END SOLUTION" not in line
        if is_inside:
            own.add(number)
    return own


def _solution(book: Workbook, entry: Entry) -> str:
    return entry.solution(book).read_text(encoding="utf-8")


def _attempt(
    book: Workbook, entry: Entry, mutant: MachineMutant, seed: int, excuses: dict[tuple[str, str, str], Excuse]
) -> MachineTrial:
    failed: Verdict | None = judged_until_one_fails(book, entry, mutant.source, seed)
    excuse = None if failed else excuses.get((mutant.where, mutant.was, mutant.now))
    return MachineTrial(entry, mutant, failed.check if failed else "", excuse.reason if excuse else "")


def _walk(node: ast.AST, where: str) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """Statements and expressions with the function they are in; docstrings, annotations, flags (`strict=True`) and the
    inside of f-strings (whose places Python 3.11 does not know) are left out."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = f"{where}.{node.name}".lstrip(".")
        children: list[ast.AST] = [*node.body]
    elif isinstance(node, ast.AnnAssign):
        children = [node.value] if node.value else []
    elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
        children = []
    else:
        children = [*ast.iter_child_nodes(node)]
    for child in children:
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.expr | ast.stmt):
            yield where, child
        if not isinstance(child, ast.JoinedStr):
            yield from _walk(child, where)


def _changes(node: ast.expr | ast.stmt, source: str) -> Iterator[str]:
    """The texts that may stand for `node`."""
    if isinstance(node, REMOVED):
        yield "pass"
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript):
        yield "pass"
    if isinstance(node, ast.Return) and node.value is not None:
        yield "return None"
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield from _other_sql(ast.get_source_segment(source, node) or "")
    else:
        for other in _other_nodes(node):
            text = ast.unparse(other)
            yield text if isinstance(other, ast.stmt) else f"({text})"


def _other_sql(text: str) -> Iterator[str]:
    """One SQL operator or clause changed, each place by itself."""
    if SQL.search(text):
        for old, new in SQL_CHANGES:
            for found in re.finditer(re.escape(old), text):
                yield text[: found.start()] + new + text[found.end() :]


def _other_nodes(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARISONS:
            yield _with(node, ops=[COMPARISONS[type(op)](), *node.ops[1:]])
            if len(node.ops) == 2:
                yield _with(node, ops=[op, COMPARISONS[type(node.ops[1])]()])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield _with(node, op=ARITHMETIC[type(op)]())
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Call(func=called, args=[first, *rest]):
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name in UNWRAPPED:
                yield first
            if (
                rest
                and name not in COMMUTATIVE
                and not isinstance(first, ast.Starred)
                and not isinstance(rest[0], ast.Starred)
            ):
                yield _with(node, args=[rest[0], first, *rest[1:]])


def _with(node: ast.expr | ast.stmt, **fields: object) -> ast.expr | ast.stmt:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _patched(source: str, node: ast.expr | ast.stmt, new: str) -> str:
    """`source` with `new` where `node` is."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = source.encode().splitlines(keepends=True)
    head = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    tail = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return (head + new.encode() + tail).decode()


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _lines(old: str, new: str) -> tuple[str, str]:
    """What differs, in whole lines on one line."""
    before, after = old.splitlines(), new.splitlines()
    head = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    most = min(len(before), len(after)) - head
    tail = next((i for i in range(most) if before[-1 - i] != after[-1 - i]), most)
    return tuple(  # type: ignore[return-value]  # two of them
        " ".join(" ".join(lines[head : len(lines) - tail]).split()) for lines in (before, after)
    )
