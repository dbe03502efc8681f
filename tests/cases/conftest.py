"""Tokenizers of every style, learnt here on the bundled haystack."""

import json
import string
import unicodedata

import pytest
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

import rh_lens as rh

STYLES = ["bundled", "byte_level", "trimmed", "llama", "unigram", "wordpiece"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LLAMA_SPECIAL = ["<unk>", "<s>", "</s>"]


@pytest.fixture(scope="session")
def haystack():
    return rh.Haystack()


@pytest.fixture(scope="session")
def comet():
    """The shortest of the bundled needles."""
    return bundled("comet")


@pytest.fixture(scope="session")
def english(comet):
    """Three needles: a date, a code with dashes, two names."""
    return [comet, bundled("KELP"), bundled("Renke")]


@pytest.fixture(scope="session")
def byte_level(haystack):
    """GPT-2's: bytes, its regex, a token's characters include the space before it."""
    return _byte_level(haystack, trim_offsets=False)


@pytest.fixture(scope="session")
def trimmed(haystack):
    """RoBERTa's: as GPT-2's, but a token's characters leave out the space before it."""
    return _byte_level(haystack, trim_offsets=True)


@pytest.fixture(scope="session")
def llama(haystack):
    """Llama 2's: the whole text is one word of ▁, unknown characters fall back to bytes."""
    learning = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    learning.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(prepend_scheme="first"), pre_tokenizers.Punctuation()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=LLAMA_SPECIAL + BYTES, show_progress=False
    )
    learning.train_from_iterator(lesson(haystack), trainer)
    learning.pre_tokenizer = None
    learning.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    learning.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return wrapped(learning, bos="<s>", eos="</s>", unk="<unk>")


@pytest.fixture(scope="session")
def unigram(haystack):
    """T5's: ▁ for spaces, pieces by likelihood, with bytes for unknown characters."""
    learning = Tokenizer(models.Unigram())
    learning.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=1500, unk_token="<unk>", special_tokens=LLAMA_SPECIAL, show_progress=False
    )
    learning.train_from_iterator(lesson(haystack), trainer)
    pieces = [tuple(piece) for piece in json.loads(learning.to_str())["model"]["vocab"]]
    pieces += [(byte, -20.0) for byte in BYTES]
    learning.model = models.Unigram(pieces, unk_id=0, byte_fallback=True)
    learning.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="always")]
    )
    return wrapped(learning, bos="<s>", eos="</s>", unk="<unk>")


@pytest.fixture(scope="session")
def wordpiece(haystack):
    """BERT's: lower case, no accents, no spaces, [UNK] for words with unknown characters."""
    learning = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learning.normalizer = normalizers.BertNormalizer(lowercase=True)
    learning.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=2000, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    learning.train_from_iterator(lesson(haystack), trainer)
    learning.decoder = decoders.WordPiece()
    return wrapped(learning, bos="[CLS]", eos="[SEP]", unk="[UNK]")


@pytest.fixture(scope="session", params=STYLES)
def any_tokenizer(request):
    return of_style(request)


@pytest.fixture(scope="session", params=["bundled", "byte_level", "trimmed"])
def byte_tokenizer(request):
    return of_style(request)


@pytest.fixture(scope="session")
def letters():
    """What a tokenizer must keep of a text: not spacing, capitals or accents."""

    def kept(text):
        apart = unicodedata.normalize("NFKD", text).casefold()
        return "".join(c for c in apart if not c.isspace() and not unicodedata.combining(c))

    return kept


@pytest.fixture(scope="session")
def said(letters):
    """What a stretch of a prompt says, in those letters."""

    def decoded(tokenizer, tokens, at):
        return letters(tokenizer.decode(tokens[at.start : at.stop].tolist()))

    return decoded


def bundled(word):
    (found,) = [needle for needle in rh.needles() if word in needle.fact]
    return found


def of_style(request):
    return request.getfixturevalue("tokenizer" if request.param == "bundled" else request.param)


def lesson(haystack):
    ascii_words = [a + b for a in string.printable for b in string.printable]
    return [*haystack.text[:100_000].split("\n"), " ".join(ascii_words)]


def wrapped(learnt, *, bos, eos, unk=None):
    return PreTrainedTokenizerFast(
        tokenizer_object=learnt, bos_token=bos, eos_token=eos, unk_token=unk
    )


def _byte_level(haystack, trim_offsets):
    learning = Tokenizer(models.BPE())
    learning.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learning.post_processor = processors.ByteLevel(trim_offsets=trim_offsets)
    learning.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learning.train_from_iterator(lesson(haystack), trainer)
    return wrapped(learning, bos="<|endoftext|>", eos="<|endoftext|>")
