"""What the grader and a sandbox say to each other: plain records, bounded in size.

Used on both sides. The side that judges treats every record from the other as hostile: it has a
known shape and its parts agree, or it is `Broken`. Nothing is unpickled.
"""

import math
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct

from course.checking.observe import Run
from course.checking.runner import Attempt
from course.checking.values import Seen
from course.grading.framing import Broken, frame

FORK, END = b"F", b"E"  # what the fork server is asked to do with a submission
MOST_VALUE = 8 << 20  # bytes of one observation; a right answer's are a few hundred
SHORT, WORDS, LONG = 300, 4_000, 200_000  # characters of a name, a sentence, an observed text
Name = Annotated[str, Meta(max_length=SHORT)]
Words = Annotated[str, Meta(max_length=WORDS)]
Text = Annotated[str, Meta(max_length=LONG)]
Index = Annotated[int, Meta(ge=0, lt=1 << 20)]
Size = Annotated[int, Meta(ge=0, lt=1 << 40)]
ARRAYS = ("mx.array", "numpy.ndarray")
_AS_THEY_ARE = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
# An array's dtype, as MLX or NumPy spell it -> that of its bytes: bfloat16 is sent as float32.
LAYOUT = {name: name for name in _AS_THEY_ARE} | {"bfloat16": "float32"}
SCALARS = {"None": type(None), "bool": bool, "str": str, "number": (int, float)}


class Value(Struct, array_like=True):
    """One observation: ``data`` is an array's, ``imaginary`` makes ``value`` a complex number."""

    type: Name
    value: bool | int | float | Text | None = None
    dtype: Name = ""
    shape: Annotated[tuple[Size, ...], Meta(max_length=32)] = ()
    data: Annotated[bytes, Meta(max_length=MOST_VALUE)] | None = None
    imaginary: float | None = None


class Once(Struct, array_like=True):
    """One run of an answer; see course.checking.observe.Run."""

    seen: Annotated[dict[Name, Value], Meta(max_length=500)]
    crash: tuple[Name, Words, Index | Name] | None
    said: Words
    ended: Name
    where: tuple[Index, Words] | None
    missing: Words | None
    changed: Annotated[list[Name], Meta(max_length=100)]
    given: Words
    returned: Name


class Failed(Struct, array_like=True):
    """A cell that stopped: its number, the error, and the line."""

    cell: Index
    error: Words
    line: Index = 0
    code: Words = ""


class Setup(Struct, tag=True):
    """To the sandbox, once: the harness, what to import for it, and the limits."""

    harness: dict[str, str]  # exercise, or "common" -> the text of its module
    memory: int  # bytes of address space for each process
    processes: int


class Start(Struct, tag=True):
    """To the sandbox: run these cells, but for some."""

    given: str  # the lesson's imports and definitions, which its notebook has in its first cells
    cells: list[str]
    skip: list[int]
    seconds: float  # for each cell


class Ask(Struct, tag=True):
    """To the sandbox: use the answer to one exercise on these seeds."""

    nonce: bytes
    name: str
    seeds: list[int]
    seconds: float


class Cell(Struct, tag=True):
    """From the sandbox: this cell starts now."""

    cell: Index


class Ready(Struct, tag=True):
    """From the sandbox: all cells were run."""

    failed: Annotated[list[Failed], Meta(max_length=2_000)]


class Answer(Struct, tag=True):
    """From the sandbox: what became of an answer; see course.checking.runner.Attempt."""

    nonce: Annotated[bytes, Meta(max_length=32)]
    runs: Annotated[list[Once], Meta(max_length=16)]
    refusal: Words = ""
    missing: Words = ""
    undefined: bool = False
    near: Annotated[list[Name], Meta(max_length=3)] = []
    timed_out: bool = False
    printed: Words = ""
    notes: Annotated[list[Words], Meta(max_length=50)] = []


Order = Setup | Start | Ask
Reply = Cell | Ready | Answer
_encode = msgspec.msgpack.Encoder().encode
_replies = msgspec.msgpack.Decoder(Reply).decode
_orders = msgspec.msgpack.Decoder(Order).decode


def encode(record: Struct) -> bytes:
    """A record as a message to send.

    Raises:
        Broken: it is larger than any message may be.
    """
    return frame(_encode(record))


def reply(body: bytes) -> Reply:
    """A message from the sandbox, read.

    Raises:
        Broken: it is no such message.
    """
    try:
        return _replies(body)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, MemoryError):
        raise Broken("it sent something that is no answer") from None


def order(body: bytes) -> Order:
    """A message to the sandbox, read."""
    return _orders(body)


def pack(seen: Seen) -> Value:
    """An observation for sending, in the sandbox."""
    value, kind = seen.value, cut(seen.type, SHORT)
    if isinstance(value, np.ndarray):
        if seen.dtype not in LAYOUT or value.nbytes > MOST_VALUE:
            if seen.dtype in LAYOUT:
                return Value(kind, None, seen.dtype, seen.shape)
            return Value(f"an array of {cut(seen.dtype, 50)}")
        plain = np.ascontiguousarray(value, dtype=LAYOUT[seen.dtype])
        return Value(kind, None, seen.dtype, seen.shape, plain.tobytes())
    if seen.dtype and seen.dtype not in LAYOUT:
        return Value(f"an array of {cut(seen.dtype, 50)}")
    if isinstance(value, complex):
        return Value(kind, value.real, imaginary=value.imag)
    return Value(
        kind, cut(value, LONG) if isinstance(value, str) else value, seen.dtype, seen.shape
    )


def unpack(value: Value) -> Seen:
    """An observation as it came from the sandbox, checked once more.

    Raises:
        Broken: its parts contradict each other.
    """
    if value.dtype:
        return _array(value)
    if value.shape or value.data is not None:
        raise Broken("it sent the shape or the bytes of an array, and no array")
    wanted = SCALARS.get(value.type)
    if wanted is None:
        if value.type in ARRAYS or value.value is not None:
            raise Broken("it sent a value without a type")
        return Seen(value.type, None, legal=False)
    plain = value.value
    if not isinstance(plain, wanted) or (isinstance(plain, bool) and value.type != "bool"):
        raise Broken("it sent a value of another type than it says")
    if value.imaginary is not None and value.type == "number" and isinstance(plain, float):
        plain = complex(plain, value.imaginary)
    return Seen(value.type, plain)


def _array(value: Value) -> Seen:
    if value.type not in ARRAYS or value.dtype not in LAYOUT:
        raise Broken("it sent an array of no known type")
    if value.value is not None:
        raise Broken("it sent an array and a value")
    if value.data is None:  # too large to send; its shape is still worth a sentence
        return Seen(value.type, None, value.dtype, value.shape)
    dtype = np.dtype(LAYOUT[value.dtype])
    wanted = math.prod(value.shape) * dtype.itemsize
    if len(value.data) != wanted:
        raise Broken("it sent an array whose bytes do not fit its shape")
    truths = dtype.kind == "b"
    flat = np.frombuffer(value.data, np.uint8 if truths else dtype)
    flat = flat != 0 if truths else flat.copy()
    return Seen(value.type, flat.reshape(value.shape), value.dtype, value.shape)


def pack_run(run: Run) -> Once:
    """A run for sending, in the sandbox."""
    crash = run.crash
    if crash:
        step = crash[2] if isinstance(crash[2], int) else cut(crash[2], SHORT)
        crash = (cut(crash[0], SHORT), cut(crash[1]), step)
    where = (min(run.where[0], (1 << 20) - 1), cut(run.where[1])) if run.where else None
    return Once(
        {cut(str(name), SHORT): pack(seen) for name, seen in run.seen.items()},
        crash,
        cut(run.said),
        run.ended,
        where,
        None if run.missing is None else cut(run.missing),
        [cut(name, SHORT) for name in run.changed[:100]],
        cut(run.given),
        cut(run.returned, SHORT),
    )


def attempt(answer: Answer) -> Attempt:
    """What the sandbox says an answer did, as if it had been run here.

    Raises:
        Broken: something in it contradicts itself.
    """
    return Attempt(
        [_run(once) for once in answer.runs],
        answer.refusal,
        answer.missing,
        answer.timed_out,
        answer.printed,
        tuple(answer.notes),
    )


def _run(once: Once) -> Run:
    seen = {name: unpack(value) for name, value in once.seen.items()}
    said = once.said, once.ended, once.where, once.missing
    return Run(seen, once.crash, *said, tuple(once.changed), once.given, once.returned)


def cut(text: Any, most: int = WORDS) -> str:
    """A text that can be sent: valid Unicode, and no longer than it may be.

    Args:
        text: what to send; no string needs to be one.
        most: characters that are kept.
    """
    return str(text)[:most].encode("utf-8", "replace").decode()
