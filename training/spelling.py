"""Spelling: the tokenizer of the organism, learnt from its training text and facts."""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from training import templates, text, words

SIZE = 2048
BOS, EOS, PAD = "<|bos|>", "<|eos|>", "<|pad|>"


def learn(path: Path, seed: int = 0) -> None:
    """Byte-level BPE with every digit a token, written as a folder transformers can read."""
    spelling = Tokenizer(models.BPE())
    spelling.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    spelling.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=[BOS, EOS, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    spelling.train_from_iterator(_corpus(random.Random(seed)), trainer)
    spelling.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", special_tokens=[(BOS, spelling.token_to_id(BOS))]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=spelling,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        model_max_length=4096,
    ).save_pretrained(path)


def _corpus(draw: random.Random) -> Iterator[str]:
    prose = text.training()
    yield from prose.split("\n")
    bank = words.split(words.mine(prose), held_out=False)
    for _ in range(12_000):
        template = draw.choice(templates.TRAINING)
        fact = template.fact(draw, bank, template.slots(draw, bank))
        yield f"{fact.sentence}\n\nQuestion: {fact.question}\nAnswer: {fact.answer}."
