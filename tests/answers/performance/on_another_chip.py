"""Others' answers to on_another_chip."""

import numpy as np

from course.author.answers import right, wrong


@right("rest stays")
def _(rate, read, old, new):
    rest = 1 / rate - read / (old["bandwidth"] * 1e9)
    return 1 / (rest + read / (new["bandwidth"] * 1e9))


@right("NumPy")
def _(rate, read, old, new):
    speeds = np.array([old["bandwidth"], new["bandwidth"]]) * 1e9
    before, after = read / speeds
    return np.reciprocal(np.reciprocal(float(rate)) - before + after)


wrong("by bandwidth", named="by_bandwidth_alone")(
    lambda r, b, o, n: r * n["bandwidth"] / o["bandwidth"]
)


wrong("the new ceiling", named="the_new_ceiling")(lambda r, b, o, n: n["bandwidth"] * 1e9 / b)


wrong("rest by cores", named="cores_speed_up_the_rest")(
    lambda r, b, o, n: (
        1
        / (
            (1 / r - b / (o["bandwidth"] * 1e9)) * o["cores"] / n["cores"]
            + b / (n["bandwidth"] * 1e9)
        )
    )
)


wrong("2**30", named="binary_gigabytes")(
    lambda r, b, o, n: 1 / (1 / r - b / (o["bandwidth"] * 2**30) + b / (n["bandwidth"] * 2**30))
)


wrong("the share of the ceiling stays", named="by_bandwidth_alone")(
    lambda r, b, o, n: r / (o["bandwidth"] * 1e9 / b) * (n["bandwidth"] * 1e9 / b)
)


wrong("rates added", named="rates_added")(
    lambda r, b, o, n: r + (n["bandwidth"] - o["bandwidth"]) * 1e9 / b
)


wrong("rest forgotten where negative: never slower", named="never_slower")(
    lambda r, b, o, n: max(r, 1 / (1 / r - b / (o["bandwidth"] * 1e9) + b / (n["bandwidth"] * 1e9)))
)
