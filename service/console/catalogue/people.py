"""What the pages about accounts say: signing in, the first password."""

TEXTS: dict[str, tuple[str, str]] = {
    "login.title": ("Sign in", "Anmelden"),
    "login.lead": ("To the review desk.", "Zum Moderationstisch."),
    "login.name": ("Name", "Name"),
    "login.password": ("Password", "Passwort"),
    "login.submit": ("Sign in", "Anmelden"),
    "login.help": (
        "No password yet, or a forgotten one? An administrator can send you a link to set it.",
        "Noch kein Passwort, oder vergessen? Die Verwaltung kann Ihnen einen Link schicken, um eines zu setzen.",
    ),
    "login.wrong": ("Name or password is wrong.", "Name oder Passwort ist falsch."),
    "login.many": (
        "Too many tries for this name. Wait 15 minutes, then try again.",
        "Zu viele Versuche für diesen Namen. Warten Sie 15 Minuten und versuchen Sie es dann wieder.",
    ),
    "join.title": ("Set your password", "Passwort setzen"),
    "join.lead": (
        "You sign in as {name}. This link works once.",
        "Sie melden sich als {name} an. Dieser Link gilt einmal.",
    ),
    "join.password": ("New password", "Neues Passwort"),
    "join.hint": (
        "At least 12 characters. A few unrelated words are easy to remember and hard to guess.",
        "Mindestens 12 Zeichen. Einige Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten.",
    ),
    "join.again": ("The same password again", "Dasselbe Passwort noch einmal"),
    "join.submit": ("Set password and sign in", "Passwort setzen und anmelden"),
    "join.ended.title": ("This link has ended", "Dieser Link gilt nicht mehr"),
    "join.ended": (
        "It was used already, or is older than 72 hours. Ask an administrator for a new one.",
        "Er wurde schon benutzt oder ist älter als 72 Stunden. Bitten Sie die Verwaltung um einen neuen.",
    ),
    "password.short": ("Use at least 12 characters.", "Nehmen Sie mindestens 12 Zeichen."),
    "password.long": ("Use at most 1,000 characters.", "Nehmen Sie höchstens 1.000 Zeichen."),
    "password.name": (
        "Your name or ours must not be in the password.",
        "Weder Ihr Name noch unserer darf im Passwort vorkommen.",
    ),
    "password.common": (
        "This password is among those that are guessed first. Take unrelated words.",
        "Dieses Passwort gehört zu denen, die zuerst geraten werden. Nehmen Sie Wörter ohne Zusammenhang.",
    ),
    "password.simple": (
        "Repetitions and sequences are guessed first. Take unrelated words.",
        "Wiederholungen und Reihen werden zuerst geraten. Nehmen Sie Wörter ohne Zusammenhang.",
    ),
    "password.differ": ("The two passwords differ.", "Die beiden Passwörter sind verschieden."),
    "done.out": ("You are signed out.", "Sie sind abgemeldet."),
    "error.busy": (
        "Too many people sign in at this moment. Try again in a few seconds.",
        "Gerade melden sich zu viele an. Versuchen Sie es in ein paar Sekunden noch einmal.",
    ),
}
