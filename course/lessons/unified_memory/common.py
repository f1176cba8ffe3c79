"""What exercises of lesson 01, unified_memory share."""


def _dtype(y):
    return str(getattr(y, "dtype", "no dtype")).removeprefix("mlx.core.")
