"""Renders escaped texts with GitHub's own Markdown library, in every place where our pages put text.

Usage: markdown.py TEXTS. TEXTS is JSON: a list of pairs of a text and its escaped form. Prints how many pages it compared, and fails where
a page shows another text or has any element that is not ours.
"""

import html
import json
import pathlib
import re
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

# A place, and what the library makes of it around the text.
PLACES = [
    ("%s\n", "<p>%s</p>"),
    ("- %s\n", "<ul><li>%s</li></ul>"),
    ("- file changed %s\n", "<ul><li>file changed %s</li></ul>"),
    ("- <code>%s</code>: x\n", "<ul><li><code>%s</code>: x</li></ul>"),
    ("### %s (x)\n", "<h3>%s (x)</h3>"),
    ("> “%s” x\n", "<blockquote><p>“%s” x</p></blockquote>"),
    ("<details><summary>%s</summary>\n\n</details>\n", "<details><summary>%s</summary></details>"),
    ("| a | b |\n|---|---|\n| %s | x |\n", "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>%s</td><td>x</td></tr></tbody></table>"),
]


def flat(page):
    """The page without line breaks between elements, our spans, and spaces at an element's ends, which no one sees."""
    page = re.sub(r"</?span>", "", page)
    page = re.sub(r"\s*\n\s*", "", page)
    return re.sub(r"(>) +| +(</)", r"\1\2", page)


def main(texts):
    pages = 0
    for text, escaped in json.loads(pathlib.Path(texts).read_text(encoding="utf-8")):
        for place, around in PLACES:
            made = cmarkgfm.github_flavored_markdown_to_html(place % escaped, options=Options.CMARK_OPT_UNSAFE)
            # Raw HTML stays as we wrote it: references in it are the browser's.
            shown = flat(re.sub(r"&#(\d+);", lambda found: html.escape(chr(int(found[1])), quote=False), made).replace("&quot;", '"'))
            wanted = flat(around % html.escape(text, quote=False))
            if shown != wanted:
                sys.exit(f"{text!r} as {escaped!r} in {place!r} is\n{shown!r}, and not\n{wanted!r}")
            pages += 1
    print(pages)


main(*sys.argv[1:])
