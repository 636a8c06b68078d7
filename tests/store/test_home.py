import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.errors import SweepExists, SweepNotFound, UsageError
from variance.store import Home, check_name


def make(home, name):
    home.path(name).write_bytes(b"x")


def test_folder_is_found_upwards(tmp_path, monkeypatch):
    monkeypatch.delenv("VARIANCE_HOME")
    (tmp_path / ".variance").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")

    assert Home.find().folder == tmp_path / ".variance"


def test_new_folder_is_in_the_working_directory_and_invisible_to_git(tmp_path, monkeypatch):
    monkeypatch.delenv("VARIANCE_HOME")
    monkeypatch.chdir(tmp_path)
    home = Home.find()

    home.make()

    assert (tmp_path / ".variance" / ".gitignore").read_text() == "*\n"


def test_named_folder_comes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("VARIANCE_HOME", str(tmp_path / "one"))

    assert Home.find(tmp_path / "two").folder == tmp_path / "two"


def test_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="is a file"):
        Home(tmp_path / "file").make()


@pytest.mark.parametrize("name", ["", " a", "a ", "a/b", "a\\b", "..", "-a", "a=b", "a\nb", "a\0b"])
def test_unusable_names_are_refused(name):
    with pytest.raises(UsageError, match="name"):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["baseline", "dropout 0.5", "<b>bold</b>".replace("/", ""), "π🙂", "שלום"]
)
def test_unusual_names_are_kept(name, home):
    make(home, name)

    assert home.names() == [name]


def test_name_too_long_for_a_file_is_refused():
    with pytest.raises(UsageError, match="200 bytes"):
        check_name("🙂" * 51)


@given(st.text())
def test_no_accepted_name_leaves_the_folder(name):
    home = Home("/somewhere")
    try:
        path = home.path(name)
    except UsageError:
        return

    assert path.parent == home.folder


def test_missing_sweep_names_the_nearest(home):
    make(home, "baseline")

    with pytest.raises(SweepNotFound, match="Did you mean 'baseline'"):
        home.existing("basline")


def test_missing_sweep_in_an_empty_folder_tells_how_to_make_one(home):
    with pytest.raises(SweepNotFound, match="variance sweep"):
        home.existing("baseline")


def test_path_stands_for_a_sweep(home):
    make(home, "a")

    assert home.resolve(str(home.path("a"))) == ("a", home.path("a"))


def test_path_can_be_given_a_name(home):
    make(home, "a")

    assert home.resolve(f"mine={home.path('a')}") == ("mine", home.path("a"))


def test_rename_never_replaces(home):
    make(home, "a")
    make(home, "b")

    with pytest.raises(SweepExists, match="'b' is there already"):
        home.rename("a", "b")


def test_rename_moves(home):
    make(home, "a")

    home.rename("a", "b")

    assert home.names() == ["b"]


def test_remove_deletes(home):
    make(home, "a")

    home.remove("a")

    assert home.names() == []
