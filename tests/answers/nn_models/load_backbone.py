"""Others' answers to load_backbone."""

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

from course.author.answers import right, wrong


@right("filter then load_weights strict=False")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and own[k].shape == v.shape}
    model.load_weights(list(fit.items()), strict=False)
    return sorted(set(own) - set(fit))


@right("update with tree_unflatten, loop")
def _(model, path):
    file = mx.load(path if isinstance(path, str) else str(path))
    taken, left = [], []
    for name, p in tree_flatten(model.parameters()):
        if name in file and tuple(file[name].shape) == tuple(p.shape):
            taken.append((name, file[name]))
        else:
            left.append(name)
    if taken:
        model.update(tree_unflatten(taken))
    left.sort()
    return left


@wrong("strict=False without a shape check", named="not_strict_is_enough")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    file = mx.load(str(path))
    model.load_weights(str(path), strict=False)
    return sorted(k for k in own if k not in file)


@wrong("trainable parameters only", named="frozen_forgotten")
def _(model, path):
    own = dict(tree_flatten(model.trainable_parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and own[k].shape == v.shape}
    model.load_weights(list(fit.items()), strict=False)
    return sorted(set(own) - set(fit))


@wrong("size in place of shape", named="size_for_shape", never=("head_by_name",))
def _(model, path):
    file, own = mx.load(str(path)), dict(tree_flatten(model.parameters()))
    fit = [(k, v) for k, v in file.items() if k in own and v.size == own[k].size]
    model.load_weights(fit, strict=False)
    return sorted(own.keys() - dict(fit).keys())


@wrong("returns the file's names left over", named="names_of_the_file")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    file = mx.load(str(path))
    fit = {k: v for k, v in file.items() if k in own and own[k].shape == v.shape}
    model.load_weights(list(fit.items()), strict=False)
    return sorted(set(file) - set(fit))


@wrong("skips everything called head", named="head_by_name")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and not k.startswith("head")}
    model.load_weights(list(fit.items()), strict=False)
    return sorted(set(own) - set(fit))


@wrong("computes the names, loads nothing", named="nothing_loaded")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and own[k].shape == v.shape}
    return sorted(set(own) - set(fit))


@wrong("not sorted", named="not_sorted")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and own[k].shape == v.shape}
    model.load_weights(list(fit.items()), strict=False)
    return sorted(set(own) - set(fit), reverse=True)


@wrong("by order, ignoring names")
def _(model, path):
    own = tree_flatten(model.parameters())
    file = list(mx.load(str(path)).values())
    fit = [(k, v) for (k, p), v in zip(own, file) if p.shape == v.shape]
    model.load_weights(fit, strict=False)
    return sorted(set(k for k, _ in own) - set(k for k, _ in fit))


@wrong("the example's answer", named="example_answer")
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    fit = {k: v for k, v in mx.load(str(path)).items() if k in own and own[k].shape == v.shape}
    model.load_weights(list(fit.items()), strict=False)
    return ["head.weight"]
