//! Dumps of the management API: how old they are, what a support case lacks, and what the vendor refuses about stores.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::apigee::{DumpedCertificate, Kind, Lookup, Origin, Platform},
    model::x509::Time,
    model::{Endpoint, FileId, Location, Model, Pairing, Part, Role, Software},
    rules::words,
};

/// What a dump says about a certificate, and its dates do not any more.
struct Outdated {
    title: String,
    said: Location,
    why: String,
}

fn outdated(it: &DumpedCertificate, today: Time) -> Option<Outdated> {
    let (said, end) = (it.is_valid.as_ref()?, it.not_after?);
    let started = it.not_before.is_none_or(|start| start <= today);
    let why = match said.trimmed() {
        "Yes" if end < today => format!("said to be valid, and it expired on {end}"),
        "No" if started && today <= end => format!("said to be invalid, and its dates are good until {end}"),
        "Not yet" if started && today <= end => "said to be valid only later, and by now it is".to_owned(),
        _ => return None,
    };
    let title = it.subject.as_ref().map_or("(no name)", |it| it.title()).to_owned();
    Some(Outdated { title, said: said.at, why })
}

/// See the card.
pub(crate) fn dump_stale(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        let details =
            environment.stores.iter().flat_map(|it| &it.aliases).filter_map(|it| it.detail.as_ref());
        let certificates = details.chain(&environment.stray_details).flat_map(|it| &it.certificates);
        let all: Vec<Outdated> = certificates.filter_map(|it| outdated(it, model.today())).collect();
        let Some((first, others)) = all.split_first() else { continue };
        // An old tree holds many of them, and all for one reason.
        let message = match others.len() {
            0 => format!("the dump is older than its certificates: `{}` is {}", first.title, first.why),
            more => format!(
                "the dump is older than its certificates: `{}` is {}, and {more} more have changed since it was taken",
                first.title, first.why
            ),
        };
        let finding = out.report(message, first.said, "true when the dump was taken");
        for it in others.iter().take(words::SHOWN) {
            finding.label(it.said, format!("`{}` is {}", it.title, it.why));
        }
        finding.help("take the dump again before you draw conclusions from it");
    }
}

/// The size that Edge refuses, in bytes (50 KB).
const MOST: u64 = 50 * 1024;

/// See the card.
pub(crate) fn pem_too_big(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<FileId> = BTreeSet::new();
    // X names no limit, and what was exported by the API fitted in once.
    let definitions = model
        .apigee
        .environments
        .iter()
        .filter(|it| it.platform != Platform::X)
        .flat_map(|it| &it.definitions);
    for said in definitions.filter_map(|it| it.certificate.as_ref()) {
        let pointer = model.estate.pointers.iter().find(|it| it.at == said.at);
        let Some(file) = pointer.and_then(|it| it.to.file()) else { continue };
        let size = model.paths.node(file).size;
        if size <= MOST || !told.insert(file) {
            continue;
        }
        out.report(
            format!(
                "`{}` has {size} bytes, and Apigee Edge takes no file of more than 50 KB: the alias is not made",
                model.path(file)
            ),
            said.at,
            "this file is uploaded",
        )
        .label(Location::whole(file), format!("{size} bytes"))
        .help("upload each certificate or chain under an alias of its own, and leave out what nobody needs");
    }
}

/// See the card.
pub(crate) fn cloud_self_signed(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for (at, environment) in model.apigee.environments.iter().enumerate() {
        if environment.platform != Platform::Cloud {
            continue;
        }
        for endpoint in model.apigee_wiring.virtual_hosts[at].iter().flatten() {
            for identity in model.estate.identities_of(*endpoint) {
                let Some((leaf, place)) = identity.sent.first().copied() else { continue };
                let sound =
                    matches!(identity.pairing, Pairing::Match | Pairing::Unknown | Pairing::Locked(_));
                if !sound || !model.chains.is_root(&model.materials, leaf) || !told.insert(place) {
                    continue;
                }
                let finding = out.report(
                    format!(
                        "{} of Edge Cloud shows {}, which signs itself: Apigee takes certificates of public authorities only there, and clients refuse this one",
                        model.estate.endpoint(*endpoint).title,
                        words::title(model, leaf)
                    ),
                    model.estate.pointer(identity.certificate).at,
                    "shown to clients",
                );
                finding.label(place, "issued by itself");
                words::label_ways(finding, model, [(*endpoint, identity.certificate)]);
                finding.help("have a certificate issued by a public authority, and upload it with its chain to a new store");
            }
            for it in &model.estate.described {
                let leaf = |at: &&crate::model::DescribedUse| {
                    at.endpoint == *endpoint && at.part == Part::Leaf(Role::Server)
                };
                let Some(at) = it.uses.iter().find(leaf) else { continue };
                if it.same.is_some() || !it.is_self_issued() || !told.insert(it.at) {
                    continue;
                }
                let finding = out.report(
                    format!(
                        "{} of Edge Cloud shows `{}`, whose issuer is itself: Apigee takes certificates of public authorities only there, and clients refuse this one",
                        model.estate.endpoint(*endpoint).title,
                        it.title()
                    ),
                    it.entry,
                    "shown to clients",
                );
                finding.label(it.at, "subject and issuer are the same");
                words::label_steps(finding, model, [(*endpoint, at.via.as_slice())]);
                finding.help("have a certificate issued by a public authority, and upload it with its chain to a new store");
            }
        }
    }
}

/// See the card.
pub(crate) fn too_many_dns(model: &Model, out: &mut Findings) {
    let most = model.settings.option("apigee/too-many-dns", "names", 100);
    let mut told: BTreeSet<Vec<u32>> = BTreeSet::new();
    for trust in model.estate.trusts.iter().filter(|it| it.active.is_some() && it.of == Role::Client) {
        let ours = trust.anchors.iter().all(|it| model.estate.pointer(*it).software == Software::EdgeRouter);
        let names: BTreeSet<String> =
            model.anchors(trust).iter().map(|(id, _)| model.cert(*id).subject.folded()).collect();
        let Some(active) =
            trust.active.filter(|_| ours && i64::try_from(names.len()).is_ok_and(|count| count > most))
        else {
            continue;
        };
        if !told.insert(trust.anchors.iter().map(|it| it.0).collect()) {
            continue;
        }
        let endpoint: &Endpoint = model.estate.endpoint(trust.endpoint);
        let finding = out.report(
            format!(
                "{} sends the names of {} authorities to every client in each handshake: handshakes grow, and some clients give up on long lists",
                endpoint.title,
                names.len()
            ),
            active,
            "clients are asked for certificates",
        );
        words::label_steps(finding, model, [(trust.endpoint, trust.via.as_slice())]);
        finding
            .level(Level::Note)
            .help("keep in the truststore only the authorities that your clients' certificates come from");
    }
}

/// See the card.
pub(crate) fn dump_incomplete(model: &Model, out: &mut Findings) {
    for (at, environment) in model.apigee.environments.iter().enumerate() {
        // A repository holds what it is meant to hold; a folder of dumps has bodies of single things.
        let single = |origin| matches!(origin, Origin::Xml | Origin::Json);
        if !environment.definitions.is_empty() || environment.lists.contains_key(&Kind::TargetServers) {
            continue;
        }
        for (index, host) in environment.virtual_hosts.iter().enumerate().filter(|(_, it)| single(it.origin))
        {
            let Some(ssl) = host.ssl.as_ref().filter(|it| it.is_on() && it.verifies_clients()) else {
                continue;
            };
            let Some(said) = ssl.trust_store.as_ref().filter(|it| !it.is_blank() && !it.is_placeholder())
            else {
                continue;
            };
            let found = environment.look_up(Some(said));
            let missing = match (&found, found.store()) {
                (Lookup::NoReference(name), _) if !environment.has_list(Kind::References) => {
                    format!("the body of reference `{name}`")
                }
                (Lookup::Dangling(reference), _) if !environment.has_list(Kind::Stores) => {
                    format!("the aliases of store `{}`", reference.refers.trimmed())
                }
                (Lookup::NoStore(name), _) if !environment.has_list(Kind::Stores) => {
                    format!("the aliases of store `{name}`")
                }
                (_, Some(store)) => {
                    let bare: Vec<String> = store
                        .aliases
                        .iter()
                        .filter(|it| it.detail.is_none() && it.exported.is_none())
                        .map(|it| format!("`{}`", it.name))
                        .collect();
                    if bare.is_empty() {
                        continue;
                    }
                    format!("the certificates of {} of store `{}`", words::list(&bare, 3), store.name)
                }
                _ => continue,
            };
            // Nothing was judged about this truststore; with a part of it, something was.
            let judged = model.apigee_wiring.virtual_hosts[at][index]
                .is_some_and(|it| model.estate.trusts_of(it).iter().any(|trust| trust.whole));
            if judged {
                continue;
            }
            let finding = out.report(
                format!(
                    "the dump lacks {missing}: whether a client of virtual host `{}` is refused cannot be told from it",
                    host.name.as_ref().map_or("(no name)", |it| it.trimmed())
                ),
                said.at,
                "the truststore of this virtual host",
            );
            for (at, what) in environment.way(said) {
                finding.label(at, what);
            }
            finding.help(
                "add to the folder: the virtual host, the reference, the list of the store, each certificate with its details (or the PEM), the exact error, and a capture of the handshake; the support of Apigee asks for the same",
            );
        }
    }
}

/// See the card.
pub(crate) fn opdk_453_key_format(model: &Model, out: &mut Findings) {
    let Some(version) = model.settings.apigee.version.filter(|it| (it.0, it.1) >= (4, 53)) else { return };
    for environment in model.apigee.environments.iter().filter(|it| it.platform == Platform::PrivateCloud) {
        for definition in &environment.definitions {
            let with_key = definition.key.as_ref().is_some_and(|it| !it.is_blank());
            let Some(format) = definition.format.as_ref().filter(|it| match it.trimmed() {
                "keycertfile" => with_key,
                "keycertjar" => true,
                _ => false,
            }) else {
                continue;
            };
            out.report(
                format!(
                    "alias `{}` brings its key in the format `{}`, and Edge for Private Cloud {}.{} takes keys as PKCS#12 only: the alias is not made",
                    definition.alias.as_ref().map_or("(no name)", |it| it.trimmed()),
                    format.trimmed(),
                    version.0,
                    version.1
                ),
                format.at,
                "not taken by this version",
            )
            .help("put certificate and key into one file with `openssl pkcs12 -export -inkey KEY -in CERT -out FILE.p12`, and set `\"format\": \"pkcs12\"` with `filePath`");
        }
    }
}
