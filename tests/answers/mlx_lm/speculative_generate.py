"""Others' answers to speculative_generate."""

from course.author.answers import right, wrong


def _spec(target, draft, prompt, count, ahead, extra=True, check=None, cut=True, shrink=True):
    out = list(prompt)
    end = len(prompt) + count
    while len(out) < end:
        k = min(ahead, end - len(out) - 1) if shrink else ahead
        guess = []
        for _ in range(k):
            guess.append(draft(out + guess))
        says = target(out + guess)[len(out) - 1 :]
        n = 0
        while n < k and guess[n] == says[n]:
            n += 1
        out += guess[:n] + ([says[n]] if extra else [])
    return out[len(prompt) : end] if cut else out[len(prompt) :]


@right("straight")
def _(target, draft, prompt, count, ahead):
    return _spec(target, draft, prompt, count, ahead)


@wrong("no bonus token when all was right", named="nothing_after_a_full_proposal")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    while len(out) < len(prompt) + count:
        g = []
        for _ in range(ahead):
            g.append(draft(out + g))
        says = target(out + g)[len(out) - 1 :]
        n = 0
        while n < ahead and g[n] == says[n]:
            n += 1
        out += g[:n] if n == ahead else g[:n] + [says[n]]
    return out[len(prompt) : len(prompt) + count]


@wrong("off by one: compared with the next")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    while len(out) < len(prompt) + count:
        g = []
        for _ in range(ahead):
            g.append(draft(out + g))
        says = target(out + g)[len(out) :]
        n = 0
        while n < ahead and g[n] == says[n]:
            n += 1
        out += g[:n] + [says[min(n, len(says) - 1)]]
    return out[len(prompt) : len(prompt) + count]


@wrong("too many tokens", named="more_than_asked")
def _(target, draft, prompt, count, ahead):
    return _spec(target, draft, prompt, count, ahead, cut=False, shrink=False)


@wrong("all or nothing: one wrong throws all away", named="all_or_nothing")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    while len(out) < len(prompt) + count:
        g = []
        for _ in range(ahead):
            g.append(draft(out + g))
        says = target(out + g)[len(out) - 1 :]
        out += g + [says[-1]] if g == says[:ahead] else [says[0]]
    return out[len(prompt) : len(prompt) + count]


@wrong("prompt included", named="prompt_returned_too")
def _(target, draft, prompt, count, ahead):
    return list(prompt) + _spec(target, draft, prompt, count, ahead)


@wrong("one ahead whatever is asked", named="one_ahead")
def _(target, draft, prompt, count, ahead):
    return _spec(target, draft, prompt, count, 1)


@wrong("target called once for each proposed token", named="one_call_a_token")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    while len(out) < len(prompt) + count:
        g = []
        for _ in range(ahead):
            g.append(draft(out + g))
        for t in g:
            s = target(out)[-1]
            out.append(s)
            if s != t:
                break
    return out[len(prompt) : len(prompt) + count]


@wrong("draft only", named="draft_alone")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    for _ in range(count):
        out.append(draft(out))
    return out[len(prompt) :]


@wrong("draft proposes from the same place each time", named="proposed_from_one_place")
def _(target, draft, prompt, count, ahead):
    out = list(prompt)
    while len(out) < len(prompt) + count:
        g = [draft(out) for _ in range(ahead)]
        says = target(out + g)[len(out) - 1 :]
        n = 0
        while n < ahead and g[n] == says[n]:
            n += 1
        out += g[:n] + [says[n]]
    return out[len(prompt) : len(prompt) + count]
