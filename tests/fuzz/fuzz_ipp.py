"""An atheris target for the IPP codec: ``pip install atheris``, then ``python tests/fuzz/fuzz_ipp.py CORPUS [-runs=N]``.

The captured device replies are a good corpus to begin with. The same property runs with the other tests in
``test_ipp.py``, on octets that hypothesis makes up.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["presswork.protocols.ipp"]):
    from presswork.testing.ipp import check_codec

if __name__ == "__main__":
    atheris.Setup(sys.argv, check_codec)
    atheris.Fuzz()
