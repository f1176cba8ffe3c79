"""Others' answers to same_call."""

from course.author.answers import right, wrong

right("in order")(lambda: "AEGHJ")


right("another order")(lambda: "JHGEA")


right("joined")(lambda: "".join(sorted({"A", "E", "G", "H", "J"})))


wrong("cat is there")(lambda: "ABEGHJ")


wrong("mask reading")(lambda: "AEFGHJ")


wrong("dim")(lambda: "ACEGHJ")


wrong("no argmax with a plain axis")(lambda: "AEGH")


wrong("the example")(lambda: "AB")


wrong("all that run")(lambda: "ADEGHIJ")


wrong("everything")(lambda: "ABCDEFGHIJ")
