import pytest

import variance as va


@pytest.fixture
def kept(cli, experiment):
    toy = experiment("return [0, 1, seed % 2, 1], [0, 1, 0, 1]", signature="seed, rate=0.5")
    cli("sweep", toy, "--seeds", "4", "--quiet", "--backend", "inline")


@pytest.mark.parametrize(("words", "form"), [((), "markdown"), (("latex",), "latex")])
def test_statement_is_the_librarys(cli, kept, words, form):
    said = cli("show", "baseline", "--statement", *words)

    assert said.status == 0
    assert said.out == va.load("baseline").statement(form) + "\n"


@pytest.mark.parametrize(
    "more", [("--format", "json"), ("--bootstrap",), ("--per-class",), ("--environment",)]
)
def test_statement_beside_other_output_is_refused(cli, kept, more):
    said = cli("show", "baseline", "--statement", "latex", *more)

    assert (said.status, said.out) == (2, "")
    assert "--statement takes no other options" in said.err


def test_unknown_form_is_refused(cli, kept):
    assert "'html' is not one of" in cli("show", "baseline", "--statement", "html").err
