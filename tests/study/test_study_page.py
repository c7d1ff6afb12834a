"""A participant in a real browser, whose answers are then counted."""

from __future__ import annotations

import json

from browser import browser  # noqa: F401
from stranet.study.build import StudyPlan, build_study
from stranet.study.tally import tally_votes


def test_answers_given_in_a_browser_are_counted(results, tmp_path, browser):  # noqa: F811
    study = tmp_path / "study"
    build_study(StudyPlan(results, ("red", "green", "blue"), inputs=results / "input"), study)
    key = json.loads((study / "key.json").read_text())
    owner = {name: method for entry in key["tasks"].values() for name, method in entry["media"].items()}
    wanted = {"green": 1, "red": 2, "blue": 3}

    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto((study / "page/index.html").as_uri())
    page.get_by_role("button", name="Start").click()
    for position in (1, 2):
        assert page.locator("#progress").inner_text() == f"{position} of 2"
        assert page.locator("#input video").is_visible()
        playable = "[...document.querySelectorAll('video')].every(v => v.readyState >= 2)"
        for _ in range(200):
            if page.evaluate(playable):
                break
            page.wait_for_timeout(50)
        assert page.evaluate(playable)
        groups = page.locator(".ranks")
        assert groups.count() == 3
        following = page.get_by_role("button", name="Next")
        for index in range(3):
            assert following.is_disabled()
            name = groups.nth(index).get_attribute("data-name")
            groups.nth(index).get_by_role("button", name="1", exact=True).click()  # taken from the one before
            groups.nth(index).get_by_role("button", name=str(wanted[owner[str(name)]]), exact=True).click()
        pressed = page.locator(".ranks button[aria-pressed=true]")
        if pressed.count() < 3:  # going over place 1 has taken it from whoever had it
            for index in range(3):
                name = groups.nth(index).get_attribute("data-name")
                groups.nth(index).get_by_role("button", name=str(wanted[owner[str(name)]]), exact=True).click()
        assert pressed.count() == 3
        following.click()
        if position == 1:  # closed and opened again: goes on where it stopped
            page.reload()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save answers").click()
    votes = tmp_path / saved.value.suggested_filename
    saved.value.save_as(votes)
    context.close()

    assert problems == []
    content = json.loads(votes.read_text())
    assert votes.name == f"votes-{content['participant']}.json"
    assert all(sorted(vote["shown"]) == sorted(vote["ranks"]) for vote in content["votes"])
    tally = tally_votes(study / "key.json", [votes])
    assert (tally.participants, tally.votes) == (1, 2)
    for method, place in wanted.items():
        assert [share.percent for share in tally.ranks[method]] == [100 * (rank == place) for rank in (1, 2, 3)]
