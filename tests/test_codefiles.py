import pytest

from variance.codefiles import program, program_of_module


@pytest.fixture
def write(tmp_path):
    def one(name, text=""):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return one


def names(found, folder):
    return [path.relative_to(folder.resolve()).as_posix() for path in found.files]


def test_modules_beside_are_found_through_each_other(write, tmp_path):
    main = write("main.py", "import numpy, os\nimport near")
    write("near.py", "from further import f\nimport pandas")
    write("further.py")
    write("unused.py")
    found = program(main)

    assert names(found, tmp_path) == ["main.py", "further.py", "near.py"]
    assert found.packages == ("numpy", "pandas")


def test_imports_within_functions_count(write, tmp_path):
    main = write("main.py", "def train(seed):\n    import near")
    write("near.py")

    assert names(program(main), tmp_path) == ["main.py", "near.py"]


def test_packages_beside_are_followed_by_all_kinds_of_import(write, tmp_path):
    main = write("main.py", "from pkg import one\nimport pkg.sub.two")
    write("pkg/__init__.py")
    write("pkg/one.py", "from . import three\nfrom .sub import four")
    write("pkg/three.py")
    write("pkg/sub/__init__.py")
    write("pkg/sub/two.py", "from ..other import x")
    write("pkg/sub/four.py")
    write("pkg/other.py")
    found = program(main)

    assert set(names(found, tmp_path)) == {
        "main.py", "pkg/__init__.py", "pkg/one.py", "pkg/three.py", "pkg/sub/__init__.py",
        "pkg/sub/two.py", "pkg/sub/four.py", "pkg/other.py",
    }  # fmt: skip
    assert found.packages == ()


def test_files_that_import_each_other_come_to_an_end(write, tmp_path):
    main = write("main.py", "import near")
    write("near.py", "import main")

    assert names(program(main), tmp_path) == ["main.py", "near.py"]


@pytest.mark.parametrize("text", ["def (", "from ...... import x", "\0"])
def test_a_file_that_cannot_be_understood_imports_nothing(write, text):
    assert program(write("main.py", text)).packages == ()


def test_the_program_of_a_module_is_its_file():
    assert [path.name for path in program_of_module(__name__).files] == ["test_codefiles.py"]


def test_a_module_without_a_file_has_no_program():
    assert program_of_module("sys").files == ()


def test_what_python_cannot_parse_counts_as_without_imports(write):
    deep = write("deep.py", f"import numpy\nx = {'-' * 200_000}1")

    assert program(deep).packages == ()
