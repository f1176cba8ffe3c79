"""Others' answers to one_stream."""

from course.author.answers import wrong

wrong("strict")(lambda r, f, s: (1000 / s, 1000 / f, 1000 / s < r < 1000 / f))


wrong("upper end only")(lambda r, f, s: (1000 / s, 1000 / f, r <= 1000 / f))


wrong("lower end only")(lambda r, f, s: (1000 / s, 1000 / f, r >= 1000 / s))


wrong("the mean latency alone")(lambda r, f, s: (1000 / s, 1000 / f, abs(r - 2000 / (f + s)) < 1))
