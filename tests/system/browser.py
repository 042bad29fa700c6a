# SPDX-License-Identifier: Apache-2.0
"""
docs/verify.html in a browser, as a person uses it: the folder is chosen, the verdict read.
browser.py CHROMIUM PAGE BAG WORK: a good bag holds, each planted change does not, and the
page asks nothing of the network. Speaks the DevTools protocol over the browser's pipe.
"""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys

chromium, page, bag, work = sys.argv[1:]


class Browser:
    def __init__(self):
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()

        def fds():
            a, b = os.dup(to_r), os.dup(back_w)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--disable-extensions",
             "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking", f"--user-data-dir={work}/profile"],
            preexec_fn=fds, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_r)
        os.close(back_w)
        self.n, self.rest, self.events, self.session = 0, b"", [], None

    def read(self):
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 16)
            if not more:
                sys.exit("FAILED: the browser went away")
            self.rest += more
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def __call__(self, method, **params):
        self.n += 1
        message = {"id": self.n, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            m = self.read()
            if m.get("id") == self.n:
                if "error" in m:
                    sys.exit(f"FAILED: {method}: {m['error']}")
                return m["result"]
            self.events.append(m)

    def evaluate(self, text):
        r = self("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in r:
            sys.exit(f"FAILED: {r['exceptionDetails']}")
        return r["result"].get("value")

    def open(self):
        self.session = None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "DOM", "Network", "Runtime"):
            self(domain + ".enable")
        self("Page.navigate", url="file://" + os.path.abspath(page))
        self.evaluate("new Promise(r => document.readyState === 'complete' ? r() : addEventListener('load', r))")

    def judge(self, folder):
        """Choose the folder, wait for the page's own word, and give what it shows."""
        self.open()
        # Before the change event can come, so that nothing is missed.
        self.evaluate("""window.told = new Promise(done => new MutationObserver(() => {
            const v = document.getElementById("verdict"); if (v.className === "pass" || v.className === "fail") done(v.className) })
            .observe(document.getElementById("verdict"), { attributes: true, childList: true })); 1""")
        root = self("DOM.getDocument")["root"]["nodeId"]
        pick = self("DOM.querySelector", nodeId=root, selector="#pick")["nodeId"]
        self("DOM.setFileInputFiles", nodeId=pick, files=[os.path.abspath(folder)])
        said = self.evaluate("Promise.race([window.told, new Promise(r => setTimeout(() => r('nothing'), 60000))])")
        return said, self.evaluate("document.body.innerText")

    def asked(self):
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"
                and not e["params"]["request"]["url"].startswith(("file:", "blob:", "data:"))]


def fit(folder):
    """New manifests, as somebody writes them who cannot sign."""
    files = sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder + "/data") for f in fs)
    digest = lambda f: hashlib.sha256(open(os.path.join(folder, f), "rb").read()).hexdigest()
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in files)
    open(folder + "/manifest-sha256.txt", "w").write("".join(f"{digest(f)}  {f}\n" for f in files))
    info = [l for l in open(folder + "/bag-info.txt") if not l.startswith("Payload-Oxum")]
    open(folder + "/bag-info.txt", "w").write("".join(info) + f"Payload-Oxum: {size}.{len(files)}\n")
    tags = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]
    open(folder + "/tagmanifest-sha256.txt", "w").write("".join(f"{digest(f)}  {f}\n" for f in tags))


def first(folder, below, ending):
    return next(os.path.join(d, f) for d, _, fs in sorted(os.walk(f"{folder}/data/{below}")) for f in sorted(fs) if f.endswith(ending))


def slice_of(folder):
    """What is held against a signed hash: packets, what is left of them, or flow records."""
    slices = folder + "/data/slices"
    if not os.path.isdir(slices):
        return first(folder, "flows", ".jsonl")
    left = any(f.endswith(".packets.jsonl") for f in os.listdir(slices))
    return first(folder, "slices", ".packets.jsonl" if left else ".pcapng")


def flip(path):
    data = bytearray(open(path, "rb").read())
    data[len(data) // 2] ^= 1
    open(path, "wb").write(data)


def other_payload(folder):
    path = first(folder, "findings", ".dsse.json")
    envelope = json.load(open(path))
    body = base64.b64decode(envelope["payload"]).replace(b'"schema":1', b'"schema":2')
    envelope["payload"] = base64.b64encode(body).decode()
    open(path, "w").write(json.dumps(envelope, separators=(",", ":")) + "\n")


def other_signature(folder):
    path = first(folder, "findings", ".dsse.json")
    envelope = json.load(open(path))
    sig = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    sig[5] ^= 1
    envelope["signatures"][0]["sig"] = base64.b64encode(sig).decode()
    open(path, "w").write(json.dumps(envelope, separators=(",", ":")) + "\n")


changes = [
    ("a byte of the report", lambda d: flip(d + "/data/report/report.html"), False),
    ("a file too many", lambda d: open(d + "/data/more", "w").write("x"), False),
    ("a file gone", lambda d: os.remove(d + "/data/report/report.html"), False),
    ("a byte of a slice, manifests that fit", lambda d: flip(slice_of(d)), True),
    ("another payload, manifests that fit", other_payload, True),
    ("another signature, manifests that fit", other_signature, True),
]
browser = Browser()
try:
    said, text = browser.judge(bag)
    if said != "pass" or "What could be checked here holds" not in text:
        sys.exit(f"FAILED: a good bag: {said}\n{text[:3000]}")
    if "Unwitnessed" not in text and "unwitnessed" not in text:
        sys.exit("FAILED: the page does not say that nobody else vouches")
    for name, change, fitting in changes:
        folder = work + "/changed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(bag, folder)
        change(folder)
        if fitting:
            fit(folder)
        said, text = browser.judge(folder)
        if said != "fail" or "does not verify" not in text:
            sys.exit(f"FAILED: {name}: {said}\n{text[:3000]}")
    if browser.asked():
        sys.exit(f"FAILED: the page asks {browser.asked()}")
    # Nor could it: its own policy refuses. And the measure works: without a policy an ask is seen.
    ask = "fetch('http://127.0.0.1:9/').catch(() => 1)"
    refused = browser.evaluate("new Promise(r => { addEventListener('securitypolicyviolation', e => r(e.blockedURI)); "
                               f"{ask}.then(() => setTimeout(() => r(''), 3000)) }})")
    if not refused or browser.asked():
        sys.exit("FAILED: the page's policy lets it ask")
    browser("Page.navigate", url="about:blank")
    browser.evaluate(ask)
    if not browser.asked():
        sys.exit("FAILED: an ask would not have been seen")
finally:
    browser.process.kill()
print(f"in the browser: a good bag holds, {len(changes)} changes do not, nothing is asked of the network")
