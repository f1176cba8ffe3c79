"""jitter, an exercise of lesson 04, compile."""

import random

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import outcome

from .common import _first_sentence

jitter = exercise(minutes=6, level=2, needs=("compile",))


@jitter.solution
def _(scale):
    """Compiled noise that stays noise.

    Return a compiled function of x that returns x plus normal noise times `scale`, same shape. The
    noise is drawn from MLX's global random state inside the function: every call gives other noise,
    `mx.random.seed(s)` before two runs of calls makes them equal, and the draws that others make
    afterwards go on from where the function left the state.
    With a scale of 0 it returns x.
    """

    def noisy(x):
        return x + scale * mx.random.normal(x.shape)

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


def _first_draw(seed):
    mx.random.seed(seed)
    return mx.random.uniform().item()


@jitter.use(fused="reading")
def _(answer, rng):
    rows = int(rng.integers(30, 50))
    x = mx.array((8 + rng.normal(size=(rows, 20))).astype(np.float32))
    scale = float(rng.choice([0.5, 2.0]))
    seed = int(rng.integers(1 << 20))
    function = answer(scale)
    names = [
        "shape",
        "differ",
        "again",
        "spread",
        "centre",
        "far",
        "rows",
        "left",
        "asks",
        "still",
        "moved",
    ]
    found = dict.fromkeys(names)

    def go():
        mx.random.seed(seed)
        noisy = function(x)
        found["shape"] = "that of x" if noisy.shape == x.shape else str(tuple(noisy.shape))
        one, two = noisy - x, function(x) - x
        mx.eval(one, two)
        noise = np.array(one) / scale
        found["differ"] = not mx.array_equal(one, two).item()
        found["spread"] = round(4 * float(noise.std())) / 4  # 600 numbers or more: 1, surely
        found["centre"] = abs(float(noise.mean())) < 0.25
        found["far"] = bool((np.abs(noise) > 2 * noise.std()).any())
        found["rows"] = bool((np.abs(noise - noise[:1]) < 1e-4).all())
        next_one = mx.random.uniform().item()
        mx.random.seed(seed)
        found["again"] = mx.array_equal(one, function(x) - x).item()
        function(x)
        found["left"] = mx.random.uniform().item() == next_one != _first_draw(seed)

    def go_on():
        mx.random.seed(seed)
        one = answer(scale)(x)
        mx.random.seed(seed + 1)
        found["asks"] = not mx.array_equal(one, answer(scale)(x)).item()
        found["still"] = mx.array_equal(answer(0.0)(x), x).item()
        mx.random.seed(seed + 1)
        mx.eval(answer(scale)(x))
        found["moved"] = mx.random.uniform().item() != _first_draw(seed + 1)

    ended = outcome(go)
    mx.random.seed(seed)
    outcome(go_on)
    mx.random.seed(seed)
    fused = measure.fused_kernels(function(x)) > 0
    mx.random.seed(seed)  # whatever was left in the state
    return {"ended": _first_sentence(ended), "fused": fused} | found


jitter.says(
    passed="The random state is state like any other: read, written, said.",
    ended="How a few calls ended",
    fused="Is there a fused kernel",
    differ="Is the noise of two calls different",
    shape="The shape of the result",
    spread="Its standard deviation in units of `scale`, to a quarter",
    centre="Is its mean about 0",
    far="Are there numbers beyond two standard deviations, as normal noise has",
    rows="Have all rows the same noise",
    still="Does a scale of 0 leave x as it is",
    again="Is it the same again after the same seed",
    left="Do later draws go on from it",
    moved="Has a first call moved the random state on",
    asks="Is the noise of another function, after another seed, different",
)


@jitter.alternative
def _(scale):
    from functools import partial

    @partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)
    def noisy(x):
        return mx.random.normal(x.shape, scale=scale) + x

    return noisy


@jitter.misconception(
    "compile_frozen_random",
    "Two calls gave the same noise: it was fixed when the function was traced. The state of the "
    "generator was read then, and is a constant of the trace. Noise that is the same at every step "
    "is a bias. Which state does a draw read, and who has to be told?",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape))


@jitter.misconception(
    "state_not_given_back",
    "What the function leaves in the random state is a stand-in that nobody can evaluate: {ended}. "
    "From then on every draw in the notebook fails. A draw reads the state and moves it on. Which "
    "of the two was said?",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape), inputs=mx.random.state)


@jitter.misconception(
    "one_key_for_ever",
    "Two calls gave the same noise, and so did another function after another seed: as with a key "
    "that was made once. A key always gives the same numbers. Which state moves on with every "
    "draw?",
)
def _(scale):
    key = mx.random.key(0)
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape, key=key))


@jitter.misconception(
    "noise_from_elsewhere",
    "Every call gives other noise, and `mx.random.seed` does not bring it back: it comes from "
    "elsewhere. A run that cannot be repeated cannot be debugged. Which state does "
    "`mx.random.seed` set?",
)
def _(scale):
    compiled = mx.compile(lambda x, key: x + scale * mx.random.normal(x.shape, key=key))
    return lambda x: compiled(x, mx.random.key(random.SystemRandom().getrandbits(32)))


@jitter.misconception(
    "not_compiled",
    "The noise is as it should be, and nothing is compiled: no kernel is fused. What would a trace "
    "have to be told about the random state?",
)
def _(scale):
    return lambda x: x + scale * mx.random.normal(x.shape)


@jitter.misconception(
    "state_not_read",
    "Two calls gave the same noise, though the random state is given back. What is written gets "
    "out, and what is read was fixed when the function was traced. Reading and writing are said "
    "separately. Which is missing?",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape), outputs=mx.random.state)


@jitter.misconception(
    "a_copy_of_the_state",
    "The first call ends with: {ended}. `mx.compile` was told of a list with the state in it, and "
    "the draw moves on another list. A copy holds the same arrays and is not the same list. Which "
    "one does MLX keep?",
)
def _(scale):
    state = list(mx.random.state)
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape), inputs=state, outputs=state)


@jitter.misconception(
    "noise_of_numpy",
    "Two calls gave the same noise, and MLX's random state was not moved: as with NumPy's "
    "generator, asked while the function was traced. What comes from outside of MLX is a constant "
    "of the trace. Which generator can a trace ask again?",
)
def _(scale):
    def noisy(x):
        return x + scale * mx.array(np.random.normal(size=x.shape).astype(np.float32))

    return mx.compile(noisy)


@jitter.misconception(
    "keys_that_are_counted",
    "Every call gives other noise, and `mx.random.seed` changes nothing: two functions after two "
    "seeds gave the same. Keys made of a counter do that. Where does the noise of MLX's own "
    "functions come from, if they get no key?",
)
def _(scale):
    compiled = mx.compile(lambda x, key: x + scale * mx.random.normal(x.shape, key=key))
    calls = [0]

    def run(x):
        calls[0] += 1
        return compiled(x, mx.random.key(calls[0]))

    return run


@jitter.misconception(
    "one_row_of_noise",
    "All rows have the same noise: numbers for one row were spread over the others. In a model "
    "that would push all examples the same way. How many numbers does x have?",
)
def _(scale):
    def noisy(x):
        return x + scale * mx.random.normal(x.shape[-1:])

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


@jitter.misconception(
    "scale_left_out",
    "The noise does not follow `scale`: with a scale of 0 it is still there, and otherwise its "
    "standard deviation is {spread} times `scale`. Where does the argument come in?",
)
def _(scale):
    def noisy(x):
        return x + mx.random.normal(x.shape)

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


@jitter.misconception(
    "scale_is_a_variance",
    "The standard deviation of the noise is {spread} times `scale`, as if `scale` were a variance. "
    "Some books write a normal distribution so. What is normal noise multiplied by here?",
)
def _(scale):
    def noisy(x):
        return x + scale**0.5 * mx.random.normal(x.shape)

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


@jitter.misconception(
    "uniform_noise",
    "No number of the noise lies beyond two standard deviations: it has hard ends, as uniform "
    "noise has. Other random functions of frameworks and languages are uniform unless they say "
    "otherwise. Which was asked for?",
)
def _(scale):
    def noisy(x):
        return x + scale * 3**0.5 * mx.random.uniform(-1, 1, x.shape)

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


jitter.same_as(
    "solution",
    "operator",
    "x + scale * mx.random.normal(x.shape)",
    "normal noise is as likely with the other sign",
)

jitter.hints(
    "Where does MLX keep the state that every draw moves on?",
    "In `mx.random.state`, which a function both reads and writes when it draws.",
    "`mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)`",
)
