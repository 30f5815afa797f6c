//! What one YAML file says about Apigee hybrid. Values keep whether they were quoted: Helm takes `1.2` for a number
//! and `"1.2"` for a text.

use serde::{Deserialize, Serialize};

use crate::source::Location;

use super::super::said::Said;

/// Everything one file says about Apigee hybrid.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Overrides or values of the chart of virtual hosts, one a document.
    pub overrides: Vec<Overrides>,
    /// `kind: ApigeeRoute`.
    pub routes: Vec<ApigeeRoute>,
    /// `kind: ApigeeRouteConfig`.
    pub route_configs: Vec<RouteConfig>,
    /// `kind: Secret`.
    pub secrets: Vec<NamedSecret>,
    /// `Chart.yaml` of a chart of Apigee.
    pub chart: Option<Chart>,
    /// Keys that a map of overrides holds twice.
    pub repeated: Vec<Repeated>,
    /// Where overrides stop to be YAML.
    pub fault: Option<Fault>,
}

impl Unit {
    /// Nothing in it is about Apigee hybrid.
    pub fn is_empty(&self) -> bool {
        self.overrides.is_empty()
            && self.routes.is_empty()
            && self.route_configs.is_empty()
            && self.secrets.is_empty()
            && self.chart.is_none()
            && self.fault.is_none()
    }
}

/// What YAML makes of a value.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Text, quoted or not.
    Text,
    /// A number without quotes.
    Number,
    /// `true` or `false` without quotes.
    Truth,
    /// Nothing, or `null`.
    Nothing,
    /// A list or a map, where one value is meant.
    Several,
}

/// A value with its place and what YAML makes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scalar {
    /// The value. Its place is that of the key where nothing is written.
    pub said: Said,
    /// What YAML makes of it.
    pub shape: Shape,
}

impl Scalar {
    /// Something is said that templates take for true: not nothing, and no empty text.
    pub fn is_set(&self) -> bool {
        self.shape != Shape::Nothing && !(self.shape == Shape::Text && self.said.text.is_empty())
    }

    /// The text without the white space around it.
    pub fn text(&self) -> &str {
        self.said.trimmed()
    }

    /// The place of the value.
    pub fn at(&self) -> Location {
        self.said.at
    }
}

/// One document of overrides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Overrides {
    /// `org`.
    pub organisation: Option<Scalar>,
    /// `virtualhosts`.
    pub virtual_hosts: Vec<VirtualHost>,
    /// Names of `ingressGateways`; `None` where the file does not list them.
    pub gateways: Option<Vec<Said>>,
    /// Certificates of environments and of MART, as versions before 1.3 had them.
    pub legacy: Vec<LegacyHost>,
}

/// An item of `virtualhosts`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VirtualHost {
    /// Its name, or the first line of the item.
    pub at: Location,
    /// `name`: the environment group.
    pub name: Option<Scalar>,
    /// `sslCertPath`.
    pub certificate: Option<Scalar>,
    /// `sslKeyPath`.
    pub key: Option<Scalar>,
    /// `caCertPath`.
    pub authorities: Option<Scalar>,
    /// `sslSecret`.
    pub secret: Option<Scalar>,
    /// `tlsMode`.
    pub mode: Option<Scalar>,
    /// `minTLSProtocolVersion`.
    pub minimum: Option<Scalar>,
    /// `maxTLSProtocolVersion`.
    pub maximum: Option<Scalar>,
    /// `cipherSuites`.
    pub ciphers: Vec<Said>,
    /// `selector.ingress_name`.
    pub ingress: Option<Scalar>,
    /// `hostAliases`, which version 1.2 alone had.
    pub hosts: Vec<Said>,
    /// The keys `hostAliases` and `routingRules`.
    pub outdated: Vec<Said>,
    /// Keys that no version knows and that are meant to speak of TLS: `tls`, `sslCertpath`.
    pub unknown: Vec<Said>,
    /// Parts come from somewhere else, so what is not said here may be said there.
    pub partial: bool,
}

impl VirtualHost {
    /// What a person calls it.
    pub fn title(&self, overrides: &Overrides) -> String {
        let Some(name) = self.name.as_ref().filter(|it| it.is_set()) else {
            return "a virtual host".to_owned();
        };
        match overrides.organisation.as_ref().filter(|it| it.is_set()) {
            Some(organisation) => format!("virtual host `{}` of `{}`", name.text(), organisation.text()),
            None => format!("virtual host `{}`", name.text()),
        }
    }

    /// The name of a secret, where one is set.
    pub fn own_secret(&self) -> Option<&Scalar> {
        self.secret.as_ref().filter(|it| it.is_set())
    }

    /// A path to a certificate, key or file of authorities, where it is set.
    pub fn paths(&self) -> impl Iterator<Item = (&'static str, &Scalar)> {
        let all = [
            ("sslCertPath", &self.certificate),
            ("sslKeyPath", &self.key),
            ("caCertPath", &self.authorities),
        ];
        all.into_iter().filter_map(|(setting, it)| Some((setting, it.as_ref().filter(|it| it.is_set())?)))
    }
}

/// Where versions before 1.3 had certificates.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegacyPlace {
    /// An item of `envs`.
    Environment,
    /// `mart`.
    Mart,
}

/// A certificate in `envs` or `mart`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LegacyHost {
    /// Which of them.
    pub place: LegacyPlace,
    /// The name of the environment.
    pub name: Option<Said>,
    /// `hostAlias`.
    pub host: Option<Said>,
    /// `sslCertPath`.
    pub certificate: Option<Scalar>,
    /// `sslKeyPath`.
    pub key: Option<Scalar>,
    /// The first of these keys.
    pub at: Location,
}

impl LegacyHost {
    /// What a person calls it.
    pub fn title(&self) -> String {
        match (self.place, &self.name) {
            (LegacyPlace::Mart, _) => "MART".to_owned(),
            (LegacyPlace::Environment, Some(name)) => format!("environment `{}`", name.trimmed()),
            (LegacyPlace::Environment, None) => "an environment".to_owned(),
        }
    }
}

/// A `kind: ApigeeRoute`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApigeeRoute {
    /// Its name, or the resource.
    pub at: Location,
    /// `metadata.name`.
    pub name: Option<Said>,
    /// `spec.hostnames`.
    pub hostnames: Vec<Said>,
    /// `spec.selector.app`.
    pub app: Option<Said>,
    /// `metadata.namespace`.
    pub namespace: Option<Said>,
    /// `spec.enableNonSniClient`.
    pub non_sni: Option<Scalar>,
    /// `credentialName` of its ports.
    pub credentials: Vec<Said>,
}

impl ApigeeRoute {
    /// What a person calls it.
    pub fn title(&self) -> String {
        self.name
            .as_ref()
            .map_or("this ApigeeRoute".to_owned(), |it| format!("ApigeeRoute `{}`", it.trimmed()))
    }
}

/// A `kind: ApigeeRouteConfig`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteConfig {
    /// Its name, or the resource.
    pub at: Location,
    /// `metadata.name`.
    pub name: Option<Said>,
    /// `spec.tls.mode`.
    pub mode: Option<Scalar>,
    /// `spec.tls.minProtocolVersion`.
    pub minimum: Option<Scalar>,
    /// `spec.tls.maxProtocolVersion`.
    pub maximum: Option<Scalar>,
    /// `spec.tls.secretNameRef`.
    pub secret: Option<Said>,
}

impl RouteConfig {
    /// What a person calls it.
    pub fn title(&self) -> String {
        let name = self.name.as_ref();
        name.map_or("this ApigeeRouteConfig".to_owned(), |it| format!("ApigeeRouteConfig `{}`", it.trimmed()))
    }
}

/// A `kind: Secret`: the names of its keys, and nothing of its values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NamedSecret {
    /// `metadata.name`.
    pub name: Said,
    /// Keys of `data` and `stringData`.
    pub keys: Vec<SecretKey>,
    /// Where `data` or `stringData` stands, else the name.
    pub at: Location,
}

impl NamedSecret {
    /// Whether it has a key with a value.
    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|it| it.name.text == name && !it.blank)
    }
}

/// A key of a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecretKey {
    /// Its name.
    pub name: Said,
    /// Its value is empty.
    pub blank: bool,
}

/// A `Chart.yaml` of Apigee.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chart {
    /// The name: `apigee-virtualhost`.
    pub name: Said,
    /// The version.
    pub version: Option<Said>,
    /// Its folder.
    pub folder: String,
}

/// A key that a map holds twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Repeated {
    /// Where it stands again, and counts.
    pub again: Said,
    /// Where it stood first.
    pub first: Location,
}

/// Where overrides stop to be YAML.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The place.
    pub at: Location,
    /// What is wrong, in words.
    pub what: String,
}
