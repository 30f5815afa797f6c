//! What `fixsts.sh` prints while it replaces the signing certificate, and what a shell says that cannot start it.

use crate::{
    model::vcenter::{FixSts, Origin},
    syntax::dates,
    x509::Time,
};

use super::{
    Reading,
    lines::{Line, lines},
};

const BEGIN: &str = "Resetting STS certificate for ";
const PNID: &str = "Detected PNID";
const BAD: &str = "bad interpreter";

pub(super) fn is_one(text: &str) -> bool {
    lines(text).iter().any(|it| {
        it.text.starts_with(BEGIN)
            || it.value(PNID).is_some()
            || is_refused(it)
            || it.text.starts_with("Amount of tenant credentials")
    })
}

/// `bash: ./fixsts.sh: /bin/bash^M: bad interpreter: No such file or directory`
fn is_refused(line: &Line<'_>) -> bool {
    line.text.contains(BAD) && (line.text.contains("^M") || line.text.contains('\r'))
}

pub(super) fn read(text: &str, reading: &mut Reading) {
    if !is_one(text) {
        return;
    }
    let mut runs: Vec<FixSts> = Vec::new();
    for line in lines(text) {
        let file = reading.file;
        if let Some(rest) = line.behind(BEGIN) {
            let host = rest.text.split(" started on ").next().unwrap_or_default();
            let host = Line { text: host, ..rest }.said(file);
            runs.push(FixSts { host: Some(host), last: Some(line.at(file)), ..FixSts::default() });
            continue;
        }
        if is_refused(&line) {
            let none = runs.is_empty();
            if none {
                runs.push(FixSts::default());
            }
            if let Some(run) = runs.last_mut() {
                run.bad_interpreter.get_or_insert(line.at(file));
            }
            continue;
        }
        // A copy may begin behind the banner.
        let begins = line.value(PNID).is_some() || line.value("Detected DN").is_some();
        if runs.is_empty() && begins {
            runs.push(FixSts::default());
        }
        let Some(run) = runs.last_mut() else { continue };
        field(&line, file, run);
    }
    for run in &runs {
        let named = [(Origin::FixSts, &run.pnid), (Origin::DomainController, &run.dn_host)];
        let found = named.into_iter().filter_map(|(origin, it)| Some((origin, it.clone()?)));
        reading.unit.names.extend(found);
    }
    reading.unit.fixes.append(&mut runs);
}

fn field(line: &Line<'_>, file: crate::source::FileId, run: &mut FixSts) {
    let at = line.at(file);
    let day = |value: Line<'_>| {
        let day = dates::day(value.text)?;
        Some((value.said(file), Time(day.seconds)))
    };
    // A rule of `=` is what a script prints between anything.
    if !line.text.bytes().all(|b| b == b'=') {
        run.last = Some(at);
    }
    if let Some(value) = line.value(PNID) {
        run.pnid = Some(value.said(file));
    } else if let Some(value) = line.value("Detected DN") {
        run.dn_host = controller(&value).map(|it| it.said(file));
    } else if let Some(value) = line.value("Detected SSO domain name") {
        run.domain = Some(value.said(file));
    } else if let Some(value) = line.value("Detected Root's certificate expiration date") {
        run.root_ends = day(value);
    } else if let Some(value) = line.value("Detected today's date") {
        run.today = day(value);
    } else if line.text.contains("Root certificate is expired") {
        run.replaces_root.get_or_insert(at);
    } else if let Some(value) = line.value("Amount of tenant credentials") {
        run.credentials = value.text.parse().ok().map(|it| (it, at));
    } else if line.text.starts_with("Deleting tenant") {
        run.deleting.get_or_insert(at);
    } else if line.text.starts_with("adding new entry") {
        run.adding.get_or_insert(at);
    } else if line.text.starts_with("Replacement finished") {
        run.finished.get_or_insert(at);
    } else if line.value("Status").is_some_and(|it| it.text == "Failed")
        || line.text.starts_with("ldap_")
        || line.value("Error Code").is_some()
    {
        run.failed.get_or_insert(at);
    }
}

/// The host of `cn=host,ou=Domain Controllers,dc=…`.
fn controller<'t>(dn: &Line<'t>) -> Option<Line<'t>> {
    let rest = dn.text.strip_prefix("cn=").or_else(|| dn.text.strip_prefix("CN="))?;
    let (host, behind) = rest.split_once(',')?;
    behind.to_ascii_lowercase().starts_with("ou=domain controllers").then_some(Line {
        text: host,
        start: dn.start + 3,
        indent: 0,
    })
}
