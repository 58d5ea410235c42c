"""Errors that Gatepost raises on purpose.

GatepostError
├── Refused                     the request cannot be carried out as sent; sending it again changes nothing
│   ├── NotFound                no such thing, or it belongs to somebody else
│   ├── Forbidden               known caller, wrong key or role
│   ├── ExternalIdTaken         another comment of this site has the external_id
│   ├── IdempotencyMismatch     the key was used for another request
│   ├── AlreadyDecided          somebody decided first
│   ├── LeaseGone               the lease ended by time or by release
│   ├── Gone                    erased
│   └── ArtifactRefused         a model file is unregistered, changed, or of other library versions
├── Unavailable                 try again later
│   ├── DatabaseUnavailable
│   ├── RedisUnavailable
│   └── TwinInProgress          a request with the same idempotency key is still running
└── ConfigurationError          the installation cannot start as it is set up; the sentence says what to change
"""

from typing import ClassVar


class GatepostError(Exception):
    """Root of the tree. `permanent` says whether trying again is useless."""

    permanent: ClassVar[bool] = True


class Refused(GatepostError):
    """The request cannot be carried out as it was sent."""


class NotFound(Refused):
    """There is no such thing here; check the id and the key."""


class Forbidden(Refused):
    """This key or role may not do that; use one that may."""


class ExternalIdTaken(Refused):
    """Another comment of this site has this external_id with other content; send an edit as a revision."""


class IdempotencyMismatch(Refused):
    """This Idempotency-Key was used for another request; take a new key."""


class AlreadyDecided(Refused):
    """Somebody decided since; read the item again."""


class LeaseGone(Refused):
    """The lease has ended; claim the item again."""


class Gone(Refused):
    """The comment has been erased."""


class ArtifactRefused(Refused):
    """The model file must not be loaded; train again or restore the registered file."""


class Unavailable(GatepostError):
    """A part that is needed does not answer; the same request may succeed later."""

    permanent = False


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""


class RedisUnavailable(Unavailable):
    """Redis does not answer."""


class TwinInProgress(Unavailable):
    """A request with the same Idempotency-Key is still running; ask again in a moment."""


class ConfigurationError(GatepostError):
    """The installation cannot start as it is set up."""


class VersionMismatch(GatepostError):
    """What should be changed is no longer what was read."""


class Undecided(Unavailable):
    """There is no decision yet to say something about."""


class Unanswered(Unavailable):
    """No worker answered in time."""
