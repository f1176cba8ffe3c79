"""generate_ahead, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

from .common import _replaced

generate_ahead = exercise(minutes=10, level=3)


@generate_ahead.solution
def _(step, token, n, emit):
    """Make `n` tokens and hand each to `emit`, so that MLX is working on the next token while
    `emit` deals with this one.

        step(token): the next token, an array, pending
        token:       (1,) int32, evaluated: where to start; it is not emitted
        n:           how many, at least 2
        emit(t):     takes a token as a Python int
        result:      nothing

    - `step` is called n times, each time with the array that it returned before.
    - Each of its results is given to `mx.async_eval` before anything else is done with it.
    - When token k is emitted, token k + 1 is on its way and token k + 2 has not been asked for.

    For n = 3 the order of the calls is: step, step, emit, step, emit, emit.
    """
    following = step(token)
    mx.async_eval(following)
    for i in range(n):
        token = following
        if i < n - 1:
            following = step(token)
            mx.async_eval(following)
        emit(token.item())


@generate_ahead.use
def _(answer, rng):
    shift = int(rng.integers(3, 90))
    made, order, tokens, pending, idle, handed_over = [], [], [], [], [], []

    def step(token):
        order.append("step")
        pending.append(measure.graph_nodes(token))
        made.append((token * 7 + shift) % 97)
        return made[-1]

    def emit(token):
        order.append("emit")
        tokens.append(token)
        idle.append(bool(made) and not measure.is_evaluated(made[-1]))

    real = mx.async_eval

    def async_eval(*arrays):
        for array in arrays:
            handed_over.extend(array if isinstance(array, (list, tuple)) else [array])
        return real(*arrays)

    n = int(rng.integers(3, 6))
    with _replaced(answer, async_eval=async_eval):  # only this tells handing over from waiting
        answer(step, mx.array([int(rng.integers(97))]), n, emit)
        found = {
            "order": ", ".join(order),
            "order_steps": order.count("step"),
            "emitted": len(tokens),
            "type": ", ".join(sorted({type(token).__name__ for token in tokens})),
            "tokens": np.array([int(token) for token in tokens]),
            "handed_over": sum(any(array is y for array in handed_over) for y in made),
            "pending": max(pending, default=0),
            "idle": sum(idle[:-1]),
        }
        order.clear()
        answer(step, mx.array([int(rng.integers(97))]), 2, emit)
    return found | {"shortest": ", ".join(order)}


generate_ahead.always(token_shape="the statement says (1,)")
generate_ahead.says(
    passed="MLX had the next token in hand whenever you were busy with this one.",
    order="The order of the calls",
    shortest="The order of the calls for n = 2",
    order_steps="Calls of step",
    emitted="Calls of emit",
    type="What emit was given",
    tokens="The tokens",
    handed_over="Results of step given to mx.async_eval",
    pending="Operations pending in what step was given, at most",
    idle="Calls of emit during which nothing was on its way",
)


@generate_ahead.alternative
def _(step, token, n, emit):
    waiting = []
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        waiting.append(token)
        if len(waiting) == 2:
            emit(int(waiting.pop(0)))
    emit(int(waiting.pop()))


@generate_ahead.misconception(
    "read_at_once",
    "Each token was read before the next one was asked for: {order}. `mx.async_eval` returns "
    "at once so that you can do something else; reading waits for the result after all. What could "
    "be handed over before you read?",
)
def _(step, token, n, emit):
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        emit(token.item())


@generate_ahead.misconception(
    "eval_not_async",
    "The order is right, and {handed_over} of {order_steps} results went to `mx.async_eval`. "
    "Whatever computed them instead comes back when the numbers are there, as `mx.eval` does: your "
    "program stood still meanwhile. Which function only hands the work over?",
)
def _(step, token, n, emit):
    following = step(token)
    mx.eval(following)
    for i in range(n):
        token = following
        if i < n - 1:
            following = step(token)
            mx.eval(following)
        emit(token.item())


@generate_ahead.misconception(
    "handed_over_too_late",
    "You build the next token first, as you should, and hand it over when this one has been "
    "emitted: at {idle} of the calls of `emit` the next token was only written down. While your "
    "program was busy with one token, MLX had nothing to do. What could come earlier?",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        following = step(token)
        emit(token.item())
        mx.async_eval(following)
        token = following
    emit(token.item())


@generate_ahead.misconception(
    "one_step_too_many",
    "`step` was called {order_steps} times for {emitted} tokens. When the last token is read there "
    "is no next one to prepare, and one was started all the same. For a language model that is "
    "one more pass through all its weights.",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n):
        following = step(token)
        mx.async_eval(following)
        emit(token.item())
        token = following


@generate_ahead.misconception(
    "all_at_once",
    "All tokens were asked for first and emitted afterwards: {order}. MLX is never idle, and who "
    "reads along sees nothing until every token has been asked for; if they stop you half-way, "
    "the rest is wasted. How far ahead is far enough?",
)
def _(step, token, n, emit):
    tokens = []
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        tokens.append(token)
    for token in tokens:
        emit(token.item())


@generate_ahead.misconception(
    "never_handed_over",
    "The order is right, and at {idle} calls of `emit` the next token was only written down: "
    "{handed_over} results went to `mx.async_eval`. Calling `step` looks like starting it. Who "
    "tells MLX to begin?",
)
def _(step, token, n, emit):
    token = step(token)
    for _ in range(n - 1):
        following = step(token)
        emit(token.item())
        token = following
    emit(token.item())


@generate_ahead.misconception(
    "last_not_emitted",
    "{order_steps} tokens were asked for and {emitted} emitted. A loop that is one step ahead ends "
    "with one token in hand. What becomes of it?",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        following = step(token)
        mx.async_eval(following)
        emit(token.item())
        token = following


@generate_ahead.misconception(
    "arrays_emitted",
    "The order is right, and `emit` was given `{type}`. An array can be handed on without waiting, "
    "and whoever gets it must wait in your place. What does `emit` take?",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        following = step(token)
        mx.async_eval(following)
        emit(token)
        token = following
    emit(token)


generate_ahead.hints(
    "While `emit` prints a token, what could MLX be computing?",
    "Keep two tokens in two names: the one on its way, and the one that you are about to read.",
    "First `step` and `mx.async_eval` before the loop; in it: step and async_eval for the next "
    "token (unless this is the last), then `emit(token.item())`.",
)
