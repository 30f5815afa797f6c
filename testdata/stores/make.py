#!/usr/bin/env python3
"""Makes the keystores of this folder from testdata/pki: those that need `keytool` or an `openssl` option that
testdata/make.py does not use. Salts are random, so a second run writes other bytes that open alike.

Needs `openssl` (3.0 or newer) and `keytool` (JDK 17). The keys are published with the source and protect nothing.
"""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PKI = HERE.parent / "pki"


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def keytool(*words):
    run("keytool", *words, "-noprompt")


def export(name, password, *more):
    run("openssl", "pkcs12", "-export", "-name", "server", "-in", PKI / "server-fullchain.pem", "-inkey",
        PKI / "server.key", "-passout", f"pass:{password}", "-out", HERE / name, *more)


export("server-empty.p12", "")
export("plain.p12", "", "-keypbe", "NONE", "-certpbe", "NONE", "-nomac")
# As an editor leaves it that takes the bytes for UTF-8.
whole = (PKI / "server.p12").read_bytes()
(HERE / "mangled.p12").write_bytes(whole.decode("utf-8", "replace").encode())
(HERE / "two-passwords.jks").unlink(missing_ok=True)
keytool("-importkeystore", "-srckeystore", PKI / "server.p12", "-srcstorepass", "correct horse", "-srcalias", "server",
        "-destkeystore", HERE / "two-passwords.jks", "-deststoretype", "JKS", "-deststorepass", "correct horse",
        "-destkeypass", "battery staple")
