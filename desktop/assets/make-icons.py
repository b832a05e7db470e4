#!/usr/bin/env python3
"""Makes fonts/waxwing-icons.ttf: the icons named in src/icon.rs, out of Lucide's own icon font.

    npm install lucide-static && pip install fonttools
    python3 make-icons.py node_modules/lucide-static/font

To add an icon: name it in NAMES, run this, and add the constant it prints to src/icon.rs.
"""
import array
import json
import pathlib
import sys

from fontTools import subset, ttLib
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program

NAMES = """
inbox star file-text send archive shield-alert trash-2 folder folder-input mail mail-open chevron-down
chevron-right circle-check cloud-off refresh-cw paperclip menu arrow-left x search triangle-alert shield-x
shield-check key-round undo-2 file image circle-question-mark ellipsis lock check mails mouse-pointer
hard-drive file-archive music video calendar download clock info users check-check circle-alert
chevron-up tag bookmark split merge messages-square save external-link folder-down eye bold italic list
list-ordered link quote reply reply-all forward square-pen calendar-clock plus
""".split()
FILLED_STAR = 0xF8F0

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parent / "fonts" / "waxwing-icons.ttf"
points = json.loads((source / "codepoints.json").read_text())
font = ttLib.TTFont(source / "lucide.ttf")

# Glyph names are of no use in a font that is asked by code point.
font["post"].formatType = 3.0
options = subset.Options()
options.drop_tables += ["GSUB", "GPOS"]
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[points[name] for name in NAMES])
subsetter.subset(font)

# A filled star is the star's outer line without its inner one.
glyphs = font["glyf"]
star = glyphs[font.getBestCmap()[points["star"]]]
end = star.endPtsOfContours[0]
filled = Glyph()
filled.numberOfContours = 1
filled.endPtsOfContours = [end]
filled.coordinates = GlyphCoordinates(star.coordinates[: end + 1])
filled.flags = array.array("B", star.flags[: end + 1])
filled.program = Program()
filled.program.fromBytecode(b"")
order = font.getGlyphOrder() + ["starfilled"]
font.setGlyphOrder(order)
glyphs.glyphs["starfilled"] = filled
glyphs.glyphOrder = order
filled.recalcBounds(glyphs)
font["hmtx"].metrics["starfilled"] = (1000, filled.xMin)
for table in font["cmap"].tables:
    if table.isUnicode():
        table.cmap[FILLED_STAR] = "starfilled"
font["maxp"].numGlyphs = len(order)

font["name"].names = []
for number, text in {0: "Lucide contributors; parts: Feather, Cole Bemis", 1: "Waxwing Icons", 2: "Regular",
                     4: "Waxwing Icons", 6: "WaxwingIcons", 13: "ISC"}.items():
    font["name"].setName(text, number, 3, 1, 0x409)
font.save(target)

for name in NAMES:
    print(f"    pub const {name.upper().replace('-', '_')}: Self = Self('\\u{{{points[name]:x}}}');")
