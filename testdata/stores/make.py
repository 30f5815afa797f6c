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
export("server-legacy.p12", "correct horse", "-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-iter", "2048")
run("openssl", "pkcs12", "-export", "-name", "server", "-in", PKI / "server.pem", "-inkey", PKI / "server.key",
    "-passout", "pass:correct horse", "-out", HERE / "server-alone.p12")
export("plain.p12", "", "-keypbe", "NONE", "-certpbe", "NONE", "-nomac")
# As an editor leaves it that takes the bytes for UTF-8.
whole = (PKI / "server.p12").read_bytes()
(HERE / "mangled.p12").write_bytes(whole.decode("utf-8", "replace").encode())
for name in ("two-passwords.jks", "server.jceks", "secret.jceks"):
    (HERE / name).unlink(missing_ok=True)
keytool("-importkeystore", "-srckeystore", PKI / "server.p12", "-srcstorepass", "correct horse", "-srcalias", "server",
        "-destkeystore", HERE / "two-passwords.jks", "-deststoretype", "JKS", "-deststorepass", "correct horse",
        "-destkeypass", "battery staple")
FAST = "-J-Djdk.jceks.iterationCount=10000"
keytool("-importkeystore", "-srckeystore", PKI / "server.p12", "-srcstorepass", "correct horse", "-srcalias", "server",
        "-destkeystore", HERE / "server.jceks", "-deststoretype", "JCEKS", "-deststorepass", "correct horse",
        "-destkeypass", "correct horse", FAST)
# Secret keys and a private one in one store: where a sealed secret key ends must be found.
JCEKS = ["-keystore", HERE / "secret.jceks", "-storetype", "JCEKS", "-storepass", "correct horse"]
keytool("-genseckey", "-alias", "first", "-keyalg", "AES", "-keysize", "256", "-keypass", "correct horse", *JCEKS, FAST)
keytool("-importkeystore", "-srckeystore", PKI / "server.p12", "-srcstorepass", "correct horse", "-srcalias", "server",
        "-destkeystore", HERE / "secret.jceks", "-deststoretype", "JCEKS", "-deststorepass", "correct horse",
        "-destkeypass", "correct horse", FAST)
keytool("-genseckey", "-alias", "second", "-keyalg", "DES", "-keypass", "correct horse", *JCEKS, FAST)


def streamed(der):
    """The same elements with indefinite lengths, and long strings in two pieces, as a writer does that streams."""
    out, at = b"", 0
    while at < len(der):
        tag, length, head = der[at], der[at + 1], 2
        if length > 0x80:
            count = length & 0x7F
            length, head = int.from_bytes(der[at + 2 : at + 2 + count], "big"), 2 + count
        content = der[at + head : at + head + length]
        if tag == 0x04 and length > 200:
            pieces = (content[: length // 2], content[length // 2 :])
            out += b"\x24\x80" + b"".join(b"\x04\x82" + len(it).to_bytes(2, "big") + it for it in pieces) + b"\0\0"
        elif tag & 0x20:
            out += bytes([tag]) + b"\x80" + streamed(content) + b"\0\0"
        else:
            out += der[at : at + head + length]
        at += head + length
    return out


(HERE / "streamed.p12").write_bytes(streamed(whole))
