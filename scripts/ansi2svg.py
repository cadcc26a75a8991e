#!/usr/bin/env python3
"""A terminal's screen, as `tmux capture-pane -e -p` gives it, on stdin -> an SVG picture on stdout; several, with the
seconds for which each is seen, -> one that moves.

One <text> for each run of cells of the same look, placed by column, so that box drawing meets whatever the font. In a
moving picture a line that stays the same is there once.
"""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

CELL_W, CELL_H, FONT = 8.4, 17, 14
BACK, FORE = "#11151c", "#c8ccd4"
BASIC = "#2b303b #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #c8ccd4".split()
BRIGHT = "#5c6370 #ff7b86 #b5e890 #ffd68a #82c7ff #e29bff #7fdbe6 #ffffff".split()


def indexed(n):
    if n < 16:
        return (BASIC + BRIGHT)[n]
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + (n - 232) * 10,) * 3)
    n -= 16
    return "#%02x%02x%02x" % tuple(0 if c == 0 else 55 + 40 * c for c in (n // 36, n // 6 % 6, n % 6))


class Look:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.italic = self.under = self.reverse = False

    def sgr(self, codes):
        codes = [int(c or 0) for c in codes.replace(":", ";").split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c in (38, 48):
                kind = codes.pop(0)
                colour = indexed(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes.pop(0) for _ in "rgb")
                setattr(self, "fg" if c == 38 else "bg", colour)
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fg = BASIC[c - 30] if c < 90 else BRIGHT[c - 90]
            elif 40 <= c <= 47 or 100 <= c <= 107:
                self.bg = BASIC[c - 40] if c < 100 else BRIGHT[c - 100]
            elif c == 39:
                self.fg = None
            elif c == 49:
                self.bg = None
            elif c == 22:
                self.bold = self.dim = False
            else:
                for on, off, name in ((1, 0, "bold"), (2, 0, "dim"), (3, 23, "italic"), (4, 24, "under"), (7, 27, "reverse")):
                    if c in (on, off):
                        setattr(self, name, c == on)

    def key(self):
        fg, bg = self.fg or FORE, self.bg
        if self.reverse:
            fg, bg = bg or BACK, self.fg or FORE
        return fg, bg, self.bold, self.dim, self.italic, self.under


def runs(line):
    look, column, out = Look(), 0, []
    for codes, char in re.findall(r"\x1b\[([\d;:]*)m|([^\x1b])", line):
        if not char:
            look.sgr(codes)
            continue
        width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if out and out[-1][0] == look.key():
            out[-1][2] += char
            out[-1][3] += width
        else:
            out.append([look.key(), column, char, width])
        column += width
    return out


def draw(y, row):
    """The cells of a line as SVG."""
    out = []
    for (fg, bg, bold, dim, italic, under), column, text, cells in row:
        x, top = 8 + column * CELL_W, 8 + y * CELL_H
        if bg:
            out.append(f'<rect x="{x:.1f}" y="{top}" width="{cells * CELL_W:.1f}" height="{CELL_H}" fill="{bg}"/>')
        if not text.strip():
            continue
        style = "".join(
            s for on, s in (
                (bold, ' font-weight="bold"'), (dim, ' opacity="0.6"'), (italic, ' font-style="italic"'),
                (under, ' text-decoration="underline"')) if on)
        out.append(f'<text x="{x:.1f}" y="{top + 13}" textLength="{cells * CELL_W:.1f}" fill="{fg}"{style}>{escape(text)}</text>')
    return "\n".join(out)


def spans(pictures, y):
    """The looks of line y in the order of time: [what, first picture, picture after the last]."""
    out = []
    for at, picture in enumerate(pictures):
        text = draw(y, picture[y]) if y < len(picture) else ""
        if out and out[-1][0] == text:
            out[-1][2] = at + 1
        else:
            out.append([text, at, at + 1])
    return out


def shown(text, first, end, starts, total):
    """A group that is seen from one picture to another, for ever anew."""
    if not text:
        return ""
    if (first, end) == (0, len(starts)):
        return text
    times, values = [0.0], ["visible" if first == 0 else "hidden"]
    for at, value in ((first, "visible"), (end, "hidden")):
        if 0 < at < len(starts):
            times.append(starts[at] / total)
            values.append(value)
    animate = (f'<animate attributeName="visibility" dur="{total:.1f}s" repeatCount="indefinite" calcMode="discrete" '
               f'keyTimes="{";".join("%.4f" % t for t in times)}" values="{";".join(values)}"/>')
    return f'<g visibility="{values[0]}">{animate}\n{text}</g>'


def main():
    """Of stdin; or of files, each with the seconds for which it is seen: FILE SECONDS FILE SECONDS..."""
    args = sys.argv[1:]
    texts = [open(name, encoding="utf-8").read() for name in args[::2]] or [sys.stdin.read()]
    seconds = [float(s) for s in args[1::2]] or [1.0]
    pictures = [[runs(line) for line in text.rstrip("\n").split("\n")] for text in texts]
    starts, total = [sum(seconds[:i]) for i in range(len(seconds))], sum(seconds)
    lines = max(map(len, pictures))
    columns = max((r[-1][1] + r[-1][3] for p in pictures for r in p if r), default=80)
    width, height = columns * CELL_W + 16, lines * CELL_H + 16
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">')
    print(f'<rect width="100%" height="100%" rx="6" fill="{BACK}"/>')
    print(f"<g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{FONT}\" xml:space=\"preserve\">")
    for y in range(lines):
        for text, first, end in spans(pictures, y):
            group = shown(text, first, end, starts, total)
            if group:
                print(group)
    print("</g>\n</svg>")


main()
