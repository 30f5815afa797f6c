//! Secrets that stand in configuration never reach any output.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{fs, io::Read as _, process::Command};

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

/// More of them: keys as blocks and in stores' settings, values of Java, of answers of appliances, of directories.
fn plant_more(folder: &std::path::Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    for (index, label) in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "DSA PRIVATE KEY",
    ]
    .iter()
    .enumerate()
    {
        write(
            &format!("etc/ssl/{index}.pem"),
            &format!("{}{}", block("CERTIFICATE", "AAAA"), block(label, "PLANTED20PLANTED20PLANTED20")),
        );
        write(&format!("etc/ssl/{index}.key"), &block(label, "PLANTED21 PLANTED21"));
    }
    write(
        "etc/nginx/nginx.conf",
        "events {}\nhttp { ssl_password_file words; server { listen 443 ssl; ssl_protocols SSLv3;\n\
         ssl_certificate /etc/ssl/0.pem; ssl_certificate_key /etc/ssl/0.key;\n\
         ssl_certificate data:$x; ssl_certificate_key \"data:-----BEGIN PRIVATE KEY-----\nPLANTED22\n-----END PRIVATE KEY-----\";\n\
         proxy_pass https://user:PLANTED23@backend; auth_basic x; } }\n",
    );
    write("etc/nginx/words", "PLANTED24\nPLANTED25\n");
    write(
        "src/main/resources/application.yml",
        "server:\n  ssl:\n    enabled: true\n    key-store: missing.p12\n    key-store-password: PLANTED26\n    keyPassword: 'PLANTED27'\n    trust-store-password: >-\n      PLANTED28\n    enabled-protocols: SSLv3\n",
    );
    write(
        "config/server.properties",
        "listeners=SSL://:9093\nssl.keystore.location=missing.jks\nssl.keystore.password=PLANTED29\nssl.key.password : PLANTED30\nssl.truststore.password PLANTED31\nssl.keystore.key=-----BEGIN PRIVATE KEY----- PLANTED32 -----END PRIVATE KEY-----\nsasl.jaas.config=x required username=\"u\" password=\"PLANTED33\";\n",
    );
    write(
        "conf/server.xml",
        "<Server><Service><Connector port=\"443\" SSLEnabled=\"true\" keystoreFile=\"missing.jks\" keystorePass=\"PLANTED34\" keyPass='PLANTED35'/>\n<Connector port=\"444\" SSLEnabled=\"true\"><SSLHostConfig truststorePassword=\"PLANTED36\" protocols=\"SSLv3\"><Certificate certificateKeystorePassword=\"PLANTED37\" certificateKeystoreFile=\"missing.jks\"/></SSLHostConfig></Connector></Service></Server>\n",
    );
    write(
        "bin/start.sh",
        "java -Djavax.net.ssl.keyStore=missing.jks -Djavax.net.ssl.keyStorePassword=PLANTED38 -Djavax.net.ssl.trustStore=missing.jks -Djavax.net.ssl.trustStorePassword='PLANTED39' x\ncurl -u admin:PLANTED40 https://host/\n",
    );
    write(
        "node2/setup.cmd",
        "certutil -f -p PLANTED41 -importpfx My site.pfx\r\nnetsh http add sslcert hostnameport=*:443 appid={0}\r\nappcmd set config /section:applicationPools /[name='x'].processModel.password:PLANTED42\r\n",
    );
    write(
        "node2/applicationHost.config",
        "<configuration><system.applicationHost><applicationPools><add name=\"x\"><processModel identityType=\"SpecificUser\" userName=\"u\" password=\"PLANTED43\"/></add></applicationPools><sites><site name=\"Web\" id=\"1\"><application path=\"/\"><virtualDirectory path=\"/\" physicalPath=\"C:\\x\" userName=\"u\" password=\"PLANTED44\"/></application><bindings><binding protocol=\"https\" bindingInformation=\"*:443\" sslFlags=\"9\"/></bindings></site></sites></system.applicationHost><system.webServer><centralCertificateStore/></system.webServer></configuration>\n",
    );
    write(
        "node2/password-of-store.ldif",
        "dn: cn=a\nvmwSTSPrivateKey:: UExBTlRFRA==PLANTED45\nuserPassword: PLANTED46\n",
    );
    write(
        "csr/answer.json",
        "{\"CertificateSigningRequest\":\"-----BEGIN CERTIFICATE REQUEST-----\\nMII=\\n-----END CERTIFICATE REQUEST-----\",\"Password\":\"PLANTED47\",\"PrivateKey\":\"-----BEGIN PRIVATE KEY-----\\nPLANTED48\\n-----END PRIVATE KEY-----\"}",
    );
    write(
        "playbook.yml",
        "- hosts: all\n  tasks:\n  - name: upload\n    dellemc.openmanage.ome_application_certificate:\n      hostname: h\n      username: u\n      password: PLANTED49\n      command: upload\n      upload_file: missing.pem\n  - name: store\n    win_shell: Enable-WebCentralCertProvider -CertStoreLocation x -UserName u -Password PLANTED50 -PrivateKeyPassword PLANTED51\n",
    );
    write("passwords.toml", "\"**\" = \"PLANTED52\"\n");
    write("words-of-a-tree.toml", "\"**\" = \"PLANTED53\"\n");
}

/// Runs the program over everything that was planted.
fn run(folder: &std::path::Path, arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .args(arguments)
        .args(["--isolated", "-v", "--passwords", "passwords.toml", "."])
        .env("TLSLINT_PASSWORDS", "\"etc/**\" = \"PLANTED54\"")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.code().is_some_and(|code| code < 2), "{run:?}");
    String::from_utf8([run.stdout, run.stderr].concat()).unwrap()
}

#[test]
fn no_output_of_any_command_shows_any_secret() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    plant_more(folder.path());
    let mut said = Vec::new();
    for format in
        ["full", "short", "json", "sarif", "github", "gitlab", "rdjson", "junit", "checkstyle", "markdown"]
    {
        said.push(run(folder.path(), &["check", "--format", format]));
        assert!(said.last().unwrap().contains("server.xml"), "{format} was not told enough");
    }
    said.push(run(folder.path(), &["check", "--statistics"]));
    said.push(run(folder.path(), &["check", "--write-baseline", "baseline.json"]));
    said.push(fs::read_to_string(folder.path().join("baseline.json")).unwrap());
    for format in ["table", "json", "csv", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"] {
        said.push(run(folder.path(), &["inventory", "--format", format]));
    }
    for format in ["dot", "mermaid", "json"] {
        said.push(run(folder.path(), &["graph", "--format", format]));
    }
    said.push(run(folder.path(), &["graph", "--html", "page.html"]));
    said.push(fs::read_to_string(folder.path().join("page.html")).unwrap());
    // A snapshot goes to other machines, and holds what no output shows.
    run(folder.path(), &["snapshot", "-o", "../planted.tlsfacts"]);
    let snapshot = folder.path().parent().unwrap().join("planted.tlsfacts");
    let mut text = String::new();
    let packed = fs::read(&snapshot).unwrap();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    fs::remove_file(snapshot).unwrap();
    assert!(text.contains("server.xml") && text.contains("aliases.json"), "the snapshot was not told enough");
    said.push(text);
    for text in said {
        let at = text.find("PLANTED");
        assert!(
            at.is_none(),
            "a secret is shown: {}",
            &text[at.unwrap().saturating_sub(300)..at.unwrap() + 20]
        );
    }
}

/// What is kept of a file is all that can be shown of it: a file that was cut off keeps no secret either.
#[test]
fn a_file_that_is_cut_off_keeps_no_secret() {
    use tlslint::check::{self, Settings, Tree};

    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    plant_more(folder.path());
    let mut planted = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder.path()).unwrap().to_string_lossy().replace('\\', "/");
                planted.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    planted.sort();
    let settings = Settings::at(tlslint::x509::Time(1_795_305_600));
    let mut shown = Vec::new();
    for (path, text) in &planted {
        let first = text.find("PLANTED").unwrap();
        for cut in first..=text.len() {
            // A secret that was itself cut off is none any more; a line end or a quote behind it may be missing.
            let Some(kept) = text.get(..cut).filter(|kept| kept.contains("PLANTED")) else { continue };
            // Without the `@` behind it, the password of a URL looks like a port.
            if kept.rfind("//user:").is_some_and(|at| !kept[at..].contains('@')) {
                continue;
            }
            let report =
                check::check(&Tree::in_memory(vec![(path.clone(), kept.as_bytes().to_vec())]), &settings);
            let labelled = |index: usize| {
                report.findings.iter().any(|it| it.labels().any(|label| label.at.file.0 as usize == index))
            };
            for (index, source) in report.sources.iter().enumerate() {
                if source.text.contains("PLANTED") && labelled(index) {
                    shown.push(format!("{path} cut at {cut}: …{}", &kept[kept.len().saturating_sub(60)..]));
                }
            }
        }
    }
    assert!(shown.is_empty(), "{} cuts keep a secret, such as\n{}", shown.len(), {
        let mut seen = std::collections::BTreeSet::new();
        shown.retain(|it| seen.insert(it.split(" cut").next().unwrap_or_default().to_owned()));
        shown.join("\n")
    });
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
