"""What a machine gives as its reasons, in German: reasons are stored in English, with the decision that they explain.

Sentences with `{places}` for what differs. What stands in a place is looked up in PARTS, and else taken as it is. The
first sentence that fits is taken, so one that is more exact stands before one that is less.
"""

PARTS = {
    "Two": "Zwei",
    "Three": "Drei",
    "Four": "Vier",
    "Five": "Fünf",
    "Six": "Sechs",
    "Seven": "Sieben",
    "Eight": "Acht",
    "Nine": "Neun",
    "is blocked": "ist gesperrt",
    "is held for a person": "wird einem Menschen vorgelegt",
    "is allowed": "ist zugelassen",
    "This account": "Dieses Konto",
    "The author's name": "Der Name des Verfassers",
    "The author's e-mail address": "Die E-Mail-Adresse des Verfassers",
    "The domain of the author's e-mail address": "Die Domain der E-Mail-Adresse des Verfassers",
    "The author's network address": "Die Netzadresse des Verfassers",
    "A pattern in the text": "Ein Muster im Text",
}

SENTENCES: tuple[tuple[str, str], ...] = (
    # The text.
    ("The words “{quote}” are usual in spam", "Die Wörter „{quote}“ sind in Spam üblich"),
    ("The words “{quote}” are usual in genuine comments", "Die Wörter „{quote}“ sind in echten Kommentaren üblich"),
    ("“{quote}” is usual in spam", "„{quote}“ ist in Spam üblich"),
    ("“{quote}” is usual in genuine comments", "„{quote}“ ist in echten Kommentaren üblich"),
    # So it was said before, and stands with decisions of then.
    ("The words “{quote}” are usual in wanted comments", "Die Wörter „{quote}“ sind in echten Kommentaren üblich"),
    ("“{quote}” is usual in wanted comments", "„{quote}“ ist in echten Kommentaren üblich"),
    ("{share} of the letters are capitals", "{share} der Buchstaben sind groß"),
    ("Hardly a letter is a capital", "Kaum ein Buchstabe ist groß"),
    ("The text is empty", "Der Text ist leer"),
    ("The text is about {n} characters long", "Der Text ist etwa {n} Zeichen lang"),
    ("The text is not short", "Der Text ist nicht kurz"),
    ("One invisible character in the text", "Ein unsichtbares Zeichen im Text"),
    ("{n} invisible characters in the text", "{n} unsichtbare Zeichen im Text"),
    ("One letter in disguise", "Ein getarnter Buchstabe"),
    (
        "At least {n} letters in disguise, styled or mixed from two scripts",
        "Mindestens {n} getarnte Buchstaben, verziert oder aus zwei Schriften gemischt",
    ),
    (
        "{n} letters in disguise, styled or mixed from two scripts",
        "{n} getarnte Buchstaben, verziert oder aus zwei Schriften gemischt",
    ),
    ("A currency sign in the text", "Ein Währungszeichen im Text"),
    ("One hash sign in the text", "Ein Rautezeichen im Text"),
    ("{n} hash signs in the text", "{n} Rautezeichen im Text"),
    ("One link in the text", "Ein Link im Text"),
    ("At least {n} links in the text", "Mindestens {n} Links im Text"),
    ("{n} links in the text", "{n} Links im Text"),
    ("One site is linked", "Eine Website ist verlinkt"),
    ("At least {n} different sites are linked", "Mindestens {n} verschiedene Websites sind verlinkt"),
    ("{n} different sites are linked", "{n} verschiedene Websites sind verlinkt"),
    ("An e-mail address in the text", "Eine E-Mail-Adresse im Text"),
    ("A phone number in the text", "Eine Telefonnummer im Text"),
    ("One word or phrase of promotion", "Ein Wort oder eine Wendung der Werbung"),
    ("{n} words or phrases of promotion", "{n} Wörter oder Wendungen der Werbung"),
    ("The author name holds a link", "Im Namen des Verfassers steht ein Link"),
    ("The author left a web address", "Der Verfasser hat eine Webadresse angegeben"),
    # What is known beside the text.
    ("The hidden field of the form was filled in", "Das verborgene Feld des Formulars war ausgefüllt"),
    ("The form was sent within two seconds", "Das Formular wurde in weniger als zwei Sekunden abgeschickt"),
    ("Nearly the same text came {n} time before", "Fast derselbe Text kam schon {n} Mal"),
    ("Nearly the same text came {n} times before", "Fast derselbe Text kam schon {n} Mal"),
    ("Nearly the same text was spam {n} of {most} times here", "Fast derselbe Text war hier {n} von {most} Mal Spam"),
    ("Nearly the same text was spam not lately", "Fast derselbe Text war in letzter Zeit kein Spam"),
    ("Nearly the same text was spam some time ago", "Fast derselbe Text war vor einiger Zeit Spam"),
    (
        "The author's earlier comments were spam {n} of {most} times here",
        "Frühere Kommentare des Verfassers waren hier {n} von {most} Mal Spam",
    ),
    (
        "The author's earlier comments were spam not lately",
        "Frühere Kommentare des Verfassers waren in letzter Zeit kein Spam",
    ),
    (
        "The author's earlier comments were spam some time ago",
        "Frühere Kommentare des Verfassers waren vor einiger Zeit Spam",
    ),
    (
        "Comments from the same IP address were spam {n} of {most} times here",
        "Kommentare von derselben IP-Adresse waren hier {n} von {most} Mal Spam",
    ),
    (
        "Comments from the same IP address were spam not lately",
        "Kommentare von derselben IP-Adresse waren in letzter Zeit kein Spam",
    ),
    (
        "Comments from the same IP address were spam some time ago",
        "Kommentare von derselben IP-Adresse waren vor einiger Zeit Spam",
    ),
    (
        "Links to {domain}, which was spam {n} of {most} times here",
        "Links zu {domain}; das war hier {n} von {most} Mal Spam",
    ),
    ("Links to {domain}, which was spam not lately", "Links zu {domain}; das war in letzter Zeit kein Spam"),
    ("Links to {domain}, which was spam some time ago", "Links zu {domain}; das war vor einiger Zeit Spam"),
    (
        "{n} linked site was not linked here in the last weeks",
        "{n} verlinkte Website war hier in den letzten Wochen nicht verlinkt",
    ),
    (
        "{n} linked sites were not linked here in the last weeks",
        "{n} verlinkte Websites waren hier in den letzten Wochen nicht verlinkt",
    ),
    (
        "The author sent {n} comments in the hour before",
        "Der Verfasser hat in der Stunde davor {n} Kommentare geschickt",
    ),
    ("{share} of the longer words stand in the page", "{share} der längeren Wörter stehen auf der Seite"),
    (
        "{share} of the words are new since the text was approved",
        "{share} der Wörter sind neu, seit der Text freigegeben wurde",
    ),
    (
        "The edit brings {n} link that the approved text did not have",
        "Die Änderung bringt {n} Link, den der freigegebene Text nicht hatte",
    ),
    (
        "The edit brings {n} links that the approved text did not have",
        "Die Änderung bringt {n} Links, die der freigegebene Text nicht hatte",
    ),
    # Lists, rules, and what a person must see.
    ("A link to “{value}” {verb} ({id}): {why}", "Ein Link zu „{value}“ {verb} ({id}): {why}"),
    ("A link to “{value}” {verb} ({id}).", "Ein Link zu „{value}“ {verb} ({id})."),
    ("The wording “{value}” {verb} ({id}): {why}", "Der Wortlaut „{value}“ {verb} ({id}): {why}"),
    ("The wording “{value}” {verb} ({id}).", "Der Wortlaut „{value}“ {verb} ({id})."),
    ("The rule “{name}” applies ({id}).", "Die Regel „{name}“ trifft zu ({id})."),
    (
        "{n} comments of this account have been approved here.",
        "{n} Kommentare dieses Kontos wurden hier freigegeben.",
    ),
    (
        "{n} comments of this author have been approved here; the first {most} are seen by a person.",
        "{n} Kommentare dieses Verfassers wurden hier freigegeben; die ersten {most} sieht ein Mensch.",
    ),
    (
        "{n} comments of this author came in the hour before; a person looks at more.",
        "{n} Kommentare dieses Verfassers kamen in der Stunde davor; bei mehr sieht ein Mensch hin.",
    ),
    (
        "The classifier could not finish in {n} attempts, so a person decides.",
        "Der Klassifikator kam in {n} Versuchen nicht zu Ende; also entscheidet ein Mensch.",
    ),
    (
        "No classifier can be loaded just now, so a person decides.",
        "Gerade kann kein Klassifikator geladen werden; also entscheidet ein Mensch.",
    ),
    ("{what} {verb} ({id}): {why}", "{what} {verb} ({id}): {why}"),
    ("{what} {verb} ({id}).", "{what} {verb} ({id})."),
)
