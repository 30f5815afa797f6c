//! The contract with programs: `docs/inventory-schema.json` describes it, and its `schema` number changes when a reader
//! would break.

use std::io;

use serde::Serialize;

use crate::finding::{
    Inventory,
    inventory::{Asset, Kind, Moment, Spot},
};

/// The JSON Schema of what [`super::Form::Json`] writes.
pub const SCHEMA: &str = include_str!("../../../docs/inventory-schema.json");

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    tool: Tool,
    as_of: &'a str,
    scope: &'a [String],
    within: Option<i64>,
    assets: Vec<WireAsset<'a>>,
    broken: Vec<WirePlace<'a>>,
    counts: WireCounts,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct WireAsset<'a> {
    kind: &'static str,
    origin: &'static str,
    title: &'a str,
    roles: Vec<&'static str>,
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    serial: Option<&'a str>,
    names: &'a [String],
    not_before: Option<&'a str>,
    not_after: Option<&'a str>,
    days_left: Option<i64>,
    status: Option<&'static str>,
    key: Option<WireKey<'a>>,
    signature: Option<&'a str>,
    sha256: Option<&'a str>,
    sha1: Option<&'a str>,
    authority: Option<bool>,
    self_signed: Option<bool>,
    public_authority: Option<bool>,
    issued_by: &'a [String],
    places: Vec<WirePlace<'a>>,
    users: Vec<WireUser<'a>>,
    user_count: usize,
    same_key: WirePartners<'a>,
    store: Option<WireStore<'a>>,
}

#[derive(Serialize)]
struct WireKey<'a> {
    algorithm: &'a str,
    bits: Option<u32>,
    spki_sha256: Option<&'a str>,
}

#[derive(Serialize)]
struct WirePlace<'a> {
    path: &'a str,
    line: Option<usize>,
    entry: Option<&'a str>,
    entry_kind: Option<&'static str>,
    store: Option<&'a str>,
    named_as: &'a [&'static str],
    encryption: Option<&'a str>,
    example: bool,
}

#[derive(Serialize)]
struct WireUser<'a> {
    title: &'a str,
    role: &'static str,
    side: &'static str,
    software: &'static str,
    path: &'a str,
    line: Option<usize>,
    by: Option<WireLine<'a>>,
}

#[derive(Serialize)]
struct WireLine<'a> {
    path: &'a str,
    line: Option<usize>,
}

#[derive(Serialize)]
struct WirePartners<'a> {
    count: usize,
    shown: Vec<WirePartner<'a>>,
}

#[derive(Serialize)]
struct WirePartner<'a> {
    kind: &'static str,
    title: Option<&'a str>,
    sha256: Option<&'a str>,
    place: &'a str,
}

#[derive(Serialize)]
struct WireStore<'a> {
    kind: &'a str,
    state: &'static str,
    detail: Option<&'a str>,
    entries: usize,
    seals: &'a [String],
}

#[derive(Serialize)]
struct WireCounts {
    files: usize,
    certificates: usize,
    expired: usize,
    private_keys: usize,
    public_keys: usize,
    requests: usize,
    revocation_lists: usize,
    stores: usize,
    secret_keys: usize,
}

/// Writes the inventory as one indented JSON document.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write) -> io::Result<()> {
    let count = |kind: Kind| inventory.assets.iter().filter(|it| it.kind == kind).count();
    let expired = |it: &&Asset| it.kind == Kind::Certificate && it.is_expired();
    let wire = Wire {
        schema: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        as_of: &inventory.as_of.text,
        scope: &inventory.scope,
        within: inventory.within,
        assets: inventory.assets.iter().map(|it| asset(inventory, it)).collect(),
        broken: inventory.broken.iter().map(place).collect(),
        counts: WireCounts {
            files: inventory.files,
            certificates: count(Kind::Certificate),
            expired: inventory.assets.iter().filter(expired).count(),
            private_keys: count(Kind::PrivateKey),
            public_keys: count(Kind::PublicKey),
            requests: count(Kind::Request),
            revocation_lists: count(Kind::RevocationList),
            stores: count(Kind::Store),
            secret_keys: count(Kind::Secret),
        },
    };
    super::super::document::write(&wire, to)
}

fn asset<'a>(inventory: &'a Inventory, it: &'a Asset) -> WireAsset<'a> {
    let moment = |moment: &'a Option<Moment>| moment.as_ref().map(|it| it.text.as_str());
    WireAsset {
        kind: it.kind.noun(),
        origin: it.origin.word(),
        title: &it.title,
        roles: it.roles.iter().map(|role| role.noun()).collect(),
        subject: it.subject.as_ref().map(|name| name.text.as_str()),
        issuer: it.issuer.as_ref().map(|name| name.text.as_str()),
        serial: it.serial.as_ref().map(|serial| serial.hex.as_str()),
        names: &it.names,
        not_before: moment(&it.from),
        not_after: moment(&it.until),
        days_left: it.days_left,
        status: it.status(&inventory.as_of),
        key: it.key.as_ref().map(|key| WireKey {
            algorithm: &key.algorithm.name,
            bits: (key.bits > 0).then_some(key.bits),
            spki_sha256: key.sha256.as_deref(),
        }),
        signature: it.signature.as_ref().map(|signature| signature.name.as_str()),
        sha256: it.sha256.as_deref(),
        sha1: it.sha1.as_deref(),
        authority: it.authority,
        self_signed: it.self_signed,
        public_authority: it.public_authority,
        issued_by: &it.issued_by,
        places: it.spots.iter().map(place).collect(),
        users: users(inventory, it),
        user_count: it.user_count,
        same_key: WirePartners {
            count: it.partner_count,
            shown: it
                .partners
                .iter()
                .map(|partner| WirePartner {
                    kind: partner.kind.noun(),
                    title: (!partner.title.is_empty()).then_some(partner.title.as_str()),
                    sha256: partner.sha256.as_deref(),
                    place: &partner.place,
                })
                .collect(),
        },
        store: it.store.as_ref().map(|store| WireStore {
            kind: &store.kind,
            state: store.state,
            detail: store.detail.as_deref(),
            entries: store.entries,
            seals: &store.seals,
        }),
    }
}

fn users<'a>(inventory: &'a Inventory, it: &'a Asset) -> Vec<WireUser<'a>> {
    let wire = |user: &'a crate::finding::inventory::User| {
        let endpoint = inventory.endpoints.get(user.endpoint)?;
        Some(WireUser {
            title: &endpoint.title,
            role: user.role.noun(),
            side: if endpoint.server { "server" } else { "client" },
            software: user.software,
            path: &endpoint.path,
            line: endpoint.line,
            by: user.by.as_ref().map(|(path, line)| WireLine { path, line: *line }),
        })
    };
    it.users.iter().filter_map(wire).collect()
}

fn place(it: &Spot) -> WirePlace<'_> {
    WirePlace {
        path: &it.path,
        line: it.line,
        entry: it.entry.as_deref(),
        entry_kind: it.stored.as_ref().map(|(kind, _)| *kind),
        store: it.stored.as_ref().map(|(_, store)| store.as_str()),
        named_as: &it.named_as,
        encryption: it.protection.as_deref(),
        example: it.example,
    }
}
