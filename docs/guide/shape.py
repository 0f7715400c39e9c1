"""The chapters about sizes, parts, turns and edges."""

from docs.guide.shots import Chapter, Entry, Shot, original

_BOX = "width: 200, height: 200"


def _fit(fit: str, says: str) -> Shot:
    background = ', background: "#f2c14e"' if fit in ("CONTAIN", "PAD") else ""
    return Shot(f"fit-{fit.lower()}", "lighthouse", f"{{{_BOX}, fit: {fit}{background}}}", f"`{fit}` {says}")


def _grown(fit: str, says: str) -> Shot:
    asked = f'{{{_BOX}, fit: {fit}, background: "#f2c14e", allowUpscale: true}}'
    return Shot(f"grown-{fit.lower()}", "stamp", asked, f"`{fit}` with `allowUpscale` {says}")


def _gravity(place: str, says: str) -> Shot:
    asked = f"{{width: 150, height: 200, gravity: {place}}}"
    return Shot(f"gravity-{place.lower()}", "lighthouse", asked, f"`{place}`{says}")


def _one(name: str, of: str, said: str, caption: str = "") -> Shot:
    return Shot(name, of, f"{{width: 280, {said}}}", caption or f"`{said}`")


def _bubble(name: str, said: str, caption: str) -> Shot:
    return Shot(name, "bubble", f"{{width: 180{said}}}", caption)


SHAPE = Chapter(
    "Size and shape",
    "Lengths are whole pixels of the picture that you get. A picture is never enlarged unless you allow it.",
    (
        Entry(
            ("width", "height"),
            "How wide and how high the picture shall be. Give one, and the other follows, so that nothing is "
            "distorted. Give both, and `fit` says how the picture meets that box.",
            (
                Shot("width", "lighthouse", "{width: 200}", "`width: 200`"),
                Shot("height", "lighthouse", "{height: 100}", "`height: 100`"),
                Shot("width-height", "lighthouse", "{width: 200, height: 100}", "`width: 200, height: 100`"),
            ),
        ),
        Entry(
            ("fit",),
            "How a picture of one shape meets a box of another. Here a picture of 6000 × 4000 pixels meets a box of "
            "200 × 200. The yellow is the `background`, there to show what the picture leaves free.",
            (
                _fit("COVER", "fills the box and cuts off what hangs over; this is what you get if you say nothing"),
                _fit("CONTAIN", "shows all of it in the middle of the exact box"),
                _fit("PAD", "does the same, and never enlarges"),
                _fit("INSIDE", "shows all of it, at most as large as the box"),
                _fit("OUTSIDE", "shows all of it, at least as large as the box"),
                _fit("STRETCH", "fills the box and does not mind the shape"),
            ),
            asked="{width: 200, height: 200, fit: COVER}",
        ),
        Entry(
            ("allowUpscale",),
            "May a picture be shown larger than it is? By default not: asking for more gives what there is, in the "
            "shape you asked for. Allowed, missing pixels are made up, which looks soft.",
            (
                original("stamp", "the original has 96 × 64 pixels"),
                _grown("CONTAIN", "is enlarged to the box"),
                _grown("PAD", "stays as it is: that is what sets the two apart"),
            ),
            asked="{width: 200, height: 200, fit: CONTAIN, allowUpscale: true}",
        ),
        Entry(
            ("aspectRatio",),
            "The shape, as width divided by height: 1 is a square, 1.7778 a television, 0.8 a portrait. With one side "
            "it gives the other; alone, it cuts out the largest part of that shape.",
            (
                Shot("ratio-square", "hills", "{width: 180, aspectRatio: 1}", "`width: 180, aspectRatio: 1`"),
                Shot("ratio-wide", "hills", "{width: 280, aspectRatio: 2.39}", "`width: 280, aspectRatio: 2.39`"),
                Shot("ratio-portrait", "hills", "{height: 180, aspectRatio: 0.8}", "`height: 180, aspectRatio: 0.8`"),
            ),
        ),
        Entry(
            ("gravity",),
            "When `fit: COVER` cuts something off: what shall stay? A side, a corner or the middle; or let the program "
            "look: `ATTENTION` seeks what catches the eye, `ENTROPY` where most is going on. With `CONTAIN` and `PAD` "
            "it says where the picture lies in its box.",
            (
                _gravity("WEST", ""),
                _gravity("CENTER", ", when you say nothing"),
                _gravity("EAST", ""),
                _gravity("ATTENTION", " has found the lamp"),
                _gravity("ENTROPY", ""),
                Shot(
                    "gravity-north",
                    "lighthouse",
                    '{width: 200, height: 200, fit: CONTAIN, gravity: NORTH, background: "#f2c14e"}',
                    "`NORTH` with `fit: CONTAIN`",
                ),
            ),
            asked="{width: 150, height: 200, gravity: ATTENTION}",
        ),
        Entry(
            ("focalPoint",),
            "The point that must stay in sight, in parts of the picture: x from the left, y from the top, each 0 to 1. "
            "Every image can have one of its own, set once with `updateImages`; this one is for a single picture.",
            (
                original("lighthouse"),
                Shot(
                    "focal",
                    "lighthouse",
                    "{width: 150, height: 200, focalPoint: {x: 0.7, y: 0.25}}",
                    "`focalPoint: {x: 0.7, y: 0.25}`",
                ),
            ),
        ),
        Entry(
            ("dpr",),
            "For sharp screens: how many of the device's pixels make one of yours. It multiplies every length, those "
            "of padding, corners, blur and margins too, and lowers the default quality a little, because nobody sees "
            "pixels so small. `srcset(densities: [1, 2, 3])` writes it for you.",
            (
                Shot("dpr-1", "lighthouse", "{width: 120, cornerRadius: 12}", "`width: 120, cornerRadius: 12`"),
                Shot(
                    "dpr-2",
                    "lighthouse",
                    "{width: 120, cornerRadius: 12, dpr: 2}",
                    "the same with `dpr: 2`: 240 pixels wide, to be shown at 120",
                ),
            ),
        ),
    ),
)

PARTS = Chapter(
    "Parts of a picture",
    "What is left out here is gone before anything else happens.",
    (
        Entry(
            ("crop",),
            "Cuts out a rectangle. `ratio` counts in parts of the original, 0 to 1, and suits pictures of any size; "
            "`pixels` counts in its own pixels, as it is seen: turned upright. One of the two.",
            (
                original("lighthouse"),
                _one(
                    "crop-ratio",
                    "lighthouse",
                    "crop: {ratio: {left: 0.6, top: 0.15, width: 0.4, height: 0.3}}",
                    "`ratio`: right of the middle",
                ),
                _one(
                    "crop-pixels",
                    "lighthouse",
                    "crop: {pixels: {left: 3900, top: 700, width: 750, height: 500}}",
                    "`pixels`: only the lamp, still sharp, because it is cut before it is made smaller",
                ),
            ),
            asked="{width: 280, crop: {ratio: {left: 0.6, top: 0.15, width: 0.4, height: 0.3}}}",
        ),
        Entry(
            ("trim",),
            "Cuts away edges of one colour: the white around a scan, the emptiness around a logo. `threshold` says how "
            "far a pixel may differ and still be edge (0 to 255), `color` which colour the edges have, if not that of "
            "the top left corner. How large the rest is turns out only when it is done.",
            (original("scan"), _one("trim", "scan", "trim: {threshold: 20}")),
        ),
    ),
)

TURNS = Chapter(
    "Turning",
    "Every picture is set upright first, as its camera noted it. What you ask for comes on top of that, and `width` "
    "and `height` mean the picture as it is seen in the end.",
    (
        Entry(
            ("rotate",),
            "Turns clockwise by 90, 180 or 270 degrees; -90 is to the left.",
            (original("lighthouse"), Shot("rotate", "lighthouse", "{width: 180, rotate: 90}", "`rotate: 90`")),
        ),
        Entry(
            ("flip", "flop"),
            "`flip` mirrors top to bottom, as in water; `flop` left to right, as in a looking glass.",
            (
                _one("flip", "lighthouse", "flip: true"),
                _one("flop", "lighthouse", "flop: true"),
                _one("flip-flop", "lighthouse", "flip: true, flop: true", "both: half a turn"),
            ),
            asked="{width: 280, flop: true}",
        ),
    ),
)

EDGES = Chapter(
    "Background and edges",
    "Colours are written as on the web: `#rrggbb`, or `#rrggbbaa` with how opaque they are.",
    (
        Entry(
            ("background",),
            "What shows through where a picture is transparent, and what fills the space that `CONTAIN`, `PAD` and "
            "`padding` leave. Without it, transparency stays; a JPEG, which has none, is laid on white.",
            (
                _bubble("bubble", "", "the original is transparent"),
                _bubble("background", ', background: "#1d3557"', '`background: "#1d3557"`'),
                _bubble("background-veil", ', background: "#1d355780"', "half transparent: `#1d355780`"),
            ),
            asked='{width: 180, background: "#1d3557"}',
        ),
        Entry(
            ("padding",),
            "Lays so many pixels of background around the picture, on all sides and on top of the size asked for: "
            "width 240 and padding 20 make 280.",
            (
                Shot(
                    "padding",
                    "hills",
                    '{width: 240, padding: 20, background: "#f4f1ea"}',
                    '`padding: 20, background: "#f4f1ea"`',
                ),
            ),
        ),
        Entry(
            ("cornerRadius",),
            "Rounds the corners, smoothly. What is outside is transparent, or background in a JPEG. At most half of "
            "the shorter side: a large number makes a circle of a square.",
            (
                _one("corners", "hills", "cornerRadius: 24"),
                Shot(
                    "corners-circle",
                    "lighthouse",
                    "{width: 180, height: 180, gravity: EAST, cornerRadius: 90}",
                    "`width: 180, height: 180, gravity: EAST, cornerRadius: 90`",
                ),
                Shot(
                    "corners-padding",
                    "hills",
                    '{width: 240, padding: 20, background: "#f4f1ea", cornerRadius: 32}',
                    "with padding: rounded as CSS rounds a box",
                ),
            ),
            asked="{width: 180, height: 180, cornerRadius: 90}",
        ),
    ),
)
