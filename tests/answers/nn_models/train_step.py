"""Others' answers to train_step."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


@right("like the lesson")
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@right("float, lambda, .mean(), model.state")
def _(model, optimizer, x, y):
    f = nn.value_and_grad(model, lambda a, b: nn.losses.cross_entropy(model(a), b).mean())
    loss, g = f(x, y)
    optimizer.update(model, g)
    mx.eval(model.state, optimizer.state)
    return loss.item()


@right("mx.value_and_grad over parameters by hand")
def _(model, optimizer, x, y):
    def objective(params):
        model.update(params)
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    params = model.trainable_parameters()
    loss, grads = mx.value_and_grad(objective)(params)
    model.update(params)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return float(loss)


@wrong(
    "no optimizer call at all", named="optimizer_not_called", never=("apply_gradients_discarded",)
)
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(
        model, lambda m: nn.losses.cross_entropy(m(x), y, reduction="mean")
    )(model)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("eval of the loss only", named="eval_loss_only")
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(
        model, lambda m: nn.losses.cross_entropy(m(x), y, reduction="mean")
    )(model)
    optimizer.update(model, grads)
    return loss.item()


@wrong("sum of the losses", named="summed_loss")
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(
        model, lambda m: nn.losses.cross_entropy(m(x), y, reduction="sum")
    )(model)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("softmax before cross entropy", named="softmax_before_cross_entropy")
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(
        model, lambda m: nn.losses.cross_entropy(mx.softmax(m(x), -1), y, reduction="mean")
    )(model)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("loss after the change", named="loss_after_the_step")
def _(model, optimizer, x, y):
    f = lambda m: nn.losses.cross_entropy(m(x), y, reduction="mean")
    loss, grads = nn.value_and_grad(model, f)(model)
    optimizer.update(model, grads)
    loss = f(model)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("torch: loss not reduced", named="loss_not_reduced")
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(model, lambda m: nn.losses.cross_entropy(m(x), y))(model)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("two updates", named="two_updates")
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(
        model, lambda m: nn.losses.cross_entropy(m(x), y, reduction="mean")
    )(model)
    optimizer.update(model, grads)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@wrong("no eval, as the lesson writes the rest", named="never_eval_loop")
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    return loss
