"""copy_share, an exercise of lesson 01, unified_memory."""

from course.exercise import exercise

copy_share = exercise(minutes=8, level=3)


@copy_share.solution
def _(weights, room, memory, link, vocab):
    """A language model writes tokens on a discrete GPU. Say what copying costs it.

        weights: bytes of all its weights
        room:    bytes of weights for which the card has room; may be more than there are
        memory:  bytes a second at which the GPU reads weights
        link:    bytes a second between host and card, in either direction
        vocab:   tokens in the vocabulary
        result:  (load, share), two floats

    load:  seconds to bring over the weights for which there is room. This happens once.
    share: the part of one token's time that the link takes, from 0 to 1. For every token the GPU
           reads all weights once. Over the link go a token id of 4 bytes to the card, the logits
           back (a float32 for each token of the vocabulary), and to the card, each time anew,
           those weights for which there is no room. Nothing overlaps: times add up.

    For 4e9 bytes of weights, room for 24e9, memory 1e12, link 32e9 and a vocabulary of 128,000
    the load takes 0.125 s, and the share is 0.003984.
    """
    stay = min(weights, room)
    moved = 4 + 4 * vocab + (weights - stay)
    copying, reading = moved / link, weights / memory
    return stay / link, copying / (copying + reading)


def _pair(found):
    return found if isinstance(found, (tuple, list)) and len(found) == 2 else (found, None)


@copy_share.use
def _(answer, rng):
    weights, room = float(rng.integers(3, 9)) * 1e9, 12e9
    large = float(rng.integers(16, 40)) * 1e9
    memory = float(rng.integers(5, 20)) * 1e11
    machine = (memory, float(rng.integers(16, 33)) * 1e9, int(rng.integers(32, 257)) * 1000)
    load_fits, share_fits = _pair(answer(weights, room, *machine))
    load_spills, share_spills = _pair(answer(large, room + 1e9, *machine))
    toy = float(rng.integers(2000, 3000))
    load_toy, share_toy = _pair(answer(toy, 4e3, 1e6, 1e6, int(rng.integers(8, 17))))
    load_example, share_example = _pair(answer(4e9, 24e9, 1e12, 32e9, 128_000))
    return {
        "load_example": load_example,
        "share_example": share_example,
        "load_fits": load_fits,
        "share_fits": share_fits,
        "load_toy": load_toy,
        "share_toy": share_toy,
        "load_spills": load_spills,
        "share_spills": share_spills,
    }


copy_share.says(
    passed="A model that fits pays for its copies once; one that does not, at every token.",
    load_example="Loading, in the statement's example",
    share_example="The share in the statement's example",
    load_fits="Loading a model that fits, in seconds",
    share_fits="The share of the link, for a model that fits",
    load_toy="Loading a toy model of some thousand bytes, in seconds",
    share_toy="The share of the link, for a toy model with a tiny vocabulary",
    load_spills="Loading a model that does not fit, in seconds",
    share_spills="The share of the link, for a model that does not fit",
)


@copy_share.alternative
def _(weights, room, memory, link, vocab):
    missing = max(0, weights - room)
    ids, logits = 4 / link, 4 * vocab / link
    copying = ids + logits + missing / link
    return (weights - missing) / link, 1 - (weights / memory) / (copying + weights / memory)


@copy_share.misconception(
    "weights_every_token",
    "Your share is that of all weights crossing the link for every token: {share_fits} for a model "
    "that fits, when it is {share_fits:expected}. Weights are brought once and stay, as long as "
    "there is room for them. Which of them have to come again?",
)
def _(weights, room, memory, link, vocab):
    copying = (weights + 4 + 4 * vocab) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "everything_is_a_round_trip",
    "Your times are those of copies that cost twice what they should: loading takes {load_fits} s,"
    ' not {load_fits:expected}. `.to("cuda")` is often called a round trip; bytes go one way, and '
    "what comes back is counted when it comes back.",
)
def _(weights, room, memory, link, vocab):
    stay = min(weights, room)
    copying = 2 * (4 + 4 * vocab + weights - stay) / link
    return 2 * stay / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "nothing_after_loading",
    "For a model that fits you are right. For one that does not, you have a share of "
    "{share_spills}, and it is {share_spills:expected}: the weights without room cross the link "
    "at every token. This is where the tax really falls.",
)
def _(weights, room, memory, link, vocab):
    copying = 4 * (vocab + 1) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "loads_what_does_not_fit",
    "The shares are right. At the start you bring over all weights, {load_spills} s of them, also "
    "those for which the card has no room; they would have to leave again at once.",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + 4 * vocab + max(0, weights - room)) / link
    return weights / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "logits_stay",
    "Only the token's id crosses the link in your sum. It is the smaller part: the logits that "
    "come back are a float32 for each token of the vocabulary. (A sampler on the card would spare "
    "them, and this one is not there.)",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + max(0, weights - room)) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "ratio_not_share",
    "Your share is the time on the link over the time of reading. That is a ratio of the two; "
    "where the weights do not fit it is {share_spills}, and a share cannot be more than 1. What is"
    " the whole of which it is a part?",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + 4 * vocab + max(0, weights - room)) / link
    return min(weights, room) / link, copying / (weights / memory)


copy_share.hints(
    "Write two lists: the bytes that cross the link once, and those that cross it for every token.",
    "Split the weights into those that stay on the card and those that do not; `min` does it.",
    "(4 + 4 * vocab + what does not fit) / link is the copying; weights / memory the reading; the "
    "share is the one divided by both together.",
)
