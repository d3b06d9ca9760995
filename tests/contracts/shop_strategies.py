"""Any product a shop may show, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from shopsync.values import Image, Option, ShopProduct, ShopVariant, Status, WeightUnit

money = st.decimals(min_value=0, max_value=10**7, places=2)
text = st.text(max_size=5)
times = st.sampled_from([None, datetime(2020, 1, 1, tzinfo=UTC)])
images = st.none() | st.builds(Image, url=text, alt=st.none() | text, media_id=st.none() | st.integers(1, 2))
options = st.lists(st.builds(Option, text, st.lists(text, max_size=2).map(tuple)), max_size=2).map(tuple)
variants = st.builds(
    ShopVariant,
    id=st.integers(1, 5),
    title=text,
    option_values=st.lists(text, max_size=2).map(tuple),
    position=st.integers(1, 3),
    sku=st.none() | text,
    barcode=st.none() | text,
    price=money,
    compare_at_price=st.none() | money,
    weight=st.none() | money,
    weight_unit=st.none() | st.sampled_from(WeightUnit),
    taxable=st.booleans(),
    cost=st.none() | money,
    image=images,
)
products = st.builds(
    ShopProduct,
    id=st.integers(1, 5),
    title=text,
    description_html=text,
    status=st.sampled_from(Status),
    vendor=text,
    product_type=text,
    tags=st.lists(text, max_size=3, unique=True).map(tuple),
    handle=text,
    options=options,
    image=images,
    currency=st.sampled_from(["USD", "EUR"]),
    created_at=times,
    updated_at=times,
    published_at=times,
    variants=st.lists(variants, max_size=3, unique_by=lambda variant: variant.id).map(tuple),
)
catalogues = st.lists(products, max_size=5, unique_by=lambda product: product.id)
