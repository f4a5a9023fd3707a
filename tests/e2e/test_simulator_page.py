"""The simulator's page in a real browser: its switches work, and what is new appears without loading it anew."""

from __future__ import annotations

import shutil

import pytest
from playwright.async_api import async_playwright, expect

from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.parametrize("script", [True, False], ids=["js", "no-js"])
async def test_a_switch_is_pushed(script: bool) -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    async with simulate("Kitchen", Listen()) as simulator, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = await browser.new_context(java_script_enabled=script)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        await page.goto(simulator.page_url)
        await page.get_by_role("button", name="Take the paper out").click()
        await expect(page.get_by_role("button", name="Load paper")).to_be_visible(timeout=30_000)
        assert simulator.faults.paper_out
        if script:
            await page.evaluate("window.same = true")
            await simulator.switch(jam=True)
            await expect(page.get_by_role("button", name="Clear the jam")).to_be_visible(timeout=30_000)
            assert await page.evaluate("window.same")
        await browser.close()
