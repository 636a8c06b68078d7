"""Sweep files: one SQLite file a sweep, in a folder of sweeps.

`Home` knows the folder, `SweepReader` reads a file, `SweepWriter` adds to it, `repair` saves what
is whole of a damaged one. `schema` is its layout, `seal` the digests by which damage is found,
`rows` and `entries` how records lie in it, `codec` how arrays do.
"""

from variance.store.home import Home, check_name
from variance.store.reader import SweepReader
from variance.store.repair import Saved, repair
from variance.store.seal import Damage
from variance.store.together import create_all
from variance.store.writer import SweepWriter

__all__ = [
    "Damage",
    "Home",
    "Saved",
    "SweepReader",
    "SweepWriter",
    "check_name",
    "create_all",
    "repair",
]
