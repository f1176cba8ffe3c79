"""Others' answers to what_evaluates."""

from course.author.answers import right, wrong

right("string")(lambda: "BDGI")


right("with spaces")(lambda: "B D G I")


wrong("eval and print only: D J")(lambda: "DJ")


wrong("shape compares")(lambda: "ABDGI")


wrong("if does not")(lambda: "DGI")


wrong("Python max does not")(lambda: "BDI")


wrong("NumPy view does not")(lambda: "BDG")


wrong("cast does")(lambda: "BDFGI")


wrong("everything")(lambda: "ABCDEFGHIJ")


wrong("nothing")(lambda: "")
