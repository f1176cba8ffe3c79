"""What comes from the sandbox: arbitrary bytes never crash the grader, hang it, or make it grow."""

import socket
import threading
import time
import tracemalloc

import mlx.core as mx
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking import compare, values
from course.grading import framing, protocol
from course.grading.framing import Broken
from course.grading.protocol import Answer, Cell, Once, Ready, Value

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary(max_size=100),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)
VALUES = st.builds(
    Value,
    st.sampled_from(["mx.array", "numpy.ndarray", "number", "bool", "str", "None", "a list", ""]),
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    st.sampled_from(["", *protocol.LAYOUT, "object", "<U4"]),
    st.lists(st.integers(0, 2**40 - 1), max_size=4).map(tuple),
    st.none() | st.binary(max_size=64),
    st.none() | st.floats(),
)


def decoded(body):
    """What is understood, as the grader goes on with it; None where it is refused."""
    try:
        reply = protocol.reply(body)
        return protocol.attempt(reply) if isinstance(reply, Answer) else reply
    except Broken:
        return None


@given(st.binary(max_size=2_000))
def test_arbitrary_bytes_are_understood_or_refused(body):
    decoded(body)


@given(PLAIN)
def test_arbitrary_values_are_understood_or_refused(value):
    decoded(msgspec.msgpack.encode(value))


@given(PLAIN, st.sampled_from(["Answer", "Ready", "Cell"]))
def test_arbitrary_fields_are_understood_or_refused(value, name):
    for fields in (value if isinstance(value, dict) else {"runs": value}, {"cell": value}):
        decoded(msgspec.msgpack.encode({**fields, "type": name, "nonce": b""}))


@given(VALUES)
def test_a_value_is_a_plain_one_or_refused(value):
    body = protocol.encode(Answer(b"", [Once({"y": value}, None, "", "", None, None, [], "", "")]))[
        4:
    ]
    attempt = decoded(body)
    if attempt is None:
        return
    seen = attempt.runs[0].seen["y"]
    if isinstance(seen.value, np.ndarray):
        assert type(seen.value) is np.ndarray
        assert seen.value.shape == seen.shape
        assert seen.value.dtype.kind in "biufc"
    else:
        assert type(seen.value) in (type(None), bool, int, float, complex, str)
    ours = values.see(mx.array([1.0, 2.0]))
    compare.difference(seen, ours, None)
    compare.difference(seen, values.see(3), None)


@given(st.binary(min_size=1, max_size=400), st.integers(0, 300))
def test_a_true_answer_with_a_byte_changed(noise, place):
    seen = {"y": protocol.pack(values.see(mx.array([[1.0, 2.0]])))}
    body = bytearray(
        protocol.encode(Answer(b"n", [Once(seen, None, "", "", None, None, [], "", "")]))[4:]
    )
    at = place % len(body)
    body[at : at + len(noise)] = noise
    decoded(bytes(body))


@pytest.mark.parametrize(
    "value",
    [
        mx.array([1.5, -2.0]),
        mx.array([[1, 2]], dtype=mx.int8),
        mx.array(True),
        mx.array([1.0, 2.0], dtype=mx.bfloat16),
        mx.array([1 + 2j]),
        mx.zeros((0, 3)),
        np.float64(3),
        np.array([1.0]),
        np.array([True, False]),
        3,
        -(2**63),
        2**64 - 1,
        2.5,
        float("nan"),
        1 + 2j,
        True,
        None,
        "text",
        "\N{SNOWMAN}",
        [1],
        2**70,
        print,
    ],
    ids=str,
)
def test_what_is_sent_arrives(value):
    seen = values.see(value)
    once = Once({"y": protocol.pack(seen)}, None, "", "", None, None, [], "", "")
    body = protocol.encode(Answer(b"", [once]))
    there = decoded(body[4:]).runs[0].seen["y"]
    assert (there.type, there.dtype, there.shape, there.legal) == (
        seen.type,
        seen.dtype,
        seen.shape,
        seen.legal,
    )
    np.testing.assert_array_equal(there.value, seen.value)


@pytest.mark.parametrize(
    "value",
    [
        Value("mx.array", None, "float32", (2,), b"\0" * 7),
        Value("mx.array", None, "float32", (2**20, 2**20), b"\0" * 8),
        Value("mx.array", None, "object", (1,), b"\0" * 8),
        Value("mx.array", 1.0, "float32", (), b"\0" * 4),
        Value("number", True),
        Value("number", "1"),
        Value("bool", 1),
        Value("str", None),
        Value("a list", 3),
        Value("mx.array", 3),
        Value("number", 1.0, "", (2,)),
        Value("number", 1.0, data=b"x"),
    ],
    ids=str,
)
def test_what_contradicts_itself_is_refused(value):
    with pytest.raises(Broken):
        protocol.unpack(value)


def test_too_large_a_value_is_sent_without_its_bytes():
    seen = values.see(mx.zeros((protocol.MOST_VALUE // 4 + 1,)))
    there = protocol.unpack(protocol.pack(seen))
    assert there.value is None
    assert "too large" in compare.difference(there, seen, None)


def lines():
    return socket.socketpair()


def test_a_length_that_is_too_long_is_refused_before_it_is_read():
    mine, theirs = lines()
    theirs.sendall(b"\x7f\xff\xff\xff")
    with pytest.raises(Broken, match="more than"):
        framing.receive(mine, time.monotonic() + 5)


def test_silence_ends_at_the_deadline():
    mine, _theirs = lines()
    with pytest.raises(TimeoutError):
        framing.receive(mine, time.monotonic() + 0.2)


def test_a_message_that_never_ends_ends_at_the_deadline():
    mine, theirs = lines()
    theirs.sendall(b"\0\0\1\0half")
    with pytest.raises(TimeoutError):
        framing.receive(mine, time.monotonic() + 0.3)


def test_a_closed_line_is_broken():
    mine, theirs = lines()
    theirs.sendall(b"\0\0")
    theirs.close()
    with pytest.raises(Broken):
        framing.receive(mine, time.monotonic() + 5)


def test_the_watch_is_asked_while_bytes_drip_in():
    mine, theirs = lines()
    stop = threading.Event()

    def drip():
        theirs.sendall(b"\0\1\0\0")
        while not stop.wait(0.01):
            theirs.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()

    def watch():
        raise Broken("seen")

    try:
        with pytest.raises(Broken, match="seen"):
            framing.receive(mine, time.monotonic() + 5, watch)
    finally:
        stop.set()
        thread.join()


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.binary(max_size=50))
def test_a_large_claim_takes_no_memory(size, tail):
    body = b"\xdd" + (size % 2**32).to_bytes(4, "big") + tail  # a list of so many entries
    tracemalloc.start()
    decoded(body)
    decoded(b"\xc6" + body[1:])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 << 20


def test_deep_nesting_is_refused():
    assert decoded(b"\x91" * 1_000_000) is None
    assert decoded(b"\x81\xa4runs" * 100_000) is None


@given(st.text())
def test_cut_gives_what_can_be_sent(text):
    assert len(protocol.cut(text + "\ud800", 10)) <= 10
    protocol.encode(Ready([protocol.Failed(0, protocol.cut(text + "\ud800"))]))
    assert decoded(protocol.encode(Cell(3))[4:]) == Cell(3)
