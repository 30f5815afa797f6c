//! The addresses that machines of a farm listen on.

use std::{collections::BTreeSet, net::IpAddr};

use crate::{finding::Findings, model::Model, rules::words};

/// See the card.
pub(crate) fn farm_iplisten_differs(model: &Model, out: &mut Findings) {
    for farm in &model.iis.farms {
        let told: Vec<_> = farm
            .machines
            .iter()
            .map(|at| model.iis.seen(*at))
            .filter_map(|seen| Some((seen.machine.name.as_str(), seen.listen()?)))
            .collect();
        // Machines have addresses of their own: what differs is whether a list is there at all, or how long it is.
        let shape = |addresses: &[(IpAddr, crate::model::Location)]| -> (usize, BTreeSet<bool>) {
            (addresses.len(), addresses.iter().map(|(it, _)| it.is_ipv6()).collect())
        };
        let Some((first, rest)) = told.split_first() else { continue };
        let Some((name, list)) =
            rest.iter().find(|(_, it)| shape(&it.addresses) != shape(&first.1.addresses))
        else {
            continue;
        };
        let says = |addresses: &[(IpAddr, crate::model::Location)]| {
            let all: Vec<String> = addresses.iter().map(|(it, _)| format!("`{it}`")).collect();
            if all.is_empty() { "every address".to_owned() } else { words::list(&all, 3) }
        };
        let finding = out.report(
            format!(
                "`{name}` listens on {}, and `{}` on {}: http.sys refuses connections to any other address, so what one node of the farm answers another drops",
                says(&list.addresses),
                first.0,
                says(&first.1.addresses)
            ),
            list.addresses.first().map_or(list.at, |(_, at)| *at),
            format!("the list of `{name}`"),
        );
        for (other, it) in told.iter().filter(|(other, _)| other != name).take(words::SHOWN) {
            let at = it.addresses.first().map_or(it.at, |(_, at)| *at);
            finding.label(at, format!("the list of `{other}`: {}", says(&it.addresses)));
        }
        finding.help(format!(
            "on `{name}` compare `netsh http show iplisten` with the other nodes; `netsh http delete iplisten ipaddress=ADDRESS` takes an address out, and an empty list means all"
        ));
    }
}
