"""Others' answers to fixed_cost."""

import numpy as np

from course.author.answers import right, wrong


@right("polyfit")
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


@right("extremes")
def _(sizes: np.ndarray, seconds: np.ndarray) -> tuple[float, float]:
    i, j = int(np.argmin(sizes)), int(np.argmax(sizes))
    rate = (sizes[j] - sizes[i]) / (seconds[j] - seconds[i])
    return float(seconds[i] - sizes[i] / rate), float(rate)


@right("least squares by hand")
def _(sizes, seconds):
    dx, dy = sizes - sizes.mean(), seconds - seconds.mean()
    slope = (dx @ dy) / (dx @ dx)
    return [seconds.mean() - slope * sizes.mean(), 1 / slope]


wrong("swapped", named="rate_before_fixed")(
    lambda x, y: (1 / np.polyfit(x, y, 1)[0], np.polyfit(x, y, 1)[1])
)


wrong("polyfit's order", named="fit_as_it_comes")(lambda x, y: tuple(np.polyfit(x, y, 1)))


wrong("rate of the largest, the fixed time from the smallest", named="best_ratio")(
    lambda x, y: (y.min() - x.min() / (x.max() / y.max()), x.max() / y.max())
)


wrong("milliseconds", named="milliseconds")(
    lambda x, y: (1e3 * np.polyfit(x, y, 1)[1], 1 / np.polyfit(x, y, 1)[0])
)


wrong("GB/s", named="gigabytes")(
    lambda x, y: (np.polyfit(x, y, 1)[1], 1e-9 / np.polyfit(x, y, 1)[0])
)


wrong("last minus first: sorted sizes only, sign lost")(
    lambda x, y: (
        float(y[0] - x[0] * (y[-1] - y[0]) / (x[-1] - x[0])),
        abs(float((x[1] + x[0]) / (y[1] + y[0]))),
    )
)


wrong("through the origin", named="line_through_the_origin")(
    lambda x, y: (0.0, float((x @ x) / (x @ y)))
)
