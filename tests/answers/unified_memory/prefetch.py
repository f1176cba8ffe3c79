"""Others' answers to prefetch."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


def _made(make, i):
    batch = make(i)
    mx.eval(batch)
    return batch


@right("thread, eval in it")
def _(make, n):
    out = []

    def work():
        for i in range(n):
            batch = make(i)
            mx.eval(batch)
            out.append(batch)

    t = threading.Thread(target=work)
    t.start()
    t.join()
    return out


@right("pool of one, map with a helper")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(partial(_made, make), range(n)))


@right("queue")
def _(make, n):
    import queue

    q = queue.Queue()

    def worker():
        for i in range(n):
            q.put(_made(make, i))

    thread = threading.Thread(target=worker, daemon=True)
    thread.start()
    batches = [q.get() for _ in range(n)]
    thread.join()
    return batches


@right("one thread for each batch, list by index")
def _(make, n):
    out = [None] * n

    def one(i):
        out[i] = _made(make, i)

    for i in range(n):
        t = threading.Thread(target=one, args=(i,))
        t.start()
        t.join()
    return out


@wrong("no eval")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(make, range(n)))


@wrong("eval in the caller's thread")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        out = list(pool.map(make, range(n)))
    mx.eval(out)
    return out


@wrong("no join")
def _(make, n):
    out = []

    def work():
        import time

        for i in range(n):
            time.sleep(0.05)
            out.append(_made(make, i))

    threading.Thread(target=work, daemon=True).start()
    return out


@wrong("order of completion")
def _(make, n):
    import time
    from concurrent.futures import as_completed

    with ThreadPoolExecutor(max_workers=4) as pool:
        fs = [
            pool.submit(lambda i=i: (time.sleep(0.01 * (n - i)), _made(make, i))[1])
            for i in range(n)
        ]
        return [f.result() for f in as_completed(fs)]


@wrong("1-based")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(partial(_made, make), range(1, n + 1)))


@wrong("futures")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return [pool.submit(_made, make, i) for i in range(n)]


@wrong("thread makes functions, main thread calls make")
def _(make, n):
    out = []
    t = threading.Thread(target=lambda: out.extend(range(n)))
    t.start()
    t.join()
    return [make(i) for i in out]


@wrong("NumPy arrays")
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(lambda i: np.array(make(i)), range(n)))


@wrong("max_workers=n: fails for n = 0")
def _(make, n):
    with ThreadPoolExecutor(max_workers=n) as pool:
        return list(pool.map(partial(_made, make), range(n)))


@wrong("evaluates the last batch only")
def _(make, n):
    out = []

    def work():
        for i in range(n):
            out.append(make(i))
        if out:
            mx.eval(out[-1])

    t = threading.Thread(target=work)
    t.start()
    t.join()
    return out
