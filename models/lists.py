"""A site's lists: which entries know a comment. Linear in the text, and nearly the same for one entry or thousands."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from models.facts import Facts, plain
from models.patterns import Pattern
from models.pseudonyms import pseudonym
from models.vocabulary import ListEffect, ListEntry, ListKind

MAX_VALUE = 1000
HASHABLE = (ListKind.EMAIL, ListKind.IP)
_WORD = re.compile(r"\w+")
# Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese and Korean put no spaces between words, or not between all.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff]"
)
_DOMAIN = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63}){0,20}")
_HASH = "hash:"
_HASHED = re.compile(_HASH + "[0-9a-f]{64}")

Span = tuple[int, int] | None
Heard = tuple[ListEntry, Span]
_Index = dict[str, list[ListEntry]]


def normal(kind: ListKind, value: str) -> str:
    """The value of an entry as it is kept. Raises ValueError with a sentence about what is wrong with it."""
    if not value.strip() or len(value) > MAX_VALUE:
        raise ValueError(f"must have 1 to {MAX_VALUE} characters")
    if kind is ListKind.REGEX:
        Pattern(value)
        return value
    value = value.strip()
    if kind in HASHABLE and _HASHED.fullmatch(value):
        return value
    if kind is ListKind.IP:
        return _network(value)
    if kind is ListKind.EMAIL:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("must be an e-mail address")
        return value.casefold()
    if kind in (ListKind.EMAIL_DOMAIN, ListKind.URL_DOMAIN):
        domain = plain(value).removeprefix("@").removeprefix("www.").rstrip(".")
        if not _DOMAIN.fullmatch(domain):
            raise ValueError("must be a domain, such as example.org")
        return domain
    if kind in (ListKind.AUTHOR_NAME, ListKind.WORDS) and not plain(value):
        raise ValueError("holds nothing that can be seen")
    return value


def hashed(pseudonym_of_address: str) -> str:
    """The value of an entry that knows an address by the site's pseudonym of it: nobody need see the address."""
    return _HASH + pseudonym_of_address


def address_key(pseudonym_key: str, kind: str, value: str) -> str:
    """The pseudonym by which an entry knows an address, whether it holds the address or the pseudonym itself. `kind`:
    `email` or `ip`."""
    return value.removeprefix(_HASH) if value.startswith(_HASH) else pseudonym(pseudonym_key, kind, value)


class Lists:
    """The entries of one site, indexed. `pseudonym_key`: the site's, to know addresses by what is kept of them."""

    def __init__(self, entries: Sequence[ListEntry], pseudonym_key: str) -> None:
        self._order = {entry.id: place for place, entry in enumerate(sorted(entries, key=_rank))}
        of_kind: dict[ListKind, list[ListEntry]] = defaultdict(list)
        for entry in entries:
            of_kind[entry.kind].append(entry)
        self._ids = _index(of_kind[ListKind.AUTHOR_ID])
        self._names = _index(of_kind[ListKind.AUTHOR_NAME], plain)
        self._emails = _index(of_kind[ListKind.EMAIL], lambda value: address_key(pseudonym_key, "email", value))
        self._email_domains = _index(of_kind[ListKind.EMAIL_DOMAIN])
        self._url_domains = _index(of_kind[ListKind.URL_DOMAIN])
        addresses = [entry for entry in of_kind[ListKind.IP] if "/" not in entry.value]
        self._addresses = _index(addresses, lambda value: address_key(pseudonym_key, "ip", value))
        self._networks = _by_network([entry for entry in of_kind[ListKind.IP] if "/" in entry.value])
        self._words = _Words(of_kind[ListKind.WORDS])
        self._patterns = [(entry, Pattern(entry.value)) for entry in of_kind[ListKind.REGEX]]

    def heard(self, facts: Facts) -> list[Heard]:
        """The entries that know the comment with the place in its text, those that block first, then hold, then allow:
        what a spammer can write himself, such as a link to an allowed domain, opens no door that is shut."""
        found: dict[str, Heard] = {}
        for entry, span in self._all(facts):
            found.setdefault(entry.id, (entry, span))
        return sorted(found.values(), key=lambda heard: self._order[heard[0].id]) if found else []

    def _all(self, facts: Facts) -> Iterator[Heard]:
        origin = facts.origin
        for index, value in (
            (self._ids, origin.author_id),
            (self._names, facts.name if self._names else None),
            (self._emails, origin.email_hash),
            (self._addresses, origin.ip_hash),
        ):
            for entry in index.get(value, ()) if index and value else ():
                yield entry, None
        if self._networks and origin.ip:
            for entry in self._of_network(origin.ip):
                yield entry, None
        if self._email_domains and facts.email_domain:
            for entry in _of_domain(self._email_domains, facts.email_domain):
                yield entry, None
        if self._url_domains:
            for domain in facts.domains:
                for entry in _of_domain(self._url_domains, domain):
                    yield entry, _place(facts, domain)
        yield from self._words.heard(facts)
        for entry, pattern in self._patterns:
            span = pattern.search(facts.body)
            if span is not None:
                yield entry, span

    def _of_network(self, ip: str) -> Iterator[ListEntry]:
        address = ipaddress.ip_address(ip)
        number, bits = int(address), address.max_prefixlen
        for (version, shift), networks in self._networks.items():
            if version == bits:
                yield from networks.get(number >> shift, ())


class _Words:
    """Words and phrases: whole words of the folded text; a part of it where a script puts no spaces between words."""

    def __init__(self, entries: Iterable[ListEntry]) -> None:
        self._phrases: dict[tuple[str, ...], list[ListEntry]] = defaultdict(list)
        self._parts: list[tuple[str, ListEntry]] = []
        lengths: dict[str, set[int]] = defaultdict(set)
        for entry in entries:
            value = plain(entry.value)
            words = tuple(_WORD.findall(value))
            if not words or _WITHOUT_SPACES.search(value):
                self._parts.append((value, entry))
            else:
                self._phrases[words].append(entry)
                lengths[words[0]].add(len(words))
        self._lengths = {word: sorted(found) for word, found in lengths.items()}

    def heard(self, facts: Facts) -> Iterator[Heard]:
        if not self._phrases and not self._parts:
            return
        for text, in_body in ((facts.folded, True), (facts.name, False)):
            for entry, start, end in self._in(text):
                yield entry, facts.span(start, end) if in_body else None

    def _in(self, text: str) -> Iterator[tuple[ListEntry, int, int]]:
        if self._phrases:
            found = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
            for place, (word, start, _) in enumerate(found):
                for length in self._lengths.get(word, ()):
                    phrase = found[place : place + length]
                    for entry in self._phrases.get(tuple(said[0] for said in phrase), ()):
                        yield entry, start, phrase[-1][2]
        for part, entry in self._parts:
            at = text.find(part)
            if at >= 0:
                yield entry, at, at + len(part)


def _rank(entry: ListEntry) -> int:
    return list(ListEffect).index(entry.effect)


def _index(entries: Iterable[ListEntry], key: object = None) -> _Index:
    index: _Index = defaultdict(list)
    for entry in entries:
        index[key(entry.value) if callable(key) else entry.value].append(entry)
    return dict(index)


def _of_domain(index: _Index, domain: str) -> Iterator[ListEntry]:
    """The entries of a domain and of those that it lies in."""
    while domain:
        yield from index.get(domain, ())
        domain = domain.partition(".")[2]


def _place(facts: Facts, domain: str) -> Span:
    at = facts.folded.find(domain)
    return facts.span(at, at + len(domain)) if at >= 0 else None


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("must be an IP address, or a network without bits for hosts such as 192.0.2.0/24") from None
    if network.num_addresses > 1:
        return str(network)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return str(mapped or network.network_address)


def _by_network(entries: Iterable[ListEntry]) -> dict[tuple[int, int], dict[int, list[ListEntry]]]:
    """(bits of the address, bits for hosts) → number of the network → its entries."""
    found: dict[tuple[int, int], dict[int, list[ListEntry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        network = ipaddress.ip_network(entry.value)
        bits = network.max_prefixlen
        shift = bits - network.prefixlen
        found[bits, shift][int(network.network_address) >> shift].append(entry)
    return {key: dict(networks) for key, networks in found.items()}
