"""Random corruptions of a sweep file, and what each reading command makes of them.

    python benchmarks/corruption.py [--count 1000] [--seed 0] [--commands list,show,…]

Each corruption must leave every command with the same answer, a clear error, or a word that names
the damage: never with another answer, an internal error or no end. Otherwise the status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

PATIENCE = 120
"""Seconds after which a command counts as hanging."""
REPORT_EVERY = 25
"""`report` is slow: it is tried after each 25th corruption only."""
COMMANDS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": ("show", "a"),
    "compare": ("compare", "a", "b"),
    "luck": ("luck", "a", "--score", "0.95"),
    "plan": ("plan", "a", "--effect", "0.01"),
    "export": ("export", "a", "--what", "predictions"),
    "runs": ("export", "a", "--what", "runs"),
    "recipe": ("export", "a", "--recipe"),
    "diff": ("diff", "a", "b"),
    "verify": ("verify", "a", "--backend", "inline", "--quiet"),
    "report": ("report", "a", "b", "-o", "page.html", "--force"),
}
OUTCOMES = ("same", "clear error", "named damage", "SILENTLY DIFFERENT", "INTERNAL ERROR", "HANG")


def flip(data: bytearray, rng: np.random.Generator) -> None:
    """Flip one bit."""
    place = int(rng.integers(len(data)))
    data[place] ^= 1 << int(rng.integers(8))


def overwrite(data: bytearray, rng: np.random.Generator) -> None:
    """Put other bytes in the place of a few."""
    size = int(rng.integers(1, 200))
    place = int(rng.integers(len(data) - size))
    data[place : place + size] = rng.bytes(size)


def truncate(data: bytearray, rng: np.random.Generator) -> None:
    """Cut the end off."""
    del data[int(rng.integers(len(data))) :]


def zero_page(data: bytearray, rng: np.random.Generator) -> None:
    """Empty a page."""
    page = _page(data, rng)
    data[page] = bytes(4096)


def swap_pages(data: bytearray, rng: np.random.Generator) -> None:
    """Put two pages in each other's place."""
    one, other = _page(data, rng), _page(data, rng)
    data[one], data[other] = data[other], data[one]


def repeat_page(data: bytearray, rng: np.random.Generator) -> None:
    """Put a copy of a page in the place of another."""
    data[_page(data, rng)] = data[_page(data, rng)]


def _page(data: bytearray, rng: np.random.Generator) -> slice:
    first = 4096 * int(rng.integers(len(data) // 4096))
    return slice(first, first + 4096)


STATEMENTS = (
    "UPDATE run SET metrics = replace(metrics, '0.', '0.9') WHERE seed = {seed}",
    "UPDATE run SET predictions = (SELECT predictions FROM run WHERE seed = {other}) "
    "WHERE seed = {seed}",
    "UPDATE run SET confusion = NULL WHERE seed = {seed}",
    "UPDATE run SET weights_digest = 'x' WHERE seed = {seed}",
    "UPDATE run SET seconds = seconds + 1, started = '2020' WHERE seed = {seed}",
    "UPDATE run SET sources = '{{}}', session = NULL WHERE seed = {seed}",
    "UPDATE run SET status = 'failed', reason = 'raised', error = '', traceback = '' "
    "WHERE seed = {seed}",
    "UPDATE run SET digest = NULL",
    "UPDATE run SET seed = seed + 100",
    "DELETE FROM run WHERE seed = {seed}",
    "INSERT INTO run (seed, status, started, seconds, metrics) "
    "VALUES (99, 'finished', '', 1, '{{\"accuracy\": 1.0}}')",
    "UPDATE test_set SET labels = (SELECT predictions FROM run WHERE seed = {seed})",
    'UPDATE test_set SET classes = \'["lower", "upper"]\'',
    "UPDATE test_set SET train_size = 7",
    "UPDATE test_set SET examples = NULL",
    "DELETE FROM test_set",
    "UPDATE sweep SET value = '\"loss\"' WHERE key = 'metric'",
    "UPDATE sweep SET value = '{{\"accuracy\": false}}' WHERE key = 'higher_is_better'",
    "UPDATE sweep SET value = '\"imported\"' WHERE key = 'origin'",
    "UPDATE sweep SET value = replace(value, '16', '17') WHERE key = 'configuration'",
    "DELETE FROM sweep WHERE key = 'configuration'",
    "INSERT INTO sweep VALUES ('new', '1')",
    "UPDATE sweep SET value = 'null'",
    "UPDATE session SET environment = '{{}}'",
    "DELETE FROM session",
    "UPDATE model SET data = zeroblob(10)",
    "DELETE FROM model",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 2",
    "DROP TABLE model",
    "DROP VIEW metric",
    "CREATE TABLE more (x)",
    "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
)


def edit(path: Path, rng: np.random.Generator) -> str:
    """Change the file with SQL, as a careless user may."""
    seed, other = rng.choice(12, 2, replace=False)
    statement = STATEMENTS[int(rng.integers(len(STATEMENTS)))].format(seed=seed, other=other)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
    return statement


BYTES: tuple[tuple[Callable[[bytearray, np.random.Generator], None], float], ...] = (
    (flip, 0.45), (overwrite, 0.1), (truncate, 0.1), (zero_page, 0.05), (swap_pages, 0.05),
    (repeat_page, 0.05),
)  # fmt: skip
"""How often each; the rest are edits with SQL."""


def corrupt(path: Path, rng: np.random.Generator) -> str:
    """Corrupt a file at random, and say how."""
    draw = rng.random()
    for change, share in BYTES:
        if draw < share:
            data = bytearray(path.read_bytes())
            change(data, rng)
            path.write_bytes(data)
            return change.__name__
        draw -= share
    return f"sql: {edit(path, rng)}"


def prepare(folder: Path) -> None:
    """Train the two sweeps that are read."""
    import variance as va

    how = {"backend": "inline", "quiet": True, "store": folder, "vary": "training", "epochs": 3}
    va.sweep("moons", 12, name="a", keep_weights=True, **how)
    va.sweep("moons", 12, name="b", hidden=4, **how)


def say(*arguments: str) -> tuple[int, str, str]:
    """Run a command line in this process; return status, output and errors."""
    from variance.cli import main

    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["variance", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def answers(names: tuple[str, ...]) -> dict[str, tuple[int, str, str]]:
    """Return what each command says of the sweeps in the working directory."""
    found = {}
    for name in names:
        signal.alarm(PATIENCE)
        try:
            status, out, err = say(*COMMANDS[name])
        except TimeoutError:
            status, out, err = -1, "", "hang"
        signal.alarm(0)
        if name == "report" and status == 0:
            out = Path("page.html").read_text()
        found[name] = status, out, err
    return found


def judge(name: str, said: tuple[int, str, str], expected: tuple[int, str, str]) -> str:
    """Return which of `OUTCOMES` it is."""
    status, out, err = said
    if status == -1:
        return "HANG"
    if "internal error" in err or "Traceback" in err:
        return "INTERNAL ERROR"
    if (status, out) == tuple(expected[:2]):
        return "same"
    if name == "list" and any(line.split()[:2] == ["a", "?"] for line in out.splitlines()):
        return "named damage"
    if name == "verify" and status == 7:
        return "named damage"
    return "clear error" if status == 2 and "error: " in err else "SILENTLY DIFFERENT"


@dataclass
class Tally:
    """What came of all corruptions."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    memory: int = 0

    def take(
        self,
        how: str,
        said: dict[str, tuple[int, str, str]],
        expected: dict[str, tuple[int, str, str]],
    ) -> None:
        """Count what the commands said of one corruption."""
        for name, one in said.items():
            outcome = judge(name, one, expected[name])
            self.outcomes.setdefault(name, Counter())[outcome] += 1
            if outcome.isupper():
                self.wrong.append(f"{outcome}: {name} after {how}: {one[2].strip()[-300:]}")

    def __str__(self) -> str:
        head = " ".join(f"{outcome:>18}" for outcome in OUTCOMES)
        lines = [f"{'command':8} {head}"]
        for name, counts in self.outcomes.items():
            cells = " ".join(f"{counts[outcome]:18}" for outcome in OUTCOMES)
            lines.append(f"{name:8} {cells}")
        lines.append(f"peak memory of a process: {self.memory / 1024:.0f} MB")
        return "\n".join([*lines, *self.wrong[:40]])


def isolated(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what a function gives in a process of its own, and that one's peak memory in kB."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        os.close(receive)
        with os.fdopen(send, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        text = pipe.read()
    _, _, usage = os.wait4(child, 0)
    return json.loads(text) if text else None, usage.ru_maxrss


def run(count: int, seed: int, commands: Sequence[str], folder: Path) -> Tally:
    """Corrupt the sweep so many times.

    Parameters
    ----------
    count : int
        How many corruptions.
    seed : int
        Of their randomness.
    commands : sequence of str
        Of `COMMANDS`.
    folder : Path
        An empty folder to work in.
    """
    prepare(folder / "intact")
    os.environ["VARIANCE_HOME"] = str(folder / "sweeps")
    os.chdir(folder)

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    every = tuple(commands)
    quick = tuple(name for name in every if name != "report")
    shutil.copytree(folder / "intact", folder / "sweeps")
    expected = answers(every)  # in this process, so that the others need not import anything
    failed = {name: said for name, said in expected.items() if said[0] != 0}
    if failed:
        raise SystemExit(f"the intact sweep cannot be read: {failed}")
    tally = Tally()
    rng = np.random.default_rng(seed)
    for number in range(count):
        shutil.rmtree(folder / "sweeps")
        shutil.copytree(folder / "intact", folder / "sweeps")
        how = corrupt(folder / "sweeps" / "a.sqlite", rng)
        names = quick if number % REPORT_EVERY else every
        said, memory = isolated(lambda names=names: answers(names))
        tally.memory = max(tally.memory, memory)
        if said is None:
            tally.wrong.append(f"INTERNAL ERROR: the process died after {how}")
            continue
        tally.take(how, said, expected)
        if (number + 1) % 100 == 0:
            print(f"{number + 1} of {count}\n{tally}", file=sys.stderr, flush=True)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", default=",".join(COMMANDS))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        tally = run(asked.count, asked.seed, asked.commands.split(","), Path(folder))
        os.chdir("/")
    print(tally)
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
