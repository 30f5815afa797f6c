#!/usr/bin/env python3
"""Makes the certificates, keys, bundles, requests, CRLs and stores of testdata/pki, puts copies into
the estates testdata/demo and testdata/healthy, then runs testdata/check.py.

Needs Python 3.11, `pip install cryptography` (46 or newer) and the `openssl` program (3.0 or newer).
Run `python3 testdata/make.py` from anywhere, without arguments.

Keys come from their names by a seeded generator, serial numbers from file names, and signatures are
deterministic, so a second run writes the same bytes. The exceptions are the encrypted keys, the SSH
key and the PKCS#12 files, whose formats carry random salt: they are kept while they still open.
The keys are published with the source and protect nothing.

Every test judges this material as of 2026-11-22. Healthy certificates run from 2026-01-01 to 2036-01-01.
"""
import base64
import datetime
import hashlib
import ipaddress
import pathlib
import random
import re
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

HERE = pathlib.Path(__file__).resolve().parent
PKI = HERE / "pki"
AS_OF = "2026-11-22"
FROM, TO = "2026-01-01", "2036-01-01"
PASSWORD = b"correct horse"
EKU = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
    "ocsp": ExtendedKeyUsageOID.OCSP_SIGNING,
}
WWW = ["www.example.com", "example.com"]

files = {}  # name -> (bytes, what it is)
certs = {}  # name without .pem -> (certificate, key name)
keys = {}  # name -> private key


def put(name, content, what):
    """Registers one file of the output; the README lists them in this order."""
    assert name not in files, name
    files[name] = (content.encode() if isinstance(content, str) else content, what)


# ---- keys -----------------------------------------------------------------------------------------


def prime(rng, bits):
    """A probable prime with its two top bits set, so that two of them give a modulus of full length."""
    small = [p for p in range(3, 2000) if all(p % q for q in range(2, int(p**0.5) + 1))]
    while True:
        n = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        if any(n % p == 0 for p in small) or (n - 1) % 65537 == 0:
            continue
        if all(miller_rabin(n, rng.randrange(2, n - 1)) for _ in range(12)):
            return n


def miller_rabin(n, base):
    """Whether `n` passes one round of the Miller-Rabin test with this base."""
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    x = pow(base, d, n)
    if x in (1, n - 1):
        return True
    return any((x := x * x % n) == n - 1 for _ in range(s - 1))


def make_key(name, kind):
    """A private key that depends on nothing but its name and kind."""
    seed = hashlib.sha512(f"tlslint testdata {name}".encode()).digest()
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
    if kind.startswith("rsa"):
        bits = int(kind[3:])
        rng = random.Random(seed)
        p, q = sorted((prime(rng, bits // 2), prime(rng, bits // 2)), reverse=True)
        d = pow(65537, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(65537, p * q)
        parts = (d % (p - 1), d % (q - 1), pow(q, -1, p))
        return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()
    curve = {"p224": ec.SECP224R1(), "p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind]
    return ec.derive_private_key(int.from_bytes(seed, "big") % (1 << (curve.key_size - 1)) + 1, curve)


def key_pem(key, form=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def new_key(name, kind="p256", what=None, publish=True):
    keys[name] = make_key(name, kind)
    if publish:
        put(f"{name}.key", key_pem(keys[name]), what or f"private key of `{name}.pem`")
    return keys[name]


# ---- certificates ---------------------------------------------------------------------------------


def when(text):
    """`2026-01-01` or `2026-01-01T23:59:59`, in UTC."""
    return datetime.datetime.fromisoformat(text)


def dn(text):
    oids = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME}
    parts = [p.split("=", 1) for p in text.split(", ")]
    return x509.Name([x509.NameAttribute(oids[k], v) for k, v in reversed(parts)])


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def sct_list(seed):
    """An embedded SCT list with one SCT of the right shape whose log and signature are dummies."""
    sig = der(0x30, der(0x02, b"\x11" * 32), der(0x02, b"\x22" * 32))
    log = hashlib.sha256(seed.encode()).digest()
    stamp = int(when(FROM).replace(tzinfo=datetime.UTC).timestamp() * 1000).to_bytes(8, "big")
    sct = b"\x00" + log + stamp + b"\x00\x00" + b"\x04\x03" + len(sig).to_bytes(2, "big") + sig
    body = len(sct).to_bytes(2, "big") + sct
    return der(0x04, len(body).to_bytes(2, "big") + body)


def key_usage(key, ca, extra=()):
    rsa_leaf = not ca and isinstance(key, rsa.RSAPublicKey)
    return x509.KeyUsage(
        digital_signature=not ca or "digital_signature" in extra,
        content_commitment=False,
        key_encipherment=rsa_leaf,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def cert(name, what, subject, issuer, key, *, dates=(FROM, TO), san=(), eku=("server",), ca=False, pathlen=None,
         signer=None, ski=None, aki=True, ku=True, bc=True, ku_extra=(), extra=(), md=None, serial=None):
    """Makes and registers `name.pem`. `issuer` and `signer` name a certificate and a key made before;
    `issuer == name` makes it self-signed, and `signer` is the issuer's key unless told."""
    own, public = issuer == name, keys[key].public_key()
    issuer_cert = None if own else certs[issuer][0]
    signing = keys[signer or (key if own else certs[issuer][1])]
    b = x509.CertificateBuilder().subject_name(dn(subject))
    b = b.issuer_name(dn(subject) if own else issuer_cert.subject).public_key(public)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1 | 1 << 62
    b = b.serial_number(number if serial is None else serial)
    b = b.not_valid_before(when(dates[0])).not_valid_after(when(dates[1]))
    if bc:
        b = b.add_extension(x509.BasicConstraints(ca, pathlen), critical=True)
    if ku:
        b = b.add_extension(key_usage(public, ca, ku_extra), critical=True)
    if eku and not ca:
        b = b.add_extension(x509.ExtendedKeyUsage([EKU[e] for e in eku]), critical=False)
    if san:
        general = [x509.IPAddress(ipaddress.ip_address(s[3:])) if s.startswith("ip:") else x509.DNSName(s) for s in san]
        b = b.add_extension(x509.SubjectAlternativeName(general), critical=False)
    own_id = x509.SubjectKeyIdentifier(ski) if ski else x509.SubjectKeyIdentifier.from_public_key(public)
    b = b.add_extension(own_id, critical=False)
    if aki and not own:
        theirs = issuer_cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs), critical=False)
    for value, critical in extra:
        b = b.add_extension(value, critical)
    made = sign(b, signing)
    if md:
        made = resign(made, signing, md)
    certs[name] = (made, key)
    put(f"{name}.pem", pem(name), what)
    return made


def sign(builder, key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return builder.sign(key, None)
    deterministic = True if isinstance(key, ec.EllipticCurvePrivateKey) else None
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=deterministic)


def resign(made, key, md):
    """The same certificate signed with SHA-1 or MD5 (RSA issuers only), which libraries no longer offer:
    the three algorithm identifiers differ in their last octet alone."""
    prefix = bytes.fromhex("2a864886f70d0101")
    last, algorithm = {"sha1": (5, hashes.SHA1()), "md5": (4, hashes.MD5())}[md]
    tbs = made.tbs_certificate_bytes
    assert tbs.count(prefix + b"\x0b") == 1
    tbs = tbs.replace(prefix + b"\x0b", prefix + bytes([last]))
    named = der(0x30, der(0x06, prefix + bytes([last])), der(0x05))
    signature = key.sign(tbs, padding.PKCS1v15(), algorithm)
    return x509.load_der_x509_certificate(der(0x30, tbs, named, der(0x03, b"\x00" + signature)))


def pem(*names):
    return "".join(certs[n][0].public_bytes(serialization.Encoding.PEM).decode() for n in names)


def der_of(name):
    return certs[name][0].public_bytes(serialization.Encoding.DER)


def block(label, body, width=64, end=None):
    text = base64.b64encode(body).decode()
    lines = [text[i:i + width] for i in range(0, len(text), width)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {end or label}-----", ""])


# ---- the material ---------------------------------------------------------------------------------


def authorities():
    ca = {"ca": True}
    for name in ("root", "root-rekeyed", "inter", "inter2", "inter3", "inter-impostor", "inter-pathlen0",
                 "inter-pathlen0-sub", "inter-not-ca", "nc-ca", "other-root"):
        new_key(name)
    for name in ("root-rsa", "inter-rsa"):
        new_key(name, "rsa2048")
    root, inter = "CN=Example Root CA, O=Example", "CN=Example Intermediate CA, O=Example"
    cert("root", "the trust anchor of nearly everything here", root, "root", "root", **ca)
    cert("root-expired", "earlier issue of `root.pem`: same name, same key, expired 2026-06-01", root, "root-expired",
         "root", dates=("2016-06-01", "2026-06-01"), **ca)
    cert("root-rekeyed", "same name as `root.pem`, other key", root, "root-rekeyed", "root-rekeyed", **ca)
    cert("root-rsa", "second anchor, RSA", "CN=Example RSA Root CA, O=Example", "root-rsa", "root-rsa", **ca)
    cert("root-sha1", "`root-rsa.pem`'s name and key, self-signed with SHA-1, which is harmless in an anchor",
         "CN=Example RSA Root CA, O=Example", "root-sha1", "root-rsa", md="sha1", **ca)
    cert("other-root", "an authority unrelated to all others", "CN=Unrelated Root CA, O=Elsewhere", "other-root",
         "other-root", **ca)
    cert("inter", "the intermediate that issued most leaves", inter, "root", "inter", **ca)
    cert("inter2", "second level, under `inter.pem`", "CN=Example Issuing CA 2, O=Example", "inter", "inter2", **ca)
    cert("inter3", "third level, under `inter2.pem`", "CN=Example Issuing CA 3, O=Example", "inter2", "inter3", **ca)
    cert("inter-rsa", "RSA intermediate under `root-rsa.pem`", "CN=Example RSA Intermediate CA, O=Example", "root-rsa",
         "inter-rsa", **ca)
    cert("inter-pathlen0", "path length 0: may issue leaves only", "CN=Example Path Length 0 CA, O=Example", "root",
         "inter-pathlen0", pathlen=0, **ca)
    cert("inter-pathlen0-sub", "an authority under `inter-pathlen0.pem`, which its path length forbids",
         "CN=Example Forbidden Sub CA, O=Example", "inter-pathlen0", "inter-pathlen0-sub", **ca)
    cert("inter-expired", "earlier issue of `inter.pem`: same name, same key, expired 2026-10-01", inter, "root",
         "inter", dates=(FROM, "2026-10-01"), **ca)
    cert("inter-cross", "`inter.pem`'s name and key, signed by `root-rsa.pem`", inter, "root-rsa", "inter", **ca)
    cert("inter-sha1", "`inter.pem`'s name and key, signed by `root-rsa.pem` with SHA-1", inter, "root-rsa", "inter",
         md="sha1", **ca)
    cert("inter-impostor", "`inter.pem`'s name, other key (wrong generation): its key id differs too", inter, "root",
         "inter-impostor", **ca)
    same_id = certs["inter"][0].extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    cert("inter-impostor-same-id", "`inter.pem`'s name and key id, other key: only the signature tells", inter, "root",
         "inter-impostor", ski=same_id, **ca)
    cert("inter-not-ca", "says CA:FALSE, yet issued `by-not-ca.pem`", "CN=Example Not A CA, O=Example", "root",
         "inter-not-ca", eku=())
    cert("inter-lax", "an authority without key usage, which strict clients refuse", "CN=Example Lax CA, O=Example",
         "root", "inter", ku=False, **ca)
    limits = x509.NameConstraints([x509.DNSName("example.com")], None)
    cert("nc-ca", "name constraints: permits example.com and below only", "CN=Example Constrained CA, O=Example",
         "root", "nc-ca", extra=[(limits, True)], **ca)


def rewrite(name, what, source, old, new):
    """`source.pem` with some bytes of its signed part replaced by as many others, signed again by the issuer's key:
    what libraries refuse to write."""
    made, _ = certs[source]
    tbs = made.tbs_certificate_bytes
    assert tbs.count(old) == 1 and len(old) == len(new), name
    tbs = tbs.replace(old, new)
    signature = keys["inter"].sign(tbs, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    algorithm = der(0x30, der(0x06, bytes.fromhex("2a8648ce3d040302")))
    put(f"{name}.pem", block("CERTIFICATE", der(0x30, tbs, algorithm, der(0x03, b"\x00" + signature))), what)


def oddities(leaf):
    """Certificates that common software reads and refuses."""
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    leaf("critical-extension", "a critical extension `1.3.6.1.4.1.99999.1` that nobody knows", extra=[(unknown, True)])
    leaf("invalid-names", "beside its names an address as dNSName and a wildcard inside a label",
         san=[*WWW, "192.0.2.10", "w*.example.com"])
    leaf("underscore", "the name my_host.example.com", cn="my_host.example.com", san=["my_host.example.com"])
    leaf("by-inter-lax", "leaf from `inter-lax.pem`", issuer="inter-lax")
    again = x509.UnrecognizedExtension(ObjectIdentifier("2.5.28.17"), der(0x30, der(0x82, b"api.example.com")))
    leaf("odd-extension", "the source of `duplicate-extension.pem`", extra=[(again, False)])
    del files["odd-extension.pem"]
    rewrite("duplicate-extension", "subjectAltName stands twice", "odd-extension", b"\x06\x03\x55\x1c\x11",
            b"\x06\x03\x55\x1d\x11")
    serial = certs["server"][0].serial_number.to_bytes(8, "big")
    rewrite("negative-serial", "a negative serial number", "server", b"\x02\x08" + serial,
            b"\x02\x08" + bytes([serial[0] | 0x80]) + serial[1:])
    # Bytes are replaced by as many others, so the source has a serial number of one byte already.
    one = leaf("serial-one", "the source of `zero-serial.pem`", serial=1)
    assert one.serial_number == 1
    del files["serial-one.pem"]
    rewrite("zero-serial", "the serial number zero", "serial-one", b"\xa0\x03\x02\x01\x02\x02\x01\x01",
            b"\xa0\x03\x02\x01\x02\x02\x01\x00")


def leaves():
    def leaf(name, what, *, cn="www.example.com", san=WWW, issuer="inter", key="server", **more):
        return cert(name, what, f"CN={cn}, O=Example", issuer, key, san=san, **more)

    for name in ("server", "wildcard", "api", "client", "client-only", "client-by-root", "client-deep", "other-client",
                 "expired", "by-root", "self-signed", "partner", "intranet", "blog", "acme-api"):
        new_key(name)
    new_key("other", what="EC key that belongs to no certificate here (to `other.csr` only)")
    new_key("server-rsa", "rsa2048")
    new_key("rsa1024", "rsa1024")
    new_key("ed25519", "ed25519")
    new_key("p224", "p224")
    new_key("p384", "p384")
    leaf("server", "the healthy server leaf")
    leaf("server-rsa", "the same with an RSA key", key="server-rsa")
    leaf("wildcard", "wildcard: one label below example.com, not the apex", cn="*.example.com", san=["*.example.com"],
         key="wildcard")
    leaf("wildcard-net", "wildcard of another domain", cn="*.example.net", san=["*.example.net"])
    leaf("api", "healthy leaf of api.example.com", cn="api.example.com", san=["api.example.com"], key="api")
    for host, key in [("shop", "server-rsa"), ("partner", "partner"), ("intranet", "intranet"), ("blog", "blog")]:
        leaf(host, f"healthy leaf of {host}.example.com, for the estates", cn=f"{host}.example.com",
             san=[f"{host}.example.com"], key=key)
    leaf("acme-api", "healthy leaf of api.acme.test, for the captures", cn="api.acme.test", san=["api.acme.test"],
         key="acme-api")
    leaf("ip", "IP address as iPAddress", cn="192.0.2.10", san=["ip:192.0.2.10"])
    leaf("ip-as-dns", "IP address as dNSName, which clients do not accept", cn="192.0.2.10", san=["192.0.2.10"])
    leaf("expired", "expired 2026-10-01", key="expired", dates=(FROM, "2026-10-01"))
    leaf("expiring", "expires 2026-12-05, 13 days after the tests' date", dates=(FROM, "2026-12-05"))
    leaf("not-yet", "valid from 2027-06-01", dates=("2027-06-01", TO))
    leaf("cn-only", "no subject alternative name", san=())
    leaf("san-other", "subject CN=www.example.com, SAN only www.example.org", san=["www.example.org"])
    leaf("server-only", "extended key usage serverAuth alone", eku=("server",))
    leaf("client-only", "extended key usage clientAuth alone, though named as a server", eku=("client",),
         key="client-only")
    leaf("both-eku", "extended key usage serverAuth and clientAuth", eku=("server", "client"))
    leaf("no-eku", "no extended key usage: everything is allowed", eku=())
    leaf("codesign", "extended key usage codeSigning alone", eku=("code",))
    leaf("ca-as-leaf", "CA:TRUE, used as a server's certificate", ca=True, ku_extra=("digital_signature",))
    leaf("rsa1024", "RSA key of 1024 bits", key="rsa1024")
    leaf("sha1", "signed with SHA-1 by `inter-rsa.pem`", issuer="inter-rsa", md="sha1")
    leaf("md5", "signed with MD5 by `inter-rsa.pem`", issuer="inter-rsa", md="md5")
    leaf("by-inter-rsa", "healthy leaf under `inter-rsa.pem`", issuer="inter-rsa")
    leaf("ed25519", "Ed25519 key", key="ed25519")
    leaf("p224", "EC P-224 key", key="p224")
    leaf("p384", "EC P-384 key", key="p384")
    leaf("self-signed", "self-signed leaf", issuer="self-signed", key="self-signed")
    leaf("self-signed-ca", "self-signed with CA:TRUE and no key usage, as `openssl req -x509` makes it",
         issuer="self-signed-ca", key="self-signed", ca=True, ku=False)
    staple = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
    access = x509.AuthorityInformationAccess([
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                               x509.UniformResourceIdentifier("http://ocsp.example.com")),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS,
                               x509.UniformResourceIdentifier("http://ca.example.com/inter.der")),
    ])
    leaf("must-staple", "must-staple, with OCSP responder http://ocsp.example.com",
         extra=[staple, (access, False)])
    leaf("must-staple-no-ocsp", "must-staple without a responder address", extra=[staple])
    leaf("with-ocsp", "authority information access: OCSP http://ocsp.example.com and caIssuers",
         extra=[(access, False)])
    leaf("no-aki", "without an authority key identifier: only names and the signature lead to `inter.pem`", aki=False)
    leaf("revoked", "its serial number is in `inter.crl.pem`")
    for name, what, first, last, eku in [
        ("public-like", "like a public CA's (policy 2.23.140.1.2.1, SCT list), 90 days", "2026-10-01",
         "2026-12-29T23:59:59", ("server",)),
        ("public-200", "like a public CA's, exactly 200 days: the limit of its day", "2026-08-01",
         "2027-02-16T23:59:59", ("server",)),
        ("public-201", "like a public CA's, one second more than 200 days", "2026-08-01", "2027-02-17", ("server",)),
        ("public-long", "like a public CA's, 398 days from 2026-06-01: over the 200 of that day", "2026-06-01",
         "2027-07-03T23:59:59", ("server",)),
        ("public-398-old", "like a public CA's, 398 days from 2026-01-10, when 398 were allowed", "2026-01-10",
         "2027-02-11T23:59:59", ("server",)),
        ("public-both-eku", "like a public CA's, 90 days, serverAuth and clientAuth", "2026-10-01",
         "2026-12-29T23:59:59", ("server", "client")),
    ]:
        policy = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("2.23.140.1.2.1"), None)])
        scts = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), sct_list(name))
        leaf(name, what, dates=(first, last), eku=eku, extra=[(policy, False), (scts, False), (access, False)])
    leaf("nc-inside", "inside the name constraints of its issuer", issuer="nc-ca")
    leaf("nc-outside", "outside the name constraints of its issuer", cn="www.example.org", san=["www.example.org"],
         issuer="nc-ca")
    leaf("by-root", "leaf straight from `root.pem`", issuer="root", key="by-root")
    leaf("by-root-rekeyed", "leaf from `root-rekeyed.pem`", issuer="root-rekeyed")
    leaf("by-not-ca", "leaf from `inter-not-ca.pem`", issuer="inter-not-ca")
    leaf("by-pathlen0", "healthy leaf from `inter-pathlen0.pem`", issuer="inter-pathlen0")
    leaf("by-pathlen0-sub", "leaf from `inter-pathlen0-sub.pem`, one level too deep", issuer="inter-pathlen0-sub")
    leaf("deep", "leaf under `inter3.pem`: three intermediates", issuer="inter3")
    leaf("by-other-root", "leaf for the same names from `other-root.pem`", issuer="other-root")
    for name, what, issuer in [("client", "healthy client certificate", "inter"),
                               ("client-by-root", "client certificate straight from `root.pem`", "root"),
                               ("client-deep", "client certificate under `inter3.pem`: three intermediates", "inter3"),
                               ("other-client", "client certificate from `other-root.pem`", "other-root")]:
        leaf(name, what, cn=name, san=(), issuer=issuer, key=name, eku=("client",))
    oddities(leaf)
    leaf("client-server-only", "client certificate with extended key usage serverAuth alone", cn="client", san=(),
         key="client", eku=("server",))
    leaf("client-expired", "client certificate, expired 2026-10-01", cn="client", san=(), key="client",
         eku=("client",), dates=(FROM, "2026-10-01"))


def bundles():
    for name, parts, what in [
        ("server-fullchain", "server inter", "healthy: leaf, intermediate"),
        ("server-fullchain-root", "server inter root", "leaf, intermediate, root"),
        ("server-reversed", "inter server", "intermediate, leaf"),
        ("server-wrong-order", "server root inter", "leaf, root, intermediate"),
        ("server-duplicate", "server inter inter", "leaf, intermediate, the same intermediate"),
        ("server-leaf-twice", "server server inter", "leaf, the same leaf, intermediate"),
        ("server-foreign", "server inter other-root", "leaf, intermediate, an unrelated root"),
        ("server-cross-fullchain", "server inter-cross", "leaf, cross-signed intermediate"),
        ("server-sha1-fullchain", "server inter-sha1", "leaf, intermediate signed with SHA-1"),
        ("server-rsa-fullchain", "server-rsa inter", "healthy: RSA leaf, intermediate"),
        ("wildcard-fullchain", "wildcard inter", "healthy: wildcard leaf, intermediate"),
        ("api-fullchain", "api inter", "healthy: api leaf, intermediate"),
        ("shop-fullchain", "shop inter", "healthy: shop leaf (RSA), intermediate"),
        ("partner-fullchain", "partner inter", "healthy: partner leaf, intermediate"),
        ("intranet-fullchain", "intranet inter", "healthy: intranet leaf, intermediate"),
        ("blog-fullchain", "blog inter", "healthy: blog leaf, intermediate"),
        ("acme-api-fullchain", "acme-api inter", "healthy: acme-api leaf, intermediate"),
        ("client-fullchain", "client inter", "healthy: client leaf, intermediate"),
        ("expired-fullchain", "expired inter", "expired leaf, intermediate"),
        ("fullchain-expired-inter", "server inter-expired", "leaf, expired intermediate of the right key"),
        ("fullchain-wrong-generation", "server inter-impostor", "leaf, intermediate of the right name and another key"),
        ("fullchain-bad-signature", "server inter-impostor-same-id",
         "leaf, intermediate of the right name and key id and another key"),
        ("deep-fullchain", "deep inter3 inter2 inter", "healthy: leaf, three intermediates"),
        ("deep-gap", "deep inter3 inter", "leaf and intermediates 3 and 1: number 2 is absent"),
        ("pathlen0-fullchain", "by-pathlen0-sub inter-pathlen0-sub inter-pathlen0",
         "leaf and its intermediates, path length exceeded"),
        ("not-ca-fullchain", "by-not-ca inter-not-ca", "leaf, issuer with CA:FALSE"),
        ("inter-fullchain", "inter root", "intermediate, root: same content as `ca-chain.pem`"),
        ("ca-chain", "inter root", "what a verifier of clients needs: intermediate, root"),
        ("ca-chain-expired-root", "inter root-expired root", "intermediate, expired root before its valid copy"),
        ("ca-chain-only-expired-root", "inter root-expired", "intermediate, expired root alone"),
        ("ca-deep", "inter3 inter2 inter root", "three intermediates, root"),
        ("root-bundle", "root root-rsa", "two roots"),
        ("root-same-name", "root root-rekeyed", "two roots of one name and two keys"),
    ]:
        put(f"{name}.pem", pem(*parts.split()), what)
    roots = []
    for number in range(1, 26):
        name = f"web-{number:02}"
        keys[name] = make_key(name, "p256")
        cert(name, "", f"CN=Web Trust Root {number:02}, O=Web Trust", name, name, ca=True)
        del files[f"{name}.pem"]
        roots.append(name)
    put("public-cas.pem", pem(*roots), "25 roots CN=Web Trust Root 01..25, O=Web Trust: a stand-in for a web CA bundle")


def layouts():
    leaf, inter = pem("server"), pem("inter")
    both = leaf + inter
    put("server-glued.pem", leaf.rstrip("\n") + inter, "leaf and intermediate joined without a line break")
    put("blog-glued.pem", pem("blog").rstrip("\n") + inter, "the same of the blog leaf, for the estates")
    put("server-indented.pem", "".join(f"    {line}\n" for line in both.splitlines()), "every line indented by four")
    put("server-bom.pem", b"\xef\xbb\xbf" + both.encode(), "UTF-8 byte order mark before the first block")
    put("server-crlf.pem", both.replace("\n", "\r\n"), "healthy: CRLF line ends")
    put("server-cr-only.pem", both.replace("\n", "\r"), "CR line ends alone")
    put("server-blank-lines.pem", re.sub(r"(?<=[^-])\n(?=[^-])", "\n\n", both), "a blank line between base64 lines")
    put("server-truncated.pem", leaf + inter[: len(inter) // 2], "the second block ends in its middle")
    lines = leaf.splitlines(True)
    put("server-bad-base64.pem", "".join(lines[:3]) + lines[3][:20] + "*" + lines[3][21:] + "".join(lines[4:]) + inter,
        "a `*` in the fourth line, column 21")
    put("server-mismatched-labels.pem", block("CERTIFICATE", der_of("server"), end="X509 CRL") + inter,
        "BEGIN CERTIFICATE closed by END X509 CRL")
    put("server-trailing-bytes.pem", block("CERTIFICATE", der_of("server") + b"\x00\x00\x00\x00") + inter,
        "four bytes after the certificate inside its block")
    put("server-no-final-newline.pem", both.rstrip("\n"), "healthy: no line break at the end")
    put("server-text.pem", "Subject: O = Example, CN = www.example.com\n" + leaf + "\nIssuer of the above\n" + inter,
        "healthy: prose between the blocks")
    bag = "Bag Attributes\n    localKeyID: 01 00 00 00 \nsubject=O = Example, CN = www.example.com\n"
    put("server-bag-attributes.pem", bag + leaf + bag.replace("www", "ca") + inter,
        "with the bag attributes that `openssl pkcs12` writes")
    put("server-x509-label.pem", block("X509 CERTIFICATE", der_of("server")), "label X509 CERTIFICATE")
    put("server-trusted-label.pem", block("TRUSTED CERTIFICATE", der_of("server")), "label TRUSTED CERTIFICATE")
    tampered = der_of("server").replace(b"www.example.com", b"www.exampl3.com")
    put("server-tampered.pem", block("CERTIFICATE", tampered), "names changed after signing: the signature fails")
    put("server.der", der_of("server"), "`server.pem` in DER")
    put("root.der", der_of("root"), "`root.pem` in DER")
    put("server-utf16.pem", b"\xff\xfe" + both.encode("utf-16-le"), "UTF-16LE with its mark, as PowerShell 5 writes")
    put("empty.pem", b"", "no bytes")
    put("prose.pem", "The certificate is in the safe of the second floor.\nAsk the network team for it.\n",
        "text without a block")
    combined = key_pem(keys["server"]).decode() + both
    put("combined.pem", combined, "key, leaf, intermediate in one file")
    put("ca-chain-with-key.pem", pem("inter", "root") + key_pem(keys["root"]).decode(),
        "intermediate, root and the root's private key")


def key_forms():
    old = serialization.PrivateFormat.TraditionalOpenSSL
    put("server-rsa.pkcs1.key", key_pem(keys["server-rsa"], old), "`server-rsa.key` as RSA PRIVATE KEY")
    put("server-rsa.pkcs8.key", key_pem(keys["server-rsa"]), "`server-rsa.key` as PRIVATE KEY")
    sec1 = key_pem(keys["server"], old).decode()
    put("server.sec1.key", sec1, "`server.key` as EC PRIVATE KEY")
    curve = block("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107"))
    put("server.sec1-params.key", curve + sec1, "the same after an EC PARAMETERS block, as `openssl ecparam -genkey` writes")
    put("server.key.der", keys["server"].private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        "`server.key` in DER (PKCS#8)")
    put("server.pub.pem", keys["server"].public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), "public key of `server.pem`")
    best = serialization.BestAvailableEncryption(PASSWORD)
    salted = [
        ("server-encrypted.key", lambda: keys["server"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, best),
         "`server.key` encrypted (PBES2), password `correct horse`"),
        ("server-rsa-encrypted.key", lambda: keys["server-rsa"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, best),
         "`server-rsa.key` encrypted (PBES2), password `correct horse`"),
        ("server-encrypted-legacy.key", lambda: keys["server"].private_bytes(
            serialization.Encoding.PEM, old, best),
         "`server.key` encrypted the old way (DEK-Info), password `correct horse`"),
    ]
    for name, make, what in salted:
        put(name, kept(name, name.split("-enc")[0], PASSWORD) or make(), what)
    ssh = kept("ssh.key", "server", None) or keys["server"].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    put("ssh.key", ssh, "`server.key` as OPENSSH PRIVATE KEY, which TLS servers do not read")
    put("passwords.txt", "battery staple\ncorrect horse\n", "pass-phrases for nginx: the second opens the keys")
    put("passwords-wrong.txt", "battery staple\n", "pass-phrases of which none opens the keys")
    put("dh2048.pem", block("DH PARAMETERS", dh(ffdhe2048())), "DH parameters, ffdhe2048 of RFC 7919")
    put("dh1024.pem", block("DH PARAMETERS", dh(OAKLEY_1024)), "DH parameters of 1024 bits, group 2 of RFC 2409")
    for name, size in [("ticket80.key", 80), ("ticket48.key", 48), ("ticket-bad.key", 47)]:
        put(name, random.Random(name).randbytes(size),
            f"session ticket key of {size} bytes" + (" (48 or 80 are right)" if size == 47 else ""))


def kept(name, key, password):
    """The file as it stands, if it still holds the key: its format has a random salt."""
    path = PKI / name
    if not path.exists():
        return None
    load = serialization.load_pem_private_key if password else serialization.load_ssh_private_key
    try:
        same = load(path.read_bytes(), password).public_key() == keys[key].public_key()
    except ValueError:
        same = False
    return path.read_bytes() if same else None


def stores():
    key = serialization.PrivateFormat.PKCS12.encryption_builder()
    modern = key.kdf_rounds(2048).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    old = key.kdf_rounds(2048).key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    leaf, inter, root = (certs[n][0] for n in ("server", "inter", "root"))
    pair = (keys["server"], leaf, [inter])
    for name, parts, method, password, what in [
        ("server.p12", pair, modern, PASSWORD, "PKCS#12 (AES): `server.key`, leaf, intermediate"),
        ("server-3des.p12", pair, old, PASSWORD, "the same sealed with 3DES and SHA-1"),
        ("server-changeit.p12", pair, modern, b"changeit", "the same as `server.p12`"),
        ("trust-openssl.p12", (None, None, [root]), modern, b"changeit",
         "root alone as OpenSSL exports it: Java lists it as empty"),
        ("trust-java.p12", None, modern, b"changeit", "root alone with the attribute by which Java trusts it"),
    ]:
        sealed = method.build(password)
        content = kept_store(name, parts, password)
        if not content and parts:
            content = pkcs12.serialize_key_and_certificates(b"server" if parts[0] else None, *parts, sealed)
        elif not content:
            trusted = [pkcs12.PKCS12Certificate(root, b"example-root")]
            content = pkcs12.serialize_java_truststore(trusted, sealed)
        put(name, content, f"{what}, password `{password.decode()}`")
    own, anchor = ("server", "server", ["server", "inter"]), ("example-root", None, ["root"])
    for name, entries, password, what in [
        ("server.jks", [own], "correct horse", "Java store: alias `server` with `server.key`, leaf, intermediate"),
        ("server-changeit.jks", [own], "changeit", "the same"),
        ("server-no-chain.jks", [("server", "server", ["server"])], "correct horse", "the same without the intermediate"),
        ("trust.jks", [anchor], "changeit", "Java truststore: root as alias `example-root`"),
        ("trust-leaf-only.jks", [("www", None, ["server"])], "changeit", "Java truststore: a leaf without its issuers"),
        ("trust-with-key.jks", [anchor, own], "changeit", "Java truststore that holds a private key too"),
        ("empty.jks", [], "changeit", "Java store without an entry"),
    ]:
        put(name, jks(entries, password), f"{what}, password `{password}`")
    put("truncated.jks", files["trust.jks"][0][:300], "`trust.jks` cut after 300 bytes")


def kept_store(name, parts, password):
    """The PKCS#12 file as it stands, if it still holds what it should: its format has a random salt."""
    wanted = parts or (None, None, [certs["root"][0]])
    try:
        content = (PKI / name).read_bytes()
        key, leaf, others = pkcs12.load_key_and_certificates(content, password)
    except (OSError, ValueError):
        return None
    same_key = (key and key.private_numbers()) == (wanted[0] and wanted[0].private_numbers())
    return content if same_key and leaf == wanted[1] and others == wanted[2] else None


def jks(entries, password):
    """A Java key store, version 2: entries of (alias, key or None, certificates)."""
    secret = password.encode("utf-16-be")

    def sha1(*parts):
        return hashlib.sha1(b"".join(parts)).digest()

    def sized(width, content):
        return len(content).to_bytes(width, "big") + content

    def sealed(plain):
        # Sun's key protector: XOR with a SHA-1 stream that a salt starts, then a digest.
        salt = stream = sha1(plain)
        mask = b""
        while len(mask) < len(plain):
            stream = sha1(secret, stream)
            mask += stream
        body = salt + bytes(a ^ b for a, b in zip(plain, mask)) + sha1(secret, plain)
        oid = der(0x06, bytes.fromhex("2b060104012a02110101"))
        return der(0x30, der(0x30, oid, der(0x05)), der(0x04, body))

    made = int(when(FROM).replace(tzinfo=datetime.UTC).timestamp() * 1000).to_bytes(8, "big")
    out = bytes.fromhex("feedfeed00000002") + len(entries).to_bytes(4, "big")
    for alias, key, chain in entries:
        listed = [sized(2, b"X.509") + sized(4, der_of(n)) for n in chain]
        out += (1 if key else 2).to_bytes(4, "big") + sized(2, alias.encode()) + made
        if key:
            plain = keys[key].private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                            serialization.NoEncryption())
            out += sized(4, sealed(plain)) + len(chain).to_bytes(4, "big")
        out += b"".join(listed)
    return out + sha1(secret, b"Mighty Aphrodite", out)


OAKLEY_1024 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)


def ffdhe2048():
    """RFC 7919, appendix A.1: 2^2048 - 2^1984 + (floor(2^1918 * e) + 560316) * 2^64 - 1."""
    scale, term, e = 1 << 2100, 1 << 2100, 0
    for n in range(1, 400):
        e += term
        term //= n
    p = (1 << 2048) - (1 << 1984) + ((e * (1 << 1918) // scale) + 560316 << 64) - 1
    assert miller_rabin(p, 2) and miller_rabin((p - 1) // 2, 2)
    return p


def dh(p):
    return der(0x30, der(0x02, b"\x00" + p.to_bytes(p.bit_length() // 8, "big")), der(0x02, b"\x02"))


def ocsp_answer(name, issuer, until):
    """What the issuer itself answers about a certificate (RFC 6960 4.2.1): the library would put the time of day in."""
    authority, key = certs[issuer][0], keys[certs[issuer][1]]
    point = authority.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    name_hash = hashlib.sha1(authority.subject.public_bytes()).digest()
    key_hash = hashlib.sha1(point).digest()
    serial = certs[name][0].serial_number
    number = serial.to_bytes(serial.bit_length() // 8 + 1)
    sha1 = der(0x30, der(0x06, bytes.fromhex("2b0e03021a")), der(0x05))
    about = der(0x30, sha1, der(0x04, name_hash), der(0x04, key_hash), der(0x02, number))
    time = lambda text: der(0x18, when(text).strftime("%Y%m%d%H%M%SZ").encode())
    single = der(0x30, about, der(0x80), time(FROM), der(0xA0, time(until)))
    tbs = der(0x30, der(0xA2, der(0x04, key_hash)), time(FROM), der(0x30, single))
    signature = key.sign(tbs, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    ecdsa = der(0x30, der(0x06, bytes.fromhex("2a8648ce3d040302")))
    basic = der(0x30, tbs, ecdsa, der(0x03, b"\x00" + signature))
    kind = der(0x06, bytes.fromhex("2b0601050507300101"))
    return der(0x30, der(0x0A, b"\x00"), der(0xA0, der(0x30, kind, der(0x04, basic))))


def requests_and_crls():
    for name, cn, san in [("server", "www.example.com", WWW), ("other", "other.example.com", ["other.example.com"])]:
        b = x509.CertificateSigningRequestBuilder().subject_name(dn(f"CN={cn}, O=Example"))
        b = b.add_extension(x509.SubjectAlternativeName([x509.DNSName(s) for s in san]), critical=False)
        put(f"{name}.csr", sign(b, keys[name]).public_bytes(serialization.Encoding.PEM), f"request made with `{name}.key`")
    for name, issuer, until, gone, what in [
        ("root", "root", TO, [], "CRL of `root.pem`, empty, next update 2036"),
        ("inter", "inter", TO, ["revoked"], "CRL of `inter.pem`: revokes `revoked.pem`, next update 2036"),
        ("inter-expired", "inter", "2026-10-01", [], "CRL of `inter.pem`, next update was due 2026-10-01"),
        ("other-ca", "other-root", TO, [], "CRL of `other-root.pem`"),
    ]:
        b = x509.CertificateRevocationListBuilder().issuer_name(certs[issuer][0].subject)
        b = b.last_update(when(FROM)).next_update(when(until)).add_extension(x509.CRLNumber(1), critical=False)
        own = certs[issuer][0].extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        for serial in (certs[g][0].serial_number for g in gone):
            b = b.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when("2026-06-01")).build())
        crl = sign(b, keys[certs[issuer][1]])
        put(f"{name}.crl.pem", crl.public_bytes(serialization.Encoding.PEM), what)
        if name == "inter":
            put("inter.crl.der", crl.public_bytes(serialization.Encoding.DER), "the same in DER")
    put("crls.pem", files["root.crl.pem"][0] + files["inter.crl.pem"][0], "both CRLs that a verifier of `client.pem` needs")
    put("with-ocsp.ocsp.der", ocsp_answer("with-ocsp", "inter", TO), "OCSP answer about `with-ocsp.pem`: good, until 2036")
    put("with-ocsp-expired.ocsp.der", ocsp_answer("with-ocsp", "inter", "2026-10-01"), "the same, ended 2026-10-01")
    chain = [certs[n][0] for n in ("server", "inter", "root")]
    put("chain.p7b", pkcs7.serialize_certificates(chain, serialization.Encoding.PEM),
        "PKCS#7 in PEM: root, intermediate, leaf (the order that DER wants)")
    put("chain.p7b.der", pkcs7.serialize_certificates(chain, serialization.Encoding.DER), "the same in DER")


# ---- the estates ----------------------------------------------------------------------------------

# Path below etc/ssl, what the demo has there, what the healthy estate has there.
ESTATE = [
    ("certs/www.example.com.pem", "expired-fullchain.pem", "server-fullchain.pem"),
    ("private/www.example.com.key", "expired.key", "server.key"),
    ("certs/shop.example.com.pem", "shop-fullchain.pem", "shop-fullchain.pem"),
    ("private/shop.example.com.key", "other.key", "server-rsa.key"),
    ("certs/wildcard.example.com.pem", "wildcard.pem", "wildcard-fullchain.pem"),
    ("private/wildcard.example.com.key", "wildcard.key", "wildcard.key"),
    ("certs/partner.example.com.pem", "partner-fullchain.pem", "partner-fullchain.pem"),
    ("private/partner.example.com.key", "partner.key", "partner.key"),
    ("ca/partner-clients.pem", "inter.pem", "ca-chain.pem"),
    ("certs/intranet.example.com.pem", "intranet-fullchain.pem", "intranet-fullchain.pem"),
    ("private/intranet.example.com.key", "intranet.key", "intranet.key"),
    ("certs/api.example.com.pem", "server-fullchain.pem", "api-fullchain.pem"),
    ("private/api.example.com.key", "server.key", "api.key"),
    ("certs/blog.example.com.pem", "blog-glued.pem", "blog-fullchain.pem"),
    ("private/blog.example.com.key", "blog.key", "blog.key"),
    ("ca/example-root.pem", "root.pem", "root.pem"),
]


def estates():
    """Puts the certificates and keys into the two estates; their configurations are written by hand."""
    for path, demo, healthy in ESTATE:
        for estate, source in (("demo", demo), ("healthy", healthy)):
            target = HERE / estate / "etc/ssl" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[source][0])


# ---- the list of files ----------------------------------------------------------------------------


def readme():
    out = ["# Test certificates", "",
           "Made by `testdata/make.py`; do not edit by hand. File names are stable: tests refer to them.", "",
           "**All private keys here are throw-away and published with the source. Never use them.**", "",
           f"Tests judge this material as of {AS_OF}. Unless a line says otherwise a certificate runs from {FROM} to {TO},",
           "its subject has `O=Example`, and a server leaf carries extended key usage serverAuth and the names",
           "`www.example.com` and `example.com`. The password of every encrypted key is `correct horse`.", "",
           "## Certificates", "", "| file | what | subject | names | issuer | from | to | key |", "|---|---|---|---|---|---|---|---|"]
    for name, (made, key) in certs.items():
        if f"{name}.pem" not in files:
            continue
        try:
            san = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = " ".join(str(g.value) for g in san)
        except x509.ExtensionNotFound:
            names = ""
        cn = made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        by = made.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        public = made.public_key()
        size = getattr(public, "key_size", "")
        kind = f"RSA {size}" if isinstance(public, rsa.RSAPublicKey) else f"P-{size}" if size else "Ed25519"
        out.append(f"| {name}.pem | {files[f'{name}.pem'][1]} | {cn} | {names} | {by} | {made.not_valid_before_utc:%Y-%m-%d} "
                   f"| {made.not_valid_after_utc:%Y-%m-%d} | {kind}, {key}.key |")
    out += ["", "## Other files", "", "| file | what |", "|---|---|"]
    out += [f"| {name} | {what} |" for name, (_, what) in files.items() if name.removesuffix(".pem") not in certs]
    return "\n".join(out) + "\n"


def main():
    authorities()
    leaves()
    bundles()
    layouts()
    key_forms()
    requests_and_crls()
    stores()
    PKI.mkdir(parents=True, exist_ok=True)
    put("README.md", readme(), "")
    # Git must not touch line ends here: some files are about them.
    put(".gitattributes", "* -text\n", "")
    for path in PKI.iterdir():
        if path.name not in files:
            path.unlink()
    for name, (content, _) in files.items():
        (PKI / name).write_bytes(content)
    estates()
    print(f"{len(files)} files in {PKI}")
    sys.exit(subprocess.run([sys.executable, HERE / "check.py"]).returncode)


if __name__ == "__main__":
    main()
