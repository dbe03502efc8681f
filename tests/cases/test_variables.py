"""Following the assignments of a text leads to the number that the case expects."""

import re

import pytest

import rh_lens as rh

LINE = re.compile(r"var([a-z]{5})=(?:var([a-z]{5})|(\d{5}))\.")


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.variables(any_tokenizer, [900], hops=[0, 1, 3], count=3)


def test_the_answer_is_found_by_following_the_lines_back(asked, any_tokenizer, letters, said):
    for case in asked:
        text = said(any_tokenizer, case.tokens, case.span("haystack")[0])
        lines = {name: (source, number) for name, source, number in LINE.findall(text)}
        assert len(lines) == 2 * (1 + case.labels["hops"])
        name, steps = letters(case.labels["needle"]), 0
        while lines[name][0]:
            name, steps = lines[name][0], steps + 1
        assert steps == case.labels["hops"]
        assert said(any_tokenizer, case.tokens, case.needle) == lines[name][1]
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()


def test_the_question_names_the_last_variable(asked, any_tokenizer, letters, said):
    for case in asked:
        question = said(any_tokenizer, case.tokens, case.span("question")[0])
        assert re.findall(r"var([a-z]{5}),", question) == [letters(case.labels["needle"])]


def test_each_hop_is_a_line_and_passes_on_what_the_one_before_got(asked, any_tokenizer, said):
    for case in asked:
        hops = [case.span(f"hop {hop}")[0] for hop in range(1 + case.labels["hops"])]
        lines = [LINE.search(said(any_tokenizer, case.tokens, at)) for at in hops]
        assert case.span("fact") == (hops[0],)
        assert f"hop {1 + case.labels['hops']}" not in case.spans
        assert [line[1] for line in lines[:-1]] == [line[2] for line in lines[1:]]
        assert [at.start for at in hops] == sorted(at.start for at in hops)
        assert case.needle.start in hops[0]


def test_distractors_are_the_lines_of_the_other_chains(tokenizer):
    for case in rh.variables(tokenizer, [900], hops=[2], chains=3, count=3):
        others = [
            tokenizer.decode(case.tokens[list(at)].tolist()) for at in case.span("distractors")
        ]
        mine = tokenizer.decode(case.answer.tolist()).strip()
        assert len(others) == 6
        assert all(line.strip().startswith("VAR ") and mine not in line for line in others)
    (alone,) = rh.variables(tokenizer, [900], hops=[2], chains=1, count=1)
    assert "distractors" not in alone.spans


def test_the_lines_of_the_chains_are_mixed(tokenizer):
    first = [
        min(case.span("hop 0")[0].start, case.span("distractors")[0].start)
        == case.span("hop 0")[0].start
        for case in rh.variables(tokenizer, [700], hops=[2], count=20)
    ]
    assert 0 < sum(first) < 20


def test_the_same_puzzles_are_hidden_at_every_length(tokenizer):
    cases = rh.variables(tokenizer, [700, 900], hops=[1], count=2)
    assert [case.labels["length"] for case in cases] == [700, 900] * 2
    assert cases[0].labels["needle"] == cases[1].labels["needle"]
    for case in cases:
        assert 0.98 * case.labels["length"] <= len(case) <= case.labels["length"]


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (rh.variables(tokenizer, [700], count=2, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    assert [case.labels["hops"] for case in one] == [1, 1, 2, 2, 4, 4]


@pytest.mark.parametrize("wrong", [{"hops": []}, {"hops": [-1]}, {"chains": 0}, {"chains": 17}])
def test_what_is_no_chain_is_refused(tokenizer, wrong):
    with pytest.raises(ValueError, match="ask for hops of 0 or more, 1 to 16 chains"):
        rh.variables(tokenizer, [700], **wrong)


def test_a_text_with_too_few_sentences_is_refused(tokenizer):
    with pytest.raises(ValueError, match=r"only \d+ of 14 sentences end there"):
        rh.variables(tokenizer, [700], hops=[6], count=1)
