"""Writes docs/calibration.md: how often the verdicts err, by simulation and on real runs.

    python benchmarks/calibration.py            # some four hours on one core
    python benchmarks/calibration.py --quick    # some minutes, rougher numbers

The numbers go to ``calibration/numbers.json`` beside the page, one study at a time, each with the
share of its full trials; run again, it goes on where it was stopped.  ``--fresh`` starts anew,
``--only STUDY`` repeats some, also with another share, which the page then says.
Everything is seeded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import calibration_page
import calibration_real
from calibration_cells import Bound, Budget, Study

FOLDER = Path(__file__).resolve().parent
DOCS = FOLDER.parent / "docs"
QUICK = 0.05


def main() -> None:
    options = arguments()
    folder = options.output / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = Numbers(folder / "numbers.json", options.factor, fresh=options.fresh)
    studies, promises = gathered()
    if not options.no_sweeps:
        studies |= calibration_real.real_studies(options.store)
    unknown = set(options.only) - set(studies)
    if unknown:
        sys.exit(f"unknown study: {', '.join(sorted(unknown))}; known: {', '.join(studies)}")
    for name, study in studies.items():
        if name in options.only or (
            not options.only and numbers.factors.get(name) != options.factor
        ):
            begin = time.perf_counter()
            budget = Budget(options.factor, [b for b in promises if b.study == name])
            numbers.keep(name, list(study(budget)))
            print(f"{name:24} {time.perf_counter() - begin:6.1f} s", file=sys.stderr, flush=True)
    calibration_page.write(options.output, numbers.rows, promises, numbers.factors)
    print(options.output / "calibration.md")


def gathered() -> tuple[dict[str, Study], list[Bound]]:
    """Return the studies and the promises of all modules beside this one that have any."""
    names = sorted(path.stem for path in FOLDER.glob("calibration_*.py"))
    modules = [module for name in names if hasattr(module := import_module(name), "STUDIES")]
    studies = {name: study for module in modules for name, study in module.STUDIES.items()}
    return studies, [bound for module in modules for bound in module.BOUNDS]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--full", dest="factor", action="store_const", const=1.0, default=1.0)
    form.add_argument("--quick", dest="factor", action="store_const", const=QUICK)
    form.add_argument("--factor", type=float, help="trials as a share of the full form's")
    parser.add_argument("--output", type=Path, default=DOCS, help="folder of the page")
    parser.add_argument("--store", help="folder of the sweeps; by default that of variance")
    parser.add_argument("--no-sweeps", action="store_true", help="leave real runs out")
    parser.add_argument("--fresh", action="store_true", help="forget earlier numbers")
    parser.add_argument("--only", nargs="*", default=[], metavar="STUDY", help="repeat these")
    return parser.parse_args()


class Numbers:
    """The rows of each finished study and its share of the full trials, kept in a file."""

    def __init__(self, path: Path, factor: float, *, fresh: bool) -> None:
        self.path, self.factor = path, factor
        kept = {} if fresh or not path.exists() else json.loads(path.read_text())
        self.factors: dict[str, float] = kept.get("factors", {})
        self.rows: dict[str, list[dict[str, Any]]] = kept.get("studies", {}) if self.factors else {}

    def keep(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Keep the rows of a study, one a line."""
        self.rows[name], self.factors[name] = rows, self.factor
        lines = ",\n".join(
            f'"{study}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in found)
            + "\n]"
            for study, found in self.rows.items()
        )  # fmt: skip
        factors = json.dumps(self.factors)
        self.path.write_text(f'{{"factors": {factors},\n"studies": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
