"""Pictures as the media of products and variants; this shop has no videos and no models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shopsim.catalog import Media, Product
from shopsim.execution import Request
from shopsim.fields import Field, Record, always, moment, simple
from shopsim.ids import gid
from shopsim.paging import Connection, page


class MediaOf:
    """A picture as an object of the schema."""

    __slots__ = ("picture", "uploaded_at")
    typename = "MediaImage"
    media_content_type = "IMAGE"
    status = "READY"

    def __init__(self, picture: Media, uploaded_at: datetime) -> None:
        self.picture, self.uploaded_at = picture, uploaded_at

    @property
    def id(self) -> int:
        """The picture's number."""
        return self.picture.id

    @property
    def alt(self) -> str | None:
        """The text for those who do not see it."""
        return self.picture.alt

    @property
    def image(self) -> Record:
        """Where it is and how large."""
        picture = self.picture
        source = gid("ImageSource", picture.id)
        return Record(id=source, url=picture.url, alt_text=picture.alt, width=1200, height=1200)

    @property
    def preview(self) -> Record:
        """The same picture, as the preview of the media."""
        return Record(image=self.image)


def featured(product: Product) -> MediaOf | None:
    """The product's first picture."""
    return MediaOf(product.media, product.created_at) if product.media else None


def connection(found: list[MediaOf], arguments: dict[str, Any], request: Request) -> Connection[MediaOf]:
    """Some pictures as a list of the schema; each once."""
    unique = {media.id: media for media in found}
    return page(list(unique.values()), arguments, request)


RESOLVERS: dict[str, dict[str, Field]] = {
    "MediaImage": {
        "id": simple(lambda media: gid("MediaImage", media.id)),
        "createdAt": moment("uploaded_at"),
        "updatedAt": moment("uploaded_at"),
        "mediaErrors": always([]),
        "mediaWarnings": always([]),
        "mimeType": always("image/jpeg"),
    },
}
