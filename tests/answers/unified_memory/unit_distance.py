"""Others' answers to unit_distance."""

import mlx.core as mx
import numpy as np

from course.author.answers import wrong

wrong("item")(lambda w, target: mx.square(w / mx.linalg.norm(w).item() - target).sum())


wrong("mean")(lambda w, target: mx.square(w / mx.linalg.norm(w) - target).mean())


wrong("distance, not squared")(lambda w, target: mx.linalg.norm(w / mx.linalg.norm(w) - target))


wrong("L1 norm")(lambda w, target: mx.square(w / mx.abs(w).sum() - target).sum())


wrong("all in NumPy")(
    lambda w, target: mx.array(
        ((np.array(w) / np.linalg.norm(np.array(w)) - np.array(target)) ** 2).sum()
    )
)


wrong("float result")(lambda w, target: mx.square(w / mx.linalg.norm(w) - target).sum().item())


wrong("not normalised")(lambda w, target: mx.square(w - target).sum())


wrong("cosine distance")(lambda w, target: 1 - (w * target).sum() / mx.linalg.norm(w))


wrong("mx.array(np of the norm)")(
    lambda w, target: mx.square(w / mx.array(np.linalg.norm(np.array(w))) - target).sum()
)
