"""The chapters about colours, sharpness and watermarks."""

from docs.guide.shots import Chapter, Entry, Shot, original


def _shot(name: str, of: str, said: str, caption: str = "") -> Shot:
    return Shot(name, of, f"{{width: 280, {said}}}", caption or f"`{said}`")


def _sharpened(name: str, said: str, caption: str) -> Shot:
    return Shot(name, "stars", f"{{width: 200{said}}}", caption)


LOOKS = Chapter(
    "Colours and sharpness",
    "The first five mean what the CSS filters of the same names mean, so that a picture looks as it did in your "
    "browser's developer tools. They work together as one step and cost the same whether you use one or all.",
    (
        Entry(
            ("brightness",),
            "How bright: 1 changes nothing, 0 is black, 2 twice as bright.",
            (
                _shot("brightness-less", "hills", "brightness: 0.6"),
                original("hills"),
                _shot("brightness-more", "hills", "brightness: 1.5"),
            ),
        ),
        Entry(
            ("contrast",),
            "How far light and dark lie apart: 1 changes nothing, 0 is plain grey.",
            (
                _shot("contrast-less", "hills", "contrast: 0.5"),
                original("hills"),
                _shot("contrast-more", "hills", "contrast: 1.5"),
            ),
        ),
        Entry(
            ("saturation",),
            "How strong the colours are: 1 changes nothing, 0 leaves greys.",
            (
                _shot("saturation-less", "glass", "saturation: 0.4"),
                original("glass"),
                _shot("saturation-more", "glass", "saturation: 1.8"),
            ),
        ),
        Entry(
            ("hue",),
            "Turns all colours along the rainbow by so many degrees: 180 turns each into its opposite.",
            (
                original("glass"),
                _shot("hue-90", "glass", "hue: 90"),
                _shot("hue-180", "glass", "hue: 180"),
            ),
        ),
        Entry(
            ("grayscale",),
            "Black and white.",
            (original("glass"), _shot("grayscale", "glass", "grayscale: true")),
        ),
        Entry(
            ("tint",),
            "Colours the picture in the shades of one colour, as old photographs are brown. Light stays light, and "
            "dark stays dark.",
            (
                original("lighthouse"),
                _shot("tint-sepia", "lighthouse", 'tint: "#a0703c"'),
                _shot("tint-blue", "lighthouse", 'tint: "#2f6fb0"'),
            ),
        ),
        Entry(
            ("blur",),
            "Makes it soft, as if out of focus. The number is the sigma of a Gaussian bell: about half the width of "
            "the smallest thing that you can still make out.",
            (
                original("lighthouse"),
                _shot("blur-2", "lighthouse", "blur: 2"),
                _shot("blur-12", "lighthouse", "blur: 12"),
            ),
        ),
        Entry(
            ("sharpen",),
            "Makes edges crisper. The number says how broad an edge is: 0.5 to 1 for pictures on screens. Flat parts "
            "such as skies are left alone, so that no grain comes up.",
            (
                _sharpened("stars", "", "the original"),
                _sharpened("sharpen-1", ", sharpen: 1", "`sharpen: 1`"),
                _sharpened("sharpen-4", ", sharpen: 4", "`sharpen: 4` is too much"),
            ),
            asked="{width: 200, sharpen: 1}",
        ),
    ),
)

WATERMARKS = Chapter(
    "Watermarks",
    "A watermark is laid over the finished picture, so that it can neither be cropped away nor blurred.",
    (
        Entry(
            ("watermark",),
            "An `image` of your library or a `text`. `position` is a side, a corner or the middle (default: bottom "
            "right), `scale` its width as a part of the picture's (default: a quarter), `margin` its distance from "
            "the edge, `opacity` how much it covers (0.01 to 1), `color` that of the text, and `tile` repeats it all "
            "over. Text is set in one font, which comes with the program: it has Latin, Greek, Cyrillic, Hebrew, "
            "Arabic, Thai, Georgian and Devanagari letters, and what it lacks is refused. "
            "You must be allowed to see the image; in a PUBLIC picture it must be PUBLIC, too.",
            (
                _shot(
                    "watermark-text",
                    "hills",
                    'watermark: {text: "© Ada Lens", scale: 0.4, margin: 10, opacity: 0.8}',
                    "a text",
                ),
                _shot(
                    "watermark-scripts",
                    "hills",
                    'watermark: {text: "Фото · φωτο · عکس", color: "#ffd166", scale: 0.8, position: CENTER}',
                    "in other scripts",
                ),
                _shot(
                    "watermark-text-tiled",
                    "hills",
                    'watermark: {text: "PROOF", scale: 0.25, margin: 24, opacity: 0.35, tile: true}',
                    "a text, tiled",
                ),
                _shot(
                    "watermark-image",
                    "hills",
                    "watermark: {image: $logo, scale: 0.2, margin: 10}",
                    "`image: $logo`, the id of an image",
                ),
                _shot(
                    "watermark-corner",
                    "hills",
                    "watermark: {image: $logo, position: NORTH_WEST, scale: 0.2, margin: 10, opacity: 0.5}",
                    "`position: NORTH_WEST, opacity: 0.5`",
                ),
                _shot(
                    "watermark-tiled",
                    "hills",
                    "watermark: {image: $logo, scale: 0.12, margin: 30, opacity: 0.4, tile: true}",
                    "an image, tiled",
                ),
            ),
            asked='{width: 280, watermark: {text: "© Ada Lens", scale: 0.4, margin: 10, opacity: 0.8}}',
        ),
    ),
)
