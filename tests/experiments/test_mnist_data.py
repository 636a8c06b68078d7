import gzip
import http.server
import logging
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from variance.errors import DataError
from variance.experiments import mnist_data, mnist_files
from variance.experiments.mnist_files import PARTS

SMALL = {
    "train_images": (6, 4, 4),
    "train_labels": (6,),
    "test_images": (3, 4, 4),
    "test_labels": (3,),
}


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


@pytest.fixture
def arrays():
    draw = np.random.default_rng(0)
    return {name: draw.integers(0, 10, shape).astype(np.uint8) for name, shape in SMALL.items()}


@pytest.fixture
def small(monkeypatch, arrays):
    """Make a tiny data set the published one."""
    import hashlib

    parts = {
        name: replace(
            PARTS[name], shape=array.shape, sha256=hashlib.sha256(array.tobytes()).hexdigest()
        )
        for name, array in arrays.items()
    }
    monkeypatch.setattr(mnist_files, "PARTS", parts)
    return arrays


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Hide whatever this machine has."""
    monkeypatch.delenv(mnist_data.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


def write_idx(folder, arrays, *, compress=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        content = idx(array)
        path = folder / (PARTS[name].idx + (".gz" if compress else ""))
        path.write_bytes(gzip.compress(content) if compress else content)
    return folder


def write_npz(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{PARTS[name].npz: array for name, array in arrays.items()})
    return path


def assert_same(data, arrays):
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(data, name), array)


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_idx_files_are_read(small, tmp_path, compress):
    assert_same(mnist_files.read(write_idx(tmp_path, small, compress=compress)), small)


def test_an_npz_file_is_read(small, tmp_path):
    assert_same(mnist_files.read(write_npz(tmp_path / "mnist.npz", small)), small)


def test_dotted_names_are_known(small, tmp_path):
    write_idx(tmp_path, small)
    (tmp_path / PARTS["train_images"].idx).rename(tmp_path / "train-images.idx3-ubyte")

    assert_same(mnist_files.read(tmp_path), small)


def test_a_truncated_gzip_file_is_named(small, tmp_path):
    write_idx(tmp_path, small, compress=True)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-12])

    with pytest.raises(DataError, match=r"t10k-images.* truncated or damaged gzip"):
        mnist_files.read(tmp_path)


def test_a_damaged_gzip_file_is_named(small, tmp_path):
    write_idx(tmp_path, small, compress=True)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[20] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(DataError, match="t10k-images"):
        mnist_files.read(tmp_path)


def test_a_wrong_magic_number_is_shown(small, tmp_path):
    write_idx(tmp_path, small)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"<html>not found</html>")

    with pytest.raises(DataError, match=r"train-labels.*magic number is 0x3c68746d"):
        mnist_files.read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0\0\x08\x03", b"\0\0\x08\x03\0\0\0\x02\0\0"])
def test_a_cut_header_is_an_error(tmp_path, content):
    path = tmp_path / "cut"
    path.write_bytes(content)

    with pytest.raises(DataError, match="cut"):
        mnist_files.read_idx(path)


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + b"\0"], ids=["short", "long"])
def test_a_wrong_length_is_an_error(small, tmp_path, change):
    path = tmp_path / "images"
    path.write_bytes(change(idx(small["test_images"])))

    with pytest.raises(DataError, match="header promises 64"):
        mnist_files.read_idx(path)


def test_other_dimensions_are_an_error(small, tmp_path):
    write_idx(tmp_path, {**small, "test_images": small["test_images"][:2]})

    with pytest.raises(DataError, match=r"\(2, 4, 4\), not uint8 of shape \(3, 4, 4\)"):
        mnist_files.read(tmp_path)


def test_a_label_out_of_range_is_an_error(small, tmp_path):
    labels = small["test_labels"].copy()
    labels[0] = 10
    write_idx(tmp_path, {**small, "test_labels": labels})

    with pytest.raises(DataError, match="a label 10"):
        mnist_files.read(tmp_path)


def test_other_contents_are_not_mnist(small, tmp_path):
    write_idx(tmp_path, {**small, "test_images": small["test_images"] ^ 1})

    with pytest.raises(DataError, match=r"t10k-images.* is not MNIST as published"):
        mnist_files.read(tmp_path)


def test_a_missing_file_is_named(small, tmp_path):
    write_idx(tmp_path, small)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()

    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte"):
        mnist_files.read(tmp_path)


def test_a_truncated_npz_file_is_an_error(small, tmp_path):
    path = write_npz(tmp_path / "mnist.npz", small)
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(DataError, match=r"mnist\.npz cannot be read"):
        mnist_files.read(path)


def test_an_npz_file_without_an_array_says_which(small, tmp_path):
    path = write_npz(tmp_path / "mnist.npz", {"train_images": small["train_images"]})

    with pytest.raises(DataError, match="y_train"):
        mnist_files.read(path)


def test_an_npz_file_of_objects_is_not_unpickled(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=np.array([print], dtype=object))

    with pytest.raises(DataError, match="cannot be read as npz"):
        mnist_files.read(path)


@pytest.mark.parametrize("below", ["", "mnist", "MNIST/raw"])
def test_the_variable_names_the_folder_or_one_above(nowhere, monkeypatch, small, below):
    folder = write_idx(nowhere / "data" / below, small)
    monkeypatch.setenv(mnist_data.VARIABLE, str(nowhere / "data"))

    assert mnist_data.locate() == folder


def test_the_variable_may_name_an_npz_file(nowhere, monkeypatch, small):
    path = write_npz(nowhere / "any.npz", small)
    monkeypatch.setenv(mnist_data.VARIABLE, str(path))

    assert_same(mnist_data.load(), small)


def test_the_cache_comes_before_keras(nowhere, small):
    write_npz(nowhere / "keras" / "datasets" / "mnist.npz", small)
    cached = write_npz(nowhere / "cache" / "variance" / "mnist" / "mnist.npz", small)

    assert mnist_data.locate() == cached


def test_keras_cache_is_used(nowhere, small):
    path = write_npz(nowhere / "keras" / "datasets" / "mnist.npz", small)

    assert mnist_data.locate() == path


def test_a_variable_that_names_nothing_is_an_error(nowhere, monkeypatch):
    monkeypatch.setenv(mnist_data.VARIABLE, str(nowhere / "typo"))

    with pytest.raises(DataError, match=r"typo.*does not exist"):
        mnist_data.available()


def test_some_of_the_files_are_an_error_not_a_miss(nowhere, monkeypatch, small):
    write_idx(nowhere / "data", {"train_images": small["train_images"]})
    monkeypatch.setenv(mnist_data.VARIABLE, str(nowhere / "data"))

    with pytest.raises(DataError, match="lacks train-labels"):
        mnist_data.locate()


def test_nothing_anywhere_is_not_available(nowhere):
    assert nowhere
    assert not mnist_data.available()


def test_without_download_the_message_says_what_to_set(nowhere):
    assert nowhere
    with pytest.raises(DataError, match="Set VARIANCE_DATA"):
        mnist_data.load(fetch_missing=False)


def test_describe_marks_what_is_found(nowhere, small):
    write_npz(nowhere / "keras" / "datasets" / "mnist.npz", small)
    places = mnist_data.describe()

    assert [(p.source, p.found) for p in places[:3]] == [
        ("VARIANCE_DATA", False),
        ("cache", False),
        ("Keras' cache", True),
    ]
    assert {p.status for p in places[3:]} == {"not needed"}


def test_describe_survives_a_wrong_variable(nowhere, monkeypatch):
    monkeypatch.setenv(mnist_data.VARIABLE, str(nowhere / "typo"))

    assert mnist_data.describe()[0].status == "does not exist"


@pytest.fixture
def server(tmp_path):
    """Serve a folder; return it and its address."""
    root = tmp_path / "served"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root)) as it:
        thread = threading.Thread(target=it.serve_forever, args=(0.02,))
        thread.start()
        yield root, f"http://127.0.0.1:{it.server_port}/"
        it.shutdown()
        thread.join()


def mirror_of(path, url):
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return mnist_data.Mirror(url, (("mnist.npz", f"sha256:{digest}"),))


def test_a_download_lands_in_the_cache(nowhere, server, small, monkeypatch):
    root, url = server
    mirror = mirror_of(write_npz(root / "mnist.npz", small), url)
    monkeypatch.setattr(mnist_data, "MIRRORS", (mirror,))

    assert mnist_data.fetch() == nowhere / "cache" / "variance" / "mnist" / "mnist.npz"
    assert_same(mnist_data.load(), small)


def test_the_next_mirror_is_tried(nowhere, server, small, monkeypatch):
    root, url = server
    good = mirror_of(write_npz(root / "mnist.npz", small), url)
    gone = replace(good, url=url + "gone/")
    monkeypatch.setattr(mnist_data, "MIRRORS", (gone, good))

    assert nowhere
    assert mnist_data.fetch().is_file()


def test_a_wrong_checksum_leaves_nothing_behind(nowhere, server, small, monkeypatch):
    root, url = server
    mirror = mirror_of(write_npz(root / "mnist.npz", small), url)
    write_npz(root / "mnist.npz", {**small, "test_labels": small["test_labels"][::-1]})
    monkeypatch.setattr(mnist_data, "MIRRORS", (mirror,))

    with pytest.raises(DataError, match="could not be downloaded"):
        mnist_data.fetch()
    assert not mnist_data.available()
    assert not [p for p in (nowhere / "cache").rglob("*") if p.is_file()]


def test_without_a_network_every_mirror_is_named(nowhere, monkeypatch):
    closed = "http://127.0.0.1:9/"  # the discard port: nobody listens
    mirrors = [mnist_data.Mirror(closed + name, (("mnist.npz", "md5:0"),)) for name in "ab"]
    monkeypatch.setattr(mnist_data, "MIRRORS", mirrors)

    assert nowhere
    with pytest.raises(DataError, match=r"(?s):9/a \(.*refused.*:9/b \(.*Set VARIANCE_DATA"):
        mnist_data.fetch()


def test_a_cache_that_cannot_be_made_is_an_error(nowhere, server, small, monkeypatch):
    root, url = server
    mirror = mirror_of(write_npz(root / "mnist.npz", small), url)
    monkeypatch.setattr(mnist_data, "MIRRORS", (mirror,))
    (nowhere / "cache").write_text("a file where the folder should be")

    with pytest.raises(DataError, match="could not be downloaded"):
        mnist_data.fetch()


def test_downloading_announces_nothing(nowhere, server, small, monkeypatch, caplog, capfd):
    root, url = server
    mirror = mirror_of(write_npz(root / "mnist.npz", small), url)
    monkeypatch.setattr(mnist_data, "MIRRORS", (mirror,))
    mnist_data.fetch()

    assert nowhere
    assert not [r for r in caplog.records if r.levelno >= logging.INFO and r.name == "pooch"]
    assert capfd.readouterr().err == ""


@pytest.mark.mnist
def test_the_published_files_are_accepted(mnist):
    assert mnist
    data = mnist_data.load(fetch_missing=False)

    assert data.train_images.shape == (60_000, 28, 28)
    assert np.bincount(data.test_labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


@pytest.mark.mnist
@pytest.mark.tensorflow
def test_a_little_mnist_trains(mnist):
    from variance.experiments import scoring
    from variance.experiments.mnist import Mnist, Settings
    from variance.experiments.streams import Streams
    from variance.records import Execution

    assert mnist
    settings = Settings(epochs=1, train_size=4000, learning_rate=0.004)
    outcome = Mnist().trainer(settings, Execution()).train(Streams(0, ("init", "order")))

    assert outcome.test_set.train_size == 4000
    assert scoring.accuracy(outcome.test_set.labels, outcome.predictions) > 0.85
