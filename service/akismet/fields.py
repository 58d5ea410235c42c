"""What the fields of the Akismet wire mean: a form becomes a comment as the store takes it."""

import re

from service import lenient
from service.akismet.form import Form
from service.intake import pseudonym
from store.records.foreign import Foreign
from store.records.sites import Site
from store.records.submissions import NewComment

WIRE = "akismet"
SPAM_AUTHORS = ("viagra-test-123", "akismet-guaranteed-spam")
SPAM_EMAIL = "akismet-guaranteed-spam@example.com"
ADMINISTRATOR = "administrator"
_GUID = re.compile("cmt_[0-9a-f]{1,60}")
HONEYPOTS = ("POST_ak_hp_textarea", "ak_hp_textarea")


def is_by_administrator(form: Form) -> bool:
    """Whether the website says that one of its administrators wrote it, which is never spam."""
    return ADMINISTRATOR in (role.strip().lower() for role in form.get("user_role").split(","))


def is_guaranteed_spam(form: Form) -> bool:
    """Whether it is one of the comments by which clients are tried out."""
    if form.get("comment_author").strip().lower() in SPAM_AUTHORS:
        return True
    return form.get("comment_author_email").strip().lower() == SPAM_EMAIL


def is_test(form: Form) -> bool:
    """Whether nothing may be learned from the call; clients write the truth in several ways."""
    return form.get("is_test").strip().lower() in ("1", "true", "yes", "on")


def fingerprint(form: Form, site: Site) -> str:
    """By what a comment is found again whose id the client never kept: author, e-mail and text."""
    author, email = form.get("comment_author"), form.get("comment_author_email")
    return lenient.fingerprint(site, author, email, lenient.text(form.get("comment_content")))


def foreign_id(form: Form) -> str | None:
    """The website's own id of the comment; a first check has none yet."""
    return lenient.line(form.first("comment_ID", "comment_id"), 255)


def sent_guid(form: Form) -> str:
    """Our id of the comment, where the client kept it; empty where it did not."""
    sent = form.first("guid", "akismet_guid").strip()
    return sent if _GUID.fullmatch(sent) else ""


def new_comment(form: Form, site: Site, blog: str) -> NewComment:
    """The comment of a check or of feedback. Only what is named here is kept: no nonce, cookie or server variable."""
    email = lenient.line(form.get("comment_author_email"), 320)
    # Feedback that comes weeks later has the address and the agent under WordPress's own names only.
    ip = lenient.address(form.first("user_ip", "comment_author_IP"))
    languages = [part for part in form.get("blog_lang").replace(" ", "").split(",") if part]
    user_id = lenient.line(form.first("user_ID", "user_id"), 255)
    return NewComment(
        body=lenient.text(form.get("comment_content")),
        content_type=lenient.line(form.first("comment_type", "content_type"), 255) or "comment",
        language=lenient.line(languages[0], 35) if len(languages) == 1 else None,
        author_id=None if user_id == "0" else user_id,
        author_name=lenient.line(form.get("comment_author"), 255),
        author_url=lenient.line(form.get("comment_author_url"), 2048),
        author_role=lenient.line(form.get("user_role"), 255),
        email=email,
        email_hash=None if email is None else pseudonym(site, "email", email),
        ip=ip,
        ip_hash=None if ip is None else pseudonym(site, "ip", ip),
        user_agent=lenient.line(form.first("user_agent", "comment_agent"), 1024),
        page_url=lenient.line(form.get("permalink"), 2048),
        page_text=lenient.text("\n".join(form.every("comment_context"))) or None,
        created_at=lenient.instant(form.first("comment_date_gmt", "comment_date")),
        form_honeypot=_honeypot(form),
        foreign=Foreign(
            WIRE,
            fingerprint(form, site),
            blog,
            foreign_id(form),
            lenient.web_url(form.get("callback")),
            is_test=int(is_test(form)),
        ),
    )


def _honeypot(form: Form) -> bool | None:
    """Whether the form's hidden field was filled in; None where the form has none."""
    named = form.get("honeypot_field_name").strip()
    names = (named, f"POST_{named}", *HONEYPOTS) if named else HONEYPOTS
    sent = [name for name in names if name in form]
    return any(form.get(name).strip() for name in sent) if sent else None
