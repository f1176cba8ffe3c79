"""Others' answers to smallest_memory."""

import functools

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


wrong(
    "share of what the context leaves",
    named="context_before_the_share",
    never=("context_forgotten",),
)(
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


wrong("no scales", named="scales_forgotten")(functools.partial(_smallest, extra=0))


wrong("scales without biases", named="scales_without_biases")(
    functools.partial(_smallest, extra=0.25)
)


wrong("scales at 16 bits too", named="scales_everywhere")(functools.partial(_smallest, always=True))


wrong("10**9", named="decimal_gigabytes")(functools.partial(_smallest, gb=1e9))


wrong("context forgotten", named="context_forgotten")(functools.partial(_smallest, cut=0))


wrong("the first that fits", named="first_that_fits")(
    functools.partial(_smallest, pick=lambda fits: fits[0])
)


wrong("the largest", named="largest_of_all", never=("first_that_fits",))(
    functools.partial(_smallest, pick=max)
)


wrong("bits as bytes")(functools.partial(_smallest, unit=1))


wrong("0 where none fits", named="zero_for_none")(functools.partial(_smallest, none=0))


wrong("2**20")(functools.partial(_smallest, gb=2**20))
