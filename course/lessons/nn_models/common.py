"""What exercises of lesson 05, nn_models share."""

from mlx.utils import tree_flatten

from course.probe import fill_parameters


def _shapes(model):
    """Shapes of a model's parameters as text, sorted: the names are the learner's."""
    model.trainable_parameters()  # without super().__init__() it stops here, not in an optimizer
    shapes = [tuple(value.shape) for _, value in tree_flatten(model.parameters())]
    return ", ".join(map(str, sorted(shapes, key=lambda s: (len(s), s)))) or "nothing"


def _called(model, x, count):
    """What a model returns: the values where all its parameters are known, else their shape.

    Args:
        model: its parameters get known values if there are `count` of them, each of another shape.
        x: what it is called with.
        count: of the parameters that it should have.
    """
    shapes = [tuple(value.shape) for _, value in tree_flatten(model.parameters())]
    if len(shapes) == len(set(shapes)) == count:
        return fill_parameters(model)(x)
    return f"of shape {tuple(getattr(model(x), 'shape', ()))}"
