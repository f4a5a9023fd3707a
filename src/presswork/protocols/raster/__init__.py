"""Raster documents as printers take them: PWG Raster (PWG 5102.4) and URF (Apple raster), octets to pages.

lines.py     the run-length coding both share
page.py      a page's header, and its pixels
pwg.py       PWG Raster
urf.py       URF
"""

from presswork.protocols.raster.page import Colour, PageHeader, RasterPage
from presswork.protocols.raster.pwg import read_pwg
from presswork.protocols.raster.urf import read_urf

__all__ = ["Colour", "PageHeader", "RasterPage", "read_pwg", "read_urf"]
