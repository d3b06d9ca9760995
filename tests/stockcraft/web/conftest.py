"""Page tests share one cast."""

from web_cast import cast, page

__all__ = ["cast", "page"]
