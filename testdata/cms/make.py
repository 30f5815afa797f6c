#!/usr/bin/env python3
"""Writes `broken` and `repaired` beside this file: three nodes of Cisco Meeting Server that share a database cluster, and
an edge that connects to it, each with the commands its MMP was given and copies of the files it holds. `broken` has the
mistakes that people make on the way from the request to a cluster that runs. Needs `pip install cryptography`.
The keys are published with the source and protect nothing."""

import datetime
import hashlib
import pathlib
import shutil

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).resolve().parent
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def number(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest())


def key(name):
    return ec.derive_private_key(number("key of " + name) % ORDER, ec.SECP256R1())


def name_of(cn):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def certificate(name, cn, issuer=None, names=(), uses=(), ca=False, until="2036-01-01"):
    """`issuer` is the pair that this function gave for the authority; none makes a root."""
    own = key(name)
    by_name, by_key = (issuer[0].subject, issuer[1]) if issuer else (name_of(cn), own)
    day = lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder().subject_name(name_of(cn)).issuer_name(by_name).public_key(own.public_key())
        .serial_number(number("serial of " + name) >> 97).not_valid_before(day("2026-01-01")).not_valid_after(day(until))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(it) for it in names]), critical=False)
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage([USES[it] for it in uses]), critical=False)
    made = builder.sign(by_key, hashes.SHA256(), ecdsa_deterministic=True)
    return made, own


def pem(pair):
    return pair[0].public_bytes(serialization.Encoding.PEM).decode()


def key_pem(pair):
    plain = serialization.NoEncryption()
    return pair[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


ROOT = certificate("root", "Example Meeting Root CA", ca=True)
INTER = certificate("inter", "Example Meeting Issuing CA", ROOT, ca=True)
OTHER = certificate("other", "Example Old Root CA", ca=True)
BOTH = ("server", "client")
NODES = ["core1.example.com", "core2.example.com", "core3.example.com"]
SERVICES = {
    it: certificate(it, f"{it}.example.com", INTER, [f"{it}.example.com", "join.example.com"], BOTH)
    for it in ("core1", "core2", "core3", "edge1")
}
# Asked for with the template of a web server.
SERVER_ONLY = certificate("core2", "core2.example.com", INTER, ["core2.example.com", "join.example.com"], ("server",))
DBCA = certificate("dbca", "example.com", ca=True)
DBSERVER = certificate("dbserver", NODES[0], DBCA, NODES)
DBCLIENT = certificate("dbclient", "postgres", DBCA)
DBCLIENT_SLIP = certificate("dbclient", "postgrest", DBCA)
DBCLIENT_OLD = certificate("dbclient", "postgres", DBCA, until="2026-11-01")

CHAIN = pem(INTER) + pem(ROOT)


def services(node, c2w="{0}.key {0}-fullchain.crt", trust="callbridge trust c2w bundle.crt\n"):
    return f"""webadmin disable
webadmin certs {node}.key {node}.crt bundle.crt
webadmin listen a 445
webadmin enable

callbridge listen a
callbridge certs {node}.key {node}.crt bundle.crt
{trust}callbridge trust cluster bundle.crt
RESTART
webbridge3 disable
webbridge3 https certs {node}.key {node}-fullchain.crt
webbridge3 https listen a:443
webbridge3 c2w certs {c2w.format(node)}
webbridge3 c2w listen a:9999
webbridge3 c2w trust bundle.crt
webbridge3 enable
""".replace("RESTART\n", "callbridge restart\n\n")


def member(step):
    return f"""database cluster remove
database cluster certs dbserver.key dbserver.crt dbclient.key dbclient.crt dbca.crt
database cluster localnode a
database cluster {step}
"""


def request(node):
    return f"pki csr {node} CN:{node}.example.com subjectAltName:{node}.example.com,join.example.com\n"


PRIMARY = """core1> version
3.8.1
core1> pki selfsigned dbca CN:example.com
core1> pki csr dbserver CN:core1.example.com subjectAltName:core1.example.com,core2.example.com,core3.example.com
Created key file dbserver.key and CSR dbserver.csr
CSR file dbserver.csr ready for download via SFTP
core1> pki csr dbclient CN:postgres
Created key file dbclient.key and CSR dbclient.csr
CSR file dbclient.csr ready for download via SFTP
core1> pki sign dbserver dbca
core1> pki sign dbclient dbca
core1> pki match core1.key core1.crt
core1> pki verify core1.crt bundle.crt
"""


def write(tree, files):
    for path, text in files.items():
        place = HERE / tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())


def node(name, commands, pair=None, chain=CHAIN, bundle=CHAIN, database=True, client=DBCLIENT, server=True):
    pair = pair or SERVICES[name]
    files = {
        f"{name}/commands.txt": commands,
        f"{name}/{name}.key": key_pem(pair),
        f"{name}/{name}.crt": pem(pair),
        f"{name}/{name}-fullchain.crt": pem(pair) + chain,
        f"{name}/bundle.crt": bundle,
        f"{name}/dbclient.key": key_pem(client),
        f"{name}/dbclient.crt": pem(client),
        f"{name}/dbca.crt": pem(DBCA),
    }
    if server:
        files |= {f"{name}/dbserver.key": key_pem(DBSERVER), f"{name}/dbserver.crt": pem(DBSERVER)}
    return files


EDGE = """webbridge3 disable
webbridge3 https certs edge1.key edge1-fullchain.crt
webbridge3 https listen a:443
webbridge3 c2w certs edge1.key edge1-fullchain.crt
webbridge3 c2w listen b:9999
webbridge3 c2w trust callbridges.crt
webbridge3 enable

turn disable
turn certs edge1.key edge1.crt bundle.crt
turn listen a
turn tls 443
turn enable

database cluster remove
database cluster certs dbclient.key dbclient.crt dbca.crt
database cluster localnode a
database cluster connect core1.example.com
"""

# Examples of rules put it between files.
(HERE / "newline").write_bytes(b"\n")
for tree in ("broken", "repaired"):
    shutil.rmtree(HERE / tree, ignore_errors=True)

write("repaired", {
    **node("core1", request("core1") + services("core1") + member("initialize")),
    **node("core2", request("core2") + services("core2") + member("join core1.example.com")),
    **node("core3", request("core3") + services("core3") + member("join core1.example.com")),
    **node("edge1", EDGE, server=False),
    "edge1/callbridges.crt": CHAIN,
    "core1/console.txt": PRIMARY,
    "core1/state.txt": """core1> database cluster status
Status                   : Enabled

Nodes:
    core1.example.com (me)  : Connected Primary
    core2.example.com    : Connected Replica ( In Sync )
    core3.example.com    : Connected Replica ( In Sync )
Node in use              : core1.example.com

Interface                : a

Certificates
  Server Key             : dbserver.key
  Server Certificate     : dbserver.crt
  Client Key             : dbclient.key
  Client Certificate     : dbclient.crt
  CA Certificate         : dbca.crt

Last command             : 'database cluster initialize' (Success)
""",
})

write("broken", {
    # A bundle behind the full chain; a request that throws away the key in use.
    **node("core1", services("core1", "{0}.key {0}.crt bundle.crt") + member("initialize") + request("core1"), client=DBCLIENT_SLIP),
    # A certificate for servers alone; the commands of the primary.
    **node(
        "core2",
        request("core2") + services("core2") + member("initialize") + "database cluster join core1.example.com\n",
        pair=SERVER_ONLY,
    ),
    # No server certificate, no restart, a chain without its root that ends in an empty line.
    **node(
        "core3",
        request("core3")
        + services("core3").replace("callbridge restart\n\n", "\n")
        + member("join core1.example.com").replace("dbserver.key dbserver.crt ", ""),
        chain=pem(INTER) + "\n",
    ),
    # Trusts an authority of former days, and its certificate for the database has expired.
    **node("edge1", EDGE, server=False, client=DBCLIENT_OLD),
    "edge1/callbridges.crt": pem(OTHER),
    "core1/console.txt": PRIMARY.replace("CN:postgres", "CN:postgrest"),
    "core1/state.txt": """core1> database cluster status
ERROR                    : Couldn't upgrade the schema
Status                   : Error

Nodes:
    core1.example.com (me)  : Connected Primary
    core2.example.com    : Connected Replica ( In Sync )
Node in use              : core1.example.com

Interface                : a

Certificates
  Server Key             : dbserver.key
  Server Certificate     : dbserver.crt
  Client Key             : dbclient.key
  Client Certificate     : dbclient.crt
  CA Certificate         : dbca.crt

Last command             : 'database cluster upgrade_schema' (Failed)
""",
})
