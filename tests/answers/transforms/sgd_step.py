"""Others' answers to sgd_step."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _Sgd:
    def __call__(self, params, x, y, lr):
        value, grads = mx.value_and_grad(self.loss)(dict(params), x, y)
        mx.eval(value, grads)
        return [
            value,
            {name: mx.subtract(p, mx.multiply(lr, grads[name])) for name, p in params.items()},
        ]

    @staticmethod
    def loss(p, x, y):
        z = x @ p["w"] + p["b"]
        return -mx.mean(mx.log(mx.softmax(z, axis=1))[mx.arange(len(y)), y])


def _ce(params, x, y):
    return nn.losses.cross_entropy(x @ params["w"] + params["b"], y, reduction="mean")


@right("value_and_grad, dict comprehension")
def _(params, x, y, lr):
    def loss(p):
        return nn.losses.cross_entropy(x @ p["w"] + p["b"], y, reduction="mean")

    value, grads = mx.value_and_grad(loss)(params)
    return value, {k: params[k] - lr * grads[k] for k in params}


@right("by hand: logsumexp and take_along_axis")
def _(params, x, y, lr):
    def loss(w, b):
        z = x @ w + b
        picked = mx.take_along_axis(z, y[:, None], axis=1).squeeze(1)
        return (mx.logsumexp(z, axis=1) - picked).mean()

    value, (gw, gb) = mx.value_and_grad(loss, argnums=(0, 1))(params["w"], params["b"])
    return (value, dict(w=params["w"] - lr * gw, b=params["b"] - lr * gb))


@right("closed form gradients, one-hot")
def _(params, x, y, lr):
    n, c = x.shape[0], params["b"].shape[0]
    logits = mx.addmm(params["b"], x, params["w"])
    hot = (y[:, None] == mx.arange(c)).astype(mx.float32)
    logp = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    err = (mx.exp(logp) - hot) / n
    return -(hot * logp).sum() / n, {
        "w": params["w"] - lr * (x.T @ err),
        "b": params["b"] - lr * err.sum(0),
    }


right("class with __call__, list, log of softmax (naive)")(_Sgd())


@wrong("ascends", named="uphill")
def _(params, x, y, lr):
    value, grads = mx.value_and_grad(_ce)(params, x, y)
    return value, {k: params[k] + lr * grads[k] for k in params}


@wrong("in place -= on the arrays", named="changes_what_came_in")
def _(params, x, y, lr):
    value, grads = mx.value_and_grad(_ce)(params, x, y)
    new = dict(params)
    for k in new:
        new[k] -= lr * grads[k]
    return value, new


@wrong("cross_entropy without reduction", named="grad_nonscalar_loss")
def _(params, x, y, lr):
    value, grads = mx.value_and_grad(lambda p: nn.losses.cross_entropy(x @ p["w"] + p["b"], y))(
        params
    )
    return value, {k: params[k] - lr * grads[k] for k in params}


@wrong("forgets the bias in the logits", named="bias_left_out")
def _(params, x, y, lr):
    value, grads = mx.value_and_grad(
        lambda p: nn.losses.cross_entropy(x @ p["w"], y, reduction="mean")
    )(params)
    return value, {k: params[k] - lr * grads[k] for k in params}


@wrong(
    "mean over everything of log_softmax times one-hot (divides by C too)",
    named="mean_over_classes_too",
)
def _(params, x, y, lr):
    def loss(p):
        z = x @ p["w"] + p["b"]
        hot = mx.eye(z.shape[1])[y]
        return -(hot * (z - mx.logsumexp(z, axis=1, keepdims=True))).mean()

    value, grads = mx.value_and_grad(loss)(params)
    return value, {k: params[k] - lr * grads[k] for k in params}


@wrong(
    "closed over: grad of a function that ignores its argument", named="constants_differentiated"
)
def _(params, x, y, lr):
    w, b = params["w"], params["b"]
    value, grads = mx.value_and_grad(
        lambda p: nn.losses.cross_entropy(x @ w + b, y, reduction="mean")
    )(params)
    return value, {k: params[k] - lr * grads[k] for k in params}


@wrong("forgot lr", named="lr_forgotten")
def _(params, x, y, lr):
    value, grads = mx.value_and_grad(_ce)(params, x, y)
    return value, {k: params[k] - grads[k] for k in params}
