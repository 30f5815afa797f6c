//! Versions of TLS that a virtual host takes.

use crate::{
    finding::Findings,
    model::{
        Model,
        hybrid::{Scalar, Shape},
    },
};

use super::{hosts, plain};

/// Versions as overrides write them.
const OF_OVERRIDES: &[&str] = &["1.0", "1.1", "1.2", "1.3"];

/// Where two bounds stand, and how they are called there.
struct Bounds<'m> {
    minimum: Option<&'m Scalar>,
    maximum: Option<&'m Scalar>,
    title: String,
    /// Overrides, not the resource that the chart makes of them.
    overrides: bool,
}

impl Bounds<'_> {
    fn names(&self) -> (&'static str, &'static str) {
        if self.overrides {
            ("minTLSProtocolVersion", "maxTLSProtocolVersion")
        } else {
            ("minProtocolVersion", "maxProtocolVersion")
        }
    }

    /// A version as it is written here.
    fn write(&self, minor: u8) -> String {
        if self.overrides { format!("\"1.{minor}\"") } else { format!("TLSV1_{minor}") }
    }
}

fn all(model: &Model) -> Vec<Bounds<'_>> {
    let of_hosts = hosts(model).map(|(installation, host)| Bounds {
        minimum: plain(host.minimum.as_ref()),
        maximum: plain(host.maximum.as_ref()),
        title: host.title(&installation.overrides),
        overrides: true,
    });
    let of_configs = model.hybrid.route_configs.iter().map(|it| Bounds {
        minimum: plain(it.minimum.as_ref()),
        maximum: plain(it.maximum.as_ref()),
        title: it.title(),
        overrides: false,
    });
    of_hosts.chain(of_configs).collect()
}

/// The number behind `1.`, in whatever spelling.
fn minor(text: &str) -> Option<u8> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match &*digits {
        "10" | "1" => Some(0),
        "11" => Some(1),
        "12" => Some(2),
        "13" => Some(3),
        _ => None,
    }
}

/// See the card.
pub(crate) fn tls_version_literal(model: &Model, out: &mut Findings) {
    for bounds in all(model) {
        let (minimum, maximum) = bounds.names();
        for (setting, value) in [(minimum, bounds.minimum), (maximum, bounds.maximum)] {
            let Some(value) = value else { continue };
            let text = value.text();
            let title = &bounds.title;
            let finding = match (bounds.overrides, value.shape) {
                (true, Shape::Number) => out.report(
                    format!(
                        "`{setting}` of {title} is the number `{text}`, for want of quotes: Helm stops with `error \
                         calling eq: incompatible types for comparison`"
                    ),
                    value.at(),
                    "a number",
                ),
                (true, _) if text == "AUTO" || OF_OVERRIDES.contains(&text) => continue,
                (true, _) => out.report(
                    format!(
                        "`{setting}` of {title} is `{text}`, which the chart does not know: `helm upgrade` stops and \
                         lists the versions that are supported"
                    ),
                    value.at(),
                    "no such version",
                ),
                (false, _) if text == "TLS_AUTO" || text.strip_prefix("TLSV1_").is_some_and(|it| matches!(it, "0" | "1" | "2" | "3")) => continue,
                (false, _) => out.report(
                    format!(
                        "`{setting}` of {title} is `{text}`, which the resource does not know: Kubernetes refuses it, \
                         and `kubectl apply` fails"
                    ),
                    value.at(),
                    "no such version",
                ),
            };
            finding.help(match minor(text) {
                Some(minor) => format!("write `{}`", bounds.write(minor)),
                None if text.to_ascii_uppercase().contains("AUTO") => {
                    format!("write `{}`", if bounds.overrides { "AUTO" } else { "TLS_AUTO" })
                }
                None => format!("write `{}` or `{}`", bounds.write(2), bounds.write(3)),
            });
        }
    }
}

/// See the card.
pub(crate) fn tls_min_gt_max(model: &Model, out: &mut Findings) {
    for bounds in all(model) {
        let (Some(minimum), Some(maximum)) = (bounds.minimum, bounds.maximum) else { continue };
        let (Some(low), Some(high)) = (minor(minimum.text()), minor(maximum.text())) else { continue };
        if low <= high {
            continue;
        }
        let (name, other) = bounds.names();
        out.report(
            format!(
                "`{name}` of {} is TLS 1.{low} and `{other}` is TLS 1.{high}: no version is left, and no client can \
                 connect; neither Helm nor Kubernetes checks this",
                bounds.title
            ),
            minimum.at(),
            "above the maximum",
        )
        .label(maximum.at(), "the maximum")
        .help(format!("write `{other}: {}`, or leave `{other}` out", bounds.write(low)));
    }
}

/// See the card.
pub(crate) fn tls_version_weak(model: &Model, out: &mut Findings) {
    for bounds in all(model) {
        let Some(minimum) = bounds.minimum else { continue };
        let Some(low) = minor(minimum.text()).filter(|it| *it < 2) else { continue };
        // Two bounds that exclude each other are one mistake, and another.
        let high = bounds.maximum.and_then(|it| minor(it.text()));
        if high.is_some_and(|high| high < low) {
            continue;
        }
        let old = if low == 0 && high.is_none_or(|it| it > 0) {
            "TLS 1.0 and 1.1".to_owned()
        } else {
            format!("TLS 1.{low}")
        };
        let finding = out.report(
            format!(
                "{} takes {old}, which RFC 8996 forbids: whoever sits between a client and the ingress gateway can \
                 force the old version and attack it",
                bounds.title
            ),
            minimum.at(),
            "obsolete",
        );
        if let Some(maximum) = bounds.maximum.filter(|_| high.is_some_and(|it| it < 2)) {
            finding.label(maximum.at(), "and nothing newer is allowed");
        }
        finding.help(format!("write `{}: {}`", bounds.names().0, bounds.write(2)));
    }
}
