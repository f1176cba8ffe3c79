"""A message on a socket: four bytes of length, then so many bytes. Knows not what they mean.

Used on both sides of the sandbox's wall. The side that judges treats every byte from the other as
hostile: a message has a largest size and a deadline.
"""

import math
import select
import socket
import time
from collections.abc import Callable

MOST = 32 << 20  # bytes of one message
LENGTH = 4  # bytes of the length before it
LOOK = 0.1  # seconds between two looks at the deadline and the watch


class Broken(Exception):
    """The other side is gone, or said what cannot be understood; the text says which."""


def frame(body: bytes) -> bytes:
    """A message to send.

    Raises:
        Broken: it is larger than any message may be.
    """
    if len(body) > MOST:
        raise Broken("what it returned is too large to send")
    return len(body).to_bytes(LENGTH, "big") + body


def receive(
    channel: socket.socket,
    deadline: float = math.inf,
    watch: Callable[[], None] = lambda: None,
) -> bytes:
    """One message's body, whole.

    Args:
        channel: where it comes from.
        deadline: when to give up, by ``time.monotonic()``.
        watch: called ten times a second; what it raises is raised here.

    Raises:
        Broken: the channel was closed, or the message is longer than any may be.
        TimeoutError: the deadline has passed.
    """
    size = int.from_bytes(_take(channel, LENGTH, deadline, watch), "big")
    if size > MOST:
        raise Broken("it sent more than any answer may be")
    return _take(channel, size, deadline, watch)


def _take(channel: socket.socket, count: int, deadline: float, watch: Callable[[], None]) -> bytes:
    taken, looked = bytearray(), time.monotonic()
    while len(taken) < count:
        now = time.monotonic()
        if now >= deadline:
            raise TimeoutError
        if now - looked > LOOK:
            watch()
            looked = now
        if deadline < math.inf and not select.select([channel], [], [], LOOK)[0]:
            continue
        try:
            part = channel.recv(min(count - len(taken), 1 << 18))
        except ConnectionError:
            part = b""
        if not part:
            raise Broken("its process ended")
        taken += part
    return bytes(taken)
