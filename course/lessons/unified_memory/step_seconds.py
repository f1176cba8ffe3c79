"""step_seconds, an exercise of lesson 01, unified_memory."""

import threading
from functools import cache

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

step_seconds = exercise(minutes=6, level=2)


@step_seconds.solution
def _(stamps, stream):
    """A recorder wrote a time stamp for each step. Return how long each step took, as an MLX array
    that any device can use.

        stamps: (N,) float64, a NumPy array: seconds since 1970, in order
        stream: an MLX stream of the CPU
        result: (N - 1,) float32, an MLX array: seconds between neighbours

    For [1764000060.25, 1764000061.0, 1764000063.5] that is [0.75, 2.5].

    What you do in MLX must run on `stream`: the default may be a GPU, which refuses float64. The
    check calls you with a default stream that cannot run anything.
    """
    exact = mx.array(stamps, dtype=mx.float64)
    with mx.stream(stream):
        return (exact[1:] - exact[:-1]).astype(mx.float32)


@cache
def _cpu_streams():
    """A stream of this thread, and one of a thread that has ended: nothing can run on it."""
    lost = []
    thread = threading.Thread(target=lambda: lost.append(mx.new_stream(mx.cpu)))
    thread.start()
    thread.join()
    return mx.new_stream(mx.cpu), lost[0]


@step_seconds.use
def _(answer, rng):
    took = rng.integers(1, 12, size=rng.integers(2, 7)) / 4
    stamps = 1.764e9 + rng.integers(0, 10**6) + np.concatenate([[0.25], took]).cumsum()
    here, elsewhere = _cpu_streams()
    with mx.stream(elsewhere):
        steps = answer(stamps, here)
    runs = outcome(mx.eval, steps) == "returned"
    return {"runs": runs, "steps": steps if runs else None}


step_seconds.same_as(
    "alternative 2", "constant", "stamps[0]", "any stamp near the others makes them small"
)
step_seconds.says(
    passed="float64 where it lives, and float32 from there on.",
    runs="Whether all of it could run",
    steps="The steps, in seconds",
)


@step_seconds.alternative
def _(stamps, stream):
    return mx.array(np.diff(stamps))


@step_seconds.alternative
def _(stamps, stream):
    mine = stamps - stamps[0]  # small numbers, for which float32 is enough
    start, end = mx.array(mine[:-1]), mx.array(mine[1:])
    return mx.subtract(end, start, stream=stream)


@step_seconds.misconception(
    "float64_lost",
    "You have {steps}, where {steps:expected} seconds passed. `mx.array` turns NumPy's float64 "
    "into float32 unless it is told otherwise, and says nothing. A float32 has 24 bits: near 1.7 "
    "billion its neighbours are 128 apart, so the seconds were gone before you subtracted.",
)
def _(stamps, stream):
    times = mx.array(stamps)
    with mx.stream(stream):
        return times[1:] - times[:-1]


@step_seconds.misconception(
    "default_stream",
    "Some of your operations were written down for the default stream, which cannot run them; on a "
    "GPU you would read that float64 is not supported there. Every operation has a stream of its "
    "own, and a slice or an `astype` is an operation too.",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64)
    return mx.subtract(exact[1:], exact[:-1], stream=stream).astype(mx.float32)


@step_seconds.misconception(
    "to_moves_it",
    "An MLX array has no `to`: it is nowhere, so there is nothing to move it from. In PyTorch the "
    "data goes to a device and the operations follow; in MLX the operations are sent. Which of "
    "your lines are operations, and how do they take a stream?",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64).to(stream)
    return (exact[1:] - exact[:-1]).astype(mx.float32)


@step_seconds.misconception(
    "float64_handed_on",
    "The seconds are right, and they are float64: whoever uses them next has to stay on the CPU "
    "too. The differences are small numbers. Which dtype is enough for them?",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64)
    with mx.stream(stream):
        return exact[1:] - exact[:-1]


step_seconds.hints(
    "How many digits does a float32 have, and how many has a time stamp with its fractions?",
    "Two things to say: the dtype when the array is made, and the stream for all that follows.",
    "`mx.array(stamps, dtype=mx.float64)`; the rest under `with mx.stream(stream):`.",
)
