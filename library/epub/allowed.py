"""What may stay in an EPUB: elements, attributes and style properties by name; everything else goes."""

from typing import Final

# fmt: off
TAGS: Final = frozenset({
    "a", "abbr", "address", "article", "aside", "audio", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li",
    "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt",
    "u", "ul", "var", "video", "wbr",
})
"""Elements of a chapter."""
GONE: Final = frozenset({
    "script", "style", "template", "iframe", "frame", "frameset", "object", "embed", "applet", "noscript", "form",
    "button", "select", "textarea", "title", "svg", "math", "head",
})
"""Elements that go with all they hold; of any other one not in `TAGS`, the words stay."""
SHAPES: Final = frozenset({
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath",
    "defs", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "symbol", "use",
    "title", "desc", "switch",
})
"""Elements of a drawing."""
TEXT_PROPERTIES: Final = frozenset({
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "text-align", "text-align-last",
    "text-decoration", "text-decoration-line", "text-decoration-style", "text-indent", "text-transform",
    "letter-spacing", "word-spacing", "white-space", "vertical-align", "direction", "unicode-bidi",
    "writing-mode", "hyphens", "ruby-position", "margin", "margin-top", "margin-right", "margin-bottom",
    "margin-left", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "border",
    "border-top", "border-right", "border-bottom", "border-left", "border-style", "border-width",
    "border-collapse", "border-spacing", "width", "max-width", "height", "max-height", "float", "clear",
    "display", "list-style-type", "list-style-position", "table-layout", "caption-side", "empty-cells",
    "page-break-before", "page-break-after", "page-break-inside", "break-before", "break-after", "break-inside",
    "orphans", "widows",
})
"""What a chapter's styles may set."""
DRAWING_PROPERTIES: Final = frozenset({
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
    "stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "color",
    "stop-color", "stop-opacity", "font-family", "font-size", "font-style", "font-weight", "text-anchor",
    "visibility", "display", "clip-rule", "letter-spacing",
})
"""What a drawing's styles and attributes may set."""
SHAPE_ATTRIBUTES: Final = frozenset({
    "id", "class", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width",
    "height", "points", "viewBox", "preserveAspectRatio", "transform", "gradientTransform", "gradientUnits",
    "patternUnits", "patternTransform", "patternContentUnits", "spreadMethod", "offset", "dx", "dy", "rotate",
    "textLength", "lengthAdjust", "startOffset", "clip-path", "clipPathUnits", "mask", "maskUnits",
    "maskContentUnits", "marker-start", "marker-mid", "marker-end", "markerWidth", "markerHeight", "markerUnits",
    "refX", "refY", "orient", "version",
}) | DRAWING_PROPERTIES
"""Attributes of the elements of a drawing."""
# fmt: on
