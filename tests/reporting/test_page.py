import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

import variance as va
from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from variance.analysis.costs import Costs
from variance.errors import UsageError
from variance.records import Failure
from variance.reporting.page.examples import data_address
from variance.wording.quantities import about

HOSTILE = ("<script>alert(1)</script>", "ספרה עברית", "x" * 200, "👩‍🔬🦄 & $\\frac{1}{")


class Reader(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.ids, self.references = [], [], [], []
        self.texts, self._heading, self.open = [], None, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self.ids += [attrs["id"]] if "id" in attrs else []
        for name in ("src", "href", "xlink:href", "action", "data"):
            self.references += [attrs[name]] if attrs.get(name) else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])
            self._heading = tag

    def handle_endtag(self, tag):
        self._heading = None if tag == self._heading else self._heading

    def handle_data(self, data):
        self.texts.append(data)
        if self._heading:
            self.headings[-1][1] += data

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def titles(self, level=2):
        return [text.strip() for depth, text in self.headings if depth == level]

    def having(self, name):
        return [(tag, attrs) for tag, attrs in self.tags if name in attrs]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def made(folder):
    """Return a function that reports some sweeps and reads the page."""

    def read(*sweeps, **options):
        path = va.report(*sweeps, output=folder / f"{len(list(folder.iterdir()))}.html", **options)
        return path.read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="module")
def pair():
    return digits(8, error=0.08, name="base"), digits(8, error=0.03, key=1, name="cand")


@pytest.fixture(scope="module")
def source(made, pair):
    return made(*pair, margin=0.001)


@pytest.fixture(scope="module")
def page(source):
    return Reader(source)


@pytest.fixture(scope="module")
def hostile(made):
    labels = np.arange(400) % 4
    rng = np.random.default_rng(0)
    sweeps = [
        classified(
            labels,
            np.where(rng.random((6, 400)) < share, (labels + 1) % 4, labels),
            name=name,
            classes=HOSTILE,
        )
        for name, share in zip((HOSTILE[0], HOSTILE[1] + HOSTILE[2]), (0.1, 0.2), strict=True)
    ]
    return made(*sweeps)


class TestOrder:
    def test_two_sweeps_have_every_section_in_order(self, page):
        assert page.titles() == [
            "The difference", "Every run", "Class by class", "What is taken for what",
            "Where the spread comes from", "What more seeds and examples would find",
            "Best of several, and luck", "Examples on which runs disagree", "How to reproduce",
            "How to read this page",
        ]  # fmt: skip

    def test_the_sentence_comes_before_every_section(self, page, pair):
        sentence = "cand is a REAL IMPROVEMENT over base on this test set, by more than the margin"

        assert sentence in page.text
        assert page.text.index(sentence) < page.text.index("mean difference with")

    def test_numbers_are_those_of_the_comparison(self, page, pair):
        found = va.compare(*pair, margin=0.001)
        low, high = (f"{100 * end:+.1f}" for end in found.test_set.ci)

        assert f"[{low}, {high}]" in page.text
        assert f"about {about(found.seeds_needed)} on this test set" in page.text

    def test_one_sweep_has_what_applies(self, made, pair):
        titles = Reader(made(pair[0])).titles()

        assert titles == [
            "Every run", "Class by class", "What is taken for what", "Where the spread comes from",
            "Best of several, and luck", "Examples on which runs disagree", "How to reproduce",
            "How to read this page",
        ]  # fmt: skip

    def test_several_candidates_have_one_table_then_a_chapter_each(self, made, pair):
        page = Reader(made(*pair, digits(8, error=0.08, key=2, name="third")))

        assert page.titles()[:4] == ["All candidates", "Every run", "cand", "third"]
        assert page.titles(3) == 2 * [
            "The difference", "Class by class", "What is taken for what",
            "What more seeds and examples would find",
        ]  # fmt: skip
        assert "is the best of 2 candidates" in page.text

    def test_regression_has_its_own_plots(self, made):
        page = Reader(made(fitted(8, name="a"), fitted(8, key=3, name="b")))

        assert "By size of the target" in page.titles()
        assert "Distributions and predictions" in page.titles()
        assert "Class by class" not in page.titles()
        assert "predicted against true" in page.text

    def test_redrawn_splits_are_reported(self, made):
        page = Reader(made(resplit(8, name="a"), resplit(8, noise=0.9, key=3, name="b")))

        assert "there is no fixed test set" in page.text

    def test_heading_levels_leave_none_out(self, page):
        levels = [level for level, _ in page.headings]

        assert levels[0] == 1
        assert all(new <= old + 1 for old, new in pairwise(levels))


class TestWhatIsMissing:
    def test_scores_alone_say_what_is_missing_and_why(self, made):
        page = Reader(made(normal(8, name="a"), normal(8, key=1, mean=0.995, name="b")))

        assert "Not in this report" in page.titles()
        assert "Class by class" not in page.titles()
        assert "no predictions are stored" in page.text

    def test_sweeps_of_different_kinds_are_refused_and_each_reported(self, made, pair):
        page = Reader(made(fitted(8, name="reg"), pair[0]))

        assert "base CANNOT BE JUDGED against reg: base has no mse" in page.text
        assert "predicted against true" in page.text
        assert "base: accuracy" in page.text

    def test_other_test_data_are_refused_and_each_reported(self, made, pair):
        page = Reader(made(pair[0], digits(8, examples=500, name="short")))

        assert "different test data" in page.text
        assert page.text.count("how often each class is taken for which") == 2
        assert "The difference" not in page.titles()

    @pytest.mark.parametrize("runs", [0, 1, 2])
    def test_too_few_runs_are_no_error(self, made, runs):
        page = Reader(made(normal(runs, name="few", failures=1), normal(5, name="more")))

        assert "CANNOT BE JUDGED" in page.text

    def test_identical_runs_are_refused(self, made, pair):
        again = digits(8, error=0.08, name="again")

        assert "both sweeps hold the same runs" in Reader(made(pair[0], again)).text

    def test_failed_runs_are_listed_with_their_error(self, made):
        page = Reader(made(normal(6, name="a", failures=13)))

        assert "Failed runs" in page.titles()
        assert page.text.count("boom") == 10
        assert "3 more failed seeds" in page.text

    def test_secrets_in_errors_are_hidden(self, made):
        runs = normal(4, name="a", failures=1)
        failure = Failure(9, "raised", "HTTP 403 for token=hunter2")

        assert "hunter2" not in made(replace(runs, failures=(failure,)))

    def test_examples_come_as_a_table_where_there_are_no_pictures(self, page):
        assert "Without pictures: the runs come from elsewhere" in page.text
        assert "Where cand and base differ most in the share of runs that are right" in page.text


class TestOptions:
    def test_costs_are_reported(self, made, pair):
        names = tuple("0123456789")
        costs = Costs(names, tuple(tuple(float(i != j) for j in range(10)) for i in range(10)))

        assert "cost (lower is better)" in Reader(made(*pair, costs=costs)).text

    def test_another_metric_is_reported(self, made, pair):
        assert "macro_f1 of every run" in Reader(made(*pair, metric="macro_f1")).text

    def test_the_line_that_makes_the_page_again_holds_the_options(self, page):
        assert "variance report base cand --margin 0.001" in page.text

    def test_what_needs_a_candidate_is_refused_without_one(self, pair, folder):
        with pytest.raises(UsageError, match="margin needs a candidate"):
            va.report(pair[0], margin=0.1, output=folder / "never.html")

    def test_sweeps_of_the_same_name_are_refused(self, pair):
        with pytest.raises(UsageError, match="need different names"):
            va.report(pair[0], pair[0])


class TestSafety:
    def test_nothing_is_asked_of_anything_outside(self, page, hostile):
        for reader in (page, Reader(hostile)):
            assert all(ref.startswith(("#", "data:")) for ref in reader.references)

    def test_the_policy_allows_only_the_pages_own_style_and_script(self, page):
        (policy,) = [a["content"] for t, a in page.tags if a.get("http-equiv")]

        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; "
            r"script-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'none'",
            policy,
        )

    def test_no_inline_style_or_handler(self, hostile):
        attributes = {name for _, attrs in Reader(hostile).tags for name in attrs}

        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]

    def test_hostile_names_are_text(self, hostile):
        page = Reader(hostile)

        assert [tag for tag, _ in page.tags].count("script") == 1
        assert "alert(1)" in page.text
        assert HOSTILE[2] in page.text

    def test_right_to_left_names_keep_to_themselves(self, hostile):
        assert f"<bdi>{HOSTILE[1]}</bdi>" in hostile

    def test_no_tag_slips_into_an_attribute(self, hostile):
        values = [v for _, attrs in Reader(hostile).tags for v in attrs.values() if v]

        assert not [value for value in values if "<bdi>" in value]


class TestAccess:
    def test_ids_are_unique(self, page):
        assert len(page.ids) == len(set(page.ids))

    def test_every_drawing_has_a_name_and_a_description(self, page):
        drawings = [attrs for tag, attrs in page.tags if tag == "svg"]

        assert len(drawings) >= 8
        for attrs in drawings:
            assert attrs["role"] == "img"
            assert all(name in page.ids for name in attrs["aria-labelledby"].split())

    def test_every_figure_has_its_numbers_as_a_table(self, source):
        figures = re.findall(r"<figure>.*?</figure>", source, re.DOTALL)

        assert len(figures) >= 8
        assert all("<table" in figure for figure in figures)

    def test_every_table_has_a_caption_and_scopes(self, page):
        names = [tag for tag, _ in page.tags]

        assert names.count("caption") == names.count("table") > 8
        assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")

    def test_what_scrolls_can_be_reached_by_keyboard(self, page):
        boxes = [a for _, a in page.tags if "scroll" in (a.get("class") or "").split()]

        assert boxes
        assert all(a["tabindex"] == "0" and a["aria-label"] for a in boxes)

    def test_language_and_landmarks_are_there(self, page):
        names = [tag for tag, _ in page.tags]

        assert dict(page.tags)["html"]["lang"] == "en"
        assert all(names.count(name) == 1 for name in ("main", "header", "footer", "nav", "h1"))


class TestSize:
    def test_it_does_not_grow_with_the_number_of_runs(self, made, pair):
        many = made(
            digits(1000, examples=300, error=0.08, name="base"),
            digits(1000, examples=300, error=0.06, key=1, name="cand"),
        )

        assert len(many) < 500_000

    def test_it_is_small(self, source):
        assert len(source) < 400_000

    def test_the_same_runs_give_the_same_bytes(self, made, pair, source):
        assert made(*pair, margin=0.001) == source


class TestPictures:
    def test_a_picture_is_the_same_bytes_each_time(self):
        pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)

        assert data_address(pixels) == data_address(pixels)
        assert data_address(pixels).startswith("data:image/png;base64,iVBOR")


def test_names_that_lead_to_the_same_file_are_told_apart():
    from variance.api.showing import _default_path

    paths = {_default_path([name]) for name in ("a/b", "a b", "a:b", "a-b", "..", "…" * 90)}

    assert len(paths) == 6
    assert all(path.parent.name == "reports" and len(path.name) < 150 for path in paths)


def test_plain_names_make_a_plain_file():
    from variance.api.showing import _default_path

    assert _default_path(["baseline", "candidate"]).as_posix() == "reports/baseline-candidate.html"


def test_a_score_by_the_bye_is_no_sweep(made):
    assert "no usable runs" in Reader(made(scored([], name="none", failures=2))).text


def test_half_a_character_breaks_nothing(made):
    assert "no usable runs" in made(scored([], name="half \ud800", failures=1))
