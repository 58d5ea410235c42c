import numpy as np
import pytest
from labelled import texts
from sklearn.metrics import roc_auc_score
from trained_models import music

from models.artifact import save
from models.classifier import SpamClassifier
from models.vocabulary import Comment, Evidence
from training.adapt import Correction, adapt, corrected, n_steps
from training.dataset import DataRefused
from training.labels import Labelled

HONEYPOT, UNKNOWN = Evidence(honeypot_filled=True), Evidence()


def quietly(_: str) -> None:
    pass


def rows(given: list[tuple[str, bool]], evidence: Evidence = UNKNOWN, weight: float = 1.0) -> Labelled:
    n = len(given)
    return Labelled(
        samples=tuple((Comment(text), evidence) for text, _ in given),
        is_spam=np.array([is_spam for _, is_spam in given]),
        stands_for=np.full(n, weight),
        sites=("site_a",) * n,
        sources=("reviewer",) * n,
        at=np.arange(n, dtype=np.int64),
    )


LEARN, UNSEEN = texts(200), [row for row in texts(400, seed=1) if row not in texts(200)]


@pytest.fixture(scope="module")
def base() -> SpamClassifier:
    return music()


def auc(classifier: SpamClassifier, given: list[tuple[str, bool]]) -> float:
    logits = classifier.decision_function([Comment(text) for text, _ in given])
    return float(roc_auc_score([is_spam for _, is_spam in given], logits))


def test_two_hundred_labels_teach_a_kind_of_spam_that_the_base_never_saw(base: SpamClassifier) -> None:
    adapted = adapt(base, rows(LEARN), Correction(), quietly)

    assert auc(base, UNSEEN) < 0.9
    assert auc(adapted.classifier, UNSEEN) > 0.97


def test_what_the_labels_do_not_speak_of_is_judged_nearly_as_before(base: SpamClassifier) -> None:
    others = ["check my new channel, free beats at win.com", "I love this song, what a voice"]
    adapted = corrected(base, rows(LEARN), Correction())

    before, after = base.decision_function(others), adapted.decision_function(others)
    assert np.sign(before).tolist() == np.sign(after).tolist() == [1, -1]


def test_the_weaker_the_correction_the_nearer_to_the_base(base: SpamClassifier) -> None:
    comments = [Comment(text) for text, _ in LEARN]
    moved = [
        np.abs(
            corrected(base, rows(LEARN), Correction(strength=strength)).decision_function(comments)
            - base.decision_function(comments)
        ).mean()
        for strength in (1e-6, 1.0, 10.0)
    ]

    assert moved[0] < moved[1] < moved[2]


def test_the_base_itself_is_not_changed(base: SpamClassifier) -> None:
    before = (base.weights_.copy(), base.feature_weights_.copy(), base.intercept_)
    corrected(base, rows(LEARN), Correction())

    assert np.array_equal(base.weights_, before[0])
    assert np.array_equal(base.feature_weights_, before[1])
    assert base.intercept_ == before[2]


def test_evidence_beside_the_text_is_learned_too(base: SpamClassifier) -> None:
    comment = Comment("hello there")
    with_honeypot = rows([(text, True) for text, is_spam in LEARN if is_spam], HONEYPOT)
    ham = rows([(text, False) for text, is_spam in LEARN if not is_spam])
    both = Labelled(
        with_honeypot.samples + ham.samples,
        np.concatenate((with_honeypot.is_spam, ham.is_spam)),
        np.concatenate((with_honeypot.stands_for, ham.stands_for)),
        with_honeypot.sites + ham.sites,
        with_honeypot.sources + ham.sources,
        np.concatenate((with_honeypot.at, ham.at)),
    )
    adapted = corrected(base, both, Correction())

    def adds(classifier: SpamClassifier) -> float:
        filled, empty = classifier.decision_function([(comment, HONEYPOT), (comment, UNKNOWN)])
        return float(filled - empty)

    assert adds(adapted) > adds(base)


def test_rows_that_stand_for_more_comments_count_more(base: SpamClassifier) -> None:
    given = [("the moon is out", True)] * 10 + [("the moon is out", False)] * 10 + LEARN[:40]
    light = rows(given)
    heavy = Labelled(
        light.samples,
        light.is_spam,
        np.where(np.arange(len(given)) < 10, 9.0, 1.0),
        light.sites,
        light.sources,
        light.at,
    )

    judged = [corrected(base, one, Correction()).decision_function(["the moon is out"])[0] for one in (light, heavy)]
    assert judged[1] > judged[0] + 0.5


def test_texts_of_the_site_become_familiar(base: SpamClassifier) -> None:
    words = ["zq vx kjq wvz", "qz xv qjk zvw"]
    strange = [(f"{words[n % 2]} {n}", n % 2 == 0) for n in range(40)]
    adapted = corrected(base, rows(strange), Correction())

    assert base.logits_and_familiar([words[0]])[1][0] < 0.5
    assert adapted.logits_and_familiar([words[0]])[1][0] > 0.9


def test_bounds_hold_what_held_out_rows_show_and_few_rows_leave_them_wide(base: SpamClassifier) -> None:
    many = adapt(base, rows(LEARN), Correction(), quietly).classifier
    few = adapt(base, rows(LEARN[:30]), Correction(), quietly).classifier

    ham = [Comment("is the brother really 40 years old, i doubt it uncle")]
    said = [one.calibration_.apply(*one.logits_and_familiar(ham)) for one in (many, few)]
    assert said[0].high[0] < 0.1 < said[1].high[0]
    assert said[0].low[0] <= said[0].probability[0] <= said[0].high[0]


def test_what_was_said_of_held_out_rows_did_not_know_them(base: SpamClassifier) -> None:
    noise = [(text, bool(number % 2)) for number, (text, _) in enumerate(texts(120, seed=4)[::2])]
    adapted = adapt(base, rows(noise), Correction(), quietly)

    held_out = roc_auc_score(adapted.rows.is_spam, adapted.corrected.logits)
    assert held_out < 0.75, "labels without any sense cannot be learned"
    assert auc(adapted.classifier, noise) > 0.95, "but they can be remembered"


def test_the_same_base_labels_and_seed_give_the_same_digest(
    base: SpamClassifier, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def digest(n: int, seed: int) -> str:
        adapted = adapt(base, rows(LEARN[:n]), Correction(seed=seed), quietly)
        return save(adapted.classifier, tmp_path_factory.mktemp("model"), {}).digest

    assert digest(120, 0) == digest(120, 0)
    assert len({digest(120, 0), digest(120, 1), digest(121, 0)}) == 3


def test_fewer_than_ten_of_a_class_are_refused(base: SpamClassifier) -> None:
    given = [row for row in LEARN if not row[1]] + [row for row in LEARN if row[1]][:9]
    with pytest.raises(DataRefused, match="9 spam and 100 ham with labels are too few; 10 of each"):
        adapt(base, rows(given), Correction(), quietly)


def test_each_step_is_announced_once(base: SpamClassifier) -> None:
    heard: list[str] = []
    adapt(base, rows(LEARN[:40]), Correction(), heard.append)

    assert len(heard) == len(set(heard)) == n_steps()
