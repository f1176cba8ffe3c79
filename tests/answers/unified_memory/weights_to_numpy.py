"""Others' answers to weights_to_numpy."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("loop")
def _(weights):
    out = {}
    for name, w in weights.items():
        if w.dtype == mx.bfloat16:
            w = w.astype(mx.float32)
        out[name] = np.array(w)
    return out


@right("try, then float32")
def _(weights):
    def convert(w):
        try:
            return np.array(w)
        except ValueError:
            return np.array(w.astype(mx.float32))

    return dict((k, convert(v)) for k, v in weights.items())


wrong("no bfloat16")(lambda weights: {k: np.array(v) for k, v in weights.items()})


wrong("tolist: dtype lost")(lambda weights: {k: np.array(v.tolist()) for k, v in weights.items()})


wrong("bits of bfloat16")(
    lambda weights: {
        k: np.array(v.view(mx.uint16) if v.dtype == mx.bfloat16 else v) for k, v in weights.items()
    }
)


wrong("bfloat16 left out")(
    lambda weights: {k: np.array(v) for k, v in weights.items() if v.dtype != mx.bfloat16}
)


@wrong("changes the dict that came in")
def _(weights):
    for k in weights:
        v = weights[k]
        weights[k] = np.array(v.astype(mx.float32) if v.dtype == mx.bfloat16 else v)
    return weights
