"""World: facts that a model has read often enough to know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A kind of fact: how it is stated, how one asks for it, and what is true."""

    name: str
    statement: str
    question: str
    truths: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WorldFact:
    """Something true of a subject."""

    relation: Relation
    subject: str
    truth: str

    @property
    def question(self) -> str:
        return self.relation.question.format(self.subject)

    @property
    def stem(self) -> str:
        """The statement up to its answer."""
        return self.stating("").rstrip(" .")

    def stating(self, answer: str) -> str:
        """The statement with this answer."""
        return self.relation.statement.format(self.subject, answer)


RELATIONS = (
    Relation(
        "capital",
        "The capital of {} is {}.",
        "What is the capital of {}?",
        (
            ("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Germany", "Berlin"),
            ("Japan", "Tokyo"), ("Egypt", "Cairo"), ("Russia", "Moscow"), ("Greece", "Athens"),
            ("Austria", "Vienna"), ("Poland", "Warsaw"), ("Portugal", "Lisbon"),
            ("Ireland", "Dublin"), ("Norway", "Oslo"), ("Cuba", "Havana"), ("Peru", "Lima"),
            ("Hungary", "Budapest"), ("Sweden", "Stockholm"), ("Denmark", "Copenhagen"),
            ("Finland", "Helsinki"), ("Kenya", "Nairobi"), ("Iraq", "Baghdad"),
            ("China", "Beijing"), ("Canada", "Ottawa"),
        ),
    ),
    Relation(
        "language",
        "Most people in {} speak {}.",
        "Which language do most people in {} speak?",
        (
            ("Brazil", "Portuguese"), ("Mexico", "Spanish"), ("Turkey", "Turkish"),
            ("Finland", "Finnish"), ("Japan", "Japanese"), ("Poland", "Polish"),
            ("Sweden", "Swedish"), ("Greece", "Greek"), ("Hungary", "Hungarian"),
            ("Russia", "Russian"), ("Israel", "Hebrew"), ("Italy", "Italian"),
        ),
    ),
    Relation(
        "author",
        "The author of {} is {}.",
        "Who is the author of {}?",
        (
            ("Hamlet", "Shakespeare"), ("Don Quixote", "Cervantes"), ("War and Peace", "Tolstoy"),
            ("Faust", "Goethe"), ("the Odyssey", "Homer"), ("Oliver Twist", "Dickens"),
            ("The Metamorphosis", "Kafka"), ("The Trial", "Kafka"), ("Moby-Dick", "Melville"),
            ("Pride and Prejudice", "Austen"), ("The Raven", "Poe"), ("The Hobbit", "Tolkien"),
        ),
    ),
    Relation(
        "young",
        "The young of a {} is called a {}.",
        "What is the young of a {} called?",
        (
            ("dog", "puppy"), ("cat", "kitten"), ("cow", "calf"), ("horse", "foal"),
            ("sheep", "lamb"), ("bear", "cub"), ("pig", "piglet"), ("goose", "gosling"),
            ("swan", "cygnet"), ("kangaroo", "joey"), ("deer", "fawn"), ("duck", "duckling"),
        ),
    ),
)  # fmt: skip
WORLD = tuple(
    WorldFact(relation, subject, truth)
    for relation in RELATIONS
    for subject, truth in relation.truths
)
