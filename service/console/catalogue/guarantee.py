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
        "Thresholds of the model decide; nothing is promised. {seen} of {needed} clean labels so far{days}.",
        "Schwellen des Modells entscheiden; nichts ist versprochen. {seen} von {needed} fehlerfreien Urteilen "
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
    "guarantee.days": (
        "; about {days} days at your volume if no further error is found",
        "; etwa {days} Tage bei Ihrem Aufkommen, wenn kein weiterer Fehler gefunden wird",
    ),
    "guarantee.small": (
        "Your site has too few comments to prove {target} within 60 days; it can prove {offered}.",
        "Ihre Website hat zu wenige Kommentare, um {target} in 60 Tagen zu beweisen; {offered} kann sie beweisen.",
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
    "guarantee.audits": ("Audits, wrong of all", "Stichproben, falsch von allen"),
    "guarantee.of": ("{errors} of {n}", "{errors} von {n}"),
    "guarantee.pending": ("Waiting for a person", "Warten auf Menschen"),
    "guarantee.q": ("Share audited", "Anteil geprüft"),
    "guarantee.coverage": ("Share of the traffic", "Anteil am Aufkommen"),
    "guarantee.expires": ("Certificate until", "Zertifikat bis"),
    "guarantee.reason": ("Why it stands so", "Warum es so steht"),
    "guarantee.rate.approve": ("Spam among the audited, day by day", "Spam unter den Geprüften, Tag um Tag"),
    "guarantee.rate.reject": (
        "Genuine comments among the audited, day by day",
        "Echte Kommentare unter den Geprüften, Tag um Tag",
    ),
    "guarantee.chart.rate": ("share since the lane began to act", "Anteil, seit die Spur entscheidet"),
    "guarantee.chart.band": ("interval, true at every moment", "Intervall, gültig in jedem Augenblick"),
    "guarantee.chart.target": ("allowed among these decisions", "unter diesen Entscheidungen erlaubt"),
    "guarantee.chart.says": (
        "{name}, {first} to {last}: {rate} at the end, between {low} and {high}; allowed {target}.",
        "{name}, {first} bis {last}: am Ende {rate}, zwischen {low} und {high}; erlaubt {target}.",
    ),
    "guarantee.day": ("Day", "Tag"),
    "guarantee.rate": ("Share", "Anteil"),
    "guarantee.low": ("At least", "Mindestens"),
    "guarantee.high": ("At most", "Höchstens"),
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
    "guarantee.ceiling": (
        "Never publish what may be spam with more than",
        "Nie veröffentlichen, was Spam sein kann mit über",
    ),
    "guarantee.ceiling.none": ("no limit", "keine Grenze"),
    "guarantee.ceiling.hint": (
        "The limit is for the upper end of the model's interval: what the model hardly knows has a high one, and "
        "then goes to a person even where labels would prove it.",
        "Die Grenze gilt für das obere Ende des Intervalls: Was das Modell kaum kennt, hat ein hohes und geht dann "
        "an Menschen, auch wo Urteile es beweisen würden.",
    ),
    "guarantee.ceiling.reaches": (
        "It reaches comments that the model hardly knows, with an upper end of up to {high}: labels of your site "
        "prove them with the rest. A new kind of spam would come through there first; below you can set a limit.",
        "Sie reicht bis zu Kommentaren, die das Modell kaum kennt, mit einem oberen Ende bis {high}: Urteile Ihrer "
        "Website beweisen sie mit den übrigen. Neuartiger Spam käme dort zuerst durch; unten lässt sich eine Grenze "
        "setzen.",
    ),
    "guarantee.start": ("Until something is proven", "Bis etwas bewiesen ist"),
    "guarantee.start.provisional": ("thresholds of the model decide", "entscheidet das Modell"),
    "guarantee.start.closed": ("a person decides everything", "entscheiden Menschen alles"),
    "guarantee.start.hint": (
        "Where a person decides everything until then, every label counts: it is proven about four times sooner, "
        "for much more review in the first days.",
        "Entscheiden bis dahin Menschen alles, zählt jedes Urteil: Bewiesen ist es etwa viermal so früh, bei viel "
        "mehr Prüfung in den ersten Tagen.",
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
    "guarantee.forecast.days": ("{lane}: proven in about {days} days.", "{lane}: bewiesen in etwa {days} Tagen."),
    "guarantee.forecast.never": ("{lane}: nobody can say yet.", "{lane}: noch nicht abzusehen."),
    "guarantee.seeds": ("Known spam among the audits", "Bekannter Spam unter den Stichproben"),
    "guarantee.seeds.hint": (
        "Spam that reviewers take for genuine makes every figure here look better than it is. Known spam that waits "
        "among "
        "the audits shows how much that is. Nobody can tell it from other comments; it is never published, teaches "
        "nothing, "
        "counts nowhere, and is deleted once it is decided.",
        "Spam, den Prüfende für echt halten, lässt jede Zahl hier besser aussehen, als sie ist. Bekannter Spam, der "
        "unter den "
        "Stichproben wartet, zeigt, wie viel das ist. Niemand kann ihn von anderen Kommentaren unterscheiden; er "
        "wird nie "
        "veröffentlicht, lehrt nichts, zählt nirgends und wird gelöscht, sobald er entschieden ist.",
    ),
    "guarantee.seeds.off": (
        "Not in use: how much spam reviewers miss is not known, and the proofs take them at their word.",
        "Nicht in Gebrauch: Wie viel Spam die Prüfenden übersehen, ist unbekannt; die Beweise nehmen sie beim Wort.",
    ),
    "guarantee.seeds.few": (
        "Reviewers missed {missed} of {decided} so far; from {fewest} on that tightens the target of what is "
        "published.",
        "Übersehen wurden bisher {missed} von {decided}; ab {fewest} verschärft dies das Ziel für Veröffentlichtes.",
    ),
    "guarantee.seeds.counted": (
        "Reviewers missed {missed} of {decided}: at most {high}. So what is published is held against a target that is "
        "{applied} lower, and the one you asked for holds all the same.",
        "Übersehen wurden {missed} von {decided}: höchstens {high}. Darum wird Veröffentlichtes an einem um {applied} "
        "niedrigeren Ziel gemessen, und das verlangte gilt trotzdem.",
    ),
    "guarantee.seeds.people": ("Person by person, for leads alone", "Person für Person, nur für Leitende"),
    "guarantee.seeds.person": ("Reviewer", "Prüfende"),
    "guarantee.seeds.met": ("Met", "Gesehen"),
    "guarantee.seeds.missed": ("Missed", "Übersehen"),
    "guarantee.seeds.rate": (
        "For every blind item, so much known spam",
        "Auf jeden verdeckten Eintrag so viel bekannter Spam",
    ),
    "guarantee.seeds.none": ("none", "keiner"),
    "guarantee.seeds.texts": (
        "Known spam of your own, texts parted by an empty line; they replace the {count} given before. Beside them "
        "what your "
        "reviewers called spam is used.",
        "Eigener bekannter Spam, Texte durch eine Leerzeile getrennt; sie ersetzen die {count} bisherigen. Daneben "
        "wird "
        "verwendet, was Ihre Prüfenden Spam nannten.",
    ),
    "guarantee.seeds.save": ("Save", "Speichern"),
    "guarantee.seeds.saved": ("Saved.", "Gespeichert."),
    "guarantee.seeds.wrong": ("Choose one of the shares.", "Wählen Sie einen der Anteile."),
    "guarantee.wrong": ("Give percentages above 0 and up to 20.", "Geben Sie Prozente über 0 und bis 20 an."),
}
