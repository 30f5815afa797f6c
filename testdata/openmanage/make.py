#!/usr/bin/env python3
"""Writes `pki`, `migration` and `repaired` beside this file: requests and chains of two appliances of OpenManage
Enterprise, a tree in which their migration fails, and the same tree when it works.

Needs what `../make.py` needs, and takes the authorities `Example Root CA` and `Example Intermediate CA` from it.
A second run writes the same bytes. No private key is published: an appliance never hands its key out.
"""

import importlib.util
from pathlib import Path
from shutil import rmtree

from cryptography import x509
from cryptography.hazmat.primitives import serialization

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("material", HERE.parent / "make.py")
material = importlib.util.module_from_spec(spec)
spec.loader.exec_module(material)

BOTH = ("server", "client")
made: dict[str, bytes] = {}


def key(name, kind="rsa2048"):
    material.keys[name] = material.make_key(name, kind)


def pem(*names):
    return material.pem(*names).encode()


def request(name, key, subject, host):
    b = x509.CertificateSigningRequestBuilder().subject_name(material.dn(subject))
    b = b.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    made[f"{name}.csr"] = material.sign(b, material.keys[key]).public_bytes(serialization.Encoding.PEM)


def leaf(name, key, host, issuer="inter", eku=BOTH, subject=None, **more):
    material.cert(name, "", subject or f"CN={host}, O=Example", issuer, key, san=[host], eku=eku, **more)


def authority(name, title, issuer, key_name=None):
    if key_name is None:
        key(name, "p256")
    material.cert(name, "", title, issuer, key_name or name, ca=True)


def chain(name, *parts):
    made[f"{name}.pem"] = pem(*parts)


def pki():
    """Material for the cards. Each name says what is wrong; `source` and `target` are healthy."""
    source, target = "oment-310.example.com", "oment-400.example.com"
    for name in ("ome-source", "ome-target", "ome-older"):
        key(name)
    request("source", "ome-source", f"CN={source}, O=Example", source)
    request("older", "ome-older", f"CN={source}, O=Example", source)
    request("target", "ome-target", f"CN={target}, O=Example", target)
    request("wildcard", "ome-source", "CN=*.example.com, O=Example", "*.example.com")
    leaf("ome-source", "ome-source", source)
    leaf("ome-target", "ome-target", target)
    chain("source", "ome-source", "inter", "root")
    chain("source-leaf", "ome-source")
    chain("target", "ome-target", "inter", "root")
    leaf("ome-source-server", "ome-source", source, eku=("server",))
    chain("server-only", "ome-source-server", "inter", "root")
    chain("server-only-leaf", "ome-source-server")
    leaf("ome-source-client", "ome-source", source, eku=("client",))
    chain("client-only", "ome-source-client", "inter", "root")
    leaf("ome-source-no-eku", "ome-source", source, eku=())
    chain("no-eku", "ome-source-no-eku", "inter", "root")
    key("ome-ec", "p256")
    leaf("ome-ec", "ome-ec", source)
    chain("no-key-encipherment", "ome-ec", "inter", "root")
    leaf("ome-no-ku", "ome-source", source, ku=False)
    chain("no-key-usage", "ome-no-ku", "inter", "root")
    chain("no-root", "ome-source", "inter")
    chain("no-intermediate", "ome-source", "root")
    chain("disorder", "ome-source", "root", "inter")
    chain("reversed", "root", "inter", "ome-source")
    chain("foreign", "ome-source", "inter", "other-root", "root")
    chain("twice", "ome-source", "inter", "inter", "root")
    chain("impostor", "ome-source", "inter-impostor", "root")
    leaf("ome-self", "ome-source", source, issuer="ome-self")
    chain("self-signed", "ome-self")
    leaf("ome-no-cn", "ome-source", source, subject="O=Example, OU=Servers")
    chain("no-cn", "ome-no-cn", "inter", "root")
    leaf("ome-wildcard", "ome-source", "*.example.com")
    chain("wildcard", "ome-wildcard", "inter", "root")
    leaf("ome-expired", "ome-source", source, dates=("2026-01-01", "2026-10-01"))
    chain("expired", "ome-expired", "inter", "root")
    leaf("ome-expiring", "ome-source", source, dates=("2026-01-01", "2026-12-05"))
    chain("expiring", "ome-expiring", "inter", "root")
    leaf("ome-by-not-ca", "ome-source", source, issuer="inter-not-ca")
    chain("issuer-not-ca", "ome-by-not-ca", "inter-not-ca", "root")
    leaf("ome-by-pathlen0", "ome-source", source, issuer="inter-pathlen0-sub")
    chain("path-length", "ome-by-pathlen0", "inter-pathlen0-sub", "inter-pathlen0", "root")
    policy = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
    scts = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), material.sct_list("ome"))
    public = {"dates": ("2026-10-01", "2027-04-01"), "extra": [(policy, False), (scts, False)]}
    leaf("ome-public", "ome-source", source, **public)
    chain("public", "ome-public", "inter", "root")
    leaf("ome-public-server", "ome-source", source, eku=("server",), **public)
    chain("public-server-only", "ome-public-server", "inter", "root")
    authority("inter-b", "CN=Example Intermediate CA B, O=Example", "root")
    leaf("ome-target-b", "ome-target", target, issuer="inter-b")
    chain("target-other-intermediate", "ome-target-b", "inter-b", "root")
    authority("inter-renewed", "CN=Example Intermediate CA, O=Example", "root-rekeyed", "inter")
    chain("target-renewed-root", "ome-target", "inter-renewed", "root-rekeyed")
    # Authorities one below the other: with leaf and root 10 deep, and 11.
    above, levels = "root", []
    for number in range(1, 10):
        name = f"level-{number}"
        authority(name, f"CN=Example Level {number} CA, O=Example", above)
        above = name
        levels.insert(0, name)
    leaf("ome-deep-10", "ome-source", source, issuer="level-8")
    chain("deep-10", "ome-deep-10", *levels[1:], "root")
    leaf("ome-deep-11", "ome-source", source, issuer="level-9")
    chain("deep-11", "ome-deep-11", *levels, "root")
    leaf("ome-target-server", "ome-target", target, eku=("server",))
    leaf("ome-target-older", "ome-older", target)
    made["source.der"] = material.der_of("ome-source")


PROFILE = """\
# The pair of a migration. Checked with the clock of the run.
[[openmanage]]
name = "oment-310"
csr = "requests/oment-310.csr"
chain = "chains/oment-310.pem"
mode = "chain"
peer = "chains/oment-400.pem"

[[openmanage]]
name = "oment-400"
csr = "requests/oment-400.csr"
chain = "chains/oment-400.pem"
mode = "chain"
"""

PLAYBOOK = """\
- name: Certificates of the appliances
  hosts: ome
  gather_facts: false
  tasks:
    - name: Ask the source for a request
      dellemc.openmanage.ome_application_certificate:
        hostname: "{{{{ inventory_hostname }}}}"
        username: "{{{{ ome_user }}}}"
        password: "{{{{ ome_password }}}}"
        command: generate_csr
        distinguished_name: oment-310.example.com
        department_name: Server Operations
        business_name: Example
        locality: Austin
        country_state: Texas
        country: {country}
        email: operations@example.com
        subject_alternative_names: oment-310.example.com
    - name: Upload the chain of the source
      dellemc.openmanage.ome_application_certificate:
        hostname: "{{{{ inventory_hostname }}}}"
        username: "{{{{ ome_user }}}}"
        password: "{{{{ ome_password }}}}"
        command: {command}
        upload_file: chains/oment-310.pem
"""

ENTRY = (
    "[ERROR] {moment} [ajp-nio-0:0:0:0:0:0:0:1-8009-exec-{thread}] SSLController - uploadNewCertificateChain():\n"
    ' Error uploading certificate chain: {{"error":{{"code":"Base.1.0.GeneralError",\n'
    '"message":"A general error has occurred. See ExtendedInfo for more information.","@Message.ExtendedInfo":'
    '[{{"MessageId":"CGEN1008","RelatedProperties":[],\n'
    '"Message":"Unable to process the request because an error occurred.",\n'
    '"MessageArgs":["{argument}"],\n'
    '"Severity":"Critical","Resolution":"Retry the operation. If the issue persists, contact your system administrator."}}]}}}}\n'
)


def entry(moment, thread, argument):
    return ENTRY.format(moment=moment, thread=thread, argument=argument)


def trees():
    """The story: the template of the authority gives one purpose, the target asked a second time for a request, the
    two chains go through different intermediates, and the playbook uploads the whole chain as a single certificate."""
    log = (
        "[INFO] 2026-11-20 09:58:02.114 [main] Bootstrap - started\n"
        + entry("2026-11-20 10:56:54.175", 17, "No Client/Server authentication EKU present in leaf certificate.")
        + entry("2026-11-20 11:10:34.735", 10, "Invalid CSR key.")
    )
    check = (
        "Unable to mutually authenticate and connect to the remote appliance.\n"
        "Please check the source and target appliances has valid certificate chain uploaded which are signed by the same CA.\n"
    )
    material.keys["ome-target-second"] = material.make_key("ome-target-second", "rsa2048")
    target = "oment-400.example.com"
    request("target-second", "ome-target-second", f"CN={target}, O=Example", target)
    write("migration", {
        "tlslint.toml": PROFILE,
        "site.yml": PLAYBOOK.format(country="USA", command="upload"),
        "requests/oment-310.csr": made["source.csr"],
        "requests/oment-400.csr": made["target-second.csr"],
        "requests/oment-400-first.csr": made["target.csr"],
        "chains/oment-310.pem": made["server-only.pem"],
        "chains/oment-400.pem": made["target-other-intermediate.pem"],
        "logs/tomcat/application.log": log,
        "logs/connection-check.txt": check,
    })
    write("repaired", {
        "tlslint.toml": PROFILE,
        "site.yml": PLAYBOOK.format(country="US", command="upload_cert_chain"),
        "requests/oment-310.csr": made["source.csr"],
        "requests/oment-400.csr": made["target.csr"],
        "chains/oment-310.pem": made["source.pem"],
        "chains/oment-400.pem": made["target.pem"],
        "logs/tomcat/application.log": "[INFO] 2026-11-20 09:58:02.114 [main] Bootstrap - started\n",
    })
    del made["target-second.csr"]


def write(folder, files):
    if (HERE / folder).exists():
        rmtree(HERE / folder)
    for name, body in files.items():
        path = HERE / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)


if __name__ == "__main__":
    material.authorities()
    pki()
    trees()
    write("pki", made)
