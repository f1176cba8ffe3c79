"""What exercises of lesson 05, nn_models share."""

from mlx.utils import tree_flatten


def _shapes(model):
    """Shapes of a model's parameters as text, sorted: the names are the learner's."""
    shapes = [tuple(value.shape) for _, value in tree_flatten(model.parameters())]
    return ", ".join(map(str, sorted(shapes, key=lambda s: (len(s), s)))) or "nothing"
