"""Every term of the product, once: the page of the glossary, docs/glossary.md and the texts use these and no others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term in a sentence.

    Attributes
    ----------
    word
        How it is written everywhere.
    means
        What it is, for someone who never read a paper.
    papers
        What papers call it, where that differs.
    """

    word: str
    means: str
    papers: str = ""


GLOSSARY: tuple[Term, ...] = (
    Term("table", "The real rows you loaded, with what each column means. Every table made from them is called synthetic."),
    Term(
        "target", "The column a model would predict. With one, usefulness can be measured.", "label, outcome, dependent variable"
    ),
    Term("sensitive column", "A column of groups that must be treated alike, such as sex or origin.", "protected attribute"),
    Term(
        "group key",
        "A column that repeats for one person or thing. All rows of one key stay on one side of the split.",
        "entity id",
    ),
    Term("split", "The real table, cut once before anything is learned: into training rows and unseen rows."),
    Term("training rows", "The real rows generators learn from.", "train, training set"),
    Term(
        "unseen rows",
        "The real rows no generator ever sees: they are held back to judge by. A file made elsewhere may have seen them; that is looked for.",
        "holdout, test set, unseen real rows",
    ),
    Term(
        "generator",
        "A way of making synthetic rows: it learns from the training rows, then makes new ones.",
        "synthesizer, generative model",
    ),
    Term(
        "candidate",
        "One synthetic table that takes part in a race: made by a generator with its settings and seed, or a file made elsewhere.",
    ),
    Term(
        "control",
        "A table of which is known how good or bad it is: shuffled columns, a copy of the training rows, a copy with a tenth of the cells changed, other real rows. Controls are the two ends of every scale.",
        "baseline, reference",
    ),
    Term(
        "trial",
        "A generator learns from a sample of the training rows and is judged by others of them, so that a race with little time can choose what "
        "is made of all training rows. A trial is no candidate and stands in no leaderboard.",
        "successive halving",
    ),
    Term("race", "Several candidates made from one split and judged by the same measures."),
    Term("measure", "A way of judging a candidate: it gives a number, and how far chance could move it.", "metric"),
    Term("score", "What a measure gave for one candidate, shown on its scale."),
    Term(
        "scale", "The line between what a measure gives to rows known to be bad and to rows known to be good, on your very table."
    ),
    Term("position", "How far along its scale a score lies: 0% at the bad end, 100% at the good end. Beyond 100% is possible."),
    Term(
        "green band",
        "Where real rows themselves fall on a scale. A score inside it cannot be told from real rows by this measure.",
    ),
    Term("likeness", "How much synthetic rows look like real ones: single columns, pairs, whole rows.", "fidelity"),
    Term(
        "usefulness",
        "Whether a model trained on synthetic rows works on real rows it has never seen.",
        "utility, train on synthetic test on real (TSTR)",
    ),
    Term(
        "leakage",
        "What synthetic rows give away about the very rows they were made from. A low leakage is no proof of privacy.",
        "privacy risk, disclosure risk",
    ),
    Term("attack", "An attempt to recognise training rows, or to learn a secret about them, from the synthetic rows."),
    Term("sign of a leak", "An attack worked better on training rows than on unseen rows, by more than chance explains."),
    Term(
        "AUC",
        "How often, of two rows of two kinds, the one of the right kind is picked: 0.5 is guessing, 1 is always right.",
        "area under the ROC curve",
    ),
    Term(
        "too weak to tell",
        "A measure that, on this table, could not tell rows known to be bad from rows known to be good. That it finds nothing says nothing; a sign of a leak that it finds all the same counts.",
        "under-powered",
    ),
    Term(
        "privacy budget",
        "The limit a generator with formal privacy keeps, written as epsilon: smaller means less can be learned about any one row.",
        "differential privacy, ε",
    ),
    Term("purpose", "What the rows are for. It decides how much likeness, usefulness and leakage count."),
    Term("verdict", "Which candidate to use for a purpose, in a sentence, with what speaks against it."),
    Term("leaderboard", "The candidates of a race in order, best first for the purpose."),
    Term("evidence", "What a verdict rests on. What was not measured is said, and no sentence is made of it."),
    Term(
        "interval",
        "The range within which a score would lie in 95 of 100 repetitions with other rows; of attacks on privacy in more, so that all of them together hold in 95.",
        "confidence interval",
    ),
    Term("seed", "A number that fixes chance: the same seed and settings make the same rows."),
    Term("rare values", "Levels that few rows have, the far ends of numbers, odd rows and blanks.", "coverage, tails, outliers"),
    Term(
        "rule", "Something every real row keeps, such as: the end is not before the start.", "constraint, functional dependency"
    ),
    Term("workspace", "The folder on this machine that holds your tables and races."),
)
"""In the order in which one meets them."""
