import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.reporting.escaping import flat, latex, latex_code, markdown, markdown_code

HOSTILE = "a\\b{c}$d%e&f#g_h^i~j<k>l|m[n]`o\"p'q"


def unprotected(shown):
    """Return the characters that LaTeX would act on, escapes and our own commands taken away."""
    rest = re.sub(r"\\(text\w+\{\}|ldots\{\}|allowbreak\{\}|char34\{\}|`\{\}|[{}#$%&_])", "", shown)
    rest = re.sub(r"\$(-|\\(pm|times|surd|chi|to)|\^2)\$", "", rest)
    rest = re.sub(r"\{[][]\}|-\{\}", "", rest)
    return set(rest) & set('\\{}$%&#_^<>|"[]')


@pytest.mark.parametrize("escape", [latex, lambda text: latex_code(text)[8:-1]])
def test_latex_acts_on_nothing(escape):
    assert unprotected(escape(HOSTILE)) == set()


@given(st.text())
def test_latex_of_any_text_is_safe(text):
    for shown in (latex(text), latex_code(text)[8:-1]):
        assert unprotected(shown) == set()
        assert "\n" not in shown


@pytest.mark.parametrize("character", list("ðŊþıế日€🙂"))
def test_latex_spells_out_what_not_every_encoding_has(character):
    assert latex(character) == f"U+{ord(character):04X}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("99.25 % ± 0.05", r"99.25~\% $\pm$ 0.05"),
        ("Müller, Łódź", "Müller, Łódź"),
        ("日", "U+65E5"),
        ("a – b — c", "a -- b --- c"),
    ],
)
def test_latex_prints_what_people_write(text, expected):
    assert latex(text) == expected


def test_code_in_latex_keeps_its_hyphens_apart():
    assert latex_code("--seeds 3") == r"\texttt{-{}-{}seeds 3}"


def test_long_words_of_code_may_be_broken():
    assert latex_code("a" * 40).count(r"\allowbreak{}") == 2
    assert r"\allowbreak" not in latex_code("variance sweep digits")


@pytest.mark.parametrize("character", list("\\`*_{}[]#|~$"))
def test_markdown_escapes(character):
    assert markdown(f"a{character}b") == f"a\\{character}b"


def test_markdown_holds_no_html():
    assert markdown("<b>&amp;") == "&lt;b&gt;&amp;amp;"


@given(st.text(alphabet="`a \n"))
def test_code_span_is_fenced_by_more_backticks_than_it_holds(text):
    shown = markdown_code(text)
    if not flat(text):
        assert shown == ""
        return
    fence = re.match("`+", shown)[0]
    assert shown.endswith(fence)
    inside = shown[len(fence) : -len(fence)]
    assert fence not in inside.strip() or len(inside) == 0
    assert all(len(run) < len(fence) for run in re.findall("`+", inside))


def test_lines_and_control_characters_are_flattened():
    assert flat("a\n\tb\x00\x1b[31m\u202ec") == "a b [31m c"
