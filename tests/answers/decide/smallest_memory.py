"""Others' answers to smallest_memory."""

from course.author.answers import right, wrong


def _smallest(
    parameters,
    bits,
    context,
    sizes,
    share,
    extra=0.5,
    always=False,
    gb=2**30,
    pick=min,
    cut=1.0,
    unit=8,
    none=None,
):
    need = parameters * (bits + (extra if bits < 16 or always else 0)) / unit + cut * context
    fits = [s for s in sizes if s * gb * share >= need]
    return pick(fits) if fits else none


@right("min with default")
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + (0.5 if bits < 16 else 0)) / 8 + context
    return min((s for s in sizes if s * 2**30 * share >= need), default=None)


@right("sorted, loop")
def _(parameters: float, bits: int, context: float, sizes: list, share: float):
    extra = 2 * 16 / 64 if bits < 16 else 0.0
    need = context + parameters * (bits + extra) / 8
    for size in sorted(sizes):
        if need <= share * size * 1024**3:
            return size
    return None


wrong("share of what the context leaves")(
    lambda p, b, c, sizes, share: min(
        (s for s in sizes if (s * 2**30 - c) * share >= p * (b + 0.5 * (b < 16)) / 8), default=None
    )
)


wrong("position, not size")(
    lambda p, b, c, sizes, share: (lambda s: None if s is None else sizes.index(s))(
        _smallest(p, b, c, sizes, share)
    )
)


wrong("last of the list, taken for sorted")(
    lambda p, b, c, sizes, share: next(
        (s for s in sizes if s * 2**30 * share >= p * (b + 0.5 * (b < 16)) / 8 + c), None
    )
)
