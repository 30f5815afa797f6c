#!/usr/bin/env python3
"""Makes the keystores of `stores` and the estates `cluster` and `repaired` (Kafka, Tomcat, Spring Boot) from `../pki`, with
`openssl` 3 and `keytool` of JDK 17 or newer. The formats carry random salt, so every run writes other bytes. Run in this
folder after `../make.py`. The keys are published with the source and protect nothing."""
import base64, pathlib, re, shutil, subprocess

here = pathlib.Path(__file__).resolve().parent
pki, stores = here.parent / "pki", here / "stores"
PASSWORD = "correct-horse"


def run(*args):
    subprocess.run([str(it) for it in args], check=True, capture_output=True)


def blocks(name):
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", (pki / name).read_text(), re.S)


def key_store(name, alias, chain, key, password=PASSWORD):
    """A keystore with a key and its chain."""
    run("openssl", "pkcs12", "-export", "-in", pki / chain, "-inkey", pki / key, "-name", alias, "-out", stores / name,
        "-passout", f"pass:{password}")


def trust_store(name, authorities, kind="JKS", password=PASSWORD):
    """A truststore as keytool makes it."""
    for alias, pem in authorities:
        (stores / "made.pem").write_text(pem)
        run("keytool", "-importcert", "-trustcacerts", "-noprompt", "-alias", alias, "-file", stores / "made.pem",
            "-keystore", stores / name, "-storetype", kind, "-storepass", password)
    (stores / "made.pem").unlink()


def make_stores():
    shutil.rmtree(stores, ignore_errors=True)
    stores.mkdir()
    key_store("www.p12", "www", "server-fullchain.pem", "server.key")
    key_store("expired.p12", "www", "expired-fullchain.pem", "expired.key")
    key_store("no-chain.p12", "www", "server.pem", "server.key")
    root = blocks("ca-chain.pem")[-1]
    trust_store("trust.jks", [("ca", root)])
    trust_store("trust.p12", [("ca", root)], "PKCS12")
    # What OpenSSL before 3.2 makes, and Java sees nothing in.
    (stores / "made.pem").write_text(root)
    run("openssl", "pkcs12", "-export", "-nokeys", "-in", stores / "made.pem", "-name", "ca", "-out",
        stores / "trust-openssl.p12", "-passout", f"pass:{PASSWORD}")
    (stores / "made.pem").unlink()
    # Somebody imported the key pair in place of the certificate.
    key_store("trust-with-key.p12", "www", "server-fullchain.pem", "server.key")
    trust_store("trust-with-key.p12", [("ca", root)], "PKCS12")
    # An entry was deleted, and the store is still there.
    trust_store("empty.jks", [("ca", root)])
    run("keytool", "-delete", "-alias", "ca", "-keystore", stores / "empty.jks", "-storepass", PASSWORD)


SERVER = """broker.id=1
listeners=CLIENTS://:9093
listener.security.protocol.map=CLIENTS:SSL
inter.broker.listener.name=CLIENTS
log.dirs=/var/lib/kafka

ssl.keystore.location=/etc/kafka/secrets/broker.p12
ssl.keystore.password={password}
ssl.key.password={password}
ssl.truststore.location=/etc/kafka/secrets/truststore.p12
ssl.truststore.password={password}
ssl.truststore.type=PKCS12
ssl.client.auth=required
ssl.enabled.protocols={protocols}
"""

TOMCAT = """<?xml version="1.0" encoding="UTF-8"?>
<Server port="8005" shutdown="SHUTDOWN">
  <Service name="Catalina">
    <Connector port="8443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">
      <SSLHostConfig protocols="TLSv1.2+TLSv1.3">
        <Certificate certificateKeystoreFile="conf/tomcat.p12"
                     certificateKeystorePassword="{password}"
                     certificateKeyAlias="{alias}" />
      </SSLHostConfig>
    </Connector>
    <Engine name="Catalina" defaultHost="localhost" />
  </Service>
</Server>
"""

SPRING = """server:
  port: 8443
  ssl:
    key-store: classpath:server.p12
    key-store-type: PKCS12
    key-store-password: {password}
    key-alias: www
    trust-store: classpath:clients.p12
    trust-store-password: {password}
    client-auth: need
"""


def estate(name, protocols, trust, alias, server, clients):
    root = here / name
    shutil.rmtree(root, ignore_errors=True)

    def write(path, content):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    def copy(path, store):
        write(path, (stores / store).read_bytes())

    write("etc/kafka/server.properties", SERVER.format(password=PASSWORD, protocols=protocols))
    copy("etc/kafka/secrets/broker.p12", "www.p12")
    copy("etc/kafka/secrets/truststore.p12", trust)
    write("opt/tomcat/conf/server.xml", TOMCAT.format(password=PASSWORD, alias=alias))
    copy("opt/tomcat/conf/tomcat.p12", "www.p12")
    write("orders/src/main/resources/application.yml", SPRING.format(password=PASSWORD))
    copy("orders/src/main/resources/server.p12", server)
    copy("orders/src/main/resources/clients.p12", clients)


def secret(name, certificates, key, namespace="shop", plain=False):
    """A secret as `kubectl get -o yaml` shows it."""
    crt = "".join(certificates)
    key = (pki / key).read_text()
    encode = lambda text: base64.b64encode(text.encode()).decode()
    head = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {namespace}\ntype: kubernetes.io/tls\n"
    if plain:
        block = lambda text: "|\n" + "".join(f"    {line}\n" for line in text.splitlines())
        return f"{head}stringData:\n  tls.crt: {block(crt)}  tls.key: {block(key)}"
    return f"{head}data:\n  tls.crt: {encode(crt)}\n  tls.key: {encode(key)}\n"


def kubernetes():
    folder = here.parent / "kubernetes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    full = blocks("server-fullchain.pem")
    put = lambda name, *documents: (folder / name).write_text("---\n".join(documents))
    put("www.yaml", secret("www", full, "server.key"))
    put("plain.yaml", secret("www", full, "server.key", plain=True))
    put("other-key.yaml", secret("www", full, "api.key"))
    put("two.yaml", secret("www", full, "server.key"), secret("old", blocks("expired-fullchain.pem"), "expired.key"))
    encode = lambda name: base64.b64encode((stores / name).read_bytes()).decode()
    put("keystore.yaml", f"""apiVersion: v1
kind: Secret
metadata:
  name: broker
type: Opaque
data:
  keystore.p12: {encode("expired.p12")}
  keystore-password: {base64.b64encode(PASSWORD.encode()).decode()}
""")
    put("reversed.yaml", secret("www", full[::-1], "server.key"))


make_stores()
kubernetes()
estate("cluster", "TLSv1.2,TLSv1.1", "trust-openssl.p12", "tomcat", "expired.p12", "trust-with-key.p12")
estate("repaired", "TLSv1.2,TLSv1.3", "trust.p12", "www", "www.p12", "trust.p12")
