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
        "linux_jax": "linux jax",
        "swift_cluster": "nvidia swift cluster",
        "cluster": "nvidia cluster jax",
        "mac_cluster": "mac cluster tune",
    }
    seen = {}
    for name, words in questions.items():
        machine, *true = words.split()
        flags = dict.fromkeys(("swift", "cluster", "jax", "linux_too", "tune"), False)
        found = answer({"machine": machine} | flags | dict.fromkeys(true, True))
        if not isinstance(found, (list, tuple, set, frozenset)):
            return seen | {name: f"no list, but {found!r}"[:60]}
        seen[name] = ", ".join(sorted(map(str, found))) or "nothing"
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
    linux_jax="JAX on Linux, CPU alone",
    swift="An app in Swift, on a Mac, beside JAX",
    swift_cluster="An app in Swift, and many large GPUs",
    cluster="Many large GPUs",
    mac_cluster="Many large GPUs, asked from a Mac",
)


for _names in (
    "['jax', 'pytorch']",
    "['mlx', 'pytorch']",
    "['llama.cpp', 'mlx', 'pytorch']",
):
    choose.same_as("solution", "entries swapped", _names, "the names may stand in any order")


@choose.alternative
def _(case):
    names = {"mlx", "pytorch", "llama.cpp"} - ({"llama.cpp"} if case["tune"] else set())
    if case["jax"]:
        names = {"jax-cpu" if case["machine"] == "mac" else "jax"}
    if case["cluster"]:
        names = {"jax", "pytorch"}
    return {"mlx-swift"} if case["swift"] else names


def _tree(case, jax="jax-cpu", elsewhere=None, both=None, cluster=("jax", "pytorch"), tuned=True):
    """The tree with leaves that a wrong answer replaces."""
    if case["swift"]:
        return ["mlx-swift"]
    if case["cluster"]:
        return list(cluster)
    if case["jax"]:
        return [jax] if case["machine"] == "mac" else ["jax"]
    if case["machine"] != "mac" and elsewhere:
        return elsewhere
    if case["machine"] == "mac" and case["linux_too"] and both:
        return both
    tunes = case["tune"] and tuned
    return ["mlx", "pytorch"] if tunes else ["llama.cpp", "mlx", "pytorch"]


@choose.misconception(
    "tree_as_it_was",
    "All three stale leaves are as they were: {linux} on Linux, {mac_both} for one engine on Mac "
    "and Linux, {mac_jax} for JAX on a Mac. Each was true once. Which of the facts under the tree "
    "speaks of each?",
)
def _(case):
    return _tree(case, jax="jax-metal", elsewhere=["pytorch"], both=["llama.cpp"])


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
    "For JAX on a Mac your tree says {mac_jax}. Its last release is of 2024, it does not work with "
    "JAX since 0.5.1, and JAX's own people call it dead. What runs on a Mac instead?",
)
def _(case):
    return _tree(case, jax="jax-metal")


@choose.misconception(
    "jax_as_ever",
    "For JAX on a Mac your tree says {mac_jax}, as for a machine whose GPU it uses. On a Mac it "
    "runs on the CPU, and the name should say so. Which name does the statement give it?",
)
def _(case):
    return _tree(case, jax="jax")


@choose.misconception(
    "needs_a_gpu",
    "On a Linux machine without a GPU your tree leaves MLX out: {linux}; with one: {nvidia}. "
    "Its CUDA backend is not the only one. What do the lessons run on where there is no GPU?",
)
def _(case):
    names = _tree(case)
    bare = case["machine"] == "linux" and len(names) > 1 and not case["cluster"]
    return [name for name in names if name != "mlx" or not bare]


@choose.misconception(
    "llamacpp_tunes",
    "For LoRA on Linux your tree says {linux_tune}, and on a Mac {mac_tune}. llama.cpp infers; "
    "training adapters is what it lacks, on each machine. Which question is asked on a Mac alone?",
)
def _(case):
    return _tree(case, elsewhere=["llama.cpp", "mlx", "pytorch"])


@choose.misconception(
    "mlx_instead",
    "Without a Mac your tree says {linux}, where it said pytorch before. PyTorch is no longer the "
    "only one there. Is MLX?",
)
def _(case):
    return _tree(case, elsewhere=["mlx"])


@choose.misconception(
    "mlx_needs_a_mac",
    "Without a Mac your tree leaves MLX out: {linux}, and with a GPU {nvidia}. That was so until "
    "2025. On which machines does it run today?",
)
def _(case):
    names = _tree(case)
    leaf = not (case["swift"] or case["cluster"] or case["jax"] or case["machine"] == "mac")
    return [name for name in names if name != "mlx" or not leaf]


@choose.misconception(
    "llamacpp_tunes_everywhere",
    "For LoRA your tree offers llama.cpp: {mac_tune} on a Mac, {linux_tune} on Linux. It runs what "
    "others have trained. Which question takes it off the list?",
)
def _(case):
    return _tree(case, tuned=False)


@choose.misconception(
    "both_machines_tune",
    "For LoRA on a Mac your tree says {mac_tune}, and {mac_both_tune} where Linux is to run the "
    "same engine. A second machine does not teach llama.cpp to train. Which question comes too "
    "early?",
)
def _(case):
    return _tree(case, both=["llama.cpp", "mlx", "pytorch"])


@choose.misconception(
    "jax_cpu_everywhere",
    "For JAX your tree says {nvidia_jax} on Linux with a GPU, too. There it uses the GPU. On which "
    "machine is the CPU all that is supported?",
)
def _(case):
    names = _tree(case)
    return ["jax-cpu"] if names == ["jax"] else names


@choose.misconception(
    "cluster_of_mlx",
    "For training on many large GPUs your tree says {cluster}. MLX has a distributed mode, and one "
    "may come there because of it; of this leaf the statement says nothing new. Which three are "
    "stale?",
)
def _(case):
    return _tree(case, cluster=("jax", "mlx", "pytorch"))


@choose.misconception(
    "jax_asked_first",
    "For an app in Swift, beside code in JAX, your tree says {swift}, and for a cluster {cluster}: "
    "JAX is asked for first. What was to stay as it was, besides the other leaves?",
)
def _(case):
    return _tree(case | {"swift": False, "cluster": False}) if case["jax"] else _tree(case)


choose.hints(
    "Which leaf names something that no longer exists, and which two say “only”?",
    "The question about the machine and the one about Linux used to split what is now one answer.",
    "Let both of these fall through to the last line, and write jax-cpu for jax-metal.",
)
