"""The command line: parse, call, print, exit status. Each command is a thin skin over `api`."""

from variance.cli.main import main

__all__ = ["main"]
