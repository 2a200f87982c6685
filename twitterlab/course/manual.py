"""The page of commands, made from the command line itself: what each does, takes, and an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

WIDE = {"float": "number", "integer": "whole number", "int range": "whole number", "int": "whole number", "str": "text"}


def page(commands: Any) -> str:
    """Every command of the command line as Markdown, in the order of its help. `commands` is the tree that Typer makes."""
    return "\n\n".join((
        "# Commands",
        "Exit codes of every command: 0 clean; 1 a target missed, a check failed or a violation found; 2 bad input, with one "
        "line on stderr that says the problem and the next step. Any other code is said with its command.",
        *(text for name, command in _walk("twitterlab", commands) for text in _command(name, command)),
    ))  # fmt: skip


def undocumented(commands: Any) -> list[str]:
    """Commands without help or without an example, and options without a word."""
    wanting = []
    for name, command in _walk("twitterlab", commands):
        about, example = split_help(command)
        wanting += [name] if not about or not example.startswith("twitterlab") else []
        wanting += [f"{name} {param.name}" for param in _params(command) if not param.help]
    return wanting


def split_help(command: Any) -> tuple[str, str]:
    """The help of a command without its example, and the example."""
    about, _, example = (command.help or command.epilog or "").partition("Example:")
    return about.strip(), example.strip().rstrip(".").replace("`", "")


def _walk(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        if not command.hidden:
            yield f"{name} {word}", command
            yield from _walk(f"{name} {word}", command) if hasattr(command, "commands") else ()


def _command(name: str, command: Any) -> Iterator[str]:
    about, example = split_help(command)
    yield f"## {name}"
    yield about
    usage = " ".join((name, *_usage(command)))
    yield f"```sh\n{usage}\n```"
    rows = [_row(param) for param in _params(command)]
    if rows:
        yield "\n".join(("| | takes | left out | |", "| --- | --- | --- | --- |", *rows))
    yield "Example: " + ", or ".join(f"`{one}`" for one in re.split(r", or |\s*Example:\s*", example))


def _usage(command: Any) -> Iterator[str]:
    if any(_is_option(param) for param in _params(command)):
        yield "[OPTIONS]"
    for param in _params(command):
        if not _is_option(param):
            yield _word(param) if param.required else f"[{_word(param)}]"
    if hasattr(command, "commands"):
        yield "COMMAND"


def _row(param: Any) -> str:
    name = (
        ", ".join(f"`{text}`" for text in (*param.opts, *param.secondary_opts))
        if _is_option(param)
        else f"`{_word(param)}`"
    )
    takes = "" if getattr(param, "is_flag", False) else WIDE.get(param.type.name, param.type.name)
    default = "needed" if param.required else f"`{param.default}`" if _is_telling(param.default) else ""
    return f"| {name} | {takes} | {default} | {re.sub(r'[|]', '&#124;', param.help or '')} |"


def _is_telling(default: object) -> bool:
    return isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""


def _params(command: Any) -> list[Any]:
    return [param for param in command.params if param.name not in ("help", "install_completion", "show_completion")]


def _is_option(param: Any) -> bool:
    return any(text.startswith("-") for text in param.opts)


def _word(param: Any) -> str:
    return str(param.metavar or param.name).upper()
