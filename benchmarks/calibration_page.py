"""The calibration page: tables, plots and what to make of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import calibration_plots as plots
from calibration_cells import Bound, Found, Row, error
from calibration_plots import picked

FOLDER = Path(__file__).parent


def write(
    folder: Path, found: Found, promises: Sequence[Bound], factors: Mapping[str, float]
) -> None:
    """Write the page and its plots.

    Parameters
    ----------
    folder : Path
    found : mapping of str to list of dict
        The cells of each study.
    promises : sequence of Bound
    factors : mapping of str to float
        The share of its full trials that each study was given.
    """
    found = marked(found, promises)
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
    (folder / "calibration.md").write_text(filled(template(), found, promises, factors))


def template() -> str:
    """Return the page's text, with a section from each ``calibration_*.md`` of another module."""
    page = FOLDER / "calibration_page.md"
    others = [path for path in sorted(FOLDER.glob("calibration_*.md")) if path != page]
    sections = "\n\n".join(path.read_text().rstrip() for path in others)
    return page.read_text().replace("{{section *}}", sections)


def filled(text: str, found: Found, promises: Sequence[Bound], factors: Mapping[str, float]) -> str:
    """Return the text with its ``{{name}}`` lines replaced by tables."""
    tables = {
        "form": lambda: form(factors),
        "bounds": lambda: bounds(found, promises),
        "missed": lambda: missed(found, promises),
        "classes": lambda: class_rates(found),
        "power_gap": lambda: power_gap(found),
        "best_of": lambda: best_of(found),
        "proportions": lambda: proportions(found),
        "planned": lambda: planned(found),
        "digits": lambda: digits(found),
        "diabetes": lambda: diabetes(found),
    }
    lines = [
        table_line(line, found) if line.startswith("{{table ") else line
        for line in text.splitlines()
    ]
    text = "\n".join(lines)
    for name, make in tables.items():
        if "{{" + name + "}}" in text:
            text = text.replace("{{" + name + "}}", make())
    return text + "\n"


def form(factors: Mapping[str, float]) -> str:
    """Return which share of its trials each study was given."""
    shares: dict[float, list[str]] = {}
    for study, factor in factors.items():
        shares.setdefault(factor, []).append(f"`{study}`")
    if list(shares) == [1.0]:
        return "all trials of every study"
    return "; ".join(
        f"{'all' if share == 1 else f'{share:g} of the'} trials of {', '.join(studies)}"
        for share, studies in sorted(shares.items(), reverse=True)
    )


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


def marked(found: Found, promises: Sequence[Bound]) -> Found:
    """Return the rows, those outside a bound marked so."""
    outside = {id(r) for bound in promises for r in bound.rows(found) if bound.excess(r) > 0}
    return {
        study: [{**r, "outside": True} if id(r) in outside else r for r in rows]
        for study, rows in found.items()
    }


def bounds(found: Found, promises: Sequence[Bound]) -> str:
    """Return the table of the promises: the worst cell of each, and whether all keep it."""
    lines = [_line(["bound", "of", "cells", "worst", "measured", "trials", "kept"])]
    lines.append(_line(["---", "---", "--:", "---", "--:", "--:", "---"]))
    for bound in promises:
        rows = bound.rows(found)
        if not rows:
            continue
        worst = max(rows, key=bound.excess)
        lines.append(_line([
            bound.text, bound.what, str(len(rows)), where(worst), measured(worst),
            f"{worst['trials']:,}" if worst["trials"] else "exact", kept(bound, rows),
        ]))  # fmt: skip
    return "\n".join(lines)


def measured(row: Row) -> str:
    return f"{row['rate']:.4f}" + (f" ± {error(row):.4f}" if row["trials"] else "")


def kept(bound: Bound, rows: Sequence[Row]) -> str:
    """Return whether all cells lie within; each that does not is a miss, however near."""
    over, near = [r for r in rows if bound.excess(r) > 0], [r for r in rows if not bound.settled(r)]
    if over:
        return f"**no**: {len(over)} cell{'s' * (len(over) > 1)}"
    return f"yes; {len(near)} near it" if near else "yes"


def where(row: Row) -> str:
    skip = ("rate", "trials", "procedure", "lowest", "effect", "planned", "outside")
    parts = [f"{k} = {v}" if k in ("n", "T") else str(v) for k, v in row.items() if k not in skip]
    return f"{row['procedure']}: {', '.join(parts)}"


def missed(found: Found, promises: Sequence[Bound]) -> str:
    """List the cells outside their bound, a line for each procedure."""
    lines: dict[str, list[str]] = {}
    for bound in promises:
        for r in bound.rows(found):
            if bound.excess(r) > 0:
                key = f"- {bound.what} ({bound.text}), *{r['procedure']}*"
                lines.setdefault(key, []).append(f"{where(r).partition(': ')[2]}: {measured(r)}")
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
