"""What a browser calls itself, in the words by which people know it."""

from service.console.texts import say

# In this order: most browsers also name those that they want to be taken for.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str | None) -> str:
    """Such as "Firefox, Linux"; what is not known is said to be so."""
    given = user_agent or ""
    browser = next((name for sign, name in _BROWSERS if sign in given), None)
    system = next((name for sign, name in _SYSTEMS if sign in given), None)
    return ", ".join(name for name in (browser, system) if name) or say("account.session.unknown")
