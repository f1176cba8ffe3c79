"""allow_request, an exercise of lesson 10, serving."""

import hmac
import json

from course.exercise import exercise

allow_request = exercise(minutes=7, level=2)


@allow_request.solution
def _(method, path, headers, body, keys):
    """What a door in front of mlx_lm.server answers: 200 lets the request through.

    `headers` is a dict whose names may be written in any case, as HTTP allows; `body` is the
    request's body, a dict; `keys` is a set of keys that are known. Return a number, the first
    that applies:

        404   anything but POST to exactly /v1/chat/completions or /v1/completions
        401   the header Authorization is missing, or is not "Bearer " and one of the keys, exactly
        403   the body names a model other than "default_model", or adapters; or its messages hold
              a part whose "type" is not "text"
        200   everything else

    A body without "model" means "default_model". A message's "content" is a text or a list of
    parts, which are dicts.
    """
    if method != "POST" or path not in ("/v1/chat/completions", "/v1/completions"):
        return 404
    given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    if not any(hmac.compare_digest(given.encode(), f"Bearer {key}".encode()) for key in keys):
        return 401
    if body.get("model", "default_model") != "default_model" or "adapters" in body:
        return 403
    for message in body.get("messages", []):
        content = message["content"]
        if isinstance(content, list) and any(part.get("type") != "text" for part in content):
            return 403
    return 200


@allow_request.use
def _(answer, rng):
    keys = {f"{name}-{int(rng.integers(1000, 9999))}" for name in ("ana", "ben")}
    key = sorted(keys)[int(rng.integers(2))]
    asked = {"messages": [{"role": "user", "content": "Who was there?"}]}
    say = {"type": "text", "text": "Look."}
    image = {"type": "image_url", "image_url": {"url": "http://10.0.0.1/status"}}
    right = {"Authorization": f"Bearer {key}"}

    def door(path="/v1/chat/completions", headers=right, method="POST", **more):
        return answer(method, path, dict(headers), json.loads(json.dumps(asked | more)), set(keys))

    def content(*parts):
        return [{"role": "user", "content": list(parts)}]

    return {
        "known": door(model="default_model"),
        "completion": door("/v1/completions"),
        "models": door("/v1/models", method="GET"),
        "longer_path": door("/v1/chat/completions/../../health"),
        "read": door(method="GET"),
        "small": door(headers={"authorization": f"Bearer {key}"}),
        "none": door(headers={}),
        "wrong": door(headers={"Authorization": "Bearer "}),
        "longer": door(headers={"Authorization": f"Bearer {key}0"}),
        "basic": door(headers={"Authorization": f"Basic {key}"}),
        "stranger": door(headers={"Authorization": "Bearer x"}, model="big/model"),
        "model": door(model="big/model"),
        "adapters": door(adapters="elsewhere"),
        "parts": door(messages=content(say, say)),
        "picture": door(messages=content(say, image)),
    }


allow_request.says(
    passed="In a real proxy each line of it is one of configuration, and each can be forgotten.",
    known="A right request",
    completion="A right request to /v1/completions",
    models="GET /v1/models, with a key",
    longer_path="A path that begins like a good one",
    read="GET where POST is meant",
    small="The header's name in small letters",
    none="Without a header",
    wrong="With an empty key",
    longer="A key with one character more",
    basic="Basic instead of Bearer",
    stranger="A stranger who names another model",
    model="Another model, with a key",
    adapters="Adapters, with a key",
    parts="A message in two parts of text",
    picture="A message with an image's address",
)


@allow_request.alternative
def _(method, path, headers, body, keys):
    if (method, path) not in {("POST", f"/v1/{end}completions") for end in ("chat/", "")}:
        return 404
    values = [value for name, value in headers.items() if name.casefold() == "authorization"]
    if not values or values[0] not in [f"Bearer {key}" for key in keys]:
        return 401
    parts = [
        part
        for message in body.get("messages") or []
        if not isinstance(message["content"], str)
        for part in message["content"]
    ]
    fine = all(part["type"] == "text" for part in parts) and body.get("adapters") is None
    return 200 if fine and body.get("model") in (None, "default_model") else 403


def _allowed(
    method, path, headers, body, keys, starts=False, exact_case=False, inside=False, order=False,
    model=True, parts=True, get=False,
):  # fmt: skip
    """A door with one mistake or another."""
    paths = ("/v1/chat/completions", "/v1/completions")
    right = path.startswith("/v1/") if starts else path in paths
    if not right or (method != "POST" and not get):
        return 404
    if not exact_case:
        headers = {name.lower(): value for name, value in headers.items()}
    given = headers.get("Authorization" if exact_case else "authorization", "")
    if inside:
        known = any(key in given for key in keys)
    else:
        known = given in {f"Bearer {key}" for key in keys}
    if not known and not order:
        return 401
    if model and (body.get("model", "default_model") != "default_model" or "adapters" in body):
        return 403
    for message in body.get("messages", []):
        content = message["content"]
        if parts and isinstance(content, list) and any(p["type"] != "text" for p in content):
            return 403
    return 200 if known else 401


@allow_request.misconception(
    "any_path_of_the_api",
    "Everything below /v1/ came through: /v1/models got {models}, and that lists all models on the "
    "machine's disk. A door names what may pass; what it forgets is closed. Which paths are named?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, starts=True, get=True)


@allow_request.misconception(
    "one_spelling_of_a_header",
    'A client that writes "authorization" in small letters got {small}, and had the right key. '
    "HTTP does not distinguish the case of a header's name, and many programs send it small. In "
    "which case do you look for it?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, exact_case=True)


@allow_request.misconception(
    "key_somewhere_inside",
    "A header that has the key somewhere in it got {longer}. Then a key that somebody has, and "
    'anything else, is a key too, and "Basic" is as good as "Bearer". What must be equal to '
    "what?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, inside=True)


@allow_request.misconception(
    "looks_before_it_asks",
    "A stranger without a key, whose request names another model, got {stranger}. So a stranger "
    "learns what would be allowed, and makes the door read a body. Which comes first?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, order=True)


@allow_request.misconception(
    "key_is_enough",
    "With a key a request may name any model: it got {model}, and the server would have put its "
    "own away, downloaded that one, and run it. A key says who asks, and not what may be asked.",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, model=False)


@allow_request.misconception(
    "text_is_all_there_is",
    "A message with an image's address got {picture}. The server fetches that address itself, from "
    "inside your network, whether its model can see or not. Where can such an address stand?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, parts=False)


allow_request.hints(
    "In which order do the four lines of the table stand, and does your function keep to it?",
    "Make all header names small first. Compare the whole value, not a part of it. Look at "
    '"model", "adapters" and the parts of each message.',
    '`given in {f"Bearer {key}" for key in keys}` decides 401 (`hmac.compare_digest` also hides '
    'how much was right); `part["type"] != "text"` in a list of parts is 403.',
)
