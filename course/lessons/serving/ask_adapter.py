"""ask_adapter, an exercise of lesson 10, serving."""

import json
from pathlib import Path

import httpx
import openai

from course.exercise import exercise
from course.probe import outcome

ask_adapter = exercise(minutes=5, level=2)


@ask_adapter.solution
def _(client, model, adapter, question):
    """One question to a model with an adapter, and without one.

    `client` is an `openai.OpenAI` for an mlx_lm.server that was started with `--model MODEL`;
    `model` is that folder and `adapter` the folder of an adapter, both `pathlib.Path`, or `adapter`
    is None for the model as it is. Return the text of the answer to `question`, which is a message
    of a user. Which field of a request names an adapter is no part of OpenAI's interface: in
    mlx_lm's it is "adapters", and a request to the model "default_model" always gets what
    the server was started with.
    """
    more = {} if adapter is None else {"adapters": str(adapter)}
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], extra_body=more
    )
    return said.choices[0].message.content


@ask_adapter.use
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["oak", "elm", "ash", "fir"])]
    model, adapter = Path("models") / names[0], Path("adapters") / names[1]
    named = set()

    def server(request):
        """What mlx_lm.server makes of the two names, and of an adapter that is not there."""
        body = json.loads(request.content)
        named.add("its folder" if body["model"] == str(model) else body["model"])
        default = body["model"] == "default_model"
        wanted = None if default else body.get("adapters")
        if not default and body["model"] != str(model):
            return httpx.Response(404, json={"error": "no such model on this machine"})
        if wanted is not None and wanted != str(adapter):
            said = f"The adapter path does not exist: {wanted}"
            return httpx.Response(404, json={"error": said})
        text = f"{body['messages'][-1]['content']} {'plainly' if wanted is None else 'adapted'}"
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        about = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        return httpx.Response(200, json=about | {"choices": [choice]})

    client = openai.OpenAI(
        base_url="http://127.0.0.1:8080/v1",
        api_key="none",
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(server)),
    )
    found = {}
    for name, folder in (("adapted", adapter), ("plain", None)):
        said = []
        ended = outcome(
            lambda said=said, f=folder: said.append(answer(client, model, f, "I spoke"))
        )
        found[name] = f"the answer was {said[0]!r}" if said else " ".join(ended.split())[:150]
    return found | {"named": " and ".join(sorted(named)) or "nothing"}


ask_adapter.says(
    passed="One model in memory, and an adapter for each request; but each change loads it anew.",
    adapted="With an adapter",
    plain="Without one",
    named="The model was asked for by",
)


@ask_adapter.alternative
def _(client, model, adapter, question):
    body = {"model": str(model), "messages": [{"role": "user", "content": question}]}
    if adapter:
        body["adapters"] = adapter.as_posix()
    said = client.post("/chat/completions", body=body, cast_to=httpx.Response).json()
    return said["choices"][0]["message"]["content"]


def _with_adapter(client, question, model, **more):
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], **more
    )
    return said.choices[0].message.content


@ask_adapter.misconception(
    "default_model",
    'You asked for the adapter and {adapted}. For the name "default_model" the server takes the '
    "adapter that it was started with, or none, and what the request says about adapters is not "
    "read; no error tells you. Which other name has the model?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return _with_adapter(client, question, "default_model", extra_body=more)


@ask_adapter.misconception(
    "field_of_openai",
    "The client has no such argument, because OpenAI's interface has no such field: {adapted}. It "
    "lets you send fields that it does not know, in a dict of their own.",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else {}
    return _with_adapter(client, question, model, **more)


@ask_adapter.misconception(
    "adapter_in_the_singular",
    "You asked for the adapter and {adapted}. A server of this kind ignores fields that it does "
    "not know, and says nothing. Compare the field's name with the statement's, letter by letter.",
)
def _(client, model, adapter, question):
    more = {"adapter": str(adapter)} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "adapter_as_model",
    "The adapter's folder was named as the model, and an adapter is none: {adapted}. It is a small "
    "difference to a model, and the request names both.",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, adapter or model)


@ask_adapter.misconception(
    "path_in_json",
    "A request travels as JSON, which knows no paths: {adapted}. What does it know instead?",
)
def _(client, model, adapter, question):
    more = {"adapters": adapter} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "none_as_text",
    'With an adapter it is right. Without one you asked for an adapter of the name "None": '
    "{plain}. What should the request say about adapters if there is none?",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, model, extra_body={"adapters": str(adapter)})


ask_adapter.hints(
    "How does a field that the openai package does not know get into a request?",
    "`extra_body` is a dict of such fields. And for which model's name does the server read them?",
    '`model=str(model)`, and `extra_body={"adapters": str(adapter)}` if there is an adapter.',
)
