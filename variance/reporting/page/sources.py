"""The section on which source of randomness the spread comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from variance import plots
from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult
from variance.reporting.crossed_text import crossed_document
from variance.reporting.document import Document, Text
from variance.reporting.machine_text import machine_document
from variance.reporting.page.material import Material
from variance.reporting.page.parts import Block, figure
from variance.reporting.sources_text import sources_document

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def sources(m: Material) -> Iterator[Block]:
    """Yield what varying one source at a time, two crossed, and the machine do."""
    for i, found in enumerate(m.sources):
        yield from _shown(found, f"sources-{i}")


def _shown(r: SourcesResult | CrossedResult | MachineResult, key: str) -> Iterator[Block]:
    if isinstance(r, SourcesResult):
        yield from _with_figure(
            sources_document(r), key, lambda: plots.plot_sources(r), "Spread in each arm",
            "The SD over runs where one source of randomness varies, all do, or none.",
        )  # fmt: skip
    elif isinstance(r, CrossedResult):
        yield from _with_figure(
            crossed_document(r), key, lambda: plots.plot_crossed(r),
            f"{r.first} and {r.second} crossed",
            "The SD that each source gives alone, and that they give only together.",
        )  # fmt: skip
    else:
        yield from _with_figure(
            machine_document(r), key, lambda: plots.plot_machine(r),
            "The same seeds, computed in other ways",
            "How far runs move from their twins when they are computed in another way.",
        )  # fmt: skip


def _with_figure(
    document: Document, key: str, draw: Callable[[], Axes], title: str, description: str
) -> Iterator[Block]:
    """Yield the sentences of a document, then its figure with the tables below."""
    said, *rest = document.sections
    yield from (Text(block.text) for block in said if isinstance(block, Text))
    twin = [block for section in rest for block in section]
    yield figure(draw, key, title, f"{description} The numbers are in the table below.", twin,
                 shown=True)  # fmt: skip
