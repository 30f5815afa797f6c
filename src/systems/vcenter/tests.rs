//! Every form of every print is read, and nothing is read into what is none.

use super::*;
use crate::model::vcenter::{ChainKind, Form as StoreForm, StoreKind};

fn unit(path: &str, text: &str) -> Unit {
    let input = Input { file: FileId(0), path, bytes: text.as_bytes() };
    assert!(is_ours(path, text), "{path} is recognised: {text}");
    let (_, facts) = read(&input);
    facts.vcenter.map(|it| *it).unwrap_or_default()
}

fn is_ours(path: &str, text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(1024)];
    crate::systems::of(path, head).is_some_and(|it| it.name == SYSTEM.name)
}

const DATES: &str = "Alias :\t__MACHINE_CERT\n            Not After : Jan  1 20:54:23 2020 GMT\n";

#[test]
fn the_one_liner_in_its_spellings() {
    for header in ["STORE MACHINE_SSL_CERT", "[*] Store : MACHINE_SSL_CERT", "STORE: MACHINE_SSL_CERT"] {
        let text = format!(
            "{header}\n{DATES}{}\nAlias :\tpassword\n{}\nAlias : vpxd\n  Not Before: Jan  1 20:54:23 2018 GMT\n  Not After : Feb  1 \
             00:00:00 2030 GMT\n",
            header.replace("MACHINE_SSL_CERT", "APPLMGMT_PASSWORD"),
            header.replace("MACHINE_SSL_CERT", "vpxd"),
        );
        let unit = unit("vecs.txt", &text);
        let names: Vec<&str> = unit.stores.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["MACHINE_SSL_CERT", "APPLMGMT_PASSWORD", "vpxd"], "{header}");
        let first = &unit.stores[0].entries[0];
        assert_eq!(first.certificates[0].not_after().unwrap().rfc3339(), "2020-01-01T20:54:23Z");
        assert!(unit.stores[1].entries[0].certificates.is_empty());
        assert_eq!(unit.stores[2].entries[0].certificates[0].not_before().unwrap().to_string(), "2018-01-01");
        assert_eq!(unit.stores[2].form, StoreForm::OneLiner);
    }
}

#[test]
fn entries_with_pem_are_certificates() {
    let pem = include_str!("../../../testdata/pki/server.pem");
    let block = pem.trim();
    let text = format!(
        "Number of entries in store :\t2\nAlias :\t__MACHINE_CERT\nEntry type :\tPrivate Key\nCertificate :\t{block}\n{block}\n\n\
         Alias :\t__MACHINE_CSR\nEntry type :\tPrivate Key\nCertificate :\t{block}\n"
    );
    let unit = unit("listing.txt", &text);
    let store = &unit.stores[0];
    assert_eq!((store.name.as_str(), store.form), ("MACHINE_SSL_CERT", StoreForm::Listing));
    let counts: Vec<usize> = store.entries.iter().map(|it| it.certificates.len()).collect();
    assert_eq!((counts, store.is_complete()), (vec![2, 1], true));
    assert_eq!(store.kind(), StoreKind::MachineSsl);
}

#[test]
fn tabs_that_became_blanks_and_secrets() {
    let text = "root@vc [ ~ ]# /usr/lib/vmware-vmafd/bin/vecs-cli entry list --store APPLMGMT_PASSWORD\n\
        Number of entries in store :    1\nAlias : location_password_default\nEntry type :    Secret Key\nCertificate :\n";
    let unit = unit("a.txt", text);
    assert_eq!(unit.stores[0].name, "APPLMGMT_PASSWORD");
    assert!(unit.stores[0].entries[0].certificates.is_empty());
}

#[test]
fn lists_of_stores_and_of_authorities() {
    let stores = unit("stores.txt", "MACHINE_SSL_CERT\nTRUSTED_ROOTS\nTRUSTED_ROOT_CRLS\nvpxd\n");
    assert_eq!(stores.store_list.unwrap().names.len(), 4);
    assert!(!is_ours(
        "names.txt",
        "MACHINE_SSL_CERT\nis the store of the proxy, TRUSTED_ROOTS that of roots\n"
    ));
    let text = "Number of certificates:\t1\n#1:\nCN(id):\t\t222C1F1CB1658E865556B20537D43993DF970B58\nSubject DN:\tCN=CA\n\
        CRL present:\tno\n";
    let list = unit("roots.txt", text).authorities.unwrap();
    assert!(list.is_complete());
    assert_eq!(list.entries[0].id.text, "222c1f1cb1658e865556b20537d43993df970b58");
    assert!(list.entries[0].revocation.is_some_and(|(there, _)| !there));
}

#[test]
fn chains_of_the_directory_and_their_key() {
    let folded = "dn: cn=TenantCredential-2,cn=vsphere.local,cn=Tenants,cn=IdentityManager,cn=Se\n rvices,dc=vsphere,dc=local\n\
        userCertificate:< file:/tmp/vmware-fixsts/sts.der\nvmwstsprivatekey:: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\
        dn: cn=TrustedCertChain-1,cn=TrustedCertificateChains,cn=vsphere.local,cn=Tenants,dc=x\nuserCertificate:: AAAA\n";
    let input = Input { file: FileId(0), path: "sso-sts.ldif", bytes: folded.as_bytes() };
    let (source, facts) = read(&input);
    assert!(!source.text.contains("AAAAAAAAAA"), "the key is hidden");
    let unit = facts.vcenter.unwrap();
    let (tenant, trusted) = (&unit.sts[0], &unit.sts[1]);
    assert_eq!(
        (tenant.kind, tenant.number, tenant.domain.as_deref()),
        (ChainKind::Tenant, Some(2), Some("vsphere.local"))
    );
    assert_eq!(tenant.references[0].text, "/tmp/vmware-fixsts/sts.der");
    assert!(tenant.key.is_some());
    assert_eq!(
        (trusted.kind, trusted.domain.as_deref(), trusted.unread),
        (ChainKind::Trusted, Some("vsphere.local"), 1)
    );
}

#[test]
fn scripts_that_ran_and_scripts_that_did_not() {
    let text = "Resetting STS certificate for vc.example.com started on Fri May 22 14:39:40 UTC 2020\n\
        Detected DN: cn=vc.example.com,ou=Domain Controllers,dc=vsphere,dc=local\nDetected PNID: vc.example.com\n\
        Detected Root's certificate expiration date: 2030 May 16\nDetected today's date: 2020 May 22\n\
        Amount of tenant credentials: 1\nDeleting tenant and trustedcertchain 1\n";
    let unit = unit("fixsts.log", text);
    let run = &unit.fixes[0];
    assert_eq!(run.dn_host.as_ref().unwrap().text, "vc.example.com");
    assert_eq!(run.root_ends.as_ref().unwrap().1.to_string(), "2030-05-16");
    assert!(run.deleting.is_some() && run.finished.is_none());
    assert_eq!(unit.names.len(), 2);
    let refused = "bash: ./fixsts.sh: /bin/bash^M: bad interpreter: No such file or directory\n";
    assert!(self::unit("shell.txt", refused).fixes[0].bad_interpreter.is_some());
}

#[test]
fn verdicts_of_other_tools() {
    let line = |task: &str, word: &str| format!("{task:<52}\u{1b}[31m{word:>13}\u{1b}[0m\n");
    let text = format!(
        "Checking Certifcate Status\n{}{}{}",
        line("Checking Machine SSL certificate", "NO PNID"),
        "Checking Solution User certificates:\n",
        line("   vpxd", "12 DAYS")
    );
    let unit = unit("vcert.txt", &text);
    assert_eq!(
        (unit.statuses[0].task.as_str(), unit.statuses[0].word.text.as_str()),
        ("Checking Machine SSL certificate", "NO PNID")
    );
    assert_eq!(unit.statuses[1].heading, "Checking Solution User certificates");
    let text = "1 VALID CERTS\n================\n\n\tLEAF CERTS:\n\n\tNone\n\n\tROOT CERTS:\n\n\t[] Certificate \
        96:11:CE:48:64:85:C4:6D:CC:BA:BE:EB:88:92:CB:78:87:0D:70:D2 will expire in 3598 days (9 years).\n\n1 EXPIRED CERTS\n\tLEAF \
        CERTS:\n\n\t[] Certificate: 3C:1F:CE:48:64:85:C4:6D:CC:BA:BE:EB:88:92:CB:78:87:0D:70:D2 expired on 2020-07-21 07:15:37\n";
    let checks = self::unit("sts.txt", text).checks;
    assert_eq!((checks[0].days, checks[0].is_leaf), (Some(3598), false));
    assert_eq!(checks[1].ended.unwrap().to_string(), "2020-07-21");
    assert!(checks[1].expired && checks[1].is_leaf);
}

#[test]
fn the_report_of_vcert() {
    let text = "                    SSL Certificate Report\nvCert 4.13.0\nPNID: vc.example.com\n\nVECS Certificates\n   Store: vpxd\n      Alias: vpxd\n\
        \x20        Issuer: CN=CA\n         Subject: CN=vpxd\n            Not Before: Apr 10 12:16:20 2022 GMT\n            Not After : Apr 10 \
        12:16:20 2032 GMT\n            SHA1 Fingerprint : AA:BB\n            Key Usage:\n               |_Digital Signature\n\
        \x20           Subject Alternative Name entries:\n               |_DNS:vc.example.com\n\nVMware Directory Certificates\n\
        \x20  TenantCredential-1 Signing Certificate\n         Issuer: CN=CA\n            Not After : Apr 10 12:16:20 2032 GMT\n\
        \x20  TenantCredential-1 CA Certificate\n         Issuer: CN=CA\n";
    let unit = unit("vcenter-certificate-report.txt", text);
    let listed = &unit.stores[0].entries[0].certificates[0];
    assert_eq!(listed.dns_names().unwrap(), ["vc.example.com"]);
    assert_eq!((listed.title(), listed.may_not_authenticate()), (Some("vpxd"), false));
    assert_eq!((unit.sts.len(), unit.sts[0].certificates.len()), (1, 2));
    assert_eq!(unit.names[0].1.text, "vc.example.com");
}

#[test]
fn settings_of_certool() {
    let text = "# for a CSR\nCountry = US\nName\t= CA\nname = x\nOrgUnit = a\nIPAddress = 127.0.0.1\nName = again\nno sign\n";
    let certool = unit("certool.cfg", text).certool.unwrap();
    assert_eq!((certool.settings.len(), certool.faults.len()), (4, 3));
    assert_eq!(certool.value("Name").unwrap().text, "CA");
    assert!(!is_ours("app.cfg", "[server]\nName = x\nCountry = US\nHostname = a\nIPAddress = b\n"));
}

#[test]
fn what_is_something_else_is_left_alone() {
    for (path, text) in [
        ("a.txt", "STORE opening hours\nAlias : none\n"),
        ("readme.md", "STORE MACHINE_SSL_CERT\nAlias : x\n"),
        ("a.txt", "Number of certificates: 3\n"),
        ("a.ini", "Name = x\nCountry = y\n"),
        ("b.txt", "dn: cn=someone,dc=example\nmail: a@b\n"),
        ("store.txt", ""),
    ] {
        assert!(!is_ours(path, text), "{path}: {text}");
    }
}

#[test]
fn nothing_that_is_cut_or_odd_stops_a_reader() {
    let line = |task: &str, word: &str| format!("{task:<52}{word:>13}\n");
    let texts = [
        format!("STORE MACHINE_SSL_CERT\n{DATES}Number of entries in store :\t2\nAlias : x\nCertificate :\t-----BEGIN CERTIFICATE-----\nMIIB\n"),
        "Number of certificates:\t1\n#1:\nCN(id):\t\t222C\nSubject DN:\tCN=CA\nCRL present:\tno\n".to_owned(),
        "dn: cn=TenantCredential-2,cn=vsphere.local\nuserCertificate:< file:/a\nvmwSTSPrivateKey:: AAAA\n AAAA\n".to_owned(),
        "Resetting STS certificate for a started on b\nDetected DN: cn=a,ou=Domain Controllers\nDetected PNID: a\nDetected today's date: 2020 May 2\n".to_owned(),
        format!("Checking x\n{}{}", line("a", "VALID"), line("b", "3 DAYS")),
        "1 EXPIRED CERTS\nLEAF CERTS:\n[] Certificate: 3C:1F:CE:48:64:85:C4:6D:CC:BA:BE:EB:88:92:CB:78:87:0D:70:D2 expired on 2020-07-21 07\n".to_owned(),
        "SSL Certificate Report\nvCert 4\nPNID: a\nStore: x\nAlias: y\nIssuer: CN=a\nNot After : Jan  1 20:54:23 2020 GMT\nKey Usage:\n|_x\nTenantCredential-1 Signing\n".to_owned(),
        "Country = US\nName = CA\nOrgUnit = x\nIPAddress = y # c\n".to_owned(),
    ];
    for text in &texts {
        for (at, _) in text.char_indices() {
            let cut = &text[..at];
            let odd = format!("{}\u{e4}{}", &text[..at], &text[at..]);
            let gone: String = text.char_indices().filter(|(it, _)| *it != at).map(|(_, c)| c).collect();
            for text in [cut, odd.as_str(), gone.as_str()] {
                let input = Input { file: FileId(0), path: "dumps/a.txt", bytes: text.as_bytes() };
                let (source, _) = read(&input);
                assert!(source.text.is_empty() || source.text.len() == text.len());
            }
        }
    }
}
