"""smallest_memory, an exercise of lesson 16, decide."""

from course.exercise import exercise

smallest_memory = exercise(minutes=6, level=2)


@smallest_memory.solution
def _(parameters, bits, context, sizes, share):
    """The smallest Mac that a language model fits in, by arithmetic.

    parameters: how many. bits: of a weight; below 16 they are quantized in groups of 64 with a
    scale and a bias of 16 bits each (lesson 07). context: bytes of the KV cache. sizes: memory of
    the Macs on offer in GB, which for memory are units of 2**30 bytes (lesson 12), in no order.
    share: the part of it that the GPU may use.

    Return the smallest size whose share holds weights and context, or None. For 8.03e9 parameters
    of 4 bits, a context of 1.5e9, sizes [32, 8, 16] and a share of 0.67 it is 16.
    """
    each = bits + 32 / 64 if bits < 16 else bits
    need = parameters * each / 8 + context
    return min((size for size in sizes if need <= share * size * 2**30), default=None)


@smallest_memory.use
def _(answer, rng):
    sizes = [24, 192, 8, 64, 16, 128, 32, 96, 48]
    turn = int(rng.integers(3))
    sizes = sizes[turn:] + sizes[:turn]
    place = int(rng.integers(1, 4))
    share = (0.625, 0.6875, 0.75)[int(rng.integers(3))]

    def border(size, bits, context, share, part):
        """As many weights as fill this part of what a size's share leaves beside a context."""
        bits += 0.5 if bits < 16 else 0
        return (share * size * 2**30 - context) * 8 / bits * part, context, share

    cases = {
        "small": (8.03e9, 4, 1.5e9, 0.67),
        "large": (70.6e9, 4, 2.68e9, 0.75),
        "long": (3.2e9, 4, 6e9, 0.75),
        "half": (8.03e9, 16, 1.07e9, 0.67),
        "edge": (7.8e9, 16, 1e9, 0.67),
        "three": (70.6e9, 3, 1e9, 0.75),
        "dense": (100e9, 4, 3e9, 0.75),
        "none": (405e9, 4, 5e9, 0.75),
    }
    # All powers of 2 and small numbers: it fits exactly, whatever is divided first.
    cases["exact"] = (2**34, 4, (share * 32 - 9) * 2**30, share)
    size = sorted(sizes)[place]
    for name, bits, context in (("four", 4, 1e9), ("eight", 8, 2e9), ("half", 16, 1.5e9)):
        for kind, part in (("fits", 0.9997), ("misses", 1.0003)):
            weights, *rest = border(size, bits, context, share, part)
            cases[f"{name}_{kind}"] = (weights, bits, *rest)
    for name, at, bits, context, part in (
        ("long_misses", 48, 4, 24e9, 1.0003),
        ("over", size, 4, 1e9, 1.02),
        ("under", size, 8, 2e9, 0.9),
    ):
        weights, *rest = border(at, bits, context, share, part)
        cases[name] = (weights, bits, *rest)
    return {name: answer(p, b, c, list(sizes), s) for name, (p, b, c, s) in cases.items()}


smallest_memory.says(
    passed="So much for “100B needs 192 GB”: at 4 bits it is 96.",
    small="8B, 4 bits, 11,000 tokens of context",
    large="70B, 4 bits",
    long="3B with a very long context",
    half="8B in bfloat16",
    edge="7.8B in bfloat16",
    three="70B, 3 bits",
    dense="100B, 4 bits",
    none="405B, 4 bits",
    exact="17B, 4 bits, that fill the share exactly",
    four_fits="4 bits, where a share is all but full",
    four_misses="4 bits, where a share is hardly too small",
    eight_fits="8 bits, where a share is all but full",
    eight_misses="8 bits, where a share is hardly too small",
    half_fits="bfloat16, where a share is all but full",
    half_misses="bfloat16, where a share is hardly too small",
    over="4 bits, where a share is too small by a fiftieth",
    under="8 bits, where a tenth of a share is left",
    long_misses="A context of 24 GB, where a share is hardly too small",
)
for _label in ("solution", "alternative 1"):
    smallest_memory.same_as(
        _label, "constant", "bits < 16", "no weight has 15 bits: MLX quantizes to 8 at most"
    )


@smallest_memory.alternative
def _(parameters, bits, context, sizes, share):
    overhead = {True: 0.5, False: 0.0}[bits < 16]
    for size in sorted(sizes):
        if parameters * (bits + overhead) / 8 <= size * 1024**3 * share - context:
            return size
    return None


def _smallest(need, sizes, share, unit=2**30):
    return min((size for size in sizes if need <= share * size * unit), default=None)


@smallest_memory.misconception(
    "scales_forgotten",
    "For 8.03e9 weights of 4 bits you take a Mac with {small} GB, and it takes {small:expected}. "
    "Four bits a weight and nothing else would fit. What does a group of 64 bring along?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * bits / 8 + context, sizes, share)


@smallest_memory.misconception(
    "scales_without_biases",
    "Where 4 bits are too much for a share by a fiftieth, you take {over} GB, and it takes "
    "{over:expected}: your sizes are those of a scale for each group, and nothing beside "
    "it. How many numbers of 16 bits has a group?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * (bits + 0.25 * (bits < 16)) / 8 + context, sizes, share)


@smallest_memory.misconception(
    "scales_everywhere",
    "For 8B in bfloat16 you ask for {half} GB, and {half:expected} will do: your sizes are those "
    "of 16 bits with scales. What is quantized there?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * (bits + 0.5) / 8 + context, sizes, share)


@smallest_memory.misconception(
    "all_of_it",
    "For 70B in 4 bits you take a Mac with {large} GB, and it takes {large:expected}. In all of "
    "its memory it would fit; but the system and your programs live there too, and macOS keeps a "
    "part from the GPU. Which of your arguments says how much?",
)
def _(parameters, bits, context, sizes, share):
    each = bits + 0.5 * (bits < 16)
    return _smallest(parameters * each / 8 + context, sizes, 1)


@smallest_memory.misconception(
    "context_forgotten",
    "For 3B with a very long context you take {long} GB, and it takes {long:expected}: the weights "
    "fit and the conversation does not. Where the weights are few and the text is long, which is "
    "the larger part?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * (bits + 0.5 * (bits < 16)) / 8, sizes, share)


@smallest_memory.misconception(
    "context_before_the_share",
    "With a context of 24 GB you take {long_misses} GB, and it takes {long_misses:expected}. Your "
    "sizes are those of a share of what the context leaves, as if the GPU could take the context "
    "from the rest. Where does the KV cache lie?",
)
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + 0.5 * (bits < 16)) / 8
    return min((size for size in sizes if need <= share * (size * 2**30 - context)), default=None)


@smallest_memory.misconception(
    "decimal_gigabytes",
    "For 8B in bfloat16 you ask for {half} GB where {half:expected} would do: your sizes are those "
    "of a GB of a thousand million bytes, as disks and bandwidths have it. At a border those 7 % "
    "are a Mac. How many bytes has a GB of memory?",
)
def _(parameters, bits, context, sizes, share):
    each = bits + 0.5 * (bits < 16)
    return _smallest(parameters * each / 8 + context, sizes, share, 1e9)


@smallest_memory.misconception(
    "first_that_fits",
    "You return the first size that fits, and the sizes come in no order: {small} where "
    "{small:expected} would do. Which of those that fit is asked for?",
)
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + 0.5 * (bits < 16)) / 8 + context
    return next((size for size in sizes if need <= share * size * 2**30), None)


@smallest_memory.misconception(
    "largest_of_all",
    "You return the largest size, {small}, where {small:expected} would do. It fits, too, and it "
    "is the dearest. Which of those that fit is asked for?",
)
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + 0.5 * (bits < 16)) / 8 + context
    return max((size for size in sizes if need <= share * size * 2**30), default=None)


@smallest_memory.misconception(
    "zero_for_none",
    "Where no Mac is large enough you return {none}, which reads like a size. What does the "
    "statement want there?",
)
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + 0.5 * (bits < 16)) / 8 + context
    return _smallest(need, sizes, share) or 0


smallest_memory.hints(
    "What else is in memory besides the bits of the weights?",
    "Half a bit a weight for the scales where something is quantized, the context, and what the "
    "GPU may not have.",
    "`parameters * (bits + 0.5) / 8 + context <= share * size * 2**30`: the smallest that does.",
)
