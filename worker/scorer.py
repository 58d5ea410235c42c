"""Keeps the models in force loaded, follows registry and files, and knows which site has a model of its own.

A file that is refused stops the machine, not the comments: what would have gone by that model goes to a person until
the file is right again, and the alarm says why.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from models import artifact
from models.classifier import ClassifierScorer
from models.errors import ArtifactRefused, DatabaseUnavailable
from models.vocabulary import Comment, Evidence, Score, Scorer
from store.records import model_versions
from store.records.model_versions import ActiveModel
from store.stores import Stores

LOOK_SECONDS = 1.0
REPEAT_ALARM_SECONDS = 60.0
MAX_SITE_MODELS = 32  # One takes 1 to 5 MB of memory; more are loaded again when they are needed.

log = logging.getLogger(__name__)


class NoScorer:
    """Stands in where the active model cannot be loaded: every attempt fails, so a person decides."""

    def __init__(self, why: str) -> None:
        self.model = ""
        self.why = why

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:  # noqa: ARG002
        """Raise ArtifactRefused."""
        raise ArtifactRefused(self.why)


@dataclass(slots=True)
class _Held:
    """A model in force, what its file looked like when it was read, and the scorer that came of it."""

    entry: ActiveModel | None
    fingerprint: object
    scorer: ClassifierScorer | NoScorer
    alarmed_at: float


class ActiveScorer:
    """The scorer of the models that the registry calls active. Registry and files are looked at again every second.

    Any thread may call; while one looks, the others go by what is loaded.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.RLock()
        self._looked_at: float | None = None
        self._general = _Held(None, None, NoScorer("No model has been loaded yet."), 0.0)
        self._entries: dict[str, ActiveModel] = {}
        self._of_sites: OrderedDict[str, _Held] = OrderedDict()

    @property
    def model(self) -> str:
        """Id of the model for all sites that is loaded just now; empty without one."""
        return self._general.scorer.model

    @property
    def n_refused(self) -> int:
        """How many models in force could not be loaded."""
        held = [self._general, *list(self._of_sites.values())]
        return sum(isinstance(one.scorer, NoScorer) for one in held)

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
        """Scores by the model for all sites. Raises ArtifactRefused where it cannot be loaded."""
        return self.current().score(comments, evidence)

    def current(self) -> Scorer:
        """The scorer for all sites, or NoScorer. Raises DatabaseUnavailable as long as nothing could be looked up."""
        self._look_if_due()
        return self._general.scorer

    def for_site(self, site_id: str) -> Scorer:
        """The scorer of the site's own version where it has one, else the one for all sites."""
        self._look_if_due()
        entry = self._entries.get(site_id)
        if entry is None:
            return self._general.scorer
        held = self._of_sites.get(site_id)
        if held is None:
            with self._lock:
                held = self._of_sites[site_id] = self._held(entry, None)
                while len(self._of_sites) > MAX_SITE_MODELS:
                    self._of_sites.popitem(last=False)
        return held.scorer

    def look(self) -> None:
        """Look at the registry and at the files now. Raises DatabaseUnavailable as long as nothing is loaded."""
        with self._lock:
            try:
                general, of_sites = self._in_force()
            except DatabaseUnavailable:
                if self._looked_at is None:
                    raise
                log.warning("The registry does not answer; the models that are loaded go on")
                general, of_sites = self._general.entry, self._entries
            self._looked_at = time.monotonic()
            self._entries = of_sites
            self._general = self._held(general, self._general)
            for site_id, held in list(self._of_sites.items()):
                if site_id in of_sites:
                    self._of_sites[site_id] = self._held(of_sites[site_id], held)
                else:
                    del self._of_sites[site_id]

    def _look_if_due(self) -> None:
        if self._looked_at is None:
            self.look()
        elif time.monotonic() - self._looked_at >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self.look()
            finally:
                self._lock.release()

    def _held(self, entry: ActiveModel | None, before: _Held | None) -> _Held:
        """What `before` holds where neither entry nor file changed, else the file read anew."""
        if entry is None:
            return self._refused(None, None, "The shipped model is missing; install the package again.", before)
        path = artifact.registered_path(self._stores.settings.data, entry.digest, entry.origin)
        fingerprint = artifact.fingerprint(path)
        unchanged = before is not None and before.entry == entry and before.fingerprint == fingerprint
        if before is not None and unchanged and not isinstance(before.scorer, NoScorer):
            return before
        try:
            classifier = artifact.load(path, entry.digest)
        except ArtifactRefused as error:
            return self._refused(entry, fingerprint, str(error), before)
        log.info("Loaded model %s for %s", entry.id, model_versions.scope_name(entry.site_id))
        return _Held(entry, fingerprint, ClassifierScorer(classifier, entry.id), 0.0)

    def _refused(self, entry: ActiveModel | None, fingerprint: object, why: str, before: _Held | None) -> _Held:
        """Hold a scorer that refuses, and sound the alarm: at once, and once a minute as long as it lasts."""
        now = time.monotonic()
        told = before is not None and isinstance(before.scorer, NoScorer) and before.scorer.why == why
        if before is not None and told and now - before.alarmed_at < REPEAT_ALARM_SECONDS:
            return _Held(entry, fingerprint, before.scorer, before.alarmed_at)
        scope = model_versions.scope_name(None if entry is None else entry.site_id)
        log.error("The model for %s cannot be loaded, comments go to review: %s", scope, why)
        return _Held(entry, fingerprint, NoScorer(why), now)

    def _in_force(self) -> tuple[ActiveModel | None, dict[str, ActiveModel]]:
        with self._stores.database.read() as connection:
            entries = model_versions.in_force(connection)
        general = next((entry for entry in entries if entry.site_id is None), None)
        return self._or_shipped(general), {entry.site_id: entry for entry in entries if entry.site_id is not None}

    def _or_shipped(self, entry: ActiveModel | None) -> ActiveModel | None:
        """The entry, or the model that this version of Gatepost ships, registered and made active: where nothing is
        active, or where another version of Gatepost had shipped it."""
        if entry is not None and entry.origin != "shipped":
            return entry
        try:
            digest = artifact.shipped_path().stem
            if entry is not None and entry.digest == digest:
                return entry
            card = orjson.dumps(artifact.shipped()[1]).decode()
        except ArtifactRefused:
            return entry
        with self._stores.database.write() as connection:
            version = model_versions.register(connection, digest, "shipped", card)
            model_versions.activate(connection, version.id, reason="shipped with this version")
        return ActiveModel(version.id, version.digest, version.origin, None)
