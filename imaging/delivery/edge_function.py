"""What chooses the format at the edge of a CDN, as `render.negotiate` chooses it here.

A CloudFront Function (cloudfront-js 2.0, event viewer-request) turns the `.auto` of an address into the extension
of the format that the browser gets, so that `Accept` need not be in the cache's key. It is generated, and
held to `negotiate` by examples that run in both languages.
"""

import json

from imaging.delivery.address import RenditionAddress, parse
from imaging.render.canonical import FALLBACKS
from imaging.render.choices import OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.negotiate import MEDIA_TYPES, OFFERS, QVALUE, ranked

MAX_BYTES = 10_240
"""What CloudFront takes of a function. Source: CloudFront quotas."""

# Only ECMAScript 5.1 in here: the runtime is not Node.
_TEMPLATE = r"""// Made by `imaging cdn-function`; do not edit. For cloudfront-js-2.0, at viewer-request.
var TYPES = @TYPES@;
var OFFERS = @OFFERS@;
var WEIGHT = /^(?:@QVALUE@)$/;
var NEGOTIATED = /^(\/[rp]\/(?:[^\/]+\/){3}((?:[^\/]+-)?alt_(@FALLBACKS@))\/[^\/]+\.)@AUTO@$/;

function handler(event) {
  var request = event.request;
  var found = NEGOTIATED.exec(request.uri);
  if (found) {
    request.uri = found[1] + best(weights(accepted(request.headers)), found[2], found[3]);
  }
  return request;
}

function accepted(headers) {
  var accept = headers.accept;
  if (!accept) {
    return '';
  }
  return accept.multiValue ? accept.multiValue.map(function (one) { return one.value; }).join(',') : accept.value;
}

// AVIF is only for stills, and not for what is to be lossless.
function best(liked, operations, fallback) {
  var floor = weightOf(liked, [TYPES[fallback], 'image/*', '*/*']);
  var isForAvif = fallback !== '@GIF@' && operations.split('-').indexOf('ll_1') < 0;
  var chosen = fallback, most = 0;
  OFFERS.forEach(function (offer) {
    var weight = offer === '@AVIF@' && !isForAvif ? 0 : weightOf(liked, [TYPES[offer]]);
    if (weight > most && weight >= floor) {
      chosen = offer;
      most = weight;
    }
  });
  return chosen;
}

function weightOf(liked, types) {
  for (var i = 0; i < types.length; i++) {
    if (liked[types[i]] !== undefined) {
      return liked[types[i]];
    }
  }
  return 0;
}

function weights(accept) {
  var liked = {};
  accept.toLowerCase().split(',').forEach(function (part) {
    var pieces = part.split(';').map(trimmed);
    var weight = weightIn(pieces.slice(1));
    if (pieces[0] && weight !== null) {
      liked[pieces[0]] = weight;
    }
  });
  return liked;
}

function weightIn(parameters) {
  for (var i = 0; i < parameters.length; i++) {
    var equals = parameters[i].indexOf('=');
    var name = trimmed(equals < 0 ? parameters[i] : parameters[i].slice(0, equals));
    if (name === 'q') {
      var written = equals < 0 ? '' : trimmed(parameters[i].slice(equals + 1));
      return WEIGHT.test(written) ? Number(written) : null;
    }
  }
  return 1;
}

function trimmed(text) {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}
"""

_ACCEPTS = (
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,*/*;q=0.5",
    "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "image/webp,image/*;q=0.8",
    "IMAGE/AVIF ; Q=0.9 , image/webp;q=0.9",
    "image/avif;q=0.5,image/webp",
    "image/avif;q=0,image/webp;q=0.0",
    "image/avif;q=0.1,image/jpeg,image/png,image/gif",
    "image/avif;q=0.5,image/*;q=0.4",
    "image/avif;q=.5,*/*;q=.6",
    "image/avif;level=1;q=0.3,image/webp;q=0.2,image/gif;q=0.25",
    "image/avif;q=0.3,image/avif;q=0.7,image/webp;q=0.5",
    "image/avif\t;\tq\t=\t1.000 , image/webp",
    "image/avif",
    "image/webp",
    "image/png,image/webp;q=0.9",
    "*/*",
    "image/*",
    "",
    "text/html",
    "image/avif;q=banana,image/webp",
    "image/avif;q=7",
    "image/avif;q=nan,image/webp;q=1e-1",
    "image/avif;q,image/webp;q=",
    "image/avif;q=1.1,image/webp;q=-1",
    "__proto__;q=0.5,constructor,image/webp",
    ";;,,;q=",
)
_IMAGE = f"{'3f' * 16}/1/2"
_NEGOTIATED = (
    "w_640-alt_jpg",
    "alt_jpg",
    "w_640-rad_20-alt_png",
    "w_640-ll_1-alt_png",
    "w_640-alt_gif",
    "w_640-wmt_mfwhi-alt_jpg",
)
_FIXED = (
    f"/r/{_IMAGE}/w_640/duck.jpg",
    f"/p/{_IMAGE}/w_640-alt_jpg/duck.avif",
    f"/o/{'3f' * 16}/1/duck.auto",
    f"/r/{_IMAGE}/w_640/duck.auto",
    f"/r/{_IMAGE}/alt_jpg-w_640/duck.auto",
    "/graphql",
    "/",
)


def javascript() -> str:
    """Return the source of the function."""
    types = {output.value: MEDIA_TYPES[output] for output in (*OFFERS, *sorted(FALLBACKS, key=lambda one: one.value))}
    values = {
        "TYPES": json.dumps(types),
        "OFFERS": json.dumps([offer.value for offer in OFFERS]),
        "QVALUE": QVALUE,
        "FALLBACKS": "|".join(sorted(fallback.value for fallback in FALLBACKS)),
        "AUTO": OutputFormat.AUTO.value,
        "AVIF": OutputFormat.AVIF.value,
        "GIF": OutputFormat.GIF.value,
    }
    text = _TEMPLATE
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def examples() -> list[dict[str, str]]:
    """Return requests, as `uri` and `accept`, each with the `expected` address that goes on."""
    paths = [f"/{kind}/{_IMAGE}/{ops}/duck.auto" for kind in "rp" for ops in _NEGOTIATED]
    asked = [(path, accept, negotiated(path, accept)) for path in paths for accept in _ACCEPTS]
    asked += [(path, _ACCEPTS[0], path) for path in _FIXED]
    return [{"uri": path, "accept": accept, "expected": expected} for path, accept, expected in asked]


def negotiated(path: str, accept: str) -> str:
    """Return the path with the format that a browser gets, by what the path alone tells of the picture.

    Raises:
        NotFound, InvalidTransform: the path is no negotiated address.
    """
    address = parse(path)
    if not isinstance(address, RenditionAddress) or address.alternative is None:
        raise ValueError("Only the address of a rendition is negotiated.")
    moving = address.alternative is OutputFormat.GIF
    source = Source(ImageFormat.GIF, 1, 1, pages=1 + moving, animated=moving)
    chosen = ranked(accept, address.wish, source, address.alternative, ALWAYS_WRITTEN | frozenset(OFFERS))[0]
    return address.in_format(chosen).path
