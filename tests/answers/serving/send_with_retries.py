"""Others' answers to send_with_retries."""

import functools
import itertools

import openai

from course.author.answers import right, wrong


def _retry(send, sleep, uniform, tries, **w):
    for attempt in range(tries + w.get("extra", 0)):
        last = attempt == tries + w.get("extra", 0) - 1
        try:
            return send()
        except openai.OpenAIError as error:
            status = getattr(error, "status_code", None)
            good = isinstance(error, openai.APIConnectionError) and (
                "timeout" in w or not isinstance(error, openai.APITimeoutError)
            )
            good = good or (
                status is not None
                and (status in w.get("also", (429,)) or status >= w.get("from_", 500))
            )
            if "all" in w:
                good = True
            if not good:
                raise
            if last and "wait last" not in w:
                raise
            after = None
            if status is not None and "ignore" not in w:
                after = error.response.headers.get("retry-after")
            most = min(w.get("cap", 8), w.get("base", 1) * 2**attempt)
            if "linear" in w:
                most = min(8, attempt + 1)
            if "constant" in w:
                most = 1
            sleep(
                float(after) if after is not None else (most if "exact" in w else uniform(0, most))
            )
            if last:
                raise
    return None


@right("while, floats, list of bounds")
def _(send, sleep, uniform, tries: int):
    bounds = itertools.chain([1.0, 2.0, 4.0], itertools.repeat(8.0))
    left = tries
    while True:
        left -= 1
        most = next(bounds)
        wait = None
        try:
            return send()
        except openai.APIStatusError as e:
            if not (e.status_code == 429 or e.status_code >= 500) or not left:
                raise e
            after = e.response.headers.get("Retry-After")
            wait = float(after) if after else None
        except openai.APIConnectionError as e:
            if type(e) is openai.APITimeoutError or not left:
                raise
        sleep(uniform(0.0, most) if wait is None else wait)


wrong("timeouts again too")(functools.partial(_retry, timeout=1))


wrong("every error again")(functools.partial(_retry, all=1))


wrong("one try too many: tries as retries")(functools.partial(_retry, extra=1))


wrong("waits after the last")(functools.partial(_retry, **{"wait last": 1}))


wrong("retry-after not read")(functools.partial(_retry, ignore=1))


wrong("no cap", named="no_ceiling")(functools.partial(_retry, cap=1e9))


wrong("first wait up to 2", named="first_wait_doubled")(functools.partial(_retry, base=2))


wrong("constant", named="same_wait")(functools.partial(_retry, constant=1))


wrong("408 again too, as OpenAI's client", named="retries_of_the_client")(
    functools.partial(_retry, also=(408, 409, 429))
)


@wrong("none at the end")
def _(send, sleep, uniform, tries):
    try:
        return _retry(send, sleep, uniform, tries)
    except (openai.APIConnectionError, openai.APIStatusError):
        return None


@wrong("retry-after as text")
def _(send, sleep, uniform, tries):
    def hold(seconds):
        sleep(seconds)

    for attempt in range(tries):
        try:
            return send()
        except openai.APITimeoutError:
            raise
        except openai.APIStatusError as error:
            if (error.status_code != 429 and error.status_code < 500) or attempt == tries - 1:
                raise
            hold(error.response.headers.get("retry-after") or uniform(0, min(8, 2**attempt)))
        except openai.APIConnectionError:
            if attempt == tries - 1:
                raise
            hold(uniform(0, min(8, 2**attempt)))


@wrong("sleeps itself", named="storm")
def _(send, sleep, uniform, tries):
    import random

    return _retry(send, lambda seconds: None, random.uniform, tries)


@wrong("InternalServerError and RateLimitError by name, connection forgotten")
def _(send, sleep, uniform, tries):
    for attempt in range(tries):
        try:
            return send()
        except (openai.InternalServerError, openai.RateLimitError) as error:
            if attempt == tries - 1:
                raise
            after = error.response.headers.get("retry-after")
            sleep(float(after) if after else uniform(0, min(8, 2**attempt)))
