//! Shapes of files as they were found, the corpus where it is there, and any text at all.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::{
    model::{
        Facts,
        iis::{Address, Command, CommandKind, ConfigurationKind, Unit},
    },
    source::{FileId, Location, Place, Source},
    systems::{Input, Probe},
};

/// A file as the system reads it, where it recognises it.
fn read_bytes(path: &str, bytes: &[u8]) -> Option<(Source, Facts)> {
    let head = &bytes[..bytes.len().min(1024)];
    let text = crate::source::decode::decode(head).map(|(text, _)| text);
    let probe = Probe { path, head, text: text.as_deref() };
    let input = Input { file: FileId(0), path, bytes };
    (super::SYSTEM.recognise)(&probe).then(|| super::SYSTEM.read_bytes(&input))
}

fn read(path: &str, text: &str) -> Unit {
    let (_, facts) = read_bytes(path, text.as_bytes()).unwrap_or_else(|| panic!("{path} is not recognised"));
    *facts.iis.unwrap_or_else(|| panic!("{path} says nothing"))
}

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("TLSLINT_CORPUS").map_or(beside, PathBuf::from).join("iis");
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: no corpus at ../shared/corpus");
    None
}

/// File, kind, sites that are no defaults, bindings: counted by eye.
#[rustfmt::skip]
const FILES: &[(&str, ConfigurationKind, usize, usize)] = &[
    ("apphost_container_ws.config", ConfigurationKind::ApplicationHost, 1, 1),
    ("apphost_default_443_sslflags0.config", ConfigurationKind::ApplicationHost, 1, 2),
    ("apphost_eic_iiscng_enc.config", ConfigurationKind::ApplicationHost, 2, 2),
    ("apphost_host_sslflags0.config", ConfigurationKind::ApplicationHost, 2, 3),
    ("apphost_iis8_mixed_ip_and_host_no_sni.config", ConfigurationKind::ApplicationHost, 15, 22),
    ("apphost_iisexpress_jexus_fixture.config", ConfigurationKind::Express, 12, 26),
    ("apphost_many_sites_empty_ip_443_conflict.config", ConfigurationKind::ApplicationHost, 62, 80),
    ("apphost_plain_no_https.config", ConfigurationKind::ApplicationHost, 1, 1),
    ("apphost_sharedconfig_repo.config", ConfigurationKind::ApplicationHost, 4, 7),
    ("apphost_sni_sslflags1.config", ConfigurationKind::ApplicationHost, 1, 2),
    ("apphost_wildcard_host_no_sni.config", ConfigurationKind::ApplicationHost, 1, 1),
    ("synthetic_farm_seed001/shared/applicationHost.config", ConfigurationKind::ApplicationHost, 1, 2),
    ("appcmd_site_list.xml", ConfigurationKind::Printed, 4, 6),
    ("appcmd_site_list_config.xml", ConfigurationKind::Printed, 2, 4),
    ("doc_binding.xml", ConfigurationKind::Fragment, 1, 2),
    ("doc_ftp_ssl_servercerthash.xml", ConfigurationKind::Fragment, 1, 1),
    ("doc_hsts_site.xml", ConfigurationKind::Fragment, 1, 2),
    ("apphost_custommetadata_5506.xml", ConfigurationKind::Fragment, 0, 0),
    ("doc_access_ssl.xml", ConfigurationKind::Fragment, 0, 0),
    ("doc_clientcert_manytoone.xml", ConfigurationKind::Fragment, 0, 0),
    ("doc_clientcert_onetoone.xml", ConfigurationKind::Fragment, 0, 0),
];

#[test]
fn real_files_have_the_sites_that_were_counted() {
    let Some(corpus) = corpus() else { return };
    for (file, kind, sites, bindings) in FILES {
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        let (_, facts) = read_bytes(file, &bytes).unwrap_or_else(|| panic!("{file} is not recognised"));
        let unit = facts.iis.unwrap_or_else(|| panic!("{file} says nothing"));
        let [configuration] = &unit.configurations[..] else { panic!("{file}: {unit:?}") };
        assert!(facts.problems.is_empty(), "{file}: {:?}", facts.problems);
        assert_eq!(configuration.kind, *kind, "{file}");
        assert!(configuration.misspelt.is_empty(), "{file}: {:?}", configuration.misspelt);
        let found = configuration.sites.iter().map(|it| it.bindings.len()).sum::<usize>();
        assert_eq!((configuration.sites.len(), found), (*sites, *bindings), "{file}");
    }
    for (file, enabled, path, misspelt) in [
        ("redirection_container_cng.config", None, None, 0),
        ("redirection_jexus_test.config", None, None, 0),
        ("redirection_sharedgitconfig.config", None, None, 0),
        ("doc_redirection_plain.xml", Some("true"), Some(r"\\machinename\centralconfig$\"), 0),
        ("doc_redirection_uppercase.xml", Some("true"), Some(r"\\ServerName\ShareName"), 4),
        ("synthetic_farm_seed001/node1/redirection.config", Some("true"), Some(r"C:\SharedIIS"), 0),
    ] {
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        let (_, facts) = read_bytes(file, &bytes).unwrap_or_else(|| panic!("{file} is not recognised"));
        let unit = facts.iis.unwrap_or_else(|| panic!("{file} says nothing"));
        let [redirection] = &unit.redirections[..] else { panic!("{file}: {unit:?}") };
        assert!(unit.configurations.is_empty(), "{file}");
        assert_eq!(redirection.enabled.as_ref().map(|it| &*it.text), enabled, "{file}");
        assert_eq!(redirection.path.as_ref().map(|it| &*it.text), path, "{file}");
        assert_eq!(redirection.misspelt.len(), misspelt, "{file}: {:?}", redirection.misspelt);
        assert_eq!(redirection.plain_password, None, "{file}");
    }
    let bytes = std::fs::read(corpus.join("administration_sharedgitconfig.config")).unwrap();
    let (_, facts) = read_bytes("administration_sharedgitconfig.config", &bytes).unwrap();
    assert_eq!(facts.iis.unwrap().administrations[0].version.text, "8.5.0.0");
}

#[test]
fn details_of_a_configuration_are_read() {
    let text = r#"<?xml version="1.0"?>
<configuration>
 <configProtectedData><providers>
  <add name="IISWASOnlyRsaProvider" keyContainerName="iisWasKey"/>
  <add name="AesProvider" keyContainerName="k" sessionKey="c2Vzc2lvbg=="/>
 </providers></configProtectedData>
 <system.applicationHost><sites>
  <site name="Web" id="1" serverAutoStart="false">
   <bindings>
    <binding protocol="https" bindingInformation="10.0.0.1:443:A.test" sslFlags="0x21" certificateHash="AB" />
    <binding protocol="HTTPS" bindingInformation="*:444:" sslflags="3" />
    <binding protocol="net.pipe" bindingInformation="*" />
   </bindings>
   <ftpServer><security><ssl serverCertHash="00" controlChannelPolicy="SslRequire"/></security></ftpServer>
  </site>
  <siteDefaults><logFile/></siteDefaults>
 </sites>
 <customMetadata><key path="LM/W3SVC/1"><property id="5506" value="oXiHOzFAMOF0YxIuI7soWvDFEzg="/></key></customMetadata>
 </system.applicationHost>
 <system.webServer><security><access sslFlags="None"/></security></system.webServer>
 <location path="Web/in"><system.webServer><security>
  <access sslFlags="ssl, SslRequireCert"/>
  <authentication><iisClientCertificateMappingAuthentication enabled="true">
   <oneToOneMappings>
    <add userName="u" password="hunter2" certificate="MIIB"/>
    <add userName="v" password="[enc:AesProvider:c2VjcmV0:enc]" certificate="MIIC"/>
   </oneToOneMappings>
  </iisClientCertificateMappingAuthentication></authentication>
 </security></system.webServer></location>
 <location path="b"><system.webServer><security><access sslFlags="104"/></security></system.webServer></location>
</configuration>"#;
    let (source, facts) = read_bytes("x/applicationHost.config", text.as_bytes()).unwrap();
    let unit = facts.iis.unwrap();
    let [it] = &unit.configurations[..] else { panic!("{unit:?}") };
    assert_eq!(it.kind, ConfigurationKind::ApplicationHost);
    assert_eq!(it.providers.len(), 2);
    assert_eq!(it.providers[0].1.name, "iisWasKey");
    assert!(!it.providers[1].1.name.contains("c2Vzc2lvbg"));
    let [site] = &it.sites[..] else { panic!("{:?}", it.sites) };
    assert!(site.stopped.is_some());
    assert_eq!(site.ftp.as_ref().unwrap().hash.as_ref().unwrap().text, "00");
    let [first, second, third] = &site.bindings[..] else { panic!("{site:?}") };
    assert_eq!((first.flags, first.host.as_str()), (Some(33), "a.test"));
    assert_eq!(first.address, Address::One("10.0.0.1".parse().unwrap()));
    assert_eq!(first.hash.as_ref().unwrap().text, "AB");
    assert!(second.is_https() && second.is_central());
    assert_eq!((third.port, third.opaque), (None, false));
    assert_eq!(
        it.misspelt.iter().map(|(it, meant)| (&*it.text, *meant)).collect::<Vec<_>>(),
        [("sslflags", "sslFlags")]
    );
    assert_eq!(it.metadata[0].site.as_deref(), Some("1"));
    assert_eq!(it.metadata[0].hash.as_deref(), Some("a178873b314030e17463122e23bb285af0c51338"));
    let words: Vec<(Option<&str>, String)> =
        it.access.iter().map(|it| (it.path.as_ref().map(|it| &*it.text), it.words.join(" "))).collect();
    assert_eq!(
        words,
        [
            (None, "None".to_owned()),
            (Some("Web/in"), "Ssl SslRequireCert".to_owned()),
            (Some("b"), "Ssl SslNegotiateCert SslRequireCert".to_owned()),
        ]
    );
    let mapping = &it.mappings[0];
    assert_eq!((mapping.certificates.len(), mapping.plain_passwords.len(), mapping.is_iis), (2, 1, true));
    assert!(it.encrypted.is_some());
    for secret in ["hunter2", "c2VjcmV0", "c2Vzc2lvbg"] {
        assert!(!source.text.contains(secret), "{}", source.text);
    }
    assert_eq!(source.text.len(), text.len());
}

const SMALL: &str = "<configuration>\r\n<system.applicationHost><sites><site name=\"ü\" id=\"1\"><bindings>\
    <binding protocol=\"https\" bindingInformation=\"*:443:h\" sslFlags=\"3\"/></bindings></site></sites>\
    </system.applicationHost></configuration>";

#[test]
fn encodings_make_no_difference() {
    let utf16: Vec<u8> = SMALL.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&b"\xef\xbb\xbf"[..], SMALL.as_bytes()].concat();
    let marked16 = [&b"\xff\xfe"[..], &utf16].concat();
    for bytes in [SMALL.as_bytes(), &marked, &marked16, &utf16] {
        let (_, facts) = read_bytes("a.config", bytes).unwrap();
        let unit = facts.iis.unwrap();
        assert_eq!(unit.configurations[0].kind, ConfigurationKind::ApplicationHost);
        assert_eq!(unit.configurations[0].sites[0].bindings[0].flags, Some(3));
        assert_eq!(unit.configurations[0].sites[0].name.as_ref().unwrap().text, "ü");
    }
}

#[test]
fn parts_and_templates_are_fragments() {
    let cut = SMALL.split("</site>").next().unwrap();
    let looped = SMALL.replace("<site ", "{% for s in sites %}<site ");
    for text in [
        cut,
        &looped,
        "<sites><site name='a'><bindings><binding protocol='https' bindingInformation=':1:'/></bindings></site></sites>",
    ] {
        let unit = read("applicationHost.config", text);
        assert_eq!(unit.configurations[0].kind, ConfigurationKind::Fragment, "{text}");
        assert_eq!(unit.configurations[0].sites[0].bindings.len(), 1);
    }
    let express = SMALL.replace("<sites>", "<sites><!-- %IIS_BIN% -->");
    assert_eq!(read("a.config", &express).configurations[0].kind, ConfigurationKind::Express);
}

#[test]
fn web_config_tells_about_access_alone() {
    let text = "<configuration><connectionStrings><add name='x' connectionString='Server=a;Password=hunter2'/>\
        </connectionStrings><system.webServer><security><access sslFlags='Ssl'/></security></system.webServer>\
        </configuration>";
    let (source, facts) = read_bytes("app/Web.config", text.as_bytes()).unwrap();
    let unit = facts.iis.unwrap();
    assert_eq!(unit.configurations[0].kind, ConfigurationKind::Web);
    assert_eq!(unit.configurations[0].access[0].words, ["Ssl"]);
    assert!(!source.text.contains("hunter2"));
    let plain = "<configuration><system.web/><appSettings><add key='Password' value='x'/></appSettings></configuration>";
    let (source, facts) = read_bytes("web.config", plain.as_bytes()).unwrap();
    assert!(facts.iis.is_none() && source.text.is_empty());
}

#[test]
fn other_files_are_left_alone() {
    for (path, text) in [
        ("a.html", "<!doctype html><html><body>&lt;binding bindingInformation=\"*:443:\"&gt;</body></html>"),
        ("app.config", "<configuration><appSettings/></configuration>"),
        ("pom.xml", "<project><build/></project>"),
        (
            "Web.Release.config",
            "<configuration xmlns:xdt=\"http://x\"><access sslFlags=\"Ssl\"/></configuration>",
        ),
        ("nginx.conf", "server { listen 443 ssl; }"),
        ("a.md", "# IIS\n\n```xml\n<binding protocol=\"https\" bindingInformation=\"*:443:\" />\n```\n"),
    ] {
        assert!(read_bytes(path, text.as_bytes()).is_none(), "{path}");
    }
}

fn arguments(command: &Command) -> Vec<(&str, &str)> {
    command.arguments.iter().map(|(name, said)| (&**name, &*said.text)).collect()
}

const PLAYBOOK: &str = r#"- name: bind
  hosts: web
  vars:
    ansible_password: hunter2
  tasks:
    - name: https
      community.windows.win_iis_webbinding:
        name: Default Web Site
        protocol: https
        port: 443
        host_header: "{{ host }}"
        certificate_hash: '{{ thumb }}'
        ssl_flags: 3
    - win_iis_webbinding: name=Web protocol=https port=444 certificate_hash=AB
    - microsoft.iis.website_binding:
        website: Web
        hostname: a.test
        use_ccs: true
    - name: record
      ansible.windows.win_shell: |
        $t = Get-Thumb
        netsh http add sslcert ipport=0.0.0.0:443 `
          certhash=$t appid={4dc3e181-e14b-4a21-b022-59fc669b0914}
    - win_command: netsh http delete sslcert ipport=10.0.0.1:443
    - win_command: >-
        netsh http add sslcert
        ccs=443 appid={4dc3e181-e14b-4a21-b022-59fc669b0914}
    - win_command: "netsh http add sslcert ccs=444 appid=\"{4dc3e181-e14b-4a21-b022-59fc669b0914}\""
    - ansible.windows.win_dsc:
        resource_name: xWebsite
        BindingInfo:
          - Protocol: https
            HostName: a.test
            SslFlags: '1'
"#;

#[test]
fn playbooks_are_read() {
    let (source, facts) = read_bytes("site.yml", PLAYBOOK.as_bytes()).unwrap();
    let unit = facts.iis.unwrap();
    let kinds: Vec<CommandKind> = unit.commands.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            CommandKind::Ansible,
            CommandKind::Ansible,
            CommandKind::Ansible,
            CommandKind::NetshAdd,
            CommandKind::NetshDelete,
            CommandKind::NetshAdd,
            CommandKind::NetshAdd,
            CommandKind::Dsc,
        ]
    );
    let all = &unit.commands;
    assert_eq!(
        arguments(&all[0]),
        [
            ("name", "Default Web Site"),
            ("protocol", "https"),
            ("port", "443"),
            ("hostheader", "{{ host }}"),
            ("certhash", "{{ thumb }}"),
            ("sslflags", "3"),
        ]
    );
    assert_eq!(arguments(&all[1])[3], ("certhash", "AB"));
    assert_eq!(arguments(&all[2]), [("name", "Web"), ("hostheader", "a.test"), ("use_ccs", "true")]);
    assert!(all[3].powershell && all[3].bare_braces.is_some());
    assert_eq!(all[3].argument("certhash").unwrap().text, "$t");
    assert!(!all[4].powershell);
    let app = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";
    assert_eq!(arguments(&all[5]), [("ccs", "443"), ("appid", app)]);
    assert_eq!(arguments(&all[6]), [("ccs", "444"), ("appid", app)]);
    assert_eq!(arguments(&all[7]), [("protocol", "https"), ("hostheader", "a.test"), ("sslflags", "1")]);
    for command in all {
        for (name, said) in &command.arguments {
            let Place::Text(span) = said.at.place else { panic!("{said:?}") };
            assert_eq!(source.slice(span), said.text, "{name}");
        }
    }
    assert!(!source.text.contains("hunter2"));
}

#[test]
fn scripts_without_such_commands_say_nothing() {
    for (path, text) in [
        ("a.ps1", "Write-Host 'hello' -Password hunter2\n"),
        ("a.cmd", "rem netsh http add sslcert ipport=0.0.0.0:443\r\necho x\r\n"),
        ("tasks/main.yml", "- name: x\n  copy: {src: a, dest: b}\n"),
    ] {
        let (source, facts) = read_bytes(path, text.as_bytes()).unwrap();
        assert!(facts.iis.is_none() && source.text.is_empty(), "{path}");
    }
    for (path, text) in [
        ("values.yaml", "replicaCount: 1\nimage: x\n"),
        ("deploy.yml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n"),
        ("a.sh", "#!/bin/sh\necho nginx\n"),
        ("README.md", "```\nnetsh http add sslcert ipport=0.0.0.0:443\n```\n"),
        ("notes.txt", "run: netsh http add sslcert ipport=0.0.0.0:443\n"),
        ("netsh.txt", "SSL Certificate bindings: \n-------------------------\n\n    IP:port : 0.0.0.0:443\n"),
    ] {
        assert!(read_bytes(path, text.as_bytes()).is_none(), "{path}");
    }
}

#[test]
fn what_consoles_print_is_read() {
    let Some(corpus) = corpus() else { return };
    for (file, bindings) in [("ps_get-iissitebinding.txt", 2), ("ps_get-webbinding_iis7.txt", 2)] {
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        let (_, facts) = read_bytes(file, &bytes).unwrap_or_else(|| panic!("{file} is not recognised"));
        let unit = facts.iis.unwrap();
        assert_eq!(unit.configurations[0].kind, ConfigurationKind::Printed);
        assert_eq!(unit.configurations[0].sites[0].bindings.len(), bindings, "{file}");
    }
    // Dumps of machines belong to their own reader.
    for entry in std::fs::read_dir(&corpus).unwrap().map(|it| it.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if ["netsh_", "certutil_", "httpcfg_", "ps_dir", "ps_ssl", "ps_get-webcentral"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            assert!(read_bytes(&name, &std::fs::read(&entry).unwrap()).is_none(), "{name}");
        }
    }
}

/// Every place that a unit names.
fn places(unit: &Unit) -> Vec<Location> {
    let mut found = Vec::new();
    for it in &unit.configurations {
        found.push(it.at);
        for site in &it.sites {
            found.extend([site.at].into_iter().chain(site.stopped).chain(site.name.as_ref().map(|it| it.at)));
            for binding in &site.bindings {
                found.extend([binding.at, binding.protocol.at].into_iter().chain(binding.flags_at));
            }
        }
        found.extend(it.access.iter().map(|it| it.at));
        found.extend(it.mappings.iter().flat_map(|it| it.plain_passwords.iter().copied().chain([it.at])));
        found.extend(it.misspelt.iter().map(|(it, _)| it.at));
    }
    found.extend(unit.redirections.iter().map(|it| it.at));
    found.extend(unit.administrations.iter().flat_map(|it| [it.at, it.version.at]));
    for command in &unit.commands {
        found.push(command.at);
        found.extend(command.arguments.iter().map(|(_, it)| it.at).chain(command.bare_braces));
    }
    found
}

/// Reads a text whatever it looks like, and sees to it that every place lies in it.
fn assert_read(path: &str, text: &str) {
    let (source, facts) = super::SYSTEM.read_bytes(&Input { file: FileId(0), path, bytes: text.as_bytes() });
    let Some(unit) = facts.iis else { return };
    for location in places(&unit) {
        let Place::Text(span) = location.place else { panic!("{location:?}") };
        assert!(source.text.get(span.range()).is_some(), "{span:?} in {text:?}");
    }
}

const PATHS: &[&str] =
    &["applicationHost.config", "a.xml", "web.config", "a.ps1", "a.cmd", "a.yml", "a.txt", "a.sh"];

#[test]
fn any_beginning_is_read() {
    for (path, text) in [("applicationHost.config", SMALL), ("site.yml", PLAYBOOK)] {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert_read(path, &text[..end]);
        }
    }
    let Some(corpus) = corpus() else { return };
    for (file, ..) in FILES.iter().filter(|(file, ..)| !file.starts_with("apphost")) {
        let text = std::fs::read_to_string(corpus.join(file)).unwrap();
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert_read(file, &text[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        for path in PATHS {
            assert_read(path, &text);
        }
    }

    #[test]
    fn pieces_in_any_order_are_read(
        text in "(<configuration>|<system.applicationHost>|<sites>|<site name=\"|<binding protocol=\"https\" bindingInformation=\"|\
            sslFlags=\"|\"|/>|>|</|<location path=\"|<access |password=\"|\\[enc:|:enc\\]|\\*:443:|é|&amp;|SITE \"|\" \\(id:1,|\
            bindings:|http/|,state:Started\\)|protocol|bindingInformation| : |\n|-|pwd=|win_shell: |netsh http add sslcert |\\|){0,30}"
    ) {
        for path in PATHS {
            assert_read(path, &text);
        }
    }

    #[test]
    fn passwords_never_stay(secret in "[a-zA-Z0-9]{8,20}", name in "(password|Password|PASSWORD|sessionKey|xPwd)") {
        let text = SMALL.replace("<sites>", &format!("<sites><x {name}=\"{secret}\" y='[enc:A:{secret}:enc]' {name}='"))
            .replace("<site ", &format!("{secret}'/><site "));
        let input = Input { file: FileId(0), path: "applicationHost.config", bytes: text.as_bytes() };
        let (source, facts) = super::SYSTEM.read_bytes(&input);
        prop_assert!(facts.iis.is_some());
        prop_assert!(!source.text.contains(&*secret), "{}", source.text);
    }
}
