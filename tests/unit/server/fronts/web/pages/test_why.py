"""Why does this person (not) see this printer? And the queues to add."""

from __future__ import annotations

from unit.server.fronts.web.house import House


async def test_the_page_says_why(house: House) -> None:
    assert "Explain" in (await house.ada.page("/why")).text
    page = await house.ada.page("/why?email=bob@example.org&printer=kitchen")
    assert "Bob Babbage sees Kitchen." in page.text
    assert "bob on bob-laptop" in page.text
    assert "The queue is for everybody." in page.text
    await house.ada.post("/groups/add", name="Staff")
    await house.ada.post(f"/queues/{house.organisation.queue_id}/groups", group="Staff")
    page = await house.ada.page("/why?email=bob@example.org&printer=Kitchen")
    assert "Bob Babbage does not see Kitchen." in page.text
    assert "The person is in none of the groups the queue is for: Staff." in page.text
    assert "signed in at no computer" in (await house.ada.page("/why?email=ada@example.org&printer=Kitchen")).text


async def test_what_is_not_there_stands_beside_its_field(house: House) -> None:
    assert "There is nobody" in (await house.ada.page("/why?email=x@example.org&printer=Kitchen")).text
    assert "There is no printer" in (await house.ada.page("/why?email=bob@example.org&printer=")).text
    assert "not an e-mail address" in (await house.ada.page("/why?email=x&printer=Kitchen")).text
    assert (await house.bob.get("/why?email=ada@example.org&printer=Kitchen")).status_code == 403
    assert (await house.stranger.get("/why")).status_code == 303


async def test_a_person_adds_a_queue_and_gives_it_back(house: House) -> None:
    assert "Nothing to add" in (await house.bob.page("/my-queues")).text
    added = await house.ada.post("/queues/add", name="Plotter", mode="hold", automatic="no", location="Cellar")
    queue = added.headers["location"].rpartition("/")[2]
    assert "Plotter" in (await house.bob.page("/my-queues?find=cell")).text
    assert "Plotter" not in (await house.bob.page("/my-queues?find=attic")).text
    assert "Added" in (await house.bob.done(f"/my-queues/{queue}/add")).text
    assert "Added" not in (await house.carla.page("/my-queues")).text
    assert "Added" not in (await house.bob.done(f"/my-queues/{queue}/remove")).text
    refused = await house.bob.done(f"/my-queues/{house.organisation.queue_id}/add")
    assert "comes to your computers by itself" in refused.text
    assert (await house.stranger.post(f"/my-queues/{queue}/add")).status_code in (303, 403)
