"""speculative_generate, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx

from course.exercise import exercise

speculative_generate = exercise(minutes=14, level=3)


@speculative_generate.solution
def _(target, draft, prompt, count, ahead):
    """Say what a large model would say, and ask it less often.

    `target(tokens)` is the large model: a list, as long as `tokens`, of what it would say after
    each of them, all found in one call. `draft(tokens)` is a small one: the one token that it would
    say after the last. Both take lists; `prompt` is one.
    Return a list of the `count` tokens that follow `prompt`, exactly those that asking `target` for
    one at a time would give. Let `draft` propose `ahead` tokens at a time, and call `target` as
    seldom as can be: each call judges a proposal, and yields one token more than was right in it.
    If `draft` is always right, `ahead` is 3 and `count` 8, two calls of `target` are enough.
    """
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.use(calls="reading", sure="reading", never="reading")
def _(answer, rng):
    words, ahead = 12, int(rng.integers(3, 6))
    table = rng.integers(0, words, size=(7, words, words))
    known = rng.random((7, words, words)) < 0.75  # where the small model says the same
    prompt = [int(token) for token in rng.integers(0, words, size=int(rng.integers(2, 7)))]
    least = int(rng.integers(35, 39))
    calls = 0

    def after(place, a, b):
        return int(table[place % 7, a, b])

    def target(tokens):
        nonlocal calls
        calls += 1
        tokens = [int(token) for token in tokens]
        pairs = zip([0, *tokens], tokens, strict=False)
        return [after(place, a, b) for place, (a, b) in enumerate(pairs)]

    def draft(tokens):
        place, a, b = len(tokens) - 1, int(tokens[-2]), int(tokens[-1])
        right = after(place, a, b)
        return right if known[place % 7, a, b] else (right + 1 + b % 3) % words

    text = list(prompt)
    for _ in range(least + 2):
        text.append(after(len(text) - 1, *text[-2:]))
    right, said, lengths = text[len(prompt) :], [], []
    for count in range(least, least + 3):
        said = [int(token) for token in answer(target, draft, list(prompt), count, ahead)]
        lengths.append(len(said))
    many, calls = calls, 0
    known[:] = True  # from here on the small model is always right
    few = [int(token) for token in answer(target, draft, list(prompt), 8, 3)]
    sure, calls = calls, 0
    known[:] = False  # and from here on never
    one = [int(token) for token in answer(target, draft, list(prompt), 5, 1)]
    return {
        "said": mx.array(said[: len(right)]),
        "wrong": sum(a != b for a, b in zip(said, right, strict=False)),
        "length": ", ".join(map(str, lengths)),
        "calls": many,
        "sure": sure,
        "never": calls,
        "few": mx.array(few),
        "one": mx.array(one),
    }


speculative_generate.says(
    passed="The small model decides how fast it goes. What is said it cannot change.",
    said="The tokens",
    wrong="Tokens that are not the large model's",
    length="Numbers of tokens, in three calls",
    calls="Calls of `target` in all",
    sure="Calls of `target` for 8 tokens, 3 ahead, where `draft` is always right",
    never="Calls of `target` for 5 tokens, 1 ahead, where `draft` is never right",
    few="8 tokens, 3 ahead, where `draft` is always right",
    one="5 tokens, 1 ahead, where `draft` is never right",
)


@speculative_generate.alternative
def _(target, draft, prompt, count, ahead):
    answer = []
    while len(answer) < count:
        start = [*prompt, *answer]
        trial = list(start)
        for _ in range(min(ahead, count - len(answer))):
            trial.append(draft(list(trial)))
        checked = target(trial)
        for place in range(len(start) - 1, len(trial)):
            answer.append(checked[place])
            if place + 1 < len(trial) and trial[place + 1] != checked[place]:
                break
    return answer[:count]


speculative_generate.same_as(
    "alternative 1",
    "operator",
    "count - len(answer)",
    "near the end more is proposed than is needed, and what is too much is cut off",
)


@speculative_generate.misconception(
    "draft_is_trusted",
    "{wrong} tokens are not the large model's. Yours are those of taking all that the small one "
    "proposes, and one of the large one's after it. Fast, and another model. Up to where may a "
    "proposal be believed?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        for _ in range(ahead):
            tokens.append(draft(list(tokens)))
        tokens.append(target(tokens)[-1])
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "draft_alone",
    "{wrong} tokens are not the large model's, and `target` was called {calls} times: yours are "
    "the small model's own. It is quick, and often right. Who decides whether it is?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(draft(list(tokens)))
    return tokens[len(prompt) :]


@speculative_generate.misconception(
    "correction_thrown_away",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough. Yours take what was right in a proposal, and the large model's own word only "
    "where nothing was. What else has the same call found?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[:right] or said[:1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "nothing_after_a_full_proposal",
    "The tokens are right. Where `draft` is always right, `target` was called {sure} times for 8 "
    "tokens, 3 ahead, and {sure:expected} are enough; where it is never right there are none too "
    "many. When all of a proposal was right, the same call has found one token more. Which?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += proposed if right == ahead else said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "all_or_nothing",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough; where `draft` is always right there are none too many. Yours are those of a "
    "proposal that is taken whole or not at all. What of one that is wrong at its end?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said if right == ahead else said[:1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "one_ahead",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough: as many as with one token proposed at a time. Which argument says how far to "
    "look ahead?",
)
def _(target, draft, prompt, count, ahead):
    tokens, ahead = list(prompt), 1
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "proposed_from_one_place",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough: your proposals are seldom right behind their first token. What has `draft` to "
    "read before it proposes the second?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(list(tokens)))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "right_after_wrong",
    "{wrong} tokens are not the large model's. Yours count every proposed token that agrees, also "
    "behind one that does not. What stands after a wrong token was judged as the continuation of "
    "a text that will not exist. Where does the counting have to end?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = sum(a == b for a, b in zip(proposed, said, strict=False))
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "one_call_a_token",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough: once for each of the tokens and more. A call says what the large model would say "
    "at every place of a text. How many proposed tokens can it judge?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        for token in proposed:
            said = target(tokens)[-1]
            tokens.append(said)
            if said != token:
                break
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "draft_takes_no_part",
    "The tokens are right, and in all `target` was called {calls} times, once for each of them, "
    "where {calls:expected} are enough. Either nothing was proposed, or of no proposal more than "
    "one token was taken. What can one call find?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(target(tokens)[-1])
    return tokens[len(prompt) :]


@speculative_generate.misconception(
    "more_than_asked",
    "Where {length:expected} tokens were asked for you return {length}: the last proposal went "
    "past the end, as it nearly always does. What is left to do when there are enough?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :]


@speculative_generate.misconception(
    "prompt_returned_too",
    "You return {length} tokens, and it should be {length:expected}: the prompt, and what follows "
    "it. Which of them are new?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[: len(prompt) + count]


@speculative_generate.misconception(
    "one_place_off",
    "{wrong} tokens are not the large model's. Yours are those of comparing a proposed token with "
    "what the large model says after it, and not in its place. Which entry of `target` speaks "
    "about the first proposed token?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1] or said[-1:]
    return tokens[len(prompt) :][:count]


speculative_generate.hints(
    "One call of `target` on text and proposal together: which of its entries do you already know "
    "to be right, whatever the proposal was?",
    "The one after the last token that is certain. If the proposal's first token equals it, the "
    "next entry is certain too, and so on, until they differ.",
    "`said = target(tokens + proposed)[len(tokens) - 1:]`; count `right` from the front while the "
    "two agree; `tokens += said[:right + 1]`.",
)
