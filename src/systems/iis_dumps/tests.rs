//! The dumps of the field as facts, in all their languages and encodings, and the shapes that people make of them.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "texts are put together as they read")]

use std::{collections::BTreeMap, path::PathBuf};

use proptest::prelude::*;

use crate::{
    model::{
        Facts,
        iis::{Address, Dump, DumpKind, Generation, Key, Record, RecordOption, Thumbprint, Unit},
    },
    source::{FileId, Place, Source},
    systems::{self, Input},
};

fn read(path: &str, bytes: &[u8]) -> (Source, Facts) {
    let system = systems::of(path, &bytes[..bytes.len().min(1024)]);
    let system = system.unwrap_or_else(|| panic!("{path} is not recognised"));
    assert_eq!(system.name, "iis dumps", "{path}");
    system.read_bytes(&Input { file: FileId(0), path, bytes })
}

fn unit(text: &str) -> Unit {
    *read("dump.txt", text.as_bytes()).1.iis.unwrap()
}

/// What another machine would say in the same words: all but places.
fn said(record: &Record) -> String {
    let options: BTreeMap<RecordOption, Vec<Option<bool>>> =
        record.options.iter().fold(BTreeMap::new(), |mut all, (option, on, _)| {
            all.entry(*option).or_insert_with(Vec::new).push(*on);
            all
        });
    let text = |it: &Option<crate::model::Said>| it.as_ref().map(|it| it.text.clone());
    format!(
        "{:?} {:?} {:?} {:?} {} {:?} {:?} {options:?}",
        record.key,
        record.hash,
        text(&record.app_id),
        text(&record.store),
        record.store_is_null.is_some(),
        text(&record.ctl_store),
        record.times,
    )
}

fn all_said(dump: &Dump) -> Vec<String> {
    dump.records.iter().map(said).collect()
}

fn corpus() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus =
        if beside.is_dir() { Some(beside) } else { std::env::var_os("TLSLINT_CORPUS").map(PathBuf::from) };
    let folder = corpus.map(|it| it.join("iis")).filter(|it| it.is_dir());
    if folder.is_none() {
        println!("skipped: no corpus at ../shared/corpus, and TLSLINT_CORPUS names none");
    }
    folder
}

const HASH: &str = "64498c920fecb31b8f7ccbdac2fa2baa2ec4f19a";
const APP: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";

/// A record of Server 2012 as netsh prints it.
fn block(label: &str, key: &str, hash: &str, store: &str) -> String {
    let mut out = String::new();
    let mut line = |label: &str, value: &str| out.push_str(&format!("    {label:<29}: {value}\r\n"));
    line(label, key);
    line("Certificate Hash", hash);
    line("Application ID", APP);
    line("Certificate Store Name", store);
    line("Verify Client Certificate Revocation ", "Enabled");
    line("Verify Revocation Using Cached Client Certificate Only ", "Disabled");
    line("Usage Check", "Enabled");
    line("Revocation Freshness Time", "0");
    line("URL Retrieval Timeout", "0");
    line("Ctl Identifier", "(null)");
    line("Ctl Store Name", "(null)");
    line("DS Mapper Usage", "Disabled");
    line("Negotiate Client Certificate", "Disabled");
    out.push_str("\r\n");
    out
}

const HEADER: &str = "\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n";

fn farm() -> String {
    HEADER.to_owned()
        + &block("IP:port", "172.16.0.41:443", HASH, "My")
        + &block("Hostname:port", "*.Example.com:443", HASH, "WebHosting")
        + &block("Central Certificate Store", "443", "(null)", "(null)")
}

#[test]
fn records_of_the_field_are_found() {
    let Some(folder) = corpus() else { return };
    let mut with_records = 0;
    let mut found: BTreeMap<String, Unit> = BTreeMap::new();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
    for node in ["node1", "node2", "node3", "node4"] {
        paths.push(folder.join("synthetic_farm_seed001").join(node).join("netsh-sslcert.txt"));
    }
    for path in paths {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        if !name.contains("netsh") || name.contains("usage") || name.contains("urlacl") {
            continue;
        }
        let (source, facts) = read(&name, &std::fs::read(&path).unwrap());
        places_lie_inside(&source, &facts);
        let unit = *facts.iis.unwrap();
        assert_eq!(unit.dumps.len(), 1, "{name}");
        with_records += usize::from(!unit.dumps[0].records.is_empty());
        found.insert(name, unit);
    }
    // The 27 of the field, and three that are masked or cut; the fourth of these masks its only endpoint.
    assert_eq!(with_records, 30);
    let dump = |name: &str| &found[name].dumps[0];
    let keys = |name: &str| dump(name).records.iter().map(|it| it.key.argument()).collect::<Vec<_>>();
    let names = ["ipport=0.0.0.0:443", "hostnameport=www.example.com:443", "hostnameport=*.example.com:443"];
    assert_eq!(keys("netsh_zh-CN_testdata.txt"), names);
    assert_eq!(keys("netsh_en_exchange_443_444_unpadded.txt"), ["ipport=0.0.0.0:443", "ipport=0.0.0.0:444"]);
    assert_eq!(keys("synthetic_farm_seed001/node3/netsh-sslcert.txt"), ["ipport=172.16.0.43:443", "ccs=443"]);
    assert_eq!(keys("netsh_en_2012r2_default_plus_sstp.txt"), ["ipport=0.0.0.0:443", "ipport=[::]:443"]);
    for empty in
        ["netsh_en_empty.txt", "netsh_seed001_empty.txt", "synthetic_farm_seed001/node2/netsh-sslcert.txt"]
    {
        assert!(dump(empty).records.is_empty() && !dump(empty).partial, "{empty}");
    }
    let cut: Vec<&str> =
        found.iter().filter(|(_, it)| it.dumps[0].partial).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        cut,
        [
            "netsh_de-DE_testdata.txt",
            "netsh_en_2012r2_adfs_quoted.txt",
            "netsh_en_adfs_doc_unpadded.txt",
            "netsh_en_crlcheck_disabled_unpadded.txt",
            "netsh_en_negotiate_clientcert.txt",
            "netsh_en_tls13_disabled.txt",
            "netsh_en_ws2025_flags_set_transcript.txt",
            "netsh_en_ws2025_sample_code_comment.txt",
            "netsh_pt-BR_testdata.txt",
        ]
    );
    for (name, generation) in [
        ("netsh_en_2008r2_wmsvc_8172.txt", Generation::Ws2008),
        ("netsh_en_2012_sni_kaushal.txt", Generation::Ws2012),
        ("netsh_en_dsmapper_enabled.txt", Generation::Ws2016),
        ("netsh_en_ws2019_adfs_gist.txt", Generation::Ws2019),
        ("netsh_fr-FR_ws2022_ipport_443.txt", Generation::Ws2022),
        ("netsh_en_ws2025_bc280_ext0-4.txt", Generation::Ws2025),
    ] {
        assert_eq!(dump(name).generation, Some(generation), "{name}");
    }
    let masked = &dump("netsh_en_ws2025_flags_set_transcript.txt").records[0];
    assert_eq!(masked.option(RecordOption::DisableLegacyTls), Some(true));
    assert_eq!(masked.option(RecordOption::Reject), Some(false));
    assert_eq!((masked.option(RecordOption::UsageCheck), &masked.hash), (None, &Thumbprint::Unknown));
}

/// The English print of the same content.
fn in_english(dump: &Dump, lines: usize) -> Vec<String> {
    const LABELS: [&str; 22] = [
        "Certificate Hash",
        "Application ID",
        "Certificate Store Name",
        "Verify Client Certificate Revocation",
        "Verify Revocation Using Cached Client Certificate Only",
        "Usage Check",
        "Revocation Freshness Time",
        "URL Retrieval Timeout",
        "Ctl Identifier",
        "Ctl Store Name",
        "DS Mapper Usage",
        "Negotiate Client Certificate",
        "Reject Connections",
        "Disable HTTP2",
        "Disable QUIC",
        "Disable TLS1.2",
        "Disable TLS1.3",
        "Disable OCSP Stapling",
        "Enable Token Binding",
        "Log Extended Events",
        "Disable Legacy TLS Versions",
        "Enable Session Ticket",
    ];
    const VALUES: [&str; 22] = [
        "", APP, "My", "Enabled", "Disabled", "Enabled", "0", "0", "(null)", "(null)", "Disabled",
        "Disabled", "Disabled", "Not Set", "Not Set", "Not Set", "Not Set", "Not Set", "Not Set", "Not Set",
        "Not Set", "Not Set",
    ];
    let mut text = HEADER.to_owned();
    for (index, record) in dump.records.iter().enumerate() {
        let key = record.key.argument();
        let (name, key) = key.split_once('=').unwrap();
        let label = if name == "ipport" { "IP:port" } else { "Hostname:port" };
        text.push_str(&format!("    {label:<29}: {key}\n"));
        // The second block of the Portuguese sample ends behind its thumbprint.
        let lines = if lines == 3 && index == 1 { 1 } else { lines };
        for (label, value) in LABELS.iter().zip(VALUES).take(lines) {
            let value = if *label == "Certificate Hash" { record.hash.known().unwrap() } else { value };
            text.push_str(&format!("    {label:<29}: {value}\n"));
        }
        text.push('\n');
    }
    all_said(&unit(&text).dumps[0])
}

#[test]
fn every_language_and_encoding_says_the_same() {
    let Some(folder) = corpus() else { return };
    for (name, lines) in [
        ("netsh_fr-FR_ws2022_ipport_443.txt", 22),
        ("netsh_fr-FR_ws2022_ipport_443_cp850.txt", 22),
        ("netsh_fr-FR_ws2022_ipport_8443.txt", 22),
        ("netsh_fr-FR_ws2022_ipport_8443_utf16le.txt", 22),
        ("netsh_zh-CN_testdata.txt", 13),
        ("netsh_de-DE_testdata.txt", 4),
        ("netsh_pt-BR_testdata.txt", 3),
    ] {
        let (_, facts) = read(name, &std::fs::read(folder.join(name)).unwrap());
        let dump = &facts.iis.unwrap().dumps[0];
        let own: Vec<String> = all_said(dump).iter().map(|it| it.replace("\"MY\"", "\"My\"")).collect();
        assert_eq!(own, in_english(dump, lines), "{name}");
    }
}

#[test]
fn pastes_say_the_same_as_the_print() {
    let print = farm();
    let wanted = all_said(&unit(&print).dumps[0]);
    assert_eq!(wanted.len(), 3);
    let flat: String =
        print.lines().filter(|it| !it.trim().is_empty()).map(|it| format!("{}\n", it.trim())).collect();
    let single: String =
        flat.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect();
    let quoted: String = print.lines().map(|it| format!("> {it}\n")).collect();
    let prompted = format!(
        "Microsoft Windows [Version 10.0]\n\nC:\\Windows\\system32>netsh http show sslcert\n{print}\nC:\\>"
    );
    let ticked = format!("```\nPS C:\\> netsh http show sslcert\n{print}```\n");
    let wide: String = print.replace(" : ", "：");
    let wide = wide.replace(": ", "： ");
    for text in [flat, single, quoted, prompted, ticked, wide] {
        let unit = unit(&text);
        assert_eq!(unit.dumps.len(), 1, "{text}");
        assert_eq!(all_said(&unit.dumps[0]), wanted, "{text}");
        assert!(!unit.dumps[0].partial, "{text}");
    }
}

#[test]
fn what_was_asked_for_by_its_key_is_partial() {
    let one = block("IP:port", "0.0.0.0:443", HASH, "My");
    let partial = |text: &str| unit(text).dumps[0].partial;
    assert!(partial(&one));
    assert!(!partial(&format!("{HEADER}{one}")));
    assert!(partial(&format!("C:\\>netsh http show sslcert ipport=0.0.0.0:443\n{HEADER}{one}")));
    assert!(partial(&format!("C:\\>netsh http show sslcert 0.0.0.0:443\n{HEADER}{one}")));
    assert!(partial(&format!("PS C:\\> netsh http show sslcert | findstr Hash\n{HEADER}{one}")));
    assert!(!partial(&format!("C:\\>netsh http show sslcert > c:\\temp\\x.txt\n{HEADER}{one}")));
    assert!(!partial(&format!("PS C:\\> netsh http show sslcert | Out-File x.txt\n{HEADER}{one}")));
    assert!(partial(&format!("{HEADER}The system cannot find the file specified.\n")));
    assert!(!partial(&format!("{HEADER}C:\\>")));
    let other = block("IP:port", "0.0.0.0:8443", HASH, "My");
    let both = unit(&format!("{HEADER}{one}{HEADER}{other}"));
    assert!(both.dumps.len() == 2 && both.dumps.iter().all(|it| it.partial));
    // A paste that ends in the middle of a record.
    let whole = farm();
    assert!(partial(&whole[..whole.len() - 60]));
    assert!(partial(&whole[..whole.find("WebHosting").unwrap()]));
}

#[test]
fn other_texts_are_no_dumps() {
    let usage = "Usage: add sslcert hostnameport=<name:port> | ipport=<ipaddr:port> | ccs=<port>\n        appid=<GUID>\n";
    let prose = "SSL Certificate bindings: see below. Run netsh http show sslcert on each node.\n";
    let page = farm();
    for (path, text) in [
        ("usage.txt", usage),
        ("notes.txt", prose),
        ("README.md", page.as_str()),
        ("check.ps1", page.as_str()),
        ("hosts.txt", "server: web1:443\nowner: someone\nid: {1}\n"),
        ("a.reg", "Windows Registry Editor Version 5.00\n\n[HKEY_CURRENT_USER\\Software\\A]\n\"x\"=\"y\"\n"),
        ("table.txt", "Name  Value\n----  -----\na     b\n"),
    ] {
        let system = systems::of(path, text.as_bytes());
        assert!(system.is_none_or(|it| it.name != "iis dumps"), "{path}");
    }
}

#[test]
fn the_registry_says_what_netsh_prints() {
    let bytes: Vec<String> = (0..20).map(|at| HASH[at * 2..at * 2 + 2].to_owned()).collect();
    let app = "81,e1,c3,4d,4b,e1,21,4a,b0,22,59,fc,66,9b,09,14";
    let root = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
    let values = format!(
        "\"AppId\"=hex:{app}\r\n\"SslCertHash\"=hex:{}\r\n\"SslCertStoreName\"=\"My\"\r\n\"DefaultSslCertCheckMode\"=dword:00000000\r\n\"DefaultFlags\"=dword:00000000\r\n",
        bytes.join(",")
    );
    let text = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n{root}]\r\n\"ListenOnlyList\"=hex(7):31,00,30,00,2e,00,30,00,2e,00,30,00,2e,00,35,00,00,00,00,00\r\n\r\n{root}\\SslBindingInfo]\r\n\r\n{root}\\SslBindingInfo\\172.16.0.41:443]\r\n{values}\r\n{root}\\SslSniBindingInfo\\*.Example.com:443]\r\n{}\r\n{root}\\SslSniBindingInfo\\0.0.0.0:443:b.example.com]\r\n{}\r\n{root}\\SslCcsBindingInfo\\443]\r\n\"AppId\"=hex:{app}\r\n",
        values.replace("DefaultFlags\"=dword:00000000", "DefaultFlags\"=dword:000004c2"),
        values.replace("CheckMode\"=dword:00000000", "CheckMode\"=dword:00010001"),
    );
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (source, facts) = read("http.reg", &wide);
    places_lie_inside(&source, &facts);
    let unit = facts.iis.unwrap();
    let dump = &unit.dumps[0];
    assert!(dump.kind == DumpKind::Registry && !dump.partial && dump.records.len() == 4);
    let [one, name, other, central] = &dump.records[..] else { panic!() };
    assert_eq!(one.key, Key::Endpoint(Address::One("172.16.0.41".parse().unwrap()), 443));
    assert_eq!(one.hash, Thumbprint::Known(HASH.into()));
    assert_eq!(one.app_id.as_ref().unwrap().text, APP);
    assert_eq!(one.option(RecordOption::VerifyRevocation), Some(true));
    assert_eq!(name.key, Key::Name("*.example.com".into(), 443));
    let on = [
        RecordOption::NegotiateClientCertificate,
        RecordOption::DisableTls13,
        RecordOption::DisableOcspStapling,
        RecordOption::DisableLegacyTls,
    ];
    let set = |record: &Record| -> Vec<RecordOption> {
        record.options.iter().filter(|(_, on, _)| *on == Some(true)).map(|(it, ..)| *it).collect()
    };
    assert_eq!(set(name)[2..], on);
    assert_eq!(other.key, Key::Name("b.example.com".into(), 443));
    assert_eq!(set(other), []);
    assert_eq!((&central.key, &central.hash), (&Key::Central(443), &Thumbprint::Null));
    assert_eq!(unit.listen_lists[0].addresses[0].0.to_string(), "10.0.0.5");
}

#[test]
fn secrets_of_the_provider_are_masked_and_can_be_compared() {
    let text = |password: &str| {
        format!(
            "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider]\n\"Enabled\"=dword:00000001\n\"CertStoreLocation\"=\"\\\\\\\\fileserver\\\\certs\"\n\"UserName\"=\"DOMAIN\\\\ccs\"\n\"Password\"=\"{password}\"\n\"PrivateKeyPassword\"=\"{password}\"\n\"PollingInterval\"=dword:0000012c\n"
        )
    };
    let store = |password: &str| {
        let (source, facts) = read("ccs.reg", text(password).as_bytes());
        assert!(password.is_empty() || !source.text.contains(password));
        facts.iis.unwrap().central_stores.remove(0)
    };
    let (a, b, c, none) = (store("QUJD+x=="), store("QUJD+x=="), store("REVG"), store(""));
    assert_eq!(a.location.unwrap().text, "\\\\fileserver\\certs");
    assert_eq!(a.user.unwrap().text, "DOMAIN\\ccs");
    assert!(a.complete && a.enabled.unwrap().0 && a.polling.unwrap().0 == 300);
    assert!(a.password_digest.is_some() && a.password_digest == b.password_digest);
    assert_ne!(a.password_digest, c.password_digest);
    assert!(none.password.is_some() && none.password_digest.is_none());
    assert_eq!((a.key_password.unwrap().0, none.key_password.unwrap().0), (true, false));
}

#[test]
fn cmdlets_print_the_provider() {
    let text = "PS C:\\> Enable-WebCentralCertProvider -Password hunter2 -UserName x\nPS C:\\> Get-WebCentralCertProvider\nEnabled=True\nCertStoreLocation=\\\\MyCertServer\\CertStore\nUserName=CertStoreUser\nPassword=*********\nPrivateKeyPassword=\n";
    let (source, facts) = read("ccs.txt", text.as_bytes());
    let store = &facts.iis.unwrap().central_stores[0];
    assert!(store.enabled.unwrap().0 && store.password.is_some() && !store.key_password.unwrap().0);
    assert_eq!(store.location.as_ref().unwrap().text, "\\\\MyCertServer\\CertStore");
    assert!(!source.text.contains("hunter2") && source.text.contains("-UserName x"));
}

fn places_lie_inside(source: &Source, facts: &Facts) {
    let Some(unit) = &facts.iis else { return };
    let inside = |at: crate::source::Location| {
        if let Place::Text(span) = at.place {
            assert!(span.start <= span.end && source.text.get(span.range()).is_some(), "{span:?}");
        }
    };
    for dump in &unit.dumps {
        inside(dump.at);
        for record in &dump.records {
            inside(record.at);
            inside(record.hash_at);
            record.options.iter().for_each(|(.., at)| inside(*at));
            record.store.iter().chain(&record.app_id).chain(&record.ctl_store).for_each(|it| inside(it.at));
        }
    }
    for store in &unit.central_stores {
        inside(store.at);
        store.location.iter().chain(&store.user).for_each(|it| inside(it.at));
    }
    unit.listen_lists.iter().for_each(|it| inside(it.at));
    unit.reservations.iter().for_each(|it| inside(it.url.at));
    unit.share_listings.iter().flat_map(|it| &it.files).for_each(|it| inside(it.at));
    for listing in &unit.listings {
        inside(listing.at);
        listing.entries.iter().for_each(|it| inside(it.at));
    }
}

/// A transcript of everything that is read here.
fn transcript() -> String {
    format!(
        "C:\\>netsh http show sslcert\n{}C:\\>netsh http show urlacl\n\nURL Reservations:\n-----------------\n\n    Reserved URL            : https://+:443/\n        User: NT SERVICE\\WMSvc\n            Listen: Yes\n            Delegate: No\n            SDDL: D:(A;;GX;;;S-1-5-80-1)\n\nC:\\>netsh http show iplisten\n\nIP addresses present in the IP listen list:\n-------------------------------------------\n\n    10.0.0.5\n    ::1\n\nC:\\>certutil -store My\n{CERTUTIL}\nPS C:\\> dir cert:\\LocalMachine\\WebHosting | fl\n{LIST}\nC:\\>dir \\\\fileserver\\certs\n{CONSOLE}\nPS C:\\> dir cert:\\LocalMachine\\My\n{TABLE}\nPS C:\\> dir IIS:\\SslBindings\n{PROVIDER}\nPS C:\\> gci \\\\fileserver\\other\n{POWER}\nC:\\>dir /b \\\\fileserver\\third\na.example.com.pfx\n_.example.com.pfx\n\nC:\\>",
        farm()
    )
}

const CERTUTIL: &str = "My \"Personal\"\n================ Certificate 0 ================\nSerial Number: 00a1b2c3\nIssuer: CN=Test Root CA, O=QZ, LLC\n NotBefore: 1/2/2026 12:00 AM\n NotAfter: 1/31/2027 3:04 PM\nSubject: CN=www.example.com\nNon-root Certificate\nCert Hash(sha1): 64 49 8c 92 0f ec b3 1b 8f 7c cb da c2 fa 2b aa 2e c4 f1 9a\n  Key Container = job-1\n  Unique container name: a11a37ef57bb64c3f31f8f99421d1550_e64079bf\n  Provider = Microsoft Software Key Storage Provider\nPrivate key is NOT exportable\nEncryption test passed\n\n================ Certificate 1 ================\nSerial Number: 9f8e7d6c5b\nIssuer: CN=Test Root CA\n NotBefore: 6/1/2025 12:00 AM\n NotAfter: 6/1/2026 12:00 AM\nSubject: CN=old.example.com\nNon-root Certificate\nCert Hash(sha1): 11223344556677889900aabbccddeeff00112233\nNo key provider information\nCertUtil: -store command completed successfully.\n";
const LIST: &str = "\n\nSubject      : CN=a.example.com\nIssuer       : CN=Test Root CA\nThumbprint   : 64498C920FECB31B8F7CCBDAC2FA2BAA2EC4F19A\nFriendlyName : a\nNotBefore    : 22.11.2025 10:00:00\nNotAfter     : 22.11.2026 10:00:00\nExtensions   : {System.Security.Cryptography.Oid, \n               System.Security.Cryptography.Oid}\n\nSubject      : CN=b.example.com\nThumbprint   : 11223344556677889900AABBCCDDEEFF00112233\nNotAfter     : 01.02.2027 10:00:00\n\n";
const CONSOLE: &str = " Volume in drive \\\\fileserver\\certs has no label.\n\n Directory of \\\\fileserver\\certs\n\n11/22/2026  10:00 AM    <DIR>          .\n11/22/2026  10:00 AM    <DIR>          ..\n11/22/2026  10:00 AM             2,345 www.example.com.pfx\n11/22/2026  10:00 AM             2,345 with space.pfx\n               2 File(s)          4,690 bytes\n               2 Dir(s)   1,000,000 bytes free\n";
const TABLE: &str = "\n   PSParentPath: Microsoft.PowerShell.Security\\Certificate::LocalMachine\\My\n\nThumbprint                                Subject              EnhancedKeyUsageList\n----------                                -------              --------------------\n64498C920FECB31B8F7CCBDAC2FA2BAA2EC4F19A  CN=www.example.com   Server Authentication\n11223344556677889900AABBCCDDEEFF00112233  CN=a-very-long-name… Server Authentication\n\n";
const PROVIDER: &str = "\nIP Address       Port Host Name        Store            Sites\n----------       ---- ---------        -----            -----\n0.0.0.0          443                   My               Default Web Site\n                 443  www.example.com  WebHosting       Shop\n\n";
const POWER: &str = "\n    Directory: \\\\fileserver\\other\n\n\nMode                LastWriteTime         Length Name\n----                -------------         ------ ----\nd-----       11/22/2026  10:00 AM                old\n-a----       11/22/2026  10:00 AM           2345 _.example.com.pfx\n\n";

#[test]
fn a_transcript_of_everything_is_read() {
    let text = transcript();
    let (source, facts) = read("all.txt", text.as_bytes());
    places_lie_inside(&source, &facts);
    let unit = facts.iis.unwrap();
    let kinds: Vec<(DumpKind, usize, bool)> =
        unit.dumps.iter().map(|it| (it.kind, it.records.len(), it.partial)).collect();
    assert_eq!(kinds, [(DumpKind::Netsh, 3, false), (DumpKind::Provider, 2, true)]);
    assert_eq!(unit.dumps[1].records[1].key, Key::Name("www.example.com".into(), 443));
    assert_eq!(unit.reservations.len(), 1);
    assert_eq!(unit.reservations[0].url.text, "https://+:443/");
    assert_eq!(unit.reservations[0].user.as_ref().unwrap().text, "NT SERVICE\\WMSvc");
    assert_eq!(unit.listen_lists.len(), 1);
    assert_eq!(unit.listen_lists[0].addresses.len(), 2);
    let listings: Vec<_> =
        unit.listings.iter().map(|it| (it.store.as_deref().unwrap(), it.entries.len(), it.partial)).collect();
    assert_eq!(listings, [("My", 2, false), ("WebHosting", 2, false), ("My", 2, false)]);
    let [first, second] = &unit.listings[0].entries[..] else { panic!() };
    assert_eq!(first.hash, Thumbprint::Known(HASH.into()));
    assert_eq!(first.serial.as_deref(), Some(&[0xa1, 0xb2, 0xc3][..]));
    assert_eq!(first.not_after.unwrap().rfc3339(), "2027-01-31T15:04:00Z");
    assert_eq!(first.subject.as_ref().unwrap().title(), "www.example.com");
    assert_eq!(first.issuer.as_ref().unwrap().title(), "Test Root CA");
    assert_eq!((first.has_key, second.has_key), (Some(true), Some(false)));
    // The other block says that the month stands first.
    assert_eq!(second.not_after.unwrap().to_string(), "2026-06-01");
    assert_eq!(unit.listings[1].entries[0].not_after.unwrap().to_string(), "2026-11-22");
    assert!(unit.listings[2].entries[1].subject.is_none());
    let shares: Vec<(&str, Vec<&str>, bool)> = unit
        .share_listings
        .iter()
        .map(|it| {
            (&*it.folder.as_ref().unwrap().text, it.files.iter().map(|it| &*it.text).collect(), it.partial)
        })
        .collect();
    assert_eq!(
        shares,
        [
            ("\\\\fileserver\\certs", vec!["www.example.com.pfx", "with space.pfx"], false),
            ("\\\\fileserver\\other", vec!["_.example.com.pfx"], false),
            ("\\\\fileserver\\third", vec!["a.example.com.pfx", "_.example.com.pfx"], false),
        ]
    );
}

#[test]
fn lists_without_their_gaps_are_read() {
    let flat: String = LIST.lines().filter(|it| !it.is_empty()).map(|it| format!("{it}\n")).collect();
    let unit = unit(&format!("PS C:\\> dir cert:\\LocalMachine\\My | fl\n{flat}"));
    assert_eq!(unit.listings[0].entries.len(), 2);
    assert_eq!(unit.listings[0].entries[1].not_after.unwrap().to_string(), "2027-02-01");
}

#[test]
fn certutil_is_read_in_other_languages() {
    let german = "My \"Eigene Zertifikate\"\n================ Zertifikat 0 ================\nSeriennummer: 1a2b3c4d5e\nAussteller: CN=Test Root CA\n Nicht vor: 01.02.2026 01:00\n Nicht nach: 01.02.2027 01:00\nAntragsteller: CN=www.example.com\nKein Stammzertifikat\nZertifikathash(sha1): aabbccddeeff00112233445566778899aabbccdd\n  Anbieter = Microsoft Software Key Storage Provider\nCertUtil: -store-Befehl wurde erfolgreich ausgef\u{fffd}hrt.\n";
    let unit = unit(german);
    let listing = &unit.listings[0];
    assert!(!listing.partial && listing.store.as_deref() == Some("My"));
    let entry = &listing.entries[0];
    assert_eq!(entry.subject.as_ref().unwrap().title(), "www.example.com");
    assert_eq!(entry.not_after.unwrap().rfc3339(), "2027-02-01T01:00:00Z");
    assert_eq!(entry.has_key, None);
}

#[test]
fn other_samples_of_the_field_are_read() {
    let Some(folder) = corpus() else { return };
    let of = |name: &str| {
        let (source, facts) = read(name, &std::fs::read(folder.join(name)).unwrap());
        places_lie_inside(&source, &facts);
        *facts.iis.unwrap()
    };
    let httpcfg = of("httpcfg_query_ssl_2003.txt");
    assert_eq!((httpcfg.dumps[0].kind, httpcfg.dumps[0].records.len()), (DumpKind::Httpcfg, 1));
    assert!(httpcfg.dumps[0].records[0].store_is_null.is_some());
    assert_eq!(of("netsh_urlacl_wmsvc.txt").reservations[0].url.text, "https://*:8172/");
    assert_eq!(of("ps_sslbindings_dir_iis7.txt").dumps[0].kind, DumpKind::Provider);
    assert_eq!(of("ps_dir_cert_localmachine_my.txt").listings[0].store.as_deref(), Some("my"));
    assert!(of("ps_get-webcentralcertprovider.txt").central_stores[0].complete);
    let english = of("certutil_store_en_excerpt.txt");
    assert_eq!(english.listings[0].entries[0].hash.known(), Some("1234567890123456789012345678901234567890"));
    let french = of("certutil_store_fr_excerpt.txt");
    // The day and the month of 02/09/2037 cannot be told apart.
    assert!(french.listings[0].partial && french.listings[0].entries[0].not_after.is_none());
    for (node, enabled) in [("node1", true), ("node4", false)] {
        let store = &of(&format!("synthetic_farm_seed001/{node}/ccs.reg")).central_stores[0];
        assert!(store.complete && store.enabled.unwrap().0 == enabled);
        assert_eq!(store.location.as_ref().unwrap().text, "\\\\fileserver\\certs");
    }
}

#[test]
fn nothing_else_of_the_field_is_taken_for_a_dump() {
    let Some(folder) = corpus() else { return };
    let mut folders = vec![folder.parent().unwrap().to_owned()];
    let mut taken = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path != folder && !path.is_symlink() {
                    folders.push(path);
                }
                continue;
            }
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let name = path.to_string_lossy();
            if systems::of(&name, &bytes[..bytes.len().min(1024)]).is_some_and(|it| it.name == "iis dumps") {
                taken.push(name.into_owned());
            }
        }
    }
    assert_eq!(taken, Vec::<String>::new());
}

#[test]
fn json_is_read() {
    let text = format!(
        "{{\"SslCertificateBindings\":[{{\"IpPort\":\"0.0.0.0:443\",\"ConfigType\":1,\"GuidString\":\"{APP}\",\"SslHash\":\"{HASH}\",\"SslCertStoreName\":\"MY\"}},{{\"IpPort\":\"x\"}}],\"message\":\"\",\"status\":0}}"
    );
    let dump = &unit(&text).dumps[0];
    assert!(dump.kind == DumpKind::NetshJson && dump.partial && dump.records.len() == 1);
    let record = &dump.records[0];
    assert_eq!((record.hash.known(), record.store.as_ref().unwrap().text.as_str()), (Some(HASH), "MY"));
}

proptest! {
    #[test]
    fn any_text_is_read(text in "([A-Za-z:.0-9{}()>=*\\\\\" \t\r\n-]|SSL Certificate bindings:\n|: 443\n|Thumbprint|----\n|\\PC){0,300}") {
        let input = Input { file: FileId(0), path: "a.txt", bytes: text.as_bytes() };
        let (source, facts) = super::SYSTEM.read_bytes(&input);
        places_lie_inside(&source, &facts);
    }

    #[test]
    fn any_cut_transcript_is_read(cut in 0..8000_usize, from in 0..400_usize) {
        let text = transcript();
        let text: String = text.chars().skip(from).take(cut).collect();
        let input = Input { file: FileId(0), path: "a.txt", bytes: text.as_bytes() };
        let (source, facts) = super::SYSTEM.read_bytes(&input);
        places_lie_inside(&source, &facts);
    }
}
