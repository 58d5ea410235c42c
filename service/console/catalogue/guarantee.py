"""The page of the error targets."""

TEXTS: dict[str, tuple[str, str]] = {
    "nav.guarantee": ("Guarantee", "Garantie"),
    "guarantee.title": ("How wrong the machine may be", "Wie oft die Maschine irren darf"),
    "guarantee.lead": (
        "What you ask of it, what its audits found, and what that proves.",
        "Was Sie verlangen, was die Stichproben ergaben und was damit bewiesen ist.",
    ),
    "guarantee.lane.approve": ("Published without a person", "Ohne Menschen veröffentlicht"),
    "guarantee.lane.reject": ("Rejected without a person", "Ohne Menschen abgelehnt"),
    "guarantee.state.OPEN": ("Proven", "Bewiesen"),
    "guarantee.state.NARROWED": ("Proven, on less than before", "Bewiesen, aber für weniger als zuvor"),
    "guarantee.state.PROVISIONAL": ("Not yet proven on your site", "Auf Ihrer Website noch nicht bewiesen"),
    "guarantee.state.CLOSED": ("Closed: a person decides", "Geschlossen: ein Mensch entscheidet"),
    "guarantee.kept": (
        "Auto-approved: {errors} of {n} audited were spam, {rate}, with {sure} certainty at most {high}; "
        "target {target}: kept.",
        "Automatisch veröffentlicht: {errors} von {n} geprüften waren Spam, {rate}, mit {sure} Sicherheit höchstens "
        "{high}; Ziel {target}: eingehalten.",
    ),
    "guarantee.kept.wide": (
        "Auto-approved: {errors} of {n} audited were spam, {rate}. That few audits alone say at most {high}; the "
        "certificate proves the target of {target}: kept.",
        "Automatisch veröffentlicht: {errors} von {n} geprüften waren Spam, {rate}. So wenige Stichproben allein sagen "
        "höchstens {high}; das Zertifikat beweist das Ziel von {target}: eingehalten.",
    ),
    "guarantee.kept.reject": (
        "Auto-rejected: {errors} of {n} audited were genuine. A certificate says that at most {target} of all genuine "
        "comments are rejected: kept.",
        "Automatisch abgelehnt: {errors} von {n} geprüften waren echt. Ein Zertifikat besagt, dass höchstens {target} "
        "aller echten Kommentare abgelehnt werden: eingehalten.",
    ),
    "guarantee.open.fresh": (
        "A certificate of {n} labels with {errors} errors proves the target of {target}; of the audits since then none "
        "is decided yet.",
        "Ein Zertifikat aus {n} Urteilen mit {errors} Fehlern beweist das Ziel von {target}; seither wurde noch keine "
        "Stichprobe entschieden.",
    ),
    "guarantee.provisional": (
        "Cautious thresholds decide; nothing is promised. {seen} of {needed} clean labels so far{days}.",
        "Vorsichtige Schwellen entscheiden; nichts ist versprochen. {seen} von {needed} fehlerfreien Urteilen "
        "bisher{days}.",
    ),
    "guarantee.closed": (
        "Everything goes to review: {seen} of {needed} clean labels so far{days}.",
        "Alles geht an Menschen: {seen} von {needed} fehlerfreien Urteilen bisher{days}.",
    ),
    "guarantee.waiting": (
        "The first 200 comments lay out the scale; after them labels count.",
        "Die ersten 200 Kommentare legen die Skala fest; danach zählen die Urteile.",
    ),
    "guarantee.days": ("; about {days} days at your volume", "; etwa {days} Tage bei Ihrem Aufkommen"),
    "guarantee.small": (
        "Your site has too few comments to prove {target} within 60 days. {offered} it can prove.",
        "Ihre Website hat zu wenige Kommentare, um {target} in 60 Tagen zu beweisen. {offered} kann sie beweisen.",
    ),
    "guarantee.target.approve": (
        "Target: at most {target} of what is published is spam",
        "Ziel: höchstens {target} des Veröffentlichten ist Spam",
    ),
    "guarantee.target.reject.FPR": (
        "Target: at most {target} of genuine comments are rejected",
        "Ziel: höchstens {target} der echten Kommentare werden abgelehnt",
    ),
    "guarantee.target.reject.FDR": (
        "Target: at most {target} of what is rejected is genuine",
        "Ziel: höchstens {target} des Abgelehnten ist echt",
    ),
    "guarantee.audits": ("Audits", "Stichproben"),
    "guarantee.pending": ("Waiting for a person", "Warten auf Menschen"),
    "guarantee.q": ("Share audited", "Anteil geprüft"),
    "guarantee.coverage": ("Share of the traffic", "Anteil am Aufkommen"),
    "guarantee.expires": ("Certificate until", "Zertifikat bis"),
    "guarantee.reason": ("Why it stands so", "Warum es so steht"),
    "guarantee.interval": (
        "Wrong decisions among the audited: between {low} and {high}, target {target}",
        "Fehlentscheidungen unter den geprüften: zwischen {low} und {high}, Ziel {target}",
    ),
    "guarantee.chart": (
        "Rate of wrong decisions and its interval, audit by audit",
        "Fehlerrate und ihr Intervall, Stichprobe um Stichprobe",
    ),
    "guarantee.volume": ("Comments a day", "Kommentare am Tag"),
    "guarantee.review_share": ("Seen by a person", "Von Menschen gesehen"),
    "guarantee.spam_share": ("Spam among all comments", "Spam unter allen Kommentaren"),
    "guarantee.spam_share.hint": (
        "Between {low} and {high}, from {count} labels weighted by their chance.",
        "Zwischen {low} und {high}, aus {count} nach ihrer Chance gewichteten Urteilen.",
    ),
    "guarantee.history": ("What changed", "Was sich geändert hat"),
    "guarantee.history.none": ("Nothing has changed yet.", "Noch hat sich nichts geändert."),
    "guarantee.when": ("When", "Wann"),
    "guarantee.change": ("Change", "Änderung"),
    "guarantee.evidence": ("Evidence", "Beleg"),
    "guarantee.evidence.of": ("{errors} errors in {n}", "{errors} Fehler in {n}"),
    "guarantee.ask": ("Ask for something else", "Etwas anderes verlangen"),
    "guarantee.ask.approve": ("Spam among published, at most %", "Spam unter Veröffentlichtem, höchstens %"),
    "guarantee.ask.reject": ("Genuine comments rejected, at most %", "Echte Kommentare abgelehnt, höchstens %"),
    "guarantee.ask.hint": (
        "Below 200 comments a day a tenth of a percent takes months to prove.",
        "Unter 200 Kommentaren am Tag dauert der Beweis für ein Zehntelprozent Monate.",
    ),
    "guarantee.preview": ("Preview", "Vorschau"),
    "guarantee.save": ("Ask for this", "Das verlangen"),
    "guarantee.saved": (
        "The targets are laid down; the lanes begin anew with what has been found.",
        "Die Ziele gelten; die Spuren beginnen neu mit dem, was bisher gefunden wurde.",
    ),
    "guarantee.forecast": ("What this would do", "Was das bewirken würde"),
    "guarantee.forecast.share": (
        "Of the last comments a person would see {then} instead of {now}.",
        "Von den letzten Kommentaren sähen Menschen {then} statt {now}.",
    ),
    "guarantee.forecast.unknown": (
        "Too few comments have been scored to say how many a person would see.",
        "Es wurden zu wenige Kommentare bewertet, um zu sagen, wie viele Menschen sähen.",
    ),
    "guarantee.forecast.at_once": ("{lane}: proven at once.", "{lane}: sofort bewiesen."),
    "guarantee.forecast.days": ("{lane}: about {days} days.", "{lane}: etwa {days} Tage."),
    "guarantee.forecast.never": ("{lane}: nobody can say yet.", "{lane}: noch nicht abzusehen."),
    "guarantee.wrong": ("Give percentages above 0 and up to 20.", "Geben Sie Prozente über 0 und bis 20 an."),
}
