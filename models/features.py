"""Named numbers of a comment and its evidence, each with a sentence for people.

Counts enter as log(1 + n), shares as fractions in [0, 1]. What is unknown is 0, and 0 adds exactly nothing; only the
features that every text has are measured against their mean in training.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import expm1

import numpy as np
from numpy.typing import NDArray

from models.text import fold, has_email, has_phone, link_domains
from models.vocabulary import Comment, Evidence

FAST_FORM_SECONDS = 2.0
_LONG_CHARACTERS = 150
_MIN_LETTERS = 6
_MIN_WORDS = 5
_MIN_PHONE_DIGITS = 8
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
_PROMOTION_WORDS = frozenset(_PROMOTION_TEXT.split())
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")

_LETTER, _UPPER, _DIGIT, _PUNCTUATION, _HIDDEN, _STYLED, _LATIN, _CYRILLIC = (1 << bit for bit in range(8))
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
_PUNCTUATION_RANGES = ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0x2010, 0x205E), (0x3001, 0x303F))


@dataclass(frozen=True, slots=True)
class Feature:
    """One named number; `sentence` makes the reason from it.

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
    rest = [_row(*row) for row in zip(comments, evidence, folded, many_digits, strict=True)]
    table = np.hstack((characters, np.array(rest, dtype=np.float64)))
    table[:, _COUNTED] = np.log1p(table[:, _COUNTED])
    return table


def sentence(index: int, value: float) -> str:
    """The sentence of feature number `index` of FEATURES for its measured `value`."""
    return _sentence(index, round(value, 2))


@lru_cache(maxsize=4096)
def _sentence(index: int, value: float) -> str:
    return FEATURES[index].sentence(value)


def _row(comment: Comment, evidence: Evidence, folded: str, many_digits: bool) -> tuple[float, ...]:
    domains = link_domains(folded)
    words = folded.split()
    name = comment.author_name
    seconds = evidence.form_seconds
    return (
        len(domains),
        len(set(domains)) if domains else 0,
        has_email(folded),
        many_digits and has_phone(folded),
        1.0 - len(set(words)) / len(words) if len(words) >= _MIN_WORDS else 0.0,
        len(_PROMOTION_WORDS.intersection(words)),
        name is not None and ("." in name or "/" in name) and bool(link_domains(fold(name))),
        bool(comment.author_url),
        evidence.honeypot_filled is True,
        seconds is not None and seconds < FAST_FORM_SECONDS,
    )


def _characters(bodies: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Shares and counts of kinds of characters, and the number of digits. A sentinel keeps each text's sums apart."""
    joined = "\n".join(bodies) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.fromiter(map(len, bodies), dtype=np.intp, count=len(bodies))
    starts = np.cumsum(sizes + 1) - sizes - 1
    kinds = _KINDS.take(np.minimum(codes, _TABLE_SIZE - 1))

    def count(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        return np.add.reduceat(mask, starts, dtype=np.intp)

    n_letters, n_digits = count(kinds & _LETTER != 0), count(kinds & _DIGIT != 0)
    filled = np.maximum(sizes, 1)
    columns = (
        np.where(n_letters >= _MIN_LETTERS, count(kinds & _UPPER != 0) / np.maximum(n_letters, 1), 0.0),
        n_digits / filled,
        count(kinds & _PUNCTUATION != 0) / filled,
        np.minimum(sizes, _LONG_CHARACTERS),
        count(kinds & _HIDDEN != 0),
        count((kinds & _STYLED != 0) | _mixed_scripts(kinds)),
        count(_fourth_in_a_row(codes)),
    )
    return np.stack(columns, axis=1, dtype=np.float64), n_digits


def _mixed_scripts(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    latin, cyrillic = kinds & _LATIN != 0, kinds & _CYRILLIC != 0
    mixed = np.zeros(len(kinds), dtype=bool)
    mixed[1:] = (latin[1:] & cyrillic[:-1]) | (cyrillic[1:] & latin[:-1])
    return mixed


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


def _kind_table() -> NDArray[np.uint8]:
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    _mark(table, _LETTER_RANGES, _LETTER)
    _mark(table, ((0x41, 0x5A), (0x61, 0x7A), *_STYLED_RANGES), _LATIN)
    _mark(table, ((0x30, 0x39),), _DIGIT)
    _mark(table, _PUNCTUATION_RANGES, _PUNCTUATION)
    _mark(table, _HIDDEN_RANGES, _HIDDEN)
    _mark(table, _STYLED_RANGES, _STYLED)
    _mark(table, ((0x400, 0x4FF),), _CYRILLIC)
    upper = [code for code in (*range(0x600), *range(0x1E00, 0x2000)) if chr(code).isupper()]
    table[upper] |= _UPPER
    return table


def _mark(table: NDArray[np.uint8], ranges: Iterable[tuple[int, int]], kind: int) -> None:
    for first, last in ranges:
        table[first : last + 1] |= kind


def _counted(one: str, many: str) -> Callable[[float], str]:
    def say(value: float) -> str:
        n = round(expm1(value))
        number = _NUMBERS[n] if n < len(_NUMBERS) else str(n)
        return f"{number} {one if n == 1 else many}"

    return say


def _share(of_what: str, none: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} {of_what}" if value >= 0.005 else none


def _length(value: float) -> str:
    n = round(expm1(value))
    if n == 0:
        return "The text is empty"
    return f"The text is about {n} characters long" if n < _LONG_CHARACTERS else "The text is not short"


def _always(text: str) -> Callable[[float], str]:
    return lambda _: text


_KINDS = _kind_table()

FEATURES = (
    Feature("capitals", _share("of the letters are capitals", "Hardly a letter is a capital"), centred=True),
    Feature("digits", _share("of the characters are digits", "There are hardly any digits"), centred=True),
    Feature(
        "punctuation", _share("of the characters are punctuation", "There is hardly any punctuation"), centred=True
    ),
    Feature("length", _length, centred=True),
    Feature("invisible", _counted("invisible character in the text", "invisible characters in the text"), assumed=0.5),
    Feature("disguised", _counted("letter in disguise", "letters in disguise, styled or mixed from two scripts")),
    Feature("repeated_characters", _counted("run of one repeated character", "runs of one repeated character")),
    Feature("links", _counted("link in the text", "links in the text"), assumed=1.0),
    Feature("domains", _counted("site is linked", "different sites are linked"), assumed=0.5),
    Feature("email", _always("An e-mail address in the text"), assumed=0.5),
    Feature("phone", _always("A phone number in the text"), assumed=0.5),
    Feature("repeated_words", _share("of the words are repeats", "No word is repeated")),
    Feature("promotion_words", _counted("word of promotion", "words of promotion")),
    Feature("name_link", _always("The author name holds a link"), assumed=1.0),
    Feature("author_url", _always("The author left a web address"), assumed=0.2),
    Feature("honeypot", _always("The hidden field of the form was filled in"), assumed=3.0),
    Feature("fast_form", _always("The form was sent within two seconds"), assumed=1.0),
)
_COUNTED = [
    index
    for index, feature in enumerate(FEATURES)
    if feature.name
    in {"length", "invisible", "disguised", "repeated_characters", "links", "domains", "promotion_words"}
]
