"""What crosses the wall of the sandbox: plain records, bounded in size, decoded strictly.

Used on both sides. The side that judges treats every byte from the other as hostile: a message is
a length and one MessagePack value of a known shape, or it is `Broken`. Nothing is unpickled.
"""

import math
import select
import socket
import time
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct

from course.checking.compare import Seen
from course.checking.observe import Run
from course.checking.runner import Attempt

MOST = 32 << 20  # bytes of one message
MOST_VALUE = 8 << 20  # bytes of one observation; a right answer's are a few hundred
WORDS, LONG = 4_000, 200_000  # characters of a message to people, and of an observed text
Word = Annotated[str, Meta(max_length=300)]
Words = Annotated[str, Meta(max_length=WORDS)]
Text = Annotated[str, Meta(max_length=LONG)]
Index = Annotated[int, Meta(ge=0, lt=1 << 20)]
Size = Annotated[int, Meta(ge=0, lt=1 << 40)]
# How an array's dtype, as MLX or NumPy spell it, is laid out in bytes: bfloat16 comes as float32.
LAYOUT = {name: name for name in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)} | {"bfloat16": "float32"}  # fmt: skip
SCALARS = {"None": type(None), "bool": bool, "str": str, "number": (int, float)}


class Broken(Exception):
    """The other side is gone, or said what cannot be understood; the text says which."""


class Value(Struct, array_like=True):
    """One observation: ``data`` is an array's, ``imaginary`` makes ``value`` a complex number."""

    type: Word
    value: bool | int | float | Text | None = None
    dtype: Word = ""
    shape: Annotated[tuple[Size, ...], Meta(max_length=32)] = ()
    data: Annotated[bytes, Meta(max_length=MOST_VALUE)] | None = None
    imaginary: float | None = None


class Once(Struct, array_like=True):
    """One run of an answer; see course.checking.observe.Run."""

    seen: Annotated[dict[Word, Value], Meta(max_length=500)]
    crash: tuple[Word, Words, Index | Word] | None
    said: Words
    ended: Word
    where: tuple[Index, Words] | None
    missing: Words | None


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


class Found(Struct, tag=True):
    """From the sandbox: what became of an answer; see course.checking.runner.Attempt."""

    nonce: Annotated[bytes, Meta(max_length=32)]
    runs: Annotated[list[Once], Meta(max_length=16)]
    refusal: Words = ""
    missing: Words = ""
    undefined: bool = False
    near: Annotated[list[Word], Meta(max_length=3)] = []
    timed_out: bool = False
    printed: Words = ""
    notes: Annotated[list[Words], Meta(max_length=50)] = []


Reply = Cell | Ready | Found
_encode = msgspec.msgpack.Encoder().encode
_replies = msgspec.msgpack.Decoder(Reply).decode
_orders = msgspec.msgpack.Decoder(Setup | Start | Ask).decode


def encode(record: Struct) -> bytes:
    """A message: four bytes of length, then the record."""
    body = _encode(record)
    if len(body) > MOST:
        raise Broken("what it returned is too large to send")
    return len(body).to_bytes(4, "big") + body


def decode(body: bytes) -> Reply:
    """A message from the sandbox, without its length.

    Raises:
        Broken: it is no such message.
    """
    try:
        return _replies(body)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, MemoryError):
        raise Broken("it sent something that is no answer") from None


def orders(body: bytes) -> Setup | Start | Ask:
    """A message to the sandbox."""
    return _orders(body)


def receive(
    line: socket.socket,
    deadline: float = math.inf,
    watch: Callable[[], None] = lambda: None,
) -> bytes:
    """One message's body, whole.

    Args:
        line: where it comes from.
        deadline: when to give up, by ``time.monotonic()``.
        watch: called ten times a second; what it raises is raised here.

    Raises:
        Broken: the line was closed, or the message is longer than any may be.
        TimeoutError: the deadline has passed.
    """

    def take(count: int) -> bytearray:
        taken, looked = bytearray(), time.monotonic()
        while len(taken) < count:
            now = time.monotonic()
            if now >= deadline:
                raise TimeoutError
            if now - looked > 0.1:
                watch()
                looked = now
            if deadline < math.inf and not select.select([line], [], [], 0.1)[0]:
                continue
            try:
                part = line.recv(min(count - len(taken), 1 << 18))
            except ConnectionError:
                part = b""
            if not part:
                raise Broken("its process ended")
            taken += part
        return taken

    size = int.from_bytes(take(4), "big")
    if size > MOST:
        raise Broken("it sent more than any answer may be")
    return bytes(take(size))


def pack(seen: Seen) -> Value:
    """An observation for sending, in the sandbox."""
    value, kind = seen.value, cut(seen.type, 300)
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
    """An observation as it came from the sandbox, looked at once more.

    Raises:
        Broken: its parts contradict each other.
    """
    if value.dtype:
        return _array(value)
    if value.shape or value.data is not None:
        raise Broken("it sent the shape or the bytes of an array, and no array")
    wanted = SCALARS.get(value.type)
    if wanted is None:
        if value.type in ("mx.array", "numpy.ndarray") or value.value is not None:
            raise Broken("it sent a value without a type")
        return Seen(value.type, None, legal=False)
    plain = value.value
    if not isinstance(plain, wanted) or (isinstance(plain, bool) and value.type != "bool"):
        raise Broken("it sent a value of another type than it says")
    if value.imaginary is not None and value.type == "number" and isinstance(plain, float):
        plain = complex(plain, value.imaginary)
    return Seen(value.type, plain)


def _array(value: Value) -> Seen:
    if value.type not in ("mx.array", "numpy.ndarray") or value.dtype not in LAYOUT:
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
        step = crash[2] if isinstance(crash[2], int) else cut(crash[2], 300)
        crash = (cut(crash[0], 300), cut(crash[1]), step)
    where = (min(run.where[0], (1 << 20) - 1), cut(run.where[1])) if run.where else None
    return Once(
        {cut(str(name), 300): pack(seen) for name, seen in run.seen.items()},
        crash,
        cut(run.said),
        run.ended,
        where,
        None if run.missing is None else cut(run.missing),
    )


def attempt(found: Found) -> Attempt:
    """What the sandbox says an answer did, as if it had been run here.

    Raises:
        Broken: something in it contradicts itself.
    """
    runs = [
        Run({name: unpack(value) for name, value in once.seen.items()}, once.crash, once.said,
            once.ended, once.where, once.missing)
        for once in found.runs
    ]  # fmt: skip
    return Attempt(
        runs, found.refusal, found.missing, found.timed_out, found.printed, tuple(found.notes)
    )


def cut(text: Any, most: int = WORDS) -> str:
    """A text that can be sent: no longer than ``most``, and valid Unicode."""
    return str(text)[:most].encode("utf-8", "replace").decode()
