"""Others' answers to what_grad_returns."""

from course.author.answers import right, wrong

right("string")(lambda: "SEZNWZ")


right("joined list")(lambda: "".join(["S", "E", "Z", "N", "W", "Z"]))


wrong("thinks a vector is summed, like PyTorch ones")(lambda: "SSZNWZ")


wrong("ints raise, as in JAX")(lambda: "SEZNEZ")


wrong("closed-over y gives slopes (autograd tape)")(lambda: "SEZNWS")


wrong("closed-over y raises")(lambda: "SEZNWE")


wrong("five letters")(lambda: "SEZNW")
