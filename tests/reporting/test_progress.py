import io

import numpy as np
import pytest

from variance.records import Failure, Run
from variance.reporting.progress import Bar, Lines, Quiet, choose, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(seed, score):
    return Run(seed, {"loss": 1.0, "accuracy": score})


def shown(results, *, scores=None, total=10, stream=None, quiet=False):
    stream = stream or io.StringIO()
    with choose("base", total, scores or {}, "", quiet=quiet, stream=stream) as listener:
        for result in results:
            listener.finished([result])
    return stream.getvalue()


def test_terminal_gets_a_bar():
    assert isinstance(choose("a", 3, {}, "", stream=Terminal()), Bar)


def test_log_gets_lines():
    assert isinstance(choose("a", 3, {}, "", stream=io.StringIO()), Lines)


def test_quiet_gets_notes_alone():
    stream = io.StringIO()
    listener = choose("a", 3, {}, "", quiet=True, stream=stream)
    listener.finished([run(0, 0.5)])
    listener.note("look")

    assert isinstance(listener, Quiet)
    assert stream.getvalue() == "look\n"


def test_one_run_has_no_half_width():
    assert "accuracy 90.00 %," in shown([run(0, 0.9)])


def test_running_estimate_is_the_t_interval_of_the_mean():
    values = np.array([0.90, 0.92, 0.94, 0.91])
    half = 3.182446 * values.std(ddof=1) / 2
    last = shown([run(i, v) for i, v in enumerate(values)], total=4).splitlines()[-1]

    assert (
        last == f"base: 4/4 runs, accuracy {100 * values.mean():.1f} % ± {100 * half:.1f} (95 % CI)"
    )


def test_runs_of_before_count():
    out = shown([run(2, 0.94)], scores={"accuracy": np.array([0.9, 0.92])}, total=3)

    assert out.startswith("base: 3/3 runs, accuracy 92.0 %")


def test_failures_are_told():
    assert "1 failed" in shown([Failure(0, "raised", "no")])


def test_many_runs_make_few_lines():
    out = shown([run(i, 0.9 + i / 1e6) for i in range(1000)], total=1000)

    assert len(out.splitlines()) <= 11


def test_bar_shows_name_count_and_estimate():
    terminal = Terminal()
    shown([run(i, 0.9) for i in range(10)], stream=terminal)

    assert "base" in terminal.getvalue()
    assert "10/10" in terminal.getvalue()


def test_bar_takes_names_as_text():
    terminal = Terminal()
    with choose("[bold]x[/bold]", 1, {}, "", stream=terminal) as listener:
        listener.finished([run(0, 0.5)])
        listener.note("[red]seed[/red]")

    assert "[bold]x[/bold]" in terminal.getvalue()
    assert "[red]seed[/red]" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (150, "2 min"), (7500, "2 h 05 min")]
)
def test_durations_are_words(seconds, text):
    assert duration(seconds) == text
