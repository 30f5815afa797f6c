//! What the checks of an appliance come to for one file: its form, its leaf, its chain by signatures.

use crate::{
    model::{CertId, Chains, Form, Materials, chain::Path, facts::ItemKind},
    source::{FileId, Location, Place},
    x509::{Certificate, KeyId, Purpose},
};

/// What the checks of an appliance come to for one file.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it can be read at all.
    pub shape: Shape,
    /// Its certificates in the order of the file; none where the file is no readable text.
    pub certificates: Vec<(CertId, Location)>,
    /// Position of the leaf.
    pub leaf: usize,
    /// How the certificates hang together, from the leaf up.
    pub path: Path,
    /// Where the chain ends.
    pub end: End,
}

/// Whether an appliance can read a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It can.
    Text,
    /// It wants Base64, and this is something else: what, and how to make it what it should be.
    Other(&'static str, &'static str),
    /// Other rules say what is wrong with the text.
    Unknown,
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At its root.
    Root,
    /// The leaf signed itself.
    SelfSigned,
    /// The root is not in the file: the position of the last certificate, and the root where the tree has it.
    NoRoot(usize, Option<CertId>),
    /// An issuer is not in the file: the position of the last certificate, the issuer where the tree has it, and the
    /// position of one that bears its name and has another key.
    Gap(usize, Option<CertId>, Option<usize>),
    /// A signature could not be checked, or there is no certificate.
    Unknown,
}

impl Verdict {
    /// Looks at a file. `asked` holds the keys of requests by which the leaf is known.
    pub(super) fn of(file: FileId, asked: &[KeyId], materials: &Materials, chains: &Chains) -> Self {
        let shape = shape(file, materials);
        let certificates = if shape == Shape::Text { materials.in_file(file) } else { Vec::new() };
        let bundle: Vec<CertId> = certificates.iter().map(|(id, _)| *id).collect();
        let key = |id: &CertId| materials.cert(*id).public_key.id;
        let fits = bundle.iter().position(|id| asked.contains(&key(id)));
        let leaf = fits.or_else(|| bundle.iter().position(|id| !materials.cert(*id).is_ca())).unwrap_or(0);
        let path = chains.path(materials, &bundle, leaf);
        let end = end(&bundle, &path, materials, chains);
        Self { shape, certificates, leaf, path, end }
    }

    /// The leaf with its place.
    pub fn leaf(&self) -> Option<(CertId, Location)> {
        self.certificates.get(self.leaf).copied()
    }

    /// Positions of certificates that are not where the chain wants them; empty where the order is right.
    pub fn misplaced(&self) -> Vec<usize> {
        let links = &self.path.links;
        let odd: Vec<usize> = links.windows(2).filter(|two| two[0] > two[1]).map(|two| two[1]).collect();
        let foreign_first = self.path.foreign.contains(&0);
        if self.leaf > 0 && !foreign_first {
            return std::iter::once(self.leaf).chain(odd).collect();
        }
        odd
    }

    /// How many different certificates there are.
    pub fn depth(&self) -> usize {
        self.certificates.len() - self.path.repeated.len()
    }
}

fn shape(file: FileId, materials: &Materials) -> Shape {
    let Some(holding) = materials.holding(file) else { return Shape::Unknown };
    let block = holding.items.iter().any(|it| matches!(it.at.place, Place::Text(_)));
    let keystore = "export the certificate as Base64 text: `keytool -exportcert -rfc`";
    match holding.form {
        Form::Pem if materials.is_sound(file) => Shape::Text,
        Form::Der => Shape::Other("DER", "convert it: `openssl x509 -inform der -in OLD -out NEW`"),
        Form::Pkcs7 if !block => Shape::Other(
            "PKCS#7 in DER",
            "take the certificates out: `openssl pkcs7 -inform der -print_certs -in OLD -out NEW`",
        ),
        Form::Pkcs12 => Shape::Other(
            "PKCS#12",
            "the appliance keeps its own key and takes no other: have its own request signed, and upload the answer as Base64",
        ),
        Form::Utf16Pem => {
            Shape::Other("PEM in UTF-16", "save it as ASCII or UTF-8; PowerShell writes UTF-16 with `>`")
        }
        Form::Keystore("JKS") => Shape::Other("a Java keystore", keystore),
        Form::Keystore(_) => Shape::Other("a keystore", keystore),
        Form::Empty => Shape::Other("nothing at all", "put the Base64 text of the chain into it"),
        Form::Text => Shape::Other("text without a certificate", "put the Base64 text of the chain into it"),
        Form::Binary | Form::OcspResponse => {
            Shape::Other("bytes and no text", "export the certificate again, as Base64")
        }
        Form::Pem if holding.items.iter().all(|it| !is_certificate(&it.kind)) => {
            Shape::Other("no certificate", "put the Base64 text of the chain into it")
        }
        Form::Pem | Form::Pkcs7 => Shape::Unknown,
    }
}

fn is_certificate(kind: &ItemKind) -> bool {
    match kind {
        ItemKind::Certificate(_) => true,
        ItemKind::Broken { label, .. } => label.contains("CERTIFICATE"),
        _ => false,
    }
}

fn end(bundle: &[CertId], path: &Path, materials: &Materials, chains: &Chains) -> End {
    let Some(last) = path.links.last().copied() else { return End::Unknown };
    let id = bundle[last];
    if chains.is_root(materials, id) {
        return if path.links.len() == 1 { End::SelfSigned } else { End::Root };
    }
    if path.unverified.is_some() {
        return End::Unknown;
    }
    let issuers: Vec<CertId> = chains.issuers(materials, id).filter(|it| *it != id).collect();
    if let Some(root) = issuers.iter().find(|it| chains.is_root(materials, **it)) {
        return End::NoRoot(last, Some(*root));
    }
    if let Some(issuer) = issuers.first() {
        return End::Gap(last, Some(*issuer), None);
    }
    if let Some(impostor) = path.impostors.first() {
        return End::Gap(last, None, Some(*impostor));
    }
    // Who stands behind it is not known. Where the file holds a root of its own, what leads to it is missing.
    let another_root = path.foreign.iter().any(|at| chains.is_root(materials, bundle[*at]));
    if path.links.len() > 1 && !another_root { End::NoRoot(last, None) } else { End::Gap(last, None, None) }
}

/// What the leaf may be used for, as far as an appliance asks.
impl Verdict {
    /// Purposes that a certificate does not have: server, client.
    pub fn lacks(certificate: &Certificate) -> (bool, bool) {
        let lists = |purpose: &Purpose| {
            let list = certificate.extended_key_usage.as_deref().unwrap_or_default();
            list.iter().any(|it| it == purpose || *it == Purpose::Any)
        };
        (!lists(&Purpose::ServerAuth), !lists(&Purpose::ClientAuth))
    }
}
