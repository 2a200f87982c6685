"""The command line: the table of verbs, and how a command ends. A verb is a file; it imports what is heavy when it runs."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from twitterlab.cli.bench import bench
from twitterlab.cli.calibrate import calibrate
from twitterlab.cli.check import check
from twitterlab.cli.dashboard import dashboard
from twitterlab.cli.desk import catch_up, diff, hint, next_, open_, progress, reset, reveal
from twitterlab.cli.dev import dev
from twitterlab.cli.doctor import doctor
from twitterlab.cli.down import down
from twitterlab.cli.edition import init, upgrade
from twitterlab.cli.explain import explain
from twitterlab.cli.ps import ps
from twitterlab.cli.replay import replay
from twitterlab.cli.serve import serve
from twitterlab.cli.shrink import shrink
from twitterlab.cli.simulate import simulate
from twitterlab.cli.up import up
from twitterlab.cli.verify import verify
from twitterlab.cli.watch import watch
from twitterlab.cli.week import week
from twitterlab.cli.weeks import weeks
from twitterlab.errors import TwitterlabError

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,  # plain help: rich's own costs another 150 ms
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("twitterlab"))
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Hands-On Twitter System Design: build a Twitter in 25 days, one part a day.

    Start with `twitterlab week 1`; `twitterlab weeks` lists the course.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


VERBS = (
    init, weeks, next_, open_, check, watch, hint, reset, reveal, diff, catch_up, progress, upgrade, week, dashboard, explain, serve, up, ps, down, simulate, replay, shrink, verify, calibrate, bench, doctor,
)  # fmt: skip
"""Every verb, in the order of the help."""
for verb in VERBS:
    app.command(verb.__name__.strip("_").replace("_", "-"))(verb)
app.add_typer(dev, name="dev")


def main() -> None:
    """The `twitterlab` command. What is wrong takes one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that has no ✓ shows a ?
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    command = typer.main.get_command(app)
    try:
        return command.main(args=list(words), prog_name="twitterlab", standalone_mode=False) or 0
    except TwitterlabError as error:
        typer.echo(f"twitterlab: {error}", err=True)
    except TyperException as error:
        typer.echo(f"twitterlab: {' '.join(error.format_message().split())} {_more_help(error)}", err=True)
    except BrokenPipeError:  # who read our output has seen enough
        sys.stdout = None
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"twitterlab: {where}{error.strerror or error}. Choose a place that you may write to.", err=True)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("twitterlab: stopped", err=True)
        return 130
    return 2


def _more_help(error: TyperException) -> str:
    """The command whose help says what could have been typed."""
    context = getattr(error, "ctx", None)
    return f"Try `{context.command_path if context else 'twitterlab'} --help`."
