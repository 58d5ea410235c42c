"""Which scorer judges which comments of a batch. Apart from what loads models, so that the clock stays light."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from models.vocabulary import Scorer


@runtime_checkable
class ScorersOfSites(Protocol):
    """Knows which site has a model of its own."""

    def for_site(self, site_id: str) -> Scorer:
        """The scorer of one site's comments."""


def by_scorer(scorer: Scorer, site_ids: Sequence[str]) -> list[tuple[Scorer, list[int]]]:
    """Which scorer judges which places of a batch: the scorer itself, or one for each site's own version."""
    if not isinstance(scorer, ScorersOfSites):
        return [(scorer, list(range(len(site_ids))))]
    of_site = {site_id: scorer.for_site(site_id) for site_id in dict.fromkeys(site_ids)}
    places: dict[int, tuple[Scorer, list[int]]] = {}
    for place, site_id in enumerate(site_ids):
        places.setdefault(id(of_site[site_id]), (of_site[site_id], []))[1].append(place)
    return list(places.values())
