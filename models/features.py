"""Named numbers of a comment and its evidence, each with a sentence for people.

Counts enter as log(1 + n), shares as fractions in [0, 1]. What is unknown is 0, and 0 adds exactly nothing; only the
features that every text has are measured against their mean in training.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import expm1

import numpy as np
from numpy.typing import NDArray

from models.circumstances import CIRCUMSTANCES, NOTHING, circumstances
from models.ngrams import Batch, gather
from models.text import fold, has_email, has_phone, link_domains, perhaps_email, perhaps_links
from models.tokens import repeats_and_promotion
from models.vocabulary import Comment, Evidence

_LONG_CHARACTERS = 150
_MIN_LETTERS = 6
_MIN_PHONE_DIGITS = 8
# Beyond these more says nothing more, or a long honest text would look worse than a short bad one.
_MOST_LINKS, _MOST_DISGUISED = 2, 5
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")

_LETTER, _UPPER, _DIGIT, _PUNCTUATION, _HIDDEN, _STYLED, _LOOK_ALIKE, _GREEK_OR_CYRILLIC = (
    1 << bit for bit in range(8)
)
_MONEY, _QUESTION, _HASH = (1 << bit for bit in range(8, 11))
_TABLE_SIZE = 0x20000
_HIDDEN_RANGES = (
    *((0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x115F, 0x1160), (0x200B, 0x200B), (0x200E, 0x200F)),
    *((0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFEFF, 0xFEFF)),
)
_STYLED_RANGES = (
    *((0x0332, 0x0338), (0x034F, 0x0362), (0x2460, 0x24FF), (0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),
    *((0x1D400, 0x1D7FF), (0x1F100, 0x1F1E5)),
)
_LETTER_RANGES = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x2AF), (0x370, 0x1FFF), (0x3040, 0xD7A3))
_GREEK_OR_CYRILLIC_RANGE = (0x370, 0x52F)
_LATIN_LOOK_ALIKES = "aceiopxyuvnmwABCEHIKMNOPTXYZ"
_QUESTION_MARKS = "?\u00bf\u061f\uff1f"
_HASH_SIGNS = "#\uff03"
_PUNCTUATION_RANGES = ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0x2010, 0x205E), (0x3001, 0x303F))


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
    comments: Sequence[Comment], evidence: Sequence[Evidence], folded: Sequence[str], batch: Batch | None = None
) -> NDArray[np.float64]:
    """The numbers of each comment: shape (len(comments), len(FEATURES)), in the order of FEATURES.

    `folded`: the folded bodies; `batch`: the same side by side, if that is at hand. Raises ValueError if the lengths
    differ. Linear in the total length.
    """
    if not len(comments) == len(evidence) == len(folded):
        raise ValueError(
            f"{len(comments)} comments, {len(evidence)} pieces of evidence and {len(folded)} texts differ."
        )
    columns = np.zeros((len(FEATURES), len(comments)))
    if not comments:
        return columns.T
    n_digits = _fill_characters([comment.body for comment in comments], columns)
    _fill_links(folded, columns)
    for index in (n_digits >= _MIN_PHONE_DIGITS).nonzero()[0].tolist():
        columns[_PHONE, index] = has_phone(folded[index])
    columns[_REPEATED_WORDS], columns[_PROMOTION_WORDS] = repeats_and_promotion(folded, batch or gather(folded))
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
    return CIRCUMSTANCES[beside].sentence(evidence) if beside >= 0 else _sentence(index, round(value, 2))


@lru_cache(maxsize=4096)
def _sentence(index: int, value: float) -> str:
    return _OF_TEXT[index].sentence(value)


def _fill_links(folded: Sequence[str], columns: Floats) -> None:
    for index in perhaps_links(folded):
        domains = link_domains(folded[index])
        columns[_LINKS, index] = min(len(domains), _MOST_LINKS)
        columns[_DOMAINS, index] = min(len(set(domains)), _MOST_LINKS)
    for index in perhaps_email(folded):
        columns[_EMAIL, index] = has_email(folded[index])


def _fill_circumstances(evidence: Sequence[Evidence], columns: Floats) -> None:
    # Most comments of a batch share the evidence that knows little; each is looked at once.
    beside = {key: circumstances(known) for key, known in {id(known): known for known in evidence}.items()}
    for index, known in enumerate(evidence):
        values = beside[id(known)]
        if values is not NOTHING:
            columns[len(_OF_TEXT) :, index] = values


def _fill_characters(bodies: Sequence[str], columns: Floats) -> Indices:
    """Shares and counts of kinds of characters; gives the number of digits. A sentinel keeps each text's sums apart."""
    joined = "\n".join(bodies) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.fromiter(map(len, bodies), dtype=np.intp, count=len(bodies))
    starts = (sizes + 1).cumsum()
    starts -= sizes + 1
    clipped = np.minimum(codes, _TABLE_SIZE - 1, dtype=np.intp)
    sums = np.empty((len(_COUNTING), 1, len(bodies)), dtype=np.int64)
    for of_three, table in zip(sums, _COUNTING, strict=True):
        np.add.reduceat(table.take(clipped), starts, out=of_three[0])
    counts = (sums >> _SHIFTS).reshape(-1, len(bodies))
    counts &= _FIELD_MASK
    n_letters, n_upper, n_digits, n_punctuation, n_hidden, n_styled, n_money, n_questions, n_hashes = counts
    filled = np.maximum(sizes, 1)
    np.divide(n_upper, n_letters, out=columns[0], where=n_letters >= _MIN_LETTERS)
    np.divide(n_digits, filled, out=columns[1])
    np.divide(n_punctuation, filled, out=columns[2])
    np.minimum(sizes, _LONG_CHARACTERS, out=columns[3])
    columns[4] = n_hidden
    columns[5] = n_styled
    mixed = _mixed_scripts(clipped)
    if len(mixed):
        columns[5] += _per_text(mixed, starts)
    np.minimum(columns[5], _MOST_DISGUISED, out=columns[5])
    runs = _fourth_in_a_row(codes)
    if len(runs):
        columns[6] = _per_text(runs, starts)
    np.greater(n_money, 0, out=columns[7], casting="unsafe")
    np.greater(n_questions, 0, out=columns[8], casting="unsafe")
    columns[9] = n_hashes
    counted: Indices = n_digits
    return counted


def _per_text(places: Indices, starts: Indices) -> Indices:
    """How many of the places lie in each text."""
    return np.bincount(np.searchsorted(starts, places, side="right") - 1, minlength=len(starts))


def _mixed_scripts(clipped: Indices) -> Indices:
    """Places where a Latin letter that could pass for a Greek or Cyrillic one stands beside one of these."""
    if clipped.max() < _GREEK_OR_CYRILLIC_RANGE[0]:
        return np.zeros(0, dtype=np.intp)
    kinds = _SCRIPTS.take(clipped)
    # A styled letter is in disguise already, so it has no kind as the second of two.
    mixed: Indices = (_SECOND.take(kinds[1:]) & kinds[:-1]).nonzero()[0]
    return mixed + 1


def _fourth_in_a_row(codes: NDArray[np.uint32]) -> Indices:
    """One place for each run of four or more equal characters, white space apart."""
    same = codes[1:] == codes[:-1]
    third: Indices = (same[1:] & same[:-1]).nonzero()[0]
    if not len(third):
        return third
    visible = codes[third] > ord(" ")
    # In a run of three or more, `third` has each place from which two more are equal: the run's second is the fourth.
    second: Indices = third[1:][(third[1:] == third[:-1] + 1) & visible[1:]]
    firsts: Indices = second[np.diff(second, prepend=-2) > 1]
    return firsts


def _kind_table() -> NDArray[np.uint16]:
    table = np.zeros(_TABLE_SIZE, dtype=np.uint16)
    _mark(table, _LETTER_RANGES, _LETTER)
    table[list(map(ord, _LATIN_LOOK_ALIKES))] |= _LOOK_ALIKE
    _mark(table, _STYLED_RANGES, _LOOK_ALIKE)
    _mark(table, ((0x30, 0x39),), _DIGIT)
    _mark(table, _PUNCTUATION_RANGES, _PUNCTUATION)
    _mark(table, _HIDDEN_RANGES, _HIDDEN)
    _mark(table, _STYLED_RANGES, _STYLED)
    _mark(table, (_GREEK_OR_CYRILLIC_RANGE,), _GREEK_OR_CYRILLIC)
    table[[code for code in range(0x3000) if unicodedata.category(chr(code)) == "Sc"]] |= _MONEY
    table[list(map(ord, _QUESTION_MARKS))] |= _QUESTION
    table[list(map(ord, _HASH_SIGNS))] |= _HASH
    upper = [code for code in (*range(0x600), *range(0x1E00, 0x2000)) if chr(code).isupper()]
    table[upper] |= _UPPER
    return table


def _mark(table: NDArray[np.uint16], ranges: Iterable[tuple[int, int]], kind: int) -> None:
    for first, last in ranges:
        table[first : last + 1] |= kind


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


def _counting_table(kinds: Sequence[int]) -> NDArray[np.int64]:
    """For each code point one number that counts three kinds at once, 21 binary digits each."""
    fields = [
        np.where(_KINDS & kind != 0, 1 << shift, 0) for kind, shift in zip(kinds, _SHIFTS[:, 0].tolist(), strict=True)
    ]
    counting: NDArray[np.int64] = np.sum(fields, axis=0, dtype=np.int64)
    return counting


_KINDS = _kind_table()
# 1 for a Latin letter that looks like others, 2 for a Greek or Cyrillic one, 4 for a styled one; with which kinds of
# letter before it each of these is a mixture.
_SCRIPTS = ((_KINDS & _LOOK_ALIKE != 0) + 2 * (_KINDS & _GREEK_OR_CYRILLIC != 0) + 4 * (_KINDS & _STYLED != 0)).astype(
    np.uint8
)
_SECOND = np.array([0, 2, 1, 3, 0, 0, 0, 0], dtype=np.uint8)
_SHIFTS, _FIELD_MASK = np.array([[0], [21], [42]]), (1 << 21) - 1
_COUNTING = (
    _counting_table((_LETTER, _UPPER, _DIGIT)),
    _counting_table((_PUNCTUATION, _HIDDEN, _STYLED)),
    _counting_table((_MONEY, _QUESTION, _HASH)),
)

_OF_TEXT = (
    Feature("capitals", _share("of the letters are capitals", "Hardly a letter is a capital"), centred=True),
    Feature("digits", _share("of the characters are digits", "There are hardly any digits"), centred=True),
    Feature(
        "punctuation", _share("of the characters are punctuation", "There is hardly any punctuation"), centred=True
    ),
    Feature("length", _length, centred=True),
    Feature("invisible", _counted("invisible character in the text", "invisible characters in the text"), assumed=0.5),
    Feature(
        "disguised",
        _capped("letter in disguise", "letters in disguise, styled or mixed from two scripts", _MOST_DISGUISED),
    ),
    Feature("repeated_characters", _counted("run of one repeated character", "runs of one repeated character")),
    Feature("money", _always("A currency sign in the text")),
    Feature("question", _always("The text asks something")),
    Feature("hashtags", _counted("hash sign in the text", "hash signs in the text")),
    Feature("links", _capped("link in the text", "links in the text", _MOST_LINKS), assumed=1.0),
    Feature("domains", _capped("site is linked", "different sites are linked", _MOST_LINKS), assumed=0.5),
    Feature("email", _always("An e-mail address in the text"), assumed=0.5),
    Feature("phone", _always("A phone number in the text"), assumed=0.5),
    Feature("repeated_words", _share("of the words are repeats", "No word is repeated")),
    Feature("promotion_words", _counted("word of promotion", "words of promotion")),
    Feature("name_link", _always("The author name holds a link"), assumed=1.0),
    Feature("author_url", _always("The author left a web address"), assumed=0.2),
)
FEATURES = _OF_TEXT + tuple(Feature(one.name, _always(one.name), assumed=one.weight) for one in CIRCUMSTANCES)
_NAMES = [feature.name for feature in FEATURES]
_LINKS, _DOMAINS, _EMAIL, _PHONE = map(_NAMES.index, ("links", "domains", "email", "phone"))
_REPEATED_WORDS, _PROMOTION_WORDS = map(_NAMES.index, ("repeated_words", "promotion_words"))
_NAME_LINK, _AUTHOR_URL = map(_NAMES.index, ("name_link", "author_url"))
# From the length to runs of one character; from hash signs to domains; words of promotion.
_COUNTED = (slice(3, 7), slice(9, 12), slice(_PROMOTION_WORDS, _PROMOTION_WORDS + 1))
