"""How results show themselves: in notebooks, as text, as tables, as figures."""

import subprocess
import sys
from html.parser import HTMLParser

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

import variance as va
from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from tests.analysis.test_reproduction import DIGITS, flipped, judged, records
from variance import api
from variance.analysis.comparison import compare
from variance.analysis.luck import luck
from variance.analysis.many import compare_many
from variance.analysis.planning import plan
from variance.analysis.results import Comparison
from variance.analysis.summary import summarize
from variance.errors import Refusal
from variance.plots.shown import bundle
from variance.reporting.document import Document, Row, Table, Text
from variance.reporting.layout import render
from variance.reporting.notebook import FORMS, page

mpl.use("agg")
assert api  # what shows results is handed in when the library's front is loaded

VOID = {"br", "meta"}
SCRIPT = "<script>alert(1)</script>"
HEBREW = "\u05e9\u05dc\u05d5\u05dd 30 \u05e2\u05d5\u05dc\u05dd"
LONG = "x" * 200


class Reader(HTMLParser):
    """The tags, cells and texts of a page, which must be nested properly."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.cells, self.text = [], [], [], ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def words(text):
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def results():
    first, second = digits(6, 500), digits(6, 500, error=0.02, key=1, name="cand")
    return {
        "comparison": compare(first, second),
        "comparisons": compare_many(first, [second, digits(6, 500, key=2, name="third")]),
        "summary": summarize(first),
        "luck": luck(normal(30), 0.9921, other=0.9914),
        "plan": plan(first, second, effect=0.01),
        "reproduction": judged(DIGITS, [flipped(records(DIGITS)[0], 5)]),
    }


KINDS = ("comparison", "comparisons", "summary", "luck", "plan", "reproduction")


@pytest.mark.parametrize("kind", KINDS)
def test_notebook_gets_text_and_html(results, kind):
    shown = results[kind]._repr_mimebundle_()

    assert shown["text/plain"] == str(results[kind])
    assert shown["text/html"] == results[kind]._repr_html_()


@pytest.mark.parametrize("kind", KINDS)
def test_repr_is_one_short_line(results, kind):
    assert len(repr(results[kind])) < 120
    assert "\n" not in repr(results[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_html_says_every_sentence_of_the_text(results, kind):
    form = FORMS[type(results[kind])]
    said = words(Reader(results[kind]._repr_html_()).text)

    for section in form.document(results[kind]).sections:
        for block in section:
            if isinstance(block, Text):
                assert words(block.text) in said
            else:
                assert all(words(cell) in said for row in block.rows for cell in row.cells)


@pytest.mark.parametrize("kind", KINDS)
def test_html_has_no_script_and_nothing_from_outside(results, kind):
    page = Reader(results[kind]._repr_html_())

    assert page.named("script") == page.named("link") == page.named("img") == []
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_named_and_headed(results, kind):
    page = Reader(results[kind]._repr_html_())

    assert len(page.named("caption")) == len(page.named("table")) > 0
    assert {attrs.get("scope") for attrs in page.named("th")} <= {"row", "col"}


@pytest.mark.parametrize("kind", KINDS)
def test_styles_reach_only_the_result(results, kind):
    html = results[kind]._repr_html_()
    rules = html[html.index("<style>") + 7 : html.index("</style>")].split("}")

    assert all(s.strip().startswith(".variance-result") for r in rules[:-1]
               for s in r.split("{")[0].split(","))  # fmt: skip


def test_verdicts_have_symbol_and_word(results):
    html = results["comparison"]._repr_html_()

    assert '<span class="v-mark v-improved" aria-hidden="true">' in html
    assert "▲ improved" in words(Reader(html).text)


def test_rows_of_both_scopes_share_their_means(results):
    page = Reader(results["comparison"]._repr_html_())

    assert [attrs["rowspan"] for _, attrs in page.tags if "rowspan" in attrs] == ["2", "2", "2"]


@pytest.fixture(scope="module")
def hostile():
    labels = [0, 1, 2] * 40
    wrong, others = (
        [[(label + (i % n == run)) % 3 for i, label in enumerate(labels)] for run in range(5)]
        for n in (9, 11)
    )
    names = (SCRIPT, HEBREW, f"{LONG} 🎉 \u202e $\\frac$")
    return compare(
        classified(labels, wrong, classes=names, name="<b>a</b>"),
        classified(labels, others, classes=names, name=HEBREW),
    )


def test_hostile_names_are_text(hostile):
    page = Reader(hostile._repr_html_())

    assert page.named("script") == page.named("b") == []
    assert SCRIPT in page.text
    assert LONG in page.text
    assert "🎉" in page.text


def test_foreign_writing_keeps_to_itself(hostile):
    html = hostile._repr_html_()

    assert f"<bdi>{HEBREW}</bdi>" in html
    assert "\u202e" not in html


def test_of_a_refused_comparison_the_reason_is_shown():
    refused = compare(normal(2), normal(2, key=1, name="b"))

    assert "at least 3 are needed" in Reader(refused._repr_html_()).text
    with pytest.raises(Refusal, match="at least 3"):
        refused.plot()


def test_of_no_runs_only_the_sentence_is_shown():
    empty = summarize(scored([], failures=3))

    assert "no usable runs, 3 failed" in Reader(empty._repr_html_()).text
    assert len(empty.to_frame()) == 1
    with pytest.raises(Refusal, match="no runs"):
        empty.plot()


def test_hidden_classes_are_found_where_a_notebook_has_them():
    many = summarize(digits(3, 400, classes=20))

    assert "8 steadier classes are not shown; .to_frame() lists them all" in str(many)
    assert "--per-class" not in many._repr_html_()


def test_frame_of_a_comparison_has_a_row_a_scope_and_class(results):
    found, frame = results["comparison"], results["comparison"].to_frame()

    assert len(frame) == 2 + 2 * 10
    assert frame["difference"][0] == found.test_set.estimate
    assert frame["ci_high"][1] == found.new_data.ci[1]
    six = frame.query("part == '6' and scope == 'test-set'")
    assert six["verdict"].item() == found.per_class[6].test_set.verdict


def test_frame_has_numbers_where_a_scope_is_refused():
    frame = compare(normal(5), normal(5, key=1, name="b")).to_frame()

    assert frame["verdict"][1] == "refused"
    assert frame["difference"].dtype == "float64"
    assert pd.isna(frame["difference"][1])


def test_frame_of_several_names_them(results):
    assert set(results["comparisons"].to_frame()["candidate"]) == {"cand", "third"}


def test_frame_of_a_summary_has_the_whole_and_each_class(results):
    found, frame = results["summary"], results["summary"].to_frame()

    assert frame["mean"][0] == found.mean
    assert frame["noise_sd"][0] == found.origin.noise
    assert len(frame) == 1 + 3 * 10
    assert frame.query("metric == 'recall' and part == '3'")["low"].item() == (
        found.per_class[3].recall.low
    )


def test_frame_of_luck_is_a_row(results):
    frame = results["luck"].to_frame()

    assert frame["chance"].tolist() == [results["luck"].chance]
    assert frame["prediction_low"].tolist() == [results["luck"].prediction[0]]


def test_frame_of_a_plan_has_a_row_a_number_of_seeds(results):
    frame = results["plan"].to_frame()

    assert frame["seeds"].tolist() == [step.seeds for step in results["plan"].steps]


def test_frame_of_a_reproduction_has_a_row_a_seed(results):
    frame = results["reproduction"].to_frame()

    assert frame["changed"].tolist() == [5]
    assert frame["judgement"].tolist() == ["within"]


@pytest.mark.parametrize("kind", KINDS)
def test_plot_draws_onto_given_axes(results, kind):
    ax = Figure().add_subplot()

    assert results[kind].plot(ax=ax) is ax
    assert ax.has_data()


@pytest.mark.parametrize("kind", KINDS)
def test_plot_without_axes_is_shown_as_a_picture(results, kind):
    data, about = results[kind].plot()._repr_mimebundle_()

    assert data["image/png"].startswith("iVBORw0KGgo")
    assert about["image/png"]["alt"] == data["text/plain"] != ""
    assert len(data["image/png"]) < 80_000


def test_picture_keeps_a_background_that_lets_through():
    figure = Figure(facecolor="none")
    figure.add_subplot(facecolor="none")

    assert bundle(figure, "x")[0]["image/png"] != bundle(Figure(), "x")[0]["image/png"]


def test_same_result_gives_the_same_bytes(results):
    first, second = (results["comparison"].plot()._repr_mimebundle_() for _ in range(2))

    assert first == second


def test_luck_is_drawn_without_the_runs(results):
    marks = results["luck"].plot().collections[0].get_offsets()

    assert sorted(marks[:, 0]) == sorted(results["luck"].scores)


def test_regression_and_redrawn_splits_are_shown():
    for runs in (fitted(5), resplit(5)):
        assert "SD over runs" in summarize(runs)._repr_html_()
        assert summarize(runs).plot().has_data()


def test_sweep_shows_its_summary_in_short():
    sweep = va.from_scores({"accuracy": [0.9, 0.91, 0.92]}, name="mine")
    shown = sweep._repr_mimebundle_()

    assert shown["text/plain"].startswith("mine: accuracy 91.0 % ± 1.0 (SD over 3 runs).")
    assert words(shown["text/plain"].splitlines()[0]) in words(Reader(shown["text/html"]).text)
    assert repr(sweep).startswith("<Sweep 'mine'")


def test_sweep_is_drawn():
    sweep = va.from_scores({"accuracy": [0.9, 0.91, 0.92]}, name="mine")

    assert sweep.plot().has_data()


def test_figures_take_sweeps_and_summaries():
    sweep = va.from_predictions([[0, 1, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]], [0, 1, 0, 0], name="a")

    assert va.plot_confusion(sweep).has_data()
    assert va.plot_summary(sweep.summary()).has_data()
    assert va.plot_best_of(sweep, sweep.summary()).has_data()


def test_analysis_alone_shows_results_as_their_repr():
    code = (
        "from tests.analysis.factory import normal\n"
        "from variance.analysis.comparison import compare\n"
        "k = compare(normal(5), normal(5, key=1, name='b'))\n"
        "assert str(k) == repr(k) and k._repr_html_() is None\n"
        "print(k._repr_mimebundle_())\n"
        "k.plot()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "'text/html'" not in done.stdout
    assert "<Comparison b against baseline" in done.stdout
    assert "UsageError: nothing is loaded that draws" in done.stderr


def test_every_result_that_shows_itself_has_its_form():
    from variance.analysis.presented import Presented

    assert set(Presented.__subclasses__()) == set(FORMS)
    assert Comparison in FORMS


def test_section_without_blocks_is_left_out():
    assert render(Document.of([Text("a")], [], [Text("b")])) == "a\n\nb"


def test_symbol_stands_where_the_table_wants_it():
    table = Table("t", (Row(("x", "y"), "improved"),), marks=1)

    assert render(Document.of([table])) == "  x   ▲   y"
    assert Reader(page(Document.of([table]))).cells == ["x", "▲ improved", "y"]
