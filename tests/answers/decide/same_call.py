"""Others' answers to same_call."""

from course.author.answers import right, wrong

right("in order")(lambda: "AEGHJ")


right("another order")(lambda: "JHGEA")


right("joined")(lambda: "".join(sorted({"A", "E", "G", "H", "J"})))


wrong("cat is there")(lambda: "ABEGHJ")


wrong("mask reading")(lambda: "AEFGHJ")


wrong("dim")(lambda: "ACEGHJ")


wrong("no argmax with a plain axis", named="argmax_left_out")(lambda: "AEGH")


wrong("the example", named="example_copied")(lambda: "AB")


wrong("all that run", named="all_that_run")(lambda: "ADEGHIJ")


wrong("everything")(lambda: "ABCDEFGHIJ")
