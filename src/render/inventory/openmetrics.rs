//! Metrics by the names and labels of x509-certificate-exporter, so that its dashboards and alerts work: one series for
//! each certificate and file. Valid as `OpenMetrics` 1.0 and as the text format of Prometheus.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use crate::finding::{
    Inventory,
    inventory::{Asset, Kind, Name, Spot},
    visible,
};

/// Labels with their values, in the order they are written.
type Labels = Vec<(String, String)>;

/// Families with their help, in the order they are written.
const FAMILIES: [(&str, &str); 8] = [
    ("x509_cert_not_before", "Seconds since 1970 from which the certificate is valid"),
    ("x509_cert_not_after", "Seconds since 1970 until which the certificate is valid"),
    ("x509_cert_expired", "1 if the certificate had expired on the day of the inventory, else 0"),
    ("x509_cert_error", "1 if what should be a certificate cannot be read, else 0"),
    ("x509_crl_this_update", "Seconds since 1970 at which the revocation list was issued"),
    ("x509_crl_next_update", "Seconds since 1970 at which the next revocation list is due"),
    ("x509_crl_number", "Number of the revocation list"),
    ("x509_crl_stale", "1 if the next revocation list was due on the day of the inventory, else 0"),
];

/// Samples by family.
#[derive(Default)]
struct Samples(BTreeMap<&'static str, Vec<(String, String)>>);

impl Samples {
    fn add(&mut self, family: &'static str, labels: &Labels, value: &impl ToString) {
        self.0.entry(family).or_default().push((text(labels), value.to_string()));
    }
}

/// Writes the families that have samples, and the mark of the end.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write) -> io::Result<()> {
    let mut samples = Samples::default();
    for (labels, asset) in series(inventory) {
        match asset.kind {
            Kind::Certificate => certificate(&mut samples, &labels, asset),
            _ => revocation_list(&mut samples, &labels, asset),
        }
    }
    for path in inventory.broken.iter().map(|it| it.path.as_str()).collect::<BTreeSet<_>>() {
        samples.add("x509_cert_error", &of_file(path), &1);
    }
    let mut out = String::new();
    for (family, help) in FAMILIES {
        let Some(samples) = samples.0.get(family) else { continue };
        let _ = write!(out, "# HELP {family} {help}\n# TYPE {family} gauge\n");
        for (labels, value) in samples {
            let _ = writeln!(out, "{family}{{{labels}}} {value}");
        }
    }
    out.push_str("# EOF\n");
    to.write_all(out.as_bytes())
}

fn certificate(samples: &mut Samples, labels: &Labels, asset: &Asset) {
    if let Some(from) = &asset.from {
        samples.add("x509_cert_not_before", labels, &from.unix);
    }
    if let Some(until) = &asset.until {
        samples.add("x509_cert_not_after", labels, &until.unix);
        samples.add("x509_cert_expired", labels, &u8::from(asset.is_expired()));
    }
    samples.add("x509_cert_error", labels, &0);
}

fn revocation_list(samples: &mut Samples, labels: &Labels, asset: &Asset) {
    if let Some(from) = &asset.from {
        samples.add("x509_crl_this_update", labels, &from.unix);
    }
    if let Some(until) = &asset.until {
        samples.add("x509_crl_next_update", labels, &until.unix);
        samples.add("x509_crl_stale", labels, &u8::from(asset.is_expired()));
    }
    if let Some(number) = &asset.serial {
        samples.add("x509_crl_number", labels, &number.decimal);
    }
}

/// One series for each certificate or list and each file it stands in. Where two would have the same labels, both get
/// the start of their SHA-256.
fn series(inventory: &Inventory) -> Vec<(Labels, &Asset)> {
    let measured = |it: &&Asset| matches!(it.kind, Kind::Certificate | Kind::RevocationList);
    let mut found: Vec<(Labels, &Asset)> = Vec::new();
    for asset in inventory.assets.iter().filter(measured) {
        let paths: BTreeSet<&str> = asset.spots.iter().map(|it: &Spot| it.path.as_str()).collect();
        found.extend(paths.into_iter().map(|path| (labels(asset, path), asset)));
    }
    let mut equals: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    for (labels, asset) in &found {
        *equals.entry((asset.kind, text(labels))).or_default() += 1;
    }
    for (labels, asset) in &mut found {
        if equals.get(&(asset.kind, text(labels))).is_some_and(|number| *number > 1) {
            labels.push(("discriminator".to_owned(), asset.identity()[..16].to_owned()));
        }
    }
    found
}

fn labels(asset: &Asset, path: &str) -> Labels {
    let mut labels = Labels::new();
    let number = asset.serial.as_ref().map(|it| it.decimal.clone());
    let label = if asset.kind == Kind::Certificate { "serial_number" } else { "crl_number" };
    labels.extend(number.map(|number| (label.to_owned(), number)));
    for (prefix, name) in [("subject", &asset.subject), ("issuer", &asset.issuer)] {
        of_name(&mut labels, prefix, name.as_ref());
    }
    labels.extend(of_file(path));
    labels
}

/// The six attributes that the exporter knows. Of several it takes the first, of common names the last.
fn of_name(labels: &mut Labels, prefix: &str, name: Option<&Name>) {
    let Some(name) = name else { return };
    for part in ["C", "ST", "L", "O", "OU", "CN"] {
        let mut values = name.parts.iter().filter(|(label, _)| label == part).map(|(_, value)| value);
        let value = if part == "CN" { values.next_back() } else { values.next() };
        if let Some(value) = value {
            labels.push((format!("{prefix}_{part}"), value.clone()));
        }
    }
}

fn of_file(path: &str) -> Labels {
    let name = path.rsplit('/').next().unwrap_or_default();
    vec![("filename".to_owned(), name.to_owned()), ("filepath".to_owned(), path.to_owned())]
}

/// Labels between the braces. An empty value is the same as none.
fn text(labels: &Labels) -> String {
    let mut out = String::new();
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        if !out.is_empty() {
            out.push(',');
        }
        let value = visible(value).replace('\\', "\\\\").replace('"', "\\\"");
        let _ = write!(out, "{name}=\"{value}\"");
    }
    out
}
