//! Certificates and the keys they are paired with: keys that are absent, inherited, crowded out or locked.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, EndpointId, FileId, ItemKind, KeyState, Location, Model, Pairing, PointerId, Role,
        estate::Offer,
        facts::Item,
        nginx::{DirectiveId, Effective, ScopeId},
        tree::parent,
        x509::{Coverage, KeyFamily},
    },
};

use super::{grouped::Grouped, labels::label_some};

/// A place where certificates are paired with keys: a server, or a connection with a client certificate.
struct Side {
    endpoint: EndpointId,
    scope: ScopeId,
    /// `ssl`, `proxy_ssl`, …: what the names of its settings start with.
    prefix: &'static str,
}

impl Side {
    fn setting(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }
}

/// The settings of all offers start with one of these.
const PREFIXES: &[&str] = &["proxy_ssl", "grpc_ssl", "uwsgi_ssl", "ssl"];

fn side_of(model: &Model, offer: &Offer) -> Option<Side> {
    let scope = model.nginx_endpoints.scope_of(&model.nginx, offer.endpoint)?;
    let setting = &model.estate.pointer(*offer.certificates.first()?).setting;
    let prefix = PREFIXES.iter().find(|prefix| setting.starts_with(**prefix))?;
    Some(Side { endpoint: offer.endpoint, scope, prefix })
}

/// All places where certificates are paired with keys.
fn sides(model: &Model) -> impl Iterator<Item = (Side, &Offer)> {
    model.estate.offers.iter().filter_map(|offer| Some((side_of(model, offer)?, offer)))
}

/// `nginx/split-pair`: a block replaces the certificate of the pair above it and keeps its key, or the reverse.
pub(crate) fn split_pair(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for (side, _) in sides(model) {
        let (certificate, key) = (side.setting("certificate"), side.setting("certificate_key"));
        let (Some(certificates), Some(keys)) =
            (nginx.effective(side.scope, &certificate), nginx.effective(side.scope, &key))
        else {
            continue;
        };
        if certificates.scope == keys.scope || !nginx.is_complete(side.scope) {
            continue;
        }
        let inner_is_key = nginx.around(side.scope).find(|it| *it == keys.scope || *it == certificates.scope)
            == Some(keys.scope);
        let (inner, outer, replaced) =
            if inner_is_key { (keys, certificates, &key) } else { (certificates, keys, &certificate) };
        // Only where the outer block has a whole pair was half of it replaced; a key for all servers is a design.
        let Some((broken, _)) = nginx.own(outer.scope, replaced).next() else { continue };
        // What can be compared was compared: a pair that fits is fine, and `key/mismatch` speaks of one that does not.
        let mut compared = model.estate.identities_of(side.endpoint).iter();
        if compared.any(|it| !matches!(it.pairing, Pairing::Unknown | Pairing::Locked(_)))
            || same_home(inner, outer)
        {
            continue;
        }
        let title = model.estate.endpoint(side.endpoint).title.clone();
        let cause = (inner.last().0, outer.last().0, broken, side.prefix, inner_is_key);
        found.add(cause, title);
    }
    for ((inner, outer, broken, prefix, inner_is_key), titles) in found {
        let (set, kept) = if inner_is_key {
            ("certificate_key", "certificate")
        } else {
            ("certificate", "certificate_key")
        };
        let finding = out.report(
            format!(
                "{} sets `{prefix}_{set}` and inherits `{prefix}_{kept}` from the block around it: the two were not \
                 written as a pair, and nginx does not start if they do not belong together",
                titles[0]
            ),
            nginx.at(inner),
            format!("replaces one half of the pair, without `{prefix}_{kept}`"),
        );
        finding.label(nginx.at(outer), "the half that is inherited");
        finding.label(nginx.at(broken), "its own other half, replaced");
        finding.help(format!("write `{prefix}_{kept}` beside this line, with the file that belongs to it"));
    }
}

/// Both files stand in one folder of certbot, which holds one pair.
fn same_home(one: Effective<'_>, other: Effective<'_>) -> bool {
    let words = (one.value(), other.value());
    let (Some(one), Some(other)) = words else { return true };
    if !one.is_plain() || !other.is_plain() {
        return true;
    }
    let folder = parent(&one.text);
    folder == parent(&other.text) && parent(folder).ends_with("/live")
}

/// `nginx/cert-without-key`: nginx counts keys and certificates of a block, and never looks for a key elsewhere.
pub(crate) fn cert_without_key(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for (side, _) in sides(model) {
        let (certificate, key) = (side.setting("certificate"), side.setting("certificate_key"));
        let Some(certificates) = nginx.effective(side.scope, &certificate) else { continue };
        let keys: Vec<DirectiveId> = nginx
            .effective(side.scope, &key)
            .map_or_else(Vec::new, |it| it.lines().map(|(id, _)| id).collect());
        if keys.len() >= certificates.lines().count() || !nginx.is_complete(side.scope) {
            continue;
        }
        // nginx names the last one.
        let last = certificates.last().0;
        let endpoint = model.estate.endpoint(side.endpoint);
        let inherits = certificates.inherited;
        found.add((last, keys, side.prefix), (side.scope, inherits, endpoint.at, endpoint.title.clone()));
    }
    for ((line, keys, prefix), users) in found {
        let file = nginx.directive(line).arg(0).unwrap_or_default();
        let what = if keys.is_empty() {
            "has no key".to_owned()
        } else {
            format!("has only {} for it and those before it", count(keys.len()))
        };
        let finding = out.report(
            format!(
                "`{prefix}_certificate {file}` {what}: nginx does not start or reload \
                 (`nginx -t`: no \"{prefix}_certificate_key\" is defined for certificate \"{file}\")"
            ),
            nginx.at(line),
            format!("needs its own `{prefix}_certificate_key`"),
        );
        finding
            .labels_from(keys.iter().map(|key| (nginx.at(*key), "a key of another certificate".to_owned())));
        let inside = model
            .nginx_endpoints
            .pointer_of(nginx, users[0].0, line)
            .and_then(|it| model.estate.pointer(it).to.file())
            .and_then(|file| model.materials.keys_in(file).next());
        if let Some(item) = inside {
            finding.label(item.at, "the key is here, and nginx does not look for it by itself");
            finding.help(format!("name the same file as key too: `{prefix}_certificate_key {file};`"));
        } else {
            finding
                .help(format!("write `{prefix}_certificate_key FILE;` beside the certificate, one for each"));
        }
        let heirs = users.into_iter().filter(|it| it.1);
        label_some(finding, heirs.map(|(_, _, at, title)| (at, format!("{title} inherits it"))));
    }
}

fn count(keys: usize) -> String {
    if keys == 1 { "one key".to_owned() } else { format!("{keys} keys") }
}

/// `nginx/duplicate-cert-type`: OpenSSL keeps one certificate for each type of key, the last.
pub(crate) fn duplicate_cert_type(model: &Model, out: &mut Findings) {
    let mut seen = BTreeSet::new();
    for offer in &model.estate.offers {
        let leaves: Vec<_> =
            offer.certificates.iter().filter_map(|pointer| leaf_of(model, *pointer)).collect();
        for (index, (lost, family, lost_at, lost_line)) in leaves.iter().enumerate() {
            let later = leaves[index + 1..].iter().rev().find(|(_, other, ..)| other == family);
            let Some((kept, _, kept_at, kept_line)) = later else { continue };
            if !seen.insert((*lost_line, *kept_line)) {
                continue;
            }
            if lost == kept {
                out.report(
                    "the same certificate is named twice in one block: the second line changes nothing",
                    *kept_line,
                    "once more",
                )
                .level(Level::Note)
                .label(*lost_line, "named here already")
                .help("remove one of the two pairs");
                continue;
            }
            let missing: Vec<String> = names_only_in(model, *lost, *kept);
            let harm = match (missing.first(), offer.role) {
                (Some(name), Role::Server) => {
                    format!("clients of `{name}` get a certificate for other names")
                }
                _ => "nobody ever sees this certificate".to_owned(),
            };
            out.report(
                format!(
                    "two certificates with {} keys in one block: OpenSSL keeps one for each type of key, the last, \
                     so {harm}; accepted by `nginx -t`",
                    *family
                ),
                *lost_line,
                "replaced by the later one, never shown",
            )
            .label(*kept_line, "the one that is shown")
            .label(*lost_at, format!("for {}", listed(model, *lost)))
            .label(*kept_at, format!("for {}", listed(model, *kept)))
            .help(
                "give each name a `server` block with its own pair, or get one certificate with all names; several \
                 pairs in one block are for one RSA and one ECDSA certificate of the same names",
            );
        }
    }
}

/// The leaf of a file, its type of key, its place and the line that names the file.
fn leaf_of(model: &Model, pointer: PointerId) -> Option<(CertId, KeyFamily, Location, Location)> {
    let pointer = model.estate.pointer(pointer);
    let file = pointer.to.file().filter(|file| model.materials.is_sound(*file))?;
    let (leaf, at) = model.materials.each_in(file).next()?;
    let family = model.cert(leaf).public_key.kind.family();
    (family != KeyFamily::Other).then_some((leaf, family, at, pointer.at))
}

/// Names of one certificate that another does not cover.
fn names_only_in(model: &Model, one: CertId, other: CertId) -> Vec<String> {
    let covers = |name: &String| model.cert(other).host_coverage(name) == Coverage::Covered;
    model.cert(one).names().filter(|name| !covers(name)).collect()
}

fn listed(model: &Model, id: CertId) -> String {
    let names: Vec<String> = model.cert(id).names().take(3).map(|name| format!("`{name}`")).collect();
    if names.is_empty() { format!("`{}`", model.cert(id).subject.title()) } else { names.join(", ") }
}

/// The key OpenSSL reads from a file, where it is behind a password.
fn locked_key(model: &Model, pointer: PointerId) -> Option<&Item> {
    let file = model.estate.pointer(pointer).to.file()?;
    let item = model.materials.keys_in(file).next()?;
    matches!(item.kind, ItemKind::LockedKey(_)).then_some(item)
}

/// `nginx/encrypted-key-no-password`: nginx asks on a terminal, and a service has none.
pub(crate) fn encrypted_key_no_password(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for (side, offer) in sides(model) {
        if !offer.passwords.is_empty() || !model.nginx.is_complete(side.scope) {
            continue;
        }
        for pointer in &offer.keys {
            let Some(item) = locked_key(model, *pointer) else { continue };
            let endpoint = model.estate.endpoint(side.endpoint);
            let pointer = model.estate.pointer(*pointer);
            found.add((pointer.at, item.at, side.prefix), (endpoint.at, endpoint.title.clone()));
        }
    }
    for ((line, key, prefix), users) in found {
        let finding = out.report(
            format!(
                "the key is encrypted and no `{prefix}_password_file` is set: nginx asks for the pass phrase on a \
                 terminal, and as a service it does not start (`nginx -t`: bad password read)"
            ),
            line,
            "names an encrypted key",
        );
        finding.label(key, "encrypted");
        label_some(finding, users.into_iter().map(|(at, title)| (at, format!("{title} uses it"))));
        finding.help(format!(
            "write `{prefix}_password_file FILE;` with the pass phrase in a file that only root can read, or decrypt \
             the key with `openssl pkey`"
        ));
    }
}

/// `nginx/password-file-no-match`: no line of the password file opens the key.
pub(crate) fn password_file_no_match(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for (side, offer) in sides(model) {
        let name = side.setting("password_file");
        let Some(set) = nginx.effective(side.scope, &name) else { continue };
        if set.inherited && !nginx.is_complete(side.scope) {
            continue;
        }
        let files: Option<Vec<FileId>> =
            offer.passwords.iter().map(|it| model.estate.pointer(*it).to.file()).collect();
        let Some(files) = files.filter(|it| !it.is_empty()) else { continue };
        for pointer in &offer.keys {
            let Some(item) = locked_key(model, *pointer) else { continue };
            if is_refused(model, &files, item) {
                let key_line = model.estate.pointer(*pointer).at;
                found.add((set.last().0, side.prefix), (key_line, item.at));
            }
        }
    }
    for ((line, prefix), keys) in found {
        let finding = out.report(
            format!(
                "no line of the `{prefix}_password_file` opens the key: nginx does not start or reload \
                 (`nginx -t`: maybe wrong password)"
            ),
            nginx.at(line),
            "none of its pass phrases fits",
        );
        let labels = keys.into_iter().flat_map(|(line, key)| {
            [
                (line, "the key that stays locked".to_owned()),
                (key, "encrypted with another pass phrase".to_owned()),
            ]
        });
        label_some(finding, labels);
        finding.help("put the pass phrase of this key on a line of its own in the password file");
    }
}

/// Whether every pass phrase of the files was tried on the key, and was wrong. What the user gave may have opened the
/// key, and nginx does not know it.
fn is_refused(model: &Model, files: &[FileId], item: &Item) -> bool {
    let read = |file: &FileId| model.password_files.get(file);
    if !files.iter().all(|file| read(file).is_some()) {
        return false;
    }
    let mut lines = files.iter().filter_map(read).flatten().peekable();
    if lines.peek().is_none() && matches!(model.materials.key_state(item), KeyState::Known(_)) {
        return false;
    }
    lines.all(|password| model.materials.is_wrong(item, password))
}
