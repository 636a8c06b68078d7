"""The report in a real browser: Chromium opens the file from disk, with the network off."""

import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import variance as va
from tests.analysis.factory import classified, digits, fitted

playwright = pytest.importorskip("playwright.sync_api", reason="no browser driver: playwright")
axe = pytest.importorskip("axe_playwright_python", reason="no accessibility checker: axe")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VIEWS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "wide": {"viewport": {"width": 1800, "height": 1000}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}
HOSTILE = ("<script>document.title = 'taken'</script>", "ספרה עברית", "x" * 200, "👩‍🔬 \"'&<b>")
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => !e.closest(".scroll *, pre *, .unseen, .skip"))
  .filter((e) => { const b = e.getBoundingClientRect();
                   return b.right > innerWidth + 1 || b.left < -1; })
  .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser():
    """Return Chromium: the machine's own, else the one that playwright brought."""
    own = [found for found in map(shutil.which, NAMES) if found]
    with playwright.sync_playwright() as driver:
        started = next(filter(None, (launched(driver, path) for path in (*own, None))), None)
        if started is None:
            pytest.skip(
                "no Chromium here: apt-get install chromium, or playwright install chromium"
            )
        yield started
        started.close()


def launched(driver, path):
    """Return a browser, or None where that one does not start."""
    try:
        # Chromium refuses to be root in a sandbox, and containers often are.
        return driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
    except playwright.Error:
        return None


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return a page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    labels = np.arange(400) % 4
    rng = np.random.default_rng(0)
    hostile = [
        classified(
            labels,
            np.where(rng.random((6, 400)) < share, (labels + 1) % 4, labels),
            name=name,
            classes=HOSTILE,
        )
        for name, share in zip((HOSTILE[0], HOSTILE[1] + HOSTILE[2]), (0.1, 0.2), strict=True)
    ]
    base = digits(8, error=0.08, name="base")
    third = digits(8, error=0.06, key=2, name="third")
    kinds = {
        "pair": (base, digits(8, error=0.03, key=1, name="cand")),
        "several": (base, third, digits(8, examples=500, name="short")),
        "one": (base,),
        "regression": (fitted(6, name="a"), fitted(6, key=3, name="b")),
        "hostile": tuple(hostile),
    }
    return {kind: va.report(*runs, output=folder / f"{kind}.html") for kind, runs in kinds.items()}


@contextmanager
def opened(browser, path: Path, view="light", **options):
    """Open a page, and fail if it complains or asks for anything but itself."""
    context = browser.new_context(**VIEWS[view], offline=True, **options)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        yield page
        assert said == []
        assert [u for u in asked if not u.startswith("data:")] == [path.as_uri()]
    finally:
        context.close()


KINDS = ("pair", "several", "one", "regression", "hostile")


def color(page, element="body"):
    return page.eval_on_selector(element, "e => getComputedStyle(e).backgroundColor")


@pytest.fixture(scope="module")
def visit(browser, pages):
    """Return a function that opens a page once and tells what was found on it."""
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    @cache
    def look(kind, view):
        with opened(browser, pages[kind], view) as page:
            seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            wide = page.evaluate(TOO_WIDE)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            page.evaluate(script)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return {"widths": seen, "too wide": wide, "violations": found}

    return look


VISITS = [("pair", view) for view in VIEWS] + [
    (kind, view) for kind in KINDS[1:] for view in ("phone", "dark")
]


@pytest.mark.parametrize(("kind", "view"), VISITS)
def test_nothing_is_wider_than_the_page(visit, kind, view):
    width, room = visit(kind, view)["widths"]

    assert visit(kind, view)["too wide"] == []
    assert width <= room


@pytest.mark.parametrize(("kind", "view"), VISITS)
def test_accessibility_checker_finds_nothing_serious(visit, kind, view):
    serious = [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in visit(kind, view)["violations"]
        if one["impact"] in ("serious", "critical")
    ]

    assert serious == []


def test_without_javascript_everything_is_there(browser, pages):
    with opened(browser, pages["pair"], java_script_enabled=False) as page:
        plain = page.locator("main").inner_text()

        assert not page.locator("#theme").is_visible()
        assert page.locator("th button").count() == 0
    with opened(browser, pages["pair"]) as page:
        assert page.locator("main").inner_text() == plain


def test_every_mark_says_something_by_itself(browser, pages):
    with opened(browser, pages["pair"], java_script_enabled=False) as page:
        titles = page.locator("#runs svg title").all_text_contents()

    assert sum(title.startswith("base, seed ") for title in titles) == 8
    assert sum(title.startswith("cand, seed ") for title in titles) == 8


def test_pointing_at_a_mark_shows_at_once_what_it_says(browser, pages):
    with opened(browser, pages["pair"]) as page:
        title = page.locator("#runs svg title", has_text="base, seed 3").first
        says = title.text_content()
        mark = title.locator("xpath=..")
        mark.hover(force=True)  # scrolls there, which hides what is shown
        page.mouse.move(2, 2)
        mark.hover(force=True)

        assert page.locator("#tip").text_content() == says
        assert page.locator("#tip").is_visible()
        page.mouse.move(2, 2)
        assert not page.locator("#tip").is_visible()
        assert page.locator("#runs svg title", has_text="base, seed 3").count() > 0


def column(page, number):
    cells = page.locator("#classes table.sortable tbody tr").all()
    return [row.locator("th, td").nth(number).inner_text() for row in cells]


def test_clicking_a_heading_sorts_by_number(browser, pages):
    with opened(browser, pages["pair"]) as page:
        heads = page.locator("#classes table.sortable thead th")
        heads.nth(0).get_by_role("button").click()

        assert column(page, 0) == [str(k) for k in range(10)]
        assert heads.nth(0).get_attribute("aria-sort") == "ascending"
        heads.nth(0).get_by_role("button").click()
        assert column(page, 0) == [str(k) for k in reversed(range(10))]


def test_a_heading_sorts_by_keyboard(browser, pages):
    with opened(browser, pages["pair"]) as page:
        heads = page.locator("#classes table.sortable thead th")
        heads.nth(4).get_by_role("button").focus()
        page.keyboard.press("Enter")
        found = [float(text.split()[0]) for text in column(page, 4)]

        assert found == sorted(found)
        assert heads.nth(4).get_attribute("aria-sort") == "ascending"
        assert heads.nth(0).get_attribute("aria-sort") is None


@pytest.mark.parametrize("view", ["light", "dark"])
def test_the_theme_can_be_switched_and_back(browser, pages, view):
    with opened(browser, pages["pair"], view) as page:
        before = color(page)
        page.keyboard.press("Tab")
        page.locator("#theme").focus()
        page.keyboard.press("Enter")
        after = color(page)
        page.locator("#theme").click()

        assert {before, after} == {"rgb(255, 255, 255)", "rgb(27, 27, 27)"}
        assert color(page) == before


def test_drawings_follow_the_theme(browser, pages):
    ink = "e => getComputedStyle(e).fill"
    with opened(browser, pages["pair"], "dark") as page:
        assert page.eval_on_selector("#runs svg text", ink) == "rgb(232, 232, 232)"


def test_the_first_tab_leads_past_the_head(browser, pages):
    with opened(browser, pages["pair"]) as page:
        page.keyboard.press("Tab")
        link = page.locator(".skip")

        assert link.evaluate("e => e === document.activeElement")
        assert link.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_paper_is_white_and_shows_no_controls(browser, pages):
    with opened(browser, pages["pair"], "dark") as page:
        page.locator("#theme").click()
        page.locator("#theme").click()
        page.emulate_media(media="print")

        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert color(page) == "rgb(255, 255, 255)"
        assert not page.locator("#theme").is_visible()
        assert not page.locator("nav").is_visible()
        assert page.locator(".answer .lead").first.is_visible()


@pytest.mark.parametrize("kind", ["pair", "hostile"])
def test_it_prints(browser, pages, kind):
    with opened(browser, pages[kind]) as page:
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_markup_in_names_does_nothing(browser, pages):
    with opened(browser, pages["hostile"]) as page:
        assert page.title().endswith("– variance report")
        assert page.locator("main b", has_text="taken").count() == 0
        assert page.locator("h1").inner_text().count("<script>") == 1
