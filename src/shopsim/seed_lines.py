"""The believable catalogue, product by product: what two makers in a small town would sell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

OURS, LUNE, NORTHFOLD = "Maple & Thread", "Atelier Lune", "Northfold"


class Line(NamedTuple):
    """One product. ``step`` is what each value of the first option adds to the price."""

    title: str
    kind: str
    price: str
    html: str = ""
    vendor: str = OURS
    tags: tuple[str, ...] = ()
    options: tuple[tuple[str, Sequence[str]], ...] = ()
    sku: str = ""
    same_sku: str = ""
    barcode: str | None = None
    step: str = "0"
    weight: str = "0.2"
    unit: str = "kg"
    status: str = "ACTIVE"
    pictured: bool = True
    costed: bool = True


def _p(*sentences: str) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)


SIZES = ("XS", "S", "M", "L", "XL", "XXL")
JAR = (("Size", ("200 g", "400 g")),)
SKEIN = (("Colour", ("Moss", "Rust", "Oat", "Ink", "Rosehip")),)

CANDLES = (
    Line("Lavender Soy Candle", "Candles", "18.00", _p("Poured by hand in small batches.", "Burns for <strong>40 hours</strong>."),
         tags=("soy", "home", "lavender"), options=JAR, sku="LAV", step="11", weight="0.35"),
    Line("Cedar & Smoke Candle", "Candles", "19.50", _p("Cedar, birch tar and a little vanilla."), tags=("soy", "home", "winter"),
         options=JAR, sku="CED", step="12", weight="0.35"),
    Line("Bougie Fleur d’Oranger", "Bougies", "21.00", _p("Cire de soja, mèche en coton, coulée à la main à l’atelier."),
         LUNE, tags=("soja", "maison"), options=JAR, sku="FLO", step="11", weight="0.36"),
    Line("Beeswax Pillar", "Candles", "14.00", _p("Pure beeswax from one hive."), tags=("beeswax",), sku="BEE-PIL", weight="0.42"),
    Line("Beeswax Tapers, Pair", "Candles", "16.00", _p("Dipped forty times each."), tags=("beeswax", "gift"), sku="BEE-TAP"),
    Line("Lavender Soy Candle (gift box)", "Candles", "26.00", _p("The 200 g candle, boxed with matches."), tags=("soy", "gift"),
         same_sku="LAV-01", weight="0.5"),
    Line("Tealights, Set of 12", "Candles", "9.00", "", tags=("soy",), sku="TEA-12", weight="180", unit="g"),
    Line("Winter Spice Candle", "Candles", "19.50", _p("Clove, orange peel, a log fire next door."), tags=("soy", "winter", "sale"),
         options=JAR, sku="WIN", step="11", weight="0.35"),
)  # fmt: skip

POTTERY = (
    Line("Speckled Ramen Bowl", "Pottery", "38.00", _p("Thrown stoneware, food safe.", "<ul><li>18 cm across</li><li>Dishwasher safe</li></ul>"),
         tags=("stoneware", "kitchen"), options=(("Glaze", ("Oat", "Slate", "Moss")),), sku="RAM", weight="0.68"),
    Line("Everyday Mug", "Pottery", "24.00", _p("A mug for the left hand and the right."), tags=("stoneware", "kitchen", "gift"),
         options=(("Glaze", ("Oat", "Slate", "Moss", "Sky")), ("Size", ("Small", "Large"))), sku="MUG", step="0", weight="0.34"),
    Line("Tasse à Café « Brume »", "Céramique", "22.00", _p("Grès émaillé, gris très pâle.", "Passe au lave-vaisselle."), LUNE,
         tags=("grès", "cuisine"), sku="BRU-01", weight="0.26"),
    Line("Small Bud Vase", "Pottery", "19.00", _p("For one stem."), tags=("home", "gift"), sku="VAS-S", weight="0.21"),
    Line("Tall Vase", "Pottery", "64.00", _p("Coil built, unglazed outside."), tags=("home",), sku="VAS-T", weight="1.9"),
    Line("Butter Dish", "Pottery", "42.00", _p("Keeps half a pound."), tags=("kitchen",), sku="BUT-01", weight="1.25", unit="lb"),
    Line("Salt Pig", "Pottery", "33.00", _p("With a beech spoon."), tags=("kitchen",), sku="SAL-01", weight="0.6", costed=False),
    Line("Assiette Plate, 26 cm", "Céramique", "29.00", _p("Vendue à l’unité."), LUNE, tags=("grès", "table"), sku="ASS-26", weight="0.75"),
    Line("Seconds: Mystery Mug", "Pottery", "12.00", _p("A mug with a flaw you may never find."), tags=("sale", "seconds"), weight="0.34"),
    Line("Planter with Saucer", "Pottery", "36.00", "", tags=("home", "plants"), options=(("Size", ("Small", "Medium", "Large")),),
         sku="PLA", step="14", weight="0.8"),
)  # fmt: skip

YARN = (
    Line("Merino DK, hand-dyed", "Yarn", "27.00", _p("100 g, 225 m. Superwash merino, dyed in our kitchen."), NORTHFOLD,
         tags=("merino", "dk", "yarn"), options=SKEIN, sku="MDK", weight="100", unit="g"),
    Line("Sock Yarn, hand-dyed", "Yarn", "24.00", _p("75/25 merino and nylon, 425 m."), NORTHFOLD, tags=("sock", "yarn"),
         options=SKEIN, sku="SOC", weight="100", unit="g"),
    Line("Lace Mohair", "Yarn", "29.00", _p("A haze to hold with another thread."), NORTHFOLD, tags=("mohair", "yarn"),
         options=SKEIN, sku="MOH", weight="50", unit="g"),
    Line("Mini Skein Set", "Yarn", "34.00", _p("Five times 20 g."), NORTHFOLD, tags=("yarn", "gift"), sku="MIN-05", weight="100", unit="g"),
    Line("Bonnet de Laine Côtelé", "Accessoires", "48.00", _p("Tricoté à la main, laine mérinos d’Arles."), LUNE,
         tags=("laine", "hiver"), options=(("Couleur", ("Écru", "Forêt", "Brique")),), sku="BON", weight="80", unit="g"),
    Line("Fisherman’s Sweater", "Knitwear", "148.00", _p("Five-ply wool, made to be mended."), NORTHFOLD, tags=("wool", "winter"),
         options=(("Size", SIZES), ("Colour", ("Navy", "Oat", "Moss", "Rust", "Charcoal", "Cream")), ("Length", ("Regular", "Long", "Tall"))),
         sku="FIS", step="0", weight="0.9"),
    Line("Knitting Needles, Birch", "Notions", "15.00", "", NORTHFOLD, tags=("notions",),
         options=(("Size", ("3 mm", "3.5 mm", "4 mm", "4.5 mm", "5 mm")),), sku="NDL", weight="30", unit="g"),
    Line("Stitch Markers", "Notions", "8.00", _p("Twelve brass rings."), NORTHFOLD, tags=("notions",), weight="0.5", unit="oz"),
    Line("Darning Kit", "Notions", "18.50", _p("A mushroom, two needles, four threads."), NORTHFOLD, tags=("notions", "gift"), sku="DAR-01"),
    Line("Fingerless Mitts Pattern", "Patterns", "6.00", _p("A PDF of six pages."), NORTHFOLD, tags=("pattern",), sku="PAT-MIT", weight="0"),
)  # fmt: skip

CANVAS = (
    Line("Waxed Canvas Tote", "Bags", "72.00", _p("Waxed canvas with leather handles.", "Made to get better."), tags=("canvas", "bags"),
         options=(("Colour", ("Field", "Charcoal")),), sku="TOT", weight="0.62"),
    Line("Market Tote", "Bags", "28.00", _p("Unbleached cotton."), tags=("cotton", "bags"), sku="MKT-01", barcode="0628110000121"),
    Line("Zip Pouch", "Bags", "19.00", "", tags=("canvas", "gift"), options=(("Size", ("S", "M", "L")),), sku="ZIP", step="5"),
    Line("Tool Roll", "Bags", "58.00", _p("Twelve pockets for chisels, brushes or needles."), tags=("canvas",), sku="ROL-12"),
    Line("Apron, Cross-back", "Workwear", "66.00", _p("Linen and cotton. One size, no buckles."), tags=("linen", "kitchen"),
         options=(("Colour", ("Ink", "Oat", "Rust")),), sku="APR", weight="0.4"),
    Line("Tablier de Potier", "Vêtements de travail", "74.00", _p("Lin lavé, deux poches profondes."), LUNE, tags=("lin",), sku="TAB-01"),
    Line("Linen Tea Towel", "Kitchen", "16.00", _p("Washes softer every time."), tags=("linen", "kitchen", "gift"),
         options=(("Stripe", ("Indigo", "Ochre", "Moss")),), sku="TWL", weight="90", unit="g"),
    Line("Napkins, Set of 4", "Kitchen", "34.00", "", tags=("linen", "table"), sku="NAP-04", weight="160", unit="g"),
    Line("Quilted Oven Mitt", "Kitchen", "22.00", _p("Scraps of waxed canvas, quilted."), tags=("kitchen", "recycled"), weight="0.18"),
    Line("Bread Bag", "Kitchen", "17.00", _p("Linen. Keeps a loaf for three days."), tags=("linen", "kitchen"), sku="BRD-01"),
)  # fmt: skip

SOAP = (
    Line("Rosemary Bar Soap", "Soap", "7.50", _p("Olive oil, rosemary, nothing to hide."), tags=("soap", "bath"), sku="SOA-ROS", weight="110", unit="g"),
    Line("Oat & Honey Bar Soap", "Soap", "7.50", _p("For skin that minds."), tags=("soap", "bath"), sku="SOA-OAT", weight="110", unit="g"),
    Line("Charcoal Bar Soap", "Soap", "8.00", "", tags=("soap", "bath"), sku="SOA-OAT", weight="110", unit="g"),
    Line("Savon au Lait d’Ânesse", "Savons", "9.50", _p("Fabriqué à Crest, dans la Drôme."), LUNE, tags=("savon", "bain"), sku="SAV-01"),
    Line("Shampoo Bar", "Soap", "12.00", _p("Sixty washes, no bottle."), tags=("bath", "travel"), options=(("Hair", ("Dry", "Normal", "Fine")),),
         sku="SHA", weight="80", unit="g"),
    Line("Soap Dish, Ash", "Bath", "14.00", _p("Turned from a fallen ash."), tags=("bath", "wood"), sku="DIS-ASH"),
    Line("Bath Salts", "Bath", "18.00", "", tags=("bath", "gift"), options=(("Size", ("250 g", "500 g")),), sku="SLT", step="12", weight="0.25"),
    Line("Beard Oil", "Care", "21.00", _p("Jojoba and cedar, 30 ml."), tags=("care",), sku="OIL-BRD", weight="2.1", unit="oz"),
)  # fmt: skip

JEWELLERY = (
    Line("Hammered Silver Ring", "Jewellery", "85.00", _p("Recycled sterling silver."), LUNE, tags=("silver", "gift"),
         options=(("Size", ("48", "50", "52", "54", "56", "58")),), sku="RNG", weight="4", unit="g"),
    Line("Boucles d’Oreilles Croissant", "Bijoux", "62.00", _p("Laiton doré à l’or fin, 2 µm."), LUNE, tags=("laiton", "cadeau"), sku="BOU-CRO"),
    Line("Leaf Pendant", "Jewellery", "54.00", _p("Cast from a real maple leaf."), LUNE, tags=("silver", "gift"), sku="PEN-LEA", costed=False),
    Line("Bracelet Perles de Rivière", "Bijoux", "46.00", "", LUNE, tags=("perles",), options=(("Longueur", ("16 cm", "18 cm")),), sku="BRA"),
    Line("Enamel Pin, Maple", "Jewellery", "11.00", "", tags=("pin", "gift"), sku="PIN-MAP", pictured=False),
    Line("Broche Émaillée « Renard »", "Bijoux", "31.00", _p("Émail à froid, édition de cinquante."), LUNE, tags=("broche",), sku="BRO-REN"),
)  # fmt: skip

PAPER = (
    Line("Letterpress Card, Thank You", "Paper", "5.50", "", tags=("paper", "gift"), sku="CAR-THX", weight="18", unit="g"),
    Line("Letterpress Card, Bon Anniversaire", "Paper", "5.50", "", tags=("paper", "gift"), sku="CAR-ANN", weight="18", unit="g"),
    Line("Pocket Notebook", "Paper", "12.00", _p("48 pages, sewn."), tags=("paper",), options=(("Ruling", ("Plain", "Lined", "Dotted")),), sku="NTB"),
    Line("Linocut Print, Heron", "Prints", "45.00", _p("A4, edition of 80, signed."), tags=("print", "home"), sku="PRT-HER", weight="0.1"),
    Line("Linocut Print, Hare", "Prints", "45.00", _p("A4, edition of 80, signed."), tags=("print", "home"), sku="PRT-HAR", weight="0.1"),
    Line("Wall Calendar 2027", "Paper", "24.00", _p("Twelve linocuts. Not printed yet."), tags=("paper", "print"), sku="CAL-27", status="DRAFT"),
    Line("Wall Calendar 2025", "Paper", "24.00", _p("The year has gone, the pictures stay."), tags=("paper", "print"), sku="CAL-25", status="ARCHIVED"),
    Line("Gift Wrapping", "Services", "4.00", _p("Recycled paper, a linen ribbon."), tags=("service",), weight="0", pictured=False),
    Line("Studio Visit, Two Hours", "Services", "90.00", _p("Throw a bowl with us; we fire and send it."), tags=("service",), sku="VIS-02",
         weight="0"),
    Line("Friends’ Bundle", "Bundles", "59.00", _p("By link only: a mug, a candle, a bar of soap."), tags=("gift",), sku="BUN-FRI",
         status="UNLISTED"),
    Line("Scrap Bundle", "Bundles", "15.00", _p("Two hundred grams of linen, canvas and wool ends."), tags=("recycled",), weight="0.2"),
)  # fmt: skip

LINES = (*CANDLES, *POTTERY, *YARN, *CANVAS, *SOAP, *JEWELLERY, *PAPER)
