//! Other systems: farms of IIS, applications of Java with their stores, bundles of authorities.

use std::fmt::Write as _;

use super::{Writer, random::Random};

/// Nodes of a farm, in the cell of an estate.
pub(crate) const NODES: usize = 3;
/// Bindings of their shared configuration.
const BINDINGS: usize = 40;
/// Those among them with a certificate in the machine's own store.
const NAMED: usize = 12;

/// A farm: one shared configuration and three files of every node.
pub(crate) fn farm(writer: &mut Writer, folder: &str, fault: bool) {
    let zone = folder.rsplit('/').next().unwrap_or(folder);
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration>\n  <system.applicationHost>\n    <sites>\n",
    );
    for number in 0..BINDINGS {
        let flags = if number < NAMED { 1 } else { 3 };
        let _ = writeln!(
            text,
            "      <site name=\"Site {number}\" id=\"{id}\" serverAutoStart=\"true\">\n        <application path=\"/\" applicationPool=\"Pool {number}\">\n          <virtualDirectory path=\"/\" physicalPath=\"D:\\sites\\{number:03}\" />\n        </application>\n        <bindings>\n          <binding protocol=\"http\" bindingInformation=\"*:80:{host}\" />\n          <binding protocol=\"https\" bindingInformation=\"*:443:{host}\" sslFlags=\"{flags}\" />\n        </bindings>\n      </site>",
            id = number + 1,
            host = host(zone, number)
        );
    }
    // Clients that send no name get what stands here.
    text.push_str("      <site name=\"Nameless\" id=\"900\">\n        <bindings>\n          <binding protocol=\"https\" bindingInformation=\"*:443:\" sslFlags=\"0\" />\n        </bindings>\n      </site>\n");
    text.push_str("    </sites>\n  </system.applicationHost>\n</configuration>\n");
    writer.text(&format!("{folder}/{zone}-config/applicationHost.config"), &text);
    for node in 1..=NODES {
        let own = format!("{folder}/{zone}-node{node}");
        let lacks = fault && node == NODES;
        writer.text(
            &format!("{own}/redirection.config"),
            &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration>\n  <configSections>\n    <section name=\"configurationRedirection\" />\n  </configSections>\n  <configurationRedirection enabled=\"true\" path=\"\\\\files.example.net\\iis\\{zone}-config\" />\n</configuration>\n"),
        );
        writer.text(
            &format!("{own}/ccs.reg"),
            &format!("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider]\r\n\"Enabled\"=dword:00000001\r\n\"CertStoreLocation\"=\"\\\\\\\\files.example.net\\\\{zone}\"\r\n\"UserName\"=\"EXAMPLE\\\\ccsreader\"\r\n\"Password\"=\"BLOB-OF-{node}\"\r\n\"PrivateKeyPassword\"=\"KEY-BLOB-OF-{node}\"\r\n\"PollingInterval\"=dword:0000012c\r\n\r\n"),
        );
        let path = format!("{own}/netsh.txt");
        writer.text(&path, &records(zone, lacks));
        if lacks {
            writer.plant("iis/ccs-entry-missing", &path);
        }
    }
}

fn host(zone: &str, number: usize) -> String {
    format!("site{number:02}.{zone}.example.net")
}

/// What `netsh http show sslcert` prints.
fn records(zone: &str, lacks: bool) -> String {
    let mut text = String::from("\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n");
    if !lacks {
        crate::parts::record(&mut text, "Central Certificate Store", "443", "(null)", "(null)");
    }
    crate::parts::record(&mut text, "IP:port", "0.0.0.0:443", &format!("{:040x}", 900), "MY");
    for number in 0..NAMED {
        let hash = format!("{:08x}{:032x}", number + 1, 1);
        crate::parts::record(&mut text, "Hostname:port", &format!("{}:443", host(zone, number)), &hash, "MY");
    }
    text
}

/// Applications with stores and their passwords: Tomcat, Kafka and Spring, as in `testdata/java`; 8 files.
pub(crate) fn java(writer: &mut Writer, folder: &str) {
    for name in [
        "etc/kafka/server.properties",
        "etc/kafka/secrets/truststore.p12",
        "etc/kafka/secrets/broker.p12",
        "orders/src/main/resources/application.yml",
        "orders/src/main/resources/clients.p12",
        "orders/src/main/resources/server.p12",
        "opt/tomcat/conf/server.xml",
        "opt/tomcat/conf/tomcat.p12",
    ] {
        writer.copy(&format!("testdata/java/repaired/{name}"), &format!("{folder}/{name}"));
    }
}

/// A bundle of authorities that a few applications bring along.
pub(crate) fn bundle(writer: &mut Writer, random: &mut Random, path: &str, roots: &[String], glued: bool) {
    let first = random.below(roots.len());
    let many = random.range(8, 30);
    let mut text = String::new();
    for number in 0..many.min(roots.len()) {
        let root = &roots[(first + number) % roots.len()];
        text.push_str(if glued && number == 4 { root.trim_end() } else { root });
    }
    writer.text(path, &text);
    if glued {
        writer.plant("pem/glued-blocks", path);
    }
}
