"""Others' answers to trace_counts."""

from course.author.answers import right, wrong

right("list")(lambda: [1, 2, 3, 1, 2, 3])


wrong("coming back traces again", named="last_one_only")(lambda: [1, 3, 3, 1, 3, 3])


wrong("array values count", named="numbers_in_arrays_are_traced")(lambda: [1, 2, 3, 3, 2, 3])


wrong("dtype does not count", named="dtype_does_not_count")(lambda: [1, 2, 3, 1, 1, 3])


wrong("loop keeps the trace", named="compile_lambda_loop")(lambda: [1, 2, 3, 1, 2, 1])


wrong("shape does not count", named="shape_does_not_count")(lambda: [1, 1, 3, 1, 2, 3])


wrong("b's values count", named="a_name_is_an_array")(lambda: [2, 2, 3, 1, 3, 3])
