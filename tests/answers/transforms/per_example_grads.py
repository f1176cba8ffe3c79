"""Others' answers to per_example_grads."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("vmap of grad")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, 0))(params, xs, ys)


@right("grad of the sum with params repeated for each example")
def _(loss_fn, params, xs, ys):
    n = ys.shape[0]
    many = {k: mx.repeat(v[None], n, axis=0) for k, v in params.items()}

    def total(many):
        return mx.vmap(loss_fn, in_axes=(0, 1, 0))(many, xs, ys).sum()

    return mx.grad(total)(many)


@wrong("forgets in_axes: rows are examples", named="wrong_vmap_axis")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 0, 0))(params, xs, ys)


@wrong("grad of the vmapped mean", named="averaged_first")
def _(loss_fn, params, xs, ys):
    return mx.grad(lambda p: mx.vmap(loss_fn, in_axes=(None, 1, 0))(p, xs, ys).mean())(params)


@wrong("grad of vmap (not scalar)", named="grad_nonscalar_loss")
def _(loss_fn, params, xs, ys):
    return mx.grad(mx.vmap(loss_fn, in_axes=(None, 1, 0)))(params, xs, ys)


@wrong("out_axes last", named="examples_last")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, 0), out_axes=-1)(params, xs, ys)


@wrong("gradient by x", named="gradient_by_x")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn, argnums=1), in_axes=(None, 1, 0))(params, xs, ys)


@right("in_axes as a tree")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=({k: None for k in params}, 1, 0))(params, xs, ys)


@wrong("vmap over the rows of xs.T without ys (in_axes None for y)")
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, None))(params, xs, ys.mean())
