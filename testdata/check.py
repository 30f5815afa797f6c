#!/usr/bin/env python3
"""Checks that the files of testdata/pki, demo and healthy are what their names say, as of 2026-11-22.

Needs Python 3.11 and the `openssl` program; asks `keytool` and `nginx` too where they are installed.
Prints what differs and ends with 1, or says that all is well. `testdata/make.py` runs it at its end.
"""
import datetime
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PKI = HERE / "pki"
AS_OF = "2026-11-22"


def run(*args):
    done = subprocess.run(["openssl", *map(str, args)], cwd=PKI, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def check():
    """Asks OpenSSL what it thinks of the files, as of the tests' date."""
    at = int(datetime.datetime.fromisoformat(f"{AS_OF}T00:00:00+00:00").timestamp())
    bad = []

    def verify(wanted, leaf, untrusted=None, anchor="root.pem", *more):
        extra = ["-untrusted", untrusted] if untrusted else []
        code, text = run("verify", "-attime", at, "-CAfile", anchor, *extra, *more, leaf)
        seen = "ok" if code == 0 else text
        if wanted not in seen:
            bad.append(f"{leaf}: wanted `{wanted}`, got `{seen.strip()}`")

    def says(wanted, *args):
        text = run(*args)[1]
        if not re.search(wanted, text):
            bad.append(f"openssl {' '.join(map(str, args))}: wanted `{wanted}`, got `{text.strip()[:300]}`")

    healthy = ("server server-rsa wildcard wildcard-net api ip ip-as-dns expiring cn-only san-other server-only both-eku no-eku "
               "ed25519 p384 must-staple must-staple-no-ocsp with-ocsp no-aki revoked public-like public-200 public-201 "
               "public-long public-398-old public-both-eku rsa1024").split()
    for name in healthy:
        verify("ok", f"{name}.pem", "inter.pem", "root.pem", "-purpose", "sslserver")
    verify("ok", "server.pem", "inter-cross.pem", "root-rsa.pem")
    verify("ok", "server.pem", "inter-sha1.pem", "root-rsa.pem")
    verify("too weak", "server.pem", "inter-sha1.pem", "root-rsa.pem", "-auth_level", "2")
    verify("ok", "by-inter-rsa.pem", "inter-rsa.pem", "root-rsa.pem")
    for name in ("sha1", "md5"):
        verify("ok", f"{name}.pem", "inter-rsa.pem", "root-rsa.pem")
        verify("too weak", f"{name}.pem", "inter-rsa.pem", "root-rsa.pem", "-auth_level", "2")
    verify("too weak", "rsa1024.pem", "inter.pem", "root.pem", "-auth_level", "2")
    verify("has expired", "expired.pem", "inter.pem")
    verify("not yet valid", "not-yet.pem", "inter.pem")
    verify("has expired", "server.pem", "inter-expired.pem")
    verify("has expired", "server.pem", "inter.pem", "root-expired.pem")
    verify("unable to get local issuer", "server.pem")
    verify("unable to get local issuer", "server.pem", "inter-impostor.pem")
    verify("signature failure", "server.pem", "inter-impostor-same-id.pem")
    verify("signature failure", "server-tampered.pem", "inter.pem")
    verify("ok", "by-root.pem")
    verify("ok", "by-root-rekeyed.pem", None, "root-rekeyed.pem")
    verify("error", "by-root-rekeyed.pem")
    verify("ok", "deep.pem", "ca-deep.pem")
    verify("unable to get local issuer", "deep.pem", "deep-gap.pem")
    verify("ok", "by-pathlen0.pem", "inter-pathlen0.pem")
    verify("path length", "by-pathlen0-sub.pem", "pathlen0-fullchain.pem")
    verify("invalid CA", "by-not-ca.pem", "inter-not-ca.pem")
    verify("ok", "nc-inside.pem", "nc-ca.pem")
    verify("permitted subtree violation", "nc-outside.pem", "nc-ca.pem")
    verify("ok", "client.pem", "inter.pem", "root.pem", "-purpose", "sslclient")
    verify("ok", "client-by-root.pem", None, "root.pem", "-purpose", "sslclient")
    verify("ok", "other-client.pem", None, "other-root.pem", "-purpose", "sslclient")
    verify("has expired", "client-expired.pem", "inter.pem")
    verify("purpose", "client-only.pem", "inter.pem", "root.pem", "-purpose", "sslserver")
    verify("purpose", "codesign.pem", "inter.pem", "root.pem", "-purpose", "sslserver")
    verify("purpose", "server-only.pem", "inter.pem", "root.pem", "-purpose", "sslclient")
    verify("ok", "both-eku.pem", "inter.pem", "root.pem", "-purpose", "sslclient")
    verify("ok", "self-signed.pem", None, "self-signed.pem")
    verify("ok", "server.pem", "inter.pem", "root.pem", "-verify_hostname", "www.example.com")
    verify("hostname mismatch", "api.pem", "inter.pem", "root.pem", "-verify_hostname", "www.example.com")
    verify("ok", "wildcard.pem", "inter.pem", "root.pem", "-verify_hostname", "api.example.com")
    verify("hostname mismatch", "wildcard.pem", "inter.pem", "root.pem", "-verify_hostname", "example.com")
    verify("ok", "ip.pem", "inter.pem", "root.pem", "-verify_ip", "192.0.2.10")
    verify("IP address mismatch", "ip-as-dns.pem", "inter.pem", "root.pem", "-verify_ip", "192.0.2.10")
    verify("ok", "client.pem", "inter.pem", "root.pem", "-crl_check_all", "-CRLfile", "crls.pem")
    verify("revoked", "revoked.pem", "inter.pem", "root.pem", "-crl_check", "-CRLfile", "inter.crl.pem")
    verify("CRL has expired", "client.pem", "inter.pem", "root.pem", "-crl_check", "-CRLfile", "inter-expired.crl.pem")
    verify("unable to get certificate CRL", "client.pem", "inter.pem", "root.pem", "-crl_check", "-CRLfile", "other-ca.crl.pem")

    # Every published key is the key of its certificate.
    for path in sorted(PKI.glob("*.key")):
        leaf = path.with_suffix(".pem")
        if leaf.exists():
            if run("pkey", "-in", path.name, "-pubout")[1] != run("x509", "-in", leaf.name, "-noout", "-pubkey")[1]:
                bad.append(f"{path.name} is not the key of {leaf.name}")
    public = run("pkey", "-in", "server.key", "-pubout")[1]
    for name in ("server.sec1.key", "server.sec1-params.key", "server-encrypted.key", "server-encrypted-legacy.key"):
        if run("pkey", "-in", name, "-passin", "pass:correct horse", "-pubout")[1] != public:
            bad.append(f"{name} does not hold server.key")
        if "enc" in name and run("pkey", "-in", name, "-passin", "pass:battery staple", "-pubout")[0] == 0:
            bad.append(f"{name} opens with a wrong password")
    for name, label in [("server-rsa.pkcs1.key", "RSA PRIVATE KEY"), ("server-rsa.pkcs8.key", "PRIVATE KEY"),
                        ("server-encrypted.key", "ENCRYPTED PRIVATE KEY"), ("ssh.key", "OPENSSH PRIVATE KEY"),
                        ("server-encrypted-legacy.key", "EC PRIVATE KEY"), ("server.sec1-params.key", "EC PARAMETERS")]:
        if not (PKI / name).read_text().startswith(f"-----BEGIN {label}-----"):
            bad.append(f"{name} does not begin with {label}")
    if "DEK-Info" not in (PKI / "server-encrypted-legacy.key").read_text():
        bad.append("server-encrypted-legacy.key has no DEK-Info")

    says("sha1WithRSAEncryption", "x509", "-in", "sha1.pem", "-noout", "-text")
    says("md5WithRSAEncryption", "x509", "-in", "md5.pem", "-noout", "-text")
    says("2048 bit", "dhparam", "-in", "dh2048.pem", "-noout", "-text", "-check")
    says("1024 bit", "dhparam", "-in", "dh1024.pem", "-noout", "-text")
    says("OK", "req", "-in", "server.csr", "-noout", "-verify")
    says("OK", "req", "-in", "other.csr", "-noout", "-verify")
    says("(?s)(issuer.*){3}", "pkcs7", "-in", "chain.p7b", "-print_certs", "-noout")
    says("(?s)(issuer.*){3}", "pkcs7", "-in", "chain.p7b.der", "-inform", "DER", "-print_certs", "-noout")
    says("CT Precertificate SCTs", "x509", "-in", "public-like.pem", "-noout", "-text")
    says("status_request", "x509", "-in", "must-staple.pem", "-noout", "-text")
    for name in ("glued", "indented", "cr-only", "blank-lines", "truncated", "bad-base64", "mismatched-labels", "utf16"):
        code, text = run("crl2pkcs7", "-nocrl", "-certfile", f"server-{name}.pem")
        if code == 0 and text.count("\n") > 20:
            bad.append(f"server-{name}.pem is read whole by openssl")
    for name in ("fullchain", "bom", "crlf", "no-final-newline", "text", "bag-attributes"):
        code, text = run("crl2pkcs7", "-nocrl", "-certfile", f"server-{name}.pem")
        if code != 0:
            bad.append(f"server-{name}.pem is not read by openssl: {text[:200]}")
    for size, name in [(80, "ticket80.key"), (48, "ticket48.key"), (47, "ticket-bad.key"), (0, "empty.pem")]:
        if (PKI / name).stat().st_size != size:
            bad.append(f"{name} has the wrong size")
    count = (PKI / "public-cas.pem").read_text().count("BEGIN CERTIFICATE")
    if count != 25:
        bad.append(f"public-cas.pem holds {count} certificates")
    if shutil.which("keytool"):
        for name, password, wanted in [
            ("server.jks", "correct horse", "chain length: 2"), ("server-changeit.jks", "changeit", "chain length: 2"),
            ("trust.jks", "changeit", "trustedCertEntry"), ("trust-with-key.jks", "changeit", "contains 2 entries"),
            ("empty.jks", "changeit", "contains 0 entries"), ("truncated.jks", "changeit", "EOFException"),
            ("trust-java.p12", "changeit", "contains 1 entry"), ("trust-openssl.p12", "changeit", "contains 0 entries"),
            ("server.p12", "correct horse", "chain length: 2"), ("server-3des.p12", "correct horse", "chain length: 2"),
        ]:
            args = ["keytool", "-J-Duser.language=en", "-list", "-v", "-keystore", PKI / name, "-storepass", password]
            text = subprocess.run(args, capture_output=True, text=True).stdout
            if wanted.lower() not in text.lower():
                bad.append(f"keytool -list {name}: wanted `{wanted}`, got `{text.strip()[:300]}`")
    if shutil.which("nginx"):
        for estate, without, wanted in [("healthy", (), "test is successful"), ("demo", (), "bad end line"),
                                        ("demo", ("blog.example.com.conf",), "test is successful")]:
            _, text = nginx_says(estate, without)
            if wanted not in text or "[warn]" in text:
                bad.append(f"nginx -t on {estate} without {without}: wanted `{wanted}`, got `{text.strip()}`")
    return bad


def nginx_says(estate, without=()):
    """Exit code and words of `nginx -t` about a copy of an estate with paths and addresses of this machine."""
    with tempfile.TemporaryDirectory() as there:
        shutil.copytree(HERE / estate / "etc", f"{there}/etc")
        for path in pathlib.Path(there).rglob("*.conf"):
            text = path.read_text().replace("/etc/", f"{there}/etc/").replace("/run/", f"{there}/")
            text = text.replace("/var/log/nginx/", f"{there}/")
            # Ports above 1024, so that no privilege is needed: 80 becomes 18080, 443 becomes 18443.
            text = re.sub(r"listen (?:192\.0\.2\.10|10\.0\.0\.(5)):(\d+)",
                          lambda m: f"listen 127.0.0.{m[1] or 1}:18{m[2]:0>3}", text)
            # `http2 on` is newer (1.25.1) than the nginx of some distributions.
            path.write_text(re.sub(r"(?m)^ *http2 on;$", "", text))
            if path.name in without:
                path.unlink()
        args = ["nginx", "-t", "-p", there, "-c", f"{there}/etc/nginx/nginx.conf", "-e", f"{there}/error.log"]
        done = subprocess.run(args, capture_output=True, text=True)
        return done.returncode, done.stderr


if __name__ == "__main__":
    problems = check()
    print("\n".join(problems) or "all checks passed")
    sys.exit(bool(problems))
