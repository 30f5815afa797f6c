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

#[track_caller]
fn shows_none(what: &str, text: &str) {
    let at = text.find("PLANTED");
    let around = at.map(|at| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(300)..at + 12]));
    assert!(at.is_none(), "{what} shows a secret: {}", around.unwrap_or_default());
}

#[test]
fn edits_and_differences_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    plant_more(folder.path());
    // Lines with an edit directly beside a secret.
    fs::write(
        folder.path().join("etc/nginx/more.conf"),
        "server { listen 443 ssl; server_name a.example.com;\n  proxy_set_header X https://u:PLANTED60@h/; ssl_protocols SSLv3;\n  ssl_certificate /etc/ssl/0.pem; ssl_certificate_key /etc/ssl/0.key; }\n",
    )
    .unwrap();
    let mut edited = String::new();
    for arguments in [
        &["check", "--diff"][..],
        &["check", "--diff", "--fix=unsafe"],
        &["check", "--diff", "--format", "json"],
        &["check", "--fix=unsafe"],
        &["check", "--fix=unsafe", "--format", "rdjson"],
    ] {
        let text = run(folder.path(), arguments);
        shows_none(&arguments.join(" "), &text);
        edited.push_str(&text);
    }
    assert!(edited.contains("+++ ") && edited.contains("fixed "), "something was edited: {edited}");
}

/// Runs the program and hands back all that it says, whatever comes of it.
fn all_said(folder: &std::path::Path, arguments: &[&str], passwords: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command.args(arguments).current_dir(folder).env("TLSLINT_PASSWORDS", passwords);
    let run = command.output().unwrap();
    String::from_utf8([run.stdout, run.stderr].concat()).unwrap()
}

#[test]
fn errors_about_passwords_and_settings_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let broken = [
        "\"*\" = \"PLANTED61",
        "PLANTED62",
        "\"*\" = PLANTED63",
        "a = 1\n\"[\" = \"PLANTED64\"",
        "\"*\" = [\"PLANTED65\"]\n",
        "\"*\" = \"\"\"PLANTED66\n\"\"",
        "\"a\" = \"PLANTED67\"\n\"a\" = \"PLANTED68\"\n",
        "[\"PLANTED69\"\n",
    ];
    for text in broken {
        fs::write(folder.path().join("passwords.toml"), text).unwrap();
        let arguments = ["check", "--isolated", "-v", "--passwords", "passwords.toml", "."];
        let said = all_said(folder.path(), &arguments, "");
        assert!(said.contains("passwords.toml"), "{text} is refused: {said}");
        shows_none(text, &said);
        let said = all_said(folder.path(), &["check", "--isolated", "-v", "."], text);
        assert!(said.contains("TLSLINT_PASSWORDS"), "{text} is refused: {said}");
        shows_none(text, &said);
    }
    // The file of passwords named as the configuration, and passwords in a configuration.
    let misplaced = [
        "\"certs/*.key\" = \"PLANTED70\"\n\"**\" = \"PLANTED71\"\n",
        "\"certs/*.key\" = \"PLANTED72\n",
        "fail-on = \"never\"\npassword = \"PLANTED73\"\n",
        "passwords = { \"**\" = \"PLANTED74\" }\n",
        "[passwords]\n\"**\" = \"PLANTED75\"\n\"x\" = [\"PLANTED76\"]\n",
        "password = \"PLANTED77\"\nfail-on = never\n",
        "[[ignore]]\nrule = \"cert/expired\"\nreason = \"x\"\npassword = \"PLANTED78\"\n",
        "exclude = 1\nproxy = \"https://u:PLANTED79@h/\"\n",
        "fail-on = never\n# https://u:PLANTED80@h/\n",
        "key = \"\"\"-----BEGIN PRIVATE KEY-----\nPLANTED81\n-----END PRIVATE KEY-----\"\"\"\n",
    ];
    for text in misplaced {
        fs::write(folder.path().join("tlslint.toml"), text).unwrap();
        for arguments in [&["check", "-v", "."][..], &["inventory", "."], &["graph", "."]] {
            let said = all_said(folder.path(), arguments, "");
            assert!(said.contains("tlslint.toml"), "{text} is refused: {said}");
            shows_none(text, &said);
        }
    }
}

#[test]
fn an_editor_is_shown_no_secret() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    plant_more(folder.path());
    let root = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir(root.join(".git")).unwrap();
    fs::write(root.join("tlslint.toml"), "fail-on = \"never\"\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .args(["lsp", "--as-of", "2026-11-22", "-v"])
        .current_dir(&root)
        .env("TLSLINT_PASSWORDS", "\"etc/**\" = \"PLANTED54\"")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut send = |message: serde_json::Value| {
        let text = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    };
    let (sender, messages) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        loop {
            let mut length = 0;
            let mut line = String::new();
            while output.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                if let Some(number) = line.trim().strip_prefix("Content-Length: ") {
                    length = number.parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let read = output.read_exact(&mut body);
            if length == 0 || read.is_err() || sender.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    let mut heard = String::new();
    let mut hear = |until: &str| {
        loop {
            let body = messages.recv_timeout(std::time::Duration::from_secs(60));
            let body = body.unwrap_or_else(|_| panic!("`{until}` was never said: {heard}"));
            heard.push_str(&body);
            heard.push('\n');
            if body.contains(until) {
                return heard.clone();
            }
        }
    };
    let uri = |path: &str| format!("file://{}/{path}", root.display());
    let folders = serde_json::json!([{ "uri": uri("").trim_end_matches('/'), "name": "a" }]);
    send(serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "processId": null, "rootUri": null, "capabilities": {}, "workspaceFolders": folders } }));
    hear("serverInfo");
    send(serde_json::json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
    hear("server.xml");
    for path in ["etc/nginx/nginx.conf", "conf/server.xml", "node1/ccs.reg", "setup.ps1"] {
        let text = fs::read_to_string(root.join(path)).unwrap();
        send(
            serde_json::json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument":
            { "uri": uri(path), "languageId": "x", "version": 1, "text": text } } }),
        );
        let whole = serde_json::json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
        send(
            serde_json::json!({ "jsonrpc": "2.0", "id": path, "method": "textDocument/codeAction", "params":
            { "textDocument": { "uri": uri(path) }, "range": whole, "context": { "diagnostics": [] } } }),
        );
        hear(&format!("\"id\":\"{path}\""));
    }
    // A configuration that is not saved, with a password where none belongs.
    send(serde_json::json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument":
        { "uri": uri("tlslint.toml"), "languageId": "toml", "version": 1, "text": "password = \"PLANTED90\"\n" } } }));
    let heard = hear("knows no key");
    send(serde_json::json!({ "jsonrpc": "2.0", "id": 9, "method": "shutdown" }));
    send(serde_json::json!({ "jsonrpc": "2.0", "method": "exit" }));
    drop(input);
    let rest = child.wait_with_output().unwrap();
    shows_none("the language server", &heard);
    shows_none("its standard error", &String::from_utf8_lossy(&rest.stderr));
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
