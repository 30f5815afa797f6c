//! A million of everything: what is read stays within limits, and what is told can be read.

use std::fmt::Write as _;

use super::{checked, few, over_limit, rules};

const MILLION: usize = 1_000_000;

#[test]
fn a_million_blocks_of_pem() {
    let block = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    let half = block.repeat(MILLION / 2).into_bytes();
    let report = checked(vec![("etc/one.pem", half.clone()), ("etc/two.pem", half)]);
    assert_eq!(report.counts.files, 2);
    few(&report, 20_000);
}

#[test]
fn logs_of_any_length() {
    let line = "[ERROR] 2024-01-25 11:10:34.735 [pool-1] SSLService - ";
    // One line of forty megabytes, and a million lines.
    let long = format!("{line}{}", "x".repeat(40 << 20));
    let many =
        format!("{line}javax.net.ssl.SSLHandshakeException: PKIX path building failed\n").repeat(MILLION / 4);
    for log in [long, many] {
        let report = checked(vec![("logs/application.log", log.into_bytes())]);
        assert_eq!(report.counts.files, 1);
        few(&report, 2_000);
        let kept: usize = report.sources.iter().map(|source| source.text.len()).sum();
        assert!(kept < 4 << 20, "{kept} bytes of the log are kept");
    }
}

#[test]
fn values_of_json_and_yaml() {
    let items = "0,".repeat(3 * MILLION);
    let report = checked(vec![(
        "env/prod/targetservers.json",
        format!(r#"[{{"name":"a","sSLInfo":{{"a":[{items}0]}}}}]"#).into_bytes(),
    )]);
    assert_eq!(over_limit(&report), ["env/prod/targetservers.json"], "{:?}", rules(&report));
    let report = checked(vec![(
        "overrides.yaml",
        format!("org: acme\ninstanceID: one\nvirtualhosts: []\nenvs: [{items}0]\n").into_bytes(),
    )]);
    assert_eq!(over_limit(&report), ["overrides.yaml"], "{:?}", rules(&report));
}

#[test]
fn elements_of_xml() {
    let text = format!("<TargetEndpoint name=\"a\">{}</TargetEndpoint>", "<a b=\"c\"/>".repeat(2 * MILLION));
    few(&checked(vec![("apiproxy/targets/default.xml", text.into_bytes())]), 100);
    let text = format!("<TargetEndpoint {}/>", "a=\"b\" ".repeat(MILLION));
    few(&checked(vec![("apiproxy/targets/default.xml", text.into_bytes())]), 2_000);
}

#[test]
fn servers_and_names_of_nginx() {
    let mut text = String::from("events {}\nhttp {\nssl_certificate a.pem;\nssl_certificate_key a.key;\n");
    for index in 0..1_000 {
        let _ = writeln!(text, "server {{ listen 443 ssl; server_name s{index}.example.com; }}");
    }
    text.push_str("}\n");
    // Each server may be told one thing about itself.
    few(&checked(vec![("etc/nginx/nginx.conf", text.into_bytes())]), 10_100);

    let names = (0..2_000).fold(String::new(), |mut out, index| {
        let _ = write!(out, "s{index}.example.com ");
        out
    });
    let text = format!(
        "events {{}}\nhttp {{ server {{ listen 443 ssl; server_name {names}; }} server {{ listen 443 ssl; server_name {names}; }} }}\n"
    );
    few(&checked(vec![("etc/nginx/nginx.conf", text.into_bytes())]), 1_000);

    // Each line is one to edit, and none is told twice.
    let text = format!(
        "events {{}}\nhttp {{ server {{ listen 443 ssl; {} }} }}\n",
        "ssl_protocols SSLv3; ".repeat(5_000)
    );
    few(&checked(vec![("etc/nginx/nginx.conf", text.into_bytes())]), 5_100);
}

#[test]
fn bindings_of_windows() {
    let mut text = String::from(
        "C:\\>netsh http show sslcert\r\n\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n",
    );
    for index in 0..30_000 {
        let _ = write!(
            text,
            "    IP:port                      : 10.{}.{}.{}:443\r\n    Certificate Hash             : {:040x}\r\n    \
             Application ID               : {{4dc3e181-e14b-4a21-b022-59fc669b0914}}\r\n    Certificate Store Name       : My\r\n\r\n",
            index >> 16,
            (index >> 8) & 255,
            index & 255,
            index
        );
    }
    few(&checked(vec![("node1/sslcert.txt", text.into_bytes())]), 2_000);
    let text = format!("netsh http show sslcert\r\n    IP:port : {}\r\n", "1".repeat(10 << 20));
    few(&checked(vec![("node1/sslcert.txt", text.into_bytes())]), 100);

    let mut text = String::from(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslBindingInfo\\0.0.0.0:443]\r\n",
    );
    for index in 0..600_000 {
        let _ = write!(text, "\"v{index}\"=dword:00000001\r\n");
    }
    few(&checked(vec![("node1/http.reg", text.into_bytes())]), 100);
}

#[test]
fn lines_of_scripts_and_properties() {
    let bind = "netsh http add sslcert ipport=0.0.0.0:443 certhash=0123456789012345678901234567890123456789 appid={4dc3e181-e14b-4a21-b022-59fc669b0914}\r\n";
    // Each line is one to edit, and none is told twice.
    few(&checked(vec![("setup.cmd", bind.repeat(50_000).into_bytes())]), 50_000);
    let lines = (0..400_000).fold(String::from("ssl.keystore.location=a\n"), |mut out, index| {
        let _ = writeln!(out, "listener.name.l{index}.ssl.keystore.location=/a{index}.jks");
        out
    });
    few(&checked(vec![("config/server.properties", lines.into_bytes())]), 5_000);
}

#[test]
fn connections_of_a_capture() {
    let mut bytes =
        vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0];
    for index in 0..20_000_u32 {
        // Ethernet, IPv4 and TCP, with the head of a client hello that claims 16 MiB.
        let mut packet = vec![2; 12];
        packet.extend([8, 0, 0x45, 0, 0, 49, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10]);
        packet.extend([0, (index >> 8) as u8, index as u8]);
        packet.extend([0x30, 0x39, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend([22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff]);
        let length = (packet.len() as u32).to_le_bytes();
        bytes.extend([0; 8]);
        bytes.extend(length);
        bytes.extend(length);
        bytes.extend(packet);
    }
    let report = checked(vec![("a.pcap", bytes)]);
    assert_eq!(over_limit(&report), ["a.pcap"], "{:?}", rules(&report));
}
