"""A small vocabulary in the layout of Whisper's English models.

Words < end < start < 99 languages < tasks < no speech < no timestamps < 1,501 timestamps. Every word of the sentences is
one token with its leading space, digits are single.
"""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.tiny_whisper import grammar

_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk "
    "te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz "
    "fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
END, START, PREVIOUS = "<|endoftext|>", "<|startoftranscript|>", "<|startofprev|>"
NO_SPEECH, NO_TIMESTAMPS = "<|nocaptions|>", "<|notimestamps|>"
_TASKS = ("<|translate|>", "<|transcribe|>", "<|startoflm|>", PREVIOUS, NO_SPEECH, NO_TIMESTAMPS)
SPECIAL = (
    END,
    START,
    *(f"<|{each}|>" for each in _LANGUAGES.split()),
    *_TASKS,
    *(f"<|{i * 0.02:.2f}|>" for i in range(1501)),
)
LONE_SPACE = "Ġ"

_MARKS = "-'\"#()*+/:;<=>@[\\]^_`{|}~"
"""All that faster_whisper looks up to suppress it: without tokens of their own the lone space, which is the first token
of " -", would be suppressed with them."""


def number_of(tokenizer: Tokenizer, token: str) -> int:
    """The number of a token. Raises KeyError where there is no such token."""
    number = tokenizer.token_to_id(token)
    if number is None:
        raise KeyError(token)
    return number


def build() -> Tokenizer:
    """Byte-level pairs, 256 bytes first, merged until every word is one token.

    The trainer sees single words only, so it goes on until each of them is whole; chains of merges written by hand
    clash with each other (" timer" came out in four tokens, the first of them a lone space).
    """
    words: set[str] = set()
    for word in grammar.vocabulary():
        words.update(w for w in word.replace("'s", "").split("-") if w)
    corpus = [
        *(f" {word}" for word in sorted(words)),
        "'s",
        *(f" {digit}" for digit in range(10)),
        *(f" {m}" for m in _MARKS),
    ]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        min_frequency=1,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus * 2, trainer)
    tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in SPECIAL])
    return tokenizer
