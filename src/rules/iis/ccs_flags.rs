//! `sslFlags` with the bit of the Central Certificate Store, and what goes with it.

use crate::{
    finding::{Findings, Level},
    model::{Model, Said, iis::CommandKind},
};

use super::nodes::{by_place, configurations, groups, https_of, label_bindings, mild, names, too_old};

/// See the card.
pub(crate) fn ccs_flag_no_host(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        for (site, binding) in https_of(configuration).filter(|(_, it)| it.is_central() && it.host.is_empty())
        {
            let finding = out.report(
                format!(
                    "a binding of {} takes its certificate from the Central Certificate Store and names no host: the file is \
                     found by the host name alone, so there is none for it, and its connections are dropped",
                    site.title()
                ),
                binding.at,
                "no host name after the port",
            );
            if let Some(at) = binding.flags_at {
                finding.label(at, "the Central Certificate Store");
            }
            let level = mild(Level::Error, &by_place([(site, binding)]));
            finding
                .level(level)
                .help("write the host name after the port (`*:443:www.example.com`), one binding a name");
        }
    }
}

/// See the card.
pub(crate) fn ccs_without_sni(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        let found = by_place(
            https_of(configuration).filter(|(_, it)| it.is_central() && !it.is_sni() && !it.host.is_empty()),
        );
        let Some((at, (site, binding))) = found.iter().next() else { continue };
        let finding = out.report(
            format!(
                "a binding of {} has the Central Certificate Store without Server Name Indication: it works, and only for \
                 clients that send a name all the same",
                site.title()
            ),
            binding.flags_at.unwrap_or(*at),
            "2, not 3",
        );
        label_bindings(finding, &found, "has this binding");
        finding.help("write `sslFlags=\"3\"`, as IIS Manager does where both boxes are ticked");
    }
}

/// See the card.
pub(crate) fn ccs_extra_flags(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        let extra = |bits: u32| bits & 2 != 0 && (4..256).contains(&(bits & !3));
        let found = by_place(https_of(configuration).filter(|(_, it)| extra(it.bits())));
        let Some((at, (site, binding))) = found.iter().next() else { continue };
        let finding = out.report(
            format!(
                "a binding of {} asks for options beside the Central Certificate Store: one record serves all bindings of the \
                 port, and whether http.sys takes options there differs between builds of Windows",
                site.title()
            ),
            binding.flags_at.unwrap_or(*at),
            format!("{} beside 2", binding.bits() & !3),
        );
        label_bindings(finding, &found, "has this binding");
        finding.help("see with `netsh http show sslcert` on every node whether the option is set, or leave `sslFlags` at 3");
    }
}

/// See the card.
pub(crate) fn ccs_with_hash(model: &Model, out: &mut Findings) {
    const HASHES: &[&str] =
        &["certificate_hash", "certificatehash", "certificatethumbprint", "certhash", "sslcertthumbprint"];
    const FLAGS: &[&str] = &["ssl_flags", "sslflags", "sslflag"];
    for (_, command) in model.iis.commands() {
        if !matches!(command.kind, CommandKind::Ansible | CommandKind::Dsc | CommandKind::NewIisSiteBinding) {
            continue;
        }
        let find = |names: &[&str]| {
            let named = names.iter().find_map(|name| command.argument(name));
            named.filter(|it| !it.is_blank() && !it.is_placeholder())
        };
        let (Some(hash), Some(flags)) = (find(HASHES), find(FLAGS)) else { continue };
        if !is_central(flags) {
            continue;
        }
        out.report(
            "this binding is given a thumbprint and told to take its certificate from the Central Certificate Store: only one \
             of them can hold, and the store looks at the host name alone",
            hash.at,
            "not looked at",
        )
        .label(flags.at, "the Central Certificate Store")
        .help("leave the thumbprint out, or the flag");
    }
}

fn is_central(flags: &Said) -> bool {
    let text = flags.trimmed().trim_matches(['"', '\'']);
    match text.parse::<u32>() {
        Ok(bits) => bits < 4 && bits & 2 != 0,
        Err(_) => text.to_ascii_lowercase().contains("centralcertstore"),
    }
}

/// See the card.
pub(crate) fn ccs_feature_too_old(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        let mut old = Vec::new();
        let mut proof = Vec::new();
        for seen in group.machines.iter().copied() {
            if let Some(at) = too_old(seen) {
                old.push(seen);
                proof.push((at, format!("`{}` is Windows Server 2008 or 2008 R2", seen.machine.name)));
            }
        }
        let found = by_place(old.iter().flat_map(|it| it.https()).filter(|(_, it)| it.bits() & 3 != 0));
        let Some((at, (site, binding))) = found.iter().next() else { continue };
        let finding = out.report(
            format!(
                "a binding of {} has `sslFlags` {}, and {} runs IIS 7, which knows neither Server Name Indication nor the \
                 Central Certificate Store: the site has no certificate of its own there",
                site.title(),
                binding.bits(),
                names(&old)
            ),
            binding.flags_at.unwrap_or(*at),
            "read by IIS 8 and later",
        );
        finding.labels_from(proof);
        finding.level(mild(Level::Error, &found)).help(
            "give the site an address of its own on that node, or move it to Windows Server 2012 or later",
        );
    }
}
