"""The report: sweeps read and judged, their pictures fetched, and one page written."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from variance import files
from variance.api.galleries import galleries
from variance.api.keeping import AnySweep, load
from variance.api.origins import diff
from variance.environment.masking import HIDDEN, is_secret, masked
from variance.errors import Refusal, UsageError
from variance.handle import Content, Sweep
from variance.records import Environment, Header, Runs

if TYPE_CHECKING:
    from variance.analysis.costs import Costs
    from variance.analysis.luck import LuckResult
    from variance.analysis.many import Comparisons
    from variance.analysis.results import Comparison, Scope
    from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult
    from variance.provenance import Difference, Differences
    from variance.reporting.page import Material, Pair, Subject

FOLDER = "reports"
FEWEST = 3
ALPHA = 0.05
_LONGEST = 120
"""Bytes of a file's name."""
_UNFIT = re.compile(r"[^\w.-]+")


def report(
    baseline: AnySweep,
    *candidates: AnySweep,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    metric: str | None = None,
    scope: Scope | None = None,
    margin: float | None = None,
    alpha: float = ALPHA,
    paired: bool | None = None,
    costs: Costs | None = None,
    store: str | os.PathLike[str] | None = None,
) -> Path:
    """Write what sweeps tell into one self-contained HTML page.

    Parameters
    ----------
    baseline, *candidates : Sweep, Runs, str or Path
        One sweep, or several of which each is judged against the first.
    output : path-like, optional
        The file; by default ``reports/<baseline>-<candidate>.html`` in the working directory.
    force : bool
        Whether a file may be replaced that was not written by `report`.
    metric, scope, margin, alpha, paired, costs
        As for `variance.compare`.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    SweepNotFound, StoreError
        If a sweep is missing or cannot be read.
    UsageError
        If an argument cannot be used, or the file cannot be written or is not ours. Nothing is
        written then. Sweeps that cannot be compared are no error: the page says why.
    """
    options = {"metric": metric, "scope": scope, "margin": margin, "alpha": alpha,
               "paired": paired, "costs": costs}  # fmt: skip
    _check(candidates, options)
    sweeps = [_sweep(one, store) for one in (baseline, *candidates)]
    names = [sweep.name for sweep in sweeps]
    if len(set(names)) < len(names):
        raise UsageError(f"the sweeps need different names: {', '.join(names)}",
                         "Give one another name: other=path/to/sweep.sqlite")  # fmt: skip
    path = Path(output) if output is not None else _default_path(names)
    from variance.reporting import html
    from variance.reporting.page import build

    files.check(path, force=force, mark=html.MARK, folder=True)
    page = html.render(build(_material(sweeps, options)))
    files.write(path, page, force=force, mark=html.MARK, folder=True)
    return path


def _check(candidates: Sequence[AnySweep], options: Mapping[str, Any]) -> None:
    """Refuse what only a comparison can heed."""
    if candidates:
        return
    for name in ("scope", "margin", "paired"):
        if options[name] is not None:
            raise UsageError(f"{name} needs a candidate to compare with", "Name a second sweep.")


def _sweep(sweep: AnySweep, store: str | os.PathLike[str] | None) -> Sweep:
    if isinstance(sweep, Sweep):
        return sweep
    if isinstance(sweep, Runs):
        header = Header("", origin="imported", fingerprints=sweep.fingerprints)
        held = Sweep(sweep.name, content=Content(header, ()))
        held.__dict__["runs"] = sweep  # arrays are all there is of them
        return held
    return load(sweep, store=store)


def _default_path(names: Sequence[str]) -> Path:
    """Return where the page of these sweeps is kept, whatever they are called."""
    plain = "-".join(names)
    tidy = _UNFIT.sub("-", plain).strip("-.").encode()[:_LONGEST].decode(errors="ignore")
    if tidy != plain:  # other names may look the same when tidied
        tidy = f"{tidy}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}".lstrip("-")
    return Path(FOLDER) / f"{tidy}.html"


def _material(sweeps: Sequence[Sweep], options: Mapping[str, Any]) -> Material:
    from variance.reporting.page import Material

    subjects = [_subject(sweep, sweeps[0].runs, options) for sweep in sweeps]
    together, pairs = _pairs(sweeps, subjects, options)
    shown, missing = galleries(subjects, pairs, options)
    return Material(
        tuple(subjects), tuple(pairs), together, tuple(shown), missing,
        luck=_luck(subjects, options["alpha"]), sources=_sources(sweeps[0], subjects[0], options),
        command=_command(sweeps, options),
    )  # fmt: skip


def _subject(sweep: Sweep, first: Runs, options: Mapping[str, Any]) -> Subject:
    from variance.analysis.metrics import COST
    from variance.analysis.sample import sample
    from variance.analysis.summary import summarize
    from variance.reporting.page import Subject

    metric, costs = _metric(sweep.runs, first, options), options["costs"]
    runs = sweep.runs
    if metric == COST and costs is not None:
        scores = {**runs.scores, COST: sample(runs, COST, costs).scores}
        runs = replace(runs, scores=scores, higher_is_better={**runs.higher_is_better, COST: False})
    times = sorted(run.started for run in sweep.content.runs if run.started)
    return Subject(
        replace(runs, failures=tuple(replace(f, error=masked(f.error)) for f in runs.failures)),
        summarize(sweep.runs, metric=metric, alpha=options["alpha"], costs=costs),
        _harmless(sweep.header),
        tuple(Environment(e.facts, masked(e.command), e.started) for e in sweep.environments),
        (times[0], times[-1]) if times else (),
    )


def _metric(runs: Runs, first: Runs, options: Mapping[str, Any]) -> str:
    """Return the metric to show of a sweep: the baseline's where it has it, else its own."""
    from variance.analysis.metrics import COST, available

    if options["metric"] is not None:
        return str(options["metric"])
    if options["costs"] is not None:
        return COST
    return first.metric if first.metric in available(runs) or not len(runs) else runs.metric


def _pairs(
    sweeps: Sequence[Sweep], subjects: Sequence[Subject], options: Mapping[str, Any]
) -> tuple[Comparisons | None, list[Pair]]:
    """Return the candidates, judged where that is possible."""
    from variance.analysis import comparison, many
    from variance.reporting.page import Pair

    base, *others = (sweep.runs for sweep in sweeps)
    reasons = [_unlike(base, one, options) for one in others]
    able = [one for one, reason in zip(others, reasons, strict=True) if not reason]
    together = many.compare_many(base, able, **options) if able and len(others) > 1 else None
    found: Iterator[Comparison] = iter(
        together.comparisons if together else [comparison.compare(base, one, **options)
                                               for one in able]
    )  # fmt: skip
    return together, [
        Pair(
            str(i), subjects[0], subjects[i], None if reason else next(found), reason,
            _differences(sweeps[0], sweeps[i]),
        )
        for i, reason in enumerate(reasons, 1)
    ]  # fmt: skip


def _unlike(base: Runs, other: Runs, options: Mapping[str, Any]) -> str:
    """Return why two sweeps have no metric in common to be compared by; empty where they have."""
    from variance.analysis.metrics import available, direction

    if options["costs"] is not None or not len(base) or not len(other):
        return ""
    metric = options["metric"] or base.metric
    if metric not in available(other) and options["metric"] is None:
        own = f"; its metric is {other.metric}" if other.metric else ""
        return f"{other.name} has no {metric}{own}"
    if metric in available(other) and direction(base, metric) != direction(other, metric):
        return f"{metric} is better high in one sweep and low in the other"
    return ""


def _differences(one: Sweep, other: Sweep) -> Differences | None:
    if not (one.header.experiment and other.header.experiment):  # arrays without an origin
        return None
    found = diff(one, other)
    return replace(found, differences=tuple(_hidden(d) for d in found.differences))


def _harmless(header: Header) -> Header:
    """Return the header without settings that may be secret: a page is made to be passed on."""
    known = header.configuration
    if known is None:
        return header
    settings = {
        name: HIDDEN if isinstance(value, str) and is_secret(name) else value
        for name, value in known.settings.items()
    }
    return replace(header, configuration=replace(known, settings=settings))


def _hidden(found: Difference) -> Difference:
    """Return a difference without what may be secret in it."""
    if is_secret(found.what):
        return replace(found, a=(HIDDEN,), b=(HIDDEN,))
    a, b = (tuple(v if v is None else masked(v) for v in side) for side in (found.a, found.b))
    return replace(found, a=a, b=b)


def _sources(
    sweep: Sweep, subject: Subject, options: Mapping[str, Any]
) -> tuple[SourcesResult | CrossedResult | MachineResult, ...]:
    """Return which randomness the baseline's spread comes from, where arms lie beside it."""
    from variance.analysis.metrics import COST
    from variance.api.found_arms import found_sources

    metric = subject.summary.metric
    if metric == COST:
        return ()
    return tuple(found_sources(sweep, metric=metric, alpha=options["alpha"]))


def _luck(subjects: Sequence[Subject], alpha: float) -> LuckResult | None:
    """Return what single scores are worth among the baseline's runs.

    Of one sweep, its best run as what it is: the best of so many. Of two, a typical run of either.
    """
    from variance.analysis.luck import luck

    base, *others = (subject.summary for subject in subjects)
    if base.range is None or base.median is None or base.runs < FEWEST:
        return None
    options: dict[str, Any] = {"metric": base.metric, "alpha": alpha}
    score: float | None = base.range[1] if base.higher_is_better else base.range[0]
    if not others:
        options["best_of"] = base.runs
    elif len(others) == 1 and others[0].metric == base.metric:
        score, options["other"] = others[0].median, base.median
    else:
        score = None
    try:
        return None if score is None else luck(subjects[0].runs, score, **options)
    except (Refusal, UsageError):  # such a score is nothing to be judged by these runs
        return None


def _command(sweeps: Sequence[Sweep], options: Mapping[str, Any]) -> str:
    """Return the line that makes the page again."""
    words = ["variance", "report", *(sweep.name for sweep in sweeps)]
    for name in ("metric", "scope", "margin"):
        if options[name] is not None:
            words += [f"--{name}", f"{options[name]}"]
    if options["alpha"] != ALPHA:
        words += ["--alpha", f"{options['alpha']}"]
    if options["paired"] is not None:
        words.append("--paired" if options["paired"] else "--unpaired")
    if options["costs"] is not None:
        words += ["--costs", "costs.csv"]
    return shlex.join(words)
