"""Others' answers to trace_counts."""

from course.author.answers import right, wrong

right("list")(lambda: [1, 2, 3, 1, 2, 3])


wrong("coming back traces again")(lambda: [1, 3, 3, 1, 3, 3])


wrong("array values count")(lambda: [1, 2, 3, 3, 2, 3])


wrong("dtype does not count")(lambda: [1, 2, 3, 1, 1, 3])


wrong("loop keeps the trace")(lambda: [1, 2, 3, 1, 2, 1])


wrong("shape does not count")(lambda: [1, 1, 3, 1, 2, 3])


wrong("b's values count")(lambda: [2, 2, 3, 1, 3, 3])
