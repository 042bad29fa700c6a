# SPDX-License-Identifier: Apache-2.0
"""exports.py FORMAT FILE [HIDDEN...]: is this what its specification asks for?

The schemas of OASIS and MISP and the XSD of RFC 7970 are in no package of Debian or npm, and
Suricata is in neither, so what they would check is written out here from the specifications, for
the part of each language that is used. Each HIDDEN text must not occur in the file."""
import csv, ipaddress, json, re, sys, uuid
import xml.etree.ElementTree as ET

path = sys.argv[2]
text = open(path, encoding="utf-8").read()
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HEX = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9_.-]+\.[A-Za-z0-9_.-]+")


def need(what, sentence):
    if not what:
        sys.exit(f"FAILED: {path}: {sentence}")


def jcs(x):
    return json.dumps(x, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def no_twice(pairs):
    need(len({k for k, _ in pairs}) == len(pairs), "a key stands twice")
    return dict(pairs)


# STIX 2.1: what must be there (M), what else may (O), by type; sections 3 to 7.
COMMON = "type spec_version id"
SDO = COMMON + " created modified"
MORE = "created_by_ref object_marking_refs external_references"
TYPES = {
    "identity": (SDO + " name", MORE + " identity_class"),
    "attack-pattern": (SDO + " name", MORE),
    "observed-data": (SDO + " first_observed last_observed number_observed object_refs", MORE),
    "note": (SDO + " content object_refs", MORE + " abstract"),
    "indicator": (SDO + " pattern pattern_type valid_from", MORE + " name indicator_types pattern_version"),
    "sighting": (SDO + " sighting_of_ref", MORE + " first_seen last_seen count observed_data_refs where_sighted_refs"),
    "relationship": (SDO + " relationship_type source_ref target_ref", MORE),
    "marking-definition": (COMMON + " created", "name extensions"),
    "ipv4-addr": (COMMON + " value", "object_marking_refs"),
    "ipv6-addr": (COMMON + " value", "object_marking_refs"),
    "domain-name": (COMMON + " value", "object_marking_refs"),
    "network-traffic": (COMMON + " protocols", "start end src_ref dst_ref dst_port object_marking_refs"),
}
# Section 2.9, and of each type the properties its id hangs on.
SPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
HANGS_ON = {"ipv4-addr": ["value"], "ipv6-addr": ["value"], "domain-name": ["value"],
            "network-traffic": ["start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"]}
PATTERN = re.compile(
    r"\[(ipv4-addr|ipv6-addr|domain-name):value = '([^'\\]+)'\]|"
    r"\[network-traffic:dst_ref\.type = '(ipv[46]-addr)' AND network-traffic:dst_ref\.value = '([^'\\]+)'"
    r" AND network-traffic:dst_port = (\d+)( AND network-traffic:protocols\[\*\] = '[a-z0-9]+')?\]")


def stix():
    bundle = json.loads(text, object_pairs_hook=no_twice)
    need(set(bundle) == {"type", "id", "objects"} and bundle["type"] == "bundle", "no bundle")
    objects = {o["id"]: o for o in bundle["objects"]}
    need(len(objects) == len(bundle["objects"]), "an id stands twice")
    refs = set()
    for o in objects.values():
        must, may = (set(x.split()) for x in TYPES[o["type"]])
        need(must <= set(o) <= must | may, f"{o['type']} has {set(o) ^ must}")
        kind, _, tail = o["id"].partition("--")
        need(kind == o["type"] and str(uuid.UUID(tail)) == tail and o["spec_version"] == "2.1", o["id"])
        if kind in HANGS_ON:
            key = {k: o[k] for k in HANGS_ON[kind] if k in o}
            need(uuid.uuid5(SPACE, jcs(key)) == uuid.UUID(tail), f"{o['id']} does not follow from {key}")
            need(uuid.UUID(tail).version == 5, o["id"])
        for k, v in o.items():
            if k in ("created", "modified", "start", "end", "valid_from") or k.startswith(("first_", "last_")):
                need(STAMP.fullmatch(v), f"{k} {v}")
            for r in v if k.endswith("_refs") else [v] if k.endswith("_ref") else []:
                need(r in objects, f"{o['id']} refers to {r}, which is not there")
                refs.add(r)
            need(v not in ([], {}, None), f"{k} is empty")  # section 2.7
        need("confidence" not in o, "a degree of belief where nothing was concluded")
        if kind in ("observed-data", "note", "indicator", "sighting", "relationship"):
            sources = {r["source_name"]: r["external_id"] for r in o["external_references"]}
            need(HEX.fullmatch(sources["geophone-statement"]), "no way back to the statement")
            if sys.argv[3:]:
                need("geophone-finding" not in sources, "the id of the finding gives the host away")
        if kind == "indicator":
            need(PATTERN.fullmatch(o["pattern"]) and o["pattern_type"] == "stix", o["pattern"])
        if kind == "observed-data":
            need(o["first_observed"] <= o["last_observed"] and 1 <= o["number_observed"] <= 999999999, "observed")
        if kind == "network-traffic":
            need({"src_ref", "dst_ref"} & set(o) and o["start"] <= o["end"], "traffic of nobody")
        if kind in ("ipv4-addr", "ipv6-addr"):
            need(ipaddress.ip_address(o["value"]).version == int(kind[3]), o["value"])
    levels = [o for o in objects.values() if o["type"] == "marking-definition"]
    need(len(levels) == 1 and levels[0]["id"] in refs, "not marked")
    need(all(o["object_marking_refs"] == [levels[0]["id"]] for o in objects.values() if o is not levels[0]), "unmarked")
    return sum(o["type"] == "indicator" for o in objects.values())


MISP_TYPES = {"ip-src", "ip-dst", "ip-dst|port", "hostname"}


def misp():
    event = json.loads(text, object_pairs_hook=no_twice)["Event"]
    strings = "date threat_level_id info analysis distribution timestamp uuid".split()
    need(all(isinstance(event[k], str) for k in strings) and isinstance(event["published"], bool), "types of the event")
    need(set(event) == set(strings) | {"published", "Attribute", "Orgc", "Tag"}, f"keys of the event: {set(event)}")
    need(event["threat_level_id"] in "1234" and event["analysis"] in "012", "levels")
    need(re.fullmatch(r"\d{4}-\d\d-\d\d", event["date"]), "date")
    for a in event["Attribute"]:
        need(isinstance(a["to_ids"], bool) and all(isinstance(v, str) for k, v in a.items() if k != "to_ids"), "types")
        need(a["type"] in MISP_TYPES and a["category"] == "Network activity", a["type"])
        need(not (a["type"] == "ip-src" and a["to_ids"]), "a host is to be matched against")
        need(re.search(r"Geophone (finding|statement) [0-9a-f]{64}", a["comment"]), "no way back")
        value, _, port = a["value"].partition("|")
        if a["type"] == "hostname":
            need(NAME.fullmatch(value), value)
        else:
            ipaddress.ip_address(value)
            need((port != "") == (a["type"] == "ip-dst|port") and (port == "" or 0 < int(port) < 65536), a["value"])
    need(len({a["uuid"] for a in event["Attribute"]}) == len(event["Attribute"]), "a UUID twice")
    return sum(a["to_ids"] for a in event["Attribute"])


# RFC 7970 section 3: the children of each class in their order; ? none or one, * any, + one or more.
IODEF = {
    "IODEF-Document": "Incident+",
    "Incident": "IncidentID StartTime? EndTime? GenerationTime Description* Contact+ EventData* IndicatorData? AdditionalData*",
    "Contact": "ContactName+", "EventData": "StartTime? EndTime? Flow*", "Flow": "System+",
    "System": "Node Service*", "Node": "DomainData* Address*", "DomainData": "Name", "Service": "Port?",
    "IndicatorData": "Indicator+", "Indicator": "IndicatorID Description* StartTime? Observable",
    "Observable": "System",
}


def iodef():
    ns = "{urn:ietf:params:xml:ns:iodef-2.0}"
    root = ET.fromstring(text)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    need(root.tag == ns + "IODEF-Document" and root.get("version") == "2.00" and root.get(lang), "the document")
    for e in root.iter():
        name = e.tag.removeprefix(ns)
        children = " ".join(c.tag.removeprefix(ns) for c in e) + " "
        order = "".join(f"(?:{p.rstrip('?*+')} ){p[-1] if p[-1] in '?*+' else ''}" for p in IODEF.get(name, "").split())
        need(re.fullmatch(order, children if len(e) else ""), f"{name} has {children}")
        if name.endswith("Time"):
            need(STAMP.fullmatch(e.text), e.text)
        if name == "Address":
            need(ipaddress.ip_address(e.text).version == int(e.get("category")[3]), e.text)
        if name == "Node":
            need(len(e), "a node without a name or an address")
        if name == "Incident":
            need(e.get("purpose") == "reporting" and e.get("restriction"), "attributes of an incident")
            said = {a.get("meaning"): a.text for a in e.findall(ns + "AdditionalData")}
            need(HEX.fullmatch(said["SHA-256 of the signed statement (DSSE PAE)"]), "no way back")
        if name == "AdditionalData":
            need(e.get("dtype") == "string", "dtype")
    return len(root.findall(f".//{ns}Indicator"))


RULE = re.compile(r"alert (tcp|udp|icmp|ip|dns|tls|http) \$HOME_NET any -> (\S+) (any|\d+) \((.*)\)")
OPTION = re.compile(r'([a-z._]+)(?::("(?:[^"\\;]|\\.)*"|[^";]*))?; ?')
WORDS = {"msg", "flow", "threshold", "metadata", "sid", "rev", "dns.query", "tls.sni", "http.host", "dotprefix",
         "content", "nocase", "endswith", "ip_proto"}


def suricata():
    sids, targets = set(), set()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        m = RULE.fullmatch(line)
        need(m, line)
        options = OPTION.findall(m[4])
        need("".join(o.group(0) for o in OPTION.finditer(m[4])) == m[4], f"options of {line}")
        need({k for k, _ in options} <= WORDS, f"keywords {options}")
        said = dict(options)
        need(1000000 <= int(said["sid"]) < 2000000 and said["sid"] not in sids and said["rev"] == "1", "sid")
        sids.add(said["sid"])
        meta = dict(pair.strip().split(" ") for pair in said["metadata"].split(","))
        need(HEX.fullmatch(meta.get("geophone_finding") or meta["geophone_statement"]), "no way back")
        if m[2] == "any":
            need(re.fullmatch(r'"\.[A-Za-z0-9_.-]+"', said["content"]), said["content"])
            targets.add(said["content"])
        else:
            targets.add((str(ipaddress.ip_address(m[2])), m[3], m[1], said.get("ip_proto")))
    return len(targets)


def sigma():
    try:
        import yaml
    except ImportError:
        print("no YAML here; the rules are not read")
        return -1
    rules = list(yaml.safe_load_all(text))
    for r in rules:
        need(set(r) == set("title id status description references author date tags logsource detection falsepositives "
                           "level".split()), f"keys of the rule: {set(r)}")
        need(0 < len(r["title"]) <= 256 and str(uuid.UUID(r["id"])) == r["id"], r["title"])
        need(r["status"] == "experimental" and r["level"] in "informational low medium high critical".split(), "level")
        need(set(r["logsource"]) == {"category"} and r["detection"]["condition"] == "selection", "detection")
        need(all(re.fullmatch(r"[a-z0-9_-]+\.[a-z0-9._-]+", t) for t in r["tags"]), r["tags"])
        need(re.fullmatch(r"urn:sha256:[0-9a-f]{64}", r["references"][0]), "no way back")
        s = r["detection"]["selection"]
        if isinstance(s, dict):
            ipaddress.ip_address(s["dst_ip"])
            need(set(s) <= {"dst_ip", "dst_port"}, s)
        else:
            need(NAME.fullmatch(s[0]["query"]) and s[1]["query|endswith"] == "." + s[0]["query"], s)
    need(len({r["id"] for r in rules}) == len(rules), "an id twice")
    return len(rules)


def events():
    rows = list(csv.DictReader(open(path, encoding="utf-8", newline="")))
    for r in rows:
        need(len(r) == 30 and None not in r and None not in r.values(), "columns")
        need(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", r["timestamp"]), r["timestamp"])
        ipaddress.ip_address(r["src_ip"])
        if r["dst_ip"]:
            ipaddress.ip_address(r["dst_ip"])
        need(HEX.fullmatch(r["event_id"]) and not any(v[:1] in "=+-@" and v for v in r.values()), "cells")
    return len(rows)


checks = {"stix": stix, "misp": misp, "iodef": iodef, "suricata": suricata, "sigma": sigma, "csv": events}
print(checks[sys.argv[1]]())
for hidden in sys.argv[3:]:
    need(not re.search(rf"(?<![\d.]){re.escape(hidden)}(?![\d])", text), f"{hidden} is in it")
need(not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e]", text), "a control character is in it")
