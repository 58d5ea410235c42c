"""What lists and rules may ask of one comment; what takes work is worked out when first asked for."""

from functools import cached_property

from models.links import link_domains
from models.text import fold, origins
from models.vocabulary import Comment, Evidence, Origin, Score

_UNKNOWN = Origin()


class Facts:
    """One comment with its evidence and score. `score` None where no model spoke."""

    def __init__(self, comment: Comment, evidence: Evidence, score: Score | None) -> None:
        self.comment = comment
        self.evidence = evidence
        self.score = score
        self.origin = comment.origin or _UNKNOWN

    @cached_property
    def body(self) -> bytes:
        """The text as UTF-8, each lone surrogate as one question mark."""
        return self.comment.body.encode("utf-8", "replace")

    @cached_property
    def folded(self) -> str:
        """The text folded, see `models.text.fold`."""
        return fold(self.comment.body)

    @cached_property
    def name(self) -> str:
        """The author's name folded, with single spaces; empty where it is not known."""
        return plain(self.comment.author_name or "")

    @cached_property
    def links(self) -> list[str]:
        """The domain of each link in the text, in order."""
        return link_domains(self.folded)

    @cached_property
    def domains(self) -> list[str]:
        """Each domain that the text or the author's address on the web links to, once."""
        url = self.comment.author_url
        return list(dict.fromkeys(self.links + (link_domains(fold(url)) if url else [])))

    @cached_property
    def email_domain(self) -> str | None:
        """What stands behind the @ of the author's e-mail address, folded; None where it is not known any more."""
        _, at, domain = (self.origin.email or "").rpartition("@")
        return plain(domain) if at else None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A range of `folded`, not empty, as a range of the text itself."""
        places = origins(self.comment.body)
        return (start, end) if places is None else (int(places[start]), int(places[end - 1]) + 1)


def plain(text: str) -> str:
    """A short text folded, without spaces around it and with single ones inside."""
    return " ".join(fold(text).split())
