"""Small, valid PDF documents with a line of text on every page."""

from __future__ import annotations

A4 = (595, 842)
"""Points."""


def make_pdf(pages: int = 1, text: str = "Presswork", *, size: tuple[int, int] = A4, ballast: bytes = b"") -> bytes:
    """A PDF 1.4 of so many pages; each shows ``text`` and its page number (ISO 32000-1 §7.5). ``text`` is ASCII.

    ``ballast`` lies within, on no page.
    """
    width, height = size
    first_page = 4
    kids = " ".join(f"{first_page + 2 * index} 0 R" for index in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} /MediaBox [0 0 {width} {height}] >>".encode("ascii"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(1, pages + 1):
        content = _content(f"{text} - page {number} of {pages}", height)
        reference = first_page + 2 * number - 1
        objects += [
            f"<< /Type /Page /Parent 2 0 R /Contents {reference} 0 R /Resources << /Font << /F1 3 0 R >> >> >>".encode(
                "ascii"
            ),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        ]
    if ballast:
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(ballast), ballast))
    return _file(objects)


def _content(line: str, height: int) -> bytes:
    escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 24 Tf 72 {height - 96} Td ({escaped}) Tj ET".encode("ascii")


def _file(objects: list[bytes]) -> bytes:
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        data += b"%010d 00000 n \n" % offset
    data += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)
