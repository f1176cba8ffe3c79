"""Others' answers to what_grad_returns."""

from course.author.answers import right, wrong

right("string")(lambda: "SEZNWZ")


right("joined list")(lambda: "".join(["S", "E", "Z", "N", "W", "Z"]))


wrong("thinks a vector is summed, like PyTorch ones", named="grad_nonscalar_loss")(lambda: "SSZNWZ")


wrong("ints raise, as in JAX", named="integers_raise")(lambda: "SEZNEZ")


wrong("closed-over y gives slopes (autograd tape)", named="closure_is_seen")(lambda: "SEZNWS")


wrong("closed-over y raises", named="unused_argument_raises")(lambda: "SEZNWE")


wrong("five letters")(lambda: "SEZNW")
