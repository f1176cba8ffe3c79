"""How two observations differ: what is looked at first, how close is close, what is said."""

import doctest
import re

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from course import machine
from course.checking import wording
from course.checking.compare import KINDS, TOLERANCES, difference, tolerance
from course.checking.values import phrase, see
from course.checking.wording import shown
from course.measure import graph_nodes

DTYPES = [value for value in vars(mx).values() if isinstance(value, mx.Dtype)]
FLOATS = (mx.float32, mx.float16, mx.bfloat16)


def differ(yours, expected, kind=None, slack=1.0):
    return difference(see(yours), see(expected), kind, slack)


# -- the order of looking


ARRAY = "an mx.array of shape (2, 3) and dtype float32"


@pytest.mark.parametrize(
    ("yours", "said"),
    [
        ([mx.ones(1)], f"yours is a list of 1 array, expected {ARRAY}"),
        (np.full((3, 2), np.nan), "yours is a numpy.ndarray of shape (3, 2) and dtype float64, "),
        (mx.full((3, 2), np.nan, mx.float16), "yours has shape (3, 2), expected (2, 3)"),
        (mx.full((2, 3), np.nan, mx.float16), "yours is float16, expected float32"),
        (mx.full((2, 3), np.nan), "6 of 6 entries are nan or infinite and should not be. First at"),
        (mx.full((2, 3), 2.0), "6 of 6 entries differ. First at row 0, column 0: yours 2, "),
    ],
    ids=["legal", "type", "shape", "dtype", "finite", "value"],
)
def test_the_first_thing_wrong_is_the_one_named(yours, said):
    """Each case is also wrong in all that is looked at later."""
    assert differ(yours, mx.ones((2, 3))).startswith(said)


def test_nothing_wrong_says_nothing():
    assert differ(mx.ones((2, 3)), mx.ones((2, 3))) == ""


def test_a_missing_observation_is_named_before_all_else():
    assert difference(None, see(1), None) == "is missing"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([mx.ones(1), mx.ones(1)], "a list of 2 arrays"),
        ((1, 2.0), "a tuple of 2 items"),
        ([], "a list of 0 items"),
        ({"w": mx.ones(1)}, "a dict of 1 array"),
        ({1, 2}, "a set of 2 ints"),
        ((x for x in ()), "a generator"),
        (None, "None"),
        (mx.Dtype, "the class Dtype"),
        (mx.exp, "the function exp"),
        (print, "the function print"),
        (object(), "an object"),
        (b"", "a bytes"),
    ],
)
def test_phrases_for_what_is_no_observation(value, said):
    assert phrase(value) == said


def test_a_module_is_called_by_its_class_although_it_is_a_dict_and_a_function():
    from mlx import nn

    assert phrase(nn.Linear(2, 2)) == "a Linear"


def test_a_function_or_class_as_an_observation_is_told_what_it_is_not():
    assert differ(mx.exp, 1.0).startswith("yours is the function exp, not what it returns, ")
    assert differ(mx.Dtype, 1.0).startswith("yours is the class Dtype, not an object of it, ")


@pytest.mark.parametrize(
    "value",
    [
        [],
        (1,),
        {},
        (x for x in ()),
        len,
        int,
        object(),
        b"",
        10**400,
        -(10**5000),
        np.array([None]),
        np.array("word"),
        np.longdouble(1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_arrays_numbers_words_and_none_are_observations(value):
    seen = see(value)
    assert not seen.legal
    assert seen.value is None
    for expected in (1, 1.0, True, "word", None, mx.array(1.0)):
        assert differ(value, expected).startswith("yours is ")
    assert difference(seen, seen, None) != ""


class Anything:
    """An object that breaks whatever it can be asked."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __call__(self):
        pass


def test_an_object_that_refuses_every_question_still_has_a_phrase():
    assert phrase(Anything()) == "an Anything"


def test_an_object_of_a_subclass_becomes_the_built_in_one():
    class Odd:
        def __eq__(self, other):
            raise AssertionError("asked")

        __hash__ = None

    for kind, value in ((str, "a"), (int, 3), (float, 0.5)):
        odd = type(f"Odd{kind.__name__}", (Odd, kind), {})(value)
        assert type(see(odd).value) is kind
        assert differ(odd, value) == ""


# -- tolerances


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_dtype_of_mlx_has_a_row_for_every_kind(dtype, kind):
    rtol, atol = TOLERANCES[see(mx.zeros(1, dtype=dtype)).dtype, kind]
    is_float = mx.issubdtype(dtype, mx.inexact)
    assert (rtol > 0 and atol > 0) == (is_float and kind not in ("exact", "reading"))


def test_kinds_that_add_up_more_errors_are_allowed_more():
    for dtype in ("float64", "float32", "float16", "bfloat16", "complex64"):
        rows = [TOLERANCES[dtype, kind] for kind in ("elementwise", "reduction", "matmul")]
        assert rows[0] < rows[1] <= rows[2] and rows[1][1] <= rows[2][1]


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1.0, 1e6, 1e30])
def test_atol_is_a_share_of_the_largest_expected_magnitude(scale):
    _, atol = TOLERANCES["float32", "elementwise"]
    expected = mx.array([scale, 0.0])
    assert differ(mx.array([scale, 0.5 * atol * scale]), expected) == ""
    assert differ(mx.array([scale, 2 * atol * scale]), expected) != ""


def test_where_all_that_is_expected_is_zero_atol_is_absolute():
    _, atol = TOLERANCES["float32", "elementwise"]
    assert differ(mx.array([0.5 * atol]), mx.array([0.0])) == ""
    assert differ(mx.array([2 * atol]), mx.array([0.0])) != ""


def test_an_infinite_expected_entry_does_not_excuse_the_others():
    expected = mx.array([float("inf"), 1.0])
    assert differ(mx.array([float("inf"), 1.1]), expected) != ""


def test_slack_multiplies_the_tolerance():
    rtol, atol = TOLERANCES["float32", "elementwise"]
    yours = mx.array([1 + 5 * (rtol + atol)])
    assert differ(yours, mx.array([1.0])) != ""
    assert differ(yours, mx.array([1.0]), slack=10) == ""


def test_tf32_widens_float32_products_and_nothing_else(monkeypatch):
    monkeypatch.setattr(machine, "tf32", lambda: False)
    exact = {pair: tolerance(*pair) for pair in TOLERANCES}
    product = mx.array([1.0]), mx.array([1.003])
    assert differ(*product, "matmul") != ""
    monkeypatch.setattr(machine, "tf32", lambda: True)
    wide = {pair: tolerance(*pair) for pair in TOLERANCES}
    assert {pair for pair in exact if wide[pair] != exact[pair]} == {("float32", "matmul")}
    assert differ(*product, "matmul") == ""
    assert differ(*product, "reduction") != ""


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_integers_and_booleans_compare_exactly_whatever_the_kind(kind):
    large = mx.array([2**53], mx.int64)
    assert differ(large, large, kind) == ""
    assert differ(large + 1, large, kind) != ""
    assert differ(mx.array([True]), mx.array([False]), kind) != ""
    assert differ(2**53 + 1, 2**53, kind) != ""


def test_readings_and_exact_floats_have_no_tolerance():
    for kind in ("reading", "exact"):
        assert differ(mx.array([1.0]), mx.array([1.0 + 2e-7]), kind) != ""


ONES = [1, 1.0, np.float32(1), np.int64(1), np.array(1.0), np.array(1), mx.array(1.0), mx.array(1)]


@pytest.mark.parametrize("yours", ONES, ids=lambda x: f"{type(x).__name__} {x}")
@pytest.mark.parametrize("expected", [1, 1.0, np.float64(1)])
def test_one_is_one_however_it_is_stored(yours, expected):
    assert differ(yours, expected) == ""
    assert differ(2 * yours, expected) != ""


@pytest.mark.parametrize("true", [True, np.bool_(True), np.array(True), mx.array(True)])
def test_true_is_not_one(true):
    assert differ(true, 1) == "yours is True, expected 1"
    assert differ(1, true) == "yours is 1, expected True"
    assert differ(true, True) == ""


def test_the_dtype_of_two_scalar_arrays_is_compared():
    assert differ(mx.array(1), mx.array(1.0)) == "yours is int32, expected float32"


def test_a_scalar_of_a_foreign_dtype_is_a_difference_and_no_error():
    assert "complex128" in differ(np.array(1j), 1.0)


def test_none_is_no_number_and_no_word():
    assert differ(None, 1) == "yours is None, expected a number"
    assert differ(1, None) == "yours is a number, expected None"
    assert differ("1", 1) == "yours is a string, expected a number"


@pytest.mark.parametrize("wrap", [float, np.float32, mx.array, lambda x: mx.array([[x]])])
def test_nan_equals_nan_and_infinities_keep_their_sign(wrap):
    nan, inf = wrap(float("nan")), wrap(float("inf"))
    assert differ(nan, nan) == differ(inf, inf) == ""
    assert differ(-inf, inf) != ""
    assert differ(nan, inf) != ""
    assert differ(nan, wrap(0.0)) != ""


def test_expected_nans_are_not_held_against_the_answer():
    yours, expected = mx.array([[np.nan, 1.0]]), mx.array([[np.nan, 2.0]])
    assert differ(yours, expected) == (
        "1 of 2 entries differs. First at row 0, column 1: yours 1, expected 2"
    )


def test_a_notebook_that_turned_numpy_warnings_into_errors_is_no_obstacle():
    with np.errstate(all="raise"):
        values = np.array([1e-320, np.inf, np.nan, 1e308])
        assert differ(values, values) == ""
        assert differ(values, values[::-1]) != ""


# -- plain data


@pytest.mark.parametrize(
    "huge",
    [mx.zeros((10**5, 10**5)), np.broadcast_to(np.float32(0), (10**5, 10**5))],
    ids=["mx.array", "numpy"],
)
def test_a_huge_array_is_refused_without_being_made(huge):
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    seen = see(huge)
    assert seen.value is None
    assert seen.shape == (10**5, 10**5)
    assert mx.get_peak_memory() - before < 10**6
    if isinstance(huge, mx.array):
        assert graph_nodes(huge) > 0
    assert difference(seen, see(mx.ones(3)), None).startswith("yours ")
    assert difference(seen, seen, None) == "yours is too large to compare"


@pytest.mark.parametrize("make", [mx.array, np.array])
def test_what_was_seen_does_not_change_with_the_array(make):
    array = make([1.0, 2.0])
    seen = see(array)
    array[0] = 9.0
    assert seen.value.tolist() == [1.0, 2.0]


def test_bfloat16_is_seen_exactly():
    values = mx.random.normal((100,)).astype(mx.bfloat16)
    seen = see(values)
    assert seen.dtype == "bfloat16"
    assert seen.value.tolist() == values.tolist()


def test_an_evaluation_that_fails_is_never_taken_for_a_result():
    """np.array alone hides it nine times in ten: NumPy asks again, and reads what is there."""
    for _ in range(20):
        escaped = []  # a stand-in that vmap made: it has a shape, and no numbers will ever come
        mx.vmap(lambda row: escaped.append(row) or row)(mx.zeros((3, 3)))  # noqa: B023
        with pytest.raises(RuntimeError, match="without a primitive"):
            see(escaped[0] + 1)


# -- words


def test_a_large_array_is_told_by_its_first_entry():
    text = differ(mx.zeros((50, 60)), mx.ones((50, 60)))
    assert text == "3000 of 3000 entries differ. First at row 0, column 0: yours 0, expected 1"


def test_rows_that_are_right_are_named():
    expected = mx.zeros((3, 5))
    one = mx.array(expected)
    one[1, 2] = 0.25
    text = "1 of 15 entries differs. First at row 1, column 2: yours 0.25, expected 0. "
    assert differ(one, expected) == text + "Rows 0 and 2 are right"
    one[0, 0] = 0.25
    assert differ(one, expected).endswith("yours 0.25, expected 0. Row 2 is right")
    one[2, 0] = 0.25
    assert differ(one, expected).endswith("yours 0.25, expected 0")


def test_places_are_named_in_every_dimension():
    assert "First at 3:" in differ(mx.arange(20), mx.where(mx.arange(20) == 3, 0, mx.arange(20)))
    assert "First at (0, 0, 0):" in differ(mx.zeros((2, 2, 2)), mx.ones((2, 2, 2)))


def test_small_vectors_are_shown_whole():
    assert differ(mx.array([0, 4]), mx.array([1, 4])) == "yours 0 and 4; expected 1 and 4"
    assert differ(mx.array(2.5), mx.array(0.5)) == "yours 2.5; expected 0.5"
    assert differ(mx.arange(9), mx.zeros(9, mx.int32)).startswith("8 of 9 entries differ")


@pytest.mark.parametrize(
    "wrap", [float, mx.array, lambda x: mx.array([x, 1.0]), lambda x: mx.full((9,), x)]
)
def test_numbers_that_differ_are_shown_different(wrap):
    text = differ(wrap(0.50001), wrap(0.5))
    yours, expected = re.fullmatch(r".*yours (.*?)[;,] expected (.*)", text).groups()
    assert yours != expected
    assert len(yours) < 20


def test_long_texts_are_cut_to_where_they_differ():
    text = differ("same " * 100 + "mine" + " tail" * 100, "same " * 100 + "ours")
    assert "mine" in text and "ours" in text
    assert len(text) < 250
    assert differ("", "abc") == "yours '', expected 'abc'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (mx.array([0, 4, 8]), "0, 4 and 8"),
        (mx.array([1.5]), "1.5"),
        (mx.array(2), "2"),
        (mx.zeros((0,)), "nothing"),
        (mx.arange(13), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … (13 entries)"),
        (mx.array([True, False]), "True and False"),
        (1 / 3, "0.3333"),
        (12345678, "12345678"),
        ("fused", "fused"),
        (None, "None"),
        ([1, 2], "a list of 2 ints"),
    ],
)
def test_observations_inside_a_sentence(value, text):
    assert shown(see(value)) == text


def test_the_examples_in_the_text_are_true():
    names = {"see": see, "mx": mx}
    found = doctest.testmod(wording, extraglobs=names)
    assert found.attempted == 2
    assert found.failed == 0


# -- for any array


@st.composite
def arrays(draw, dtypes=tuple(DTYPES), odd=True):
    """Small arrays of any dtype and shape, with nan and infinities where there are any."""
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(st.lists(st.integers(1, 4), max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.normal(size=shape) * 10.0 ** draw(st.integers(-3, 3))
    if odd and mx.issubdtype(dtype, mx.floating):
        values = np.where(rng.random(shape) < 0.2, rng.choice([np.nan, np.inf, -np.inf]), values)
    if not mx.issubdtype(dtype, mx.floating):
        values = np.abs(values)
    return mx.array(np.asarray(values, np.float32)).astype(dtype)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(array=arrays(), kind=st.sampled_from((None, *KINDS)))
def test_every_array_equals_itself(array, kind):
    assert differ(array, array, kind) == ""


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    array=arrays(FLOATS, odd=False),
    kind=st.sampled_from(("elementwise", "reduction", "matmul")),
    where=st.integers(0, 10**6),
    sign=st.sampled_from((-1, 1)),
)
def test_an_entry_off_by_more_than_ten_tolerances_is_found(array, kind, where, sign):
    expected = see(array)
    rtol, atol = tolerance(expected.dtype, kind)
    right = expected.value.astype(np.float64)
    allowed = rtol * np.abs(right) + atol * np.abs(right).max()
    index = np.unravel_index(where % right.size, right.shape)
    moved = right.copy()
    moved[index] += sign * 12 * allowed[index]
    yours = see(mx.array(moved.astype(np.float32)).astype(array.dtype))
    assume(np.isfinite(yours.value).all())
    assume(abs(float(yours.value[index]) - right[index]) > 10 * allowed[index])
    assert difference(yours, expected, kind) != ""
    assert difference(yours, expected, kind, slack=15) == ""
