//! Apigee hybrid as it is configured: overrides with their virtual hosts, the Helm chart that reads them, and the
//! Kubernetes resources beside them.

mod draft;
mod link;
pub mod unit;

use crate::source::FileId;

pub(super) use draft::draft;
pub use unit::{
    ApigeeRoute, Chart, Fault, LegacyHost, LegacyPlace, NamedSecret, Overrides, Repeated, RouteConfig,
    Scalar, SecretKey, Shape, Unit, VirtualHost,
};

/// The chart that makes virtual hosts.
pub const CHART: &str = "apigee-virtualhost";

/// Everything a tree says about Apigee hybrid.
#[derive(Clone, Debug, Default)]
pub struct Hybrid {
    /// Overrides, in order of files.
    pub installations: Vec<Installation>,
    /// Charts of Apigee, in order of files.
    pub charts: Vec<Chart>,
    /// `kind: ApigeeRoute`, in order of files.
    pub routes: Vec<ApigeeRoute>,
    /// `kind: ApigeeRouteConfig`, in order of files.
    pub route_configs: Vec<RouteConfig>,
    /// `kind: Secret`, in order of files.
    pub secrets: Vec<NamedSecret>,
    /// Keys that a map of overrides holds twice.
    pub repeated: Vec<Repeated>,
    /// Overrides that are no YAML.
    pub faults: Vec<Fault>,
}

/// One file of overrides with what the tree shows about how it is used.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The file.
    pub file: FileId,
    /// What it says.
    pub overrides: Overrides,
    /// The chart that its paths start at, by index in [`Hybrid::charts`]; `None` where the tree holds none, or several
    /// that are equally near.
    pub chart: Option<usize>,
    /// A chart of Apigee is in the tree: Helm installs this, not `apigeectl`.
    pub helm: bool,
}

impl Hybrid {
    /// The chart of an installation.
    pub fn chart_of(&self, installation: &Installation) -> Option<&Chart> {
        self.charts.get(installation.chart?)
    }

    /// Secrets of a name, in order of files.
    pub fn secrets_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a NamedSecret> {
        self.secrets.iter().filter(move |it| it.name.trimmed() == name)
    }
}

impl Chart {
    /// Charts up to 1.10 look a path up as it is written and take what is not there for an empty file. Later ones cut
    /// `./` off, and stop where there is nothing.
    pub fn reads_paths_as_written(&self) -> bool {
        self.version.as_ref().and_then(|it| numbers(it.trimmed())).is_some_and(|it| it < (1, 11))
    }
}

/// `1.10.3` as numbers.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
