"""What exercises of lesson 00, ps1 share."""

import mlx.core as mx
import numpy as np


def _numbers(rng, *shape):
    return mx.array(rng.normal(size=shape).astype(np.float32))
