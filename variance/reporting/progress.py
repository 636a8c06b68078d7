"""How a sweep is going: a bar on a terminal, a line now and then elsewhere, or silence."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Protocol, Self, TextIO

import numpy as np
from numpy.typing import NDArray

from variance.characters import lines, visible
from variance.records import Failure, Run, preferred_metric
from variance.statistics.intervals import mean_interval
from variance.wording.quantities import Unit, plus_minus

_LINE_SECONDS = 30.0
_CELL_SECONDS = 0.25
_LINES = 10  # without a terminal: about as many lines as this for a whole sweep, or one every 30 s


class Progress(Protocol):
    """A listener of the engine that is open while a sweep runs."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Take note of runs that are now stored."""
        ...

    def note(self, message: str) -> None:
        """Show the user a sentence."""
        ...


def choose(
    name: str,
    total: int,
    scores: Mapping[str, NDArray[np.float64]],
    metric: str,
    *,
    quiet: bool = False,
    stream: TextIO | None = None,
) -> Progress:
    """Return the form of progress that suits where it is shown.

    Parameters
    ----------
    name : str
        How the sweep is called.
    total : int
        How many runs it will have.
    scores : mapping of str to ndarray, shape (S,)
        Of the runs that are there already.
    metric : str
        The one to show; empty: accuracy, R² or the first.
    quiet : bool
        Whether only notes are shown.
    stream : text file, optional
        Where; standard error by default.
    """
    stream = stream or sys.stderr
    running = Running(metric, scores)
    if quiet:
        return Quiet(stream)
    if _in_notebook():
        return Cell(name, total, running, stream)
    if stream.isatty():
        return Bar(name, total, running, stream)
    return Lines(name, total, running, stream)


class Running:
    """The estimate so far: mean and 95 % confidence interval of the metric."""

    def __init__(self, metric: str, scores: Mapping[str, NDArray[np.float64]]) -> None:
        self._metric = metric = metric or preferred_metric(scores)
        self._values = [float(v) for v in scores[metric]] if metric in scores else []
        self.done = len(next(iter(scores.values()), ()))
        self.failed = 0

    def add(self, results: Sequence[Run | Failure]) -> None:
        """Take the scores of finished runs."""
        for result in results:
            self.done += 1
            if isinstance(result, Failure):
                self.failed += 1
                continue
            self._metric = self._metric or preferred_metric(result.metrics)
            self._values.append(result.metrics.get(self._metric, float("nan")))

    def __str__(self) -> str:
        if not self._values:
            return ""
        name = visible(self._metric)
        if len(self._values) == 1:
            return f"{name} {plus_minus(self._unit, self._values[0], None)}"
        found = mean_interval(np.array(self._values))
        half = (found.high - found.low) / 2
        return f"{name} {plus_minus(self._unit, found.estimate, half)} (95 % CI)"

    @property
    def _unit(self) -> Unit:
        return Unit.of(self._metric, self._values)


class Quiet:
    """Notes alone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Say nothing."""

    def note(self, message: str) -> None:
        """Print a line."""
        print(lines(message), file=self._stream, flush=True)


class Lines(Quiet):
    """A line now and then, for logs."""

    def __init__(self, name: str, total: int, running: Running, stream: TextIO) -> None:
        super().__init__(stream)
        self._name, self._total, self._running = name, total, running
        self._before = running.done
        self._begin = self._last = time.monotonic()
        self._shown = running.done

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Print a line if enough has happened since the last."""
        self._running.add(results)
        now, done = time.monotonic(), self._running.done
        due = done - self._shown >= self._total / _LINES or now - self._last >= _LINE_SECONDS
        if due or done == self._total:
            self._last, self._shown = now, done
            self.note(self._line(now))

    def _line(self, now: float, *, ended: bool = False) -> str:
        done = self._running.done
        seconds = (now - self._begin) * (self._total - done) / max(1, done - self._before)
        parts = [f"{visible(self._name)}: {done}/{self._total} runs", str(self._running)]
        if self._running.failed:
            parts.append(f"{self._running.failed} failed")
        if done < self._total and not ended:
            parts.append(f"about {duration(seconds)} left")
        return ", ".join(part for part in parts if part)


class Cell(Lines):
    """One line with a bar below a notebook's cell; what stays there is the line, without times.

    Notebooks replace what was displayed under a name, so neither JavaScript nor widgets are needed,
    and a saved notebook holds the last state only.
    """

    def __enter__(self) -> Self:
        from IPython.display import display

        self._shown_at = time.monotonic()
        self._handle = display(self._bundle(self._shown_at), raw=True, display_id=True)
        return self

    def __exit__(self, *_: object) -> None:
        line = self._line(time.monotonic(), ended=True)
        self._handle.update({"text/plain": line}, raw=True)

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Move the bar, a few times a second at most."""
        self._running.add(results)
        now = time.monotonic()
        if now - self._shown_at >= _CELL_SECONDS:
            self._shown_at = now
            self._handle.update(self._bundle(now), raw=True)

    def _bundle(self, now: float) -> dict[str, str]:
        line, done = self._line(now), self._running.done
        bar = f'<progress max="{self._total}" value="{done}" aria-label="runs"></progress>'
        return {"text/plain": line, "text/html": f"<div>{bar} {html.escape(line)}</div>"}


class Bar:
    """One bar: done/total, time left, failures, the running estimate."""

    def __init__(self, name: str, total: int, running: Running, stream: TextIO) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._running = running
        self._bar = Progress(
            TextColumn(escape(visible(name))),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}", style="bold", markup=False),
            TextColumn("{task.fields[estimate]}", markup=False),
            console=Console(file=stream),
            speed_estimate_period=3600,
        )
        self._task = self._bar.add_task(
            "", total=total, completed=running.done, failures="", estimate=str(running)
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Move the bar."""
        self._running.add(results)
        failures = f"✗ {self._running.failed} failed" if self._running.failed else ""
        self._bar.update(
            self._task,
            advance=len(results),
            failures=failures,
            estimate=str(self._running),
        )

    def note(self, message: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(lines(message), markup=False, highlight=False)


def duration(seconds: float) -> str:
    """Return a time as people say it: ``40 s``, ``3 min``, ``2 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None else None
    return getattr(found, "kernel", None) is not None
