from dataclasses import replace

import numpy as np
import pytest

from variance.errors import UsageError
from variance.handle import Content, Sweep
from variance.records import Configuration, Environment, Execution, Failure, Header, Run, TestSet

FACTS = {"python": "3.11.7", "cpu": "EPYC", "cores": "8", "tensorflow": "2.21.0", "git": "abc123"}
HEADER = Header(
    experiment="toy",
    configuration=Configuration(
        "toy", {"epochs": 4}, ("init", "order"), Execution(threads=2), {"split": 3}
    ),
    fingerprints={"data": "d" * 64, "code": "c" * 64},
)


def runs(scores, *, metric="accuracy", seconds=60.0, **fields):
    return tuple(
        Run(seed, {metric: score}, seconds=seconds, **fields) for seed, score in enumerate(scores)
    )


def said(
    scores=(0.98, 0.99, 0.985), *, header=HEADER, failures=(), environments=None, form="markdown",
    name="toy", **fields,
):  # fmt: skip
    found = (Environment(FACTS, "variance sweep toy"),) if environments is None else environments
    content = Content(header, runs(scores, **fields), failures, found)
    return Sweep(name, content=content).statement(form)


def item(text, name):
    return next(line for line in text.splitlines() if line.startswith(f"- **{name}:**"))


def test_paragraph_tells_runs_sources_result_and_compute():
    paragraph = said().splitlines()[2]

    assert "`toy` was trained 3 times with the same hyper-parameters (seeds 0 to 2)" in paragraph
    assert "The seed determined the initial weights and the order of the training examples" in (
        paragraph
    )
    assert "98.50 % ± 0.50 (mean ± SD over 3 runs)" in paragraph
    assert "Student's t over runs" in paragraph
    assert "3 min of training in all, 60 s a run (median), 2 threads a run, EPYC" in paragraph


def test_result_reads_as_in_the_summary():
    from variance.reporting.summary_text import render_summary

    content = Content(HEADER, runs((0.98, 0.99, 0.985)))
    sweep = Sweep("toy", content=content)
    summary = render_summary(sweep.summary())

    for number in ("98.50 % ± 0.50", "[97.3, 99.7] %", "[0.3, 3.1] pp", "[96.02, 100.00] %"):
        assert number in summary
        assert number in sweep.statement().replace("\\", "")


def test_held_sources_are_named_with_their_seed():
    assert "(the split into training and test examples at seed 3)" in said()


def test_nothing_varied_is_said():
    held = replace(HEADER.configuration, vary=())

    assert "no source of randomness varied with the seed" in item(
        said(header=replace(HEADER, configuration=held)), "Sources of variation"
    )


def test_failed_runs_are_counted_and_named():
    failures = (Failure(7, "diverged", "loss is nan"), Failure(9, "raised", "boom", seconds=60))
    text = said(failures=failures)

    assert (
        "2 of 5 runs gave no usable score (1 diverged, 1 ended with an error; failed seeds: "
        in (item(text, "Failed and excluded runs"))
    )
    assert "7 and 9" in item(text, "Failed and excluded runs")
    assert "seeds 0 to 2, 7 and 9" in item(text, "Runs and seeds")
    assert "failed runs included" in item(text, "Compute")


def test_one_run_has_no_interval():
    text = said((0.98,))

    assert "98.00 % in a single run, from which no spread can be estimated" in text
    assert "none: they need at least two runs" in item(text, "Error bars")
    assert "±" not in text


def test_no_runs_have_no_result():
    text = said((), environments=())

    assert "was not trained yet" in text
    assert "no run gave a usable score, so there is no result to report" in text
    assert "[" not in text.replace("\\[", "")


def test_equal_runs_have_no_interval():
    text = said((0.98, 0.98, 0.98))

    assert "98.00 % ± 0 (mean ± SD over 3 runs)" in text
    assert "confidence interval of the mean of" not in text
    assert "no prediction can be made" in item(text, "A single new run")


def test_what_imported_runs_do_not_tell_is_not_recorded():
    header = Header("scores.csv", origin="imported", numbered=False)
    text = said(header=header, environments=(), seconds=0.0)

    for name in ("Hyper-parameters", "Command", "Compute", "Hardware", "Data version"):
        assert "not recorded" in item(text, name)
    assert "come from 3 runs made elsewhere" in text
    assert "whether others failed or were left out is not recorded" in text
    assert "whether all were scored on the same test examples is not recorded" in text
    assert "seeds not recorded" in item(text, "Runs and seeds")


def test_redrawn_splits_are_told_with_their_interval():
    rng = np.random.default_rng(0)
    tests = [
        TestSet(np.arange(20.0), examples=rng.permutation(60)[:20], train_size=40) for _ in range(4)
    ]
    made = tuple(
        Run(i, {"r2": 0.5 + 0.01 * i}, predictions=np.arange(20.0) + i, test_set=test, seconds=1.0)
        for i, test in enumerate(tests)
    )
    split = replace(HEADER.configuration, vary=("split",), held={})
    header = replace(HEADER, configuration=split, metric="r2")
    text = Sweep("d", content=Content(header, made)).statement()

    assert "Every run drew its own split" in text
    assert "as by Nadeau and Bengio, 2003" in item(text, "Error bars")
    assert "20 examples, drawn anew by every run; trained on 40" in item(text, "Test data")


def test_fixed_test_set_is_claimed_only_where_it_is_known():
    test = TestSet(np.zeros(4, np.uint8), ("a", "b"))
    made = tuple(
        Run(s, {"accuracy": (3 + s) / 4}, np.array([s, 0, 0, 0], np.uint8), test) for s in (0, 1)
    )

    assert "on one fixed test set" in Sweep("toy", content=Content(HEADER, made)).statement()
    assert "on one fixed test set" not in said()


def test_environments_that_differ_are_told():
    other = Environment({**FACTS, "cpu": "Xeon"}, "variance sweep toy --seeds 9")
    text = said(environments=(Environment(FACTS, "variance sweep toy"), other))

    assert "several environments: cpu differ" in item(text, "Hardware")
    assert "`variance sweep toy`; then `variance sweep toy --seeds 9`" in item(text, "Command")


def test_graphics_card_is_none_known_or_unknown():
    for gpu, words in (({}, "GPU not recorded"), ({"gpu": "none found"}, "no GPU"),
                       ({"gpu": "1 x H200"}, "GPU present: 1 x H200")):  # fmt: skip
        text = said(environments=(Environment({**FACTS, **gpu}),))
        assert words in item(text, "Hardware")


def test_seeds_in_pieces_are_ranges():
    content = Content(HEADER, tuple(Run(s, {"accuracy": 0.9 + s / 1000}) for s in (0, 1, 2, 7, 9)))

    assert "seeds 0 to 2, 7 and 9" in Sweep("toy", content=content).statement()


def test_hostile_names_are_shown_as_they_are():
    header = replace(HEADER, experiment="my_model.py:tr`ain\n## <b>&")
    text = said(header=header)

    assert "``my_model.py:tr`ain ## <b>&``" in text
    assert "\n## " not in text


def test_latex_is_escaped_and_whole():
    command = "variance sweep 'my_file.py:f' --set rate=50%  # & more"
    text = said(form="latex", environments=(Environment(FACTS, command),))

    assert r"\texttt{variance sweep \textquotesingle{}my\_file.py:f\textquotesingle{}" in text
    assert r"rate=50\% \# \& more" in text
    assert r"98.50~\% $\pm$ 0.50" in text
    assert text.count(r"\begin{description}") == text.count(r"\end{description}") == 1
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_unknown_form_is_refused():
    with pytest.raises(UsageError, match=r"(?s)'latx'.*Did you mean 'latex'"):
        said(form="latx")


def test_alpha_and_metric_are_heeded():
    made = tuple(Run(i, {"accuracy": 0.9 + i / 100, "loss": 0.3 + i / 10}) for i in range(3))
    text = Sweep("toy", content=Content(HEADER, made)).statement(metric="loss", alpha=0.1)

    assert "the loss is 0.40 ± 0.10" in text
    assert "90 % confidence interval" in text
