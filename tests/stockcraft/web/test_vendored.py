"""Files of others are as they came, with their licences; pages stay light and load nothing from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from stockcraft import web

STATIC = Path(web.__file__).parent / "static"
TEMPLATES = Path(web.__file__).parent / "templates"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_the_manifest_lists_every_folder() -> None:
    assert set(MANIFEST) == {path.name for path in VENDOR.iterdir() if path.is_dir()}


@pytest.mark.parametrize("name", MANIFEST)
def test_files_are_unchanged_and_licensed(name: str) -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (VENDOR / name).iterdir() if path.is_file()
    }
    assert found == MANIFEST[name]["files"]
    assert "LICENSE" in found
    assert name.endswith(f"-{MANIFEST[name]['version']}")


def test_pages_stay_light() -> None:
    styles = (STATIC / "css" / "stockcraft.css").read_bytes()
    scripts = b"".join(
        path.read_bytes()
        for path in (
            VENDOR / "htmx.org-2.0.11" / "htmx.min.js",
            VENDOR / "idiomorph-0.8.0" / "idiomorph-ext.min.js",
            STATIC / "js" / "stockcraft.js",
        )
    )
    assert len(gzip.compress(styles)) <= 12 * 1024
    assert len(gzip.compress(scripts)) <= 25 * 1024


def test_every_icon_that_is_used_is_there_and_none_is_spare() -> None:
    sources = "".join(path.read_text() for path in [*TEMPLATES.rglob("*.html"), *STATIC.parent.rglob("*.py")])
    kept = {path.stem for path in (VENDOR / "lucide-1.62.0").glob("*.svg")}
    named = set(re.findall(r'\{% icon "([a-z0-9-]+)"', sources))
    assert named <= kept
    assert not [name for name in kept if f'"{name}"' not in sources]


def test_our_files_name_no_other_host() -> None:
    ours = [*TEMPLATES.rglob("*.html"), STATIC / "css" / "stockcraft.css", STATIC / "js" / "stockcraft.js"]
    assert not [
        path.name for path in ours if re.search(r'(src|href)="https?:|url\("?https?:|@import', path.read_text())
    ]


def test_templates_hold_no_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.I)
    assert not [path.name for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text())]
