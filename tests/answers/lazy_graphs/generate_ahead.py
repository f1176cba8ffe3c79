"""Others' answers to generate_ahead."""

import mlx.core as mx
from mlx.core import async_eval

from course.author.answers import right, wrong


@right("index test in the loop")
def _(step, token, n, emit):
    def begin(t):
        t = step(t)
        mx.async_eval(t)
        return t

    now = begin(token)
    for i in range(n):
        if i + 1 < n:
            following = begin(now)
        emit(int(now.item()))
        now = following


@right("generator one ahead")
def _(step, token, n, emit):
    def tokens(t):
        for _ in range(n):
            t = step(t)
            mx.async_eval(t)
            yield t

    stream = tokens(token)
    current = next(stream)
    for ahead in stream:
        emit(current.tolist()[0])
        current = ahead
    emit(current.tolist()[0])


@right("from mlx.core import async_eval")
def _(step, token, n, emit):
    token = step(token)
    async_eval(token)
    for _ in range(n - 1):
        ahead = step(token)
        async_eval(ahead)
        emit(token.item())
        token = ahead
    emit(token.item())


@right("deque")
def _(step, token, n, emit):
    from collections import deque

    queue, made, t = deque(), 0, token
    while made < n or queue:
        while made < n and len(queue) < 2:
            t = step(t)
            mx.async_eval(t)
            queue.append(t)
            made += 1
        emit(int(queue.popleft()))


@wrong("synchronous")
def _(step, token, n, emit):
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        emit(token.item())


@wrong("eval instead of async_eval")
def _(step, token, n, emit):
    token = step(token)
    mx.eval(token)
    for _ in range(n - 1):
        ahead = step(token)
        mx.eval(ahead)
        emit(token.item())
        token = ahead
    emit(token.item())


@wrong("no async_eval", named="never_handed_over")
def _(step, token, n, emit):
    token = step(token)
    for _ in range(n - 1):
        ahead = step(token)
        emit(token.item())
        token = ahead
    emit(token.item())


@wrong("last token not emitted")
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        ahead = step(token)
        mx.async_eval(ahead)
        emit(token.item())
        token = ahead


@wrong("emits arrays")
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        ahead = step(token)
        mx.async_eval(ahead)
        emit(token)
        token = ahead
    emit(token)
