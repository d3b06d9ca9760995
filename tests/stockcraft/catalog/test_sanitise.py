"""Descriptions stay readable and can do nothing."""

import json
from pathlib import Path

import pytest

from stockcraft.catalog.sanitise import sanitise

# A folder beside the project, on machines that have it.
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "normalized"


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("", ""),
        ("Plain & simple", "Plain &amp; simple"),
        ("<h2>Care</h2><ul><li><b>Wash</b> cold</li></ul>", "<h2>Care</h2><ul><li><b>Wash</b> cold</li></ul>"),
        ('<a href="https://example.com/a" title="A">a</a>', '<a href="https://example.com/a" title="A">a</a>'),
        ('<img src="https://cdn.example/a.jpg" alt="A">', '<img src="https://cdn.example/a.jpg" alt="A">'),
        ('<td colspan="2">x</td>', "x"),
        ("<p>a<script>steal()</script>b</p>", "<p>ab</p>"),
        ("<style>p { color: red }</style><p>a</p>", "<p>a</p>"),
        ('<p onclick="steal()" style="position:fixed" class="x" id="y">a</p>', "<p>a</p>"),
        ('<img src="x" onerror="steal()">', '<img src="x">'),
        ('<a href="javascript:steal()">a</a>', "<a>a</a>"),
        ('<a href=" java\nscript:steal()">a</a>', "<a>a</a>"),
        ('<img src="data:image/svg+xml,<svg onload=steal()>">', "<img>"),
        ("<svg><script>steal()</script></svg>a", "a"),
        ('<iframe src="https://example.com">inside</iframe>a', "a"),
        ("<form action=/steal><input name=a>Text</form>", "Text"),
        ("<font color=red>Old</font> markup", "Old markup"),
        ("<!-- note -->a", "a"),
        ('<noscript><p title="</noscript><img src=x onerror=steal()>">', '<img src="x">"&gt;'),
    ],
)
def test_what_could_act_goes_and_the_words_stay(html: str, safe: str) -> None:
    assert sanitise(html) == safe


@pytest.mark.skipif(not REAL.is_dir(), reason="the real catalogues are not on this machine")
def test_cleaning_a_real_description_twice_changes_nothing_more() -> None:
    for catalogue in REAL.glob("*.jsonl"):
        for line in catalogue.read_bytes().splitlines():
            once = sanitise(json.loads(line)["body_html"] or "")
            assert sanitise(once) == once
            assert "<script" not in once
