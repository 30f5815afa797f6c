#!/usr/bin/env python3
"""Makes `support-case` and `repaired` from `../pki` and `../captures`: what a support case about "400 The SSL certificate error"
collects (virtual hosts, references, stores with their certificates, the routers' files, a capture), once with all three causes
of the error in it and once after the repair. Run in this folder after `../make.py`."""
import json, pathlib, re, shutil, subprocess

here = pathlib.Path(__file__).resolve().parent
pki, captures = here.parent / "pki", here.parent / "captures"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def certificates(name):
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", (pki / name).read_text(), re.S)


def details(alias, pems, key):
    """The body that the management API gives for an alias: no bytes, dates in milliseconds."""
    certs = []
    for pem in pems:
        run = lambda *args: subprocess.run(["openssl", "x509", "-noout", *args], input=pem, capture_output=True, text=True, check=True).stdout
        epoch = lambda which: int(subprocess.run(["date", "-d", run(which).split("=", 1)[1].strip(), "+%s"], capture_output=True, text=True, check=True).stdout) * 1000
        name = lambda which: ", ".join(reversed(run(which, "-nameopt", "sep_comma_plus_space,utf8").split("=", 1)[1].strip().split(", ")))
        serial = run("-serial").split("=", 1)[1].strip().lower()
        text = run("-text")
        san = re.findall(r"DNS:([^,\s]+)", text)
        certs.append({
            "basicConstraints": "CA:TRUE" if "CA:TRUE" in text else "CA:FALSE",
            "expiryDate": epoch("-enddate"), "isValid": "Yes",
            "issuer": name("-issuer"), "publicKey": "EC Public Key, 256 bits",
            "serialNumber": ":".join(serial[i:i + 2] for i in range(0, len(serial), 2)),
            "sigAlgName": "SHA256withECDSA", "subject": name("-subject"),
            "subjectAlternativeNames": san, "validFrom": epoch("-startdate"), "version": 3,
        })
    return json.dumps({"alias": alias, "certsInfo": {"certInfo": certs, "certName": f"{alias}-cert"}, "keyName": alias if key else ""}, indent=2) + "\n"


def virtual_host(name, alias, port, keys, key_alias, trust):
    return f"""<VirtualHost name="{name}">
    <HostAliases>
        <HostAlias>{alias}</HostAlias>
    </HostAliases>
    <Port>{port}</Port>
    <SSLInfo>
        <Enabled>true</Enabled>
        <ClientAuthEnabled>true</ClientAuthEnabled>
        <KeyStore>ref://{keys}</KeyStore>
        <KeyAlias>{key_alias}</KeyAlias>
        <TrustStore>ref://{trust}</TrustStore>
    </SSLInfo>
    <Properties>
        <Property name="ssl_protocols">TLSv1.2</Property>
    </Properties>
</VirtualHost>
"""


def store(folder, name, aliases, key=False):
    listed = [{"aliasName": a, "cert": f"{a}-cert", "key": a if key else ""} for a, _, _ in aliases]
    body = {"aliases": listed, "certs": [it["cert"] for it in listed], "keys": [it["key"] for it in listed], "name": name}
    write(folder / "keystores" / f"{name}.json", json.dumps(body, indent=2) + "\n")
    for alias, pems, exported in aliases:
        write(folder / "keystores" / name / "aliases" / f"{alias}.json", details(alias, pems, key))
        if exported:
            write(folder / "keystores" / name / "aliases" / f"{alias}.pem", "".join(pems))


def case(folder, broken):
    shutil.rmtree(folder, ignore_errors=True)
    prod = folder / "organizations/acme/environments/prod"
    server = certificates("acme-api-fullchain.pem")
    root, inter = certificates("root.pem"), certificates("inter.pem")
    client = certificates("client-expired.pem" if broken else "client.pem")
    for name, alias, port, trust in [("myTLSVHost", "api.acme.test", 443, "myTruststoreRef"),
                                     ("partners", "api.acme.test", 9443, "myCompanyTruststoreRef"),
                                     ("branches", "api.acme.test", 8443, "branchesTruststoreRef")]:
        write(prod / "virtualhosts" / f"{name}.xml", virtual_host(name, alias, port, "myKeystoreRef", "myKeyAlias", trust))
    for name, refers, kind in [("myKeystoreRef", "myKeystore", "KeyStore"), ("myTruststoreRef", "myTruststore", "TrustStore"),
                               ("myCompanyTruststoreRef", "myCompanyTruststore", "TrustStore"),
                               ("branchesTruststoreRef", "branchesTruststore", "TrustStore")]:
        body = {"name": name, "refers": refers, "resourceType": kind}
        write(prod / "references" / f"{name}.json", json.dumps(body, indent=2) + "\n")
    store(prod, "myKeystore", [("myKeyAlias", server, True)], key=True)
    # The certificate of the first cause is there as the API describes it, without its bytes.
    store(prod, "myTruststore", [("client-cert-markw", client, False), ("root", root, False), ("issuing", inter, False)])
    store(prod, "myCompanyTruststore", [("root", root, True), ("issuing", inter, True)])
    store(prod, "branchesTruststore", [("root", root, True), ("issuing", inter, True)])
    for router in ["router-1", "router-2"]:
        conf = folder / "routers" / router / "opt/nginx/conf.d"
        write(conf / "acme_prod_myTLSVHost-client.pem", "".join(client + root + inter))
        write(conf / "acme_prod_partners-client.pem", "".join(root + inter))
        if not broken:
            write(conf / "acme_prod_branches-client.pem", "".join(root + inter))
        elif router == "router-1":
            write(conf / "acme_prod_branches-client.pem", "".join(certificates("other-root.pem")))
    (folder / "captures").mkdir()
    shutil.copy(captures / ("wrong-client.pcap" if broken else "mutual-ok.pcap"), folder / "captures/partners.pcap")


case(here / "support-case", True)
case(here / "repaired", False)
