"""What a reproducibility statement says, as sentences of text and code, not yet in any form."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from variance.wording.quantities import Unit, half_width, level_text, plural

if TYPE_CHECKING:
    from variance.analysis.summary_results import Summary
    from variance.records import Configuration, Environment, Failure, Header, Run


class Code(str):
    """A text that is shown as it would be typed."""

    __slots__ = ()


Prose: TypeAlias = Sequence[str]
"""Pieces of a text, some of them `Code`."""
Item: TypeAlias = tuple[str, Prose]

UNKNOWN = "not recorded"
SOURCES = {
    "init": "the initial weights", "order": "the order of the training examples",
    "dropout": "the dropout masks", "split": "the split into training and test examples",
    "nudge": "one initial weight, by one unit in the last place",
}  # fmt: skip
"""What people call the sources of randomness."""
SOFTWARE = (
    "python", "variance", "tensorflow", "tensorflow-cpu", "keras", "torch", "jax", "numpy", "scipy",
    "scikit-learn", "pandas", "xgboost", "lightgbm", "joblib",
)  # fmt: skip
"""The facts of an environment that are versions, as far as a reader wants them."""
MACHINE = ("cpu", "gpu", "gpu driver", "system")
_MOST = 12


@dataclass(frozen=True)
class Facts:
    """A sweep, told point by point.

    Attributes
    ----------
    summary : Summary
    header : Header
    runs : sequence of Run
    failures : sequence of Failure
    environments : sequence of Environment
    """

    summary: Summary
    header: Header
    runs: Sequence[Run]
    failures: Sequence[Failure]
    environments: Sequence[Environment]

    def sentences(self) -> Iterator[Prose]:
        """Yield the paragraph, a sentence at a time."""
        yield self._what()
        yield (_sentence(self.sources()),)
        yield (_sentence(self.failed()),)
        yield (_sentence(self.result()),)
        if self.summary.prediction is not None and self.summary.sd:
            yield (_sentence(self.new_run()),)
        yield (_sentence(self.scope()),)
        yield ("Compute: ", *self.compute(), ".")
        yield ("Software installed: ", *self.software(), ".")

    def items(self) -> Iterator[Item]:
        """Yield the points of the checklist."""
        yield "Runs and seeds", (self.seeds(),)
        yield "Sources of variation", (self.sources(),)
        yield "Failed and excluded runs", (self.failed(),)
        yield "Result", (self.result(),)
        yield "Error bars", (self.error_bars(),)
        yield "A single new run", (self.new_run(),)
        yield "What the figures cover", (self.scope(),)
        yield "Test data", (self.test_data(),)
        yield "Hyper-parameters", self.settings()
        yield "How these were chosen", (f"{UNKNOWN} with the runs",)
        yield "Compute", self.compute()
        yield "Hardware", (self.hardware(),)
        yield "Software installed", self.software()
        yield "Data version", self.digest("data")
        yield "Code version", self.code()
        yield "Command", self.command()
        if self.header.note:
            yield "Note", (self.header.note,)

    def _what(self) -> Prose:
        name, count = Code(self.header.experiment), len(self.runs) + len(self.failures)
        if self._imported:
            return (
                "The results of ", name, f" come from {plural(count, 'run')} made elsewhere "
                f"and analysed with variance ({self._numbers()}).",
            )  # fmt: skip
        if not count:
            return ("The model of the experiment ", name, " was not trained yet.")
        alike = " with the same hyper-parameters" if count > 1 else ""
        trained = f" was trained {_times(count)}{alike} ({self._numbers()})."
        return ("The model of the experiment ", name, trained)

    @property
    def _imported(self) -> bool:
        return self.header.configuration is None

    @property
    def _configuration(self) -> Configuration | None:
        return self.header.configuration

    def seeds(self) -> str:
        """Return how many runs there are, and which seeds."""
        count = len(self.runs) + len(self.failures)
        return f"{plural(count, 'run')}, {self._numbers()}" if count else "no runs"

    def _numbers(self) -> str:
        numbers = [run.seed for run in self.runs] + [f.seed for f in self.failures]
        if not self.header.numbered or not numbers:
            return f"seeds {UNKNOWN}"
        return f"seed{'s' * (len(numbers) > 1)} {_ranges(numbers)}"

    def sources(self) -> str:
        """Return which sources of randomness varied, and which did not."""
        configuration = self._configuration
        if configuration is None:
            return f"which sources of randomness varied between the runs is {UNKNOWN}"
        held = _listed(
            f"{SOURCES.get(source, source)} at seed {seed}"
            for source, seed in configuration.held.items()
        )
        rest = "every other source of randomness that the experiment names was held fixed"
        also = f" ({held})" if held else ""
        if not configuration.vary:
            return f"no source of randomness varied with the seed{also}"
        named = _listed(SOURCES.get(source, source) for source in configuration.vary)
        return f"the seed determined {named}; {rest}{also}"

    def failed(self) -> str:
        """Return which runs gave no usable score, and that none else was left out."""
        s, count = self.summary, len(self.runs) + len(self.failures)
        if not s.failed:
            if self._imported:
                return (
                    "all runs are in the figures; whether others failed or were left out is "
                    f"{UNKNOWN}"
                )
            return "no run failed; all are in the figures" if count else "there are no runs"
        words = {
            "raised": "ended with an error",
            "died": "died",
            "diverged": "diverged",
            "timeout": "took too long",
            "memory": "took too much memory",
        }
        reasons = Counter(words[failure.reason] for failure in self.failures)
        odd = s.failed - len(self.failures)
        told = [f"{n} {reason}" for reason, n in reasons.items()]
        told += [f"{odd} without a finite {s.metric}"] if odd > 0 else []
        seeds = ""
        if self.failures and self.header.numbered:
            seeds = f"; failed seeds: {_ranges([f.seed for f in self.failures])}"
        return (
            f"{s.failed} of {plural(count, 'run')} gave no usable score ({', '.join(told)}{seeds}) "
            "and are not in the figures; all others are"
        )

    @cached_property
    def _unit(self) -> Unit:
        return Unit.of(self.summary.metric, self.summary.range or (self.summary.mean,))

    def result(self) -> str:
        """Return mean, SD and the interval of the mean."""
        s, unit = self.summary, self._unit
        if s.mean is None:
            return "no run gave a usable score, so there is no result to report"
        where = f" on {s.examples:,} test examples" if s.examples else ""
        digits = unit.digits(s.sd)
        if s.sd is None:
            return (
                f"the {s.metric}{where} is {unit.value(s.mean, digits)} in a single run, from "
                "which no spread can be estimated"
            )
        shown = f"{unit.value(s.mean, digits)} ± {unit.spread(s.sd, digits)}"
        text = f"the {s.metric}{where} is {shown} (mean ± SD over {plural(s.runs, 'run')})"
        if s.ci is None or not s.sd:
            return text
        ends = unit.values(s.ci, unit.digits(half_width(s.ci)))
        return (
            f"{text}, with a {level_text(s.alpha)} confidence interval of the mean of {ends} "
            f"({self._interval_method()})"
        )

    def error_bars(self) -> str:
        """Return what the ± and the brackets are, and how they were computed."""
        s, unit = self.summary, self._unit
        if s.sd is None:
            return "none: they need at least two runs"
        said = [
            "± is the standard deviation over runs (n − 1 in its denominator), not a standard error"
        ]
        if s.ci is None or not s.sd:
            reason = s.unavailable.get("ci", "the runs do not differ")
            return f"{said[0]}; no confidence interval of the mean: {reason}"
        said.append(f"the confidence interval is {self._interval_method()}")
        if s.sd_ci is not None:
            digits = unit.digits(half_width(s.ci))
            low, high = (unit.spread(end, digits) for end in s.sd_ci)
            said.append(
                f"the {level_text(s.alpha)} interval of the SD is [{low}, {high}]"
                f"{' pp' if unit.share else ''} (chi-squared, normal scores assumed)"
            )
        return "; ".join(said)

    def _interval_method(self) -> str:
        if self.summary.redrawn:
            return (
                "Student's t over runs, corrected for splits that share examples as by Nadeau and "
                "Bengio, 2003"
            )
        return "Student's t over runs"

    def new_run(self) -> str:
        """Return where one more training would land."""
        s, unit = self.summary, self._unit
        if s.prediction is None or not s.sd:
            return "no prediction can be made from runs without a spread"
        ends = unit.values(s.prediction, unit.digits(s.sd))
        return (
            f"one further run would score within {ends} with a chance of {level_text(s.alpha)} "
            "(prediction interval, normal scores assumed)"
        )

    def scope(self) -> str:
        """Return what the uncertainty covers."""
        s = self.summary
        if s.redrawn:
            return (
                "every run drew its own split into training and test examples, so the figures "
                "cover the choice of the split as well as the training"
            )
        if not s.examples:
            return (
                "the figures cover the variation between runs only; whether all were scored on the "
                f"same test examples is {UNKNOWN}"
            )
        return (
            "the figures cover the variation between runs on one fixed test set, not the "
            "uncertainty that a finite test set adds"
        )

    def test_data(self) -> str:
        """Return how many examples there are for testing and training."""
        s = self.summary
        sizes = {run.test_set.train_size for run in self.runs if run.test_set is not None}
        train = next(iter(sizes)) if len(sizes) == 1 else None
        tested = f"{s.examples:,} examples" if s.examples else f"number of examples {UNKNOWN}"
        drawn = ", drawn anew by every run" if s.redrawn else ""
        return f"{tested}{drawn}{f'; trained on {train:,}' if train else ''}"

    def settings(self) -> Prose:
        """Return every hyper-parameter."""
        configuration = self._configuration
        if configuration is None:
            return (UNKNOWN,)
        if not configuration.settings:
            return ("none",)
        return (Code(" ".join(f"{k}={v}" for k, v in configuration.settings.items())),)

    def compute(self) -> Prose:
        """Return time, threads and the processor."""
        return (self._time(), *self._threads(), ", ", self.hardware())

    def _time(self) -> str:
        from variance.reporting.progress import duration

        times = [run.seconds for run in self.runs if run.seconds > 0]
        if not times:
            return f"time {UNKNOWN}"
        total = sum(times) + sum(f.seconds for f in self.failures)
        failed = ", failed runs included" if any(f.seconds for f in self.failures) else ""
        whole, one = (
            duration(t) if t >= 1 else "less than 1 s" for t in (total, statistics.median(times))
        )
        each = f", {one} a run (median)" if len(times) > 1 else ""
        return f"{whole} of training in all{each}{failed}"

    def _threads(self) -> Prose:
        configuration = self._configuration
        if configuration is None:
            return ()
        workers = self._fact("workers") or self._fact("jobs")
        side = f", {workers} runs at a time" if workers and workers != "1" else ""
        return (f", {plural(configuration.execution.threads, 'thread')} a run{side}",)

    def hardware(self) -> str:
        """Return processor, memory and graphics card."""
        cpu = self._fact("cpu") or f"processor {UNKNOWN}"
        cores = self._fact("cores")
        counted = f", {cores} cores" if cores and self._fact("cpu") else ""
        memory = self._fact("memory")
        gpu = self._fact("gpu")
        card = {None: f"GPU {UNKNOWN}", "none found": "no GPU"}.get(gpu, f"GPU present: {gpu}")
        return f"{cpu}{counted}{f', {memory} memory' if memory else ''}, {card}{self._several()}"

    def _several(self) -> str:
        differing = self._differing()
        if not differing:
            return ""
        return f" (of the last start; the runs come from several environments: {differing} differ)"

    def _differing(self) -> str:
        """Return the facts that changed between the times that training was started."""
        names = [
            name
            for name in (*MACHINE, *SOFTWARE)
            if len({env.facts.get(name) for env in self.environments}) > 1
        ]
        return ", ".join(names)

    def _fact(self, name: str) -> str | None:
        return self.environments[-1].facts.get(name) if self.environments else None

    def software(self) -> Prose:
        """Return the versions of what computed, and the settings that change bits."""
        facts: Mapping[str, str] = self.environments[-1].facts if self.environments else {}
        versions = [f"{_NAMES.get(n, n)} {facts[n]}" for n in SOFTWARE if n in facts]
        if not versions:
            return (f"versions {UNKNOWN}",)
        system = facts.get("distribution") or facts.get("system")
        parts = [*versions, *([system] if system else [])]
        configuration = self._configuration
        if configuration is not None and ("tensorflow" in facts or "tensorflow-cpu" in facts):
            parts.append(f"oneDNN {'on' if configuration.execution.onednn else 'off'}")
        if configuration is not None and configuration.execution.precision != "default":
            parts.append(f"precision {configuration.execution.precision}")
        return (", ".join(parts),)

    def digest(self, name: str) -> Prose:
        """Return a fingerprint of the sweep."""
        found = self.header.fingerprints.get(name)
        return ("SHA-256 ", Code(found)) if found else (f"digest {UNKNOWN}",)

    def code(self) -> Prose:
        """Return commit and digest of the experiment's source."""
        commits = list(
            dict.fromkeys(
                state
                for env in self.environments
                for name in ("git experiment", "git")
                if (state := env.facts.get(name)) and state != "no repository"
            )
        )
        state = f"commit {', '.join(commits)}" if commits else f"commit {UNKNOWN}"
        found = self.header.fingerprints.get("code")
        if not found:
            return (f"{state}; digest {UNKNOWN}",)
        return (f"{state}; SHA-256 of the experiment's source ", Code(found))

    def command(self) -> Prose:
        """Return the command lines that trained the runs."""
        lines = list(dict.fromkeys(env.command for env in self.environments if env.command))
        if not lines:
            return (UNKNOWN,)
        shown = [part for line in lines[:_MOST] for part in ("; then ", Code(line))][1:]
        return (*shown, *((f"; and {len(lines) - _MOST} more",) if len(lines) > _MOST else ()))


_NAMES = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy",
          "scipy": "SciPy", "torch": "PyTorch"}  # fmt: skip


def _sentence(text: str) -> str:
    """Return the text with a capital and a full stop; a ± or a name in front stays as it is."""
    return f"{text[:1].upper()}{text[1:]}."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _listed(parts: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _ranges(numbers: Iterable[int]) -> str:
    """Return whole numbers as ranges: ``0 to 9, 12 and 15``."""
    ordered = sorted(set(numbers))
    breaks = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b != a + 1]
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    spans = [ordered[i:j] for i, j in zip(starts, ends, strict=True)]
    shown = [str(s[0]) if len(s) == 1 else f"{s[0]} to {s[-1]}" for s in spans[:_MOST]]
    if len(spans) > _MOST:
        shown.append(f"{sum(map(len, spans[_MOST:])):,} more")
    return _listed(shown)
