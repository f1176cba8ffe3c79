"""compiled_average, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

from .common import _first_sentence, _stand_in

compiled_average = exercise(minutes=8, level=2, needs=("compile",))


@compiled_average.solution
def _(blend):
    """A compiled function that remembers.

    `blend(old, x)` returns a new array from two. Return a pair (step, state): `state` is a dict
    {"average": a 0-d float32 array, 0 at first}, and `step(x)` replaces `state["average"]` by
    `blend(state["average"], x)` and returns it. `step` is compiled, `blend` runs inside it, once
    for all calls with an x of one shape. Where somebody sets `state["average"]` from outside, the
    next step begins from that.
    With blend (old + x) / 2 the steps 1, 1 give 0.5 and 0.75.
    """
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.use(
    start="elementwise",
    steps="elementwise",
    kept="elementwise",
    after_a_reset="elementwise",
    traces="reading",
    plain="reading",
)
def _(answer, rng):
    runs = plain = 0
    share = float(rng.choice([0.25, 0.375]))  # it stands in a kernel's source: two are enough

    def blend(old, x):
        nonlocal runs, plain
        runs += 1
        plain += not _stand_in(x)
        return old * (1 - share) + x.max() * share

    shape = [(), (3,), (2, 2)][int(rng.integers(3))]
    xs = [mx.array(rng.uniform(1, 2, shape).astype(np.float32)) for _ in range(4)]
    mx.eval(xs)
    step, state = answer(blend)
    start = state["average"]
    steps, kept, reset = [], [], []

    def go():
        for x in xs[:3]:
            steps.append(step(x).item())

    ended = outcome(go)
    held = outcome(lambda: kept.append(state["average"].item()))
    state["average"] = mx.array(10.0)

    def go_on():
        reset.append(step(xs[3]).item())

    outcome(go_on)
    return {
        "ended": _first_sentence(ended),
        "held": _first_sentence(held),
        "start": start,
        "steps": mx.array(steps),
        "kept": mx.array(kept),
        "after_a_reset": mx.array(reset),
        "traces": runs,
        "plain": plain,
    }


compiled_average.says(
    passed="Read and written, both said: this is what a compiled training step does with a model.",
    ended="How three steps ended",
    held='How looking at `state["average"]` ended',
    start='`state["average"]` before the first step',
    steps="The steps",
    kept='`state["average"]` after them',
    after_a_reset="The step after the average was set to 10",
    traces="How often `blend` ran, for four steps",
    plain="How often it ran outside of a trace",
)


@compiled_average.alternative
def _(blend):
    state = {"average": mx.array(0.0)}
    pure = mx.compile(lambda old, x: blend(old, x))

    def step(x):
        state["average"] = pure(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "compile_stale_state",
    "The steps give {steps}; it should be {steps:expected}. Each begins from the same old average, "
    "and the dict holds it still: what was there when the function was traced is a constant of the "
    "trace. How does a compiled function learn that something outside may change?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        return blend(state["average"], x)

    return mx.compile(step), state


@compiled_average.misconception(
    "outputs_missing",
    "{steps} came out, and the next step ended with: {ended}. A stand-in of the trace was left in "
    "`state` and was read again. What is written inside a trace gets out only where MLX is told. "
    "What does your step write?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state), state


@compiled_average.misconception(
    "inputs_missing",
    "The steps give {steps}; it should be {steps:expected}. What is written gets out to the dict, "
    "and what is read was fixed when the function was traced. Reading and writing are said "
    "separately. Which of the two is still to be said?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, outputs=state), state


@compiled_average.misconception(
    "not_compiled",
    "The numbers are right, and `blend` ran {plain} times outside of a trace, once for every step: "
    "it is not compiled. Uncompiled Python keeps such a state without being told anything. What "
    "would a trace have to be told?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "state_of_its_own",
    'The steps are right until somebody sets `state["average"]`: then you have {after_a_reset} '
    "and it should be {after_a_reset:expected}. Your function goes on with an average of its own. "
    "Where does it look for the old one, and who else can write there?",
)
def _(blend):
    state = {"average": mx.array(0.0)}
    inner = [mx.array(0.0)]

    def step(x):
        inner[0] = blend(inner[0], x)
        return inner[0]

    compiled = mx.compile(step, inputs=inner, outputs=inner)

    def run(x):
        state["average"] = compiled(x)
        return state["average"]

    return run, state


@compiled_average.misconception(
    "nothing_said",
    "The steps give {steps}; it should be {steps:expected}. And looking at what the dict holds "
    "ends with: {held}. What the function reads was fixed when it was traced, and what it writes "
    "into the dict is a stand-in of the trace. What does `mx.compile` have to be told of both?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    @mx.compile
    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "compiled_at_every_step",
    "The numbers are right, and `blend` was traced {traces} times, once for every step. A function "
    "is compiled anew each time, and a trace belongs to the function that it was made for. What "
    "can be compiled before the first step?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = mx.compile(lambda old, x: blend(old, x))(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "another_dict_was_said",
    "The first step ends with: {ended}. `mx.compile` was told of a dict, and the step reads and "
    "writes another one: a copy has the same arrays and is not the same dict. Which one changes?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=dict(state), outputs=dict(state)), state


@compiled_average.misconception(
    "returns_nothing",
    "The state is kept, and a step gives nothing back: {ended}. A function that changes something "
    "is often written without a result. Which result was asked for?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.misconception(
    "a_float_as_state",
    "The average begins as a Python number, and a trace takes a Python number for a constant. What "
    "should stand in the dict instead of {start}, so that a trace can take it for a state?",
)
def _(blend):
    state = {"average": 0.0}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.misconception(
    "number_asked_inside",
    "The first step ends with: {ended}. While a function is traced there are no numbers, only "
    "stand-ins, and something asked for one. A Python number is handy for printing. Who can ask "
    "for it, and when?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"].item()

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.misconception(
    "state_not_written",
    "The steps give {steps}; it should be {steps:expected}. Each begins from 0, and "
    '`state["average"]` is what it was. Yet a step hears what somebody sets from outside. Who '
    "sets it after a step?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        return blend(state["average"], x)

    return mx.compile(step, inputs=state, outputs=state), state


compiled_average.hints(
    "A compiled function sees its arguments. What else does yours read, and what does it write?",
    "`mx.compile` has two arguments for it, one for what is read and one for what is written. Both "
    "take the dict.",
    "`mx.compile(step, inputs=state, outputs=state)`",
)
