"""The script behind docs/calibration.md, in a tiny form without training."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(folder, *options):
    script = ROOT / "benchmarks" / "calibration.py"
    command = [sys.executable, script, "--output", folder, "--no-sweeps", *options]
    return subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    studies = ["type_one", "redrawn", "proportions"]
    run(folder, "--factor", "0.001", "--only", *studies)
    return folder


def test_the_page_has_bounds_and_tables(written):
    page = (written / "calibration.md").read_text()
    assert "| ≤ 0.06 | type-I error, paired t | 16 |" in page
    assert "| paired t | normal |" in page
    assert "{{" not in page


def test_the_worst_cell_is_the_one_nearest_its_bound(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    cells = import_module("calibration_cells")
    bound = cells.Bound("≤ 0.06", "error", "study", lambda _: True, high=0.06)
    rows = [{"rate": rate, "trials": 10_000} for rate in (0.001, 0.055, 0.02)]

    assert max(rows, key=bound.excess)["rate"] == 0.055
    assert [bound.settled(row) for row in rows] == [True, False, True]


def test_what_was_not_run_is_said(written):
    assert "*Not in this run.*" in (written / "calibration.md").read_text()


def test_what_was_tried_less_often_is_said(written):
    page = (written / "calibration.md").read_text()
    assert "Shown here: 0.001 of the trials of `redrawn`, `type_one`, `proportions`." in page


def test_plots_are_drawn(written):
    drawn = sorted(p.name for p in (written / "calibration").glob("*.svg"))
    assert drawn == ["redrawn.svg", "type-one.svg"]


def test_finished_studies_are_kept(written):
    before = (written / "calibration" / "numbers.json").read_bytes()
    run(written, "--factor", "0.001", "--only", "type_one")
    assert (written / "calibration" / "numbers.json").read_bytes() == before
