//! Secrets that stand in configuration never reach any output.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{fs, process::Command};

/// A tree with a secret in every place that configuration has for one, each beside a mistake, so that its line is shown.
fn plant(folder: &std::path::Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "env/test/aliases.json",
        r#"[{"alias":"a","format":"keycertfile","certFilePath":"x.pem","password":"PLANTED1","ignoreExpiryValidation":true},
 {"alias":"a","keystorename":"k","format":"pkcs99","password":"PLANTED2","filePath":"y.p12"},,]"#,
    );
    write(
        "router.properties",
        "conf_webserver_keystore.password=PLANTED3\nconf_load_balancing_load.balancing.driver.server.ssl.protocols=SSLv3\n",
    );
    write(
        "apiproxy/policies/call.xml",
        r#"<ServiceCallout name="call"><HTTPTargetConnection><SSLInfo><Enabled>true</Enabled><KeyPassword secret="PLANTED4">PLANTED5</KeyPassword><IgnoreValidationErrors>true</IgnoreValidationErrors></SSLInfo><URL>https://user:PLANTED6@backend/</URL></HTTPTargetConnection></ServiceCallout>"#,
    );
    write(
        "edge.json",
        r#"{"envConfig":{"test":{"kvms":[{"name":"secrets","entry":[{"name":"password","value":"PLANTED7"}]}],"targetServers":[{"name":"t","host":"h","port":443,"isEnabled":true,"SSLInfo":{"enabled":"true","password":"PLANTED8"}}]}}}"#,
    );
    write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: acme-prod}\nstringData:\n  cert: x\n  token: PLANTED9\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    PLANTED10\n    -----END PRIVATE KEY-----\n---\norg: acme\nvirtualhosts:\n- name: prod\n  sslSecret: acme-prod\n  tlsMode: WRONG\n",
    );
    write(
        "node1/ccs.reg",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider]\r\n\"Enabled\"=dword:00000001\r\n\"CertStoreLocation\"=\"Z:\\\\certs\"\r\n\"Password\"=\"PLANTED11\"\r\n\"PrivateKeyPassword\"=\"PLANTED12\"\r\n",
    );
    write(
        "node1/redirection.config",
        r#"<configuration><configurationRedirection enabled="true" path="\\files\shared" userName="u" password="PLANTED13" /></configuration>"#,
    );
    write(
        "cms.txt",
        "CMS> turn\nUsername : admin\nPassword : PLANTED16\nShared secret : PLANTED17\nTLS cert : a.crt\nCMS> turn credentials admin PLANTED18 example.com\n\
         CMS> pki csr a CN:\nCMS> snmp user add bob PLANTED19 AES\n",
    );
    write(
        "setup.ps1",
        "New-WebBinding -Name Web -Protocol https -SslFlags 3; Enable-WebCentralCertProvider -Password PLANTED14 -PrivateKeyPassword 'PLANTED15'\nnetsh http add sslcert hostnameport=*:443 appid='{0}'\n",
    );
}

#[test]
fn no_output_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    for format in ["full", "short", "json"] {
        let run = Command::new(env!("CARGO_BIN_EXE_tlslint"))
            .args(["check", "--isolated", "-v", "--format", format, "."])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let all = [run.stdout, run.stderr].concat();
        let text = String::from_utf8_lossy(&all);
        for rule in ["alias-required-field", "iis/shared-plain-password", "iis/script-"] {
            assert!(text.contains(rule), "the tree was not judged: {text}");
        }
        assert!(!text.contains("PLANTED"), "{format} shows a secret: {text}");
    }
}

#[test]
fn no_inventory_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    for format in ["table", "json", "csv", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"] {
        let run = Command::new(env!("CARGO_BIN_EXE_tlslint"))
            .args(["inventory", "--isolated", "-v", "--format", format, "."])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(run.status.success());
        let all = [run.stdout, run.stderr].concat();
        let text = String::from_utf8_lossy(&all);
        assert!(text.contains("files read: "), "{text}");
        assert!(!text.contains("PLANTED"), "{format} shows a secret: {text}");
    }
}
