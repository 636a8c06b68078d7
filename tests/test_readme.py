"""The README's commands and code are what they say."""

import re
import shlex
from pathlib import Path

import click
import pytest

from variance.cli.main import _with_command, variance

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def command_lines():
    """Every `variance …` of the shell blocks, those joined by && apart."""
    for block in blocks("sh"):
        for line in block.splitlines():
            for part in re.split(r"&&|#", line):
                words = shlex.split(part)
                if words[:1] == ["variance"]:
                    yield words[1:]


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_command_is_understood(words):
    name, *rest = _with_command(words)
    command = variance.get_command(click.Context(variance), name)

    command.make_context(name, rest)  # raises for an option or argument that is not there


@pytest.mark.parametrize("block", [b for b in blocks("python") if "import variance" in b])
def test_code_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own page


def test_ci_runs_the_test_command_of_the_readme():
    line = re.search(r"<!-- test -->\n```sh\n(.*?)\n```", README)[1]
    script = (Path(__file__).parents[1] / ".ci" / "run").read_text(encoding="utf-8")

    install = re.search(r"pip (install .*?) &&", line)[1]
    assert install in script
    assert line.endswith("-m pytest")
    assert re.search(r"-m pytest\n", script)


def test_every_page_that_is_linked_is_there():
    root = Path(__file__).parents[1]
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert [link for link in links if not (root / link).exists()] == []


def test_tour_is_a_story_that_runs(cli, tmp_path, monkeypatch):
    """The main job with the quickest experiment: sweep, sweep --set … --name, compare."""
    monkeypatch.chdir(tmp_path)
    for line in (
        "sweep moons --seeds 6 --vary training --quiet",
        "sweep moons --seeds 6 --vary training --quiet --set hidden=2 --name candidate",
        "compare baseline candidate",
        "luck baseline --score 0.9",
        "plan baseline candidate --effect 0.01",
        "show baseline",
        "list",
        "export baseline -o runs.csv",
        "import runs.csv --name mine",
    ):
        said = cli(*line.split())
        assert said.status == 0, said.err
