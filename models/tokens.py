"""Tokens, what stands between spaces in a folded text: how many repeat an earlier one, how many are words of promotion.

Of a large batch all tokens are hashed at once, 64 bits each, and sorted; of a few texts they are looked at one by one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.ngrams import Batch

_MIN_WORDS = 5
_FEW_TEXTS = 24
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
_BASE = 0x9E3779B97F4A7C15
_HASH_BITS, _TABLE_BITS = 40, 16

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Hashes = NDArray[np.uint64]


def repeats_and_promotion(folded: Sequence[str], batch: Batch) -> tuple[Floats, Floats]:
    """Of each text the fraction of its tokens that repeat an earlier one, 0 below five tokens, and the number of
    different words of promotion: shape (n_texts,) each. `batch`: the same texts side by side.
    """
    if len(folded) < _FEW_TEXTS:
        found = np.array([_of_one(text) for text in folded], dtype=np.float64).reshape(-1, 2)
        return found[:, 0], found[:, 1]
    starts, ends = _tokens(batch)
    firsts = starts.searchsorted(batch.starts)
    counts = np.diff(firsts, append=len(starts))
    texts = np.arange(len(folded), dtype=np.uint64).repeat(counts)
    # Texts in the upper bits, so sorting leaves the tokens of a text at the places that they have.
    keys = _hashes(batch.codes, starts, ends)
    keys |= texts << np.uint64(_HASH_BITS)
    keys.sort()
    different = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=different[1:])
    n_different = np.bincount(texts.astype(np.intp), different, len(folded))
    fractions = 1.0 - n_different / np.maximum(counts, 1)
    fractions *= counts >= _MIN_WORDS
    keys &= np.uint64((1 << _HASH_BITS) - 1)
    numbers = _PROMOTION_TABLE.take((keys >> np.uint64(_HASH_BITS - _TABLE_BITS)).astype(np.intp))
    different &= _PROMOTION_HASHES.take(numbers) == keys
    return fractions, np.bincount(texts[different].astype(np.intp), minlength=len(folded)).astype(np.float64)


def _of_one(text: str) -> tuple[float, int]:
    tokens = text.split()
    different = set(tokens)
    fraction = 1.0 - len(different) / len(tokens) if len(tokens) >= _MIN_WORDS else 0.0
    return fraction, len(_PROMOTION_WORDS & different)


def _tokens(batch: Batch) -> tuple[Indices, Indices]:
    filled = batch.codes != ord(" ")
    edges: Indices = (filled[1:] != filled[:-1]).nonzero()[0] + 1
    return edges[::2], edges[1::2]


def _hashes(codes: NDArray[np.uint32], starts: Indices, ends: Indices) -> Hashes:
    """Of each token a number below 2**40, by sums of codes times powers of an odd number."""
    n_codes = len(codes)
    powers, inverses = _POWERS if n_codes <= len(_POWERS[0]) else _powers(n_codes)
    prefix = np.zeros(n_codes + 1, dtype=np.uint64)
    np.cumsum(codes * powers[:n_codes], out=prefix[1:])
    hashes: Hashes = prefix.take(ends) - prefix.take(starts)
    hashes *= inverses.take(starts)
    hashes ^= hashes >> np.uint64(32)
    hashes *= np.uint64(_BASE)
    hashes >>= np.uint64(64 - _HASH_BITS)
    return hashes


def _powers(n: int) -> tuple[Hashes, Hashes]:
    return _count_up(_BASE, n), _count_up(pow(_BASE, -1, 1 << 64), n)


def _count_up(factor: int, n: int) -> Hashes:
    return np.multiply.accumulate(np.full(n, factor, dtype=np.uint64), dtype=np.uint64)


def _promotion() -> tuple[NDArray[np.uint16], Hashes]:
    """Table from the upper bits of a hash to the number of a word of promotion, and the hash of each number; no token
    has the hash of number 0.
    """
    words = sorted(_PROMOTION_WORDS)
    codes = np.array([ord(character) for character in " ".join(words)], dtype=np.uint32)
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    hashes = _hashes(codes, ends - [len(word) for word in words], ends)
    table = np.zeros(1 << _TABLE_BITS, dtype=np.uint16)
    table[hashes >> np.uint64(_HASH_BITS - _TABLE_BITS)] = np.arange(1, len(words) + 1)
    return table, np.concatenate((np.array([1 << 63], dtype=np.uint64), hashes))


_POWERS = _powers(1 << 16)
_PROMOTION_TABLE, _PROMOTION_HASHES = _promotion()
if len(set(_PROMOTION_TABLE.tolist())) <= len(_PROMOTION_WORDS):
    raise ValueError("Two words of promotion share their upper bits; choose another base.")
