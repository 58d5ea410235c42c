"""The digest outside the console, and the pages of its links."""

TEXTS: dict[str, tuple[str, str]] = {
    "digest.title": ("Digest", "Benachrichtigung"),
    "digest.lead": (
        "How many comments wait for you, and only where something is new. It holds links to the first, but no comment.",
        "Wie viele Kommentare auf Sie warten, und nur bei Neuem. Sie enthält Links zu den ersten, keinen Kommentar.",
    ),
    "digest.impossible": (
        "No mail server is set up, so nothing goes to an e-mail address yet.",
        "Es ist kein Mailserver eingerichtet; an eine E-Mail-Adresse geht noch nichts.",
    ),
    "digest.failing": (
        "The last {count} could not be delivered. The pauses grow to a day until one arrives.",
        "Die letzten {count} kamen nicht an. Die Pausen wachsen bis zu einem Tag, bis eine ankommt.",
    ),
    "digest.target": (
        "E-mail address, or https address of a webhook",
        "E-Mail-Adresse oder https-Adresse eines Webhooks",
    ),
    "digest.secret": (
        "The webhook gets JSON, signed with this secret (Standard Webhooks).",
        "Der Webhook erhält JSON, signiert mit diesem Schlüssel (Standard Webhooks).",
    ),
    "digest.every": ("At most", "Höchstens"),
    "digest.every.15": ("every 15 minutes", "alle 15 Minuten"),
    "digest.every.60": ("every hour", "jede Stunde"),
    "digest.every.240": ("every 4 hours", "alle 4 Stunden"),
    "digest.every.1440": ("once a day", "einmal am Tag"),
    "digest.change": ("Be told what waits", "Benachrichtigen lassen"),
    "digest.ask": ("Save", "Speichern"),
    "digest.end": ("Send none", "Nichts mehr senden"),
    "digest.done": ("Saved.", "Gespeichert."),
    "digest.ended": ("No digest is sent any more.", "Es wird nichts mehr gesendet."),
    "digest.wrong": ("Choose how often.", "Wählen Sie, wie oft."),
    "digest.link.title": ("Decide about this comment", "Über diesen Kommentar entscheiden"),
    "digest.link.lead": (
        "The link works once. Nothing is decided before you press a button.",
        "Der Link gilt einmal. Entschieden wird erst, wenn Sie einen Knopf drücken.",
    ),
    "digest.link.desk": ("Open it on the desk", "Am Arbeitsplatz öffnen"),
    "digest.link.ended.title": ("This link has ended", "Dieser Link gilt nicht mehr"),
    "digest.link.ended": (
        "It was used already, or its 72 hours are over. The queue shows what still waits.",
        "Er wurde schon benutzt, oder seine 72 Stunden sind um. Die Warteschlange zeigt, was noch wartet.",
    ),
}
