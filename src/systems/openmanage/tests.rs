//! Files of OpenManage Enterprise as people have them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;

use crate::{
    model::{
        Facts,
        openmanage::{Mode, Reason, Unit},
    },
    source::{FileId, Source},
    systems::{self, Input},
};

fn read(path: &str, text: &str) -> (Source, Facts) {
    let bytes = text.as_bytes();
    let system = systems::of(path, &bytes[..bytes.len().min(1024)]).unwrap();
    system.read_bytes(&Input { file: FileId(0), path, bytes })
}

fn unit(path: &str, text: &str) -> Unit {
    *read(path, text).1.openmanage.unwrap()
}

const CHAIN: &str = "SSLController - uploadNewCertificateChain(): Error uploading certificate chain: ";

fn entry(part: &str, code: &str, arguments: &str) -> String {
    format!(
        "[ERROR] 2026-01-25 11:10:34.735 [ajp-nio-0:0:0:0:0:0:0:1-8009-exec-10] {part}{{\"error\":{{\"code\":\"Base.1.0.GeneralError\",\
         \"@Message.ExtendedInfo\":[{{\"MessageId\":\"{code}\",\"MessageArgs\":[{arguments}],\"Severity\":\"Critical\"}}]}}}}\n"
    )
}

#[test]
fn refusals_are_read_from_a_log() {
    let noise = "[INFO] 2026-01-25 11:10:34.001 [main] DeviceController - {\"MessageId\":\"CGEN1008\"}\n";
    let text = [
        noise.to_owned(),
        entry(CHAIN, "CGEN1008", "\"Invalid CSR key.\""),
        noise.to_owned(),
        entry("SSLController - ", "CSEC9002", ""),
        entry("JobController - ", "CGEN1008", "\"Something else.\""),
        entry(CHAIN, "CGEN1008", "\"Something new.\""),
    ]
    .concat();
    let (source, facts) = read("tomcat/application.log", &text);
    let unit = facts.openmanage.unwrap();
    let found: Vec<_> = unit.answers.iter().map(|it| (it.reason.clone(), it.mode)).collect();
    assert_eq!(
        found,
        [
            (Reason::RequestKey, Some(Mode::Chain)),
            (Reason::File, Some(Mode::Server)),
            (Reason::Other("Something new.".to_owned()), Some(Mode::Chain)),
        ]
    );
    let lines: Vec<usize> =
        unit.answers.iter().map(|it| source.position(source.span(it.at.place).start).line).collect();
    assert_eq!(lines, [2, 4, 6]);
    assert_eq!(source.slice(source.span(unit.answers[0].at.place)), "Invalid CSR key.");
    assert_eq!(unit.answers[0].moment.as_deref(), Some("2026-01-25 11:10:34"));
}

#[test]
fn lines_may_be_broken_wherever_a_window_ended() {
    let whole = entry(CHAIN, "CGEN1008", "\"Invalid certificate chain provided.\"");
    for width in [30, 47, 60, 80, 120] {
        let mut text = String::new();
        for (at, c) in whole.trim_end().chars().enumerate() {
            // The head stands on one line, or nobody could tell that an entry begins.
            if at > 110 && at % width == 0 {
                text.push('\n');
            }
            text.push(c);
        }
        let unit = unit("ticket.txt", &text);
        assert_eq!(unit.answers.len(), 1, "{text}");
        assert_eq!(unit.answers[0].reason, Reason::Chain, "{text}");
    }
}

#[test]
fn an_entry_that_never_ends_hides_no_other() {
    let text = format!(
        "[ERROR] 2026-01-25 11:10:34.735 [x] {CHAIN}{{\"error\":{{\n{}",
        entry(CHAIN, "CGEN1008", "\"Invalid CSR key.\"")
    );
    assert_eq!(unit("application.log", &text).answers.len(), 1);
}

#[test]
fn what_repeats_is_counted_and_not_kept() {
    let text = entry(CHAIN, "CGEN1008", "\"Invalid CSR key.\"").repeat(5000);
    let (source, facts) = read("application.log", &text);
    let unit = facts.openmanage.unwrap();
    assert_eq!(unit.answers.len(), 20);
    assert_eq!(unit.more, [(Reason::RequestKey, 4980)]);
    assert!(source.text.len() < 20 * 400);
}

#[test]
fn a_request_may_stand_on_one_line() {
    let pem = include_str!("../../../testdata/openmanage/pki/source.csr");
    let joined: String = pem.trim().lines().collect();
    let written = pem.trim().replace('\n', "\\n");
    let answer = format!("{{\"CertificateData\": \"{written}\"}}");
    for (path, text) in [("csr_data.txt", &joined), ("csr_data.txt", &written), ("answer.json", &answer)] {
        let unit = unit(path, text);
        assert_eq!(unit.requests.len(), 1, "{text}");
        assert_eq!(unit.requests[0].1.subject.common_name.as_deref(), Some("oment-310.example.com"));
    }
}

#[test]
fn tasks_are_read_and_their_passwords_are_not_shown() {
    let text = "\
- hosts: ome
  module_defaults:
    group/dellemc.openmanage.ome:
      password: hunter2
  tasks:
    - block:
        - dellemc.openmanage.ome_application_certificate:
            password: \"hunter2\"
            command: \"upload_cert_chain\"
            upload_file: \"files/
             chain.pem\"
        - ansible.builtin.uri:
            url: https://ome/api/ApplicationService/Actions/ApplicationService.UploadCertificate
            src: leaf.pem
            url_password: hunter2
        - dellemc.openmanage.ome_application_certificate:
            distinguished_name: ome.example.com
        - ansible.builtin.copy:
            content: \"{{ result.csr_status.CertificateData }}\"
            dest: csr_data.txt
";
    let (source, facts) = read("site.yml", text);
    assert!(!source.text.contains("hunter2"), "{}", source.text);
    let unit = facts.openmanage.unwrap();
    let uploads: Vec<_> = unit.uploads.iter().map(|it| (it.mode, it.file.text.as_str())).collect();
    assert_eq!(uploads, [(Mode::Chain, "files/ chain.pem"), (Mode::Server, "leaf.pem")]);
    assert_eq!(unit.payloads.len(), 1);
    assert_eq!(unit.written_requests[0].text, "csr_data.txt");
}

#[test]
fn a_task_far_down_in_a_playbook_is_found() {
    let text = format!(
        "- hosts: ome\n  tasks:\n{}    - dellemc.openmanage.ome_application_certificate:\n        command: upload\n        upload_file: a.pem\n",
        "    - name: Something else\n      ansible.builtin.debug:\n        msg: nothing\n".repeat(40)
    );
    assert_eq!(unit("site.yml", &text).uploads.len(), 1);
}

#[test]
fn calls_of_curl_are_read() {
    let text = "#!/bin/sh\n\
        curl -k -u \"admin:hunter2\" -H 'X-Auth-Token: hunter2' -X POST --data-binary \"@chain.pem\" \\\n\
        https://ome/api/ApplicationService/Actions/ApplicationService.UploadCertChain\n\
        curl -T leaf.pem https://ome/api/ApplicationService/Actions/ApplicationService.UploadCertificate\n";
    let (source, facts) = read("upload.sh", text);
    assert!(!source.text.contains("hunter2"), "{}", source.text);
    let uploads: Vec<_> =
        facts.openmanage.unwrap().uploads.into_iter().map(|it| (it.mode, it.file.text)).collect();
    assert_eq!(uploads, [(Mode::Chain, "chain.pem".to_owned()), (Mode::Server, "leaf.pem".to_owned())]);
}

proptest! {
    #[test]
    fn nothing_that_stands_in_a_log_stops_the_reader(
        parts in prop::collection::vec(
            prop_oneof![
                Just("[ERROR] 2026-01-25 11:10:34.735 [x] SSLController - ".to_owned()),
                Just("{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":\"CGEN1008\",".to_owned()),
                Just("\"MessageArgs\":[\"Invalid CSR key.\"]}]}}".to_owned()),
                Just("\n".to_owned()),
                Just("Unable to mutually authenticate and".to_owned()),
                Just("connect to the remote appliance".to_owned()),
                Just("\u{e4}\"\\{}".to_owned()),
                "[ -~\\n]{0,20}",
            ],
            0..30,
        )
    ) {
        let text = parts.concat();
        let input = Input { file: FileId(0), path: "application.log", bytes: text.as_bytes() };
        let (source, facts) = super::super::openmanage_logs::SYSTEM.read_bytes(&input);
        for answer in facts.openmanage.iter().flat_map(|it| &it.answers) {
            let span = source.span(answer.at.place);
            prop_assert!(source.text.get(span.range()).is_some());
        }
        for path in ["a.yml", "a.json", "a.sh", "a.txt"] {
            let _ = super::read(&Input { file: FileId(0), path, bytes: text.as_bytes() });
        }
    }
}
