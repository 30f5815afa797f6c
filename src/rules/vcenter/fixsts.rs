//! Runs of `fixsts.sh`, words of vCert, and scripts that do not start.

use std::collections::BTreeMap;

use crate::{
    finding::{Change, Findings, Fix},
    model::{
        Location, Model,
        vcenter::{FixSts, Node, Status},
    },
    rules::words,
};

fn runs(model: &Model) -> impl Iterator<Item = (&Node, &FixSts)> {
    model.vcenter.nodes.iter().flat_map(|node| {
        model.vcenter.of(node).flat_map(move |unit| unit.fixes.iter().map(move |it| (node, it)))
    })
}

/// See the card.
pub(crate) fn fixsts_incomplete(model: &Model, out: &mut Findings) {
    for (node, run) in runs(model) {
        let (None, Some(last)) = (run.finished, run.last) else { continue };
        // A page that quotes the head of an output is no run.
        let begun = run.deleting.or(run.failed).or(run.credentials.map(|it| it.1));
        if begun.is_none() || run.pnid.is_none() && run.host.is_none() {
            continue;
        }
        let (message, help) = if run.deleting.is_some() && run.adding.is_none() {
            (
                "stopped after it had begun to delete the signing chains: without one, nobody gets a token",
                "do not restart any service now; go back to the snapshots of all nodes, or add the new chain from `/tmp/vmware-fixsts/sso-sts.ldif` with `ldapadd`",
            )
        } else if run.failed.is_some() {
            (
                "reports an error and did not finish",
                "read the line above the error; the exported chains lie in `/tmp/vmware-fixsts`",
            )
        } else {
            (
                "did not finish, as far as its output goes",
                "look whether the output was cut; if not, run it again on the same node",
            )
        };
        let finding = out.report(
            format!("`fixsts.sh` on {} {message}", node.name),
            run.failed.unwrap_or(last),
            "the last that it said",
        );
        if let Some(at) = run.deleting {
            finding.label(at, "chains were being deleted");
        }
        finding.help(help);
    }
}

/// See the card.
pub(crate) fn fixsts_root_compare_bug(model: &Model, out: &mut Findings) {
    for (node, run) in runs(model) {
        let (Some((end, end_day)), Some((today, day))) = (&run.root_ends, &run.today) else { continue };
        let expired = end_day <= day;
        match (run.replaces_root, expired) {
            (Some(at), false) => out.report(
                format!(
                    "`fixsts.sh` on {} replaced the root as expired, and it was valid until {end_day}: the script compares `{}` with `{}` as text, and months sort by \
                     their letters",
                    node.name,
                    end.trimmed(),
                    today.trimmed()
                ),
                at,
                "a wrong decision",
            ),
            // Without a restart the output ends the same way; only the comparison tells what the script decided.
            (None, true) if end.trimmed() > today.trimmed() => out.report(
                format!(
                    "`fixsts.sh` on {} kept a root that had expired on {end_day}: the script compares `{}` with `{}` as text, and months sort by their letters",
                    node.name,
                    end.trimmed(),
                    today.trimmed()
                ),
                end.at,
                "this root had ended",
            ),
            _ => continue,
        }
        .label(end.at, "the end of the root")
        .label(today.at, "the day of the run")
        .help(
            "after a new root the machine certificate and all solution users must be replaced too (`certificate-manager`, option 8), and NSX, Site Recovery Manager and \
             vSphere Replication registered again",
        );
    }
}

/// See the card.
pub(crate) fn fixsts_twice(model: &Model, out: &mut Findings) {
    let mut by_domain: BTreeMap<&str, BTreeMap<&str, Location>> = BTreeMap::new();
    for (_, run) in runs(model).filter(|(_, it)| it.adding.is_some() || it.finished.is_some()) {
        let (Some(domain), Some(host)) = (&run.domain, run.pnid.as_ref().or(run.host.as_ref())) else {
            continue;
        };
        by_domain.entry(domain.trimmed()).or_default().entry(host.trimmed()).or_insert(host.at);
    }
    for (domain, hosts) in by_domain {
        // `vsphere.local` is the name of most domains: machines of two companies have it too.
        let zones: std::collections::BTreeSet<&str> =
            hosts.keys().filter_map(|it| it.split_once('.')).map(|it| it.1).collect();
        let places: Vec<(&&str, &Location)> = hosts.iter().collect();
        let [(first, at), rest @ ..] = &places[..] else { continue };
        if rest.is_empty() || zones.len() != 1 {
            continue;
        }
        let names: Vec<String> = places.iter().map(|(host, _)| format!("`{host}`")).collect();
        let finding = out.report(
            format!(
                "`fixsts.sh` ran on {} of the SSO domain `{domain}`: the directory is shared, so the second run replaced the chain that the first had made",
                words::list(&names, 4)
            ),
            *rest[0].1,
            "it ran here",
        );
        finding.label(**at, format!("and on `{first}`"));
        for (_, at) in rest.iter().skip(1) {
            finding.label(**at, "and here");
        }
        finding.help("once is enough for a domain; restart the services of all nodes now, so that all take the last chain");
    }
}

/// See the card.
pub(crate) fn pnid_differs(model: &Model, out: &mut Findings) {
    for (_, run) in runs(model) {
        let (Some(pnid), Some(host)) = (&run.pnid, &run.dn_host) else { continue };
        if pnid.trimmed().eq_ignore_ascii_case(host.trimmed()) {
            continue;
        }
        out.report(
            format!(
                "the machine is called `{}` and stands in the directory as `{}`: certificates made for one name do not fit the other",
                pnid.trimmed(),
                host.trimmed()
            ),
            pnid.at,
            "the name of the machine (PNID)",
        )
        .label(host.at, "its name in the directory")
        .help("find out which one is right before any certificate is replaced: `vmafd-cli get-pnid --server-name localhost`; the name is changed with `cmsso-util` or a new \
               deployment, not by hand");
    }
}

/// See the card.
pub(crate) fn vcert_status(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let counts = |it: &&Status| {
            let word = it.word.trimmed();
            let signs = it.task.to_ascii_lowercase().contains("signing certificate");
            // The end of what signs is told as an outage.
            !(matches!(word, "VALID" | "PRESENT") || signs && word == "EXPIRED")
        };
        let found: Vec<&Status> = model.vcenter.of(node).flat_map(|it| &it.statuses).filter(counts).collect();
        let Some((first, rest)) = found.split_first() else { continue };
        let more = match rest.len() {
            0 => String::new(),
            1 => ", and another task".to_owned(),
            count => format!(", and {count} other tasks"),
        };
        let task = if first.heading.is_empty() {
            first.task.clone()
        } else {
            format!("{}: {}", first.heading, first.task)
        };
        let finding = out.report(
            format!("vCert reports `{}` for `{task}` on {}{more}", first.word.trimmed(), node.name),
            first.word.at,
            meaning(first.word.trimmed()),
        );
        for it in rest.iter().take(words::SHOWN) {
            finding.label(it.word.at, format!("`{}`: {}", it.task, meaning(it.word.trimmed())));
        }
        finding.help("vCert stops at the first thing that is wrong with a certificate: save its report (`vcenter-certificate-report.txt`) beside this output to see the rest");
    }
}

/// What a word of vCert says.
fn meaning(word: &str) -> &'static str {
    match word {
        "EXPIRED" => "it has expired",
        "NO PNID" => "the name of the machine is missing in it",
        "NO SAN" => "it has no alternative names",
        "KEY USAGE" => "its key usage is not supported",
        "MISMATCH" => "it differs from its copy in the directory or in VECS",
        "MISSING CA" => "its issuer is not trusted",
        "EMBEDDED CA" => "an authority stands in the entry beside it",
        "ALGORITHM" => "its signature algorithm is not supported",
        "NON-CA" => "it is no authority",
        "BAD ALIAS" => "its alias is not its thumbprint",
        "NO SKID" => "it has no subject key identifier",
        "NOT FOUND" | "MISSING" => "it is not there",
        "PERMISSIONS" => "its permissions are wrong",
        "PROBLEM" => "vCert could not tell more",
        _ => "it ends soon",
    }
}

/// See the card.
pub(crate) fn shell_crlf_shebang(model: &Model, out: &mut Findings) {
    for (path, script) in model.vcenter.scripts().filter(|(_, it)| it.is_about_vcenter) {
        out.report(
            format!(
                "the first line of `{path}` ends in a carriage return: the appliance answers `{}`",
                script.answer()
            ),
            script.at,
            "a carriage return stands at the end",
        )
        .help(format!("`sed -i -e 's/\\r$//' {path}`"))
        .fix(Fix::safe("end the lines with a line feed alone", vec![Change::LineFeeds(script.at)]));
    }
    for (node, run) in runs(model) {
        let Some(at) = run.bad_interpreter else { continue };
        out.report(
            format!("a script did not start on {}: an editor of Windows has put a carriage return at the end of its first line", node.name),
            at,
            "the shell looks for an interpreter with a carriage return in its name",
        )
        .help("`sed -i -e 's/\\r$//' SCRIPT`, then run it again");
    }
}
