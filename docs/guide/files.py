"""The chapters about pages, formats, colours as they are stored, and metadata."""

from docs.guide.shots import Chapter, Entry, Shot


def _page(number: int) -> Shot:
    return Shot(f"page-{number}", "pages", f"{{width: 280, page: {number}}}", f"`page: {number}`")


def _quality(quality: int) -> Shot:
    asked = f"{{width: 280, format: WEBP, quality: {quality}}}"
    return Shot(f"quality-{quality}", "glass", asked, f"`quality: {quality}`, {{size}}")


def _format(format: str) -> Shot:
    asked = f"{{width: 140, format: {format}}}"
    return Shot(f"format-{format.lower()}", "hills", asked, f"`{format}`, {{size}}")


PAGES = Chapter(
    "Pages and animations",
    "A TIFF can have pages, a GIF or a WebP frames. Say nothing: animations move, of pages you get the first.",
    (
        Entry(
            ("page",),
            "Which page, or which frame of an animation, counted from 1. It gives a picture that stands still.",
            (_page(1), _page(2), _page(3)),
        ),
        Entry(
            ("animated",),
            "`false` makes an animation stand still. Moving pictures come as WebP or GIF; in other formats you get the "
            "first frame. Very large animations stand still, too.",
            (
                Shot("animated", "orbit", "{width: 120, format: WEBP}", "moves, when you say nothing"),
                Shot("still", "orbit", "{width: 120, format: WEBP, animated: false}", "`animated: false`"),
                Shot("frame", "orbit", "{width: 120, page: 7}", "`page: 7`"),
            ),
            asked="{width: 120, animated: false}",
        ),
    ),
)

FORMATS = Chapter(
    "Formats",
    "Every browser gets the best format that it knows, from one and the same address: you need not say anything here.",
    (
        Entry(
            ("format",),
            "`AUTO` asks the browser and gives AVIF, else WebP, else JPEG, PNG or GIF as the picture needs it. AVIF "
            "takes long to make: large pictures come as WebP until it is there. Name a format if a program needs just "
            "that one. Which comes out "
            "smallest depends on the picture.",
            (_format("JPEG"), _format("WEBP"), _format("AVIF"), _format("PNG"), _format("GIF")),
            asked="{width: 140, format: WEBP}",
            columns=5,
        ),
        Entry(
            ("quality",),
            "How much detail is kept, 1 to 100; the rest is bytes. Without it: JPEG 80, WebP 79, AVIF 63, which look "
            "alike, and less as `dpr` rises. A PNG keeps everything, and with a quality has 256 colours at most.",
            (_quality(10), _quality(50), _quality(80)),
            asked="{width: 280, quality: 50}",
        ),
        Entry(
            ("lossless",),
            "Keeps every pixel as it is, in WebP, AVIF and JPEG XL; a PNG always does, a JPEG never. For simple "
            "drawings that costs little, for photographs many times as much.",
            (
                Shot("lossy", "badge", "{width: 180, format: WEBP}", "`format: WEBP`, {size}"),
                Shot(
                    "lossless",
                    "badge",
                    "{width: 180, format: WEBP, lossless: true}",
                    "`format: WEBP, lossless: true`, {size}",
                ),
            ),
        ),
        Entry(
            ("progressive",),
            "A JPEG that is shown coarse first and fine later, on slow lines. In the end it is the same picture.",
            asked="{width: 1280, format: JPEG, progressive: true}",
        ),
    ),
)

COLOURS = Chapter(
    "Colours as they are stored",
    "The numbers in a file mean colours only together with a profile that says which. Cameras and phones write such "
    "profiles, printing houses write inks instead of light (CMYK), and some files have 16 bits for each number. All "
    "of it arrives as **sRGB**, the colours that every screen and browser shows: converted properly, not relabelled.",
    (
        Entry(
            ("colorSpace",),
            "`KEEP` leaves the numbers alone and keeps the profile, if it is one of red, green and blue: so a picture "
            "of a phone keeps its Display P3, whose reds and greens reach further than sRGB. Screens that can show "
            "them do; others see what `SRGB` would have given. CMYK always becomes sRGB, a GIF always is.",
            (
                Shot("colors-srgb", "star", "{width: 280, lossless: true}", "`SRGB`: one red, for everybody"),
                Shot(
                    "colors-keep",
                    "star",
                    "{width: 280, lossless: true, colorSpace: KEEP}",
                    "`KEEP`: if you see a star here, your screen shows more than sRGB",
                ),
            ),
            asked="{width: 280, colorSpace: KEEP}",
        ),
        Entry(
            ("linearLight",),
            "Makes pictures smaller by the light itself and not by the numbers that stand for it. It is slower, and "
            "small bright things such as stars, lamps and glitter keep their brightness.",
            (
                Shot("stars", "stars", "{width: 200}", "as usual"),
                Shot("stars-linear", "stars", "{width: 200, linearLight: true}", "`linearLight: true`"),
            ),
        ),
    ),
)

METADATA = Chapter(
    "Metadata and privacy",
    "What a camera or a person wrote into the file: where and when, with what, by whom.",
    (
        Entry(
            ("metadata",),
            "`COPYRIGHT`, the default, keeps who made it and whose it is; `NONE` keeps nothing; `KEEP` keeps all but "
            "where it was taken. Coordinates never leave the house.",
            asked="{width: 1280, metadata: NONE}",
        ),
    ),
)
