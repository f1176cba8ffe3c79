"""Others' answers to choose."""

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


@wrong("the tree as it was")
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
