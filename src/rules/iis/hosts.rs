//! Host names and protocols of bindings: what IIS or a client cannot make use of.

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Binding, ConfigurationKind, Generation, Site},
    },
    rules::words,
};

use super::{flags, look};

/// HTTPS bindings that nothing stands in for, whatever can be made of them.
fn written(sites: &[Site]) -> impl Iterator<Item = (&Site, &Binding)> {
    sites.iter().filter(|it| !it.is_default).flat_map(|site| {
        site.bindings.iter().filter(|it| it.is_https() && !it.opaque).map(move |it| (site, it))
    })
}

/// See the card.
pub(crate) fn wildcard_host(model: &Model, out: &mut Findings) {
    for (id, it) in look::configurations(model) {
        let machines = look::machines_of(model, id);
        for (site, binding) in written(&it.sites) {
            let host = binding.host.as_str();
            if !host.contains('*') || host == "*" {
                continue;
            }
            if host.strip_prefix("*.").is_none_or(|rest| rest.contains('*') || rest.is_empty()) {
                let message = format!(
                    "host `{host}` of {} has `*` in another place than the whole first label: IIS takes no such name, and the site answers for none of the hosts that are meant",
                    look::title(site)
                );
                out.report(message, binding.at, "only `*.example.com` is a wildcard")
                    .level(look::level_for(site, Level::Error))
                    .help("write `*.` and the domain, or a binding for each host");
                continue;
            }
            let old: Vec<_> = machines
                .iter()
                .filter(|it| flags::generation(**it).is_some_and(|it| it < Generation::Ws2016))
                .collect();
            let Some(first) = old.first() else { continue };
            let names: Vec<String> = old.iter().map(|it| look::quoted(**it)).collect();
            let message = format!(
                "host `{host}` of {} is a wildcard, which IIS knows since version 10: on {} the site answers for none of its hosts",
                look::title(site),
                words::list(&names, 3)
            );
            let finding = out.report(message, binding.at, "a wildcard");
            finding.level(look::level_for(site, Level::Error));
            for seen in old.iter().take(words::SHOWN) {
                if let Some(at) = seen.records_at().or_else(|| seen.administration().map(|it| it.at)) {
                    let runs = flags::generation(**first).map_or("an older IIS", flags::windows);
                    finding.label(at, format!("{} runs {runs}", look::quoted(**seen)));
                }
            }
            finding.help("write a binding for each host until the machines run Windows Server 2016");
        }
    }
}

/// What is wrong with a host name: whether clients can reach it at all, and what to say.
fn complaint(host: &str) -> Option<(Level, &'static str, &'static str)> {
    let labels = || host.trim_start_matches("*.").split('.');
    Some(if host.contains('/') {
        (Level::Warning, "has a slash", "write the host name alone, without scheme and path")
    } else if host.contains(char::is_whitespace) {
        (Level::Warning, "has a blank", "take the blank out")
    } else if host.ends_with('.') {
        (Level::Warning, "ends in a dot", "take the dot at the end off")
    } else if host.starts_with('.') || host.contains("..") {
        (Level::Warning, "has an empty label", "write the name with one dot between two labels")
    } else if host.len() > 253 || labels().any(|it| it.len() > 63) {
        (
            Level::Warning,
            "is longer than DNS allows (63 octets a label, 253 in all)",
            "write a name that DNS can hold",
        )
    } else if !host.is_ascii() {
        (
            Level::Note,
            "is not written in ASCII, and clients send the form that begins with `xn--`",
            "write the `xn--` form of the name if clients get the wrong certificate",
        )
    } else {
        return None;
    })
}

/// See the card.
pub(crate) fn host_form(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        for (site, binding) in written(&it.sites) {
            let Some((level, what, help)) = complaint(&binding.host) else { continue };
            let effect = if level == Level::Note {
                "the site may answer for no name that a client sends"
            } else {
                "no client ever sends such a name, so the site answers nobody"
            };
            let message = format!("host `{}` of {} {what}: {effect}", binding.host, look::title(site));
            out.report(message, binding.at, "the host name").level(look::level_for(site, level)).help(help);
        }
    }
}

/// See the card.
pub(crate) fn protocol_case(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        if !matches!(it.kind, ConfigurationKind::ApplicationHost | ConfigurationKind::Fragment) {
            continue;
        }
        for (site, binding) in written(&it.sites) {
            let protocol = binding.protocol.trimmed();
            if protocol == "https" {
                continue;
            }
            let message = format!(
                "the protocol of binding `{}` of {} is written `{protocol}`: tools that look for `https` do not find it, so its certificate is neither set nor renewed with the others",
                binding.written,
                look::title(site)
            );
            out.report(message, binding.protocol.at, "IIS writes `https`").help("write `protocol=\"https\"`");
        }
    }
}
