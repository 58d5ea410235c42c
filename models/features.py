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

from models.circumstances import CIRCUMSTANCES, circumstances
from models.text import fold, has_email, has_phone, link_domains
from models.vocabulary import Comment, Evidence

_LONG_CHARACTERS = 150
_MIN_LETTERS = 6
_MIN_WORDS = 5
_MIN_PHONE_DIGITS = 8
# Beyond these more says nothing more, or a long honest text would look worse than a short bad one.
_MOST_LINKS, _MOST_DISGUISED = 2, 5
# Folded words that ask for a click, a subscription or money; written by hand for languages the data lack.
_PROMOTION_TEXT = (
    "subscribe subscribers subscribed sub channel click clicking free earn earning money cash promo promotion "
    "discount whatsapp telegram casino bonus bet betting slot slots jackpot crypto bitcoin btc forex invest "
    "investment investing trading loan loans profit followers viagra giveaway coupon prize winner win buy cheap "
    "sale order shop website link visit dm inbox hiring vip offer offers download unlimited guaranteed "
    "kostenlos kostenlose abonniert abonnieren kanal verdienen verdiene gewinnspiel gewinnen rabatt gutschein "
    "geld kredit angebot bestellen kaufen gunstig suscribete suscribanse canal gratis gana ganar dinero oferta "
    "descuento prestamo compra comprar apuestas enlace abonnez abonne chaine gratuit gratuite gagner gagnez "
    "argent reduction pret lien achetez inscreva ganhe ganhar dinheiro desconto emprestimo comprar apostas "
    "iscriviti canale guadagna guadagnare soldi sconto scommesse acquista подпишись подписывайтесь подписка "
    "канал бесплатно заработок заработать зарабатывай казино скидка скидки ставки кредит выигрыш деньги доход "
    "перейди ссылка ссылке купить акция diskon gacor maxwin cuan daftar jual beli murah peninggi pelangsing "
    "olshop judi ucretsiz kazan abone bahis indirim kredi darmowe zarabiaj subskrybuj kanal promocja rabat "
    "pozyczka khuyen mien dang kiem"
)
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_PROMOTION_WORDS = frozenset(_PROMOTION_TEXT.split())
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


def measure(comments: Sequence[Comment], evidence: Sequence[Evidence], folded: Sequence[str]) -> NDArray[np.float64]:
    """The numbers of each comment: shape (len(comments), len(FEATURES)), in the order of FEATURES.

    `folded`: the folded bodies. Raises ValueError if the lengths differ. Linear in the total length.
    """
    if not comments:
        return np.zeros((0, len(FEATURES)))
    characters, n_digits = _characters([comment.body for comment in comments])
    many_digits = (n_digits >= _MIN_PHONE_DIGITS).tolist()
    rest = [_row(*row) for row in zip(comments, folded, many_digits, strict=True)]
    # Most comments of a batch share the evidence that knows little; each is looked at once.
    different = {id(known): known for known in evidence}
    beside = {key: circumstances(known) for key, known in different.items()}
    rows = [row + beside[id(known)] for row, known in zip(rest, evidence, strict=True)]
    table = np.hstack((characters, np.array(rows, dtype=np.float64)))
    table[:, _COUNTED] = np.log1p(table[:, _COUNTED])
    return table


def sentence(index: int, value: float, evidence: Evidence) -> str:
    """The sentence of feature number `index` of FEATURES for its measured `value`, or the evidence it is of."""
    beside = index - len(_OF_TEXT)
    return CIRCUMSTANCES[beside].sentence(evidence) if beside >= 0 else _sentence(index, round(value, 2))


@lru_cache(maxsize=4096)
def _sentence(index: int, value: float) -> str:
    return _OF_TEXT[index].sentence(value)


def _row(comment: Comment, folded: str, many_digits: bool) -> tuple[float, ...]:
    domains = link_domains(folded)
    words = folded.split()
    name = comment.author_name
    return (
        min(len(domains), _MOST_LINKS),
        min(len(set(domains)), _MOST_LINKS) if domains else 0,
        has_email(folded),
        many_digits and has_phone(folded),
        1.0 - len(set(words)) / len(words) if len(words) >= _MIN_WORDS else 0.0,
        len(_PROMOTION_WORDS.intersection(words)),
        name is not None and ("." in name or "/" in name) and bool(link_domains(fold(name))),
        bool(comment.author_url),
    )


def _characters(bodies: Sequence[str]) -> tuple[Floats, Indices]:
    """Shares and counts of kinds of characters, and the number of digits. A sentinel keeps each text's sums apart."""
    joined = "\n".join(bodies) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.fromiter(map(len, bodies), dtype=np.intp, count=len(bodies))
    starts = np.cumsum(sizes + 1) - sizes - 1
    clipped = np.minimum(codes, _TABLE_SIZE - 1)
    counts = []
    for table in _COUNTING:
        sums = np.add.reduceat(table.take(clipped), starts)
        counts += [(sums >> shift) & _FIELD_MASK for shift in _SHIFTS]
    n_letters, n_upper, n_digits, n_punctuation, n_hidden, n_styled, n_money, n_questions, n_hashes = counts
    filled = np.maximum(sizes, 1)
    columns = (
        np.where(n_letters >= _MIN_LETTERS, n_upper / np.maximum(n_letters, 1), 0.0),
        n_digits / filled,
        n_punctuation / filled,
        np.minimum(sizes, _LONG_CHARACTERS),
        n_hidden,
        np.minimum(n_styled + _per_text(_mixed_scripts(clipped), starts), _MOST_DISGUISED),
        _per_text(np.flatnonzero(_fourth_in_a_row(codes)), starts),
        n_money > 0,
        n_questions > 0,
        n_hashes,
    )
    return np.stack(columns, axis=1, dtype=np.float64), n_digits


def _per_text(places: Indices, starts: Indices) -> Indices:
    """How many of the places lie in each text."""
    if not len(places):
        return np.zeros(len(starts), dtype=np.intp)
    return np.bincount(np.searchsorted(starts, places, side="right") - 1, minlength=len(starts))


def _mixed_scripts(clipped: NDArray[np.uint32]) -> Indices:
    """Places where a Latin letter that could pass for a Greek or Cyrillic one stands beside one of these."""
    in_range = (clipped >= _GREEK_OR_CYRILLIC_RANGE[0]) & (clipped <= _GREEK_OR_CYRILLIC_RANGE[1])
    if not in_range.any():
        return np.zeros(0, dtype=np.intp)
    kinds = _KINDS.take(clipped)
    latin, other = kinds & _LOOK_ALIKE != 0, kinds & _GREEK_OR_CYRILLIC != 0
    mixed = (latin[1:] & other[:-1]) | (other[1:] & latin[:-1])
    # A styled letter is in disguise already.
    return np.flatnonzero(np.append(False, mixed & (kinds[1:] & _STYLED == 0)))


def _fourth_in_a_row(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """True once for each run of four or more equal characters, white space apart."""
    run = np.zeros(len(codes) + 3, dtype=bool)
    same = run[3 : len(codes) + 2]
    np.equal(codes[1:], codes[:-1], out=same)
    same &= codes[1:] > ord(" ")
    four = run[3:-1] & run[2:-2] & run[1:-3] & ~run[:-4]
    found = np.zeros(len(codes), dtype=bool)
    found[1:] = four
    return found


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
    fields = [np.where(_KINDS & kind != 0, 1 << shift, 0) for kind, shift in zip(kinds, _SHIFTS, strict=True)]
    counting: NDArray[np.int64] = np.sum(fields, axis=0, dtype=np.int64)
    return counting


_KINDS = _kind_table()
_SHIFTS, _FIELD_MASK = (0, 21, 42), (1 << 21) - 1
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
_COUNTED = [
    index
    for index, feature in enumerate(FEATURES)
    if feature.name
    in {
        *{"length", "invisible", "disguised", "repeated_characters", "hashtags", "links", "domains"},
        "promotion_words",
    }
]
