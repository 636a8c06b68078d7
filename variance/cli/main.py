"""The group of commands, and what becomes of errors."""

from __future__ import annotations

import errno
import io
import os
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from variance._version import __version__
from variance.cli import again, keeping, repair, reproducing, showing, sources, training, verdicts
from variance.cli.options import STATUS, echo
from variance.errors import Interrupted, VarianceError

_CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "VARIANCE",
    "max_content_width": 100,
}


_TAKES_NO_MORE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class _Commands(click.Group):
    """The commands, which end well when the reader of their pipe has had enough: click says 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that is asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _mute(sys.stdout)
            return ctx.meta.get(STATUS, 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are needed."""
        del ctx
        return list(self.commands)


_HELP = """Tell a real improvement of a model from a lucky draw.

\b
variance sweep --seeds 30
variance sweep --seeds 30 --set dropout=0.5 --name candidate
variance compare baseline candidate
"""
_EXIT_STATUSES = """\b
Exit status:
  0      done
  1      a gate of compare --fail-on
  2      wrong usage, a file that cannot be used, or nothing could be written
  3      some runs failed
  4-7    what verify found; see variance verify --help
  128+n  stopped by signal n: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP
"""


@click.group(cls=_Commands, context_settings=_CONTEXT, help=_HELP, epilog=_EXIT_STATUSES)
@click.version_option(__version__, prog_name="variance")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def variance(debug: bool) -> None:
    """Hold the commands."""
    del debug  # read by `main`, which sees errors first


for command in (
    training.sweep,
    verdicts.compare,
    verdicts.luck,
    verdicts.plan,
    sources.sources,
    showing.report,
    keeping.list_,
    keeping.show,
    keeping.export,
    keeping.import_,
    keeping.rename,
    keeping.rm,
    repair.repair,
    reproducing.diff,
    again.verify,
    again.model,
    training.experiments,
    training.data,
):
    variance.add_command(command)


def main() -> None:
    """Run the command line and exit: 0 done, 1 gate, 2 unusable, 3 failed runs, 130 stopped.

    SIGTERM stops with 143, SIGHUP with 129. `variance verify` also ends with 4, 5, 6 or 7.
    """
    for stream in ("stdout", "stderr"):  # either is None where it was closed before we began
        if getattr(sys, stream) is None:
            setattr(sys, stream, Path(os.devnull).open("w"))  # noqa: SIM115 - it stays open
    debug = "--debug" in sys.argv or bool(os.environ.get("VARIANCE_DEBUG"))
    arguments = _with_command([a for a in sys.argv[1:] if a != "--debug"])
    try:
        status = _run(arguments)
    except click.ClickException as error:
        with _complaining():
            _refuse(error)
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("stopped")
        status = 130
    except BrokenPipeError:  # the reader of a pipe has had enough
        _mute(sys.stdout)
        status = 0
    except VarianceError as error:
        status = _explain(error, debug=debug)
    except OSError as error:
        status = _cannot_print(error, debug=debug)
    except Exception as error:  # noqa: BLE001 - a bug of ours: say so, and how to report it
        status = _apologise(error, debug=debug)
    sys.exit(status if isinstance(status, int) else 0)


def _run(arguments: list[str]) -> object:
    """Run a command and return its exit status; all that it prints is out when it returns."""
    try:
        status = variance.main(arguments, prog_name="variance", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    sys.stdout.flush()
    return status


def _with_command(arguments: list[str]) -> list[str]:
    """Return the arguments with what follows ``sweep … --`` joined to one experiment."""
    if arguments[:1] not in (["sweep"], ["sources"]) or "--" not in arguments:
        return arguments
    at = arguments.index("--")
    return [*arguments[:at], "--", f"-- {shlex.join(arguments[at + 1 :])}"]


def _refuse(error: click.ClickException) -> None:
    """Print what click says of arguments that it cannot use."""
    text = io.StringIO()
    error.show(file=text)
    echo(text.getvalue().rstrip("\n"), err=True)


def _explain(error: VarianceError, *, debug: bool) -> int:
    if debug:
        _show_traceback()
    label = "" if isinstance(error, Interrupted) else "error: "
    _tell(f"{label}{error.message}", *([error.hint] if error.hint else []))
    return error.exit_status


def _cannot_print(error: OSError, *, debug: bool) -> int:
    """Say that standard output takes no more, if it is that."""
    if error.errno not in _TAKES_NO_MORE or error.filename is not None:
        return _apologise(error, debug=debug)
    _mute(sys.stdout)
    full = VarianceError(
        f"cannot write to standard output: {error.strerror}",
        "Free some space where the output goes, and run the same line again.",
    )
    return _explain(full, debug=debug)


def _mute(stream: TextIO) -> None:
    """Send what a stream still holds to nowhere, so that Python does not try to write it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _apologise(error: Exception, *, debug: bool) -> int:
    if debug:
        _show_traceback()
    _tell(
        f"internal error: {type(error).__name__}: {error}",
        "This is a defect of variance. --debug shows where it happened.",
    )
    return 2


def _show_traceback() -> None:
    with _complaining():
        echo(traceback.format_exc(), err=True)


def _tell(*lines: str) -> None:
    with _complaining():
        echo("\n".join(lines), err=True)


@contextmanager
def _complaining() -> Iterator[None]:
    """Go on where standard error takes no more: the exit status tells that something is wrong."""
    try:
        yield
    except OSError:
        _mute(sys.stderr)
