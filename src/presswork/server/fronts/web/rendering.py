"""Templates: Jinja2 that escapes everything and stops at a name it does not know."""

from __future__ import annotations

from datetime import datetime
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

from presswork.core.clock import Clock
from presswork.server.fronts.web import device_words, words
from presswork.server.fronts.web.assets import Assets


class _Compiled(BytecodeCache):
    """What each template is compiled to: the same for all servers of a process, of which tests start hundreds."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Where it was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """For the next one."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()


class Templates:
    """The pages' templates with their filters."""

    def __init__(self, assets: Assets, clock: Clock) -> None:
        self._environment = Environment(
            loader=PackageLoader("presswork.server.fronts.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_compiled,
        )
        self._environment.globals["asset"] = assets.path

        def ago(moment: datetime) -> str:
            return words.ago(moment, clock.now())

        self._environment.filters.update(
            ago=ago,
            amount=words.amount,
            count=words.count,
            detail=words.detail,
            fingerprint=words.fingerprint,
            formats=words.formats,
            full=words.full,
            initials=words.initials,
            iso=words.iso,
            media=device_words.media,
            job_standing=words.job_standing,
            printer_standing=words.printer_standing,
            reasons=words.reasons,
            short=words.short,
            supply_level=device_words.supply_level,
            supply_tone=device_words.supply_tone,
            tray_level=device_words.tray_level,
            ways_of_asking=device_words.ways_of_asking,
        )
        for name in self._environment.list_templates():
            self._environment.get_template(name)  # all read now: no request waits for a file

    def render(self, name: str, values: dict[str, Any]) -> str:
        """The whole page."""
        return self._environment.get_template(name).render(values)
