"""choose, an exercise of lesson 16, decide."""

from course.exercise import exercise

choose = exercise(minutes=8, level=2)


@choose.solution
def _(case):
    """A decision tree that goes around, as code. Three of its leaves are stale. Correct
    them, so that it says what can be taken in November 2026, and leave the order of its questions.

        def choose(case):
            if case["swift"]:
                return ["mlx-swift"]
            if case["cluster"]:
                return ["jax", "pytorch"]
            if case["jax"]:
                return ["jax-metal"] if case["machine"] == "mac" else ["jax"]
            if case["machine"] != "mac":
                return ["pytorch"]
            if case["linux_too"]:
                return ["llama.cpp"]
            return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]

    machine: "mac" (Apple silicon), "nvidia" (Linux with a GPU) or "linux" (a CPU alone); the rest
    are True or False: an app in Swift, training on many large GPUs, code that is in JAX, the same
    engine on a Linux server without a GPU, LoRA fine-tuning. What is known today:

    - mlx, pytorch and llama.cpp run on all three machines; llama.cpp has no LoRA training.
    - jax-metal is dead. Supported on a Mac is JAX on its CPU: call it "jax-cpu". On the other two
      machines it stays "jax".

    Return a list of all that can be taken, in any order. For a Linux machine without a GPU and
    nothing else it has three names.
    """
    if case["swift"]:
        return ["mlx-swift"]
    if case["cluster"]:
        return ["jax", "pytorch"]
    if case["jax"]:
        return ["jax-cpu"] if case["machine"] == "mac" else ["jax"]
    return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]


@choose.use
def _(answer, rng):
    questions = {
        "linux": "linux",
        "linux_tune": "linux tune",
        "nvidia": "nvidia",
        "nvidia_tune": "nvidia tune linux_too",
        "mac": "mac",
        "mac_tune": "mac tune",
        "mac_both": "mac linux_too",
        "mac_both_tune": "mac linux_too tune",
        "mac_jax": "mac jax",
        "mac_jax_tune": "mac jax tune linux_too",
        "nvidia_jax": "nvidia jax",
        "swift": "mac swift jax",
        "cluster": "nvidia cluster jax",
        "mac_cluster": "mac cluster tune",
    }
    seen = {}
    for name, words in questions.items():
        machine, *true = words.split()
        flags = dict.fromkeys(("swift", "cluster", "jax", "linux_too", "tune"), False)
        found = answer({"machine": machine} | flags | dict.fromkeys(true, True))
        seen[name] = ", ".join(sorted(map(str, found)))
    return seen


choose.says(
    passed="Two questions decide nothing any more: the machine, and whether Linux comes too.",
    linux="Linux, CPU alone",
    linux_tune="Linux, CPU alone, LoRA",
    nvidia="Linux with a GPU",
    nvidia_tune="Linux with a GPU, LoRA",
    mac="A Mac",
    mac_tune="A Mac, LoRA",
    mac_both="A Mac, and the same engine on Linux",
    mac_both_tune="A Mac, the same engine on Linux, LoRA",
    mac_jax="JAX on a Mac",
    mac_jax_tune="JAX on a Mac, LoRA, and Linux too",
    nvidia_jax="JAX on Linux with a GPU",
    swift="An app in Swift",
    cluster="Many large GPUs",
    mac_cluster="Many large GPUs, asked from a Mac",
)


@choose.alternative
def _(case):
    names = {"mlx", "pytorch", "llama.cpp"} - ({"llama.cpp"} if case["tune"] else set())
    if case["jax"]:
        names = {"jax-cpu" if case["machine"] == "mac" else "jax"}
    if case["cluster"]:
        names = {"jax", "pytorch"}
    return {"mlx-swift"} if case["swift"] else names


def _tree(case, jax="jax-cpu", elsewhere=None, both=None):
    """The tree with leaves that a wrong answer replaces."""
    if case["swift"]:
        return ["mlx-swift"]
    if case["cluster"]:
        return ["jax", "pytorch"]
    if case["jax"]:
        return [jax] if case["machine"] == "mac" else ["jax"]
    if case["machine"] != "mac" and elsewhere:
        return elsewhere
    if case["machine"] == "mac" and case["linux_too"] and both:
        return both
    return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]


@choose.misconception(
    "no_mac_no_mlx",
    "Without a Mac your tree says {linux}. MLX has had a CUDA backend since 2025 and wheels for a "
    "CPU; if you run this course on Linux, you have been using one all along. And llama.cpp never "
    "needed a Mac.",
)
def _(case):
    return _tree(case, elsewhere=["pytorch"])


@choose.misconception(
    "one_engine_only",
    "For one engine on Mac and Linux your tree says {mac_both}, and nothing else. That was so "
    "while MLX was for Macs alone. Which engines run on both today?",
)
def _(case):
    return _tree(case, both=["llama.cpp"])


@choose.misconception(
    "jax_metal",
    "For JAX on a Mac your tree still says {mac_jax}. Its last release is of 2024, it does not "
    "work with JAX since 0.5.1, and JAX's own people call it dead.",
)
def _(case):
    return _tree(case, jax="jax-metal")


@choose.misconception(
    "jax_as_ever",
    "For JAX on a Mac your tree says {mac_jax}, as if it used the GPU there. What is supported is "
    "its CPU, and whoever decides should read that.",
)
def _(case):
    return _tree(case, jax="jax")


@choose.misconception(
    "needs_a_gpu",
    "On a Linux machine without a GPU your tree leaves MLX out: {linux}. Its CUDA backend is not "
    "the only one; what do the lessons run on where there is no GPU?",
)
def _(case):
    names = _tree(case)
    bare = case["machine"] == "linux" and len(names) > 1 and not case["cluster"]
    return [name for name in names if name != "mlx" or not bare]


@choose.misconception(
    "llamacpp_tunes",
    "Your tree offers llama.cpp for LoRA where it offered something stale before: {linux_tune}. "
    "It infers; training adapters is what it lacks. Look at the question in the last line.",
)
def _(case):
    return _tree(case, elsewhere=["llama.cpp", "mlx", "pytorch"])


@choose.misconception(
    "mlx_instead",
    "The stale leaf was turned round: {linux} where it said pytorch before. That PyTorch is no "
    "longer the only one does not make MLX the only one.",
)
def _(case):
    return _tree(case, elsewhere=["mlx"])


choose.hints(
    "Which leaf names something that no longer exists, and which two say “only”?",
    "The question about the machine and the one about Linux used to split what is now one answer.",
    "Let both of these fall through to the last line, and write jax-cpu for jax-metal.",
)
