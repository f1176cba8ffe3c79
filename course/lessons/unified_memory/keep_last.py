"""keep_last, an exercise of lesson 01, unified_memory."""

import sys

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

keep_last = exercise(minutes=7, level=3)


@keep_last.solution
def _(logits):
    """A prompt gives logits for each of its T positions, and sampling needs those of the last. Take
    them out so that they can be kept: once your caller drops `logits`, no more memory than that
    of the last position may be in use.

        logits: (B, T, V) float32, evaluated
        result: (B, V) float32, evaluated

    For [[[1, 2], [3, 4]]] that is [[3, 4]], 8 bytes that depend on nothing else.
    """
    last = mx.contiguous(logits[:, -1])
    mx.eval(last)
    return last


@keep_last.use
def _(answer, rng):
    shape = (2, int(rng.integers(3, 7)), int(rng.integers(4, 9)))
    logits = mx.array(rng.normal(size=shape).round(2).astype(np.float32))
    last = answer(logits)
    if not isinstance(last, mx.array):
        return {"last": last, "evaluated": True, "inside": False, "kept": False}
    evaluated = measure.is_evaluated(last)
    inside = np.may_share_memory(np.array(last, copy=False), np.array(logits, copy=False))
    before = sys.getrefcount(logits)
    answer(logits)  # once more: is the whole array held somewhere else by now?
    kept = sys.getrefcount(logits) > before
    return {"last": last, "evaluated": evaluated, "inside": bool(inside), "kept": kept}


keep_last.same_as("alternative 3", "operator", "logits[:, -1] + 0.0", "x - 0 is x as well")
keep_last.says(
    passed="What owns its bytes can be kept for as long as you like.",
    last="The last position's logits",
    evaluated="Whether it was evaluated",
    inside="Whether it lies in the buffer of the logits",
    kept="Whether the logits themselves are held after you returned",
)


@keep_last.alternative
def _(logits):
    last = mx.array(logits[:, -1])
    mx.eval(last)
    return last


@keep_last.alternative
def _(logits):
    return mx.array(np.array(logits[:, -1, :]))


@keep_last.alternative
def _(logits):
    last = logits[:, -1] + 0.0
    mx.eval(last)
    return last


@keep_last.misconception(
    "slice_is_a_copy",
    "Your result is still to be evaluated, and behaves like a slice. That looks like a copy, since"
    " writing to it leaves `logits` alone; but no bytes have been copied, and none will be: even "
    "once evaluated it is a place in the buffer of `logits` and keeps all of that alive. What "
    "gives it bytes of its own?",
)
def _(logits):
    return logits[:, -1]


@keep_last.misconception(
    "evaluated_slice",
    "The numbers are there, and they lie in the middle of the caller's logits: all of those stay "
    "in memory for as long as you keep yours. Evaluating a slice finds out where it begins and "
    "copies nothing. What gives it bytes of its own?",
)
def _(logits):
    last = logits[:, -1]
    mx.eval(last)
    return last


@keep_last.misconception(
    "copy_still_pending",
    "Your result would have bytes of its own, and nobody has made them: it is a graph, and all of "
    "the logits are its input, so none of them can go. When is a copy a copy?",
)
def _(logits):
    return mx.contiguous(logits[:, -1])


@keep_last.misconception(
    "kept_dimension",
    "The memory is as it should be, and the result has three dimensions. A range of positions "
    "keeps its dimension, even if the range holds a single one. What takes one position out?",
)
def _(logits):
    last = mx.contiguous(logits[:, -1:])
    mx.eval(last)
    return last


@keep_last.misconception(
    "last_of_the_batch",
    "You have the logits of the last prompt, at every position. An index of -1 counts along the "
    "first axis, and that one is the batch. Which axis holds the positions?",
)
def _(logits):
    last = mx.contiguous(logits[-1])
    mx.eval(last)
    return last


keep_last.hints(
    "Whose buffer does a slice lie in, and how long does that buffer live?",
    "`mx.contiguous` gives a slice a buffer of its own. But when?",
    "`mx.contiguous(logits[:, -1])`, evaluated before you return it.",
)
