"""prefetch, an exercise of lesson 01, unified_memory."""

import threading
from concurrent.futures import ThreadPoolExecutor

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import mask_numbers, outcome

prefetch = exercise(minutes=8, level=3)


@prefetch.solution
def _(make, n):
    """Let a worker thread prepare batches while the main thread has other things to do.

        make:   make(i) returns batch i, an MLX array that nobody has evaluated yet
        n:      how many batches
        result: a list of n arrays, make(0), make(1), … in order

    `make` must be called in a thread other than yours; wait for it before you return. Your caller
    will compute with the batches in the thread in which it called you. For n = 0 the list is empty.
    """

    def ready(i):
        batch = make(i)
        mx.eval(batch)
        return batch

    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(ready, range(n)))


@prefetch.use
def _(answer, rng):
    n = int(rng.integers(2, 6))
    base = mx.array(rng.normal(size=(2, 3)).round(1).astype(np.float32))
    home, in_main = threading.get_ident(), []

    def make(i):
        in_main.append(threading.get_ident() == home)
        return (base + i) * 0.5

    try:
        batches = list(answer(make, n))
    except RuntimeError as error:  # MLX names a stream by a number, another one each time
        text = mask_numbers(str(error))
        raise RuntimeError(text).with_traceback(error.__traceback__) from None
    usable = outcome(mx.eval, *batches) == "returned"
    return {
        "usable": usable,
        "in_main": sum(in_main),
        "count": len(batches),
        "y": mx.concatenate(batches) if usable and batches else None,
        "empty": len(list(answer(make, 0))),
    }


prefetch.same_as(
    "solution", "keyword dropped", "ThreadPoolExecutor(max_workers=1)", "more threads are allowed"
)
prefetch.same_as("solution", "constant", "max_workers=1", "more threads are allowed")
prefetch.says(
    passed="What crosses from thread to thread is data; a plan stays where it was made.",
    usable="Whether the caller could evaluate the batches",
    in_main="Calls of `make` in the main thread",
    count="Batches",
    y="The batches, one under the other",
    empty="Batches for n = 0",
)


@prefetch.alternative
def _(make, n):
    batches = []

    def work():
        for i in range(n):
            batches.append(make(i))
        mx.eval(batches)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return batches


@prefetch.misconception(
    "thread_stream",
    "The worker made the batches, and not all of them can be used where they are needed. An array "
    "that is still to be computed belongs to a stream, and a stream to the thread that made it: "
    "what you got back was a plan and no data. What has to happen before a batch leaves its "
    "thread?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(make, range(n)))


@prefetch.misconception(
    "eval_back_home",
    "An evaluation was asked for in one thread, of operations that belong to a stream of another. "
    "A stream belongs to the thread that made it, and only there can its work be done. "
    "Which thread calls `make`, and which one evaluates what comes out?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        batches = list(pool.map(make, range(n)))
    mx.eval(batches)
    return batches


@prefetch.misconception(
    "main_thread_after_all",
    "The batches are right, and `make` ran in the main thread {in_main} times: nothing else could "
    "happen there meanwhile. Which of your lines calls `make`, and which thread runs that line?",
)
def _(make, n):
    batches = [make(i) for i in range(n)]
    mx.eval(batches)
    return batches


@prefetch.misconception(
    "called_before_handing_over",
    "The worker was told to call an array. With `pool.submit(make(i))` or `Thread(target=make(i))` "
    "Python runs `make` first, in your own thread, and hands over what it returned. What should "
    "the worker get: a batch, or something that makes one?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return [pool.submit(make(i)).result() for i in range(n)]


prefetch.hints(
    "What is in an array that nobody has evaluated, and which thread's stream is it meant for?",
    "Evaluate each batch in the worker, right after it is made. Then hand it over.",
    "A function for the worker that calls `make(i)`, then `mx.eval`, then returns the batch.",
)
