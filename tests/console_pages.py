"""Every page of the console by its route, with paths that show it; a test compares the routes with those there are."""

PAGES = {
    "GET /console": ["", "?q=nothing%20of%20this"],
    "GET /console/<>": ["/nothing/here"],
    "GET /console/account": ["/account"],
    "GET /console/account/factor": ["/account/factor"],
    "GET /console/authors/<>": ["/authors/{author}"],
    "GET /console/clusters": ["/clusters"],
    "GET /console/comments/<>/notes": ["/comments/{comment}/notes"],
    "GET /console/decided": ["/decided"],
    "GET /console/digest": ["/digest"],
    "GET /console/digest/<>": ["/digest/{digest}", "/digest/{used_digest}"],
    "GET /console/domains/<>": ["/domains/evil.example?site={site}"],
    "GET /console/guarantee": ["/guarantee", "/guarantee?site={site}"],
    "GET /console/join/<>": ["/join/{link}"],
    "GET /console/login": ["/login"],
    "GET /console/login/code": ["/login/code"],
    "GET /console/mentions": ["/mentions"],
    "GET /console/overview": ["/overview", "/overview?site={site}"],
    "GET /console/people": ["/people"],
    "GET /console/people/<>": ["/people/{person}"],
    "GET /console/review/<>": ["/review/{item}"],
    "GET /console/review/<>/alike": ["/review/{item}/alike", "/review/{item}/alike?by=link&domain=evil.example"],
    "GET /console/review/<>/block": ["/review/{item}/block"],
    "GET /console/review/<>/trust": ["/review/{item}/trust"],
    "GET /console/second-look": ["/second-look"],
    "GET /console/team": ["/team"],
}
NO_PAGES = {
    "GET /console/comments/<>/author",  # Leads to the author.
    "GET /console/live",
    "GET /console/live/counts",
    "GET /console/login/back",
    "GET /console/login/provider",  # Leads elsewhere.
    "GET /console/review/<>/sheet",
    "GET /console/static/<>",
}
