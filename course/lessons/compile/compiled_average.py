"""compiled_average, an exercise of lesson 04, compile."""

import mlx.core as mx

from course.exercise import exercise
from course.probe import outcome

compiled_average = exercise(minutes=8, level=2, needs=("compile",))


@compiled_average.solution
def _(blend):
    """A compiled function that remembers.

    `blend(old, x)` returns a new array from two. Return a pair (step, state): `state` is a dict
    {"average": a 0-d float32 array, 0 at first}, and `step(x)` replaces `state["average"]` by
    `blend(state["average"], x)` and returns it. `step` is compiled, `blend` runs inside it, once
    for all calls. Whoever sets `state["average"]` from outside is heard by the next step.
    With blend (old + x) / 2 the steps 1, 1 give 0.5 and 0.75.
    """
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.use(
    steps="elementwise", kept="elementwise", after_a_reset="elementwise", traces="reading"
)
def _(answer, rng):
    runs = 0
    weight = float(rng.uniform(0.2, 0.4))

    def blend(old, x):
        nonlocal runs
        runs += 1
        return mx.maximum(old * (1 - weight) + x * weight, -1e6)

    xs = [mx.array(float(x)) for x in rng.uniform(1, 2, 4)]
    step, state = answer(blend)
    steps, reset = [], []

    def go():
        for x in xs[:3]:
            steps.append(step(x).item())

    ended = outcome(go)
    kept = mx.array(state["average"].item()) if len(steps) == 3 else None
    state["average"] = mx.array(10.0)

    def go_on():
        reset.append(step(xs[3]).item())

    outcome(go_on)
    return {
        "ended": ended.partition(". ")[0].partition("\n")[0],
        "steps": mx.array(steps),
        "kept": kept,
        "after_a_reset": mx.array(reset),
        "traces": runs,
    }


compiled_average.says(
    passed="Read and written, both said: this is what a compiled training step does with a model.",
    ended="How three steps ended",
    steps="The steps",
    kept='`state["average"]` after them',
    after_a_reset="The step after the average was set to 10",
    traces="How often `blend` ran",
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
    "The steps give {steps}; it should be {steps:expected}. Each begins from the same old average: "
    "it was there when the function was traced, so it became a constant of it. How does a compiled "
    "function learn that something outside may change?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        return blend(state["average"], x)

    return mx.compile(step), state


@compiled_average.misconception(
    "outputs_missing",
    "The first step is right, and the second one ends with: {ended}. The stand-in of the trace was "
    "left in `state`: MLX knew that the function reads it, and was not told that it also writes "
    "it.",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state), state


@compiled_average.misconception(
    "inputs_missing",
    "The steps give {steps}; it should be {steps:expected}. What is written gets out, and what is "
    "read was fixed when the function was traced. Reading and writing are said separately.",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, outputs=state), state


@compiled_average.misconception(
    "not_compiled",
    "The numbers are right, and `blend` ran {traces} times, once for every step: nothing is "
    "compiled.",
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
    "and it should be {after_a_reset:expected}. Your function goes on with an average of its own, "
    "which the dict that you returned is not.",
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


compiled_average.hints(
    "A compiled function sees its arguments. What else does yours read, and what does it write?",
    "`mx.compile` has two arguments for it, one for what is read and one for what is written. Both "
    "take the dict.",
    "`mx.compile(step, inputs=state, outputs=state)`",
)
