"""What is like a comment, and what is blocked or trusted from it."""

TEXTS: dict[str, tuple[str, str]] = {
    # What is like it.
    "kin.title": ("Alike among the last 1,000 here", "Ähnliches unter den letzten 1.000 hier"),
    "kin.copies": ("{count} say nearly the same", "{count} sagen fast dasselbe"),
    "kin.address": ("{count} from the same address", "{count} von derselben Adresse"),
    "kin.link": ("{count} with a link to", "{count} mit Verweis auf"),
    "kin.link.none": ("It alone links to", "Nur er verweist auf"),
    "kin.title.copies": ("Nearly the same text", "Fast derselbe Text"),
    "kin.title.address": ("From the same address", "Von derselben Adresse"),
    "kin.title.link": ("With a link to", "Mit Verweis auf"),
    "kin.waiting": (
        "{count} near copies wait: decide them at once",
        "{count} fast gleiche warten: zusammen entscheiden",
    ),
    "kin.cut": ("The newest {count} of {of} are shown.", "Gezeigt werden die neuesten {count} von {of}."),
    "kin.none": ("Nothing else is like it", "Nichts anderes gleicht ihm"),
    "copies.approve": ("Approve all of them", "Alle freigeben"),
    "copies.reject": ("Reject all of them", "Alle ablehnen"),
    "copies.show": ("Show them", "Alle anzeigen"),
    # Block or trust.
    "listing.block": ("Block…", "Sperren …"),
    "listing.trust": ("Trust…", "Vertrauen …"),
    "listing.title.block": ("Block from now on", "Künftig sperren"),
    "listing.title.trust": ("Trust from now on", "Künftig vertrauen"),
    "listing.sign": ("By what it is known", "Woran es erkannt wird"),
    "listing.sign.author_id": ("The author, by the account", "Den Verfasser, am Konto"),
    "listing.sign.author_name": ("Everybody with the name", "Alle mit dem Namen"),
    "listing.sign.email": ("The author, by the e-mail address", "Den Verfasser, an der E-Mail-Adresse"),
    "listing.sign.email_domain": ("E-mail addresses at", "E-Mail-Adressen bei"),
    "listing.sign.ip": ("The network address it came from", "Die Netzadresse, von der es kam"),
    "listing.sign.url_domain": ("Links to", "Verweise auf"),
    "listing.forged": (
        "Who knows the e-mail address can write under it, unless the site has checked it.",
        "Wer die E-Mail-Adresse kennt, kann unter ihr schreiben, wenn die Website sie nicht geprüft hat.",
    ),
    "listing.none.block": (
        "Nothing of this comment can be known again by what you may list.",
        "Nichts an diesem Kommentar lässt sich an etwas wiedererkennen, das Sie sperren dürfen.",
    ),
    "listing.none.trust": (
        "The author cannot be known again: the comment came without account and address.",
        "Der Verfasser ist nicht wiederzuerkennen: Der Kommentar kam ohne Konto und Adresse.",
    ),
    "listing.also.block": ("Reject this comment as well", "Auch diesen Kommentar ablehnen"),
    "listing.also.trust": ("Approve this comment as well", "Auch diesen Kommentar freigeben"),
    "listing.save.block": ("Block", "Sperren"),
    "listing.save.trust": ("Trust", "Vertrauen"),
    "listing.undone": ("Taken back: the entry is gone.", "Zurückgenommen: Der Eintrag ist gelöscht."),
}
