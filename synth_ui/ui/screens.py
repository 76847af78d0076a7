"""The pages and the sections they stand in: the order in which a table becomes a decision."""

from __future__ import annotations

from dataclasses import dataclass

START, TABLE, RACE, DECIDE, WHY, TAKE_AWAY = "Start", "Table", "Race", "Decide", "Why", "Take away"

SECTIONS = (START, TABLE, RACE, DECIDE, WHY, TAKE_AWAY)
"""The steps of the work, in order."""

RESULTS = (DECIDE, WHY, TAKE_AWAY)
"""The sections that can hold nothing before there is a race."""


@dataclass(frozen=True)
class Screen:
    """A page.

    Attributes
    ----------
    file
        Its name below pages/, and its address.
    section
        The step of the work it belongs to.
    title, icon, help
        What it is called, its icon, and what one does there.
    heading
        What stands over it, where that is not its title.
    aside
        Whether it is no step on the way from a table to a decision.
    """

    file: str
    section: str
    title: str
    icon: str
    help: str
    heading: str = ""
    aside: bool = False

    @property
    def path(self) -> str:
        """The path `st.Page` and links take."""
        return f"pages/{self.file}.py"


SCREENS: tuple[Screen, ...] = (
    Screen("start", START, "Start", "home", "What this is, an example, and the ways in.", heading="Which synthetic table can stand in for yours?"),
    Screen("history", START, "History", "history", "Tables and races of this workspace, with what they came to.", aside=True),
    Screen("glossary", START, "Glossary", "menu_book", "Every term used here, in a sentence.", aside=True),
    Screen("system", START, "System", "monitor_heart", "Whether this program can take work, and what went wrong last.", aside=True),
    Screen("data", TABLE, "Table", "table_view", "Choose a real table and check what its columns mean."),
    Screen("design", TABLE, "Design", "design_services", "Make a table from nothing: declared, with known relationships, or simulated.", aside=True),
    Screen("generate", RACE, "Race", "play_circle", "Pick generators, start the race and watch it."),
    Screen("compare", DECIDE, "Compare", "leaderboard", "See which candidate to use, and what speaks against it."),
    Screen("distributions", WHY, "Distributions", "bar_chart", "Real and synthetic values, column by column, worst first."),
    Screen("relationships", WHY, "Relationships", "hub", "Which relationships between columns are kept, lost or invented."),
    Screen("coverage", WHY, "Coverage", "blur_on", "Whether rare levels, tails, odd rows and blanks are there."),
    Screen("rules", WHY, "Rules", "rule", "Which rules of the real table are broken, and what gives a candidate away."),
    Screen("usefulness", WHY, "Usefulness", "model_training", "Whether models trained on synthetic rows work on real ones."),
    Screen("privacy", WHY, "Privacy", "shield_person", "Whether rows the generators learned from can be recognised."),
    Screen("fairness", WHY, "Fairness", "balance", "Whether groups are there, and treated by models, as in the real table."),
    Screen("take_away", TAKE_AWAY, "Take away", "download", "The report, the rows, more rows, and a script that makes them again."),
    Screen("present", TAKE_AWAY, "Present", "slideshow", "Slides for a meeting of ten minutes, with a guess: which is real?", aside=True),
)  # fmt: skip
"""The pages in the order of the work; the first is shown at the bare address."""

BY_FILE = {screen.file: screen for screen in SCREENS}


def after(file: str) -> Screen | None:
    """Return the next step after a page; from a page beside the way back onto it; None after the last."""
    place = next(place for place, screen in enumerate(SCREENS) if screen.file == file)
    return next((screen for screen in SCREENS[place + 1 :] if not screen.aside), None)
