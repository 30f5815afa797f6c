#!/usr/bin/env python3
"""Writes `farm` and `repaired` beside this file: four machines of IIS behind a load balancer that share their
configuration and the folder of the Central Certificate Store, and a fifth one by itself. In `farm` only `node1` has the
record of the Central Certificate Store, and `web9` has a leftover record for its address.

`pfx` holds files for the Central Certificate Store, made by `openssl` from `../pki`. Their salts are random, so what is
there is kept. `share` is a machine whose folder has four mistakes, `renewed` the same after the repair; `passwords.toml`
opens both."""

from hashlib import sha1
from pathlib import Path
from shutil import copyfile, rmtree
from subprocess import run
from ssl import PEM_cert_to_DER_cert

HERE = Path(__file__).parent
IIS = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
# The certificate that the management service of `web9` made for itself.
WMSVC = "64498c920fecb31b8f7ccbdac2fa2baa2ec4f19a"
# `../pki/server.pem`, for clients that send no name.
DEFAULT = sha1(PEM_cert_to_DER_cert((HERE.parent / "pki/server.pem").read_text())).hexdigest()
STATES = [
    ("Verify Client Certificate Revocation", "Enabled"),
    ("Verify Revocation Using Cached Client Certificate Only", "Disabled"),
    ("Usage Check", "Enabled"),
    ("Revocation Freshness Time", "0"),
    ("URL Retrieval Timeout", "0"),
    ("Ctl Identifier", "(null)"),
    ("Ctl Store Name", "(null)"),
    ("DS Mapper Usage", "Disabled"),
    ("Negotiate Client Certificate", "Disabled"),
    ("Reject Connections", "Disabled"),
    ("Disable HTTP2", "Not Set"),
    ("Disable QUIC", "Not Set"),
    ("Disable TLS1.2", "Not Set"),
    ("Disable TLS1.3", "Not Set"),
    ("Disable OCSP Stapling", "Not Set"),
    ("Enable Token Binding", "Not Set"),
    ("Log Extended Events", "Not Set"),
    ("Disable Legacy TLS Versions", "Not Set"),
    ("Enable Session Ticket", "Not Set"),
]


def record(label: str, key: str, hash: str, store: str, made_by: str = IIS) -> str:
    lines = [(label, key), ("Certificate Hash", hash), ("Application ID", made_by), ("Certificate Store Name", store)]
    return "".join(f"    {name:<29}: {value}\r\n" for name, value in lines + STATES) + "\r\n"


def netsh(*records: str) -> str:
    return "\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n" + "".join(records)


CENTRAL = record("Central Certificate Store", "443", "(null)", "(null)")
LEFTOVER = record("IP:port", "172.16.0.49:443", WMSVC, "My")

# A script made it, with an id of its own: no site binds it, and clients that send no name get an answer.
FALLBACK = record("IP:port", "0.0.0.0:443", DEFAULT, "MY", "{8f5c5c0e-4d0b-4d5e-9a53-0f6f0a7e2b11}")

REGISTRY = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\IIS\CentralCertProvider]
"Enabled"=dword:00000001
"CertStoreLocation"="\\\\files.example.com\\certs"
"UserName"="EXAMPLE\\ccsreader"
"Password"="MACHINE-BOUND-BLOB-OF-NAME"
"PrivateKeyPassword"="MACHINE-BOUND-KEY-BLOB-OF-NAME"
"PollingInterval"=dword:0000012c

"""

REDIRECTION = r"""<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <configSections>
    <section name="configurationRedirection" />
  </configSections>
  <configurationRedirection enabled="true" path="C:\inetpub\shared" />
</configuration>
"""

SITES = """<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <system.applicationHost>
    <sites>
      <site name="Web" id="1" serverAutoStart="true">
        <bindings>
          <binding protocol="http" bindingInformation="*:80:" />
          <binding protocol="https" bindingInformation="*:443:www.example.com" sslFlags="3" />
          <binding protocol="https" bindingInformation="*:443:example.com" sslFlags="3" />
        </bindings>
      </site>
    </sites>
  </system.applicationHost>
</configuration>
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def farm(folder: Path, repaired: bool) -> None:
    rmtree(folder, ignore_errors=True)
    write(folder / "shared/applicationHost.config", SITES)
    for number in range(1, 5):
        node = folder / f"node{number}"
        write(node / "redirection.config", REDIRECTION)
        write(node / "ccs.reg", REGISTRY.replace("NAME", node.name).replace("\n", "\r\n"), "utf-16")
        records = netsh(FALLBACK, CENTRAL) if repaired else netsh(CENTRAL) if number == 1 else netsh()
        # What PowerShell writes with `>`, and what cmd writes.
        write(node / "netsh.txt", records, "utf-16" if number == 2 else "utf-8")
    alone = folder / "web9"
    write(alone / "applicationHost.config", SITES)
    write(alone / "ccs.reg", REGISTRY.replace("NAME", "web9").replace("\n", "\r\n"), "utf-16")
    write(alone / "netsh.txt", netsh(FALLBACK, CENTRAL) if repaired else netsh(LEFTOVER, CENTRAL))
    for name in ["www.example.com", "example.com"]:
        share = folder / "certs"
        share.mkdir(exist_ok=True)
        copyfile(HERE.parent / "pki/server.p12", share / f"{name}.pfx")


farm(HERE / "farm", repaired=False)
farm(HERE / "repaired", repaired=True)


PKI = HERE.parent / "pki"
PFX = HERE / "pfx"


def pfx(name: str, certificate: Path, key: Path | None, password: str = "correct horse", *more: object) -> None:
    path = PFX / name
    PFX.mkdir(exist_ok=True)
    if not path.exists():
        own = ["-inkey", key] if key else ["-nokeys"]
        words = ["openssl", "pkcs12", "-export", "-in", certificate, *own, "-passout", f"pass:{password}", "-out", path, *more]
        run([str(it) for it in words], check=True)


def earlier_wildcard() -> Path:
    """`../pki/wildcard.pem` as it was issued the year before and ends sooner; OpenSSL 3.0 cannot say both days."""
    path = PFX / "wildcard-2025.pem"
    PFX.mkdir(exist_ok=True)
    if path.exists():
        return path
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    wildcard = x509.load_pem_x509_certificate((PKI / "wildcard.pem").read_bytes())
    issuer = serialization.load_pem_private_key((PKI / "inter.key").read_bytes(), None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(wildcard.subject)
        .issuer_name(wildcard.issuer)
        .public_key(wildcard.public_key())
        .serial_number(0x2025)
        .not_valid_before(datetime(2025, 1, 1))
        .not_valid_after(datetime(2027, 3, 1))
    )
    for extension in wildcard.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    leaf = builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path.write_bytes(leaf + (PKI / "inter.pem").read_bytes())
    return path


pfx("www.pfx", PKI / "server-fullchain.pem", PKI / "server.key")
pfx("www-expired.pfx", PKI / "expired-fullchain.pem", PKI / "expired.key")
pfx("www-expiring.pfx", PKI / "expiring.pem", PKI / "server.key", "correct horse", "-certfile", PKI / "inter.pem")
pfx("www-no-key.pfx", PKI / "server-fullchain.pem", None)
pfx("www-no-chain.pfx", PKI / "server.pem", PKI / "server.key")
pfx("www-other-password.pfx", PKI / "server-fullchain.pem", PKI / "server.key", "battery staple")
pfx("www-other-key.pfx", PKI / "server-rsa-fullchain.pem", PKI / "server-rsa.key")
pfx("wildcard.pfx", PKI / "wildcard-fullchain.pem", PKI / "wildcard.key")
pfx("wildcard-2025.pfx", earlier_wildcard(), PKI / "wildcard.key")
pfx("api.pfx", PKI / "api-fullchain.pem", PKI / "api.key")
pfx("shop.pfx", PKI / "shop-fullchain.pem", PKI / "server-rsa.key")

HOSTS = ["www.example.com", "example.com", "api.example.com", "shop.example.com", "partner.example.com", "news.example.com"]


def share(folder: Path, files: dict[str, str]) -> None:
    """A machine with a site of six hosts, whose certificates all come from one folder."""
    rmtree(folder, ignore_errors=True)
    bindings = "".join(
        f'          <binding protocol="https" bindingInformation="*:443:{it}" sslFlags="3" />\n' for it in HOSTS
    )
    start, end = SITES.index('          <binding protocol="https"'), SITES.index("        </bindings>")
    node = folder / "web1"
    write(node / "applicationHost.config", SITES[:start] + bindings + SITES[end:])
    write(node / "ccs.reg", REGISTRY.replace("NAME", "web1").replace("\n", "\r\n"), "utf-16")
    write(node / "netsh.txt", netsh(FALLBACK, CENTRAL))
    (folder / "certs").mkdir()
    for name, source in files.items():
        copyfile(PFX / source, folder / "certs" / f"{name}.pfx")


RENEWED = {"www.example.com": "www.pfx", "example.com": "www.pfx", "api.example.com": "api.pfx", "_.example.com": "wildcard.pfx"}
share(HERE / "renewed", RENEWED)
share(
    HERE / "share",
    RENEWED
    | {
        "www.example.com": "www-expiring.pfx",
        "api.example.com": "shop.pfx",
        "shop.example.com": "wildcard-2025.pfx",
        "partner.example.com": "www-other-password.pfx",
    },
)
write(HERE / "passwords.toml", '"**/certs/*.pfx" = "correct horse"\n')
