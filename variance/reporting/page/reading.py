"""How to read a page, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from variance.reporting.document import Text
from variance.reporting.page.material import Material
from variance.reporting.page.parts import Block, Terms
from variance.wording.quantities import SYMBOLS, level_text


def reading(m: Material) -> Iterator[Block]:
    """Yield what the signs and words mean, and when not to trust them."""
    level = level_text(m.summaries[0].alpha)
    alpha = f"{100 * m.summaries[0].alpha:g} %"
    yield Terms(tuple(_signs(level)))
    if m.pairs:
        yield Text("Two questions, each with its own verdict:")
        yield Terms(_SCOPES)
        yield Text("Verdicts:")
        yield Terms(tuple(_verdicts(alpha)))
    yield Text("When not to trust it:")
    yield Terms(tuple(_limits(m)))


def _signs(level: str) -> Iterator[tuple[str, str]]:
    yield (
        "run, seed, sweep",
        "A run is one training; its seed fixes all of its luck. A sweep is the runs of one model "
        "over many seeds.",
    )
    yield (
        "± after a mean",
        "The standard deviation (SD) over runs: how far single runs lie from their mean. It does "
        "not shrink with more runs.",
    )
    yield (
        "[ ]",
        f"A confidence interval: what the data leave open. Methods that make such intervals are "
        f"right in {level} of cases. It shrinks with more runs.",
    )
    yield (
        "p",
        "How often luck alone would show a difference at least this large if there were none. It "
        "is not the chance that there is none, and says nothing about how large it is.",
    )
    yield "pp", "Percent points: from 98 % to 99 % is 1 pp."
    yield "—", "Not known, or not defined; the reason stands nearby."


_SCOPES = (
    (
        "on this test set",
        "Would other trainings of the two models show the difference on these very examples? Only "
        "the seeds are left to chance.",
    ),
    (
        "on new data",
        "Would they show it on fresh examples of the same kind too? Seeds and examples are left to "
        "chance, so it is harder to establish.",
    ),
)


def _verdicts(alpha: str) -> Iterator[tuple[str, str]]:
    yield (
        f"{SYMBOLS['improved']} improved, {SYMBOLS['regressed']} regressed",
        f"The difference is more than luck: where there is none, this is said in at most {alpha} "
        "of cases.",
    )
    yield (
        f"{SYMBOLS['equivalent']} equivalent",
        "The difference lies within the margin that was set beforehand as not mattering.",
    )
    yield (
        f"{SYMBOLS['inconclusive']} inconclusive",
        "Not established. That is not equality: more seeds or examples may still show a "
        "difference.",
    )
    yield f"{SYMBOLS['refused']} refused", "The data cannot answer; the reason stands beside it."


def _limits(m: Material) -> Iterator[tuple[str, str]]:
    if m.pairs:
        yield (
            "chosen after looking",
            "A metric, class or candidate that was picked because it looked good looks better than "
            "it is. Decide beforehand what is compared, and train the winner again.",
        )
        yield (
            "unequal effort",
            "The page knows nothing of how long each side was tuned. A well-tuned candidate beats "
            "a neglected baseline without being better.",
        )
    yield (
        "new data of another kind",
        "“New data” means fresh examples drawn like these. Of other places, times or users it says "
        "nothing.",
    )
    yield (
        "few runs",
        "Under about ten runs, intervals rest on the assumption that scores are spread like a bell "
        "curve.",
    )
    yield (
        "a test set that was used to choose",
        "If models were selected or tuned on these examples, scores on them flatter every model.",
    )
