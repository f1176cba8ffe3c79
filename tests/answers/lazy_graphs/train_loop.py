"""Others' answers to train_loop."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("eval after each update")
def _(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
        mx.eval(w)
    return w


@right("functools.reduce with a helper")
def _(grad, update, w, batches):
    from functools import reduce

    def one(w, x):
        g = grad(w, x)
        w = update(w, g)
        mx.eval(w, g)
        return w

    return reduce(one, batches, w)


@right("while, eval at the top and at the end")
def _(grad, update, w, batches):
    i = 0
    while i < len(batches):
        mx.eval(w)
        w = update(w, grad(w, batches[i]))
        i += 1
    mx.eval(w)
    return w


@right("recursion and tolist as eval")
def _(grad, update, w, batches):
    for x in batches:
        new = update(w, grad(w, x))
        new.tolist()
        w = new
    return w


@wrong("never")
def _(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
    return w


@wrong("evaluates the gradient")
def _(grad, update, w, batches):
    for x in batches:
        g = grad(w, x)
        mx.eval(g)
        w = update(w, g)
        mx.eval(w)
    return w


@wrong("evaluates only the gradient")
def _(grad, update, w, batches):
    for x in batches:
        g = grad(w, x)
        w = update(w, g)
        mx.eval(g)
    return w


@wrong("eval before the update")
def _(grad, update, w, batches):
    for x in batches:
        mx.eval(w)
        w = update(w, grad(w, x))
    return w


@wrong("drops the last batch")
def _(grad, update, w, batches):
    for x in batches[:-1]:
        w = update(w, grad(w, x))
        mx.eval(w)
    return w
