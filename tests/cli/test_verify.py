"""`twitterlab verify` on files as people and programs write them: the exit code, and the line that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twitterlab.cli.app import run

NO_KEY = object()


def line(process: object, kind: object, f: object, value: object = None, key: object = "x", **more: object) -> str:
    row = {"process": process, "type": kind, "f": f, "key": key, "value": value, **more}
    return json.dumps({name: given for name, given in row.items() if given is not NO_KEY})


def write_1(end: str = "ok", **more: object) -> tuple[str, str]:
    return line(0, "invoke", "write", 1, **more), line(0, end, "write", 1, **more)


def read(value: object, process: object = 1) -> tuple[str, str]:
    return line(process, "invoke", "read"), line(process, "ok", "read", value)


def text(*lines: str, end: str = "\n") -> bytes:
    return "".join(each + end for each in lines).encode("utf-8", "surrogatepass")


DECIDED = [
    ("register", b"", 0),
    ("register", b" \n\t\r\n\n", 0),
    ("register", b"\xef\xbb\xbf\r\n" + text(*write_1(), "", *read(1), end="\r\n"), 0),
    ("register", text(*write_1(), *read(1)).rstrip(), 0),
    ("register", text(*write_1(key=NO_KEY)), 0),
    ("register", text(*write_1("fail"), *read(None)), 0),
    ("register", text(*write_1("fail"), *read(1)), 1),
    ("register", text(*write_1("info"), *read(None), *read(1)), 0),
    ("register", text(*write_1("info"), *read(1), *read(None)), 1),
    ("register", text(*write_1("info"), *read(1, process=0)), 0),
    ("register", text(line(0, "invoke", "write", 1), *read(1)), 0),  # still open at the end
    ("register", text(line(0, "ok", "write", 1, time=5), line(0, "invoke", "write", 1, time=-1.5),
                      line(1, "ok", "read", None, time=10**30), line(1, "invoke", "read", time=7)), 1),
    ("register", text(line(0, "invoke", "write", 1, time=3), line(1, "invoke", "read", None, time=3),
                      line(1, "ok", "read", None, time=3), line(0, "ok", "write", 1, time=3)), 0),
    ("register", text(line("a", "invoke", "write", "\u2028\ud800"), line("a", "ok", "write", "\u2028\ud800")), 0),
    ("register", text(*write_1(), *read(True)), 1),
    ("register", text(*write_1(), *read(1.0)), 0),
    ("cas-register", text(line(0, "invoke", "cas", [None, 1]), line(0, "ok", "cas", True), *read(1)), 0),
    ("cas-register", text(line(0, "invoke", "cas", [None, 1]), line(0, "fail", "cas", [None, 1]), *read(None)), 0),
    ("cas-register", text(line(0, "invoke", "cas", [3, 1]), line(0, "info", "cas", [3, 1]), *read(None)), 0),
    ("kv", text(line(0, "invoke", "get"), line(0, "ok", "get", None), line(0, "invoke", "get"), line(0, "ok", "get", "")), 0),
    ("kv", text(line(0, "invoke", "get", key="never"), line(0, "ok", "get", "a", key="never")), 1),
    ("kv", text(line(0, "invoke", "put", 1), line(0, "ok", "put", 1), line(0, "invoke", "get"), line(0, "ok", "get", 1)), 0),
    ("queue", text(line(0, "invoke", "dequeue"), line(0, "ok", "dequeue", None)), 0),
    ("queue", text(line(0, "invoke", "dequeue"), line(0, "ok", "dequeue", 7)), 1),
    ("set", text(line(0, "invoke", "add", [1, {"a": 2}]), line(0, "ok", "add", [1, {"a": 2}]), line(0, "invoke", "add", 2),
                 line(0, "ok", "add", 2), line(0, "invoke", "read"), line(0, "ok", "read", [2, [1, {"a": 2}], 2])), 0),
]  # fmt: skip
WRONG = [
    ("register", text(*write_1(), line(0, "invoke", "read"), line(0, "invoke", "read")), "line 4: process 0 already"),
    ("register", text(line(0, "ok", "read")), "line 1: process 0 ends an operation it never began"),
    ("register", text(*write_1("info"), line(0, "info", "write", 1)), "line 3: process 0 ends"),
    ("register", text("", "", line(0, "done", "read")), "line 3: `type`"),
    ("register", text(line(0, ["invoke"], "read")), "line 1: `type`"),
    ("register", text(line(0, "invoke", None)), "line 1: `f`"),
    ("register", text(line(None, "invoke", "read")), "line 1: `process`"),
    ("register", text(line(1.0, "invoke", "read")), "line 1: `process`"),
    ("register", text(line(True, "invoke", "read")), "line 1: `process`"),
    ("register", text(line(0, "invoke", "write", 1, time="5")), "line 1: `time`"),
    ("register", text(line(0, "invoke", "cas", [1, 2])), "line 1: the model has no operation 'cas'"),
    ("register", text(line(0, "invoke", "write", 1), line(0, "ok", "read", 1)), "line 2: process 0 ends another"),
    ("register", text(line(0, "invoke", "write", 1), line(0, "ok", "write", 1, key="y")), "line 2: process 0 ends another"),
    ("register", text(line(0, "invoke", "read"), line(0, "ok", "read", NO_KEY)), "line 2: `read` needs a `value`"),
    ("register", text("[1]"), "line 1: not a JSON object"),
    ("register", text(line(0, "invoke", "read"), '{"process": 0,'), "line 2: not JSON"),
    ("register", text('{"process": 0} {"process": 1}'), "line 1: not JSON"),
    ("register", text('{"process": 0, "process": 1, "type": "invoke", "f": "read"}'), "line 1: the name 'process' is given twice"),
    ("register", text('{"process": 0, "type": "invoke", "f": "write", "value": NaN}'), "line 1: NaN"),
    ("register", text('{"process": 0, "type": "invoke", "f": "write", "value": 1e999}'), "line 1: the number"),
    ("register", text('{"process": 0, "type": "invoke", "f": "write", "value": ' + "[" * 9_999 + "]" * 9_999 + "}"), "line 1: values nested"),
    ("register", b"\xff\xfe\x00", "line 1: not UTF-8"),
    ("cas-register", text(line(0, "invoke", "cas", [1])), "line 1: `cas` needs the value [old, new]"),
    ("cas-register", text(line(0, "invoke", "cas", 1)), "line 1: `cas` needs the value [old, new]"),
    ("kv", text(line(0, "invoke", "put", "a", key=NO_KEY)), "line 1: `put` needs a `key`"),
    ("kv", text(line(0, "invoke", "append", 5)), "line 1: `append` needs text"),
    ("queue", text(line(0, "invoke", "enqueue", None)), "line 1: `enqueue` needs a `value` other than null"),
    ("set", text(line(0, "invoke", "read"), line(0, "ok", "read", "ab")), "line 2: `read` of a set answers a list"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "content", "code"), DECIDED, ids=range(len(DECIDED)))
def test_a_file_in_the_documented_format_is_decided(tmp_path: Path, model: str, content: bytes, code: int) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(content)

    assert run(["verify", str(path), "--model", model]) == code


@pytest.mark.parametrize(("model", "content", "says"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_a_file_is_one_line_that_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, content: bytes, says: str
) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(content)

    assert run(["verify", str(path), "--model", model]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert f"history.jsonl, {says}" in err
