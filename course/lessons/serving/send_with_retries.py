"""send_with_retries, an exercise of lesson 10, serving."""

import httpx
import openai

from course.exercise import exercise
from course.probe import outcome

from .common import _status_error

send_with_retries = exercise(minutes=8, level=2)


@send_with_retries.solution
def _(send, sleep, uniform, tries):
    """Send a request again where that can help, and leave a server alone that has enough to do.

    `send()` returns the answer or raises an error of the `openai` package. Return the answer.

    - Send again after `openai.APIConnectionError`, and after an `openai.APIStatusError` whose
      `status_code` is 429 or from 500 on. Any other error leaves your function at once.
    - Not after `openai.APITimeoutError`: the server is still at work on that request.
    - Before sending again wait: call `sleep` with `uniform(0, 1)` seconds the first time, then with
      `uniform(0, 2)`, `uniform(0, 4)`, and so on, never more than `uniform(0, 8)`. If the error is
      one with a status and its `response.headers` have a "retry-after", wait that many seconds
      instead.
    - Call `send` at most `tries` times. If the last one fails too, its error leaves your function,
      and nobody waits after it.

    `uniform(a, b)` draws a number between a and b, as `random.uniform` does.
    """
    for attempt in range(tries):
        try:
            return send()
        except openai.APITimeoutError:
            raise
        except (openai.APIConnectionError, openai.APIStatusError) as error:
            status = getattr(error, "status_code", 503)
            if attempt == tries - 1 or not (status == 429 or status >= 500):
                raise
            response = getattr(error, "response", None)
            asked = response.headers.get("retry-after") if response is not None else None
            sleep(float(asked) if asked else uniform(0, min(8, 2**attempt)))


_STATUSES = (400, 401, 404, 408, 409, 422, 429, 499, 500, 502, 503, 599)


@send_with_retries.use(calls="reading", few="reading", refused="reading", timed_out="reading")
def _(answer, rng):
    request = httpx.Request("POST", "http://127.0.0.1:8080/v1/chat/completions")
    share = float(rng.integers(3, 9)) / 16
    after = int(rng.integers(10, 30))
    tries = int(rng.integers(2, 5))

    def run(events, tries, shares=(share,)):
        """events: errors, then the answer; the last one stays. (Requests, waits, end)"""
        calls, waits, draws = 0, [], 0

        def send():
            nonlocal calls
            event = events[min(calls, len(events) - 1)]
            calls += 1
            if isinstance(event, Exception):
                raise event
            return event

        def sleep(seconds):
            if isinstance(seconds, str):  # what time.sleep says
                raise TypeError("'str' object cannot be interpreted as an integer")
            waits.append(float(seconds))

        def uniform(a, b):
            nonlocal draws
            draws += 1
            return a + (b - a) * shares[(draws - 1) % len(shares)]

        said = []
        ended = outcome(lambda: said.append(answer(send, sleep, uniform, tries)))
        shown = ", ".join(f"{wait:g}" for wait in waits) or "none"
        return calls, shown, f"returned {said[0]}" if said else ended.removesuffix(".")

    busy = _status_error(503)
    lost = openai.APIConnectionError(request=request)
    calls, waits, ending = run([busy], 6)
    few, few_waits, _ = run([busy], tries)
    once, once_waits, _ = run([lost], 1)
    refused, vain, refusal = run([_status_error(400), "late"], 4)
    timed_out, vainly, timeout = run([openai.APITimeoutError(request=request), "late"], 4)
    _, told, asked = run([_status_error(429, retry_after=str(after)), "soon"], 4)
    _, also, _ = run([_status_error(503, retry_after=str(after - 8)), "soon"], 4)
    _, reached, found = run([lost, busy, "there"], 4, (share, share / 2))
    again = [code for code in _STATUSES if run([_status_error(code), "well"], 2)[0] > 1]
    return {
        "calls": calls,
        "waits": waits,
        "ending": ending,
        "few": few,
        "few_waits": few_waits,
        "once": f"{once}, waits: {once_waits}",
        "refused": refused,
        "refusal": refusal,
        "timed_out": timed_out,
        "timeout": timeout,
        "vain": f"{vain} and {vainly}",
        "told": told,
        "also": also,
        "asked": asked,
        "reached": reached,
        "found": found,
        "again": ", ".join(map(str, again)) or "none",
    }


send_with_retries.says(
    passed="Grow, draw, obey, give up: with these four a crowd of clients lets a server recover.",
    calls="Requests to a server that always says 503, with 6 tries",
    waits="Waits between them, in seconds",
    ending="In the end your function",
    few="Requests to it with fewer tries",
    few_waits="Waits between those, in seconds",
    once="Requests over a lost connection, with 1 try",
    refused="Requests after a 400",
    refusal="Then your function",
    timed_out="Requests after a timeout",
    timeout="After a timeout your function",
    vain="Waits after a 400, and after a timeout",
    told="Waits after a 429 with retry-after, in seconds",
    also="Waits after a 503 with retry-after, in seconds",
    asked="After a 429 with retry-after your function",
    reached="Waits after a lost connection and then a 503, in seconds",
    found="After a lost connection and a 503 your function",
    again="Statuses after which a request was sent again",
)
send_with_retries.same_as(
    "solution",
    "constant",
    "getattr(error, 'status_code', 503)",
    "any number from 500 on stands for a lost connection, which has no status",
)


@send_with_retries.alternative
def _(send, sleep, uniform, tries):
    most = 1
    while True:
        tries -= 1
        try:
            return send()
        except openai.OpenAIError as error:
            wait = None
            if isinstance(error, openai.APIStatusError):
                if error.status_code != 429 and error.status_code < 500:
                    raise
                wait = error.response.headers.get("retry-after")
            elif isinstance(error, openai.APITimeoutError):
                raise
            if tries == 0:
                raise
        sleep(uniform(0, most) if wait is None else float(wait))
        most = min(8, 2 * most)


def _retried(
    send,
    sleep,
    uniform,
    tries,
    wait=None,
    every_error=False,
    timeouts=False,
    obey=True,
    last_wait=False,
    swallow=False,
    also=(429,),
    lost=True,
    number=float,
):
    """Retries with one mistake or another."""
    for attempt in range(tries):
        try:
            return send()
        except openai.OpenAIError as error:
            if isinstance(error, openai.APITimeoutError) and not (timeouts or every_error):
                raise
            status = getattr(error, "status_code", 503)
            if not every_error and status not in also and status < 500:
                raise
            if not lost and not isinstance(error, openai.APIStatusError):
                raise
            if attempt == tries - 1 and not last_wait:
                if swallow:
                    return None
                raise
            response = getattr(error, "response", None)
            asked = response.headers.get("retry-after") if response is not None else None
            if asked and obey:
                sleep(number(asked))
            elif wait is None:
                sleep(uniform(0, min(8, 2**attempt)))
            elif seconds := wait(attempt):
                sleep(seconds)
            if attempt == tries - 1:
                raise


@send_with_retries.misconception(
    "storm",
    "A server that is overloaded got {calls} requests from you, and `sleep` was not called once. "
    "That is a retry storm: each client whose request fails because there is too much to do makes "
    "more of it. Where does the wait belong?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: 0, obey=False)


@send_with_retries.misconception(
    "same_wait",
    "You waited {waits} seconds: always the same. A server that needs a minute to recover is asked "
    "all that time as often as before. How should the waits grow?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: uniform(0, 1))


@send_with_retries.misconception(
    "no_jitter",
    "You waited {waits} seconds, which grows as it should and is the same for all. A server that "
    "comes back meets the requests of everybody in one moment, and again a second later. What was "
    "`uniform` given for?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: min(8, 2**attempt))


@send_with_retries.misconception(
    "no_ceiling",
    "You waited {waits} seconds, and no wait should be drawn from more than 0 to 8: doubled "
    "again and again it becomes minutes. What stops it?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: uniform(0, 2**attempt))


@send_with_retries.misconception(
    "every_error",
    "A request that the server does not understand was sent {refused} times. It will understand it "
    "no better the next time: 400 says that the request is wrong. Which statuses speak of the "
    "server, and not of you?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, every_error=True)


@send_with_retries.misconception(
    "timeout_again",
    "After a timeout you sent the request {timed_out} times. You had stopped listening; the server "
    "had not stopped working, so that it now does the same work several times over. Of which other "
    "kind of error is an APITimeoutError one?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, timeouts=True)


@send_with_retries.misconception(
    "retry_after_ignored",
    "The server said when to come back, and the waits were {told} s instead of {told:expected} s. "
    "It knows better than any formula. Where does it say so?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, obey=False)


@send_with_retries.misconception(
    "waits_for_nothing",
    "After the last try you waited once more, and then gave up: {waits}. What was that wait for?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, last_wait=True)


@send_with_retries.misconception(
    "failure_swallowed",
    "When all tries had failed your function {ending}, as if there had been an answer. The "
    "caller learns of the failure somewhere else, later. What should leave it?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, swallow=True)


@send_with_retries.misconception(
    "one_more_than_tries",
    "`send` was called {calls} times, and {calls:expected} were allowed. Is the first one a try?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries + 1)


@send_with_retries.misconception(
    "first_wait_doubled",
    "The waits were {waits} seconds, and should be {waits:expected}: the first is drawn from 0 to "
    "2. Which power of 2 is 1?",
)
def _(send, sleep, uniform, tries):
    return _retried(
        send, sleep, uniform, tries, wait=lambda attempt: uniform(0, min(8, 2 ** (attempt + 1)))
    )


@send_with_retries.misconception(
    "retries_of_the_client",
    "Requests were sent again after the statuses {again}. OpenAI's own client does so too: for it "
    "408 and 409 say that somebody waited in vain. Which statuses does the statement name?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, also=(408, 409, 429))


@send_with_retries.misconception(
    "lost_connection_gives_up",
    "After a lost connection your function ended with {found}. A server that starts anew is away "
    "for a moment, and has no status to send. Which error has none?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, lost=False)


@send_with_retries.misconception(
    "retry_after_as_text",
    "After a 429 with retry-after: {asked}. A header is a text, whatever stands in it. What does "
    "`sleep` want?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, number=str)


@send_with_retries.misconception(
    "every_failure_swallowed",
    "After a 400 your function {refusal}, and after the last try it {ending}, as if these were "
    "answers. The caller learns of the failure somewhere else, later. What should leave it?",
)
def _(send, sleep, uniform, tries):
    try:
        return _retried(send, sleep, uniform, tries)
    except openai.OpenAIError:
        return None


send_with_retries.hints(
    "Which of these errors can go away by themselves?",
    "Catch `APITimeoutError` before `APIConnectionError`, which it is a kind of; look at "
    "`status_code` for the rest, and count the tries before you wait.",
    "`sleep(float(asked) if asked else uniform(0, min(8, 2**attempt)))`, with `asked` from "
    '`error.response.headers.get("retry-after")`.',
)
