"""hand_over, an exercise of lesson 01, unified_memory."""

from functools import cache

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

hand_over = exercise(minutes=6, level=2)


@hand_over.solution
def _(first, second, x, a, b):
    """Run two functions on two streams, the second on what the first returns.

        first, second: functions of one array, written by someone who never thought of streams
        x:             an array
        a, b:          two streams
        result:        second(first(x)), the operations of `first` on stream a, those of `second`
                       on stream b; still to be evaluated

    Nothing may be evaluated on the way, and afterwards the default stream is what it was.
    """
    with mx.stream(a):
        y = first(x)
    with mx.stream(b):
        return second(y)


@cache
def _two_streams(_):
    """Two streams of the default device; made once for each, since a stream lives for good."""
    return mx.new_stream(mx.default_device()), mx.new_stream(mx.default_device())


@hand_over.use
def _(answer, rng):
    x = mx.array(rng.uniform(1, 2, size=(2, int(rng.integers(1, 6)))).round(1).astype(np.float32))
    a, b = _two_streams(str(mx.default_device()))
    home, seen = mx.default_stream(mx.default_device()), {}

    def now():
        stream = mx.default_stream(mx.default_device())
        return "as it was" if stream == home else "a" if stream == a else "b"

    def first(x):
        seen["first_on"] = now()
        return mx.log(x)

    def second(y):
        seen["second_on"] = now()
        seen["waited"] = measure.is_evaluated(y)
        return y * 2 + 1

    with mx.stream(home):
        y = answer(first, second, x, a, b)
        after = now()
    evaluated = measure.is_evaluated(y)
    nothing = {"first_on": "not called", "second_on": "not called", "waited": None}
    return {"y": y, "default_after": after, "evaluated": evaluated} | nothing | seen


hand_over.says(
    passed="The graph itself keeps the order; the streams are only told where.",
    y="The result",
    first_on="The stream of `first`",
    second_on="The stream of `second`",
    waited="Whether `second` got an evaluated array",
    evaluated="Whether the result was already evaluated",
    default_after="The default stream afterwards",
)


@hand_over.alternative
def _(first, second, x, a, b):
    before = mx.default_stream(mx.default_device())
    try:
        mx.set_default_stream(a)
        y = first(x)
        mx.set_default_stream(b)
        return second(y)
    finally:
        mx.set_default_stream(before)


@hand_over.misconception(
    "eval_in_between",
    "`second` was handed an array that was already evaluated. Whoever waits there fears that it "
    "could start too early; MLX sees that one operation needs the other's result, and makes the "
    "second stream wait for it. What is left of your code without the waiting?",
)
def _(first, second, x, a, b):
    with mx.stream(a):
        y = first(x)
    mx.eval(y)
    with mx.stream(b):
        return second(y)


@hand_over.misconception(
    "one_stream_for_both",
    "`second` ran on {second_on}, as `first` did. One stream does keep the order, and so do two "
    "when one result needs the other. With both on one, nothing else can run beside them.",
)
def _(first, second, x, a, b):
    with mx.stream(a):
        return second(first(x))


@hand_over.misconception(
    "default_set_for_good",
    "It works, and afterwards the default stream is {default_after}: everything that the program "
    "does from now on lands there. `mx.set_default_stream` has no end. What does?",
)
def _(first, second, x, a, b):
    mx.set_default_stream(a)
    y = first(x)
    mx.set_default_stream(b)
    return second(y)


@hand_over.misconception(
    "stream_as_argument",
    "`first` takes no `stream`. MLX's own operations do, and a function made of them does only if "
    "its author passed it on. What sets the stream for all operations that a block writes down?",
)
def _(first, second, x, a, b):
    return second(first(x, stream=a), stream=b)


hand_over.hints(
    "Who knows that `second` needs what `first` returns: you, or the graph?",
    "A block can have a stream: all operations written down inside it belong to that stream.",
    "`with mx.stream(a):` around one call, `with mx.stream(b):` around the other.",
)
