import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variance import request
from variance.errors import DataError, UsageError
from variance.experiments import registry
from variance.recipe_file import RecipeFile, from_text, to_text
from variance.records import Configuration, Environment, Execution, Header

NAMES = st.text(min_size=1, max_size=8)
SETTINGS = st.dictionaries(
    NAMES, st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES
)
TEXTS = st.dictionaries(NAMES, st.text(max_size=8), max_size=3)
RECIPES = st.builds(
    RecipeFile,
    name=NAMES,
    header=st.builds(
        Header,
        experiment=NAMES,
        configuration=st.builds(
            Configuration,
            experiment=NAMES,
            settings=SETTINGS,
            vary=st.lists(NAMES, max_size=3).map(tuple),
            execution=st.builds(
                Execution,
                st.integers(1, 64),
                st.booleans(),
                st.sampled_from(["default", "bfloat16", "float64"]),
            ),
            held=st.dictionaries(NAMES, st.integers(0), max_size=2),
        ),
        fingerprints=TEXTS,
        note=st.text(max_size=8),
    ),
    seeds=NAMES,
    environments=st.lists(st.builds(Environment, TEXTS, NAMES, NAMES), max_size=2).map(tuple),
    files=TEXTS,
    packages=TEXTS,
)
SMALL = RecipeFile(
    "base",
    Header("moons", configuration=Configuration("moons", {"epochs": 3}, ("split",))),
    "0-29",
    (Environment({"python": "3.11.7"}),),
    packages={"variance": "0.1.0", "numpy": "2.4.6"},
)


@given(RECIPES)
def test_what_is_written_is_read(recipe):
    assert from_text(to_text(recipe), "r.json") == recipe


def test_the_commands_install_the_same_versions_and_train():
    assert json.loads(to_text(SMALL))["commands"] == [
        "python3.11 -m venv .venv",
        ".venv/bin/pip install model-variance==0.1.0",
        ".venv/bin/pip install numpy==2.4.6",
        ".venv/bin/variance sweep --from base.recipe.json",
    ]


@given(st.data())
def test_a_truncated_recipe_is_refused(data):
    text = to_text(SMALL).rstrip()
    cut = data.draw(st.integers(0, len(text) - 1))

    with pytest.raises(DataError, match="is no recipe"):
        from_text(text[:cut], "r.json")


def places(data, *at):
    """Yield the place of everything in parsed JSON."""
    yield at
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, *at, key)


def put(data, at, value):
    """Return parsed JSON with another value in one place."""
    if not at:
        return value
    first, *rest = at
    copy = data.copy()
    copy[first] = put(data[first], rest, value)
    return copy


def said_of(text):
    """Return what a recipe comes to for the user: its seeds and settings checked, or a refusal."""
    try:
        recipe = from_text(text, "r.json")
        mine = recipe.configuration
        request.build(
            registry.find("moons"), seeds=recipe.seeds, settings=mine.settings, vary=mine.vary,
            hold=mine.held, threads=mine.execution.threads, precision=mine.execution.precision,
        )  # fmt: skip
    except (DataError, UsageError) as error:
        return str(error)
    return to_text(recipe)


CHARACTERS = st.characters(exclude_categories=())  # halves of characters too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS, max_size=3)
    | st.sampled_from([10**30, -(10**400), "0-999999999999", "9" * 5000, "none", "\x1b[2J"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(CHARACTERS), inner),
    max_leaves=4,
)  # fmt: skip


@settings(deadline=None)  # scikit-learn is imported by the first that is read
@given(st.sampled_from(list(places(json.loads(to_text(SMALL))))), JSON)
def test_an_edited_recipe_is_read_or_refused_but_never_crashes(at, value):
    assert said_of(json.dumps(put(json.loads(to_text(SMALL)), at, value))).encode()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(to_text(SMALL))),
            st.integers(0, 5),
            st.text(st.sampled_from('[]{}",:0123456789eE+-.\\untrfalsNI \0é')),
        ),
        max_size=4,
    )
)
def test_characters_changed_anywhere_are_read_or_refused(edits):
    text = to_text(SMALL)
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]

    assert said_of(text).encode()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "NaN"])
def test_json_that_python_cannot_take_is_refused(text):
    with pytest.raises(DataError, match=r"r\.json is no recipe: its JSON is nested too deeply"):
        from_text(text, "r.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "pip"}, "is no recipe of this program"),
        ({"version": 2}, "a recipe of version 2; known here is 1"),
        ({"seeds": 30}, "'seeds' cannot be 30"),
        ({"fingerprints": {"data": 3}}, "'fingerprints' cannot be"),
        ({"configuration": {"experiment": "moons"}}, "'configuration' cannot be"),
        ({"note": "\ud800"}, "'note' cannot be"),
    ],
)
def test_what_is_wrong_is_named(change, message):
    with pytest.raises(DataError, match=message):
        from_text(json.dumps({**json.loads(to_text(SMALL)), **change}), "r.json")


@pytest.mark.parametrize("key", ["name", "configuration", "seeds", "fingerprints", "files"])
def test_what_is_missing_is_named(key):
    data = json.loads(to_text(SMALL))
    del data[key]

    with pytest.raises(DataError, match=f"lacks '{key}'"):
        from_text(json.dumps(data), "r.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threads": "2"}, "no whole number"),
        ({"onednn": 1}, "onednn must be true or false"),
        ({"gpu": True}, "unexpected keyword"),
    ],
)
def test_execution_is_checked(change, message):
    data = json.loads(to_text(SMALL))
    data["configuration"]["execution"].update(change)

    with pytest.raises(DataError, match=message):
        from_text(json.dumps(data), "r.json")


@pytest.mark.parametrize("text", ["", "[]", "3", "null", '"variance recipe"', "seed,accuracy\n"])
def test_foreign_files_are_refused(text):
    with pytest.raises(DataError, match="is no recipe"):
        from_text(text, "r.json")
