"""Others' answers to hvp."""

import mlx.core as mx

from course.author.answers import right, wrong

for _h in (1e-1, 1e-2, 3e-3, 1e-4):

    @wrong(f"central differences of gradients, h = {_h}", named="finite_difference")
    def _(f, x, v, h=_h):
        g = mx.grad(f)
        return (g(x + h * v) - g(x - h * v)) / (2 * h)


@right("grad of grad dot v")
def _(f, x, v):
    return mx.grad(lambda x: (mx.grad(f)(x) * v).sum())(x)


@right("inner and stop_gradient, nested def")
def _(f, x, v):
    g = mx.grad(f)
    v = mx.stop_gradient(v)

    def directional(z):
        return mx.inner(g(z), v)

    return mx.grad(directional)(x)


@right("gradient of jvp (forward inside)")
def _(f, x, v):
    def along(z):
        _, (d,) = mx.jvp(f, [z], [v])
        return d

    return mx.grad(along)(x)


@wrong("differences of gradients (float32)", named="finite_difference")
def _(f, x, v):
    g = mx.grad(f)
    h = 1e-3
    return (g(x + h * v) - g(x - h * v)) / (2 * h)


@wrong("full Hessian", named="builds_the_hessian")
def _(f, x, v):
    g = mx.grad(f)
    H = mx.vmap(lambda e: mx.vjp(g, [x], [e])[1][0])(mx.eye(x.size))
    return H @ v


@wrong("gradient dot v (a number)", named="gradient_times_v")
def _(f, x, v):
    return (mx.grad(f)(x) * v).sum()


@wrong("gradient times v", named="gradient_entry_by_entry")
def _(f, x, v):
    return mx.grad(f)(x) * v


@wrong("grad of grad directly", named="grad_of_grad")
def _(f, x, v):
    return mx.grad(mx.grad(f))(x)


@wrong("gradient computed outside: constant", named="gradient_is_a_constant")
def _(f, x, v):
    g = mx.grad(f)(x)
    return mx.grad(lambda x: (g * v).sum())(x)


@right("jvp of grad")
def _(f, x, v):
    return mx.jvp(mx.grad(f), [x], [v])[1][0]


@wrong("Richardson differences", named="finite_difference")
def _(f, x, v):
    g = mx.grad(f)
    d = lambda h: (g(x + h * v) - g(x - h * v)) / (2 * h)
    return (4 * d(0.05) - d(0.1)) / 3
