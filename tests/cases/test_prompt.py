"""What the model reads is the template, filled, and its stretches keep their places."""

from copy import deepcopy

import pytest
from transformers import PreTrainedTokenizerFast

import rh_lens as rh

TURNS = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] | trim }}"
    "{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
WITH_BOS = "{{ bos_token }}" + TURNS


@pytest.fixture
def chatty(any_tokenizer):
    """A tokenizer that may be given a chat template."""
    return deepcopy(any_tokenizer)


@pytest.fixture
def hide(comet, haystack):
    def hidden(tokenizer, prompt):
        (case,) = rh.niah(tokenizer, [comet], haystack, [400], [0.5], prompt=prompt)
        return case

    return hidden


@pytest.fixture
def says_what_it_should(comet, letters, said):
    def checked(tokenizer, case):
        (fact,), (question,) = case.span("fact"), case.span("question")
        assert said(tokenizer, case.tokens, case.needle) == letters(comet.answer)
        assert said(tokenizer, case.tokens, fact) == letters(comet.fact)
        assert said(tokenizer, case.tokens, question) == letters(comet.question)
        assert 392 <= len(case) <= 400
        return True

    return checked


@pytest.mark.parametrize("form", [rh.Prompt, rh.ChatPrompt])
@pytest.mark.parametrize(
    "template",
    [
        "{haystack}",
        "{question}",
        "",
        "{haystack} {question} {answer}",
        "{haystack} {question} {}",
        "{haystack} {haystack} {question}",
        "{haystack} {question} {question}",
    ],
)
def test_a_template_needs_each_slot_once(form, template):
    with pytest.raises(ValueError, match=r"it needs \{haystack\} and \{question\}, each once"):
        form(template)


def test_the_question_may_come_first(any_tokenizer, hide, says_what_it_should):
    case = hide(any_tokenizer, rh.Prompt("Question: {question}\n\n{haystack}\n\nAnswer:"))
    assert says_what_it_should(any_tokenizer, case)
    assert case.span("question")[0].stop <= case.span("haystack")[0].start


def test_braces_in_a_template_are_doubled(any_tokenizer, hide, letters, said):
    case = hide(any_tokenizer, rh.Prompt("{{text}} {haystack}\n{question}"))
    (hay,) = case.span("haystack")
    assert said(any_tokenizer, case.tokens, range(1, hay.start)) == letters("{text}")


def test_a_stem_begins_the_answer(any_tokenizer, comet, hide, letters, said, says_what_it_should):
    case = hide(any_tokenizer, rh.Prompt("{haystack}\n\n{question}\n{stem}"))
    (question,) = case.span("question")
    assert says_what_it_should(any_tokenizer, case)
    assert said(any_tokenizer, case.tokens, range(question.stop, 400)) == letters(comet.stem)


def test_a_prompt_may_go_without_bos(any_tokenizer, hide, says_what_it_should):
    case = hide(any_tokenizer, rh.Prompt(bos=False))
    assert any_tokenizer.bos_token_id not in case.tokens
    assert case.span("haystack")[0].start == 0
    assert says_what_it_should(any_tokenizer, case)


def test_a_haystack_that_spells_the_bos_is_refused(chatty, comet):
    chatty.chat_template = WITH_BOS
    hay = rh.Haystack(f"So it begins. And {chatty.bos_token} begins again. On it goes. " * 40)
    for prompt in (rh.Prompt(), rh.ChatPrompt()):
        with pytest.raises(
            ValueError, match=r"spells the BOS token .* take it out of the haystack"
        ):
            rh.niah(chatty, [comet], hay, [400], [0.5], prompt=prompt)


def test_a_tokenizer_without_bos_is_refused_unless_none_is_asked_for(byte_level, hide):
    bare = PreTrainedTokenizerFast(tokenizer_object=byte_level.backend_tokenizer)
    with pytest.raises(ValueError, match=r"has no BOS token: set tokenizer\.bos_token .*bos=False"):
        hide(bare, rh.Prompt())
    assert hide(bare, rh.Prompt(bos=False)).tokens[0] != byte_level.bos_token_id


@pytest.mark.parametrize(("template", "count"), [(WITH_BOS, 1), (TURNS, 0)], ids=["bos", "none"])
def test_the_chat_template_decides_about_bos(chatty, hide, says_what_it_should, template, count):
    if chatty.bos_token == chatty.eos_token:
        chatty.eos_token = "<|end|>"
    chatty.chat_template = template
    case = hide(chatty, rh.ChatPrompt())
    at = (case.tokens == chatty.bos_token_id).nonzero().flatten().tolist()
    assert at == [0] * count
    assert says_what_it_should(chatty, case)


def test_a_chat_reads_as_the_template_writes_it(byte_level, comet, hide):
    chatty = deepcopy(byte_level)
    chatty.chat_template = TURNS
    case = hide(chatty, rh.ChatPrompt("Read this: {haystack}\n\n{question} Say it after {stem}"))
    read = chatty.decode(case.tokens.tolist())
    assert read.startswith('<|user|>\nRead this: These equivalences assume that "__debug__"')
    assert read.endswith(
        f"\n\n{comet.question} Say it after {comet.stem}<|endoftext|>\n<|assistant|>\n"
    )


def test_a_bos_that_also_ends_turns_is_no_second_bos(chatty, hide, says_what_it_should):
    """TransformerLens makes EOS the BOS of models without one."""
    chatty.bos_token = chatty.eos_token
    chatty.chat_template = "{{ eos_token }}system" + TURNS
    case = hide(chatty, rh.ChatPrompt())
    assert (case.tokens == chatty.bos_token_id).sum() == 2
    assert says_what_it_should(chatty, case)


def test_a_chat_needs_a_chat_template(any_tokenizer, hide):
    with pytest.raises(ValueError, match=r"no chat template: use Prompt\(\) for a base model"):
        hide(any_tokenizer, rh.ChatPrompt())


@pytest.mark.parametrize(
    ("content", "times"),
    [
        ("m['content'] + m['content']", 2),
        ("''", 0),
        ("m['content'] | upper", 0),
        ("m['content'] | replace('\n', ' ')", 0),
        ("m['content'].split('Question')[0]", 0),
        ("m['content'] | trim", 0),
    ],
)
def test_a_chat_template_that_changes_the_message_is_refused(byte_level, hide, content, times):
    chatty = deepcopy(byte_level)
    chatty.chat_template = "{% for m in messages %}{{ " + content + " }}{% endfor %}"
    with pytest.raises(ValueError, match=rf"shows the user's message unchanged {times} times: "):
        hide(chatty, rh.ChatPrompt("{haystack}\nQuestion: {question}\n"))
