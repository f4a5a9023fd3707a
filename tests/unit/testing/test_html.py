"""The rules of pages find what they are to find."""

from __future__ import annotations

import pytest

from presswork.testing.html import Html, complaints

GOOD = (
    '<html><head><title>T</title><script src="/assets/1/a.js" defer></script></head><body><main><h1>H</h1>'
    '<form method="post" action="/x"><input type="hidden" name="form_token" value="1">'
    '<label for="n">Name</label><input id="n" name="n"></form><img src="/assets/x" alt=""></main></body></html>'
)


def test_a_good_page_has_no_complaint() -> None:
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<h1>H</h1>", "<h1>H"),
        ("<h1>H</h1>", "<p>H</p>"),
        ("<h1>H</h1>", "<h1>H</h1><script>1</script>"),
        ("<h1>H</h1>", '<h1>H</h1><script src="https://cdn.example.org/x.js"></script>'),
        ("<h1>H</h1>", '<h1 onclick="x">H</h1>'),
        ("<h1>H</h1>", '<h1 style="color:red">H</h1>'),
        ("<h1>H</h1>", "<style>h1{}</style><h1>H</h1>"),
        ("<h1>H</h1>", '<h1>H</h1><a href="javascript:alert(1)">x</a>'),
        ("<h1>H</h1>", '<h1>H</h1><a href="//elsewhere.example.org">x</a>'),
        ("<h1>H</h1>", '<h1 id="n">H</h1>'),
        ('<label for="n">Name</label>', ""),
        ('value="1"', 'value=""'),
        ('alt=""', ""),
    ],
)
def test_a_bad_page_has_one(old: str, new: str) -> None:
    assert len(complaints(GOOD.replace(old, new))) >= 1


def test_elements_links_and_text_are_found() -> None:
    page = Html('<p class="a">x &amp; y<a href="/z">z</a></p>')
    assert page.all("p", **{"class": "a"}) == [{"class": "a"}]
    assert page.links() == ["/z"]
    assert page.text == "x & yz"
    assert page.words == "x & y z"
