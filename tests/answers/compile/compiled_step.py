"""Others' answers to compiled_step."""

from functools import partial

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


def _make(model, optimizer, loss_fn, inputs, outputs=None, body=None):
    lg = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = lg(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(body or step, inputs=inputs, outputs=inputs if outputs is None else outputs)


@right("as in the lesson")
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]
    loss_and_grad = nn.value_and_grad(model, loss_fn)

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x, y):
        loss, grads = loss_and_grad(model, x, y)
        optimizer.update(model, grads)
        return loss

    return step


@right("apply_gradients and model.update")
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        model.update(optimizer.apply_gradients(grads, model.trainable_parameters()))
        return loss

    return mx.compile(step, inputs=state, outputs=state)


wrong("no optimizer state", named="optimizer_forgotten")(
    lambda m, o, f: _make(m, o, f, [m.state, mx.random.state])
)


wrong("inputs only", named="state_only_read", never=("state_not_said",))(
    lambda m, o, f: _make(m, o, f, [m.state, o.state, mx.random.state], [])
)


wrong("random state as input only", named="random_state_only_read", never=("optimizer_forgotten",))(
    lambda m, o, f: _make(m, o, f, [m.state, o.state, mx.random.state], [m.state, o.state])
)


wrong("trainable_parameters() instead of state", named="model_not_said")(
    lambda m, o, f: _make(m, o, f, [m.trainable_parameters(), o.state, mx.random.state])
)


wrong("bare mx.compile", named="state_not_said")(lambda m, o, f: _make(m, o, f, None, ()))


@wrong("not compiled", named="not_compiled")
def _(model, optimizer, loss_fn):
    lg = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = lg(model, x, y)
        optimizer.update(model, grads)
        return loss

    return step


@wrong("only loss and gradient compiled", named="only_the_loss_compiled")
def _(model, optimizer, loss_fn):
    state = [model.state, mx.random.state]
    lg = mx.compile(
        lambda x, y: nn.value_and_grad(model, loss_fn)(model, x, y), inputs=state, outputs=state
    )

    def step(x, y):
        loss, grads = lg(x, y)
        optimizer.update(model, grads)
        return loss

    return step


@wrong("eval inside the compiled function", named="item_in_compile")
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]
    lg = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = lg(model, x, y)
        optimizer.update(model, grads)
        mx.eval(model.parameters())
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@wrong("compiled within step", named="compiled_at_every_step")
def _(model, optimizer, loss_fn):
    def step(x, y):
        return _make(model, optimizer, loss_fn, [model.state, optimizer.state, mx.random.state])(
            x, y
        )

    return step


@wrong("no update", named="no_update")
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]
    lg = nn.value_and_grad(model, loss_fn)
    return mx.compile(lambda x, y: lg(model, x, y)[0], inputs=state, outputs=state)


@wrong("model in eval mode", named="dropout_off")
def _(model, optimizer, loss_fn):
    model.eval()
    return _make(model, optimizer, loss_fn, [model.state, optimizer.state, mx.random.state])


@right("the model itself as state (a Module is a dict)")
def _(model, optimizer, loss_fn):
    return _make(model, optimizer, loss_fn, [model, optimizer.state, mx.random.state])


@right("mx.value_and_grad over the parameters")
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        def loss_of(params):
            model.update(params)
            return loss_fn(model, x, y)

        params = model.trainable_parameters()
        loss, grads = mx.value_and_grad(loss_of)(params)
        model.update(params)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@right("outputs in another order, lambda round loss_fn")
def _(model, optimizer, loss_fn):
    grad_fn = nn.value_and_grad(model, lambda m, x, y: loss_fn(m, x, y))

    def step(x, y):
        loss, grads = grad_fn(model, x, y)
        optimizer.update(model, grads)
        return loss

    fast = mx.compile(
        step,
        inputs=[mx.random.state, optimizer.state, model.state],
        outputs=[optimizer.state, model.state, mx.random.state],
    )

    def wrapped(x, y):
        return fast(x, y)

    return wrapped


@wrong("learning rate step by hand, optimizer ignored (momentum lost)")
def _(model, optimizer, loss_fn):
    from mlx.utils import tree_map

    state = [model.state, mx.random.state]
    lg = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = lg(model, x, y)
        model.update(tree_map(lambda p, g: p - 0.1 * g, model.trainable_parameters(), grads))
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@wrong("optimizer state among the outputs, not among the inputs", named="optimizer_only_written")
def _(model, optimizer, loss_fn):
    return _make(
        model,
        optimizer,
        loss_fn,
        [model.state, mx.random.state],
        [model.state, optimizer.state, mx.random.state],
    )
