#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tsa.py DIR [rsa|ec]: a time stamping authority on the loopback, made of `openssl ts`.

Makes a root and a signer in DIR (ca.pem is the root), prints its URL, and serves until killed.
"""
import http.server
import os
import subprocess
import sys

folder, kind = sys.argv[1], (sys.argv[2:] + ["ec"])[0]
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
CONF = """
[tsa]
default_tsa = one
[one]
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./ca.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
accuracy = secs:1
clock_precision_digits = 0
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
[dn]
[ca_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if not os.path.exists("tsa.pem"):
    with open("conf", "w") as f:
        f.write(CONF)
    with open("serial", "w") as f:
        f.write("01\n")
    new = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    run("openssl", "req", "-x509", "-config", "conf", "-extensions", "ca_ext", *new, "-nodes", "-keyout", "ca.key",
        "-out", "ca.pem", "-days", "3650", "-subj", "/O=Geophone test/CN=Root")
    run("openssl", "req", "-config", "conf", *new, "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
        "-subj", "/O=Geophone test/CN=Test TSA")
    run("openssl", "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "3650", "-extfile", "conf", "-extensions", "tsa_ext", "-out", "tsa.pem")


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        with open("query.tsq", "wb") as f:
            f.write(self.rfile.read(int(self.headers["Content-Length"])))
        reply = subprocess.run(["openssl", "ts", "-reply", "-config", "conf", "-section", "one", "-queryfile",
                                "query.tsq"], capture_output=True).stdout
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
