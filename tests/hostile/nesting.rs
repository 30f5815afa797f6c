//! A hundred thousand levels in every format that nests.

use tlslint::{
    policy::{Baseline, Config},
    rules::CARDS,
    syntax::{capture, openssl_text},
};

use super::{all_over_limit, all_read, in_time};

const DEEP: usize = 100_000;

fn nested(head: &str, open: &str, close: &str, tail: &str) -> Vec<u8> {
    format!("{head}{}{}{tail}", open.repeat(DEEP), close.repeat(DEEP)).into_bytes()
}

fn open(head: &str, open: &str) -> Vec<u8> {
    nested(head, open, "", "")
}

#[test]
fn directives() {
    all_over_limit(vec![
        ("etc/nginx/nginx.conf", nested("events {}\nhttp {\n", "server {\n", "}\n", "}\n")),
        ("etc/nginx/nginx.conf", open("events {}\nhttp {\n", "server {\n")),
    ]);
    all_read(vec![
        (
            "etc/nginx/nginx.conf",
            nested("events {}\nhttp { server {\n content_by_lua_block ", "{", "}", "}}\n"),
        ),
        (
            "etc/nginx/nginx.conf",
            nested("events {}\nhttp { server { listen 443 ssl; server_name ", "{{ ", "}} ", ";}}\n"),
        ),
        (
            "etc/nginx/nginx.conf",
            nested("events {}\nhttp { server { listen 443 ssl; ssl_certificate ", "${", "}", ";}}\n"),
        ),
        ("etc/nginx/nginx.conf", nested("events {}\nhttp { server { server_name ~^", "(a+", ")+", "$;}}\n")),
    ]);
}

#[test]
fn json() {
    all_over_limit(vec![
        ("env/prod/targetservers.json", nested(r#"[{"name":"a","sSLInfo":"#, "[", "]", "}]")),
        ("env/prod/targetservers.json", nested(r#"[{"name":"a","sSLInfo":"#, "{\"a\":", "}", "}]")),
        ("env/prod/targetservers.json", open(r#"[{"name":"a","sSLInfo":"#, "[")),
    ]);
    all_read(vec![
        ("env/prod/targetservers.json", open(r#"[{"name":"a","sSLInfo":"#, "]")),
        ("env/prod/targetservers.json", open(r#"[{"name":"a","sSLInfo":{}} "#, "/*")),
        ("env/prod/targetservers.json", open(r#"[{"name":"a","host":"#, "${")),
        (
            "node1/sslcert.json",
            nested(r#"{"SslCertificateBindings":[{"IpPort":"0.0.0.0:443","CertHash":"#, "[", "]", "}]}"),
        ),
    ]);
}

#[test]
fn yaml() {
    let overrides = "org: acme\ninstanceID: one\nvirtualhosts:\n- name: prod\n  sslSecret: x\n  more: ";
    let playbook = "- hosts: all\n  tasks:\n  - name: bind\n    win_iis_webbinding:\n      protocol: https\n      more: ";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: |\n    -----BEGIN CERTIFICATE-----\n  more: ";
    all_over_limit(vec![
        ("overrides.yaml", nested(overrides, "[", "]", "\n")),
        ("overrides.yaml", nested(overrides, "{a: ", "}", "\n")),
        ("overrides.yaml", open(&format!("{overrides}\n    "), "- ")),
        ("overrides.yaml", open(&format!("{overrides}\n    "), "? ")),
    ]);
    all_read(vec![
        ("overrides.yaml", open(overrides, "&a ")),
        ("overrides.yaml", open(overrides, "!a ")),
        ("overrides.yaml", open(overrides, "{{ ")),
        ("overrides.yaml", open(overrides, "{{- if x }}\n")),
        ("playbook.yml", nested(playbook, "[", "]", "\n")),
        ("secret.yaml", nested(secret, "[", "]", "\n")),
        ("src/main/resources/application.yml", nested("server:\n  ssl:\n    key-store: ", "[", "]", "\n")),
        ("src/main/resources/application.yml", open("server:\n  ssl:\n    key-store: ", "${")),
    ]);
    // Indentation: a level costs a line of its own length.
    let steps: String = (0..4_000).flat_map(|level| [" ".repeat(level), "a:\n".to_owned()]).collect();
    all_over_limit(vec![(
        "overrides.yaml",
        format!("org: acme\ninstanceID: one\nvirtualhosts: []\nenvs: []\n{steps}").into_bytes(),
    )]);
}

#[test]
fn xml() {
    let deep = |head: &str, tail: &str| nested(head, "<a>", "</a>", tail);
    all_over_limit(vec![
        (
            "apiproxy/targets/default.xml",
            deep(
                "<TargetEndpoint name=\"a\"><HTTPTargetConnection>",
                "</HTTPTargetConnection></TargetEndpoint>",
            ),
        ),
        ("apiproxy/targets/default.xml", open("<TargetEndpoint name=\"a\"><HTTPTargetConnection>", "<a>")),
        (
            "node1/applicationHost.config",
            deep(
                "<configuration><system.applicationHost><sites>",
                "</sites></system.applicationHost></configuration>",
            ),
        ),
    ]);
    all_read(vec![
        ("apiproxy/targets/default.xml", open("<TargetEndpoint name=\"a\"><HTTPTargetConnection>", "</a>")),
        (
            "apiproxy/targets/default.xml",
            open("<TargetEndpoint name=\"a\"><HTTPTargetConnection>", "<![CDATA["),
        ),
        ("apiproxy/targets/default.xml", open("<TargetEndpoint name=\"a\"><HTTPTargetConnection>", "<!--")),
        ("apiproxy/targets/default.xml", open("<TargetEndpoint name=\"a\"><HTTPTargetConnection ", "a=\"")),
        (
            "conf/server.xml",
            deep("<Server><Service><Connector port=\"443\" SSLEnabled=\"true\"/>", "</Service></Server>"),
        ),
        ("pom.xml", deep("<project><build><plugins>", "</plugins></build></project>")),
        ("conf/server.xml", open("<Server><Service><Connector port=\"443\" keystoreFile=\"", "${")),
    ]);
}

#[test]
fn properties() {
    all_read(vec![
        (
            "router.properties",
            open("conf_load_balancing_load.balancing.driver.server.ssl.protocols=a", "\\\n"),
        ),
        ("src/main/resources/application.properties", nested("server.ssl.key-store=", "${a:", "}", "\n")),
        ("src/main/resources/application.properties", open("server.ssl.key-store=", "${")),
        ("server.properties", open("ssl.keystore.location=", "\\u0041")),
    ]);
}

#[test]
fn registry() {
    let head = "Windows Registry Editor Version 5.00\r\n\r\n";
    let parameters = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
    all_read(vec![
        ("node1/http.reg", open(&format!("{head}{parameters}\\SslBindingInfo"), "\\a")),
        (
            "node1/http.reg",
            open(
                &format!("{head}{parameters}\\SslBindingInfo\\0.0.0.0:443]\r\n\"SslCertHash\"=hex:"),
                "00,\\\r\n  ",
            ),
        ),
        ("node1/http.reg", open(&format!("{head}{parameters}\\SslBindingInfo\\0.0.0.0:443]\r\n"), "[")),
        (
            "node1/http.reg",
            open(&format!("{head}{parameters}\\SslBindingInfo\\0.0.0.0:443]\r\n\"a\"=\""), "\\\""),
        ),
    ]);
}

#[test]
fn scripts() {
    let bind = "netsh http add sslcert ipport=0.0.0.0:443 certhash=aa appid={0}\n";
    all_read(vec![
        ("setup.ps1", nested(bind, "{ ", "} ", "\n")),
        ("setup.ps1", nested(bind, "$(", ")", "\n")),
        ("setup.ps1", nested(bind, "(\"", "\")", "\n")),
        ("setup.ps1", open(bind, "@\"\n")),
        ("setup.ps1", open(bind, "<# ")),
        ("setup.ps1", open("New-WebBinding -Name a -Protocol https ", "`\n")),
        ("setup.cmd", nested(bind, "( ", ") ", "\n")),
        ("setup.cmd", open("netsh http add sslcert ", "^\r\n")),
        ("setup.sh", nested(bind, "$(", ")", "\n")),
        ("setup.sh", nested(bind, "`", "`", "\n")),
        ("setup.sh", open("netsh http add sslcert ", "<<EOF\n")),
        ("bin/start.sh", nested("java -Djavax.net.ssl.trustStore=", "${a:-", "}", " x\n")),
    ]);
}

#[test]
fn pem() {
    all_read(vec![
        ("a.pem", open("", "-----BEGIN CERTIFICATE-----")),
        ("a.pem", open("", "-----BEGIN CERTIFICATE-----\n-----BEGIN ")),
        ("a.pem", open("-----BEGIN RSA PRIVATE KEY-----\n", "Proc-Type: 4,ENCRYPTED\n")),
        ("a.pem", open("-----BEGIN CERTIFICATE-----\n", "-----END ")),
        ("a.pem", open("Bag Attributes\n", "    friendlyName: -----BEGIN CERTIFICATE-----\n")),
    ]);
}

#[test]
fn directories() {
    let head = "dn: cn=TenantCredential-1,cn=vsphere.local,cn=Tenants,cn=IdentityManager,cn=Services,dc=vsphere,dc=local\n\
                objectClass: vmwSTSTenantCredential\ncn: TenantCredential-1\n";
    all_read(vec![
        ("sts.ldif", open(&format!("{head}userCertificate:: "), "AAAA\n ")),
        ("sts.ldif", open(head, "userCertificate:: AAAA\n")),
        ("sts.ldif", open(&head.replace("dn: ", &format!("dn: {}", "cn=a,".repeat(DEEP))), " ")),
    ]);
}

#[test]
fn printed_certificates() {
    for text in [
        open("", "Certificate:\n    Data:\n"),
        open("Certificate:\n", "    X509v3 extensions:\n"),
        open("Certificate:\n    Data:\n        Subject: ", "CN = a, "),
    ] {
        let text = String::from_utf8(text).unwrap();
        assert!(in_time(move || openssl_text::find(&text).len()) <= 20_000);
    }
}

#[test]
fn settings_and_baselines() {
    for (head, level) in [("a = ", "["), ("a = ", "{ a = "), ("", "[["), ("", "a."), ("exclude = [", "[")] {
        let text = String::from_utf8(open(head, level)).unwrap();
        let refused = in_time(move || Config::parse("tlslint.toml", &text, CARDS).is_err());
        assert!(refused, "{head}{level}");
    }
    let dotted = String::from_utf8(nested("", "a.", "", "b = 1\n")).unwrap();
    assert!(in_time(move || Config::parse("tlslint.toml", &dotted, CARDS).is_err()));
    for level in ["[", "{\"tlslint-baseline\":"] {
        let text = String::from_utf8(open("", level)).unwrap();
        assert!(in_time(move || Baseline::read(&text).is_err()), "{level}");
    }
}

#[test]
fn layers_of_packets() {
    // Tags of networks have no end of their own; a packet of IP ends at 64 KiB.
    let tagged = [vec![2; 12], [0x81, 0, 0, 1].repeat(DEEP)].concat();
    let ipv4 = [0x45, 0, 0xff, 0xff, 0, 0, 0, 0, 64, 4, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
    let options = [60, 0, 1, 4, 0, 0, 0, 0];
    let mut ipv6 = vec![0x60, 0, 0, 0, 0xff, 0xff, 60, 64];
    ipv6.extend([0x20; 32]);
    ipv6.extend(options.repeat(DEEP));
    for (link, packet) in [(1_u32, tagged), (101, ipv4.repeat(DEEP)), (229, ipv6)] {
        let mut bytes =
            [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0].to_vec();
        bytes.extend(link.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend((packet.len() as u32).to_le_bytes().repeat(2));
        bytes.extend(packet);
        let reading = in_time(move || capture::read(&bytes));
        assert_eq!((reading.packets, reading.connections.len()), (1, 0), "link {link}");
    }
}
