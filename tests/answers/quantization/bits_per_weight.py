"""Others' answers to bits_per_weight."""

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from course.author.answers import right, wrong


def _packed(m):
    return hasattr(m, "bits") and "scales" in m


@right("walk over modules")
def _(model):
    bits = sum(8 * p.nbytes for _, p in tree_flatten(model.parameters()))
    count = sum(p.size for _, p in tree_flatten(model.parameters()))
    for m in model.modules():
        if _packed(m):
            count -= m.weight.size + m.scales.size + (m.biases.size if "biases" in m else 0)
            count += m.weight.size * 32 // m.bits
    return bits / count


@right("recursion over the tree, mx scalar returned")
def _(model):
    def walk(m):
        nb = n = 0
        q = isinstance(m, nn.Module) and _packed(m)
        for k, v in m.items() if isinstance(m, dict) else enumerate(m):
            if isinstance(v, mx.array) and not str(k).startswith("_"):
                nb += v.nbytes
                if not q or k == "bias":
                    n += v.size
                elif k == "weight":
                    n += v.size * 32 // m.bits
            elif isinstance(v, (dict, list)):
                a, b = walk(v)
                nb += a
                n += b
        return nb, n

    nb, n = walk(model)
    return mx.array(8 * nb / n)


@wrong("bits over packed words", named="bits_over_all_numbers")
def _(model):
    p = [v for _, v in tree_flatten(model.parameters())]
    return sum(8 * v.nbytes for v in p) / sum(v.size for v in p)


@wrong("scales and biases counted as weights", named="scales_are_weights")
def _(model):
    bits = sum(8 * p.nbytes for _, p in tree_flatten(model.parameters()))
    count = sum(p.size for _, p in tree_flatten(model.parameters()))
    for m in model.modules():
        if _packed(m):
            count += m.weight.size * 32 // m.bits - m.weight.size
    return bits / count


@wrong("mean of the layers' bits", named="mean_of_the_layers_bits")
def _(model):
    b = [m.bits for m in model.modules() if _packed(m)]
    return sum(b) / len(b)


@wrong("trainable parameters only", named="trainable_alone")
def _(model):
    bits = count = 0
    for name, p in tree_flatten(model.trainable_parameters()):
        bits += 8 * p.nbytes
        count += p.size
    return bits / count if count else 0.0


@wrong("biases of layers left out with the quantization's biases", named="bias_taken_for_biases")
def _(model):
    bits = count = 0
    mods = dict(model.named_modules())
    for name, p in tree_flatten(model.parameters()):
        bits += 8 * p.nbytes
        path, _, last = name.rpartition(".")
        if p.dtype == mx.uint32:
            count += p.size * 32 // mods[path].bits
        elif "bias" not in last and last != "scales":
            count += p.size
    return bits / count
