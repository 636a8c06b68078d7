"""A reproducibility statement: a paragraph and a checklist for a paper or a model card.

The checklist answers what the checklists of conferences ask of repeated trainings (Pineau et al.
2021, "Improving reproducibility in machine learning research"): how many runs, what varied, which
error bars and how computed, compute, data, code, environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from variance.errors import UsageError, nearest
from variance.reporting import escaping
from variance.reporting.statement_facts import Code, Facts, Item, Prose

if TYPE_CHECKING:
    from variance.analysis.summary_results import Summary
    from variance.records import Environment, Failure, Header, Run

Form: TypeAlias = Literal["markdown", "latex"]
FORMS: tuple[str, ...] = get_args(Form)


@dataclass(frozen=True)
class Statement:
    """What must be told of a sweep so that others can judge and repeat it.

    Attributes
    ----------
    paragraph : tuple
        Sentences, each a sequence of text and `Code`.
    items : tuple
        Name and text of each point of the checklist.
    """

    paragraph: tuple[Prose, ...]
    items: tuple[Item, ...]


def statement(
    summary: Summary,
    header: Header,
    runs: Sequence[Run],
    failures: Sequence[Failure] = (),
    environments: Sequence[Environment] = (),
) -> Statement:
    """Return the reproducibility statement of a sweep.

    Parameters
    ----------
    summary : Summary
        What its runs tell.
    header : Header
    runs : sequence of Run
        The finished runs.
    failures : sequence of Failure
    environments : sequence of Environment
        Where they were trained, one each time training was started.
    """
    facts = Facts(summary, header, runs, failures, environments)
    return Statement(tuple(facts.sentences()), tuple(facts.items()))


def render_statement(found: Statement, form: str = "markdown") -> str:
    """Return a statement in a form that can be pasted.

    Parameters
    ----------
    found : Statement
    form : {"markdown", "latex"}

    Raises
    ------
    UsageError
        If there is no such form.
    """
    if form not in FORMS:
        raise UsageError(f"unknown form of a statement: {form!r}", nearest(form, FORMS))
    return _latex(found) if form == "latex" else _markdown(found)


def _markdown(found: Statement) -> str:
    def shown(prose: Prose) -> str:
        return "".join(
            escaping.markdown_code(part) if isinstance(part, Code) else _spaced_markdown(part)
            for part in prose
        )

    items = [f"- **{name}:** {shown(prose)}" for name, prose in found.items]
    return "\n".join(["### Reproducibility", "", " ".join(map(shown, found.paragraph)), "", *items])


def _latex(found: Statement) -> str:
    def shown(prose: Prose) -> str:
        return "".join(
            escaping.latex_code(part) if isinstance(part, Code) else _spaced_latex(part)
            for part in prose
        )

    items = [f"  \\item[{name}] {shown(prose)}" for name, prose in found.items]
    return "\n".join(
        [
            r"\paragraph{Reproducibility.}",
            *map(shown, found.paragraph),
            "",
            r"\begin{description}",
            *items,
            r"\end{description}",
        ]
    )


def _spaced_markdown(text: str) -> str:
    return _at_its_ends(text, escaping.markdown(text))


def _spaced_latex(text: str) -> str:
    return _at_its_ends(text, escaping.latex(text))


def _at_its_ends(text: str, shown: str) -> str:
    """Return what escaping made of a text, with the spaces that the text had at its ends."""
    before, after = (" " * end.isspace() for end in (text[:1], text[-1:]))
    return f"{before}{shown}{after}" if shown else before
