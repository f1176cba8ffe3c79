"""local_client, an exercise of lesson 10, serving."""

import os
import re
import tempfile
from contextlib import contextmanager

import httpx
import openai

from course.exercise import exercise
from course.probe import outcome

local_client = exercise(minutes=4, level=1)


@local_client.solution
def _(port):
    """A client of the `openai` package for an mlx_lm.server on this machine.

    The server listens on 127.0.0.1 at `port`, answers at /v1/models, /v1/completions and
    /v1/chat/completions, and wants no key. Return an `openai.OpenAI` that works wherever it is
    made, whether OPENAI_API_KEY is set or not; where it is set, that key is for somebody else and
    must not be sent. The client waits at most 60 seconds, and sends a request once, never again by
    itself.
    """
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@contextmanager
def _variables(**values):
    """The variables that the openai package reads: these, and no others. Certificates are looked
    for in a folder that has none: to read them takes longer than all the rest."""
    values |= {"SSL_CERT_DIR": tempfile.gettempdir()}
    names = [name for name in os.environ if name.startswith(("OPENAI_", "SSL_CERT_"))]
    before = {name: os.environ.pop(name) for name in names}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)


@local_client.use(retries="reading", timeout="reading")
def _(answer, rng):
    port = int(rng.integers(8000, 60000))
    asked = []

    def server(request):
        asked.append(request)
        known = re.fullmatch(r"(/v1)?/(models|completions|chat/completions)", request.url.path)
        return httpx.Response(200 if known else 404, json={"object": "list", "data": []})

    yours = f"sk-of-your-account-{int(rng.integers(100, 999))}"
    with _variables(OPENAI_API_KEY=yours):
        client = answer(port)
        if not isinstance(client, openai.OpenAI):
            return {"models": f"nothing: what came back is of the type {type(client).__name__}"}
        timeout = getattr(client.timeout, "read", client.timeout)
        retries = client.max_retries
        http = httpx.Client(transport=httpx.MockTransport(server))
        ours = client.copy(http_client=http, max_retries=0)
        ended = outcome(ours.models.list)
    with _variables():
        bare = outcome(answer, port)
    url = str(asked[-1].url) if asked else f"nothing: {ended}".removesuffix(".")
    key = asked[-1].headers.get("authorization", "").removeprefix("Bearer ") if asked else ""
    return {
        "models": url,
        "key": "no key of yours" if key != yours else key,
        "bare": " ".join(bare.split())[:90],
        "timeout": timeout,
        "retries": retries,
    }


local_client.says(
    passed="The same client talks to every server of this kind; only the base URL changes.",
    models="For client.models.list() it asked",
    key="The key that it sent while OPENAI_API_KEY was set",
    bare="Made where no variable is set, it",
    timeout="Seconds until it gives up",
    retries="Times that it sends a failed request again",
)


for _label, _text in (("solution", "api_key='none'"), ("alternative 1", "api_key='-'")):
    local_client.same_as(_label, "text", _text, "the server wants no key: any text will do")
local_client.same_as(
    "alternative 1", "text", "path='/v1/'", "the client puts a slash behind its base URL"
)


@local_client.alternative
def _(port):
    address = httpx.URL(scheme="http", host="127.0.0.1", port=port, path="/v1/")
    client = openai.OpenAI(base_url=address, api_key="-")
    return client.with_options(timeout=httpx.Timeout(60.0), max_retries=0)


@local_client.misconception(
    "no_v1",
    "The client puts /models behind its base URL and asked for {models}. The server knows no such "
    "path and says 404. Chatting would have worked, because mlx_lm.server answers at "
    "/chat/completions too: that is why the mistake can stay for weeks. What comes before /models?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}", api_key="none", timeout=60, max_retries=0
    )


@local_client.misconception(
    "endpoint_as_base",
    "It asked for {models}. For curl one gives the whole address of an endpoint; the client puts "
    "the endpoint behind its base URL itself. What do all addresses of the server share?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1/chat/completions",
        api_key="none",
        timeout=60,
        max_retries=0,
    )


@local_client.misconception(
    "key_from_environment",
    "Without `api_key` the client looks into the environment. Where OPENAI_API_KEY was set it sent "
    "{key}, unencrypted, to a server that asked for none; where it was not, there was no client: "
    "{bare}. The server ignores the key, so any text will do.",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", timeout=60, max_retries=0)


@local_client.misconception(
    "asks_again",
    "This client sends a failed request {retries} more times by itself: that is its default. A "
    "server that is slow because it has too much to do gets three times as much. Which argument "
    "counts the repetitions?",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60)


@local_client.misconception(
    "waits_ten_minutes",
    "It waits {timeout} seconds for an answer, its default, where {timeout:expected} were asked "
    "for. Which argument says so?",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)


@local_client.misconception(
    "defaults_kept",
    "The defaults of the client were left as they are: it waits {timeout} seconds, and then sends "
    "the request again, {retries} times. Both are arguments of `openai.OpenAI`.",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none")


@local_client.misconception(
    "https",
    "It asked for {models}. mlx_lm.server speaks plain HTTP and has no certificate; to a TLS "
    "greeting it answers nothing that a client understands. On this machine nothing needs to be "
    "encrypted; beyond it, something in front of the server does that.",
)
def _(port):
    return openai.OpenAI(
        base_url=f"https://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@local_client.misconception(
    "key_of_somebody_else",
    "Where OPENAI_API_KEY was set the client sent {key}, unencrypted, to a server that asked for "
    "none; where it was not, all is well. To take it where it exists looks careful. For whom is "
    "that key?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1",
        api_key=os.environ.get("OPENAI_API_KEY", "none"),
        timeout=60,
        max_retries=0,
    )


@local_client.misconception(
    "empty_key",
    "The client sent {models}. An empty key looks like none; it makes a header that ends in a "
    "blank, which HTTP forbids. What does a server do with a key that it does not want?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="", timeout=60, max_retries=0
    )


@local_client.misconception(
    "once_more",
    "This client sends a failed request {retries} more time by itself. “Once” counts the requests, "
    "and `max_retries` those after the first. How many are these?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=1
    )


@local_client.misconception(
    "waits_for_ever",
    "It waits without an end: its timeout is None, which is no default but none at all. A server "
    "that hangs then hangs your program. How long may it wait?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=None, max_retries=0
    )


@local_client.misconception(
    "always_port_8080",
    "It asked for {models}. 8080 is where mlx_lm.server listens if nobody says otherwise. Where "
    "does yours listen?",
)
def _(port):
    return openai.OpenAI(
        base_url="http://127.0.0.1:8080/v1", api_key="none", timeout=60, max_retries=0
    )


@local_client.misconception(
    "asynchronous",
    "An AsyncOpenAI came back. It has the same methods, and each must be awaited: what your "
    "function returns is used without. Which class does the statement name?",
)
def _(port):
    return openai.AsyncOpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


local_client.hints(
    "Which part do all addresses of the server share, and what does the client find in your "
    "environment if you say nothing?",
    "`openai.OpenAI` takes `base_url`, `api_key`, `timeout` and `max_retries`.",
    "The base URL ends in /v1; the key can be any text; 60 seconds, 0 repetitions.",
)
