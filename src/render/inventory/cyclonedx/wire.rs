//! The parts of `CycloneDX` that are written, by their names in the schemas of 1.6 and 1.7. Those of one version alone are
//! left out in the other, since the schemas refuse what they do not know.

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom {
    #[serde(rename = "bomFormat")]
    pub(super) format: &'static str,
    pub(super) spec_version: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) serial_number: String,
    pub(super) version: u32,
    pub(super) metadata: Metadata,
    pub(super) components: Vec<Component>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) timestamp: String,
    pub(super) lifecycles: [Lifecycle; 1],
    pub(super) tools: Tools,
    pub(super) properties: Vec<Property>,
}

#[derive(Serialize)]
pub(super) struct Lifecycle {
    pub(super) phase: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tools {
    pub(super) components: [Tool; 1],
}

#[derive(Serialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

#[derive(Serialize)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "bom-ref")]
    pub(super) bom_ref: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) crypto_properties: Option<CryptoProperties>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
}

#[derive(Clone, Serialize)]
pub(super) struct Hash {
    pub(super) alg: &'static str,
    pub(super) content: String,
}

#[derive(Serialize)]
pub(super) struct Evidence {
    pub(super) occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Occurrence {
    pub(super) location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_context: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CryptoProperties {
    pub(super) asset_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) algorithm_properties: Option<AlgorithmProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_properties: Option<CertificateProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) related_crypto_material_properties: Option<MaterialProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol_properties: Option<ProtocolProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oid: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlgorithmProperties {
    pub(super) primitive: &'static str,
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) algorithm_family: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameter_set_identifier: Option<String>,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) curve: Option<String>,
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) elliptic_curve: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) classical_security_level: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nist_quantum_security_level: Option<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateProperties {
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issuer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_valid_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_valid_after: Option<String>,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature_algorithm_ref: Option<String>,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject_public_key_ref: Option<String>,
    pub(super) certificate_format: &'static str,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_extension: Option<String>,
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_file_extension: Option<String>,
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<Hash>,
    /// 1.7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) certificate_state: Vec<CertificateState>,
    /// 1.7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) certificate_extensions: Vec<Extension>,
    /// 1.7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_cryptographic_assets: Vec<Related>,
}

#[derive(Serialize)]
pub(super) struct CertificateState {
    pub(super) state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extension {
    pub(super) common_extension_name: &'static str,
    pub(super) common_extension_value: String,
}

#[derive(Serialize)]
pub(super) struct Related {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "ref")]
    pub(super) to: String,
}

/// A key, by its hash and never by its bytes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MaterialProperties {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) id: String,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) algorithm_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secured_by: Option<SecuredBy>,
    /// 1.7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<Hash>,
    /// 1.7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_cryptographic_assets: Vec<Related>,
}

#[derive(Serialize)]
pub(super) struct SecuredBy {
    pub(super) mechanism: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProtocolProperties {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// 1.6; deprecated later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) crypto_ref_array: Vec<String>,
    /// 1.7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_cryptographic_assets: Vec<Related>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    #[serde(rename = "ref")]
    pub(super) from: String,
    pub(super) depends_on: Vec<String>,
}
