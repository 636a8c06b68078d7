"""No text of any origin acts on a terminal, a page, a document or a spreadsheet."""

import csv
import io
import json
import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import variance as va
from variance import characters
from variance.analysis.comparison import compare
from variance.analysis.many import compare_many
from variance.handle import Content, Sweep
from variance.records import Configuration, Environment, Failure, Header, Run, TestSet
from variance.reporting import html, markdown, notebook, tabular
from variance.reporting.details import render_details
from variance.reporting.progress import Bar, Lines, Running
from variance.reporting.provenance_text import render_differences, render_provenance
from variance.reporting.text import render_comparison
from variance.store import SweepWriter

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
OUR_COLOURS = re.compile("\x1b\\[(?:0|1|2|38;5;33|38;5;208)m")
NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\x7f\u202egnp.exe\u2066\u2028\u2029\ud800 \n=1+1"
TEXTS = st.text(
    st.one_of(
        st.sampled_from("\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066\udc80=@'\"<&|"),
        st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=20,
)


def acting(text, *, coloured=False):
    """Return the characters of a text that a terminal would obey; line ends are the layout's."""
    return set(ACTING.findall(OUR_COLOURS.sub("", text) if coloured else text))


class TestCharacters:
    @given(TEXTS)
    def test_nothing_in_a_visible_text_acts(self, text):
        assert acting(characters.visible(text)) | set("\n") & set(characters.visible(text)) == set()

    @given(TEXTS)
    def test_lines_keep_their_ends_alone(self, text):
        assert acting(characters.lines(text)) == set()
        assert characters.lines(text).count("\n") == text.count("\n")

    @given(st.text())
    def test_text_without_such_characters_stays_as_it_is(self, text):
        if not ACTING.search(text) and "\n" not in text:
            assert characters.visible(text) == text

    @given(TEXTS)
    def test_json_is_inert_and_the_same(self, text):
        shown = characters.to_json({text: [text]})

        assert acting(shown) == set()
        assert json.loads(shown) == {text: [text]}

    @settings(max_examples=500)
    @given(st.one_of(TEXTS, st.text("\\xu0189bd2e'=+-NA.")))
    def test_a_cell_is_inert_and_reads_back(self, text):
        cell = characters.to_cell(text)

        assert characters.from_cell(cell) == text
        assert acting(cell) | set("\n") & set(cell) == set()
        assert cell[:1] not in "=+@" or not cell
        assert not cell.startswith("-") or int(cell) < 0  # a negative number stays one

    @pytest.mark.parametrize("text", ["cat", "0", "-1", "12", "it's", "a=b", "1 2", "C:\\new\\xab"])
    def test_an_ordinary_cell_stays_as_it_is(self, text):
        assert characters.to_cell(text) == text


def made(name, metric, classes, words, key=0):
    """Return a sweep in which every text is somebody else's."""
    rng = np.random.default_rng(key)
    labels = np.arange(40) % len(classes)
    test = TestSet(labels.astype(np.uint8), tuple(classes), train_size=100)
    runs = []
    for seed in range(4):
        guess = np.where(rng.random(40) < 0.2, (labels + 1) % len(classes), labels)
        confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
        np.add.at(confusion, (labels, guess), 1)
        score = {"accuracy": float((guess == labels).mean()), metric: float(rng.random())}
        runs.append(Run(seed, score, guess.astype(np.uint8), test, confusion))
    header = Header(
        words,
        configuration=Configuration(words, {words: words}, (words,), held={words: 1}),
        fingerprints={"data": words, words: words},
        metric=metric,
        higher_is_better={metric: True},
        created=words,
        note=words,
    )
    failures = (Failure(9, "raised", words, f"Traceback\n{words}", started=words),)
    environment = Environment({"cpu": words, words: words, "python": words}, words, words)
    return Sweep(name, content=Content(header, tuple(runs), failures, (environment,)))


def documents(one, other, metric):
    """Yield everything that can be said of two sweeps, each with the name of its form."""
    found = compare(one.runs, other.runs, metric=metric)
    several = compare_many(one.runs, [other.runs, replace(other.runs, name=f"{other.name}2")])
    score = float(one.scores[metric][0])
    results = {
        "comparison": found,
        "comparisons": several,
        "accuracy": compare(one.runs, other.runs, metric="accuracy"),
        "summary": one.summary(metric=metric),
        "luck": va.luck(one, score, metric=metric),
        "plan": va.plan(one, other, effect=0.1, metric=metric),
    }
    for name, result in results.items():
        yield f"{name} as text", str(result)
        yield f"{name} as HTML", notebook.html(result)
    for result in (found, several):
        yield "markdown", markdown.comparison_markdown(result)
        yield "csv", tabular.comparison_csv(result)
        yield "json", tabular.comparison_json(result)
    about = (one.header, one.environments)
    yield "details", render_details(*about, one.failures)
    yield "environment", render_provenance(one.name, *about)
    yield "differences", render_differences(va.diff(one, other))
    yield "statement", one.statement("markdown")
    yield "LaTeX", one.statement("latex")
    yield "repr", repr(one)
    for what in ("runs", "predictions", "confusion"):
        for form in ("csv", "json", "jsonl"):
            out = io.StringIO()
            va.export_runs(one, out, what=what, form=form)
            yield f"{what} as {form}", out.getvalue()


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(TEXTS, TEXTS, st.lists(TEXTS, min_size=2, max_size=3, unique=True), TEXTS)
def test_no_form_of_a_result_holds_what_acts(name, metric, classes, words):
    one, other = (
        made(n, f"m{metric}", classes, words, seed) for seed, n in enumerate((name, f"{name}'"))
    )

    for form, text in documents(one, other, f"m{metric}"):
        assert acting(text) == set(), form


def test_colours_are_our_own_alone():
    one, other = (made(name, NASTY, ["a", NASTY], NASTY, len(name)) for name in (NASTY, "other"))
    found = compare(one.runs, other.runs, metric="accuracy")

    assert acting(render_comparison(found, color=True), coloured=True) == set()


def test_a_page_holds_nothing_that_acts(tmp_path):
    one, other = (made(name, NASTY, ["a", NASTY], NASTY, len(name)) for name in (NASTY, "other"))
    text = va.report(one, other, output=tmp_path / "page.html").read_text(encoding="utf-8")

    assert acting(text) == set()
    assert html.MARK in text.encode()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@given(TEXTS)
@settings(max_examples=30, deadline=None)
def test_progress_shows_nothing_that_acts(text):
    out = io.StringIO()
    with Lines(text, 2, Running(text, {text: np.array([0.5])}), out) as shown:
        shown.finished([Run(0, {text: 1.0}), Failure(1, "raised", text)])
        shown.note(text)

    assert acting(out.getvalue()) == set()


def test_a_bar_shows_nothing_that_others_made_act():
    out, plain = Terminal(), Terminal()
    for stream, name in ((out, NASTY), (plain, "name")):
        with Bar(name, 2, Running(name, {}), stream) as bar:
            bar.finished([Run(0, {name: 1.0})])
            bar.note(name)

    assert acting(out.getvalue()) <= acting(plain.getvalue())  # what a bar itself needs
    assert "owned\x07" not in out.getvalue()


@pytest.fixture
def hostile(home):
    """A stored sweep whose file holds what acts wherever it may hold text."""
    words = NASTY.replace("\ud800", "")
    sweep = made("x", f"m{NASTY}", ["a", NASTY], words)
    with SweepWriter.create(home.path("x"), sweep.header) as writer:
        writer.add_session(sweep.environments[0])
        writer.add([*sweep.content.runs, *sweep.failures])


@pytest.mark.parametrize(
    "line",
    [
        ["list"],
        ["show", "x"],
        ["show", "x", "--metric", f"m{NASTY}"],
        ["show", "x", "--metric", NASTY],
        ["show", "x", "--format", "json"],
        ["show", "x", "--environment"],
        ["show", "x", "--statement"],
        ["show", NASTY],
        ["compare", "x", "y=X", "--metric", f"m{NASTY}"],
        ["compare", "x", "y=X", "--format", "markdown"],
        ["export", "x"],
        ["export", "x", "--what", "predictions"],
        ["export", "x", "--recipe"],
        ["export", "x", "-o", f"/no/{NASTY.replace(chr(0xD800), '')}"],
        ["diff", "x", "y=X"],
        ["luck", "x", "--score", "0.5"],
        ["verify", "x"],
        ["sweep", "--from", NASTY],
        ["sweep", NASTY],
        ["rename", "x", NASTY],
        ["import", NASTY, "--name", "y"],
        [NASTY],
        ["show", "x", f"--{NASTY}"],
        ["plan", "x", "--effect", NASTY],
    ],
    ids=lambda line: " ".join(line)[:20].encode("unicode_escape").decode(),
)
def test_no_command_prints_what_acts(cli, hostile, home, line):
    said = cli(*[word.replace("=X", f"={home.path('x')}") for word in line])

    assert acting(said.out) == set()
    assert acting(said.err) == set()
    assert said.out or said.err


def test_a_traceback_prints_nothing_that_acts(cli):
    said = cli("show", f"nosuch{NASTY}", "--debug")

    assert "Traceback" in said.err
    assert acting(said.err) == set()


def test_what_training_raises_is_shown_inert(cli, experiment):
    toy = experiment(f"raise ValueError({NASTY!r})")
    said = cli("sweep", toy, "--seeds", "2", "--backend", "inline")

    assert said.status == 3
    assert acting(said.out + said.err) == set()


def test_a_comparison_as_csv_holds_no_formula():
    one, other = (
        made(n, "=m", ["=1+1", "-3"], "w", seed) for seed, n in enumerate(("=cmd", "+cmd"))
    )
    found = compare(one.runs, other.runs, metric="accuracy")
    rows = list(csv.DictReader(io.StringIO(tabular.comparison_csv(found))))

    assert {row["baseline"] for row in rows} == {"'=cmd"}
    assert {row["part"] for row in rows} == {"", "'=1+1", "-3"}
    assert all(float(row["difference"]) is not None for row in rows if row["difference"])


def test_everything_is_printed_by_one_function():
    """A print of another kind would let names through."""
    folder = characters.__file__.rpartition("/")[0]
    found = subprocess.run(
        ["grep", "-rnE", r"click\.echo|click\.secho|\bprint\(|print_exc|sys\.std(out|err)\.write",
         "--include=*.py", folder],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    places = {line.removeprefix(f"{folder}/").partition(":")[0] for line in found.splitlines()}

    assert places <= {"cli/options.py", "api/training.py", "reporting/progress.py"}
