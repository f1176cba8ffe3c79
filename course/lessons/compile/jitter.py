"""jitter, an exercise of lesson 04, compile."""

import random

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import outcome

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
    x = mx.array(rng.normal(size=64).astype(np.float32))
    seed = int(rng.integers(1 << 20))
    function = answer(0.5)
    found = {"differ": None, "again": None, "spread": None, "left": None, "asks": None}
    found["still"] = None

    def go():
        mx.random.seed(seed)
        one, two = function(x) - x, function(x) - x
        mx.eval(one, two)
        found["differ"] = not mx.array_equal(one, two).item()
        found["spread"] = 0.3 < mx.std(one).item() < 0.7
        next_one = mx.random.uniform().item()
        mx.random.seed(seed)
        found["again"] = mx.array_equal(one, function(x) - x).item()
        function(x)
        found["left"] = mx.random.uniform().item() == next_one != _first_draw(seed)

    def go_on():
        mx.random.seed(seed)
        one = answer(0.5)(x)
        mx.random.seed(seed + 1)
        found["asks"] = not mx.array_equal(one, answer(0.5)(x)).item()
        found["still"] = mx.array_equal(answer(0.0)(x), x).item()

    ended = outcome(go)
    mx.random.seed(seed)
    outcome(go_on)
    mx.random.seed(seed)
    fused = measure.fused_kernels(function(x)) > 0
    mx.random.seed(seed)  # whatever was left in the state
    return {"ended": ended.partition(". ")[0].partition("\n")[0], "fused": fused} | found


jitter.says(
    passed="The random state is state like any other: read, written, said.",
    ended="How a few calls ended",
    fused="Is there a fused kernel",
    differ="Is the noise of two calls different",
    spread="Is its standard deviation about `scale`",
    still="Does a scale of 0 leave x as it is",
    again="Is it the same again after the same seed",
    left="Do later draws go on from it",
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
    "Two calls gave the same noise. The state of the generator was read once, while the function "
    "was traced, and has been a constant of it since: noise that is the same at every step is a "
    "bias.",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape))


@jitter.misconception(
    "state_not_given_back",
    "The function reads the random state, and what it leaves there is a stand-in that nobody can "
    "evaluate: {ended}. From then on every draw in the notebook fails. A state that is moved on is "
    "an output as well.",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape), inputs=mx.random.state)


@jitter.misconception(
    "one_key_for_ever",
    "Two calls gave the same noise. A key always gives the same numbers, and yours was made once; "
    "the global state, which moves on, is not asked at all.",
)
def _(scale):
    key = mx.random.key(0)
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape, key=key))


@jitter.misconception(
    "noise_from_elsewhere",
    "Every call gives other noise, and `mx.random.seed` does not bring it back: it came from "
    "another generator. A run that cannot be repeated cannot be debugged.",
)
def _(scale):
    compiled = mx.compile(lambda x, key: x + scale * mx.random.normal(x.shape, key=key))
    return lambda x: compiled(x, mx.random.key(random.SystemRandom().getrandbits(32)))


@jitter.misconception(
    "not_compiled",
    "The noise is as it should be, and nothing is compiled.",
)
def _(scale):
    return lambda x: x + scale * mx.random.normal(x.shape)


jitter.hints(
    "Where does MLX keep the state that every draw moves on?",
    "In `mx.random.state`, which a function both reads and writes when it draws.",
    "`mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)`",
)
