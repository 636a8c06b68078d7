"""Kills sweeps at random, hundreds of times, and looks for anything lost, altered or left behind.

    python benchmarks/soak.py [--kills 60] [--hours H] [--seed 0] [--only commit,training,…]

Each round makes one sweep of runs of 800 kB and disturbs it until it is complete. What is killed,
when and by which signal follows from the seed:

- training: the parent, a worker, its guard or another helper, at a random moment;
- commit: the parent, the moment that SQLite's journal appears, or shortly after; every other round
  with a page cache so small that a transaction reaches the file before it is committed;
- import, migration, repair: the command that does it, at a random moment of the time it takes.

In the end the sweep must hold exactly the seeds asked for, each once, each with the digest that an
undisturbed sweep gave it; after the end of a parent none of its processes may live for longer than
a few seconds, and in the end no file may lie beside the sweep. A table says what was killed when;
the exit status is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from variance.errors import VarianceError
from variance.records import Run
from variance.store import SweepReader, schema
from variance.store.codec import smallest_unsigned

EXAMPLES = 800_000
SEEDS = 16
PATIENCE = 10.0  # seconds that what a killed parent has started may live on
MARK = "VARIANCE_SOAK"  # in the environment of every process of a soak
ENDLESS = 60  # starts of one sweep after which it is given up
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

TOY = f"""
import time
import numpy as np
LABELS = np.random.default_rng(0).integers(0, 200, {EXAMPLES}, dtype=np.uint8)
def train(seed):
    time.sleep(0.1)
    predictions = np.random.default_rng(seed + 1).integers(0, 200, {EXAMPLES}, dtype=np.uint8)
    return predictions, LABELS
"""
START = """
import sqlite3, sys
if {small}:
    connect = sqlite3.connect
    def small(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA cache_size = 2")
        return connection
    sqlite3.connect = small
from variance.__main__ import main
sys.argv[0] = "variance"
main()
"""


@dataclass
class Soak:
    """One soak: its folder, its randomness, and what came of it so far."""

    folder: Path
    rng: random.Random
    jobs: int
    small: bool = False
    table: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    reference: dict[int, str] = field(default_factory=dict)
    rounds: int = 0

    @property
    def kills(self) -> int:
        """How many processes were killed so far."""
        return sum(self.table.values())

    @property
    def store(self) -> Path:
        """The folder of sweeps."""
        return self.folder / "store"

    def path(self, name: str) -> Path:
        """Return where a sweep lies."""
        return self.store / f"{name}.sqlite"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command line in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", START.format(small=self.small), *arguments],
            cwd=self.folder,
            env={**os.environ, MARK: str(self.folder), "VARIANCE_HOME": str(self.store)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr").open("w"),
            text=True,
            start_new_session=True,
        )

    def sweep(self, name: str) -> subprocess.Popen[str]:
        """Start, or go on with, the sweep of this soak under a name."""
        seeds, jobs = str(SEEDS), str(self.jobs)
        line = ("sweep", "toy.py:train", "--seeds", seeds, "--jobs", jobs, "--retry-failed")
        return self.start(*line, "--name", name, "--quiet")

    def fault(self, what: str) -> None:
        """Note that something is wrong, with what the command said last."""
        said = (self.folder / "stderr").read_text(errors="replace").strip().splitlines()
        self.faults.append(f"round {self.rounds}: {what}  [{' | '.join(said[-2:])[:200]}]")
        print("FAULT", self.faults[-1], flush=True)

    def kill(self, stage: str, what: str, pid: int, signum: signal.Signals) -> None:
        """Kill a process and note it."""
        with suppress(ProcessLookupError):
            os.kill(pid, signum)
            self.table[stage, what, signum.name] += 1

    def orphans(self) -> list[psutil.Process]:
        """Return the processes of this soak that live; there is no command under way."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            ours = process.environ().get(MARK) == str(self.folder)
            return ours and process.status() != psutil.STATUS_ZOMBIE
        return False

    def expect_no_orphans(self) -> None:
        """Give what a command has started a few seconds to end; note what does not."""
        end = time.monotonic() + PATIENCE
        while left := self.orphans():
            if time.monotonic() > end:
                names = [" ".join(process.cmdline()[:6]) for process in left]
                self.fault(f"{len(left)} processes outlived their parent: {names}")
                for process in left:
                    process.kill()
                return
            time.sleep(0.05)

    def digests(self, name: str) -> dict[int, str]:
        """Return a digest of each finished run of a sweep; empty if it is not there."""
        if not self.path(name).exists():
            return {}
        with SweepReader(self.path(name)) as reader:
            return {run.seed: digest(run.metrics, run.predictions) for run in reader.runs()}

    def compare(self, name: str, *, complete: bool) -> bool:
        """Compare what is stored with the undisturbed sweep; return whether it could be read."""
        try:
            found = self.digests(name)
        except VarianceError as error:
            self.fault(f"{name} cannot be read: {error.message}")
            return False
        altered = [s for s, value in found.items() if self.reference.get(s) != value]
        if altered:
            self.fault(f"{name}: other bits for the seeds {altered}")
        if complete and found.keys() != self.reference.keys():
            self.fault(f"{name}: holds {sorted(found)}")
        return True

    def finish(self, name: str) -> None:
        """Look at a sweep that should be complete, and remove it."""
        self.expect_no_orphans()
        self.compare(name, complete=True)
        kept = {f"{name}.sqlite", ".gitignore", "import.npz"}
        left = sorted(p.name for p in self.store.iterdir() if p.name not in kept)
        left = [file for file in left if ".damaged-" not in file]
        if left:
            self.fault(f"left behind: {left}")
        shutil.rmtree(self.store)
        self.store.mkdir()


def digest(metrics: object, predictions: np.ndarray | None) -> str:
    sha = hashlib.sha256(json.dumps(metrics, sort_keys=True).encode())
    if predictions is not None:
        sha.update(predictions.astype(np.uint8).tobytes())
    return sha.hexdigest()


def ended(process: subprocess.Popen[str], seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is not None


def until_complete(soak: Soak, name: str, disturb: Callable[[subprocess.Popen[str]], None]) -> None:
    """Start a sweep again and again, and disturb it, until it ends by itself."""
    for _ in range(ENDLESS):
        process = soak.sweep(name)
        disturb(process)
        if not ended(process, 120):
            soak.fault("the sweep hangs")
            process.kill()
            process.wait()
        soak.expect_no_orphans()
        if process.returncode == 0:
            return
        if not soak.compare(name, complete=False):
            break
    soak.fault(f"{name} does not come to an end: status {process.returncode}")


def disturb_training(soak: Soak, process: subprocess.Popen[str]) -> None:
    """Kill the parent, or workers and helpers until the sweep is over."""
    if soak.rng.random() < 0.8:  # as a rule not while it is still starting
        until(process, lambda: len(targets(soak, process.pid)) > 2)
    while not ended(process, soak.rng.uniform(0, 2)):
        signum = soak.rng.choice(SIGNALS)
        what, pid = soak.rng.choice(targets(soak, process.pid))
        soak.kill("training", what, pid, signum)
        if what == "parent":
            return


def targets(soak: Soak, parent: int) -> list[tuple[str, int]]:
    """Return what can be killed of a sweep, one process of each kind."""
    kinds: dict[str, list[int]] = {"parent": [parent]}
    with suppress(psutil.Error):
        for child in psutil.Process(parent).children(recursive=True):
            with suppress(psutil.Error):
                kinds.setdefault(kind_of(" ".join(child.cmdline())), []).append(child.pid)
    return [(kind, soak.rng.choice(pids)) for kind, pids in sorted(kinds.items())]


def kind_of(line: str) -> str:
    if "popen_loky" in line:
        return "worker"
    return "guard" if "descendants.py" in line else "helper"


def disturb_commit(soak: Soak, process: subprocess.Popen[str], name: str) -> None:
    """Kill the parent with SIGKILL amid one of its next commits."""
    journal = soak.store / f"{name}.sqlite-journal"
    for _ in range(soak.rng.randint(1, 6)):
        until(process, journal.exists)
        until(process, lambda: not journal.exists())
    until(process, journal.exists)
    time.sleep(soak.rng.choice((0.0, soak.rng.uniform(0, 0.02))))
    if process.poll() is None:
        soak.kill("commit", "parent", process.pid, signal.SIGKILL)


def until(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    """Wait for a condition, or for the end of a process."""
    while process.poll() is None and not condition():
        time.sleep(0.0002)  # a commit takes milliseconds


def train(soak: Soak) -> None:
    """Disturb a sweep while it trains."""
    until_complete(soak, "trained", lambda process: disturb_training(soak, process))
    soak.finish("trained")


def commit(soak: Soak) -> None:
    """Disturb a sweep while it commits."""
    until_complete(soak, "stored", lambda process: disturb_commit(soak, process, "stored"))
    soak.finish("stored")


def disturb_command(soak: Soak, stage: str, seconds: float, *arguments: str) -> int:
    """Kill a command at a random moment of the time it takes; return how it ended."""
    process = soak.start(*arguments)
    if not ended(process, soak.rng.uniform(0.1, 1.1) * seconds):
        soak.kill(stage, "parent", process.pid, soak.rng.choice(SIGNALS))
    if not ended(process, 120):
        soak.fault(f"{stage} hangs")
        process.kill()
    soak.expect_no_orphans()
    return process.wait()


def timed(soak: Soak, *arguments: str) -> float:
    """Return the seconds that a command takes, undisturbed."""
    begin = time.monotonic()
    process = soak.start(*arguments)
    if process.wait(300) != 0:
        soak.fault(f"undisturbed {arguments[0]} failed")
    return time.monotonic() - begin


def imported(soak: Soak) -> None:
    """Disturb an import: the sweep is there whole or not at all."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 200, EXAMPLES, dtype=np.uint8)
    predictions = rng.integers(0, 200, (SEEDS, EXAMPLES), dtype=np.uint8)
    np.savez(soak.store / "import.npz", predictions=predictions, labels=labels)
    line = ("import", str(soak.store / "import.npz"), "--name", "imported")
    seconds = timed(soak, *line)
    whole = soak.digests("imported")
    for _ in range(6):
        soak.path("imported").unlink(missing_ok=True)
        disturb_command(soak, "import", seconds, *line)
        try:
            found = soak.digests("imported")
        except VarianceError as error:
            soak.fault(f"a killed import leaves what cannot be read: {error.message}")
            continue
        if soak.path("imported").exists() and found != whole:
            soak.fault(f"a killed import leaves {len(found)} of {len(whole)} runs")
    soak.path("imported").unlink(missing_ok=True)
    timed(soak, *line)
    soak.reference, kept = whole, soak.reference
    soak.finish("imported")
    soak.reference = kept


def migrated(soak: Soak) -> None:
    """Disturb a sweep that goes on with a file of the first version."""
    shutil.copy(soak.folder / "reference.sqlite", soak.path("older"))
    line = ("sweep", "toy.py:train", "--seeds", str(SEEDS), "--name", "older", "--quiet")
    first_version(soak.folder / "reference.sqlite", soak.path("older"))
    seconds = timed(soak, *line)
    for _ in range(6):
        first_version(soak.folder / "reference.sqlite", soak.path("older"))
        disturb_command(soak, "migration", seconds, *line)
        soak.compare("older", complete=True)
    timed(soak, *line)
    soak.finish("older")


def first_version(source: Path, target: Path) -> None:
    """Write what a sweep holds as the first version of the schema held it."""
    target.unlink(missing_ok=True)
    target.with_name(f"{target.name}-journal").unlink(missing_ok=True)
    with SweepReader(source) as reader:
        digests = [(first_digest(run), run.seed) for run in reader.runs()]
    with closing(sqlite3.connect(target, isolation_level=None)) as file:
        file.executescript(schema.MIGRATIONS[0])
        file.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        file.execute("PRAGMA user_version = 1")
        file.execute("ATTACH ? AS source", (str(source),))
        for table in ("sweep", "session", "test_set", "run"):
            columns = ", ".join(row[1] for row in file.execute(f"PRAGMA table_info({table})"))
            file.execute(f"INSERT INTO {table} SELECT {columns} FROM source.{table}")  # noqa: S608 - ours
        file.executemany("UPDATE run SET digest = ? WHERE seed = ?", digests)


def first_digest(run: Run) -> str:
    """Return the digest of a run as the first version wrote it."""
    sha = hashlib.sha256(json.dumps(dict(run.metrics), sort_keys=True).encode())
    if run.predictions is not None:
        sha.update(np.ascontiguousarray(smallest_unsigned(run.predictions)).tobytes())
    if run.test_set is not None:
        sha.update(run.test_set.digest.encode())
    return sha.hexdigest()


def repaired(soak: Soak) -> None:
    """Disturb the repair of a truncated file, by `repair` where there is one, or by `sweep`."""
    soak.small = False  # setting it reads the file, before it is known to be torn
    sweep = ("sweep", "toy.py:train", "--seeds", str(SEEDS), "--name", "torn", "--quiet")
    repair = ("repair", "torn") if "repair" in commands() else sweep
    tear(soak)
    seconds = timed(soak, *repair)
    for _ in range(6):
        tear(soak)
        disturb_command(soak, "repair", seconds, *repair)
        kept = [file for file in soak.store.iterdir() if ".damaged-" in file.name]
        if not soak.path("torn").exists():
            soak.fault(f"a killed repair leaves no sweep under its name; beside it: {kept}")
    timed(soak, *repair)
    timed(soak, *sweep)
    soak.finish("torn")


def tear(soak: Soak) -> None:
    """Put a sweep in place whose last run was cut through."""
    for file in soak.store.iterdir():
        file.unlink()
    shutil.copy(soak.folder / "reference.sqlite", soak.path("torn"))
    os.truncate(soak.path("torn"), soak.path("torn").stat().st_size - EXAMPLES // 2)


def commands() -> set[str]:
    from variance.cli.main import variance

    return set(variance.commands)


ROUNDS = {
    "training": train,
    "commit": commit,
    "import": imported,
    "migration": migrated,
    "repair": repaired,
}


def prepare(soak: Soak) -> None:
    """Make the undisturbed sweep."""
    (soak.folder / "toy.py").write_text(TOY)
    soak.store.mkdir()
    process = soak.sweep("reference")
    if process.wait(600) != 0:
        sys.exit((soak.folder / "stderr").read_text())
    soak.reference = soak.digests("reference")
    soak.path("reference").rename(soak.folder / "reference.sqlite")


def carry_out(soak: Soak, kinds: list[str], kills: int, seconds: float) -> None:
    """Go round until so many processes were killed, or the time is up."""
    end = time.monotonic() + seconds
    while soak.kills < kills and time.monotonic() < end:
        kind = kinds[soak.rounds % len(kinds)]
        soak.rounds += 1
        soak.small = (soak.rounds - 1) // len(kinds) % 2 == 1
        ROUNDS[kind](soak)
        print(
            f"round {soak.rounds} ({kind}): {soak.kills} kills, {len(soak.faults)} faults",
            flush=True,
        )


def lines(soak: Soak) -> Iterator[str]:
    yield f"{'stage':10} {'killed':8} " + " ".join(f"{s.name:>8}" for s in SIGNALS)
    for stage, what in sorted({(stage, what) for stage, what, _ in soak.table}):
        counts = (soak.table[stage, what, s.name] for s in SIGNALS)
        yield f"{stage:10} {what:8} " + " ".join(f"{count:8}" for count in counts)
    yield f"{soak.kills} kills in {soak.rounds} rounds: {len(soak.faults)} faults"
    yield from soak.faults


def main() -> None:
    for signum in SIGNALS[1:]:  # a shell's background job ignores Ctrl-C, and so would its children
        signal.signal(signum, signal.SIG_DFL)
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--hours", type=float, default=0.0, help="go on for so long instead")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default=",".join(ROUNDS), help="some of " + ", ".join(ROUNDS))
    asked = options.parse_args()
    kinds = asked.only.split(",")
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder).resolve(), random.Random(asked.seed), asked.jobs)  # noqa: S311 - no secret
        prepare(soak)
        endless = asked.hours > 0
        kills, seconds = (sys.maxsize, asked.hours * 3600) if endless else (asked.kills, 1e9)
        carry_out(soak, kinds, kills, seconds)
        print(*lines(soak), sep="\n")
    sys.exit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
