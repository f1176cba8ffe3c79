"""Others' answers to compiled_average."""

from functools import partial

import mlx.core as mx

from course.author.answers import right, wrong


@right("inputs and outputs")
def _(blend):
    state = {"average": mx.array(0.0)}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@right("list around the state; explicit compile; local name")
def _(blend):
    state = dict(average=mx.zeros(()))

    def body(x):
        new = blend(state["average"], x)
        state["average"] = new
        return new

    return (mx.compile(body, inputs=[state], outputs=[state]), state)


@wrong("not compiled", named="not_compiled")
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@wrong("a private copy: setting from outside is not heard", named="state_of_its_own")
def _(blend):
    state = {"average": mx.array(0.0)}
    own = {"average": mx.array(0.0)}
    fast = mx.compile(blend)

    def step(x):
        own["average"] = fast(own["average"], x)
        state["average"] = own["average"]
        return own["average"]

    return step, state


@wrong("a second dict is told to compile", named="another_dict_was_said")
def _(blend):
    state = {"average": mx.array(0.0)}

    @partial(mx.compile, inputs=dict(state), outputs=dict(state))
    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@wrong(
    "compiled within step: traced each time",
    named="compiled_at_every_step",
    never=("not_compiled",),
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = mx.compile(lambda a, b: blend(a, b))(state["average"], x)
        return state["average"]

    return step, state


@wrong("returns nothing", named="returns_nothing")
def _(blend):
    state = {"average": mx.array(0.0)}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        state["average"] = blend(state["average"], x)

    return step, state


@wrong("Python float as state", named="a_float_as_state")
def _(blend):
    state = {"average": 0.0}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state
