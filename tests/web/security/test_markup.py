"""Simple formatting: what stays and what goes."""

from __future__ import annotations

import pytest

from web.security.markup import simple_markup


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Hei\n\nVi sees.", "<p>Hei</p><p>Vi sees.</p>"),
        ("Ein\nto\r\ntre", "<p>Ein<br>to<br>tre</p>"),
        ("<strong>Viktig</strong> & greitt", "<p><strong>Viktig</strong> &amp; greitt</p>"),
        ("<ul><li>ein</li></ul>", "<ul><li>ein</li></ul>"),
        (
            "Hei:\n\n- ein\n- <b>to</b>\n\nHa det",
            "<p>Hei:</p><ul><li>ein</li><li>&lt;b&gt;to&lt;/b&gt;</li></ul><p>Ha det</p>",
        ),
        ("- ein\nikkje liste", "<p>- ein<br>ikkje liste</p>"),
        ('<a href="https://x.no" onclick="x()">x</a>', '<p><a href="https://x.no">x</a></p>'),
        ('<a href="javascript:alert(1)">x</a>', "<p><a>x</a></p>"),
        ('<a href="http://x.no">x</a>', "<p><a>x</a></p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ('<p style="color:red">x</p>', "<p>x</p>"),
        ("1 < 2", "<p>1 &lt; 2</p>"),
        ("", ""),
    ],
)
def test_simple_markup(typed, shown):
    assert str(simple_markup(typed)) == shown
