//! How long the export of an organisation of Apigee takes: proxies, virtual hosts, references, stores and certificates,
//! linked from virtual host to root; ten times as much against once as much. Whole processes are timed and medians
//! compared; nothing passes or fails by a clock.
//!
//! `cargo bench --bench apigee_export` (500 proxies, 50 virtual hosts, 400 certificates, and ten times that), or with
//! other numbers of proxies as arguments.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints and may stop")]

mod parts;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use parts::{RUNS, authority, leaf, median, root, run, tlslint};

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![500, 5_000] } else { sizes };
    let mut medians = Vec::new();
    for size in &sizes {
        let folder = export(*size);
        let median = median(RUNS, || run(tlslint(&folder)));
        println!(
            "{size:>7} proxies, {} virtual hosts, {} certificates: {:>8.3} s",
            size / 10,
            size / 10 * 8,
            median.as_secs_f64()
        );
        medians.push((*size, median));
    }
    if let [(few, first), .., (many, last)] = &medians[..] {
        println!("{many} against {few}: {:.2} times the time", last.as_secs_f64() / first.as_secs_f64());
    }
}

/// An organisation with `proxies` proxies, a virtual host for every ten of them, and eight certificates for each virtual
/// host: its own, and seven that its clients' certificates come from. Made once and kept below `target/`.
fn export(proxies: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("apigee-{proxies}"));
    if folder.join("organizations").exists() {
        return folder;
    }
    let environment = folder.join("organizations/acme/environments/prod");
    let (intermediate, issuer) = authority();
    let hosts = proxies / 10;
    let mut references = String::from("[\n");
    let mut stores = String::from("[\n");
    for number in 0..hosts {
        let name = format!("host-{number:04}");
        write(&environment.join(format!("virtualhosts/{name}.json")), &virtual_host(&name));
        let comma = if number + 1 < hosts { "," } else { "" };
        for (kind, resource) in [("keys", "KeyStore"), ("trust", "TrustStore")] {
            let _ = writeln!(
                references,
                "  {{\"name\": \"{name}-{kind}\", \"refers\": \"{name}-{kind}-2026\", \"resourceType\": \"{resource}\"}}{}",
                if kind == "keys" { "," } else { comma }
            );
        }
        let (chain, _) = leaf(&format!("{name}.acme.test"), &issuer, number, &[]);
        let keys = environment.join(format!("keystores/{name}-keys-2026/aliases/server.pem"));
        write(&keys, &format!("{chain}{intermediate}"));
        let mut aliases = String::new();
        for client in 0..7 {
            let own = root(&format!("Partner {number}-{client} Root CA"));
            let trust = environment.join(format!("keystores/{name}-trust-2026/aliases/partner-{client}.pem"));
            write(&trust, &own);
            let _ = write!(
                aliases,
                "{}{{\"aliasName\": \"partner-{client}\", \"cert\": \"partner-{client}-cert\", \"key\": \"\"}}",
                if client == 0 { "" } else { ", " }
            );
        }
        let _ = writeln!(
            stores,
            "  {{\"name\": \"{name}-keys-2026\", \"aliases\": [{{\"aliasName\": \"server\", \"cert\": \"server-cert\", \"key\": \"server\"}}], \"certs\": [\"server-cert\"], \"keys\": [\"server\"]}},\n  {{\"name\": \"{name}-trust-2026\", \"aliases\": [{aliases}], \"certs\": [], \"keys\": []}}{comma}"
        );
    }
    write(&environment.join("references.json"), &format!("{references}]\n"));
    write(&environment.join("keystores.json"), &format!("{stores}]\n"));
    let mut servers = String::from("[\n");
    for number in 0..proxies {
        let name = format!("backend-{number:05}");
        let comma = if number + 1 < proxies { "," } else { "" };
        let _ = writeln!(
            servers,
            "  {{\"name\": \"{name}\", \"host\": \"{name}.acme.test\", \"port\": 443, \"isEnabled\": true, \"sSLInfo\": {{\"enabled\": \"true\", \"clientAuthEnabled\": \"false\", \"trustStore\": \"ref://host-{:04}-trust\"}}}}{comma}",
            number / 10
        );
        proxy(&folder.join(format!("organizations/acme/apis/api-{number:05}/apiproxy")), number);
    }
    write(&environment.join("targetservers.json"), &format!("{servers}]\n"));
    folder
}

fn virtual_host(name: &str) -> String {
    format!(
        "{{\n  \"name\": \"{name}\",\n  \"port\": \"443\",\n  \"hostAliases\": [\"{name}.acme.test\"],\n  \"interfaces\": [],\n  \"listenOptions\": [],\n  \"retryOptions\": [],\n  \"sSLInfo\": {{\n    \"enabled\": \"true\",\n    \"clientAuthEnabled\": \"true\",\n    \"ignoreValidationErrors\": false,\n    \"keyStore\": \"ref://{name}-keys\",\n    \"keyAlias\": \"server\",\n    \"trustStore\": \"ref://{name}-trust\",\n    \"ciphers\": [],\n    \"protocols\": []\n  }},\n  \"useBuiltInFreeTrialCert\": false\n}}\n"
    )
}

/// The files of a proxy as the console exports them, with as many policies as proxies have that do little.
fn proxy(folder: &Path, number: usize) {
    let proxy = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<ProxyEndpoint name=\"default\">\n    <HTTPProxyConnection>\n        <BasePath>/v1/api-{number}</BasePath>\n        <VirtualHost>host-{:04}</VirtualHost>\n    </HTTPProxyConnection>\n    <RouteRule name=\"default\">\n        <TargetEndpoint>default</TargetEndpoint>\n    </RouteRule>\n</ProxyEndpoint>\n",
        number / 10
    );
    write(&folder.join("proxies/default.xml"), &proxy);
    let target = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<TargetEndpoint name=\"default\">\n    <HTTPTargetConnection>\n        <LoadBalancer>\n            <Server name=\"backend-{number:05}\"/>\n        </LoadBalancer>\n        <Path>/</Path>\n    </HTTPTargetConnection>\n</TargetEndpoint>\n"
    );
    write(&folder.join("targets/default.xml"), &target);
    for policy in 0..6 {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<AssignMessage async=\"false\" continueOnError=\"false\" enabled=\"true\" name=\"AM-{policy}\">\n    <Set>\n        <Headers>\n            <Header name=\"x-step\">{policy}</Header>\n        </Headers>\n    </Set>\n    <AssignTo createNew=\"false\" transport=\"http\" type=\"request\"/>\n</AssignMessage>\n"
        );
        write(&folder.join(format!("policies/AM-{policy}.xml")), &text);
    }
    write(&folder.join("resources/jsc/step.js"), "context.setVariable('step', 1);\n");
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
