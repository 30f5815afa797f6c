//! What the Maven plugin shall upload, and what came back as a dump: aliases that do not become what they look like.

use std::collections::BTreeMap;

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        FileId, Location, Model,
        apigee::{
            AliasDefinition, AliasDetail, Environment, Kind, LayoutKind, Near, Platform, StoreRole, StoreUse,
            near, resolve::BUILT_IN_STORE,
        },
        said::Said,
        tree::parent,
    },
    rules::words,
};

use super::undefined::level_of;

/// The ways to make an alias.
const FORMATS: &[&str] = &["keycertfile", "keycertjar", "pkcs12", "selfsignedcert"];

fn filled(said: Option<&Said>) -> Option<&Said> {
    said.filter(|it| !it.is_blank())
}

/// "alias `x`", or "an alias" where it has no name.
fn title(it: &AliasDefinition) -> String {
    filled(it.alias.as_ref())
        .map_or_else(|| "an alias".to_owned(), |name| format!("alias `{}`", name.trimmed()))
}

/// The uses of a store by its name.
fn uses_of<'m>(environment: &Environment, uses: &[StoreUse<'m>], store: &str) -> Vec<StoreUse<'m>> {
    let leads =
        |it: &&StoreUse<'_>| environment.look_up(Some(it.name)).store().is_some_and(|it| it.name == store);
    uses.iter().filter(leads).copied().collect()
}

/// See the card.
pub(crate) fn selfsigned_with_file(model: &Model, out: &mut Findings) {
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let uses = model.apigee.store_uses(index);
        let mut by_store: BTreeMap<(FileId, &str), Vec<&AliasDefinition>> = BTreeMap::new();
        for it in environment.definitions.iter().filter(|it| it.is_selfsigned_with_file()) {
            let store = filled(it.store.as_ref()).map_or("", Said::trimmed);
            by_store.entry((it.at.file, store)).or_default().push(it);
        }
        for ((_, store), definitions) in by_store {
            let through = uses_of(environment, &uses, store);
            let Some(first) = definitions.first() else { continue };
            let (Some(format), Some(file)) = (&first.format, first.first_file()) else { continue };
            let (others, has) = match definitions.len() {
                1 => (String::new(), "has"),
                count => (format!(" and {} more of store `{store}`", count - 1), "have"),
            };
            let finding = out.report(
                format!(
                    "{}{others} {has} the format `selfsignedcert`, so the plugin never uploads `{}`, and Apigee makes a new self-signed certificate of its own: {}",
                    title(first),
                    file.trimmed(),
                    effect_of_made(&through)
                ),
                format.at,
                "makes a new certificate",
            );
            finding.label(file.at, "this file is not uploaded");
            for it in definitions.iter().skip(1).take(words::SHOWN) {
                if let Some(file) = it.first_file() {
                    finding.label(file.at, format!("nor is this one, for {}", title(it)));
                }
            }
            for used in through.iter().take(words::SHOWN) {
                finding.label(used.at(), format!("{} uses the store", used.user.title()));
            }
            let format = if filled(first.certificate.as_ref()).is_some() { "keycertfile" } else { "pkcs12" };
            finding.help(format!("write the format `{format}`, then delete what was made and upload again"));
        }
    }
}

/// What users see of a certificate that was made in place of one.
fn effect_of_made(users: &[StoreUse<'_>]) -> &'static str {
    let live = |host: bool, role| {
        users.iter().any(|it| !it.is_off() && it.user.is_virtual_host() == host && it.role == role)
    };
    if live(true, StoreRole::Trust) {
        "the truststore does not hold your certificate, and every client below it gets `400 The SSL certificate error`"
    } else if live(true, StoreRole::Key) {
        "clients are shown a self-signed certificate and refuse the connection"
    } else if live(false, StoreRole::Trust) {
        "the backend's certificate is not trusted, and callers get a 503"
    } else {
        "whoever relies on this alias gets a certificate that nobody issued"
    }
}

/// See the card.
pub(crate) fn alias_required_field(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        for it in &environment.definitions {
            unknown_format(out, environment, it);
            let missing = missing_fields(it);
            if missing.is_empty() {
                continue;
            }
            let quoted: Vec<String> = missing.iter().map(|it| format!("`{it}`")).collect();
            let finding = out.report(
                format!(
                    "{} has no {}: the plugin stops here, and what stands behind it in the list is not uploaded either",
                    title(it),
                    words::list(&quoted, 3)
                ),
                it.at,
                format!("{} missing", if missing.len() == 1 { "a field is" } else { "fields are" }),
            );
            if let Some(format) = filled(it.format.as_ref()) {
                finding.label(format.at, "needed by this format");
            }
            // The interface refuses it; the plugin itself does not look.
            if missing == ["subject"] {
                finding.message = format!(
                    "{} has no `subject`: Apigee needs at least its `commonName` and refuses the alias",
                    title(it)
                );
            }
            finding.help(format!("add {}", words::list(&quoted, 3)));
        }
    }
}

/// The fields without which the plugin or the interface refuses a definition.
fn missing_fields(it: &AliasDefinition) -> Vec<&'static str> {
    let mut missing = Vec::new();
    for (name, field) in [("alias", &it.alias), ("keystorename", &it.store), ("format", &it.format)] {
        if filled(field.as_ref()).is_none() {
            missing.push(name);
        }
    }
    let Some(format) = filled(it.format.as_ref()) else { return missing };
    match format.trimmed() {
        "keycertfile" if filled(it.certificate.as_ref()).is_none() => missing.push("certFilePath"),
        "keycertjar" | "pkcs12" if filled(it.bundle.as_ref()).is_none() => missing.push("filePath"),
        "selfsignedcert" if !it.has_subject && !it.is_selfsigned_with_file() => missing.push("subject"),
        _ => {}
    }
    missing
}

/// Tells of a format that Apigee does not take.
fn unknown_format(out: &mut Findings, environment: &Environment, it: &AliasDefinition) {
    let Some(format) = filled(it.format.as_ref()).filter(|it| !it.is_placeholder()) else { return };
    let written = format.trimmed();
    let is_x = environment.platform == Platform::X;
    if is_x && written == "keycertjar" {
        out.report(
            format!(
                "{} has the format `keycertjar`, which Edge takes and Apigee X and hybrid refuse",
                title(it)
            ),
            format.at,
            "not on this platform",
        )
        .help("convert it (`keytool -importkeystore -deststoretype pkcs12`) and write the format `pkcs12`");
        return;
    }
    // The plugin reads this one in any case.
    if FORMATS.contains(&written) || written.eq_ignore_ascii_case("selfsignedcert") {
        return;
    }
    let meant = near(written, FORMATS.iter().copied().filter(|it| !is_x || *it != "keycertjar"));
    let finding = out.report(
        format!(
            "{} has the format `{written}`, which neither the plugin nor Apigee knows: the upload is refused",
            title(it)
        ),
        format.at,
        "unknown format",
    );
    finding.help(match meant {
        Some(meant) => format!("write `{}`", meant.name()),
        None => "write `keycertfile` (PEM), `pkcs12`, or `selfsignedcert` to have one made".to_owned(),
    });
}

/// See the card.
pub(crate) fn alias_store_undefined(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        let mut by_store: BTreeMap<&str, Vec<&AliasDefinition>> = BTreeMap::new();
        for it in &environment.definitions {
            let Some(said) = filled(it.store.as_ref()) else { continue };
            let name = said.trimmed();
            let there = environment.store(name).is_some_and(|it| it.origin.is_some());
            let known = environment.known_names.get(&Kind::Stores).into_iter().flatten();
            let known = there || name == BUILT_IN_STORE || known.into_iter().any(|it| it.trimmed() == name);
            if !known && !said.is_placeholder() {
                by_store.entry(name).or_default().push(it);
            }
        }
        for (name, definitions) in by_store {
            tell_store(model, out, environment, name, &definitions);
        }
    }
}

fn tell_store(
    model: &Model,
    out: &mut Findings,
    environment: &Environment,
    name: &str,
    definitions: &[&AliasDefinition],
) {
    let entities = environment.stores.iter().filter(|it| it.origin.is_some());
    let close = near(name, entities.map(|it| it.name.as_str()));
    let Some(mut level) = level_of(model, environment, Kind::Stores, close) else { return };
    let excuse = match model.apigee.token_in(environment, name) {
        Some(token) => {
            level = Level::Note;
            format!(", unless the build puts something else for `{token}`")
        }
        None => String::new(),
    };
    let places: Vec<Location> =
        definitions.iter().filter_map(|it| it.store.as_ref()).map(|it| it.at).collect();
    let (Some(first), Some(at)) = (definitions.first(), places.first()) else { return };
    let finding = out.report(
        format!(
            "{} shall go to store `{name}`, which {} does not have: it cannot be uploaded{excuse}",
            title(first),
            environment.title()
        ),
        *at,
        format!("no store `{name}`"),
    );
    finding.level(level);
    for (it, at) in definitions.iter().zip(&places).skip(1).take(words::SHOWN) {
        finding.label(*at, format!("nor can {}", title(it)));
    }
    for reference in environment.references.iter().filter(|it| it.refers.trimmed() == name).take(words::SHOWN)
    {
        finding.label(reference.refers.at, format!("reference `{}` stands for it", reference.name.trimmed()));
    }
    if let Some(store) = close.and_then(|it| environment.store(it.name())) {
        let case = if matches!(close, Some(Near::Case(_))) { ", and case counts" } else { "" };
        finding
            .label(store.at, "a store of nearly this name")
            .help(format!("write `{}` if that is meant{case}", store.name));
        return;
    }
    for list in environment.lists.get(&Kind::Stores).into_iter().flatten().take(1) {
        finding.label(*list, "the stores are listed here");
    }
    finding.help(format!("add `{name}` to the keystores, which the plugin makes before their aliases"));
}

/// See the card.
pub(crate) fn alias_duplicate(model: &Model, out: &mut Findings) {
    // A backup that the plugin loads is told as that.
    let backup = |file: FileId| {
        model.apigee.layouts.iter().any(|it| it.file == file && matches!(it.kind, LayoutKind::PickedUp(_)))
    };
    for environment in &model.apigee.environments {
        let mut by_name: BTreeMap<(&str, &str), Vec<&AliasDefinition>> = BTreeMap::new();
        for it in environment.definitions.iter().filter(|it| !backup(it.at.file)) {
            if let (Some(store), Some(alias)) = (filled(it.store.as_ref()), filled(it.alias.as_ref())) {
                by_name.entry((store.trimmed(), alias.trimmed())).or_default().push(it);
            }
        }
        for ((store, alias), definitions) in by_name {
            let Some((first, rest)) = definitions.split_first() else { continue };
            // One environment described in two ways of keeping files is not loaded twice.
            let folder = |it: &AliasDefinition| parent(model.path(it.at.file)).to_owned();
            let same: Vec<_> = rest.iter().filter(|it| folder(it) == folder(first)).collect();
            let Some(second) = same.first() else { continue };
            let finding = out.report(
                format!("alias `{alias}` of store `{store}` is there twice: the plugin uploads the first one with the options `create` and `update`, and the last one with `sync`"),
                second.at,
                "there again",
            );
            finding.label(first.at, "the first one");
            for it in same.iter().skip(1).take(words::SHOWN) {
                finding.label(it.at, "and again");
            }
            finding.help("keep the one with the certificate that is valid, or give the other another alias");
        }
    }
}

/// See the card.
pub(crate) fn ignore_expiry_set(model: &Model, out: &mut Findings) {
    let today = model.today();
    for environment in &model.apigee.environments {
        let mut by_file: BTreeMap<FileId, Vec<(&AliasDefinition, &Said)>> = BTreeMap::new();
        for it in &environment.definitions {
            if let Some(said) = it.ignore_expiry.as_ref().filter(|it| it.truth() == Some(true)) {
                by_file.entry(it.at.file).or_default().push((it, said));
            }
        }
        for flagged in by_file.into_values() {
            let Some((first, at)) = flagged.first() else { continue };
            let others = match flagged.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let finding = out.report(
                format!("{}{others} may be uploaded after its last day (`ignoreExpiryValidation`): Apigee no longer refuses an expired certificate, and clients are the first to notice", title(first)),
                at.at,
                "turns the check off",
            );
            for (it, said) in flagged.iter().skip(1).take(words::SHOWN) {
                finding.label(said.at, format!("and for {}", title(it)));
            }
            let expired =
                flagged.iter().flat_map(|(it, _)| certificates(model, it)).filter(|(_, end)| *end < today);
            label_expired(finding, expired.map(|(at, end)| (at, end.to_string())));
            finding.help("take it out and upload a certificate that is valid");
        }
    }
}

fn label_expired(finding: &mut Finding, expired: impl Iterator<Item = (Location, String)>) {
    for (at, end) in expired.take(words::SHOWN) {
        finding.label(at, format!("expired on {end}"));
    }
}

/// The certificates that a definition uploads, each with its end.
fn certificates(model: &Model, it: &AliasDefinition) -> Vec<(Location, crate::model::x509::Time)> {
    let Some(said) = it.certificate.as_ref().or(it.bundle.as_ref()) else { return Vec::new() };
    let pointer = model.estate.pointers.iter().find(|pointer| pointer.at == said.at);
    let Some(file) = pointer.and_then(|it| it.to.file()) else { return Vec::new() };
    model.materials.in_file(file).into_iter().map(|(id, at)| (at, model.cert(id).not_after)).collect()
}

/// See the card.
pub(crate) fn alias_dump_name_mismatch(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        let of_stores =
            environment.stores.iter().flat_map(|it| &it.aliases).filter_map(|it| it.detail.as_ref());
        let details: Vec<&AliasDetail> = of_stores.chain(&environment.stray_details).collect();
        for it in &details {
            let (Some(stem), Some(alias)) = (&it.stem, filled(it.alias.as_ref())) else { continue };
            let name = alias.trimmed();
            if stem == name {
                continue;
            }
            let case_only = stem.eq_ignore_ascii_case(name);
            // Only where files are named by their aliases does a name that differs mean something.
            let siblings = details.iter().filter(|other| {
                parent(model.path(other.at.file)) == parent(model.path(it.at.file))
                    && other.stem.as_deref() == other.alias.as_ref().map(Said::trimmed)
            });
            if !case_only && siblings.count() == 0 {
                continue;
            }
            tell_mismatch(model, out, environment, it, stem, alias);
        }
    }
}

fn tell_mismatch(
    model: &Model,
    out: &mut Findings,
    environment: &Environment,
    it: &AliasDetail,
    stem: &str,
    alias: &Said,
) {
    let name = alias.trimmed();
    let file = crate::model::tree::file_name(model.path(it.at.file));
    let lost = environment
        .stores
        .iter()
        .flat_map(|store| &store.aliases)
        .find(|it| it.name == stem && it.detail.is_none());
    let lost_to = match lost {
        Some(_) => format!(
            ": alias `{stem}` was overwritten when the dump was written, and nothing here says when its certificate ends"
        ),
        None => ": what is checked here may be about another alias than the file says".to_owned(),
    };
    let finding = out.report(
        format!("`{file}` holds alias `{name}`{lost_to}"),
        alias.at,
        format!("`{name}` in `{file}`"),
    );
    if let Some(lost) = lost {
        finding.label(lost.at, "the alias whose file is lost");
    }
    if stem.eq_ignore_ascii_case(name) {
        finding.help("dump the aliases again on a file system that tells capitals from small letters, or one store a folder");
    } else {
        finding.help("dump the alias again, or give the file the name of its alias");
    }
}
