"""Others' answers to choose."""

import functools

from course.author.answers import right, wrong


def _tree(
    case,
    jax="jax-cpu",
    linux=None,
    nomac=None,
    order=("swift", "cluster", "jax"),
    cluster=("jax", "pytorch"),
    tune=True,
    everywhere=False,
):
    for q in order:
        if case[q]:
            if q == "swift":
                return ["mlx-swift"]
            if q == "cluster":
                return list(cluster)
            return [jax] if everywhere or case["machine"] == "mac" else ["jax"]
    three = ["mlx", "pytorch"] if case["tune"] and tune else ["llama.cpp", "mlx", "pytorch"]
    if case["machine"] != "mac":
        return list(nomac(case)) if nomac else three
    if case["linux_too"]:
        return list(linux(case)) if linux else three
    return three


@right("two questions gone, a set")
def _(case: dict) -> list[str]:
    for question, leaf in (("swift", {"mlx-swift"}), ("cluster", {"pytorch", "jax"})):
        if case[question]:
            return list(leaf)
    if case["jax"]:
        return ["jax-cpu" if case["machine"] == "mac" else "jax"]
    return [
        name
        for name in ("pytorch", "mlx", "llama.cpp")
        if not (case["tune"] and name == "llama.cpp")
    ]


@right("match, a tuple")
def _(case):
    match case:
        case {"swift": True}:
            return ("mlx-swift",)
        case {"cluster": True}:
            return ("pytorch", "jax")
        case {"jax": True, "machine": "mac"}:
            return ("jax-cpu",)
        case {"jax": True}:
            return ("jax",)
        case {"tune": True}:
            return ("pytorch", "mlx")
    return ("pytorch", "mlx", "llama.cpp")


wrong("the first alone")(lambda case: _tree(case)[:1])


@wrong("the tree as it was", named="tree_as_it_was")
def _(case):
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


wrong("jax-metal stays", named="jax_metal")(functools.partial(_tree, jax="jax-metal"))


wrong("jax on a Mac", named="jax_as_ever")(functools.partial(_tree, jax="jax"))


wrong("jax-cpu everywhere", named="jax_cpu_everywhere")(functools.partial(_tree, everywhere=True))


wrong("no Mac: PyTorch alone", named="no_mac_no_mlx")(
    functools.partial(_tree, nomac=lambda c: ["pytorch"])
)


wrong("no Mac: no MLX", named="mlx_needs_a_mac")(
    functools.partial(_tree, nomac=lambda c: ["pytorch"] if c["tune"] else ["llama.cpp", "pytorch"])
)


wrong("no Mac: tune not asked", named="llamacpp_tunes")(
    functools.partial(_tree, nomac=lambda c: ["llama.cpp", "mlx", "pytorch"])
)


wrong("no GPU: no MLX", named="needs_a_gpu")(
    functools.partial(
        _tree,
        nomac=lambda c: (
            (["mlx"] if c["machine"] == "nvidia" else [])
            + ["pytorch"]
            + ([] if c["tune"] else ["llama.cpp"])
        ),
    )
)


wrong("Linux too: llama.cpp alone", named="one_engine_only")(
    functools.partial(_tree, linux=lambda c: ["llama.cpp"])
)


wrong("Linux too: llama.cpp and MLX")(
    functools.partial(_tree, linux=lambda c: ["mlx"] if c["tune"] else ["llama.cpp", "mlx"])
)


wrong("Linux too: tune not asked", named="both_machines_tune")(
    functools.partial(_tree, linux=lambda c: ["llama.cpp", "mlx", "pytorch"])
)


wrong("llama.cpp trains", named="llamacpp_tunes_everywhere")(functools.partial(_tree, tune=False))


wrong("cluster: MLX too", named="cluster_of_mlx")(
    functools.partial(_tree, cluster=("jax", "pytorch", "mlx"))
)


wrong("JAX asked first", named="jax_asked_first")(
    functools.partial(_tree, order=("jax", "swift", "cluster"))
)


wrong("cluster before Swift")(functools.partial(_tree, order=("cluster", "swift", "jax")))
