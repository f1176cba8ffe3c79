"""Others' answers to local_client."""

import functools
import os

import openai

from course.author.answers import right, wrong


@right("keywords")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


right("functools.partial")(
    lambda port: functools.partial(openai.OpenAI, api_key="local", timeout=60, max_retries=0)(
        base_url="http://127.0.0.1:%d/v1" % port
    )
)


@wrong("no /v1")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}", api_key="none", timeout=60, max_retries=0
    )


@wrong("key of the environment, or none", named="key_of_somebody_else")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1",
        api_key=os.environ.get("OPENAI_API_KEY", "none"),
        timeout=60,
        max_retries=0,
    )


@wrong("default retries")
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60)


@wrong("one retry: 'once'", named="once_more")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=1
    )


@wrong("default timeout")
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)


@wrong("port 8080", named="always_port_8080")
def _(port):
    return openai.OpenAI(
        base_url="http://127.0.0.1:8080/v1", api_key="none", timeout=60, max_retries=0
    )


@wrong("https")
def _(port):
    return openai.OpenAI(
        base_url=f"https://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@wrong("asynchronous", named="asynchronous")
def _(port):
    return openai.AsyncOpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@wrong("empty key")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="", timeout=60, max_retries=0
    )


@wrong("no timeout at all", named="waits_for_ever")
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=None, max_retries=0
    )
