"""The tokenizer of the built-in models: byte-level BPE, in Hugging Face's files, as mlx_lm reads.

Trained on the corpus with the ``tokenizers`` library. Any UTF-8 text comes back as it went in.
"""

import json
import random
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from course.model import corpus

SIZE = 1536
SPECIAL = ["<|pad|>", "<|start|>", "<|end|>", "<|user|>", "<|assistant|>"]
PAD, START, END, USER, ASSISTANT = range(5)

# What a system message says stands before the first thing that the user says.
TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|end|>"
    "{% elif message['role'] == 'system' %}<|user|>{{ message['content'] }}\n"
    "{% elif loop.index0 > 0 and messages[loop.index0 - 1]['role'] == 'system' %}"
    "{{ message['content'] }}"
    "{% else %}<|user|>{{ message['content'] }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train(documents: int = 20_000, seed: int = 0) -> Tokenizer:
    """The tokenizer that the corpus makes; the same documents make the same one.

    A special token's text is that token wherever it stands, also in a user's message: as with every
    Hugging Face tokenizer, whoever passes on what others typed takes it out first.
    """
    rng = random.Random(f"tokenizer {seed}")
    texts = ["".join(corpus.conversation(rng)) for _ in range(documents)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    start = ("<|start|>", START)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|start|> $A", pair="<|start|> $A $B", special_tokens=[start]
    )
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    """Write tokenizer.json and tokenizer_config.json, the chat template in it."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "bos_token": "<|start|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def document(turns: list[str]) -> str:
    """A training document as text, without the start token, which encoding puts before it.

    Args:
        turns: what user and assistant say in turn; or one text alone, which is no conversation.
    """
    if len(turns) == 1:
        return turns[0] + "<|end|>"
    pairs = zip(turns[::2], turns[1::2], strict=True)
    return "".join(f"<|user|>{u}<|assistant|>{a}<|end|>" for u, a in pairs)
