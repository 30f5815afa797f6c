//! Scripts whose first line ends in a carriage return, as an editor of Windows leaves them: the kernel looks for an
//! interpreter of that name. Whatever else the file is for another system is read by that system.

use crate::{
    model::{
        Facts,
        vcenter::{Script, Unit},
    },
    source::{Location, Source, Span, decode::decode},
};

use super::{Input, Probe, ReadBy, System};

/// See the module.
pub(super) const SYSTEM: System = System { name: "scripts", recognise, read: ReadBy::Whole(read) };

/// Words of scripts for vCenter.
const VCENTER: &[&str] = &[
    "vmware-vmafd",
    "vecs-cli",
    "dir-cli",
    "vmafd-cli",
    "vmware-vmca",
    "certool",
    "service-control",
    "lsdoctor",
];
/// Names of scripts for vCenter that the knowledge base hands out.
const NAMES: &[&str] =
    &["fixsts", "checksts", "recreate_machine", "fixcerts", "lsdoctor", "vcert", "ls_ssltrust_fixer"];

/// As much as recognition looks at.
const HEAD: usize = 1024;

fn recognise(probe: &Probe<'_>) -> bool {
    first_line(probe.head).is_some()
}

/// Where the first line of a script ends, its carriage return left out.
fn first_line(head: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'\n', head)?;
    let is_script = head.starts_with(b"#!") && head.get(end.checked_sub(1)?) == Some(&b'\r') && end > 3;
    is_script.then(|| end - 1)
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let head = &input.bytes[..input.bytes.len().min(HEAD)];
    let text = decode(head).map(|(text, _)| text);
    let probe = Probe { path: input.path, head, text: text.as_deref() };
    let others = super::ALL.iter().filter(|it| it.name != SYSTEM.name);
    let others = others.filter(|_| !probe.is_source_code());
    let other = others.copied().find(|it| matches!(it.read, ReadBy::Whole(_)) && (it.recognise)(&probe));
    let (mut source, mut facts) = match other {
        Some(other) => other.read_bytes(input),
        None => (Source::unread(input.path), Facts::default()),
    };
    let Some(end) = first_line(input.bytes) else { return (source, facts) };
    if source.text.is_empty() {
        // Only the first line is shown: what else a script holds is nobody's business.
        let first = String::from_utf8_lossy(&input.bytes[..end]).into_owned();
        source = Source::text(input.path, first, crate::source::Encoding::Utf8 { bom: false });
    }
    let first = source.text.lines().next().unwrap_or_default().trim_end_matches('\r');
    let span = Span::new(0, first.len());
    let name = probe.file_name();
    let body = String::from_utf8_lossy(input.bytes);
    let script = Script {
        at: Location::text(input.file, span),
        interpreter: first.trim_start_matches("#!").trim().to_owned(),
        is_about_vcenter: NAMES.iter().any(|it| name.starts_with(it))
            || VCENTER.iter().any(|it| body.contains(it)),
    };
    let unit = facts.vcenter.get_or_insert_with(|| Box::new(Unit::default()));
    unit.scripts.push(script);
    (source, facts)
}
