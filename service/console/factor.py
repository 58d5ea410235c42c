"""The pages of the second factor: set up, confirm, take away."""

import io

import segno
from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from service.console.proofs import Proofs
from service.console.texts import say
from service.second_factor import SecondFactors

MODULE_PIXELS = 4


def add_routes(routes: Blueprint, proofs: Proofs, *, required: bool) -> None:
    """`/console/account/factor` and what one does there."""
    tries, factors = proofs.tries, proofs.factors

    @routes.get("/account/factor")
    def factor() -> Response:
        return _page(factors, required=required)

    @routes.post("/account/factor")
    def begin_factor() -> Response:
        factors.begin(g.reviewer)
        return redirect(url_for("console.factor"), 303)

    @routes.post("/account/factor/confirm")
    def confirm_factor() -> Response:
        if not tries.take_code(g.reviewer.id):
            return _page(factors, required=required, problem=say("code.many"), status=429)
        codes = factors.confirm(g.reviewer, request.form.get("code", ""), g.opened.credential.id)
        if codes is None:
            return _page(factors, required=required, problem=say("code.wrong"))
        tries.forget_code(g.reviewer.id)
        return make_response(render_template("codes.html", codes=codes))

    def refused() -> Response | None:
        """The page again, where the code that was sent does not open."""
        if not tries.take_code(g.reviewer.id):
            return _page(factors, required=required, problem=say("code.many"), status=429)
        if not factors.check(g.reviewer, request.form.get("code", "")):
            return _page(factors, required=required, problem=say("code.wrong"))
        tries.forget_code(g.reviewer.id)
        return None

    @routes.post("/account/factor/remove")
    def remove_factor() -> Response:
        if (again := refused()) is not None:
            return again
        factors.remove(g.reviewer)
        flash(say("factor.done.off"))
        return redirect(url_for("console.factor"), 303)

    @routes.post("/account/factor/codes")
    def renew_codes() -> Response:
        if (again := refused()) is not None:
            return again
        return make_response(render_template("codes.html", codes=factors.renew_codes(g.reviewer), renewed=True))


def _page(factors: SecondFactors, *, required: bool, problem: str | None = None, status: int = 422) -> Response:
    standing = factors.standing(g.reviewer)
    page = render_template(
        "factor.html",
        standing=standing,
        qr=None if standing.setup is None else _qr(standing.setup.uri),
        required=required,
        problem=problem,
    )
    return make_response(page, 200 if problem is None else status)


def _qr(text: str) -> Markup:
    """A QR code as inline SVG, in black on white whatever the colours of the page."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", scale=MODULE_PIXELS, border=4, light="#fff", xmldecl=False, svgns=True, nl=False
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704  Drawn from the bits of the code; holds no text.
