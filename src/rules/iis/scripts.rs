//! Commands in scripts that leave a site half made, or unmake what the Central Certificate Store needs.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Command, CommandKind, Generation, IIS_APP_ID},
        said::Said,
        tree::parent,
    },
    rules::words,
};

use super::look;

/// A value that only a run of the script knows.
pub(super) fn is_open(text: &str) -> bool {
    text.contains(['$', '%', '<', '(', '@']) || text.contains("{{") || text.contains("[[")
}

/// The `sslFlags` that a command sets, where it says so in numbers or names.
fn flags(it: &Command) -> Option<u32> {
    let said = it.argument("sslflags").filter(|it| !is_open(&it.text))?;
    let text = said.trimmed().trim_matches(['"', '\'']);
    text.parse().ok().or_else(|| {
        text.split(',').try_fold(0, |all, word| {
            Some(
                all | match word.trim().to_ascii_lowercase().as_str() {
                    "none" => 0,
                    "sni" => 1,
                    "centralcertstore" => 2,
                    _ => return None,
                },
            )
        })
    })
}

/// The port of a binding or record that a command names: `None` where it is not said.
fn port(it: &Command) -> Option<String> {
    let of_information = || {
        let text = &it.argument("bindinginformation")?.text;
        text.rsplit(':').nth(1).map(str::to_owned)
    };
    it.argument("port").map(|it| it.trimmed().to_owned()).or_else(of_information).filter(|it| !is_open(it))
}

/// Every `netsh http add|update sslcert`.
fn made(model: &Model) -> impl Iterator<Item = (&str, &Command)> {
    model.iis.commands().filter(|(_, it)| matches!(it.kind, CommandKind::NetshAdd | CommandKind::NetshUpdate))
}

fn quote(powershell: bool) -> String {
    if powershell { format!("'{IIS_APP_ID}'") } else { IIS_APP_ID.to_owned() }
}

/// See the card.
pub(crate) fn script_ccs_half(model: &Model, out: &mut Findings) {
    let central: BTreeSet<&str> = model
        .iis
        .commands()
        .filter(|(_, it)| match it.kind {
            CommandKind::NetshAdd => it.argument("ccs").is_some(),
            // The provider makes the record of the store with the item.
            CommandKind::SslBindingItem => {
                it.argument("path").is_some() && flags(it).is_none_or(|it| it & 2 != 0)
            }
            _ => false,
        })
        .map(|(path, _)| parent(path))
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (path, it) in model.iis.commands() {
        let makes = matches!(
            it.kind,
            CommandKind::NewWebBinding | CommandKind::NewIisSiteBinding | CommandKind::Appcmd
        );
        // What another script beside this one makes is made.
        if !makes
            || flags(it).is_none_or(|it| it & 2 == 0)
            || central.contains(parent(path))
            || !told.insert(path)
        {
            continue;
        }
        let port = port(it).unwrap_or_else(|| "443".to_owned());
        let message = format!(
            "this binding takes its certificate from the Central Certificate Store (`sslFlags` {}), and nothing here makes the record of http.sys for port {port}: until it is there, connections are dropped before IIS sees them",
            flags(it).unwrap_or_default()
        );
        let at = it.argument("sslflags").map_or(it.at, |it| it.at);
        let finding = out.report(message, at, "bit 2 is the Central Certificate Store");
        for (_, other) in model
            .iis
            .commands()
            .filter(|(own, other)| *own == path && flags(other).is_some_and(|it| it & 2 != 0))
            .take(words::SHOWN)
        {
            finding.label(other.argument("sslflags").map_or(other.at, |it| it.at), "and here");
        }
        finding.help(format!(
            "run `netsh http add sslcert ccs={port} appid={}` on every machine of the farm, too",
            quote(it.powershell)
        ));
    }
}

/// See the card.
pub(crate) fn script_binding_no_cert(model: &Model, out: &mut Findings) {
    let given: BTreeSet<&str> = model
        .iis
        .commands()
        .filter(|(_, it)| {
            matches!(it.kind, CommandKind::NetshAdd | CommandKind::NetshUpdate | CommandKind::SslBindingItem)
        })
        .map(|(path, _)| parent(path))
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (path, it) in model.iis.commands().filter(|(_, it)| it.kind == CommandKind::NewWebBinding) {
        let https = it.argument("protocol").is_some_and(|it| it.trimmed().eq_ignore_ascii_case("https"));
        let unknown =
            it.argument("splat").is_some() || it.argument("sslflags").is_some_and(|it| is_open(&it.text));
        if !https
            || unknown
            || flags(it).is_some_and(|it| it & 2 != 0)
            || given.contains(parent(path))
            || !told.insert(path)
        {
            continue;
        }
        let finding = out.report(
            "this https binding gets no certificate: until somebody binds one by hand, connections are dropped before IIS sees them",
            it.at,
            "no certificate is bound in this script or beside it",
        );
        for (_, other) in model
            .iis
            .commands()
            .filter(|(own, other)| *own == path && other.kind == CommandKind::NewWebBinding)
            .take(words::SHOWN)
        {
            if other.argument("protocol").is_some_and(|it| it.trimmed().eq_ignore_ascii_case("https")) {
                finding.label(other.at, "nor for this one");
            }
        }
        finding.help("follow it by `(Get-WebBinding -Name … -Protocol https).AddSslCertificate($thumbprint, 'My')`, or use `New-IISSiteBinding -CertificateThumbPrint …`");
    }
}

/// See the card.
pub(crate) fn script_hostnameport_no_store(model: &Model, out: &mut Findings) {
    for (_, it) in made(model) {
        let Some(name) = it.argument("hostnameport") else { continue };
        let missing: Vec<&str> =
            ["certhash", "certstorename"].into_iter().filter(|name| it.argument(name).is_none()).collect();
        // The old spelling of the Central Certificate Store has a card of its own.
        if missing.is_empty() || name.trimmed().starts_with("*:") {
            continue;
        }
        let message = format!(
            "`netsh` refuses `hostnameport={}` without {}: the record is not made, and clients of this name get another certificate or a dropped connection",
            name.trimmed(),
            words::list(&missing.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>(), 2)
        );
        out.report(message, name.at, "needs the certificate and its store").help(match missing[..] {
            ["certstorename"] => "add `certstorename=MY`".to_owned(),
            _ => "add `certhash=` with the thumbprint, and `certstorename=MY`".to_owned(),
        });
    }
}

/// See the card.
pub(crate) fn script_ipport_no_store(model: &Model, out: &mut Findings) {
    for (_, it) in made(model) {
        let Some(endpoint) = it.argument("ipport").filter(|_| it.argument("certstorename").is_none()) else {
            continue;
        };
        if it.argument("certhash").is_none() {
            continue;
        }
        out.report(
            "the record is made without `certstorename`: http.sys looks in `MY` and prints `(null)`, and PowerShell's `IIS:\\SslBindings` cannot list the records of such a machine any more (error 234)",
            endpoint.at,
            "no store is named",
        )
        .help("add `certstorename=MY`");
    }
}

/// See the card.
pub(crate) fn script_ccs_with_hash(model: &Model, out: &mut Findings) {
    for (_, it) in made(model) {
        let Some(central) = it.argument("ccs") else { continue };
        let value = central.trimmed();
        let odd = !is_open(value) && (value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()));
        if odd {
            let port = value
                .rsplit(':')
                .next()
                .filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
            out.report(
                format!("`ccs={value}` is refused by `netsh`, which wants a port and nothing else: the record is not made, and connections are dropped before IIS sees them"),
                central.at,
                "a port alone",
            )
            .help(format!("write `ccs={} appid={}`", port.unwrap_or("443"), quote(it.powershell)));
        } else if let Some(extra) = it.argument("certhash").or_else(|| it.argument("certstorename")) {
            out.report(
                "`ccs` stands together with a certificate, and `netsh` refuses both at once: the record is not made, and connections are dropped before IIS sees them",
                extra.at,
                "the Central Certificate Store finds the certificate by the name of its file",
            )
            .label(central.at, "the Central Certificate Store")
            .help(format!("write `netsh http add sslcert ccs={value} appid={}` and nothing more", quote(it.powershell)));
        }
    }
}

/// See the card.
pub(crate) fn script_hostnameport_star(model: &Model, out: &mut Findings) {
    for (_, it) in made(model) {
        let Some(name) = it.argument("hostnameport").filter(|it| it.trimmed().starts_with("*:")) else {
            continue;
        };
        let port = name.trimmed().trim_start_matches("*:");
        let message = format!(
            "`hostnameport={}` is how a test version of Windows Server 2012 wrote the record of the Central Certificate Store: today it makes no such record, and connections are dropped before IIS sees them",
            name.trimmed()
        );
        out.report(message, name.at, "a star is no host name here")
            .help(format!("write `netsh http add sslcert ccs={port} appid={}`", quote(it.powershell)));
    }
}

/// An address and port that one machine has: `10.0.0.1:443`.
fn single(said: &Said) -> Option<(std::net::IpAddr, u16)> {
    let (address, port) = said.trimmed().rsplit_once(':')?;
    let address: std::net::IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    (!address.is_unspecified() && !address.is_loopback()).then_some(())?;
    Some((address, port.parse().ok()?))
}

/// See the card.
pub(crate) fn script_specific_ip_add(model: &Model, out: &mut Findings) {
    for (_, it) in made(model) {
        let Some(endpoint) = it.argument("ipport") else { continue };
        let Some((address, port)) = single(endpoint) else { continue };
        let bindings = look::configurations(model).flat_map(|(_, it)| look::https(it));
        let mut named = bindings.filter(|(_, it)| {
            it.port == Some(port) && it.bits() & 3 != 0 && it.address == crate::model::iis::Address::Any
        });
        let Some((site, binding)) = named.next() else { continue };
        let message = format!(
            "this makes a record for the address `{address}`, which http.sys takes before any name: {} and every other site of port {port} that is found by its name get this certificate",
            look::title(site)
        );
        out.report(message, endpoint.at, "an address comes before names")
            .label(look::flags_at(binding), "found by its name")
            .help(format!(
                "write `ipport=0.0.0.0:{port}` for clients that send no name, or `hostnameport=` for one name"
            ));
    }
}

/// See the card.
pub(crate) fn dsc_sslflags(model: &Model, out: &mut Findings) {
    above_three(model, out, CommandKind::Dsc, |value| {
        (
            format!(
                "`SslFlags` {value} is refused by `DSC_WebBindingInformation`, which knows 0 to 3: the configuration is not applied, and the site keeps the binding it has"
            ),
            "set 0 to 3 here, and the other bits with a script that runs after it",
        )
    });
}

/// See the card.
pub(crate) fn ansible_flags(model: &Model, out: &mut Findings) {
    above_three(model, out, CommandKind::Ansible, |value| {
        (
            format!(
                "`ssl_flags` {value} is above 3, and the module takes what is left of half of it for the Central Certificate Store: it may refuse the certificate, or leave the site without one"
            ),
            "set 0 to 3 here, and the other bits with `appcmd` in a task behind it",
        )
    });
}

fn above_three(
    model: &Model,
    out: &mut Findings,
    kind: CommandKind,
    say: impl Fn(u32) -> (String, &'static str),
) {
    for (_, it) in model.iis.commands().filter(|(_, it)| it.kind == kind) {
        let (Some(value), Some(said)) = (flags(it).filter(|it| *it > 3), it.argument("sslflags")) else {
            continue;
        };
        let (message, help) = say(value);
        out.report(message, said.at, "0 to 3").help(help);
    }
}

/// See the card.
pub(crate) fn delete_null(model: &Model, out: &mut Findings) {
    let central = |port: Option<u16>| {
        look::configurations(model)
            .flat_map(|(_, it)| look::https(it))
            .find(|(_, it)| it.is_central() && port.is_none_or(|port| it.port == Some(port)))
    };
    for (path, it) in model.iis.commands().filter(|(_, it)| it.kind == CommandKind::NetshDelete) {
        let again = model.iis.commands().any(|(own, other)| {
            own == path
                && other.kind == CommandKind::NetshAdd
                && other.argument("ccs").is_some()
                && other.at > it.at
        });
        if again {
            continue;
        }
        let ccs = it.argument("ccs").filter(|it| !is_open(&it.text));
        let all = it.arguments.iter().find(|(name, said)| name != "ccs" && said.trimmed().starts_with('$'));
        let (at, port, what) = match (ccs, all) {
            (Some(said), _) => (
                said.at,
                said.trimmed().parse().ok(),
                "this deletes the record of the Central Certificate Store",
            ),
            // A variable alone may stand for every record of the machine.
            (None, Some((name, said))) if name == "ipport" => (
                said.at,
                None,
                "this deletes whatever records the script finds, that of the Central Certificate Store among them",
            ),
            _ => continue,
        };
        let Some((site, binding)) = central(port) else { continue };
        let level = if ccs.is_some() { Level::Warning } else { Level::Note };
        out.report(
            format!(
                "{what}, and {} needs it: connections to every site with `sslFlags` 2 are dropped before IIS sees them, until the record is made again by hand",
                look::title(site)
            ),
            at,
            "the record with `(null)` is no leftover",
        )
        .level(level)
        .label(look::flags_at(binding), "takes its certificate from the Central Certificate Store")
        .help(format!(
            "leave this record alone, or make it again behind it: `netsh http add sslcert ccs={} appid={}`",
            binding.port.unwrap_or(443),
            quote(it.powershell)
        ));
    }
}

/// See the card.
pub(crate) fn script_zero_freshness(model: &Model, out: &mut Findings) {
    let Some(machine) = model.iis.all_seen().find(|it| it.generation() == Some(Generation::Ws2025)) else {
        return;
    };
    for (_, it) in made(model) {
        let zero = |name: &str| it.argument(name).filter(|it| it.trimmed() == "0");
        let Some(said) = zero("revocationfreshnesstime").or_else(|| zero("urlretrievaltimeout")) else {
            continue;
        };
        let finding = out.report(
            format!(
                "Windows Server 2025 is reported to refuse this argument with the value 0, and {} runs it: the record may not be made there",
                look::quoted(machine)
            ),
            said.at,
            "0 is what holds without it",
        );
        if let Some(at) = machine.records_at() {
            finding.label(at, format!("{} runs Windows Server 2025", look::quoted(machine)));
        }
        finding.help("leave the argument out");
    }
}
