"""Words that ask for a click, a subscription, a message or money, written by hand in some forty languages.

They are what a model can know of a language that its training texts lack.
"""

import numpy as np
from numpy.typing import NDArray

from models.ngrams import Batch, gather, pair_hashes
from models.text import fold

_TERMS = (
    # English
    "subscribe, subscribers, subscribed, subscriber, sub, subs, channel, click, clicking, free, earn, earning, "
    "earned, money, cash, promo, promotion, promote, discount, discounts, whatsapp, telegram, casino, bonus, bet, "
    "bets, betting, slot, slots, jackpot, crypto, bitcoin, btc, forex, invest, investment, investing, investor, "
    "trading, trader, loan, loans, profit, profits, followers, viagra, giveaway, coupon, prize, winner, win, buy, "
    "cheap, sale, sales, order, shop, website, link, visit, dm, inbox, hiring, vip, offer, offers, download, "
    "unlimited, guaranteed, guarantee, income, payout, withdraw, deposit, refund, customer, customers, delivery, "
    "wholesale, supplier, seo, backlinks, adsense, affiliate, signup, install, apk, referral, onlyfans, escort, "
    "dating, horny, nudes, recovery, hacker, herbal, wallet, airdrop, usdt, presale, mentor, dm me, text me, "
    "inbox me, contact me, message me, check out, my channel, my page, my profile, my video, my videos, my music, "
    "my site, my bio, in bio, sign up, per day, per week, per month, work from, from home, per hour, best price, "
    "limited time, click here, click on, sub 4, sub for, follow back, follow me, follow my, new video, quick loan, "
    "make money, real money, buy now, order now, call now, act now, join now, join us, join my, add me, low price, "
    "free shipping, promo code, wechat, snapchat, instagram, insta, ig, wa, bio, qq, kik, viber, "
    # German, Dutch
    "kostenlos, kostenlose, kostenloses, abonniert, abonnieren, abonniere, kanal, verdienen, verdiene, geld, "
    "gewinnspiel, gewinnen, gewinn, rabatt, gutschein, kredit, kredite, angebot, angebote, bestellen, kaufen, "
    "gunstig, gunstige, versand, anmelden, werbung, verfugbar, mein kanal, meinen kanal, gratis, abonneer, "
    "abonneren, verdien, korting, lening, aanbieding, bestel, kopen, goedkoop, winnen, mijn kanaal, "
    # Spanish, Portuguese, Catalan
    "suscribete, suscribanse, suscriban, suscriptores, canal, gana, ganar, gane, ganancias, dinero, oferta, "
    "ofertas, descuento, descuentos, prestamo, prestamos, compra, comprar, compre, vendo, venta, ventas, apuesta, "
    "apuestas, enlace, pedidos, envios, inversion, invertir, haz clic, mi canal, inscreva, inscrevam, ganhe, "
    "ganhar, ganhei, dinheiro, desconto, descontos, emprestimo, emprestimos, aposta, apostas, cupom, promocao, "
    "renda, investimento, investir, lucro, clique, meu canal, promocion, credito, creditos, seguidores, "
    # French, Italian, Romanian
    "abonnez, abonne, abonner, chaine, gratuit, gratuite, gratuitement, gagner, gagnez, argent, reduction, promo, "
    "pret, prets, lien, achetez, acheter, commande, commandez, livraison, credit, investir, investissement, "
    "cliquez, ma chaine, iscriviti, iscrivetevi, canale, guadagna, guadagnare, guadagno, soldi, sconto, sconti, "
    "scommesse, acquista, acquistare, prestito, prestiti, offerta, offerte, clicca, spedizione, vincere, "
    "mio canale, abonati, canalul, castiga, bani, reducere, imprumut, pariuri, cumpara, "
    # Russian, Ukrainian, Bulgarian, Serbian
    "подпишись, подписывайтесь, подписка, подписчики, подписчиков, канал, канале, бесплатно, бесплатный, "
    "заработок, заработать, зарабатывай, зарабатывать, казино, скидка, скидки, скидку, ставки, кредит, кредиты, "
    "займ, займы, выигрыш, выиграть, деньги, доход, дохода, прибыль, перейди, переходи, переходите, ссылка, "
    "ссылке, ссылку, купить, купи, продам, заказ, заказать, закажите, доставка, акция, акции, промокод, бонус, "
    "бонусы, инвестиции, крипта, криптовалюта, биткоин, вакансия, подработка, телеграм, телеграмм, ватсап, вотсап, "
    "недорого, дешево, цена, мой канал, в профиле, пишите в, в лс, в личку, підпишись, підписуйтесь, безкоштовно, "
    "заробіток, знижка, знижки, гроші, посилання, купити, абонирай, безплатно, печалба, намаление, пари, залози, "
    "поръчай, besplatno, zarada, popust, kladionica, "
    # Polish, Czech, Slovak, Hungarian
    "darmowe, darmowy, zarabiaj, zarabiac, zarobki, subskrybuj, subskrybujcie, promocja, rabat, pozyczka, "
    "pozyczki, kredyt, pieniadze, kupuj, sklep, zaklady, wygraj, moj kanal, zdarma, vydelek, vydelavat, penize, "
    "sleva, slevy, pujcka, objednejte, koupit, zarobit, zlava, pozicka, ingyen, ingyenes, iratkozz, csatorna, "
    "penzt, penz, kedvezmeny, hitel, rendelj, nyeremeny, "
    # Swedish, Danish, Norwegian, Finnish
    "prenumerera, kanalen, rabattkod, tjana, pengar, erbjudande,  kob, tilbud, tjen, penge, tjene, tilaa, kanava, "
    "ilmainen, ilmaiseksi, rahaa, alennus, laina, tarjous, voita, "
    # Turkish, Azerbaijani, Greek
    "ucretsiz, kazan, kazanmak, kazanc, abone, abone ol, bahis, indirim, kredi, kampanya, siparis, satilik, tikla, "
    "tiklayin, takipci, bedava, kanalima, kanalıma, pulsuz, δωρεαν, κερδιστε, κερδος, χρηματα, εκπτωση, προσφορα, "
    "καζινο, στοιχημα, δανειο, εγγραφειτε, καναλι, συνδεσμο, αγορα, "
    # Indonesian, Malay, Filipino, Vietnamese
    "diskon, gacor, maxwin, cuan, daftar, jual, beli, murah, peninggi, pelangsing, olshop, judi, ongkir, pinjaman, "
    "hadiah, order, testimoni, ready stock, cek bio, cek ig, follow ig, klik, klik link, jualan, percuma, pinjam, "
    "libre, kumita, pautang, mura, benta, khuyen mai, mien phi, giam gia, kiem tien, đang ky, ca cuoc, vay tien, "
    "nap tien, mua ngay, "
    # Arabic, Persian, Hebrew, Urdu
    "اشترك, اشتركوا, القناة, قناتي, مجانا, مجاني, اربح, الربح, المال, خصم, خصومات, عرض, عروض, واتساب, للتواصل, "
    "قرض, قروض, تمويل, استثمار, رهان, كازينو, اشتري, للبيع, الرابط, رابط, رايگان, تخفيف, درآمد, پول, سود, وام, "
    "خرید, فروش, لینک, کانال, عضو شوید, חינם, הלוואה, הנחה, הרשמו, ערוץ, לקנות, רווח, קישור, قرضہ, رعایت, "
    # Hindi, Bengali
    "मुफ्त, फ्री, पैसे, पैसा, कमाएं, कमाये, कमाओ, लोन, ऑफर, चैनल, सब्सक्राइब, लिंक, व्हाट्सएप, खरीदें, paise, "
    "paisa, kamao, kamaye, kamai, muft, ফ্রি, টাকা, আয়, চ্যানেল, সাবস্ক্রাইব, অফার, লোন, "
    # Chinese, Japanese, Korean
    "微信, 加我, 加群, 扣扣, 免费, 免費, 优惠, 優惠, 兼职, 兼職, 代理, 贷款, 貸款, 彩票, 博彩, 开户, 開戶, 返利, "
    "客服, 网址, 網址, 刷单, 赚钱, 賺錢, 代购, 代購, 点击, 點擊, 关注, 批发, 批發, 棋牌, 赌场, 賭場, 充值, 提现, "
    "中奖, 折扣, 包邮, 私聊, 加微, 日结, 投资, 投資, 理财, 股票, 推广, 無料, 登録, 副業, 儲か, 割引, 特典, 当選, "
    "借入, 融資, 구독, 무료, 할인, 이벤트, 대출, 수익, 투자, 카지노, 토토, 바카라, 쿠폰, 가입, 문의, 카톡, 링크, "
    "채널, 부업, 재테크"
)
_FILTER_BITS = 16

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Hashes = NDArray[np.uint32]


class _Known:
    """Hashes, sorted, and a table that tells for the upper bits of a hash whether it may be one of them."""

    def __init__(self, hashes: list[int]) -> None:
        self.hashes = np.unique(np.array(hashes, dtype=np.uint32))
        self.perhaps = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
        self.perhaps[self.hashes >> np.uint32(32 - _FILTER_BITS)] = True

    def find(self, hashes: Hashes) -> tuple[Indices, Indices]:
        """The places of those among `hashes` that are known, and the number of each."""
        places = self.perhaps.take(hashes >> np.uint32(32 - _FILTER_BITS)).nonzero()[0]
        numbers = np.minimum(self.hashes.searchsorted(hashes[places]), len(self.hashes) - 1)
        right = self.hashes[numbers] == hashes[places]
        return places[right], numbers[right]


def promotion_words(batch: Batch) -> Floats:
    """How many different words and pairs of words of promotion each text of a batch holds, shape (n_texts,)."""
    words, numbers = _WORDS.find(batch.word_hashes)
    pairs, numbers_of_pairs = _PAIRS.find(pair_hashes(batch.word_hashes))
    inside = batch.word_texts[pairs] == batch.word_texts[pairs + 1]
    texts = batch.word_texts[np.concatenate((words, pairs[inside]))]
    terms = np.concatenate((numbers, numbers_of_pairs[inside] + len(_WORDS.hashes)))
    different = np.unique(texts * _N_TERMS + terms)
    return np.bincount(different // _N_TERMS, minlength=len(batch.starts)).astype(np.float64)


def _known() -> tuple[_Known, _Known]:
    """The single words and the pairs of words among the terms. Raises ValueError for a term of another number."""
    batch = gather([fold(term) for term in _TERMS.split(", ")])
    sizes = np.bincount(batch.word_texts, minlength=len(batch.starts))
    if not set(sizes.tolist()) <= {1, 2}:
        raise ValueError("A term of promotion is one word or two.")
    firsts = sizes.cumsum() - sizes
    pairs = pair_hashes(batch.word_hashes)
    return (
        _Known(batch.word_hashes[firsts[sizes == 1]].tolist()),
        _Known(pairs[firsts[sizes == 2]].tolist()),
    )


_WORDS, _PAIRS = _known()
_N_TERMS = len(_WORDS.hashes) + len(_PAIRS.hashes)
