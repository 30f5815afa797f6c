//! Paths as Helm reads them: inside the folder of the chart, and nowhere else.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Location, Model, Resolved,
        hybrid::{CHART, Chart, Installation, VirtualHost},
    },
    rules::words,
};

use super::plain;

/// Why Helm does not find a file by its path.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Slip {
    /// `/etc/…`
    Absolute,
    /// `../…`
    Upward,
    /// `./…` in a chart that looks the path up as it is written.
    Dotted,
    /// The file lies beside the overrides.
    Beside(FileId),
}

/// See the card.
pub(crate) fn helm_path_form(model: &Model, out: &mut Findings) {
    for installation in model.hybrid.installations.iter().filter(|it| it.helm) {
        let chart = model.hybrid.chart_of(installation);
        let mut slips: BTreeMap<Slip, Vec<(&VirtualHost, &str, &str, Location)>> = BTreeMap::new();
        for host in installation.overrides.virtual_hosts.iter().filter(|it| it.own_secret().is_none()) {
            for (setting, path) in host.paths() {
                let Some(path) = plain(Some(path)) else { continue };
                if let Some(slip) = slip(model, chart, path.text(), path.at()) {
                    // Files beside the overrides are one mistake, however many they are.
                    let kind = if let Some((Slip::Beside(_), _)) =
                        slips.first_key_value().filter(|_| matches!(slip, Slip::Beside(_)))
                    {
                        *slips.keys().next().unwrap_or(&slip)
                    } else {
                        slip
                    };
                    slips.entry(kind).or_default().push((host, setting, path.text(), path.at()));
                }
            }
        }
        for (slip, places) in slips {
            report(out, installation, chart, slip, &places);
        }
    }
}

fn slip(model: &Model, chart: Option<&Chart>, written: &str, at: Location) -> Option<Slip> {
    if written.starts_with('/') {
        return Some(Slip::Absolute);
    }
    if written.split('/').any(|part| part == "..") {
        return Some(Slip::Upward);
    }
    let chart = chart?;
    if written.starts_with("./") && chart.reads_paths_as_written() {
        return Some(Slip::Dotted);
    }
    let pointer = model.estate.pointers.iter().find(|it| it.at == at)?;
    match pointer.to {
        Resolved::Missing { beside: Some(file), .. } => Some(Slip::Beside(file)),
        _ => None,
    }
}

fn report(
    out: &mut Findings,
    installation: &Installation,
    chart: Option<&Chart>,
    slip: Slip,
    places: &[(&VirtualHost, &str, &str, Location)],
) {
    let Some((host, setting, written, at)) = places.first().copied() else { return };
    let title = host.title(&installation.overrides);
    let folder = chart.map_or(CHART, |it| it.folder.as_str());
    let why = match slip {
        Slip::Absolute => {
            "is an absolute path, and Helm reads nothing outside the folder of the chart".to_owned()
        }
        Slip::Upward => "leads out of the folder of the chart, and Helm reads nothing there".to_owned(),
        Slip::Dotted => "starts with `./`, and this chart looks the path up as it is written".to_owned(),
        Slip::Beside(_) => format!("lies beside the overrides, and Helm looks for it in `{folder}` alone"),
    };
    let finding = out.report(
        format!("`{setting}` of {title}, `{written}`, {why}: {}", effect(chart)),
        at,
        match slip {
            Slip::Beside(_) => "not in the chart",
            _ => "Helm finds nothing here",
        },
    );
    if let Slip::Beside(file) = slip {
        finding.level(Level::Warning);
        finding.label(Location::whole(file), "the file lies here");
    }
    finding
        .labels_from(places.iter().skip(1).take(words::SHOWN).map(|(.., at)| (*at, "nor here".to_owned())));
    if let Some(version) = chart.and_then(|it| it.version.as_ref()) {
        finding.label(version.at, "the version of the chart");
    }
    let name = written.rsplit('/').next().unwrap_or(written);
    finding.help(match slip {
        Slip::Dotted => format!("write `{}`", written.trim_start_matches("./")),
        Slip::Beside(_) => format!(
            "put the files below `{folder}`, or see to it that they are copied there before Helm runs"
        ),
        _ => format!("put the file below `{folder}` and name it from there, as `certs/{name}`"),
    });
}

/// What comes of a path that Helm finds nothing at.
fn effect(chart: Option<&Chart>) -> &'static str {
    if chart.is_some_and(Chart::reads_paths_as_written) {
        "the secret becomes empty without a word, `helm upgrade` succeeds, and the ingress gateway refuses every \
         handshake"
    } else {
        "`helm upgrade` stops with `is either an empty file or unreachable`, or, with an older chart, makes an empty \
         secret without a word, and the ingress gateway refuses every handshake"
    }
}
