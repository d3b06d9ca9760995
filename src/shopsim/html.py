"""The frame of the simulator's own pages: plain HTML that needs no script and nothing from elsewhere."""

from html import escape

STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #8a4b08; }
@media (prefers-color-scheme: dark) { :root { --accent: #e6a25c; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: .5rem 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--accent); }
input, select, button { font: inherit; padding: .4rem .6rem; min-height: 2.5rem; max-width: 100%; }
input, select { border: 1px solid #888; border-radius: 6px; background: transparent; color: inherit; }
button { border: 1px solid var(--accent); border-radius: 6px; background: var(--accent); color: Canvas; }
button.quiet { background: transparent; color: var(--accent); }
form { display: inline-flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: 0; }
article { border-top: 1px solid var(--line); padding: .8rem 0; }
summary { cursor: pointer; padding: .4rem 0; }
.row { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .3rem 0; }
.row > span { min-width: 13rem; }
.note { border-left: 4px solid var(--accent); padding: .5rem .8rem; margin: 1rem 0; }
.badge { border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; font-size: .85rem; }
.badge.on { background: var(--accent); color: Canvas; border-color: var(--accent); }
.days { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; }
.days h3 { font-size: 1rem; margin: 1rem 0 .3rem; } .days ul { list-style: none; margin: 0; padding: 0; }
.days li { padding: .3rem 0; } .days li form { display: flex; } .days li small { display: block; }
small { opacity: .8; } code { font-size: .9em; }
"""


def page(title: str, body: str) -> str:
    """A whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
