"""The page of the error targets in a browser without JavaScript."""

import hashlib

from builders import add_person, leave_unaudited
from desk import Desk, join
from lane_history import CLOSED, FAST, SPREAD, lay_down, post, review_all
from playwright.sync_api import Page, expect
from sqlalchemy import update

from models.guarantee.plan import Plan
from models.vocabulary import Role
from store.records import model_versions
from store.records.guarantee_tables import lane_outcomes
from store.records.schema import model_versions as versions
from worker import lanes


def test_a_lane_says_in_one_sentence_what_is_proven_and_other_targets_are_previewed_before_they_hold(
    desk: Desk, page: Page
) -> None:
    stores, site = desk.stores, desk.site
    with stores.database.write() as connection:
        connection.execute(update(versions).where(versions.c.status == "active").values(status="candidate"))
        digest = hashlib.sha256(site.id.encode()).hexdigest()
        model = model_versions.activate(connection, model_versions.register(connection, digest, "trained", "{}").id).id
    ana = add_person(stores, f"Counting for {site.id}", site=site)
    with stores.database.write() as connection:
        leave_unaudited(connection, site.id)
    lay_down(stores, site, Plan(start="closed"), CLOSED)
    join(page, desk, "Wilma", Role.ADMIN)
    page.goto(f"{desk.url}/console/guarantee")
    lane = page.get_by_role("region", name="Published without a person")
    expect(lane).to_contain_text("The first 200 comments lay out the scale")

    lay_down(stores, site, FAST, CLOSED)
    post(stores, site, model, SPREAD)
    review_all(stores, ana, site)
    with stores.database.write() as connection:
        connection.execute(update(lane_outcomes).values(at=lane_outcomes.c.at - 60_000_000))
    lanes.advance_site(stores, site.id)
    page.reload()
    expect(lane).to_contain_text("Proven")
    expect(lane).to_contain_text("proves the target of 10%")

    page.get_by_label("Spam among published, at most %").fill("5")
    page.get_by_label("Never publish what may be spam").select_option("0.5")
    page.get_by_label("Until something is proven").select_option("provisional")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Of the last comments a person would see")).to_be_visible()
    page.get_by_role("button", name="Ask for this").click()
    expect(page.get_by_role("status")).to_contain_text("The targets are laid down")
    lanes.advance_site(stores, site.id)
    page.reload()
    expect(lane).to_contain_text("at most 5% of what is published is spam")
    expect(page.get_by_label("Never publish what may be spam")).to_have_value("0.5")
    expect(page.get_by_label("Until something is proven")).to_have_value("provisional")
    page.get_by_label("Spam among published, at most %").fill("none")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Give percentages above 0 and up to 20.")).to_be_visible()

    page.goto(f"{desk.url}/console/guarantee")
    spam = page.get_by_role("region", name="Known spam among the audits")
    expect(spam).to_contain_text("Not in use")
    spam.get_by_label("For every blind item").select_option("0.05")
    spam.get_by_label("Known spam of your own").fill("Cheap watches\n\nBuy now")
    spam.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(spam).to_contain_text("Reviewers missed 0 of 0 so far")
    expect(spam).to_contain_text("the 2 given before")
