#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schema.py SCHEMA [FILE...]: every line of the files (or of standard input) is valid
under the JSON Schema and is spelled canonically. Exit 0 yes, 1 no, 77 no jsonschema here."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def main():
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad = lines = 0
    for file in [open(f, "rb") for f in sys.argv[2:]] or [sys.stdin.buffer]:
        for number, line in enumerate(file, 1):
            lines += 1
            text = line.decode("utf-8")
            value = json.loads(text)
            for error in validator.iter_errors(value):
                where = "/".join(map(str, error.absolute_path))
                print(f"{file.name}:{number}: {where}: {error.message[:200]}")
                bad += 1
            canonical = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            if text != canonical + "\n":
                print(f"{file.name}:{number}: not canonical")
                bad += 1
    print(f"{lines} lines, {bad} faults")
    return 1 if bad else 0


sys.exit(main())
