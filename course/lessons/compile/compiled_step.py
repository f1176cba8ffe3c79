"""compiled_step, an exercise of lesson 04, compile."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters, outcome

from .common import _first_sentence, _stand_in

compiled_step = exercise(minutes=9, level=2, needs=("compile",), mutates=("model", "optimizer"))


@compiled_step.solution
def _(model, optimizer, loss_fn):
    """The training step, compiled.

    Return a function `step(x, y)` that takes one step: loss and gradients of
    `loss_fn(model, x, y)`, `optimizer.update`, and the loss returned. The whole of it is compiled:
    `loss_fn` runs once for batches of one shape. The model and the optimizer are changed as they
    would be uncompiled, also where the model draws random numbers, and each step sees what the one
    before it did. It evaluates nothing: the caller does that.
    Three calls with batches of one shape run `loss_fn` once.
    """
    state = [model.state, optimizer.state, mx.random.state]
    loss_and_grad = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = loss_and_grad(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.use(weights="matmul", losses="matmul", traces="reading", pending="reading")
def _(answer, rng):
    runs = 0
    rows, inner, outer = (int(n) for n in rng.permutation([3, 4, 5, 6])[:3])
    model = nn.Sequential(nn.Linear(inner, outer), nn.Tanh(), nn.Dropout(0.5))
    fill_parameters(model, seed=int(rng.integers(1 << 20)))
    optimizer = optim.SGD(learning_rate=float(rng.uniform(0.05, 0.2)), momentum=0.9)
    optimizer.init(model.trainable_parameters())

    def loss_fn(model, x, y):
        nonlocal runs
        runs += 1
        return mx.square(model(x) - y).mean()

    x = mx.array(rng.normal(size=(rows, inner)).astype(np.float32))
    y = mx.array(rng.normal(size=(rows, outer)).astype(np.float32))
    mx.eval(model.state, optimizer.state, x, y)
    seed = int(rng.integers(1 << 20))
    mx.random.seed(seed)
    found = dict.fromkeys(
        ["returned", "steps", "stand_ins", "losses", "weights", "pending", "evaluated"]
    )
    found["steps"] = 0

    def go():
        step = answer(model, optimizer, loss_fn)
        losses = []
        for i in range(3):
            losses.append(step(x, y))
            found["steps"] = i + 1
            found["returned"] = type(losses[0]).__name__
            if not isinstance(losses[0], mx.array):
                return
            arrays = [w for _, w in tree_flatten(model.parameters())]
            if i == 0:
                found["pending"] = measure.fused_kernels(*arrays)
                found["evaluated"] = measure.is_evaluated(losses[0])
                parts = {"the model": model.parameters(), "the optimizer": optimizer.state}
                parts["the random state"] = mx.random.state
                held = [name for name, part in parts.items() if _stand_in(part)]
                found["stand_ins"] = ", ".join(held) or "nothing"
            mx.eval(losses, model.parameters(), optimizer.state)
        found["losses"] = mx.stack(losses)
        found["weights"] = mx.concatenate([w.reshape(-1) for w in arrays])
        mx.eval(found["losses"], found["weights"])

    ended = outcome(go)
    mx.random.seed(seed)  # a trace that failed may have left its stand-in there
    return {"ended": _first_sentence(ended), "traces": runs} | found


compiled_step.says(
    passed="Read, written, random: three things said, and the step is one program.",
    ended="How three steps ended",
    returned="What a step returned",
    steps="Steps that came back",
    stand_ins="What holds stand-ins of the trace after the first step",
    evaluated="The loss of the first step is already evaluated",
    losses="The losses of three steps",
    weights="The weights after them",
    traces="How often `loss_fn` ran",
    pending="Fused kernels that wait in the weights after the first step",
)


@compiled_step.alternative
def _(model, optimizer, loss_fn):
    from functools import partial

    state = {"model": model.state, "optimizer": optimizer.state, "random": mx.random.state}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x, y):
        loss, grads = nn.value_and_grad(model, lambda x, y: loss_fn(model, x, y))(x, y)
        model.update(optimizer.apply_gradients(grads, model.trainable_parameters()))
        return loss

    return step


@compiled_step.misconception(
    "compile_stale_state",
    "The weights are as before, the losses come from one draw of dropout, and no step left a "
    "stand-in behind. What was passed in came out as it went in: a function that writes into a "
    "model, and returns the loss alone, gives the new weights to nobody. What does a step read, "
    "and what does it write?",
)
def _(model, optimizer, loss_fn):
    def pure(params, x, y):
        model.update(params)
        return nn.value_and_grad(model, loss_fn)(model, x, y)[0]

    compiled = mx.compile(pure)
    kept = model.parameters()

    def step(x, y):
        loss = compiled(kept, x, y)
        model.update(kept)
        return loss

    return step


@compiled_step.misconception(
    "state_not_said",
    "After a step these hold stand-ins of the trace: {stand_ins}. Evaluating them ends with: "
    "{ended}. What a step writes comes out of a compiled function only where MLX is told of it. "
    "What does a step write?",
)
def _(model, optimizer, loss_fn):
    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step)


@compiled_step.misconception(
    "optimizer_forgotten",
    "After a step this holds stand-ins of the trace: {stand_ins}. Evaluating it ends with: "
    "{ended}. The model came out, and one thinks of the model first. What else changes with every "
    "step?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "compile_frozen_random",
    "The weights move, and the model's random numbers are the same at every step: its dropout "
    "drops the same entries for ever. Drawing reads a state and moves it on, like a step of the "
    "optimizer. Which state is that?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "only_the_loss_compiled",
    "Losses and weights are right, and `loss_fn` runs once. After the first step {pending} fused "
    "kernels wait in the weights, where {pending:expected} would with the whole step compiled. "
    "The update of the weights runs outside. What would it need to run inside?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, mx.random.state]
    loss_and_grad = mx.compile(
        lambda x, y: nn.value_and_grad(model, loss_fn)(model, x, y), inputs=state, outputs=state
    )

    def step(x, y):
        loss, grads = loss_and_grad(x, y)
        optimizer.update(model, grads)
        return loss

    return step


@compiled_step.misconception(
    "item_in_compile",
    "A step ends with: {ended}. While a function is traced there are no numbers to be had, "
    "neither by `mx.eval` nor by `item`. In an uncompiled step `mx.eval` belongs at the end. "
    "Where is the moment for it here?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "number_asked_inside",
    "The first step ends with: {ended}. Something asks for a number while the step is traced, as "
    "`item`, `float`, `print` and an `if` on the loss do. There are none yet, only stand-ins. Who "
    "can ask for the number of the loss, and when?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss.item()

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "random_state_only_read",
    "After a step this holds a stand-in of the trace: {stand_ins}. Model and optimizer came out. "
    "A draw reads the random state, and moves it on as well. Which of the two was said?",
)
def _(model, optimizer, loss_fn):
    read, written = [model.state, optimizer.state, mx.random.state], [model.state, optimizer.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=read, outputs=written)


@compiled_step.misconception(
    "state_only_read",
    "After a step these hold stand-ins of the trace: {stand_ins}. Evaluating them ends with: "
    "{ended}. One state for all that is used seems enough, and reading and writing are said "
    "separately. What does a step write?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state)


@compiled_step.misconception(
    "model_forgotten",
    "After a step this holds stand-ins of the trace: {stand_ins}. Optimizer and random state came "
    "out. What does `optimizer.update` write into, besides its own state?",
)
def _(model, optimizer, loss_fn):
    state = [optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "model_not_said",
    "The first step ends with: {ended}. `model.state` is the model's own dict; `parameters()` and "
    "`trainable_parameters()` make new dicts of the same arrays. A step writes into the model, "
    "and what MLX was told of has to see that. Which dict is it that changes?",
)
def _(model, optimizer, loss_fn):
    state = [model.trainable_parameters(), optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "optimizer_only_written",
    "The first step is right, and later ones are not: the weights end at {weights}. The "
    "optimizer's momentum is the same at the beginning of every step, as it was when the step was "
    "traced. What is written gets out. What does a step also read?",
)
def _(model, optimizer, loss_fn):
    read, written = [model.state, mx.random.state], [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=read, outputs=written)


@compiled_step.misconception(
    "state_only_written",
    "Every step gives the same loss: {losses}. What is written gets out, and what is read was "
    "fixed when the step was traced. Reading and writing are said separately. Which is missing?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, outputs=state)


@compiled_step.misconception(
    "not_compiled",
    "Losses and weights are right, and `loss_fn` ran {traces} times for three steps: no fused "
    "kernel waits in the weights. A plain step needs to be told nothing about states. What would "
    "make one program of it, and what would that have to be told?",
)
def _(model, optimizer, loss_fn):
    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return step


@compiled_step.misconception(
    "compiled_at_every_step",
    "Losses and weights are right, and `loss_fn` was traced {traces} times for three steps. A "
    "trace belongs to the function that it was made for, and a new function is compiled at every "
    "step. What can be compiled before the first one?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def run(x, y):
        def step(x, y):
            loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
            optimizer.update(model, grads)
            return loss

        return mx.compile(step, inputs=state, outputs=state)(x, y)

    return run


@compiled_step.misconception(
    "no_update",
    "The losses belong to the weights from before the first step, each with its own dropout, and "
    "the weights are as before. Gradients alone move nothing. Which call moves the weights of a "
    "model, and what is it given?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, _ = nn.value_and_grad(model, loss_fn)(model, x, y)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "dropout_off",
    "Your losses, {losses}, are those of a model whose dropout is off; it should be "
    "{losses:expected}. Dropout makes results hard to compare, and `model.eval()` ends that. "
    "Which mode is a model trained in?",
)
def _(model, optimizer, loss_fn):
    model.eval()
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "evaluates_too",
    "Losses and weights are right, and the loss was evaluated when the step came back. In a loop "
    "that is a good habit, one step at a time. Here the caller decides when. What would your step "
    "return if it evaluated nothing?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    compiled = mx.compile(step, inputs=state, outputs=state)

    def run(x, y):
        loss = compiled(x, y)
        mx.eval(loss, state)
        return loss

    return run


@compiled_step.misconception(
    "more_than_the_loss",
    "A step returns a {returned}, and the loss alone was asked for. `nn.value_and_grad` gives a "
    "pair, and passing it on is quick. What does a loop want from a step?",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss, grads

    return mx.compile(step, inputs=state, outputs=state)


_ORDER = "the order of the parts is the same in inputs and outputs"
compiled_step.same_as(
    "solution", "entries swapped", "[model.state, optimizer.state, mx.random.state]", _ORDER
)

compiled_step.same_as(
    "alternative 1",
    "text",
    "{'model': model.state, 'optimizer': optimizer.state, 'random': mx.random.state}",
    "the names in the dict are for its reader",
)

compiled_step.hints(
    "What does a step read, and what does it write, besides x and y?",
    "The model's state, the optimizer's state, and, because of dropout, the random state.",
    "`state = [model.state, optimizer.state, mx.random.state]`, and `mx.compile(step, "
    "inputs=state, outputs=state)`.",
)
