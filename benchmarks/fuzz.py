"""Fuzz the readers of files that come from elsewhere: damaged bytes, and what they make of them.

    python benchmarks/fuzz.py                       # a minute
    python benchmarks/fuzz.py --seconds 600 --seed 7
    python benchmarks/fuzz.py --kinds npz --case 123    # one case again, with its traceback

Each case takes a valid file, changes some of its bytes, and reads it.  It may be read or be
refused by an error of ours; anything else is a fault: another exception or warning, more memory
than a gigabyte, a worker that dies, or 30 seconds without an answer.  A case depends on its kind,
its number and the seed alone, so what is found can be had again.  Exit status 1: a fault was found.
"""

from __future__ import annotations

import argparse
import io
import math
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from variance.errors import VarianceError

MEMORY = 10**9
"""Bytes that reading may take beyond what the worker has."""
LIMIT = "200MB"
"""What the readers are told to take at most."""
PATIENCE = 30.0
"""Seconds without an answer after which a case hangs."""
CASES_A_TURN = 100

SUFFIXES = {
    "csv": ".csv", "tsv": ".tsv", "jsonl": ".jsonl", "parquet": ".parquet", "long": ".csv",
    "confusion": ".csv", "metrics": ".csv", "npz": ".npz", "sweep": ".variance",
    "recipe": ".json", "costs": ".csv",
}  # fmt: skip
"""What is fuzzed, and how its files end."""

TOKENS = (
    b"9223372036854775808", b"-1", b"1e308", b"1e-320", b"nan", b"inf", b"", b"0", b'"', b"\n",
    b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b",", b"{}", b"[]", b"null", b"true", b"1" * 400,
    b"seed", b"metric", b"accuracy", b"99.5", b"=1+1", b"\x1b[2J", b"\xed\xa0\x80",
)  # fmt: skip
WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)


def dice(kind: str, seed: int, case: int) -> random.Random:
    """Return what a case is made with."""
    return random.Random(f"{seed} {kind} {case}")  # noqa: S311 - it keeps no secret


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to eight changes."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(CHANGES)(out, rng)
    return bytes(out)


def _place(out: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(out)) if out else 0


def _flip(out: bytearray, rng: random.Random) -> None:
    if out:
        out[_place(out, rng)] ^= 1 << rng.randrange(8)


def _overwrite(out: bytearray, rng: random.Random) -> None:
    at, word = _place(out, rng), rng.choice(WORDS)
    size = max(1, (word.bit_length() + 7) // 8)
    out[at : at + size] = word.to_bytes(size, rng.choice(("little", "big")))


def _insert(out: bytearray, rng: random.Random) -> None:
    at = _place(out, rng)
    out[at:at] = rng.choice(TOKENS)


def _number(out: bytearray, rng: random.Random) -> None:
    """Put something else in the place of a number in a text."""
    digits = [i for i in range(len(out)) if out[i : i + 1].isdigit()]
    if digits:
        start = end = rng.choice(digits)
        while out[end : end + 1].isdigit():
            end += 1
        out[start:end] = rng.choice(TOKENS)


def _cut(out: bytearray, rng: random.Random) -> None:
    at = _place(out, rng)
    del out[at : at + rng.choice((1, 4, 64, len(out)))]


def _repeat(out: bytearray, rng: random.Random) -> None:
    at = _place(out, rng)
    block = out[at : at + rng.choice((1, 16, 256))]
    out[at:at] = block * rng.choice((1, 2, 50))


def _copy(out: bytearray, rng: random.Random) -> None:
    at, size = _place(out, rng), rng.choice((1, 8, 64))
    start = _place(out, rng)
    out[at : at + size] = out[start : start + size]


CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _overwrite, _insert, _number, _cut, _repeat, _copy,
)  # fmt: skip


def valid(kind: str, path: Path) -> None:
    """Write a valid file of a kind."""
    import pandas as pd

    rng = np.random.default_rng(0)
    seeds, truth = np.arange(4), np.arange(6) % 3
    found = (truth + (rng.random((4, 6)) < 0.2)) % 3
    scores = pd.DataFrame(
        {"seed": seeds, "accuracy": rng.normal(0.9, 0.01, 4), "loss": rng.random(4), "note": "x"}
    )
    grid = [(s, e, f"c{truth[e]}", f"c{found[s, e]}") for s in seeds for e in range(6)]
    cells = [(s, i, j, int(((truth == i) & (found[s] == j)).sum()))
             for s in seeds for i in range(3) for j in range(3)]  # fmt: skip
    if kind in ("csv", "tsv"):
        scores.to_csv(path, index=False, sep="," if kind == "csv" else "\t")
    elif kind == "jsonl":
        scores.to_json(path, orient="records", lines=True)
    elif kind == "parquet":
        scores.to_parquet(path, index=False)
    elif kind == "long":
        columns = ["seed", "example", "label", "prediction"]
        pd.DataFrame(grid, columns=columns).to_csv(path, index=False)
    elif kind == "confusion":
        pd.DataFrame(cells, columns=["run", "true", "predicted", "count"]).to_csv(path, index=False)
    elif kind == "metrics":
        long = scores.drop(columns="note").melt("seed", var_name="metric", value_name="score")
        long.to_csv(path, index=False)
    elif kind == "npz":
        np.savez(path, predictions=found, labels=truth, seeds=seeds, classes=list("abc"))
    elif kind == "costs":
        path.write_text(",a,b,c\na,0,1,2\nb,1,0,5.5\nc,2,1,0\n", encoding="utf-8")
    elif kind == "sweep":
        _write_sweep(path)
    elif kind == "recipe":
        _write_recipe(path)


def _write_sweep(path: Path) -> None:
    from variance.experiments.scoring import confusion_matrix
    from variance.records import Configuration, Failure, Header, Run, TestSet
    from variance.store import SweepWriter

    rng = np.random.default_rng(0)
    truth = (np.arange(60) % 3).astype(np.uint8)
    test = TestSet(truth, ("a", "b", "c"), train_size=100)
    header = Header(
        "toy", configuration=Configuration("toy", {"lr": 0.1}, ("init",)), metric="accuracy",
        fingerprints={"data": "d", "code": "c"},
    )  # fmt: skip
    with SweepWriter.create(path, header) as writer:
        runs = []
        for seed in range(5):
            found = ((truth + (rng.random(60) < 0.2)) % 3).astype(np.uint8)
            scores = {"accuracy": float((found == truth).mean()), "loss": rng.random()}
            table = confusion_matrix(truth, found, 3)
            runs.append(Run(seed, scores, found, test, table, {"init": seed}, 1.0, "", "0" * 64))
        writer.add([*runs, Failure(9, "raised", "ValueError: no", "Traceback")])


def _write_recipe(path: Path) -> None:
    from variance.recipe_file import RecipeFile, to_text
    from variance.records import Configuration, Environment, Header

    header = Header("toy", configuration=Configuration("toy", {"lr": 0.1, "n": 3}, ("init",)))
    recipe = RecipeFile(
        "a", header, "0-29,100", (Environment({"python": "3.11"}, "go"),), {"f": "0"}
    )
    path.write_text(to_text(recipe), encoding="utf-8")


def damaged(kind: str, data: bytes, rng: random.Random) -> bytes:
    """Return a damaged file; of an archive, now and then the array inside, correctly packed."""
    if kind != "npz" or rng.random() < 0.4:
        return mutated(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    members[name] = mutated(members[name][:200], rng) + members[name][200:]
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return out.getvalue()


def read(kind: str, path: Path) -> None:
    """Read a file as the program would; raise ValueError for what must not be read like that."""
    if kind == "sweep":
        from variance.store import SweepReader

        with SweepReader(path) as reader:
            reader.read("fuzzed")
            reader.sessions()
    elif kind == "recipe":
        from variance.recipe_file import from_text

        from_text(path.read_text(encoding="utf-8", errors="replace"), "fuzzed")
    elif kind == "costs":
        from variance.analysis.costs import Costs

        Costs.parse(path.read_text(encoding="utf-8", errors="replace"))
    else:
        _check(path)


def _check(path: Path) -> None:
    from variance import ingest

    known = {"loss": False, "accuracy": True}
    for sweep in ingest.read(str(path), directions=known, limit=LIMIT):
        if len(sweep.runs) < 2:
            raise ValueError(f"a sweep of {len(sweep.runs)} runs was read")
        for run in sweep.runs:
            if not all(map(math.isfinite, run.metrics.values())):
                raise ValueError(f"scores that are no numbers were read: {run.metrics}")
            if not 0 <= run.seed < 2**63:
                raise ValueError(f"the seed {run.seed} was read")


@dataclass
class Faults:
    """What was found of one kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[int, str] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)


def judge(kind: str, path: Path) -> tuple[str, str]:
    """Return what came of reading a file: ``read``, ``refused`` or ``fault``, and its words."""
    try:
        read(kind, path)
    except VarianceError as error:
        if "more memory than there is" in error.message:
            return "fault", error.message
        return "refused", ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        return "fault", f"{type(error).__name__} at {place}: {str(error)[:120]}"
    return "read", ""


def work(pipe: Connection, folder: str, seed: int) -> None:
    """Judge the cases that come through the pipe, under a limit of memory."""
    import pandas as pd  # what reading imports is not its memory

    from variance import ingest
    from variance.store import SweepReader

    del ingest, SweepReader
    valid("parquet", Path(folder) / "warm.parquet")
    pd.read_parquet(Path(folder) / "warm.parquet")
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (taken * resource.getpagesize() + MEMORY,) * 2)
    warnings.simplefilter("error")
    while True:
        kind, first, last = pipe.recv()
        data = (Path(folder) / f"valid-{kind}{SUFFIXES[kind]}").read_bytes()
        for case in range(first, last):
            path = Path(folder) / f"case{SUFFIXES[kind]}"
            path.write_bytes(damaged(kind, data, dice(kind, seed, case)))
            pipe.send((case, *judge(kind, path)))


class Worker:
    """A process that judges cases, replaced when it dies or hangs."""

    def __init__(self, folder: str, seed: int) -> None:
        self._about = (folder, seed)
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, *self._about), daemon=True)
        self._process.start()
        theirs.close()

    def turn(self, kind: str, first: int, last: int, found: Faults) -> None:
        """Judge the cases from first to before last."""
        self._pipe.send((kind, first, last))
        case = first
        while case < last:
            try:
                if not self._pipe.poll(PATIENCE):
                    self._again(found, case, f"no answer within {PATIENCE:.0f} s")
                else:
                    _, outcome, words = self._pipe.recv()
                    found.outcomes[outcome] += 1
                    if outcome == "fault":
                        found.faults[case] = words
                    case += 1
                    continue
            except (EOFError, OSError):
                self._again(found, case, f"the process died ({self._process.exitcode})")
            case += 1
            if case < last:
                self._pipe.send((kind, case, last))

    def _again(self, found: Faults, case: int, words: str) -> None:
        found.outcomes["fault"] += 1
        found.faults[case] = words
        self.end()
        self._start()

    def end(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.join()


def fuzz(kinds: list[str], *, seed: int, seconds: float, cases: int | None) -> Mapping[str, Faults]:
    """Return what was found of each kind.

    Parameters
    ----------
    kinds : list of str
        Of `SUFFIXES`.
    seed : int
    seconds : float
        When to stop, where no number of cases is given.
    cases : int, optional
        Of each kind.
    """
    results = {kind: Faults() for kind in kinds}
    end = time.perf_counter() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            valid(kind, Path(folder) / f"valid-{kind}{SUFFIXES[kind]}")
            read(kind, Path(folder) / f"valid-{kind}{SUFFIXES[kind]}")
        worker, first = Worker(folder, seed), 0
        while first < (cases or sys.maxsize):
            last = min(first + CASES_A_TURN, cases or sys.maxsize)
            for kind in kinds:
                if cases is None and time.perf_counter() > end:
                    worker.end()
                    return results
                worker.turn(kind, first, last, results[kind])
            first = last
        worker.end()
    return results


def report(results: Mapping[str, Faults], seed: int) -> int:
    """Print what was found, and return the number of faults."""
    print(f"{'kind':10} {'cases':>7} {'read':>7} {'refused':>8} {'faults':>7}")
    for kind, found in results.items():
        n = found.outcomes
        print(f"{kind:10} {n.total():7} {n['read']:7} {n['refused']:8} {n['fault']:7}")
    for kind, found in results.items():
        first: dict[str, int] = {}
        for case, words in found.faults.items():
            first.setdefault(words, case)
        for words, case in list(first.items())[:10]:
            print(f"{kind}: {words}\n    again: --kinds {kind} --seed {seed} --case {case}")
    return sum(len(found.faults) for found in results.values())


def again(kind: str, seed: int, case: int) -> None:
    """Read one case, and let its exception through; the file stays behind."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    path = folder / f"case{SUFFIXES[kind]}"
    valid(kind, path)
    data = path.read_bytes()
    path.write_bytes(damaged(kind, data, dice(kind, seed, case)))
    print(path)
    read(kind, path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kinds", default=",".join(SUFFIXES), help="which files, by commas")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cases", type=int, help="of each kind, in place of --seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="read this one alone")
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    unknown = set(kinds) - set(SUFFIXES)
    if unknown:
        parser.error(f"unknown kinds {', '.join(unknown)}; known: {', '.join(SUFFIXES)}")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if options.case is not None:
        again(kinds[0], options.seed, options.case)
        return
    found = fuzz(kinds, seed=options.seed, seconds=options.seconds, cases=options.cases)
    if report(found, options.seed):
        sys.exit(1)


if __name__ == "__main__":
    main()
