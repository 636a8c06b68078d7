"""Sections about every sweep by itself: its runs, their spread, the best of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from variance import plots
from variance.analysis.summary_results import Summary
from variance.errors import Refusal
from variance.plots.regression import evenly, gathered
from variance.plots.shape import MANY
from variance.records import Runs
from variance.reporting.document import Table, Text, rows
from variance.reporting.luck_text import luck_document
from variance.reporting.page.material import Material
from variance.reporting.page.parts import Aside, Beside, Block, figure
from variance.reporting.summary_text import overall, spread_rows, summary_sentence
from variance.reporting.view import remarks
from variance.wording.quantities import NOTHING, Unit, mean_and_sd

MOST_DISTRIBUTIONS = 4


def every_run(m: Material) -> Iterator[Block]:
    """Yield every run as a dot, and what they come to."""
    first = m.subjects[0].summary
    same = [s for s in m.subjects if s.summary.metric == first.metric]
    names = ", ".join(s.name for s in same)
    yield figure(
        lambda: plots.plot_runs(*(s.runs for s in same), metric=first.metric, alpha=first.alpha),
        "runs",
        f"Every run of {names}",
        f"The {first.metric} of each run, one column a sweep, with the mean and its interval. The "
        "scores are in the table below.",
        tuple(_scores([s.runs for s in same], [s.summary for s in same])),
    )
    for s in m.subjects:
        if m.pairs:
            yield Aside(f"{s.name} in numbers", (Text(summary_sentence(s.summary)),
                                                 *overall(s.summary)))  # fmt: skip
        else:  # its alerts stand at the head of the page
            yield from (b for b in overall(s.summary) if isinstance(b, Table) or b.kind != "alert")


def _scores(runs: Sequence[Runs], summaries: Sequence[Summary]) -> Iterator[Block]:
    """Yield the score of every run; of very many, their extremes and middle."""
    first = summaries[0]
    unit = Unit.of(first.metric, [v for s in summaries for v in s.range or ()])
    if any(len(s.scores) > MANY for s in summaries):
        yield Table(
            f"{first.metric} over the runs",
            rows(
                (
                    s.name, f"{s.runs:,}", unit.value(s.mean, unit.digits(s.sd)),
                    *(unit.value(v, unit.digits(s.sd)) for v in _middle(s)),
                )
                for s in summaries
            ),
            ("sweep", "runs", "mean", "lowest", "median", "highest"),
            titled=True,
        )  # fmt: skip
        yield Text("Every single run: variance export", "legend")
        return
    if not any(s.scores for s in summaries):
        return
    digits = max(unit.digits(s.sd) for s in summaries)
    number = "seed" if all(one.numbered for one in runs) else "run"
    found = [dict(zip(s.seeds, s.scores, strict=True)) for s in summaries]
    seeds = sorted({seed for scores in found for seed in scores})
    yield Table(
        f"{first.metric} of every run",
        rows((str(n), *(unit.value(scores.get(n), digits) for scores in found)) for n in seeds),
        (number, *(s.name for s in summaries)),
        titled=True,
    )


def _middle(s: Summary) -> tuple[float | None, float | None, float | None]:
    low, high = s.range or (None, None)
    return low, s.median, high


def distributions(m: Material) -> Iterator[Block]:
    """Yield how scores and coefficients of a regression vary, and predicted against true."""
    sweeps = [one for one in m.runs if one.kind == "regression" and len(one)]
    if not sweeps:
        return
    first = sweeps[0]
    wanted = dict.fromkeys((*(n for n in ("r2",) if n in first.scores), *plots.coefficients(first)))
    shown = list(wanted)[:MOST_DISTRIBUTIONS]
    yield Beside(tuple(_distribution(sweeps, name) for name in shown))
    for i, one in enumerate(sweeps):
        yield _predictions(one, i)


def _distribution(sweeps: Sequence[Runs], name: str) -> Block:
    there = [one for one in sweeps if name in one.scores]
    return figure(
        lambda: plots.plot_distribution(*there, metric=name),
        f"distribution-{name}",
        f"Distribution of {name} over runs",
        "A histogram of the runs of each sweep, with mean and SD; the title names them.",
        (
            Table(
                f"{name} over the runs",
                rows((one.name, *_numbers(name, one.scores[name])) for one in there),
                ("sweep", "mean", "lowest", "highest"),
                titled=True,
            ),
        ),
    )


def _numbers(name: str, values: NDArray[np.float64]) -> tuple[str, ...]:
    """Return mean with SD, lowest and highest as texts."""
    there = values[np.isfinite(values)]
    if not len(there):
        return (NOTHING,) * 3
    unit = Unit.of(name, there.tolist())
    digits = unit.digits(float(there.std(ddof=1)) if len(there) > 1 else None)
    ends = (unit.value(float(v), digits) for v in (there.min(), there.max()))
    return (mean_and_sd(name, there), *ends)


def _predictions(runs: Runs, i: int) -> Block:
    return figure(
        lambda: plots.plot_predictions(runs),
        f"predictions-{i}",
        f"Predicted against true values of {runs.name}",
        "Each example at its true value and the mean of its predictions, with their SD over runs. "
        "The numbers are in the table below.",
        () if runs.predictions is None or not runs.predictions.size else (_predicted(runs),),
    )


def _predicted(runs: Runs) -> Table:
    found = gathered(runs)
    digits = Unit(False).digits(float(np.ptp(found.true)) / 20 or None)
    return Table(
        f"Predictions of {runs.name}, the examples drawn",
        rows(
            (
                f"{found.example[t]:.0f}", f"{found.true[t]:.{digits}f}",
                f"{found.mean[t]:.{digits}f}",
                f"{found.sd[t]:.{digits}f}" if found.runs[t] > 1 else NOTHING,
                f"{found.runs[t]:,.0f}",
            )
            for t in evenly(found)
        ),
        ("example", "true", "mean predicted", "SD over runs", "runs"),
        titled=True,
    )  # fmt: skip


def spread(m: Material) -> Iterator[Block]:
    """Yield what the spread between runs is made of."""
    there = [s for s in m.summaries if s.metric == m.summaries[0].metric]
    if not any(s.sd is not None for s in there):
        reasons = [reason for s in there for reason in s.unavailable.values()]
        raise Refusal(reasons[0] if reasons else "a spread needs two runs")
    yield figure(
        lambda: plots.plot_spread(*there),
        "spread",
        "Where the spread between runs comes from",
        "The SD over runs of each sweep, the part that a finite test set gives by itself and the "
        "genuine part. The numbers are in the table below.",
        tuple(_spread_tables(there)),
    )
    for pair in m.pairs:
        if pair.comparison is not None:
            yield from (Text(note, "note") for note in remarks(pair.comparison)["spread"])


def _spread_tables(summaries: Sequence[Summary]) -> Iterator[Block]:
    for s in summaries:
        found = rows((name.strip(), value, more) for name, value, more in spread_rows(s))
        if found:
            yield Table(f"Spread of {s.name}", found, ("", "SD", "what it is"), titled=True)


def best_and_luck(m: Material) -> Iterator[Block]:
    """Yield what picking the best run would show, and how far luck reaches."""
    there = [s for s in m.summaries if s.metric == m.summaries[0].metric and s.best_of]
    if not there:
        reasons = [s.unavailable["best_of"] for s in m.summaries if "best_of" in s.unavailable]
        raise Refusal(reasons[0] if reasons else "there are no runs")
    yield figure(
        lambda: plots.plot_best_of(*there),
        "best",
        "What picking the best run would show",
        "The expected best score, rising with the number of trainings of which the best is kept.",
        tuple(_best_table(there)),
    )
    if m.luck is None:
        return
    luck, runs = m.luck, m.subjects[0].runs
    lead, *rest = [block for section in luck_document(luck).sections for block in section]
    yield Text(_question(m))
    if m.pairs and isinstance(lead, Text):
        yield Text(lead.text)
    yield figure(
        lambda: plots.plot_luck(luck, runs),
        "luck",
        f"Single scores among the runs of {runs.name}",
        "The runs of the sweep, and where the scores in question lie among them.",
        tuple(rest),
    )


def _question(m: Material) -> str:
    base = m.subjects[0].name
    if m.pairs:
        return (
            f"What would single runs have told? A typical run of {m.pairs[0].candidate.name} (its "
            f"median, “score”) beside a typical run of {base} (“other score”), among the runs of "
            f"{base}:"
        )
    count = m.subjects[0].summary.runs
    return f"The best of the {count:,} runs among all of them: the mean is the number to quote."


def _best_table(summaries: Sequence[Summary]) -> Iterator[Block]:
    unit = Unit.of(summaries[0].metric, [v for s in summaries for v in s.range or ()])
    counts = sorted({k for s in summaries for k in s.best_of})
    yield Table(
        f"Expected {summaries[0].metric} of the best run",
        rows(
            (f"best of {k}", *(unit.value(s.best_of.get(k), unit.digits(s.sd)) for s in summaries))
            for k in counts
        ),
        ("", *(s.name for s in summaries)),
        titled=True,
    )
