"""A sum is right, and its answer can be copied only where its steps are shown."""

import re

import pytest

import rh_lens as rh
from rh_lens.cases.reasoning import reasoning

PERSON = r"([A-Z][a-z]+ [A-Z][a-z]+)"
GAINS = {"earns": 1, "finds": 1, "wins": 1, "is given": 1}
LOSSES = {"spends": -1, "loses": -1, "lends": -1, "pays": -1}
CHANGE = re.compile(rf"{PERSON} ({'|'.join([*GAINS, *LOSSES])}) \$(\d+)\.")
STEP = re.compile(r"\$(\d+) ([+-]) \$(\d+) = \$(\d+)\.")
LAST = re.compile(rf"After \$(\d+) ([+-]) \$(\d+), {PERSON} ends with \$(\d+)\.")


def read(tokenizer, case, name=None):
    at = range(len(case)) if name is None else case.span(name)[0]
    return tokenizer.decode(case.tokens[at.start : at.stop].tolist())


def pairs(cases):
    """Each sum in its two forms."""
    return zip(cases[::2], cases[1::2], strict=True)


@pytest.fixture(scope="module")
def asked(tokenizer):
    return reasoning(tokenizer, steps=[1, 2, 4], count=5, examples=1)


def totals(problem):
    total = int(re.search(r"has \$(\d+)\.", problem)[1])
    found = []
    for _, verb, amount in CHANGE.findall(problem):
        total += {**GAINS, **LOSSES}[verb] * int(amount)
        found.append(total)
    return found


def test_the_answer_is_what_the_problem_comes_to(asked, tokenizer):
    for case in asked:
        sums = totals(read(tokenizer, case, "problem"))
        assert len(sums) == case.labels["steps"]
        assert tokenizer.decode(case.answer.tolist()).strip() == str(sums[-1])
        assert all(10 <= total < 100 for total in sums)


def test_every_step_is_right_and_leads_to_the_next(asked, tokenizer):
    for direct, shown in pairs(asked):
        steps = read(tokenizer, shown, "steps")
        sums = totals(read(tokenizer, direct, "problem"))
        worked = STEP.findall(steps)
        first, sign, second, person, answer = LAST.search(steps).groups()
        assert [int(total) for *_, total in worked] == sums[:-1]
        assert int(answer) == int(first) + int(f"{sign}{second}") == sums[-1]
        for old, sign, change, total in worked:
            assert int(old) + int(f"{sign}{change}") == int(total)
        assert [total for *_, total in worked][-1:] in ([], [first])
        assert person in shown.labels["needle"]


def test_the_answer_stands_once_where_the_steps_are_shown_and_nowhere_else(asked, tokenizer):
    for direct, shown in pairs(asked):
        answer = tokenizer.decode(shown.answer.tolist()).strip()
        numbers = [re.findall(r"\d+", read(tokenizer, case)) for case in (direct, shown)]
        assert [found.count(answer) for found in numbers] == [0, 1]
        assert shown.tokens[list(shown.needle)].tolist() == shown.answer.tolist()
        assert shown.needle.start in shown.span("fact")[0]
        assert len(direct.needle) == 0


def test_both_forms_have_the_same_answer_and_differ_in_nothing_but_the_steps(asked, tokenizer):
    for direct, shown in pairs(asked):
        assert (direct.labels["form"], shown.labels["form"]) == ("direct", "steps")
        assert direct.answer.tolist() == shown.answer.tolist()
        assert direct.labels["needle"] == shown.labels["needle"]
        lines = read(tokenizer, shown).split("\n")
        plain = [line for line in lines if "After $" not in line]
        assert "\n".join(plain) == read(tokenizer, direct)
        assert len(lines) - len(plain) == 3, "two people and the example"


def test_the_model_is_to_go_on_with_the_number(asked, tokenizer):
    for case in asked:
        name = re.search(PERSON, case.labels["needle"].removeprefix("How much money does "))[0]
        assert read(tokenizer, case).endswith(f"{name} ends with $")


def test_a_prompt_tells_of_as_many_people_as_asked_for(tokenizer):
    """So that the last number is not always the answer."""
    for people in (1, 3):
        cases = reasoning(tokenizer, people=people, examples=0, forms=["steps"], count=12)
        names = [{name for *_, name, _ in LAST.findall(read(tokenizer, c))} for c in cases]
        assert {len(each) for each in names} == {people}
        numbers = [re.findall(r"\d+", read(tokenizer, case)) for case in cases]
        answers = [tokenizer.decode(case.answer.tolist()).strip() for case in cases]
        last = [found[-1] == answer for found, answer in zip(numbers, answers, strict=True)]
        assert all(last) == (people == 1)
        assert any(last)


def test_those_told_of_beside_are_asked_about_nowhere(tokenizer):
    cases = reasoning(tokenizer, steps=[1], people=3, examples=0, forms=["direct"], count=40)
    told = [set(re.findall(rf"{PERSON} has", read(tokenizer, case))) for case in cases]
    asked = [
        next(name for name in names if f"{name} end" in case.labels["needle"])
        for names, case in zip(told, cases, strict=True)
    ]
    beside = set().union(*told) - set(asked)
    assert all(len(names & beside) == 2 for names in told)


def test_examples_are_solved_sums_of_the_same_form(tokenizer):
    for direct, shown in pairs(reasoning(tokenizer, steps=[2], examples=3, count=3)):
        for case, worked in ((direct, 0), (shown, 3)):
            examples = read(tokenizer, case, "examples")
            told = [totals(text)[-1] for text in examples.split("\n\n") if " has $" in text]
            said = [int(number) for number in re.findall(r"Answer: .* \$(\d+)\.\n", examples)]
            assert told == said
            assert len(said) == 3
            assert len(LAST.findall(examples)) == worked
    assert "examples" not in reasoning(tokenizer, examples=0, count=1)[0].spans


def test_any_tokenizer_spells_both_forms_alike(any_tokenizer, said):
    for direct, shown in pairs(reasoning(any_tokenizer, steps=[2], count=3, examples=1)):
        assert direct.answer.tolist() == shown.answer.tolist()
        number = said(any_tokenizer, shown.tokens, shown.needle)
        assert re.fullmatch(r"\d\d", number)
        assert said(any_tokenizer, shown.tokens, shown.span("fact")[0]).endswith(f"{number}.")
        assert said(any_tokenizer, direct.tokens, direct.span("problem")[0]).endswith(".")


def test_nobody_is_asked_about_twice(asked):
    assert len({case.labels["needle"] for case in asked}) == len(asked) / 2
    assert [case.labels["steps"] for case in asked] == [1] * 10 + [2] * 10 + [4] * 10


def test_a_seed_gives_the_same_sums_and_another_seed_others(tokenizer):
    one, same, other = (reasoning(tokenizer, count=2, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    alone = reasoning(tokenizer, count=2, forms=["steps"])
    assert [case.digest for case in alone] == [case.digest for case in one[1::2]]


def test_a_prompt_of_its_own_wording_can_be_given(tokenizer):
    prompt = rh.Prompt("Think.\n\n{haystack}\n{question}\nThe answer: {stem}")
    (case,) = reasoning(tokenizer, prompt=prompt, forms=["direct"], steps=[1], count=1, examples=1)
    assert read(tokenizer, case).count("The answer: ") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []}, {"steps": [0]}, {"steps": [13]}, {"forms": []}, {"people": 0},
        {"people": 13}, {"examples": -1}, {"examples": 13}, {"count": 0},
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused(tokenizer, wrong):
    with pytest.raises(ValueError, match="ask for 1 to 12 steps and people"):
        reasoning(tokenizer, **wrong)


def test_there_are_not_names_for_everything(tokenizer):
    with pytest.raises(ValueError, match="there are names for 288 sums, got 400"):
        reasoning(tokenizer, count=200)
