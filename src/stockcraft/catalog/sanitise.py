"""Descriptions made safe to show: the shop's own words and layout stay, whatever could act on a page goes."""

import nh3

# What product descriptions are made of. Scripts, styles, forms, frames and anything unknown are not among it.
_ELEMENTS = """
a abbr b blockquote br caption code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr
i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var
"""
TAGS = frozenset(_ELEMENTS.split())
ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "col": {"span"},
    "colgroup": {"span"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# These go with everything inside them; of other unknown elements the text stays.
GONE_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "noscript", "template", "svg", "math", "title"})

_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(GONE_WITH_CONTENT),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    # Links keep the shop's own attributes: ours would make every description differ from its source.
    link_rel=None,
)


def sanitise(html: str) -> str:
    """The same description without scripts, styles, event handlers and frames; cleaning twice changes nothing."""
    return _cleaner.clean(html) if html else html
