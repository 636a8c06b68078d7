"""Sweep files: one SQLite file a sweep, in a folder of sweeps.

`Home` knows the folder, `SweepReader` reads a file, `SweepWriter` adds to it, `schema` is its
layout, `codec` how arrays lie in it.
"""

from variance.store.home import Home, check_name
from variance.store.reader import SweepReader
from variance.store.together import create_all
from variance.store.writer import SweepWriter, run_digest, salvage

__all__ = [
    "Home",
    "SweepReader",
    "SweepWriter",
    "check_name",
    "create_all",
    "run_digest",
    "salvage",
]
