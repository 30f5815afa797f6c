#!/usr/bin/env python3
"""Writes `farm` and `repaired` beside this file: four machines of IIS behind a load balancer that share their
configuration and the folder of the Central Certificate Store, and a fifth one by itself. In `farm` only `node1` has the
record of the Central Certificate Store, and `web9` has a leftover record for its address."""

from hashlib import sha1
from pathlib import Path
from shutil import copyfile, rmtree
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
