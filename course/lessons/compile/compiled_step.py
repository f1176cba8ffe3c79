"""compiled_step, an exercise of lesson 04, compile."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters, outcome

compiled_step = exercise(minutes=9, level=2, needs=("compile",))


@compiled_step.solution
def _(model, optimizer, loss_fn):
    """The training step, compiled.

    Return a function `step(x, y)` that takes one step: loss and gradients of
    `loss_fn(model, x, y)`, `optimizer.update`, and the loss returned. The whole of it is compiled:
    `loss_fn` runs once for batches of one shape. The model and the optimizer are changed as they
    would be uncompiled, also where the model draws random numbers, and each step sees what the one
    before it did. It evaluates nothing: whoever calls `step` does that.
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
    model = fill_parameters(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.5)))
    optimizer = optim.SGD(learning_rate=0.1, momentum=0.9)
    optimizer.init(model.trainable_parameters())

    def loss_fn(model, x, y):
        nonlocal runs
        runs += 1
        return mx.square(model(x) - y).mean()

    x = mx.array(rng.normal(size=(5, 3)).astype(np.float32))
    y = mx.array(rng.normal(size=(5, 4)).astype(np.float32))
    mx.eval(model.state, optimizer.state, x, y)
    seed = int(rng.integers(1 << 20))
    mx.random.seed(seed)
    found = {"losses": None, "weights": None, "pending": None}

    def go():
        step = answer(model, optimizer, loss_fn)
        losses = []
        for i in range(3):
            losses.append(step(x, y))
            arrays = [w for _, w in tree_flatten(model.parameters())]
            if i == 0:
                found["pending"] = measure.fused_kernels(*arrays)
            mx.eval(losses, model.parameters(), optimizer.state)
        found["losses"] = mx.stack(losses)
        found["weights"] = mx.concatenate([w.reshape(-1) for w in arrays])
        mx.eval(found["losses"], found["weights"])

    ended = outcome(go)
    mx.random.seed(seed)  # a trace that failed may have left its stand-in there
    return {"ended": ended.partition(". ")[0].partition("\n")[0], "traces": runs} | found


compiled_step.says(
    passed="Read, written, random: three things said, and the step is one program.",
    ended="How three steps ended",
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
    "The weights are as before. Without `inputs` and `outputs` a compiled function has no way to "
    "change a model: what it wrote into it are the stand-ins of the trace, or nothing. What does a "
    "step read, and what does it write?",
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
    "After a step the model holds stand-ins of the trace, and evaluating it ends with: {ended}. "
    "The step reads and writes the model and the optimizer; `mx.compile` was told of neither.",
)
def _(model, optimizer, loss_fn):
    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step)


@compiled_step.misconception(
    "optimizer_forgotten",
    "Evaluating ends with: {ended}. The model's state was said, the optimizer's was not, and it "
    "changes with every step too.",
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
    "drops the same numbers for ever. The random state is read and written too, and was not said.",
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
    "Everything is right but the count: gradients and the change of the weights run outside. "
    "After a step there are {pending} fused kernels in the weights, not {pending:expected}. The "
    "optimizer is mostly elementwise work, which is where compiling helps most.",
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
    "The step ends with: {ended}. Inside a compiled function there are no numbers to be had while "
    "it is traced, neither by `item` nor by `mx.eval`. Whoever wants the loss as a number asks "
    "outside.",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


compiled_step.hints(
    "What does a step read, and what does it write, besides x and y?",
    "The model's state, the optimizer's state, and, because of dropout, the random state.",
    "`state = [model.state, optimizer.state, mx.random.state]`, and `mx.compile(step, "
    "inputs=state, outputs=state)`.",
)
