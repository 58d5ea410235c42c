"""Why a lane stands as it does: what the ledger writes, with the numbers taken out."""

TEXTS: dict[str, tuple[str, str]] = {
    "lane.why.too_little_data": ("too little data", "zu wenige Daten"),
    "lane.why.new_model": ("new model", "neues Modell"),
    "lane.why.rules_changed": ("rules changed", "Regeln geändert"),
    "lane.why.targets_changed": ("targets changed", "Ziele geändert"),
    "lane.why.reviewers_miss_spam": ("reviewers miss more spam", "Prüfende übersehen mehr Spam"),
    "lane.why.evidence_reached_the_limit": ("evidence reached the limit", "der Beleg reicht aus"),
    "lane.why.evidence_renewed": ("evidence renewed", "Beleg erneuert"),
    "lane.why.certificate_expired": ("certificate expired", "Zertifikat abgelaufen"),
    "lane.why.traffic_changed_and_labels_since_then_do_not_prove_the_lane": (
        "traffic changed and labels since then do not prove the lane",
        "das Aufkommen hat sich geändert, und was seither entschieden wurde, belegt die Spur nicht",
    ),
    "lane.why.closed_by_an_operator": ("closed by an operator", "von Hand geschlossen"),
    "lane.why.opened_by_an_operator": ("opened by an operator", "von Hand geöffnet"),
    "lane.why.audits_decided": ("audits decided", "Stichproben entschieden"),
    "lane.why.higher_audit_rate_is_over": ("higher audit rate is over", "die höhere Prüfrate ist vorbei"),
    "lane.why.breach_at_audit_n": ("alarm at audit {0}", "Alarm bei Stichprobe {0}"),
    "lane.why.n_audits_undecided": ("{0} audits undecided", "{0} Stichproben unentschieden"),
    "lane.why.n_errors_in_n_audits": ("{0} errors in {1} audits", "{0} Fehler in {1} Stichproben"),
    "lane.why.n_comments_complained_of_in_a_day": (
        "{0} comments complained of in a day",
        "{0} Kommentare an einem Tag beanstandet",
    ),
    "lane.why.share_of_the_traffic_n_before_n_today": (
        "share of the traffic {0} before, {1} today",
        "Anteil am Aufkommen vorher {0}, heute {1}",
    ),
}
