import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from variance.errors import StoreTooLarge
from variance.store.codec import pack, smallest_unsigned, unpack

ARRAYS = hnp.arrays(
    dtype=st.sampled_from(["?", "u1", "<u2", "<i8", "<f4", "<f8"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=7),
)


@given(ARRAYS)
def test_unpacking_gives_the_same_bits(array):
    back = unpack(pack(array))

    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_big_endian_arrays_keep_their_values():
    array = np.array([1, 2, 70_000], dtype=">i4")

    assert unpack(pack(array)).tolist() == [1, 2, 70_000]


@given(st.binary(max_size=60), st.sampled_from([b"", b"|u1:3:raw\n", b"<f8:2,2:zlib\n", b"|b1::"]))
def test_whatever_is_unpacked_is_refused_or_what_it_says(data, head):
    try:
        array = unpack(head + data)
    except (ValueError, StoreTooLarge):
        return

    assert array.nbytes < 10_000


@given(ARRAYS, st.data())
def test_an_array_with_a_byte_changed_is_refused_or_of_its_size(array, data):
    packed = bytearray(pack(array))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    try:
        back = unpack(bytes(packed))
    except (ValueError, StoreTooLarge):
        return

    assert back.nbytes <= 8 * max(array.size, 1) * 10


@pytest.mark.parametrize("cut", [0, 3, 20])
def test_damaged_bytes_are_refused(cut):
    with pytest.raises(ValueError, match="damaged"):
        unpack(pack(np.arange(100, dtype=np.uint8))[:cut])


def test_objects_are_refused():
    with pytest.raises(TypeError, match="only numbers"):
        pack(np.array(["a"]))


@pytest.mark.parametrize(("top", "dtype"), [(0, "u1"), (255, "u1"), (256, "u2"), (70_000, "u4")])
def test_class_indices_take_the_smallest_type(top, dtype):
    assert smallest_unsigned(np.array([0, top])).dtype == np.dtype(dtype)
