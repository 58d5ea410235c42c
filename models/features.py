"""Named numbers of a comment and its evidence, each with a sentence for people.

Counts enter as log(1 + n), shares as fractions in [0, 1]. What is unknown is 0, and 0 adds exactly nothing; only the
features that every text has are measured against their mean in training.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import expm1

import numpy as np
from numpy.typing import NDArray

from models.characters import COUNTED, count_characters
from models.circumstances import CIRCUMSTANCES, NOTHING, circumstances
from models.links import has_phone, link_domains, links_and_emails
from models.ngrams import Batch, gather
from models.promotion import promotion_words
from models.text import Folded, fold
from models.vocabulary import Comment, Evidence

_LONG_CHARACTERS = 150
_MIN_LETTERS = 6
_MIN_PHONE_DIGITS = 8
# Beyond these more says nothing more, or a long honest text would look worse than a short bad one.
_MOST_LINKS, _MOST_DISGUISED = 2, 5
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Feature:
    """One named number; `sentence` makes the reason from it, where the evidence does not make it.

    `centred`: every text has it, so it is measured against the mean. `assumed`: weight in the logit for each unit as
    long as the training data never show the feature.
    """

    name: str
    sentence: Callable[[float], str]
    centred: bool = False
    assumed: float = 0.0


def measure(
    comments: Sequence[Comment], evidence: Sequence[Evidence], bodies: Folded, batch: Batch | None = None
) -> NDArray[np.float64]:
    """The numbers of each comment: shape (len(comments), len(FEATURES)), in the order of FEATURES.

    `bodies`: folded; `batch`: the same side by side, if that is at hand. Raises ValueError if the lengths
    differ. Linear in the total length.
    """
    folded = bodies.texts
    if not len(comments) == len(evidence) == len(folded):
        raise ValueError(
            f"{len(comments)} comments, {len(evidence)} pieces of evidence and {len(folded)} texts differ."
        )
    columns = np.zeros((len(FEATURES), len(comments)))
    if not comments:
        return columns.T
    counts = count_characters([comment.body for comment in comments], bodies.unmasked)
    _fill_characters(counts, columns)
    _fill_links(folded, columns)
    for index in (counts[_DIGITS] >= _MIN_PHONE_DIGITS).nonzero()[0].tolist():
        columns[_PHONE, index] = has_phone(folded[index])
    columns[_PROMOTION_WORDS] = promotion_words(batch or gather(folded))
    for index, comment in enumerate(comments):
        name = comment.author_name
        if name is not None and ("." in name or "/" in name):
            columns[_NAME_LINK, index] = bool(link_domains(fold(name)))
        if comment.author_url:
            columns[_AUTHOR_URL, index] = 1.0
    for counted in _COUNTED:
        np.log1p(columns[counted], out=columns[counted])
    _fill_circumstances(evidence, columns)
    return columns.T


def sentence(index: int, value: float, evidence: Evidence) -> str:
    """The sentence of feature number `index` of FEATURES for its measured `value`, or the evidence it is of."""
    beside = index - len(_OF_TEXT)
    return CIRCUMSTANCES[beside].sentence(evidence) if beside >= 0 else _sentence(index, value)


@lru_cache(maxsize=4096)
def _sentence(index: int, value: float) -> str:
    return _OF_TEXT[index].sentence(round(value, 2))


def _fill_characters(counts: Counts, columns: Floats) -> None:
    """The features from capitals to hash signs."""
    n_letters = counts[_LETTERS]
    np.divide(counts[_CAPITALS], n_letters, out=columns[0], where=n_letters >= _MIN_LETTERS)
    np.minimum(counts.take(_LIMITED, axis=0), _MOST, out=columns[1 : 1 + len(_LIMITED)])


def _fill_links(folded: Sequence[str], columns: Floats) -> None:
    links, with_email = links_and_emails(folded)
    for index, domains in links.items():
        columns[_LINKS, index] = min(len(domains), _MOST_LINKS)
        columns[_DOMAINS, index] = min(len(set(domains)), _MOST_LINKS)
    columns[_EMAIL, with_email] = 1.0


def _fill_circumstances(evidence: Sequence[Evidence], columns: Floats) -> None:
    # Most comments of a batch share the evidence that knows little; each is looked at once.
    beside = {key: circumstances(known) for key, known in {id(known): known for known in evidence}.items()}
    if all(values is NOTHING for values in beside.values()):
        return
    for index, known in enumerate(evidence):
        values = beside[id(known)]
        if values is not NOTHING:
            columns[len(_OF_TEXT) :, index] = values


def _counted(one: str, many: str) -> Callable[[float], str]:
    def say(value: float) -> str:
        n = round(expm1(value))
        number = _NUMBERS[n] if n < len(_NUMBERS) else str(n)
        return f"{number} {one if n == 1 else many}"

    return say


def _capped(one: str, many: str, most: int) -> Callable[[float], str]:
    say_exactly = _counted(one, many)
    return lambda value: say_exactly(value) if round(expm1(value)) < most else f"At least {most} {many}"


def _share(of_what: str, none: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} {of_what}" if value >= 0.005 else none


def _length(value: float) -> str:
    n = round(expm1(value))
    if n == 0:
        return "The text is empty"
    return f"The text is about {n} characters long" if n < _LONG_CHARACTERS else "The text is not short"


def _always(text: str) -> Callable[[float], str]:
    return lambda _: text


_OF_TEXT = (
    Feature("capitals", _share("of the letters are capitals", "Hardly a letter is a capital"), centred=True),
    Feature("length", _length, centred=True),
    Feature("invisible", _counted("invisible character in the text", "invisible characters in the text"), assumed=0.5),
    Feature(
        "disguised",
        _capped("letter in disguise", "letters in disguise, styled or mixed from two scripts", _MOST_DISGUISED),
    ),
    Feature("money", _always("A currency sign in the text")),
    Feature("hashtags", _counted("hash sign in the text", "hash signs in the text")),
    Feature("links", _capped("link in the text", "links in the text", _MOST_LINKS), assumed=1.0),
    Feature("domains", _capped("site is linked", "different sites are linked", _MOST_LINKS), assumed=0.5),
    Feature("email", _always("An e-mail address in the text"), assumed=0.5),
    Feature("phone", _always("A phone number in the text"), assumed=0.5),
    Feature("promotion_words", _counted("word or phrase of promotion", "words or phrases of promotion")),
    Feature("name_link", _always("The author name holds a link"), assumed=1.0),
    Feature("author_url", _always("The author left a web address"), assumed=0.2),
)
FEATURES = _OF_TEXT + tuple(Feature(one.name, _always(one.name), assumed=one.weight) for one in CIRCUMSTANCES)
_NAMES = [feature.name for feature in FEATURES]
_LINKS, _DOMAINS, _EMAIL, _PHONE = map(_NAMES.index, ("links", "domains", "email", "phone"))
_PROMOTION_WORDS, _NAME_LINK, _AUTHOR_URL = map(_NAMES.index, ("promotion_words", "name_link", "author_url"))
# From the length to letters in disguise; from hash signs to domains; words of promotion.
_COUNTED = (slice(1, 4), slice(5, 8), slice(_PROMOTION_WORDS, _PROMOTION_WORDS + 1))
_LETTERS, _CAPITALS, _DIGITS = map(COUNTED.index, ("letters", "capitals", "digits"))
_LIMITED = np.array(list(map(COUNTED.index, ("length", "invisible", "disguised", "money", "hashes"))))
_ANY = np.iinfo(np.int64).max
_MOST = np.array([[_LONG_CHARACTERS], [_ANY], [_MOST_DISGUISED], [1], [_ANY]])
