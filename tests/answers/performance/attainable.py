"""Others' answers to attainable."""

from course.author.answers import right, wrong


@right("times of a byte")
def _(intensity: float, flops: float, bandwidth: float) -> tuple[float, str]:
    moving, computing = 1 / bandwidth, intensity / flops
    if intensity * bandwidth > flops:
        return float(flops), "arithmetic"
    return intensity / max(
        moving, computing
    ) if moving > computing else intensity * bandwidth, "memory"


@right("min over pairs, a list")
def _(intensity, flops, bandwidth):
    return list(
        min([(intensity * bandwidth, "memory"), (flops, "arithmetic")], key=lambda pair: pair[0])
    )


wrong("max", named="the_higher_roof")(
    lambda i, f, b: (max(i * b, f), "memory" if i * b <= f else "arithmetic")
)


wrong("words swapped", named="bound_the_other_way")(
    lambda i, f, b: (min(i * b, f), "arithmetic" if i * b <= f else "memory")
)


wrong("the corner is arithmetic's", named="corner_given_to_arithmetic")(
    lambda i, f, b: (min(i * b, f), "memory" if i * b < f else "arithmetic")
)


wrong("compute, not arithmetic", named="compute_for_arithmetic")(
    lambda i, f, b: (min(i * b, f), "memory" if i * b <= f else "compute")
)
