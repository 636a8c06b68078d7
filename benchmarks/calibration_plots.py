"""The plots of the calibration page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from calibration_cells import SIZES, Row

BLUE, SKY, ORANGE, BROWN, GREY = "#0072B2", "#56B4E9", "#E69F00", "#A6611A", "#777777"
STYLES = {
    "normal": {"color": BLUE, "marker": "o"},
    "skewed": {"color": ORANGE, "marker": "^"},
    "heavy-tailed": {"color": SKY, "marker": "s"},
    "tied": {"color": BROWN, "marker": "D"},
    "bimodal": {"color": GREY, "marker": "X", "linestyle": "--"},
}
BAND = {"color": "#DDDDDD", "zorder": 0, "linewidth": 0}
mpl.rcParams.update({
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "v",
    "svg.fonttype": "none",
    "legend.frameon": False, "lines.markersize": 5, "axes.titlesize": 10, "lines.linewidth": 1.4,
})  # fmt: skip


def save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def picked(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    return [r for r in rows if all(r.get(k) == v for k, v in wanted.items())]


def _by_n(axes: Any, rows: list[Row], sizes: Iterable[int] = SIZES, **style: Any) -> None:
    """Draw rates over n, evenly spaced, with bars of two Monte-Carlo standard errors."""
    sizes = list(sizes)
    found = {r["n"]: r for r in rows}
    there = [n for n in sizes if n in found]
    rates = np.array([found[n]["rate"] for n in there])
    trials = np.array([max(found[n]["trials"], 1) for n in there])
    bars = 2 * np.sqrt(rates * (1 - rates) / trials)
    axes.errorbar([sizes.index(n) for n in there], rates, yerr=bars, elinewidth=0.8, **style)
    axes.set_xticks(range(len(sizes)), [str(n) for n in sizes])


def _panels(count: int, *, height: float = 2.9, sharey: bool = True) -> tuple[Any, Any]:
    width = 2.6 * count + 1.6
    return plt.subplots(
        1, count, figsize=(width, height), sharey=sharey, layout="constrained", squeeze=False
    )


def type_one(rows: list[Row], path: Path) -> None:
    figure, axes = _panels(2)
    for ax, name in zip(axes[0], ("paired t", "Welch t"), strict=True):
        ax.axhspan(0.04, 0.06, **BAND)
        for shape, style in STYLES.items():
            _by_n(ax, picked(rows, procedure=name, shape=shape), label=shape, **style)
        ax.set(title=name, xlabel="runs a side", ylim=(0, 0.08))
    axes[0][0].set_ylabel("type-I error at α = 0.05")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center")
    save(figure, path)


def coverage(rows: list[Row], path: Path) -> None:
    names = ("mean, t", "SD, χ²", "SD, Bonett", "one new run")
    figure, axes = _panels(4)
    for ax, name in zip(axes[0], names, strict=True):
        ax.axhspan(0.94, 1.0, **BAND)
        for shape, style in STYLES.items():
            _by_n(ax, picked(rows, procedure=name, shape=shape), label=shape, **style)
        ax.set(title=name, xlabel="runs", ylim=(0.2, 1.0))
    axes[0][0].set_ylabel("coverage of the 95 % interval")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center")
    save(figure, path)


def new_data(rows: list[Row], path: Path) -> None:
    figure, axes = _panels(3)
    titles = {
        "seeds": "spread mostly from seeds", "both": "from both",
        "examples": "mostly from examples",
    }  # fmt: skip
    styles = {
        "new data, paired": {"color": BLUE, "marker": "o", "label": "crossed, paired"},
        "new data, unpaired": {"color": SKY, "marker": "s", "label": "crossed, unpaired"},
        "this test set, unpaired": {"color": ORANGE, "marker": "^", "label": "t over seeds"},
        "pooled": {"color": GREY, "marker": "X", "linestyle": "--", "label": "pooled"},
    }
    for ax, (setting, title) in zip(axes[0], titles.items(), strict=True):
        ax.axhspan(0.04, 0.06, **BAND)
        for name, style in styles.items():
            _by_n(ax, picked(rows, procedure=name, setting=setting, T=1_000), **style)
        ax.set(title=title, xlabel="runs a side", ylim=(0, 1))
    axes[0][0].set_ylabel("false claims about new data")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center")
    save(figure, path)


def redrawn(rows: list[Row], path: Path) -> None:
    figure, axes = _panels(2)
    styles = {
        "corrected resampled t": {"color": BLUE, "marker": "o", "label": "corrected, paired"},
        "corrected Welch t": {"color": SKY, "marker": "s", "label": "corrected, unpaired"},
        "plain paired t": {"color": ORANGE, "marker": "^", "label": "plain paired t"},
        "plain Welch t": {
            "color": GREY, "marker": "X", "linestyle": "--", "label": "plain Welch t",
        },
    }  # fmt: skip
    for ax, source in zip(axes[0], ("synthetic", "patients"), strict=True):
        ax.axhspan(0.04, 0.06, **BAND)
        for name, style in styles.items():
            _by_n(ax, picked(rows, procedure=name, source=source), (3, 5, 10, 30, 100), **style)
        ax.set(title=source, xlabel="redrawn splits", ylim=(0, 1))
    axes[0][0].set_ylabel("type-I error at α = 0.05")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center")
    save(figure, path)


def power(rows: list[Row], path: Path) -> None:
    figure, axes = _panels(2)
    styles = {3: (ORANGE, "^"), 5: (BROWN, "D"), 10: (SKY, "s"), 30: (BLUE, "o")}
    for ax, design in zip(axes[0], ("paired", "two-sample"), strict=True):
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, zorder=0)
        for n, (color, marker) in styles.items():
            found = picked(rows, design=design, n=n)
            ax.plot(
                [r["textbook"] for r in found], [r["rate"] for r in found], label=f"n = {n}",
                color=color, marker=marker, linestyle="", fillstyle="none", markeredgewidth=1.4,
            )  # fmt: skip
        ax.set(title=f"{design} t", xlabel="power by the noncentral t", xlim=(0, 1), ylim=(0, 1))
        ax.set_aspect("equal")
    axes[0][0].set_ylabel("simulated power")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center")
    save(figure, path)


def real(row: Row, path: Path) -> None:
    figure, axes = _panels(2, sharey=False)
    quantiles = np.array(row["quantiles"])
    shares = np.linspace(0, 1, len(quantiles))
    left, right = axes[0]
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    left.plot(shares, quantiles, color=BLUE)
    left.set(title="p-values against uniform", xlabel="uniform", ylabel="p of the A/A splits")
    left.set_aspect("equal")
    # Each tenth of the range holds a tenth of the p-values where the test is exact.
    counts = np.diff(np.interp(np.linspace(0, 1, 11), quantiles, shares, left=0, right=1))
    right.bar(np.arange(0.05, 1, 0.1), counts, width=0.09, color=BLUE)
    right.axhline(0.1, color=ORANGE, linewidth=1.4)
    right.set(title="share in each tenth", xlabel="p", ylim=(0, 0.16))
    save(figure, path)
