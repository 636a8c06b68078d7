"""Text of any origin made harmless in Markdown and LaTeX."""

from __future__ import annotations

import re
import unicodedata

_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~$])")

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%",
    "&": r"\&", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "`": r"\`{}",
    "[": "{[}", "]": "{]}", "±": r"$\pm$", "−": "$-$", "×": r"$\times$", "√": r"$\surd$",
    "²": "$^2$", "χ": r"$\chi$", "→": r"$\to$", "–": "--", "—": "---", "…": r"\ldots{}",
    "\u2019": "'", "\u2018": "`", "\u201c": "``", "\u201d": "''",
}  # fmt: skip
"""What LaTeX would act on, print as something else or not know, and what prints it instead.

Brackets are in braces, lest one after ``\\item`` or ``\\\\`` be taken for an argument.
"""
_LATEX_CODE = {
    **_LATEX, "-": "-{}", '"': r"\char34{}",
    "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
}  # fmt: skip
"""In code no two characters may melt into one, and quotes stay straight (LaTeX since 2020)."""

_ACCENTS = frozenset("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327")
_LETTERS = frozenset("ßæÆœŒøØłŁ")


BREAK = r"\allowbreak{}"
LONG = 16


def flat(text: str) -> str:
    """Return a text on one line, without control characters, formats and halves of surrogates."""
    shown = "".join(" " if unicodedata.category(c)[0] in "ZC" else c for c in text)
    return " ".join(shown.split())


def markdown(text: str) -> str:
    """Return a text that Markdown and the HTML in it show as it is."""
    text = flat(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def markdown_code(text: str) -> str:
    """Return a text as a code span, fenced with more backticks than it holds in a row."""
    text = flat(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def latex(text: str) -> str:
    """Return a text that LaTeX, pdfLaTeX included, prints as it is.

    Accented Latin letters stay; a character of another script, which pdfLaTeX would stop at, is
    printed as its code point, such as ``U+65E5``.
    """
    shown = "".join(_for_latex(c, _LATEX) for c in flat(text))
    return re.sub(r"(?<=[0-9}]) (?=\\%|pp\b)", "~", shown)  # a number stays with its unit


def latex_code(text: str) -> str:
    """Return a text in LaTeX's typewriter face; long words, such as digests, may be broken."""
    pieces = [_for_latex(c, _LATEX_CODE) for c in flat(text)]
    places = _breaks(flat(text))
    shown = "".join(f"{piece}{BREAK * (i in places)}" for i, piece in enumerate(pieces))
    return f"\\texttt{{{shown}}}"


def _breaks(text: str) -> set[int]:
    """Return the places in words after which a line may end, every 16 characters."""
    words = re.finditer(rf"\S{{{LONG}}}(?=\S)", text)
    return {word.end() - 1 for word in words}


def _for_latex(character: str, table: dict[str, str]) -> str:
    if character in table:
        return table[character]
    return character if _known(character) else f"U+{ord(character):04X}"


def _known(character: str) -> bool:
    """Tell whether LaTeX prints a character in each of its own encodings."""
    base, *accents = list(unicodedata.normalize("NFD", character))
    return character in _LETTERS or (
        base.isascii() and len(accents) < 2 and set(accents) <= _ACCENTS
    )
