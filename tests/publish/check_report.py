#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_report.py PRINT: the HTML report is well formed, refers to nothing outside itself,
runs nothing, shows strangers' text as text, stays small, and can be read by all."""
import html.parser
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

program = sys.argv[1]
faults = []


def run(which, form):
    return subprocess.run([program, which, form], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def expect(ok, what):
    if not ok:
        faults.append(what)
    return ok


def text_of(element):
    return "".join(element.itertext())


# What may occur at all; whatever is not here is a fault, so there is no list of evils.
PLAIN = {"class", "id", "aria-label", "aria-hidden", "aria-labelledby"}
ELEMENTS = {
    "html": {"lang"}, "head": set(), "title": set(), "style": set(), "body": set(),
    "meta": {"charset", "http-equiv", "content", "name"}, "a": {"href"}, "th": {"scope", "colspan"},
    "svg": {"viewBox", "preserveAspectRatio", "role"}, "path": {"d"},
    "rect": {"x", "y", "width", "height"}, "i": {"style"}, "span": {"style"},
} | {name: set() for name in "header main section footer article h1 h2 h3 h4 p b em code pre sup ol ul li dl dt dd div "
     "details summary table caption thead tbody tfoot tr td figure figcaption small desc".split()}
CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
HIDDEN = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
VOID = {"meta", "path", "rect"}


class Balance(html.parser.HTMLParser):
    """A reader that is not XML: every tag is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        expect(tag in VOID, f"<{tag}/> is not empty in HTML")

    def handle_endtag(self, tag):
        expect(self.open and self.open.pop() == tag, f"</{tag}> closes something else")


def check_attributes(which, element):
    name = element.tag
    if not expect(name in ELEMENTS, f"{which}: <{name}>"):
        return
    for key, value in element.attrib.items():
        if not expect(key in ELEMENTS[name] | PLAIN, f"{which}: <{name} {key}>"):
            continue
        if key == "href":
            expect(re.fullmatch("#[a-z0-9-]+", value), f"{which}: href={value}")
        elif key == "style":
            expect(re.fullmatch(r"(--p|left):[0-9]+\.[0-9]+%", value), f"{which}: style={value}")
        elif key == "d":
            expect(re.fullmatch(r"[MVHlhvz0-9 -]*", value), f"{which}: d={value[:60]}")
        elif name != "meta" and key != "aria-label":
            expect(re.fullmatch(r"[A-Za-z0-9 -]*", value), f"{which}: {key}={value}")


def check_structure(which, root):
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    expect(len(ids) == len(set(ids)), f"{which}: an id twice")
    for e in root.iter():
        check_attributes(which, e)
        if "href" in e.attrib:
            expect(e.attrib["href"][1:] in ids, f"{which}: {e.attrib['href']} leads nowhere")
        for target in e.attrib.get("aria-labelledby", "").split():
            expect(target in ids, f"{which}: labelled by {target}, which is nowhere")
        if e.tag == "th":
            expect(e.attrib.get("scope") in ("row", "col"), f"{which}: th without scope")
        if e.tag == "section":
            expect("aria-labelledby" in e.attrib or e.attrib.get("class") == "claim", f"{which}: a section without a name")
    metas = [m.attrib for m in root.iter("meta")]
    expect({"charset": "utf-8"} in metas, f"{which}: no charset")
    expect({"http-equiv": "Content-Security-Policy", "content": CSP} in metas, f"{which}: not our policy")
    expect(any(m.get("name") == "viewport" for m in metas), f"{which}: no viewport")
    expect(metas.index({"http-equiv": "Content-Security-Policy", "content": CSP}) <= 1, f"{which}: the policy comes late")
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
    expect(levels.count(1) == 1 and levels[0] == 1, f"{which}: h1: {levels[:5]}")
    expect(all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"{which}: a heading level is skipped")


def check_pictures(which, root, findings):
    pictures = [e for e in root.iter("svg") if e.attrib.get("role") == "img"]
    for svg in root.iter("svg"):
        expect(svg in pictures or svg.attrib.get("aria-hidden") == "true", f"{which}: a picture without a role")
    for svg in pictures:
        marks = sum(len(re.findall("M", e.attrib.get("d", "M"))) for e in svg.iter() if e.tag in ("path", "rect"))
        expect(marks <= 2000, f"{which}: {marks} marks")
        expect(len(text_of(svg.find("title"))) > 5, f"{which}: no title")
        expect(len(text_of(svg.find("desc"))) > 20, f"{which}: no description")
        for path in svg.iter("path"):
            for x in re.findall(r"[MH]([0-9]+)", path.attrib["d"]):
                expect(int(x) <= 10000, f"{which}: a mark at {x}")
            for y in re.findall(r"(?:V|M[0-9]+ )(-?[0-9]+)", path.attrib["d"]):
                expect(0 <= int(y) <= 1000, f"{which}: a mark at height {y}")
    for article in root.iter("article"):
        f = findings[int(article.attrib["id"][8:]) - 1]
        strokes = [len(re.findall("M", e.attrib["d"])) for e in article.iter("path") if e.attrib.get("class") == "ticks"]
        if f["kind"] == "beacon":
            expect(strokes == ([f["contacts"]] if f["contacts"] <= 400 else []), f"{which}: strokes {strokes} for {f['contacts']}")
    for span in root.iter("span"):
        if "left:" in span.attrib.get("style", ""):
            expect(float(span.attrib["style"][5:-1]) <= 100, f"{which}: a label at {span.attrib['style']}")


def check_words(which, root, findings, text):
    alerts = [f for f in findings if f["severity"] in ("medium", "high", "critical")]
    flat = " ".join(text_of(root.find("body")).split())
    expect(f"{len(alerts):,} alert" in text_of(root.find("head/title")), f"{which}: the title")
    articles = list(root.iter("article"))
    expect(len(articles) == min(len(alerts), 100) + min(len(findings) - len(alerts), 100), f"{which}: {len(articles)} at length")
    for article in articles:
        f = findings[int(article.attrib["id"][8:]) - 1]
        said = " ".join(text_of(article).split())
        for part in (f["host"], f.get("peer", ""), f["id"], f["severity"]):
            expect(part in said, f"{which}: {part} is missing")
        for term in f["control"]["terms"]:
            expect(term["name"].replace("_", " ") in said, f"{which}: {term['name']} is missing")
        for benign in f["benign"]:
            expect(benign["what"] in said, f"{which}: {benign['what']} is missing")
        expect(said.count("possible") >= sum(b["stands"] for b in f["benign"]), f"{which}: what stands")
        for field in ("why", "name", "input"):
            value = f.get(field, "")
            if value.isprintable() and "\ufffd" not in value:
                expect(" ".join(value.split()) in said, f"{which}: {field} is not shown as it is: {value}")
    for word in ("What was read", "What was not seen", "geophone verify", "README-VERIFY.txt", "What the words mean"):
        expect(word in flat, f"{which}: {word} is missing")
    expect(("What to do now" in flat) and (("cut the connection" in flat) == bool(alerts)), f"{which}: what to do")
    rows = [e for e in root.iter("div") if e.attrib.get("class") == "row"]
    shown = len(articles) + len(rows)
    for group in [e for e in root.iter("details") if e.attrib.get("class") == "row group"]:
        told = int(re.search(r"([0-9,]+) pairs on", text_of(group.find("summary"))).group(1).replace(",", ""))
        within = len(group.findall("details")) + len(group.findall("div"))
        expect(within == told or (within < told and "more are not shown" in flat), f"{which}: a group of {told} holds {within}")
    left_out = re.search(r"([0-9,]+) more are not shown", flat)
    expect(shown + (int(left_out.group(1).replace(",", "")) if left_out else 0) == len(findings), f"{which}: findings are lost")
    expect(not re.search(HIDDEN, text), f"{which}: a control or bidi character")


def check_style(which, style):
    expect(not re.search(r"url\(|@import|expression|https?:|//|[<>&]\S*script|image-set|src", style.replace("->", "")), f"{which}: the style refers to something")
    expect("</" not in style and "<" not in style, f"{which}: the style closes a tag")


def luminance(colour):
    colour = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055)**2.4 for p in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def check_contrast(style):
    schemes = [dict(re.findall(r"--([a-z]+): #([0-9a-f]+)", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)]
    expect(len(schemes) == 3, f"{len(schemes)} schemes: light, dark, print")
    for number, scheme in enumerate(schemes):
        for paper in ("paper", "sheet"):
            for ink in "ink soft accent critical high medium low info".split():
                ratio = contrast(scheme[ink], scheme[paper])
                expect(ratio >= 4.5, f"scheme {number}: {ink} on {paper}: {ratio:.2f}")
        for mark in "mark for against".split():
            ratio = contrast(scheme[mark], scheme["paper"])
            expect(ratio >= 3, f"scheme {number}: {mark}: {ratio:.2f}")


SIZE = {"none": 40_000, "one": 80_000, "many": 1_500_000}
for which in ["none", "one", "day", "forty", "many", "hostile", "other"]:
    text = run(which, "report")
    expect(text == run(which, "report"), f"{which}: not the same twice")
    expect(len(text) <= SIZE.get(which, 1_500_000), f"{which}: {len(text)} bytes")
    expect(text.startswith("<!DOCTYPE html>\n<html lang=\"en\">"), f"{which}: begins with {text[:40]}")
    root = ElementTree.fromstring(text)
    balance = Balance()
    balance.feed(text)
    balance.close()
    expect(balance.open == [], f"{which}: left open: {balance.open}")
    findings = [json.loads(line) for line in run(which, "json").splitlines()]
    check_structure(which, root)
    check_pictures(which, root, findings)
    check_words(which, root, findings, text)
    check_style(which, text_of(root.find("head/style")))
check_contrast(text_of(root.find("head/style")))

hostile = text_of(ElementTree.fromstring(run("hostile", "report")).find("body"))
for shown in ["<script>alert(1)</script>.example", "\"onload=alert(1) x='y'.example", "\\u202egpj.exe\\u2066 example",
              "\\x1b]0;owned\\x07\\x1b[2Jclear.example\\x0d\\x0a\\x09line", "broken \\xff\\xc0\\xaf utf8",
              "</style></title><svg/onload=x>&amp;&#x41;", "例子.中国", "]]><!--a---- https://evil.example/?a=b&c=d src=x url(x)"]:
    expect(shown in hostile, f"not shown as it is: {shown}")

print("\n".join(faults[:40]))
sys.exit(1 if faults else 0)
