"""Others' answers to lora_seconds."""

from course.author.answers import right, wrong


@right("one line")
def _(parameters, iters, batch, length, flops, share):
    return 4 * parameters * iters * batch * length / (flops * share)


@wrong("six, as in full training", named="full_training")
def _(parameters, iters, batch, length, flops, share):
    return 6 * parameters * iters * batch * length / (flops * share)


@wrong("forward only", named="forward_alone")
def _(parameters, iters, batch, length, flops, share):
    return 2 * parameters * iters * batch * length / (flops * share)


@wrong("multiply and add forgotten: two passes", named="forward_alone")
def _(parameters, iters, batch, length, flops, share):
    return (1 + 1) * parameters * iters * batch * length / (flops * share)


@wrong("batch forgotten", named="batch_forgotten")
def _(parameters, iters, batch, length, flops, share):
    return 4 * parameters * iters * length / (flops * share)


@wrong("hours", named="hours")
def _(parameters, iters, batch, length, flops, share):
    return 4 * parameters * iters * batch * length / (flops * share) / 3600
