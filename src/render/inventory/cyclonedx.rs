//! A bill of cryptographic material, `CycloneDX` 1.6 or 1.7: files, algorithms, keys, certificates and who speaks TLS with
//! them. It holds hashes of public keys and no key. References and serial number follow from the content.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use sha2::{Digest as _, Sha256};

use crate::finding::{
    Inventory,
    inventory::{Algorithm, Asset, Kind, Moment, PublicHalf, Spot},
    one_line,
};

mod wire;

use super::role;
use wire::{
    AlgorithmProperties, Bom, CertificateProperties, CertificateState, Component, CryptoProperties,
    Dependency, Evidence, Extension, Hash, Lifecycle, MaterialProperties, Metadata, Occurrence, Property,
    ProtocolProperties, Related, SecuredBy, Tool, Tools,
};

/// What the list is and is not.
const SCOPE: &str = "declared configuration and stored material of the tree that was read; what runs, trust stores \
                     outside of it and keys in hardware are not seen";

/// A version of the format.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 1.6.
    V1_6,
    /// 1.7.
    V1_7,
}

impl Version {
    /// A value that only 1.6 has, or that 1.7 deprecates.
    fn if_old<T>(self, value: Option<T>) -> Option<T> {
        value.filter(|_| self == Self::V1_6)
    }

    /// A value that 1.6 does not know.
    fn if_new<T>(self, value: Option<T>) -> Option<T> {
        value.filter(|_| self == Self::V1_7)
    }

    /// A list that 1.6 does not know.
    fn if_new_list<T>(self, list: Vec<T>) -> Vec<T> {
        if self == Self::V1_7 { list } else { Vec::new() }
    }
}

/// Writes the inventory as one indented JSON document.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write, version: Version) -> io::Result<()> {
    let mut bill = Bill { inventory, version, components: BTreeMap::new(), edges: BTreeMap::new() };
    for asset in &inventory.assets {
        bill.asset(asset);
    }
    bill.endpoints();
    let Bill { components, edges, .. } = bill;
    let known: BTreeSet<String> = components.values().map(|it| it.bom_ref.clone()).collect();
    let dependencies = edges
        .into_iter()
        .map(|(from, to)| (from, to.into_iter().filter(|it| known.contains(it)).collect::<Vec<_>>()))
        .filter(|(_, to)| !to.is_empty())
        .map(|(from, depends_on)| Dependency { from, depends_on })
        .collect();
    let mut bom = Bom {
        format: "CycloneDX",
        spec_version: if version == Version::V1_6 { "1.6" } else { "1.7" },
        serial_number: String::new(),
        version: 1,
        metadata: metadata(inventory),
        components: components.into_values().collect(),
        dependencies,
    };
    bom.serial_number = serial_number(&serde_json::to_vec(&bom)?);
    super::super::document::write(&bom, to)
}

fn metadata(inventory: &Inventory) -> Metadata {
    let mut properties = vec![Property { name: "tlslint:scope", value: SCOPE.to_owned() }];
    let paths = inventory.scope.iter();
    properties.extend(paths.map(|path| Property { name: "tlslint:path", value: one_line(path) }));
    if let Some(days) = inventory.within {
        properties.push(Property { name: "tlslint:within-days", value: days.to_string() });
    }
    Metadata {
        timestamp: inventory.as_of.text.clone(),
        // What Git tracks is on its way to a machine; anything else was taken off one.
        lifecycles: [Lifecycle { phase: if inventory.tracked { "pre-build" } else { "operations" } }],
        tools: Tools {
            components: [Tool {
                kind: "application",
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            }],
        },
        properties,
    }
}

/// A UUID of version 8 (RFC 9562 5.8) from the SHA-256 of the content: the same content has the same number.
fn serial_number(content: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(content)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

struct Bill<'i> {
    inventory: &'i Inventory,
    version: Version,
    /// By what they are, then by reference.
    components: BTreeMap<(u8, String), Component>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Bill<'_> {
    fn put(&mut self, rank: u8, component: Component) {
        self.components.entry((rank, component.bom_ref.clone())).or_insert(component);
    }

    fn edge(&mut self, from: &str, to: &str) {
        if from != to {
            self.edges.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    fn file(&mut self, path: &str) -> String {
        let bom_ref = format!("file:{}", one_line(path));
        self.put(0, component("file", bom_ref.clone(), one_line(path)));
        bom_ref
    }

    fn algorithm(&mut self, algorithm: &Algorithm) -> String {
        let bom_ref = format!("algorithm:{}", one_line(&algorithm.name));
        let version = self.version;
        let agrees = algorithm.family == Some("ECDH");
        let properties = AlgorithmProperties {
            primitive: if agrees { "key-agree" } else { "signature" },
            algorithm_family: version.if_new(algorithm.family),
            parameter_set_identifier: algorithm.parameter.clone(),
            curve: version.if_old(algorithm.curve.and_then(|it| it.rsplit('/').next()).map(str::to_owned)),
            elliptic_curve: version.if_new(algorithm.curve),
            classical_security_level: algorithm.classical,
            nist_quantum_security_level: algorithm.quantum,
        };
        let crypto = CryptoProperties {
            asset_type: "algorithm",
            algorithm_properties: Some(properties),
            oid: algorithm.oid.clone(),
            ..CryptoProperties::default()
        };
        let named = component("cryptographic-asset", bom_ref.clone(), one_line(&algorithm.name));
        self.put(1, Component { crypto_properties: Some(crypto), ..named });
        bom_ref
    }

    /// A public key, where its bytes are known.
    fn public_key(&mut self, key: &PublicHalf) -> Option<String> {
        let sha256 = key.sha256.as_ref()?;
        let bom_ref = format!("key:{sha256}");
        let algorithm = self.algorithm(&key.algorithm);
        self.edge(&bom_ref, &algorithm);
        let properties = self.key_properties("public-key", Some(sha256), Some(key), Vec::new());
        let name = format!("{} public key", one_line(&key.algorithm.name));
        let crypto = of_material(properties);
        let named = component("cryptographic-asset", bom_ref.clone(), name);
        self.put(2, Component { crypto_properties: Some(crypto), ..named });
        Some(bom_ref)
    }

    fn key_properties(
        &mut self,
        kind: &'static str,
        sha256: Option<&String>,
        key: Option<&PublicHalf>,
        mut related: Vec<Related>,
    ) -> MaterialProperties {
        let algorithm = key.map(|it| self.algorithm(&it.algorithm));
        related.extend(algorithm.iter().map(|to| Related { kind: "algorithm", to: to.clone() }));
        MaterialProperties {
            kind,
            id: sha256.map_or(String::new(), |it| format!("sha256:{it}")),
            algorithm_ref: self.version.if_old(algorithm),
            size: key.map(|it| it.bits).filter(|bits| *bits > 0),
            secured_by: None,
            fingerprint: self.version.if_new(sha256.cloned().map(sha256_hash)),
            related_cryptographic_assets: self.version.if_new_list(related),
        }
    }

    fn asset(&mut self, asset: &Asset) {
        let bom_ref = match asset.kind {
            Kind::Certificate => self.certificate(asset),
            Kind::PrivateKey | Kind::Secret => self.secret_material(asset),
            Kind::PublicKey => asset.key.as_ref().and_then(|key| self.public_key(key)),
            Kind::Store => return self.store(asset),
            // The format has no word for them.
            Kind::Request | Kind::RevocationList => return,
        };
        let Some(bom_ref) = bom_ref else { return };
        for path in asset.spots.iter().map(|spot| spot.path.as_str()).collect::<BTreeSet<_>>() {
            let file = self.file(path);
            self.edge(&file, &bom_ref);
        }
    }

    fn certificate(&mut self, asset: &Asset) -> Option<String> {
        let version = self.version;
        let bom_ref = reference(asset)?;
        let key = asset.key.as_ref().and_then(|key| self.public_key(key));
        let signature = asset.signature.as_ref().map(|it| self.algorithm(it));
        for to in key.iter().chain(&signature) {
            self.edge(&bom_ref, to);
        }
        for issuer in &asset.issued_by {
            self.edge(&bom_ref, &format!("certificate:{issuer}"));
        }
        let related = |kind, to: &Option<String>| to.clone().map(|to| Related { kind, to });
        let related = [related("algorithm", &signature), related("publicKey", &key)];
        let text = |moment: &Option<Moment>| moment.as_ref().map(|it| it.text.clone());
        let ending = asset.spots.iter().find_map(|spot| ending(&spot.path));
        let properties = CertificateProperties {
            serial_number: version.if_new(asset.serial.as_ref().map(|it| it.hex.clone())),
            subject_name: asset.subject.as_ref().map(|it| one_line(&it.text)),
            issuer_name: asset.issuer.as_ref().map(|it| one_line(&it.text)),
            not_valid_before: text(&asset.from),
            not_valid_after: text(&asset.until),
            signature_algorithm_ref: version.if_old(signature),
            subject_public_key_ref: version.if_old(key),
            certificate_format: "X.509",
            certificate_extension: version.if_old(ending.clone()),
            certificate_file_extension: version.if_new(ending),
            fingerprint: version.if_new(asset.sha256.clone().map(sha256_hash)),
            certificate_state: version
                .if_new_list(state(asset, &self.inventory.as_of).into_iter().collect::<Vec<_>>()),
            certificate_extensions: version.if_new_list(extensions(asset)),
            related_cryptographic_assets: version.if_new_list(related.into_iter().flatten().collect()),
        };
        let mut notes = vec![note("tlslint:role", asset.role_text())];
        notes.extend(asset.status(&self.inventory.as_of).map(|it| note("tlslint:status", it.to_owned())));
        notes.push(note("tlslint:origin", asset.origin.word().to_owned()));
        if let Some(serial) = version.if_old(asset.serial.as_ref()) {
            notes.push(note("tlslint:serial", serial.hex.clone()));
        }
        if version == Version::V1_6 && !asset.names.is_empty() {
            notes.push(note("tlslint:names", one_line(&asset.names.join(", "))));
        }
        let sha1 = asset.sha1.clone().map(|content| Hash { alg: "SHA-1", content });
        let crypto = CryptoProperties {
            asset_type: "certificate",
            certificate_properties: Some(properties),
            ..CryptoProperties::default()
        };
        let named = component("cryptographic-asset", bom_ref.clone(), one_line(&asset.title));
        let component = Component {
            hashes: asset.sha256.clone().map(sha256_hash).into_iter().chain(sha1).collect(),
            evidence: evidence(asset),
            crypto_properties: Some(crypto),
            properties: notes,
            ..named
        };
        self.put(3, component);
        Some(bom_ref)
    }

    /// A private key or a secret one.
    fn secret_material(&mut self, asset: &Asset) -> Option<String> {
        let bom_ref = reference(asset)?;
        let public = asset.key.as_ref().and_then(|key| self.public_key(key));
        if let Some(key) = &asset.key {
            let algorithm = self.algorithm(&key.algorithm);
            self.edge(&bom_ref, &algorithm);
        }
        let related = public.map(|to| Related { kind: "publicKey", to }).into_iter().collect();
        let sha256 = asset.key.as_ref().and_then(|key| key.sha256.as_ref());
        let kind = if asset.kind == Kind::Secret { "secret-key" } else { "private-key" };
        let mut properties = self.key_properties(kind, sha256, asset.key.as_ref(), related);
        if properties.id.is_empty() {
            properties.id.clone_from(&bom_ref);
        }
        let seal = asset.spots.iter().find_map(|spot| spot.protection.clone());
        // A copy in the clear is what counts.
        let sealed = asset.spots.iter().all(|spot| spot.protection.is_some());
        properties.secured_by = seal.filter(|_| sealed).map(|mechanism| SecuredBy { mechanism });
        let name = format!("{} of {}", asset.kind.noun(), one_line(&asset.title));
        let named = component("cryptographic-asset", bom_ref.clone(), name);
        let crypto = Some(of_material(properties));
        self.put(4, Component { evidence: evidence(asset), crypto_properties: crypto, ..named });
        Some(bom_ref)
    }

    fn store(&mut self, asset: &Asset) {
        let Some(spot) = asset.spots.first() else { return };
        let bom_ref = self.file(&spot.path);
        if let Some(component) = self.components.get_mut(&(0, bom_ref)) {
            component.properties = vec![note("tlslint:store", role(asset))];
        }
    }

    /// Everything that speaks TLS, with the certificates and keys it does so with.
    fn endpoints(&mut self) {
        let mut uses: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for asset in &self.inventory.assets {
            let Some(bom_ref) = reference(asset) else { continue };
            for user in &asset.users {
                uses.entry(user.endpoint).or_default().insert(bom_ref.clone());
            }
        }
        let mut equals: BTreeMap<String, usize> = BTreeMap::new();
        for (index, endpoint) in self.inventory.endpoints.iter().enumerate() {
            let Some(uses) = uses.remove(&index).filter(|_| endpoint.speaks_tls) else { continue };
            let title = one_line(&endpoint.title.replace('`', ""));
            let line = endpoint.line.map_or(String::new(), |line| format!(":{line}"));
            let mut bom_ref = format!("tls:{}{line}:{title}", one_line(&endpoint.path));
            let number = equals.entry(bom_ref.clone()).or_default();
            *number += 1;
            if *number > 1 {
                bom_ref = format!("{bom_ref}#{number}");
            }
            let file = self.file(&endpoint.path);
            self.edge(&file, &bom_ref);
            for to in &uses {
                self.edge(&bom_ref, to);
            }
            let uses: Vec<String> = uses.into_iter().collect();
            let related =
                |to: &String| Related { kind: to.split(':').next().map_or("other", kind_of), to: to.clone() };
            let crypto = CryptoProperties {
                asset_type: "protocol",
                protocol_properties: Some(ProtocolProperties {
                    kind: "tls",
                    related_cryptographic_assets: self
                        .version
                        .if_new_list(uses.iter().map(related).collect()),
                    crypto_ref_array: self.version.if_old(Some(uses)).unwrap_or_default(),
                }),
                ..CryptoProperties::default()
            };
            let side = if endpoint.server { "server" } else { "client" };
            let place = Occurrence {
                location: one_line(&endpoint.path),
                line: endpoint.line,
                additional_context: None,
            };
            let component = Component {
                evidence: Some(Evidence { occurrences: vec![place] }),
                crypto_properties: Some(crypto),
                properties: vec![note("tlslint:side", side.to_owned())],
                ..component("cryptographic-asset", bom_ref, title)
            };
            self.put(5, component);
        }
    }
}

/// What a reference leads to, in the words of 1.7.
fn kind_of(prefix: &str) -> &'static str {
    match prefix {
        "certificate" => "certificate",
        "private-key" => "privateKey",
        _ => "other",
    }
}

fn component(kind: &'static str, bom_ref: String, name: String) -> Component {
    Component {
        kind,
        bom_ref,
        name,
        hashes: Vec::new(),
        evidence: None,
        crypto_properties: None,
        properties: Vec::new(),
    }
}

fn reference(asset: &Asset) -> Option<String> {
    let prefix = match asset.kind {
        Kind::Certificate => "certificate",
        Kind::PrivateKey => "private-key",
        Kind::Secret => "secret-key",
        Kind::PublicKey | Kind::Request | Kind::RevocationList | Kind::Store => return None,
    };
    Some(format!("{prefix}:{}", asset.identity()))
}

fn note(name: &'static str, value: String) -> Property {
    Property { name, value }
}

fn sha256_hash(content: String) -> Hash {
    Hash { alg: "SHA-256", content }
}

fn of_material(properties: MaterialProperties) -> CryptoProperties {
    CryptoProperties {
        asset_type: "related-crypto-material",
        related_crypto_material_properties: Some(properties),
        ..CryptoProperties::default()
    }
}

fn evidence(asset: &Asset) -> Option<Evidence> {
    let occurrence = |spot: &Spot| Occurrence {
        location: one_line(&spot.path),
        line: spot.line,
        additional_context: context(spot),
    };
    let occurrences: Vec<Occurrence> = asset.spots.iter().map(occurrence).collect();
    (!occurrences.is_empty()).then_some(Evidence { occurrences })
}

fn context(spot: &Spot) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    if let Some(entry) = &spot.entry {
        let store =
            spot.stored.as_ref().map_or(String::new(), |(kind, store)| format!(" ({kind} of {store})"));
        said.push(format!("{}{store}", one_line(entry)));
    }
    if !spot.named_as.is_empty() {
        said.push(format!("named as {}", spot.named_as.join(", ")));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn ending(path: &str) -> Option<String> {
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    (!ending.is_empty() && ending.len() <= 8 && ending.bytes().all(|it| it.is_ascii_alphanumeric()))
        .then(|| ending.to_ascii_lowercase())
}

fn state(asset: &Asset, as_of: &Moment) -> Option<CertificateState> {
    let state = match asset.status(as_of)? {
        "expired" => "deactivated",
        "not yet valid" => "pre-activation",
        _ => "active",
    };
    Some(CertificateState { state })
}

fn extensions(asset: &Asset) -> Vec<Extension> {
    let extension = |name, value| Extension { common_extension_name: name, common_extension_value: value };
    let mut list = Vec::new();
    if let Some(authority) = asset.authority {
        let says = if authority { "CA:TRUE" } else { "CA:FALSE" };
        list.push(extension("basicConstraints", says.to_owned()));
    }
    if !asset.names.is_empty() {
        list.push(extension("subjectAlternativeName", one_line(&asset.names.join(", "))));
    }
    list
}
