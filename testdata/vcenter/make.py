#!/usr/bin/env python3
"""Writes `outage`, `repaired` and `parts` beside this file. `outage` is what an administrator collects of a vCenter Server whose
signing certificate has expired together with its solution users; `repaired` is the same machine a day later. `parts` are pieces
for the examples of rules.

Needs `pip install cryptography` (46 or newer). Keys are those of `../pki`, serial numbers come from names and RSA signatures are
deterministic, so a second run writes the same bytes. The keys are published with the source and protect nothing."""

import base64
import datetime
import hashlib
import ipaddress
import textwrap
from pathlib import Path
from shutil import rmtree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent
PKI = HERE.parent / "pki"
HOST = "vcsa1.example.com"
DOMAIN = "vsphere.local"


def key(name: str) -> rsa.RSAPrivateKey:
    return serialization.load_pem_private_key((PKI / f"{name}.key").read_bytes(), None)


ROOT, OTHER, LEAF = key("root-rsa"), key("inter-rsa"), key("server-rsa")


def day(text: str) -> datetime.datetime:
    form = "%Y-%m-%d %H:%M:%S" if " " in text else "%Y-%m-%d"
    return datetime.datetime.strptime(text, form)


def vmca(host: str = HOST) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "CA"),
            x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "vsphere"),
            x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "local"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "California"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, host),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "VMware Engineering"),
        ]
    )


def usage(*words: str) -> x509.KeyUsage:
    every = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{word: word in words for word in every})


def certificate(
    name: str,
    subject: x509.Name | str,
    start: str,
    end: str,
    *,
    own: rsa.RSAPrivateKey = LEAF,
    by: rsa.RSAPrivateKey = ROOT,
    issuer: x509.Name | None = None,
    names: list[str] | None = None,
    ca: bool = False,
    usages: x509.KeyUsage | None = None,
    ski: bool = True,
) -> x509.Certificate:
    if isinstance(subject, str):
        subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, subject), x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "vsphere")]
        )
    serial = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or vmca())
        .public_key(own.public_key())
        .serial_number(serial)
        .not_valid_before(day(start))
        .not_valid_after(day(end))
    )
    if ski:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
    else:
        common = usages or usage("digital_signature", "content_commitment", "key_encipherment")
        builder = builder.add_extension(common, critical=False)
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
        builder = builder.add_extension(aki, critical=False)
    if names:
        found = []
        for it in names:
            try:
                found.append(x509.IPAddress(ipaddress.ip_address(it)))
            except ValueError:
                found.append(x509.DNSName(it))
        builder = builder.add_extension(x509.SubjectAlternativeName(found), critical=False)
    return builder.sign(by, hashes.SHA256())


def root(name: str, start: str, end: str, own: rsa.RSAPrivateKey = ROOT, host: str = HOST, **more) -> x509.Certificate:
    return certificate(name, vmca(host), start, end, own=own, by=own, issuer=vmca(host), ca=True, **more)


def sts(name: str, start: str, end: str, **more) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ssoserverSign")])
    return certificate(name, subject, start, end, names=more.pop("names", [HOST]), **more)


def der(it: x509.Certificate) -> bytes:
    return it.public_bytes(serialization.Encoding.DER)


def pem(it: x509.Certificate) -> str:
    return it.public_bytes(serialization.Encoding.PEM).decode().strip()


def sha1(it: x509.Certificate) -> str:
    return hashlib.sha1(der(it)).hexdigest()


# ---- LDIF -----------------------------------------------------------------------------------------


def fold(line: str) -> str:
    """As ldapsearch folds: 79 columns, then a blank and 78 more."""
    rest = line[79:]
    return "\n ".join([line[:79]] + textwrap.wrap(rest, 78, break_on_hyphens=False) if rest else [line])


def attribute(name: str, value: bytes, folded: bool) -> str:
    line = f"{name}:: {base64.b64encode(value).decode()}"
    return fold(line) if folded else line


def dn(kind: str, number: int) -> str:
    where = "cn=TrustedCertificateChains," if kind == "TrustedCertChain" else ""
    return f"dn: cn={kind}-{number},{where}cn={DOMAIN},cn=Tenants,cn=IdentityManager,cn=Services,dc=vsphere,dc=local"


def chain(kind: str, number: int, *certs: x509.Certificate, folded: bool = True, private: rsa.RSAPrivateKey | None = None) -> str:
    lines = [fold(dn(kind, number)) if folded else dn(kind, number)]
    if kind == "TenantCredential":
        lines += ["objectClass: vmwSTSTenantCredential", f"cn: {kind}-{number}"]
    if private:
        text = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        lines.append(attribute("vmwSTSPrivateKey", text, folded))
    lines += [attribute("userCertificate", der(it), folded) for it in certs]
    return "\n".join(lines) + "\n\n"


def principal(name: str, it: x509.Certificate) -> str:
    head = f"dn: cn={name}-4f1c2a9e-7d3b-4c55-9a10-0c2f6be1d7aa,cn=ServicePrincipals,dc=vsphere,dc=local"
    return "\n".join([fold(head), attribute("userCertificate", der(it), True)]) + "\n\n"


# ---- VECS -----------------------------------------------------------------------------------------


def listing(entries: list[tuple[str, str, list[x509.Certificate]]]) -> str:
    out = f"Number of entries in store :\t{len(entries)}\n"
    for alias, kind, certs in entries:
        out += f"Alias :\t{alias}\nEntry type :\t{kind}\nCertificate :\t" + "\n".join(map(pem, certs)) + "\n\n\n"
    return out


def printed(it: x509.Certificate) -> str:
    return it.not_valid_after_utc.strftime("%b ") + f"{it.not_valid_after_utc.day:2} " + it.not_valid_after_utc.strftime("%H:%M:%S %Y GMT")


def one_liner(stores: list[tuple[str, list[tuple[str, x509.Certificate | None]]]], header: str = "STORE {}") -> str:
    out = ""
    for store, entries in stores:
        out += header.format(store) + "\n"
        for alias, it in entries:
            out += f"Alias :\t{alias}\n"
            if it:
                out += f"            Not After : {printed(it)}\n"
    return out


def write(path: str, content: str | bytes) -> None:
    target = HERE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


# ---- the machine ----------------------------------------------------------------------------------

VMCA = root("vmca", "2024-11-03", "2034-11-01 08:00:00")
OLD = sts("sts-old", "2024-11-06 10:20:44", "2026-11-06 10:30:44")
NEW = sts("sts-new", "2026-11-21 09:05:10", "2028-11-20 09:15:10")
MACHINE = certificate("machine-ssl", HOST, "2026-03-01", "2028-03-01", names=[HOST])
USERS = ["machine", "vsphere-webclient", "vpxd", "vpxd-extension"]


def users(end: str, start: str) -> dict[str, x509.Certificate]:
    return {it: certificate(f"{it} {end}", f"{it}-4f1c2a9e", start, end, own=LEAF, names=[HOST]) for it in USERS}


ENDED, RENEWED = users("2026-11-09 10:31:02", "2024-11-09"), users("2028-11-20 09:40:00", "2026-11-21")
SMS = certificate("sms", "SMS-241106102044", "2023-11-06", "2034-11-06", ski=False)


def stores(solution: dict[str, x509.Certificate]) -> str:
    return one_liner(
        [
            ("MACHINE_SSL_CERT", [("__MACHINE_CERT", MACHINE)]),
            ("TRUSTED_ROOTS", [(sha1(VMCA), VMCA)]),
            ("TRUSTED_ROOT_CRLS", [("9e1a37aa6b2ea54cf0f67ef0a35d3b3ba2f7d2c1", None)]),
            *[(name, [(name, it)]) for name, it in solution.items()],
            ("APPLMGMT_PASSWORD", [("location_password_default", None)]),
            ("SMS", [("sms_self_signed", SMS)]),
        ]
    )


def java(when: str) -> str:
    return day(when).strftime("%a %b %d %H:%M:%S UTC %Y")


def rejection(when: str, spelled: str = "Cause:ns0") -> str:
    asked, end = java(when), java((day(when) + datetime.timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S"))
    return (
        f"{when.replace(' ', 'T')}.214Z [tomcat-exec-41  ERROR com.vmware.vim.sso.client.impl.SecurityTokenServiceImpl"
        f"$RequestResponseProcessor opId=] Server rejected the provided time range. {spelled}:InvalidTimeRange: The token authority "
        f"rejected an issue request for TimePeriod [startTime={asked}, endTime={end}] :: Signing certificate is not valid at {asked}, "
        f"cert validity: TimePeriod [startTime={java('2024-11-06 10:20:44')}, endTime={java('2026-11-06 10:30:44')}]\n"
    )


SVCS = (
    "2026-11-07T04:00:00.001Z [main  INFO  com.vmware.cis.vpxd.svcs] starting\n"
    + rejection("2026-11-07 04:00:12")
    + rejection("2026-11-07 04:00:42", "Cause: ns0")
    + "2026-11-07T04:00:43.000Z [main  INFO  com.vmware.cis.vpxd.svcs] retry\n"
    + rejection("2026-11-07 04:01:12")
)
VPXD = (
    "2026-11-07T04:00:11.547Z info vpxd[12853] [Originator@6876 sub=Default opID=SWI-7203af8f] starting\n"
    "2026-11-07T04:00:13.547Z info vpxd[12853] [Originator@6876 sub=vpxCrypt opID=SWI-7203af8f] Failed to read X509 cert; err: 151441516\n"
)
SCRIPT = "#!/bin/bash\n# Stands for the script of the knowledge base, which is not part of this project.\necho \"Detected PNID:\"\n"
FIXED = f"""NOTE: This works on external and embedded PSCs
==================================
Resetting STS certificate for {HOST} started on Sat Nov 21 09:10:40 UTC 2026


Detected DN: cn={HOST},ou=Domain Controllers,dc=vsphere,dc=local
Detected PNID: {HOST}
Detected PSC: {HOST}
Detected SSO domain name: {DOMAIN}
Detected Machine ID: 4f1c2a9e-7d3b-4c55-9a10-0c2f6be1d7aa
Detected IP Address: 192.0.2.51
Domain CN: dc=vsphere,dc=local
==================================

Detected Root's certificate expiration date: 2034 Nov 1
Detected today's date: 2026 Nov 21
==================================

Exporting and generating STS certificate

Status : Success
Using config file : /tmp/vmware-fixsts/certool.cfg
Status : Success


Enter password for administrator@{DOMAIN}:
Amount of tenant credentials: 1
Exporting tenant and trustedcertchain 1 to /tmp/vmware-fixsts

Deleting tenant and trustedcertchain 1


Applying newly generated STS certificate to SSO domain
adding new entry "cn=TenantCredential-1,cn={DOMAIN},cn=Tenants,cn=IdentityManager,cn=Services,dc=vsphere,dc=local"

adding new entry "cn=TrustedCertChain-1,cn=TrustedCertificateChains,cn={DOMAIN},cn=Tenants,cn=IdentityManager,cn=Services,dc=vsphere,dc=local"


Replacement finished - Please restart services on all vCenters and PSCs in your SSO domain
==================================
"""


def machine(folder: str, leaf: x509.Certificate, solution: dict[str, x509.Certificate], repaired: bool) -> None:
    rmtree(HERE / folder, ignore_errors=True)
    write(f"{folder}/vecs.txt", stores(solution))
    write(f"{folder}/sts.ldif", chain("TenantCredential", 1, leaf, VMCA) + chain("TrustedCertChain", 1, leaf, VMCA))
    write(f"{folder}/var/log/vmware/vpxd-svcs/vpxd-svcs.log", SVCS)
    write(f"{folder}/var/log/vmware/vpxd/vpxd.log", VPXD)
    write(f"{folder}/fixsts.sh", SCRIPT if repaired else SCRIPT.replace("\n", "\r\n"))
    if repaired:
        write(f"{folder}/fixsts.txt", FIXED)


machine("outage", OLD, ENDED, repaired=False)
machine("repaired", NEW, RENEWED, repaired=True)

# ---- pieces for examples --------------------------------------------------------------------------

rmtree(HERE / "parts", ignore_errors=True)


def part(name: str, content: str | bytes) -> None:
    write(f"parts/{name}", content)


TENANT, TRUSTED = "TenantCredential", "TrustedCertChain"
part("tenant-1-expired.ldif", chain(TENANT, 1, OLD, VMCA))
part("tenant-1.ldif", chain(TENANT, 1, NEW, VMCA))
part("tenant-1-unfolded.ldif", chain(TENANT, 1, NEW, VMCA, folded=False))
part("tenant-3.ldif", chain(TENANT, 3, NEW, VMCA))
part("trusted-1.ldif", chain(TRUSTED, 1, NEW, VMCA))
part("trusted-1-expired.ldif", chain(TRUSTED, 1, OLD, VMCA))
part("tenant-1-reversed.ldif", chain(TENANT, 1, VMCA, NEW))
part("tenant-1-key.ldif", chain(TENANT, 1, NEW, VMCA, private=LEAF))
part("tenant-1-other-key.ldif", chain(TENANT, 1, NEW, VMCA, private=OTHER))
STRANGE = root("vmca-strange", "2024-11-03", "2034-11-01 08:00:00", OTHER)
part("tenant-1-strange-root.ldif", chain(TENANT, 1, NEW, STRANGE))
part("tenant-1-ends-in-january.ldif", chain(TENANT, 1, sts("sts-january", "2025-01-20", "2027-01-20"), VMCA))
part("tenant-1-ends-in-april.ldif", chain(TENANT, 1, sts("sts-april", "2025-04-20", "2027-04-20"), VMCA))
part("tenant-1-begins-in-2027.ldif", chain(TENANT, 1, sts("sts-2027", "2027-02-01", "2029-02-01"), VMCA))
SHORT = root("vmca-short", "2017-10-03", "2027-10-01 08:00:00")
part("tenant-1-clamped.ldif", chain(TENANT, 1, sts("sts-clamped", "2026-10-03", "2027-10-01 08:00:00"), SHORT))
part("tenant-1-outlives.ldif", chain(TENANT, 1, sts("sts-outlives", "2026-10-03", "2028-10-01"), SHORT))
part("sts.der", der(NEW))
part("vmca.der", der(VMCA))

PRIVATE, ANCHOR = "Private Key", "Trusted Cert"


def own(*certs: x509.Certificate, alias: str = "__MACHINE_CERT") -> str:
    return listing([(alias, PRIVATE, list(certs))])


def roots(*certs: x509.Certificate) -> str:
    return listing([(sha1(it), ANCHOR, [it]) for it in certs])


part("machine-ssl.txt", own(MACHINE))
part("machine-ssl-other-name.txt", own(certificate("ssl-other", "old.example.com", "2026-03-01", "2028-03-01", names=["old.example.com"])))
part("machine-ssl-expiring.txt", own(certificate("ssl-soon", HOST, "2024-12-03", "2026-12-03", names=[HOST])))
SUB = certificate("sub-old", "Issuing CA", "2021-01-01", "2026-06-01", own=OTHER, ca=True)
SUB_NEW = certificate("sub-new", "Issuing CA", "2026-01-01", "2031-06-01", own=OTHER, ca=True)
BELOW = certificate("ssl-below", HOST, "2026-03-01", "2028-03-01", names=[HOST], by=OTHER, issuer=SUB.subject)
part("machine-ssl-old-issuer.txt", own(BELOW, SUB))
part("machine-ssl-new-issuer.txt", own(BELOW, SUB_NEW))
part("machine-ssl-alone.txt", own(BELOW))
part("machine-ssl-usage.txt", own(certificate("ssl-usage", HOST, "2026-03-01", "2028-03-01", names=[HOST], usages=usage("key_encipherment"))))
part("roots.txt", roots(VMCA))
part("roots-duplicate.txt", roots(root("vmca-first", "2019-11-03", "2029-11-01"), VMCA))
part("roots-other.txt", roots(STRANGE))
part("roots-leaf.txt", roots(VMCA, MACHINE))
part("roots-no-key-id.txt", roots(root("vmca-plain", "2024-11-03", "2034-11-01", ski=False)))
part("roots-alias.txt", listing([("corporate root", ANCHOR, [VMCA])]))
part("vpxd.txt", own(RENEWED["vpxd"], alias="vpxd"))
part("machine.txt", own(RENEWED["machine"], alias="machine"))
part("machine-like-vpxd.txt", own(RENEWED["vpxd"], alias="machine"))
part("vpxd-principal.ldif", principal("vpxd", RENEWED["vpxd"]))
part("vpxd-principal-old.ldif", principal("vpxd", ENDED["vpxd"]))
SHA1 = x509.load_pem_x509_certificate((PKI / "root-sha1.pem").read_bytes())
part("roots-sha1.txt", roots(SHA1))
part("certool-utf16.cfg", f"Country = US\nName = CA\nHostname = {HOST}\n".encode("utf-16"))
MANY = ", ".join(f"machine-{number:03}.department.example.com" for number in range(64))
part("certool-many-names.cfg", f"Country = US\nName = CA\nOrgUnit = x\nHostname = {MANY}\n")
part("deploy-crlf.sh", "#!/usr/bin/env bash\r\necho deploying\r\n")
part("deploy.sh", "#!/usr/bin/env bash\necho deploying\n")
