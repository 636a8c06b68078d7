"""The calibration page: tables, plots and what to make of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import calibration_plots as plots
from calibration_plots import picked
from calibration_scores import Row

FORMS = {1.0: "full", 0.05: "quick"}
Found = dict[str, list[Row]]


@dataclass(frozen=True)
class Bound:
    """A promise, and the cells that it is about."""

    text: str
    what: str
    study: str
    keep: Callable[[Row], bool]
    low: float = 0.0
    high: float = 1.0

    def rows(self, found: Found) -> list[Row]:
        """Return the cells that the promise is about."""
        return [r for r in found.get(self.study, []) if "rate" in r and self.keep(r)]

    def excess(self, row: Row) -> float:
        """Return how far a cell lies outside; negative inside."""
        return max(row["rate"] - self.high, self.low - row["rate"])


def unimodal(row: Row) -> bool:
    return row.get("shape") != "bimodal"


def named(*names: str) -> Callable[[Row], bool]:
    return lambda row: row["procedure"] in names


def shaped(*names: str, least: int = 3) -> Callable[[Row], bool]:
    return lambda r: r["procedure"] in names and r["n"] >= least and unimodal(r)


def regular(row: Row) -> bool:
    tests = ("paired t", "Welch t")
    return row["procedure"] in tests and row["n"] >= 10 and row["shape"] in ("normal", "tied")


NEW_DATA = ("new data, paired", "new data, unpaired")
ON_TEST_SET = ("this test set, paired", "this test set, unpaired")
INTERVALS = ("mean, t", "SD, χ²", "SD, Bonett", "one new run")
BOUNDS = [
    Bound("≤ 0.06", "type-I error, paired t", "type_one", shaped("paired t"), high=0.06),
    Bound("≤ 0.06", "type-I error, Welch t", "type_one", shaped("Welch t"), high=0.06),
    Bound("0.04 to 0.06", "the same, normal and tied, n ≥ 10", "type_one", regular, 0.04, 0.06),
    Bound("≤ 0.06", "type-I error, superiority", "type_one",
          shaped("superiority", "superiority, paired"), high=0.06),
    Bound("≤ 0.06", "type-I error, Brown-Forsythe", "spread_test",
          shaped("Brown-Forsythe"), high=0.06),
    Bound("≤ 0.06", "type-I error on new data", "crossed_null", named(*NEW_DATA), high=0.06),
    Bound("≤ 0.06", "type-I error on this test set, from predictions", "crossed_null",
          lambda r: r["setting"] == "seeds" and r["procedure"] in ON_TEST_SET, high=0.06),
    Bound("≤ 0.06", "type-I error with clusters", "clusters",
          named("clusters drawn whole"), high=0.06),
    Bound("≤ 0.06", "type-I error, redrawn splits, paired", "redrawn",
          named("corrected resampled t"), high=0.06),
    Bound("≤ 0.06", "type-I error, redrawn splits, unpaired", "redrawn",
          named("corrected Welch t"), high=0.06),
    Bound("≤ 0.06", "false equivalence", "equivalence",
          shaped("TOST, paired t", "TOST, Welch t"), high=0.06),
    Bound("≤ 0.06", "`compare` on scores", "whole_comparison",
          named("compare, same seeds", "compare, other seeds"), high=0.06),
    Bound("0", "verdict, p and interval disagree", "whole_comparison",
          named("verdict, p and interval disagree"), high=0.0),
    Bound("≤ 0.06", "`compare` on predictions", "whole_comparison_of_predictions",
          lambda r: not r["procedure"].startswith(("any class", "`compare`")), high=0.06),
    Bound("0", "`compare` says otherwise", "whole_comparison_of_predictions",
          lambda r: r["procedure"].startswith("`compare`"), high=0.0),
    Bound("≤ 0.055", "family-wise error, classes and candidates", "families",
          lambda r: r["procedure"].endswith("Holm"), high=0.055),
    Bound("≤ 0.055", "family-wise error, classes, by `compare`", "whole_comparison_of_predictions",
          lambda r: r["procedure"].startswith("any class"), high=0.055),
    Bound("≤ 0.06", "`luck` finds a score of the same model too good", "lucky",
          shaped("one training", "best of 5"), high=0.06),
    Bound("≤ 0.06", "`--method` procedures", "by_request", unimodal, high=0.06),
    Bound("≤ 0.06", "failures, Boschloo and Fisher (exact)", "failed_runs",
          lambda _: True, high=0.06),
    Bound("≤ 0.06", "real A/A splits of digits", "real_digits",
          lambda r: r["procedure"] not in ("pooled", "McNemar on one pair"), high=0.06),
    *(Bound("≥ 0.94, n ≥ 10", f"coverage: {name}", "coverage", shaped(name, least=10), low=0.94)
      for name in INTERVALS),
    Bound("≥ 0.94, n ≥ 10", "coverage: superiority", "superiority",
          lambda r: r["n"] >= 10, low=0.94),
    Bound("≥ 0.94, n ≥ 10", "coverage: difference on new data", "crossed_coverage",
          lambda r: r["n"] >= 10 and "check" not in r["procedure"], low=0.94),
    Bound("≥ 0.94, n ≥ 10", "coverage: genuine spread", "genuine_spread",
          lambda r: r["n"] >= 10, low=0.94),
    Bound("≥ 0.94, n ≥ 10", "coverage: mean over redrawn splits", "redrawn",
          lambda r: "misses" in r["procedure"] and r["n"] >= 10, high=0.06),
    Bound("≥ 0.94, on average", "coverage: Wilson (exact)", "proportions",
          lambda _: True, low=0.94),
]  # fmt: skip


def error(row: Row) -> float:
    """Return the Monte-Carlo standard error of a rate; 0 where it is exact."""
    if not row["trials"]:
        return 0.0
    p = min(max(row["rate"], 1 / row["trials"]), 1 - 1 / row["trials"])
    return math.sqrt(p * (1 - p) / row["trials"])


def write(folder: Path, found: Found, factor: float) -> None:
    """Write the page and its plots."""
    found = marked(found)
    pictures = folder / "calibration"
    drawings = {
        "type_one": plots.type_one, "coverage": plots.coverage, "crossed_null": plots.new_data,
        "redrawn": plots.redrawn, "textbook_power": plots.power,
    }  # fmt: skip
    for study, draw in drawings.items():
        if study in found:
            draw(found[study], pictures / f"{study.replace('_', '-')}.svg")
    for row in picked(found.get("real_digits", []), procedure="p-values"):
        plots.real(row, pictures / "real-digits.svg")
    template = (Path(__file__).parent / "calibration_page.md").read_text()
    (folder / "calibration.md").write_text(filled(template, found, factor))


def filled(template: str, found: Found, factor: float) -> str:
    """Return the template with its ``{{name}}`` lines replaced by tables."""
    tables = {
        "form": lambda: FORMS.get(factor, f"{factor:g} of the full form's trials"),
        "bounds": lambda: bounds(found),
        "missed": lambda: missed(found),
        "classes": lambda: class_rates(found),
        "power_gap": lambda: power_gap(found),
        "best_of": lambda: best_of(found),
        "proportions": lambda: proportions(found),
        "planned": lambda: planned(found),
        "digits": lambda: digits(found),
        "diabetes": lambda: diabetes(found),
    }
    lines = []
    for line in template.splitlines():
        if line.startswith("{{table "):
            lines.append(table_line(line, found))
            continue
        text = line
        for name, make in tables.items():
            if "{{" + name + "}}" in text:
                text = text.replace("{{" + name + "}}", make())
        lines.append(text)
    return "\n".join(lines) + "\n"


NOT_RUN = "*Not in this run.*"


def table_line(line: str, found: Found) -> str:
    """Fill in ``{{table study | rows, … | columns | procedure; …}}``."""
    study, index, column, *only = (p.strip() for p in line[len("{{table ") : -2].split("|"))
    rows = [r for r in found.get(study, []) if "rate" in r]
    if only:
        wanted = [name.strip() for name in only[0].split(";")]
        rows = [r for name in wanted for r in picked(rows, procedure=name)]
    if not rows:
        return NOT_RUN
    return pivot(rows, [name.strip() for name in index.split(",")], column)


def pivot(rows: list[Row], index: list[str], column: str) -> str:
    """Return a Markdown table of rates; cells outside a bound are bold."""
    heads = list(dict.fromkeys(str(r[column]) for r in rows))
    lines: dict[tuple[str, ...], dict[str, str]] = {}
    for r in rows:
        key = tuple(str(r[name]) for name in index)
        lines.setdefault(key, {})[str(r[column])] = cell(r)
    head = [*index, *(f"{column} = {h}" if column in ("n", "T") else h for h in heads)]
    out = [_line(head), _line(["---"] * len(index) + ["--:"] * len(heads))]
    out += [_line([*key, *(cells.get(h, "") for h in heads)]) for key, cells in lines.items()]
    sizes = sorted({r["trials"] for r in rows if r["trials"]})
    if sizes:
        few, many = sizes[0], sizes[-1]
        trials = " to ".join(dict.fromkeys(f"{t:,}" for t in (few, many)))
        errors = " to ".join(dict.fromkeys(f"{math.sqrt(0.0475 / t):.4f}" for t in (many, few)))
        note = "trials a cell; Monte-Carlo standard error at 0.05 or 0.95"
        out += ["", f"{trials} {note}: {errors}."]
    return "\n".join(out)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell(row: Row) -> str:
    text = f"{row['rate']:.3f}"
    return f"**{text}**" if row.get("outside") else text


def marked(found: Found) -> Found:
    """Return the rows, those outside a bound marked so."""
    outside = {id(r) for bound in BOUNDS for r in bound.rows(found) if bound.excess(r) > 0}
    return {
        study: [{**r, "outside": True} if id(r) in outside else r for r in rows]
        for study, rows in found.items()
    }


def bounds(found: Found) -> str:
    lines = [_line(["bound", "of", "cells", "worst", "measured", "standard error", "met"])]
    lines.append(_line(["---", "---", "--:", "---", "--:", "--:", "---"]))
    for bound in BOUNDS:
        rows = bound.rows(found)
        if not rows:
            continue
        worst = max(rows, key=bound.excess)
        lines.append(_line([
            bound.text, bound.what, str(len(rows)), where(worst), f"{worst['rate']:.4f}",
            f"{error(worst):.4f}" if worst["trials"] else "exact", met(bound, rows),
        ]))  # fmt: skip
    return "\n".join(lines)


def met(bound: Bound, rows: list[Row]) -> str:
    over = [r for r in rows if bound.excess(r) > 0]
    if not over:
        return "yes"
    clear = [r for r in over if bound.excess(r) > 2 * error(r)]
    if clear:
        return f"**no**: {len(clear)} cell{'s' * (len(clear) > 1)}"
    return f"within simulation error ({len(over)} cell{'s' * (len(over) > 1)})"


def where(row: Row) -> str:
    skip = ("rate", "trials", "procedure", "lowest", "effect", "planned", "outside")
    parts = [f"{k} = {v}" if k in ("n", "T") else str(v) for k, v in row.items() if k not in skip]
    return f"{row['procedure']}: {', '.join(parts)}"


def missed(found: Found) -> str:
    """List the cells clearly outside their bound, a line for each procedure."""
    lines: dict[str, list[str]] = {}
    for bound in BOUNDS:
        for r in bound.rows(found):
            if bound.excess(r) > 0 and bound.excess(r) > 2 * error(r):
                key = f"- {bound.what} ({bound.text}), *{r['procedure']}*"
                place = where(r).partition(": ")[2]
                lines.setdefault(key, []).append(f"{place}: {r['rate']:.3f} ± {error(r):.3f}")
    return "\n".join(f"{key}: {'; '.join(cells)}." for key, cells in lines.items()) or "None."


def class_rates(found: Found) -> str:
    rows = found.get("whole_comparison_of_predictions", [])
    return pivot(rows, ["procedure"], "n") if rows else NOT_RUN


def power_gap(found: Found) -> str:
    rows = found.get("textbook_power", [])
    if not rows:
        return NOT_RUN
    worst = max(rows, key=lambda r: abs(r["rate"] - r["textbook"]))
    return (
        f"The largest gap of {len(rows)} cells is {worst['rate'] - worst['textbook']:+.3f} "
        f"({worst['design']}, n = {worst['n']}, textbook {worst['textbook']}; "
        f"standard error {error(worst):.3f})."
    )


def _table(heads: list[str], lines: Iterator[list[str]]) -> str:
    body = [_line(line) for line in lines]
    return "\n".join([_line(heads), _line(["--:"] * len(heads)), *body]) if body else NOT_RUN


def best_of(found: Found) -> str:
    rows = found.get("best_of", [])
    return _table(
        ["k", "n", "mean of the estimates", "truth", "standard error"],
        ([str(r["k"]), str(r["n"]), f"{r['measured']:.4f}", f"{r['truth']:.4f}",
          f"{r['error']:.4f}"] for r in rows),
    )  # fmt: skip


def proportions(found: Found) -> str:
    rows = found.get("proportions", [])
    return _table(
        ["n", "mean coverage", "lowest over p"],
        ([str(r["n"]), f"{r['rate']:.3f}", f"{r['lowest']:.3f}"] for r in rows),
    )


def planned(found: Found) -> str:
    rows = found.get("planned_power", [])
    return _table(
        ["n", "T", "planned", "simulated", "standard error"],
        ([str(r["n"]), f"{r['T']:,}", f"{r['planned']:.3f}", f"{r['rate']:.3f}",
          f"{error(r):.3f}"] for r in rows),
    )  # fmt: skip


def digits(found: Found) -> str:
    for r in picked(found.get("real_digits", []), procedure="p-values"):
        return (
            f"{r['runs']} runs of `digits` on {r['examples']} test examples: accuracy "
            f"{r['mean']:.2%} ± {r['sd']:.2%} (SD over runs)."
        )
    return NOT_RUN


def diabetes(found: Found) -> str:
    for r in picked(found.get("real_diabetes", []), procedure="compare"):
        return (
            f"{r['runs']:,} runs of `diabetes`, each on its own split (test over training "
            f"examples: {r['share']:.3f}): R² {r['mean']:.3f} ± {r['sd']:.3f} (SD over runs).\n"
            f"Asked about 30 and 30 other seeds `compare` says *{r['disjoint']}*; "
            f"asked about the same 30 seeds twice, *{r['same']}*, for nothing was changed."
        )
    return NOT_RUN
