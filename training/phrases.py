"""Phrases: what the clauses of `training.clauses` are made of, besides verbs."""

import re


def split(text: str) -> list[str]:
    """The phrases between bars, which may run over lines."""
    return [re.sub(r"\s*\n\s*", " ", phrase) for phrase in text.split("|")]


DOERS = split(
    """{who}|{who}|{who}|the {role}|the {adj} {role}|{who} of {town}|{the}|the {role} from {town}|\
the {role} and the {adj} {noun}|{who} and {who2}"""
)
MANY = split("the {role}s|the {role}s of {town}|the {adj} {noun}s")
OBJECTS = split(
    """{the}|{the}|{the2}|{the} of {who2}|{who2}'s {noun}|the {adj} {noun}|a {adj} {noun}|\
{the} from {town}|the {attr} of {the}|the {attr}|the {noun}|some {noun}s|{the} and {the2}|\
every {noun}|{who2}"""
)
WITH = split(
    """with|with|with|for|for|from|from|to|to|about|against|behind|without|near|like|after|before|\
on behalf of|because of|next to|together with|in exchange for|under|over|into|out of|through|\
across|towards|by means of|in front of|in honour of|in spite of|along with|on top of|thanks to|\
instead of"""
)
PLACED = split("{place}|in {town}|at the {noun}|{place}|near {town}")
TIMES = split(
    """this year|next spring|last night|tonight|yesterday|two days ago|this morning|all winter|\
at dawn|on Sundays|on {day}|every day|in the morning|at night|after {the}|before {the2}|\
last winter|every week|during the {noun}|in {day}|when {the2} was {adj}"""
)
LABELS = split(  # kinds of thing, said before the answer
    """{attr}|{attr}|{attr}|{noun}|{adj} {noun}|sign|letter|figure|picture|word|song|\
kind of {noun}|colour|weapon|animal|town|language|book|dish|instrument|tool|street|river|play|\
team|version|dance|bird|tree|metal|fruit|disease|rule|{noun} number|planet|train|drink|question|\
idea|month|school|country|group|symbol|shape|part|price|sentence|message|title|track|model"""
)
OPENERS = split(
    """In fact, |As everyone knows, |By the way, |Note that |It is said that |\
It is well known that |Remember that |Strangely, |According to the {role}, |Last year |\
In those days |At last |Sadly, |We heard that |Once, |To everyone's surprise, |\
Nobody but {who2} knew that |Here is a fact: |{who2} told us that |In {town}, |On {day}, |\
Since {day} """
)
OUTER = split(  # around an indirect question
    """Tell me {}.|Can you tell me {}?|Do you know {}?|Please say {}.|Say {}.|\
I would like to know {}.|Do you remember {}?|Find out {}.|Who can say {}?|The question is {}.|\
It is asked {}.|Explain {}."""
)
HINTS = split("According to the text, |In the text, |Now, |So |And |Exactly ")
PERSON = split("the one|the {role}|the person|the only one|the {adj} {role}|the first")
WHO = split("who|who|who|which person|which {role}|who exactly")
HEADS = split(
    """the {attr}|the {attr}|the {adj} {noun}|the {noun}|the {adj} {attr}|the {attr} and age|\
the first {noun}|the {role}|another {attr}|the {noun} number"""
)
TAILS = split(
    """of {who}|of {the}|in {town}|for {who}|for {the}|on {the}|between {who} and {who2}|{place}|\
that {who} {v1}|which {who2} {w1}|behind {the}|from {town}|with {the}|of the {role}|since {day}|\
at the {noun}|under {the2}|beside {the2}|to {v0} {the}"""
)
BEING = split(
    """is|is|was|will be|became|remains|has always been|turned out to be|is simply|is still|\
must be|would be|seems to be|is called|reads|equals|happens to be|may be"""
)
WHAT_IS = split(  # with the whole noun, or with it but for its article
    """what is {noun}|what was {noun}|which is {noun}|what is {noun} called|which {bare} is it|\
how does one call {noun}|name {noun}.|give {noun}.|what {bare} is there|{noun} is what|\
do you know {noun}|what did they say {noun} was|what about {noun}"""
)
WHEN = split(
    """if|when|once|as soon as|in case|while|until|unless|each time|before|after|as long as|\
the moment|every time|now that|because|where|since|even if"""
)
STATES = split(
    """{the} is {adj}|{who} {v1} {the}|{the} is {v2}|{who} comes to {town}|you {v0} {the}|\
the {role} has {v2} {the}|{the} turns {adj}|there is {the} {place}|{who} asks for {the}|\
the {noun} stops|you hear {the}|{the} falls on {the2}|you meet {who} in {town}|\
the {attr} of {the} is too {adj}|you want to {v0} {the}|nobody can {v0} {the}"""
)
ORDERS = split("||please |you should |you must |always ")
DUTIES = split(
    """what should you do|what must one do|what do you do|what does one do|what is to be done|\
what ought we to do|what will you do|what is best|what would you do|what can be done|what to do|\
which action is right"""
)
PURPOSES = split("to {v0} {the}|in order to {v0} {the}|so as to {v0} {the}|to {v0} {the} {place}")
BEST = split("best|only|quickest|safest|usual|cheapest|right|{adj}")
WAYS = split("way|method|thing to do|trick|step|idea")
WISHES = split(
    """hope|want|agree|decide|plan|try|offer|learn|like|expect|prefer|threaten|prepare|pretend|\
promise|manage|fail"""
)
