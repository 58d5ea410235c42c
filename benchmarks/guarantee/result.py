"""One line of the tables: what was measured, the figure, its goal, and whether it is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """`kept` None: shown for comparison, without a goal."""

    what: str
    figure: str
    goal: str = ""
    kept: bool | None = None

    def line(self) -> str:
        """As a row of a table in Markdown."""
        said = "" if self.kept is None else "kept" if self.kept else "**missed**"
        return f"| {self.what} | {self.figure} | {self.goal} | {said} |"


def percent(share: float) -> str:
    """With one decimal."""
    return f"{share * 100:.1f} %"


def most(what: str, share: float, limit: float, unit: str = "") -> Result:
    """A share, or a number of `unit`, that may not be above its limit."""
    shown, goal = (f"{share:.0f} {unit}", f"≤ {limit:.0f} {unit}") if unit else (percent(share), f"≤ {percent(limit)}")
    return Result(what, shown, goal, bool(share <= limit))
