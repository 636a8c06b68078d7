"""Each line that is printed has a sentence in docs/statistics.md: what one would repeat."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.factory import digits, fitted, normal, resplit, scored
from tests.analysis.test_comparison import limited_by_the_test_set
from tests.analysis.test_reproduction import DIGITS, flipped, judged, records
from tests.reporting.test_reproduction_text import CAUSES
from tests.reporting.test_sources_text import arm, values
from variance.analysis.comparison import compare
from variance.analysis.costs import Costs
from variance.analysis.luck import luck
from variance.analysis.many import compare_many
from variance.analysis.planning import plan
from variance.analysis.sources import sources
from variance.analysis.summary import summarize
from variance.reporting.document import Text
from variance.reporting.luck_text import luck_document
from variance.reporting.many_text import comparisons_document
from variance.reporting.plan_text import plan_document
from variance.reporting.reproduction_text import reproduction_document
from variance.reporting.sources_text import sources_document
from variance.reporting.summary_text import summary_document
from variance.reporting.text import comparison_document

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "statistics.md").read_text()
SECTION = PAGE.partition("## What would have to be repeated\n")[2].partition("\n## ")[0]
NAMES = {"baseline", "candidate"}
UNESTIMATED = ("Not computed", "Taken for granted", "This tells how far", "Arms hold the other")
"""How remarks begin that explain or refuse."""


def told(command):
    """Return what the page lists of a command: a pattern for each line, and the listing itself."""
    part = SECTION.partition(f"### `{command}`\n")[2].partition("\n### ")[0]
    listed = re.findall(r"^\| `(.+?)` \| (.+) \|$", part, re.MULTILINE)
    assert listed
    assert all(sentence.strip() for _, sentence in listed)
    return [(line, re.compile(".*".join(map(re.escape, line.split("…"))))) for line, _ in listed]


def lines(documents):
    """Yield what stands in documents but for legends, alerts and remarks: sentences and labels."""
    for block in (b for d in documents for section in d.sections for b in section):
        if isinstance(block, Text):
            if block.kind not in ("legend", "alert") and not block.text.startswith(UNESTIMATED):
                yield block.text
        elif block.heads:
            yield from ("(name of the sweep)" if h in NAMES else h for h in block.heads if h)
        elif block.titled:
            yield "(example)"
        else:
            yield from (row.cells[0].strip() for row in block.rows)


def compared():
    base, new = normal(9), {"key": 1, "name": "candidate"}
    first, second = limited_by_the_test_set()
    pairs = [
        (first, replace(second, name="candidate")),
        (base, normal(9, mean=0.995, failures=3, **new)),
        (base, normal(9, mean=0.9, sd=0.02, seeds=range(20, 29), **new)),
        (normal(9, mean=0.9, sd=0.02), normal(9, seeds=range(20, 29), **new)),
        (fitted(8), fitted(8, **new)),
        (resplit(8), resplit(8, **new)),
        (base, base),
    ]
    yield from (comparison_document(compare(*pair)) for pair in pairs)
    one = compare(digits(1, 2000), digits(1, 2000, error=0.01, **new), method="mcnemar")
    yield comparison_document(one)
    tight = compare(normal(9, sd=1e-4), normal(9, sd=1e-4, **new), margin=0.01)
    yield comparison_document(tight)
    yield comparisons_document(compare_many(base, [normal(9, **new), normal(9, key=2, name="c")]))


def judged_scores():
    runs, few, many = normal(30), normal(2), {"claimed_n": 5}
    return [
        luck_document(luck(*asked, **known))
        for asked, known in (
            ((runs, 0.99), {}), ((runs, 0.9915), {}), ((runs, 0.9925), {"best_of": 5}),
            ((runs, 0.999), {}), ((runs, 0.9), {}), ((runs, 0.9921), {"other": 0.9914}),
            ((runs, 0.9), {"other": 0.5}), ((runs, 0.99), many), ((runs, 0.995), many),
            ((runs, 0.99), {**many, "claimed_sd": 0.001, "margin": 0.01}), ((few, 0.99), {}),
            ((few, 0.99), {"other": 0.9}),
        )
    ]  # fmt: skip


def planned():
    pairs = [(normal(9),), (digits(8, 400), digits(8, 400, key=1)), (resplit(8), resplit(8, key=1))]
    return (plan_document(plan(*pair, effect=0.003)) for pair in pairs)


def summarized():
    found = [digits(8, 400), normal(9), fitted(8), normal(1), scored([], failures=1)]
    costs = Costs(found[0].classes, (1.0 - np.eye(10)).tolist())
    yield summary_document(summarize(found[0], costs=costs))
    yield from (summary_document(summarize(runs, bootstrap=True)) for runs in found)


def from_sources():
    one = [arm("all", values(0), "all"), arm("order", values(5, 0.8)), arm("init", values(3, 0.1)),
           arm("none", values(1, 0), "none"), arm("nudge", values(2, 0.5), "nudge")]  # fmt: skip
    other = [arm("all", values(0), "all"), arm("a", values(1)), arm("none", values(4, 0.1), "none")]
    close = [arm("all", values(0), "all"), arm("a", values(1)), arm("b", values(2))]
    mixed = [*close, arm("c", values(3, 0.1))]
    every = (one, other, close, mixed)
    return (sources_document(sources(arms, experiment="toy")) for arms in every)


def verified():
    first = records(DIGITS)[0]
    for again in (records(DIGITS)[:2], [flipped(first, 5)], [flipped(first, 250)]):
        yield reproduction_document(judged(DIGITS, again))
    yield reproduction_document(judged(DIGITS, [flipped(first, 5)], causes=CAUSES))


DOCUMENTS = {"compare": compared, "luck": judged_scores, "plan": planned, "show": summarized,
             "sources": from_sources, "verify": verified}  # fmt: skip


@pytest.mark.parametrize("command", DOCUMENTS)
def test_each_line_has_its_sentence_and_each_sentence_its_line(command):
    listed, printed = told(command), set(lines(DOCUMENTS[command]()))

    unlisted = {line for line in printed if not any(p.match(line) for _, p in listed)}
    unprinted = {name for name, p in listed if not any(p.match(line) for line in printed)}
    assert (unlisted, unprinted) == (set(), set())
