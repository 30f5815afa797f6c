//! What the files of the Central Certificate Store hold, as far as they open: http.sys takes a file by its name, with one
//! password for all, and looks at nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        CertId, EndpointId, FileId, Location, Model, Software,
        iis::{Generation, Outdated, Seen, ShareFile},
        store::{SealedPart, StoreKind},
        x509::Coverage,
    },
    rules::{chain, words},
};

use super::{nodes::pfx_stem, share::bad_name};

/// A file, names that its leaf does not cover, and the place of the leaf.
type Misnamed<'m> = (&'m ShareFile, Vec<String>, Location);

/// Bindings by the file that their host leads to.
type Users = BTreeMap<FileId, Vec<EndpointId>>;

fn users(model: &Model) -> Users {
    let mut users = Users::new();
    for offer in &model.estate.offers {
        for pointer in offer.certificates.iter().map(|it| model.estate.pointer(*it)) {
            if let Some(file) = pointer.to.file().filter(|_| pointer.software == Software::HttpSys) {
                users.entry(file).or_default().push(offer.endpoint);
            }
        }
    }
    users
}

/// Labels bindings that take a certificate from one of these files.
fn label_users<'f>(
    finding: &mut Finding,
    model: &Model,
    users: &Users,
    files: impl IntoIterator<Item = &'f ShareFile>,
) {
    let ids = files.into_iter().filter_map(|it| it.file);
    let endpoints: BTreeSet<EndpointId> =
        ids.filter_map(|id| users.get(&id)).flatten().copied().take(words::SHOWN).collect();
    for endpoint in endpoints {
        let it = model.estate.endpoint(endpoint);
        finding.label(it.at, format!("{} takes its certificate from there", it.title));
    }
}

/// "`a.pfx`, `b.pfx` and 3 more".
fn titles<'f>(files: impl IntoIterator<Item = &'f ShareFile>) -> String {
    let names: Vec<String> = files.into_iter().map(|it| format!("`{}`", it.name)).collect();
    words::list(&names, 4)
}

/// Machines that take files from a share.
fn machines(model: &Model, share: usize) -> impl Iterator<Item = Seen<'_>> {
    model.iis.all_seen().filter(move |it| it.machine.share == Some(share))
}

/// A name that a certificate can be asked to cover.
fn is_name(host: &str) -> bool {
    host.contains('.') && host.is_ascii() && !host.contains([' ', ':']) && !host.contains("xn--")
}

/// The names that a file is asked for and its certificate does not cover.
fn uncovered(model: &Model, users: &Users, name: &str, id: FileId, leaf: CertId) -> Vec<String> {
    let it = model.cert(leaf);
    let misses = |host: &str| it.host_coverage(host) == Coverage::NotCovered;
    let Some(stem) = pfx_stem(name).filter(|_| bad_name(name).is_none()) else { return Vec::new() };
    let Some(parent) = stem.strip_prefix("_.") else {
        return if is_name(stem) && misses(stem) { vec![stem.to_owned()] } else { Vec::new() };
    };
    // A certificate may list the few hosts below a wildcard that there are.
    if let Some(endpoints) = users.get(&id) {
        let hosts = endpoints.iter().flat_map(|it| &model.estate.endpoint(*it).hosts);
        let hosts: BTreeSet<&str> = hosts.map(|it| it.name.as_str()).collect();
        return hosts.into_iter().filter(|it| is_name(it) && misses(it)).map(str::to_owned).collect();
    }
    let wildcard = format!("*.{parent}");
    let below = format!(".{parent}");
    let none = it.names().all(|it| !it.to_ascii_lowercase().ends_with(&below));
    if is_name(parent) && misses(&wildcard) && none { vec![wildcard] } else { Vec::new() }
}

/// See the card.
pub(crate) fn ccs_pfx_name_not_in_san(model: &Model, out: &mut Findings) {
    let users = users(model);
    for share in 0..model.iis.shares.len() {
        let mut by_leaf: BTreeMap<CertId, Vec<Misnamed<'_>>> = BTreeMap::new();
        for (name, file, id) in model.pfx_in_use(share) {
            let Some((leaf, place)) = model.pfx_leaf(id) else { continue };
            let missed = uncovered(model, &users, name, id, leaf);
            if !missed.is_empty() {
                by_leaf.entry(leaf).or_default().push((file, missed, place));
            }
        }
        for (leaf, wrong) in by_leaf {
            let (first, _, place) = &wrong[0];
            let missed: BTreeSet<String> =
                wrong.iter().flat_map(|(_, missed, _)| missed).map(|it| format!("`{it}`")).collect();
            let missed: Vec<String> = missed.into_iter().collect();
            let covered: Vec<String> = model.cert(leaf).names().map(|it| format!("`{it}`")).collect();
            let covered = words::list(&covered, 4);
            let verb = if wrong.len() == 1 { "holds" } else { "hold" };
            let finding = out.report(
                format!(
                    "{} in the Central Certificate Store {verb} the certificate {}, which covers {covered} and not {}: http.sys \
                     looks at the name of the file alone and shows it, and clients refuse the connection",
                    titles(wrong.iter().map(|(file, ..)| *file)),
                    words::title(model, leaf),
                    words::list(&missed, 4)
                ),
                first.at,
                "the name of this file is no name of its certificate",
            );
            for (file, ..) in wrong.iter().skip(1).take(words::SHOWN) {
                finding.label(file.at, "nor is this one");
            }
            finding.label(*place, format!("it covers {covered}"));
            if wrong.iter().all(|(file, ..)| file.file.is_none_or(|id| !users.contains_key(&id))) {
                finding.level(Level::Warning);
            }
            label_users(finding, model, &users, wrong.iter().map(|(file, ..)| *file));
            finding.help(
                "put a certificate with this name there, or have this one issued again with every name that it is copied under",
            );
        }
    }
}

/// See the card.
pub(crate) fn ccs_pfx_shadows_wildcard(model: &Model, out: &mut Findings) {
    outdated(
        model,
        true,
        |old, by| {
            let (is, them) = if old.len() == 1 { ("is", "it") } else { ("are", "them") };
            let message = format!(
                "{} in the Central Certificate Store {is} taken before the newer `{}`, because a file of the host's own name comes \
             first",
                titles(old.iter().map(|it| it.file)),
                by.name
            );
            let help = format!(
                "remove {them} from the folder, so that `{}` is taken, or put the newer certificate there under each name",
                by.name
            );
            (message, help)
        },
        out,
    );
}

/// See the card.
pub(crate) fn ccs_pfx_partial_renewal(model: &Model, out: &mut Findings) {
    outdated(
        model,
        false,
        |old, by| {
            let has = if old.len() == 1 { "still holds" } else { "still hold" };
            let message = format!(
                "{} in the Central Certificate Store {has} an earlier certificate than `{}`, which has the same names: the renewal \
             did not reach every copy",
                titles(old.iter().map(|it| it.file)),
                by.name
            );
            let help =
                format!("copy `{}` over {}", by.name, if old.len() == 1 { "it" } else { "each of them" });
            (message, help)
        },
        out,
    );
}

/// Files that a renewal passed over, once for the file that it reached.
fn outdated(
    model: &Model,
    wildcard: bool,
    words: impl Fn(&[Outdated<'_>], &ShareFile) -> (String, String),
    out: &mut Findings,
) {
    let users = users(model);
    let mut by_newer: BTreeMap<(usize, Location), Vec<Outdated<'_>>> = BTreeMap::new();
    for it in model.outdated_pfx().into_iter().filter(|it| it.wildcard == wildcard) {
        by_newer.entry((it.share, it.by.at)).or_default().push(it);
    }
    for old in by_newer.into_values() {
        let (first, by) = (old[0], old[0].by);
        let today = model.today();
        let until = |id: CertId| {
            let end = model.cert(id).not_after;
            if end < today { format!("expired on {end}") } else { format!("until {end}") }
        };
        let ended = old.iter().filter(|it| model.cert(it.leaf).not_after < today).count();
        let (message, help) = words(&old, by);
        let who = match ended {
            0 => None,
            1 if old.len() == 1 => Some(format!("it {}", until(first.leaf))),
            all if all == old.len() => Some("they have expired".to_owned()),
            some => Some(format!("{some} of them have expired")),
        };
        let message = match who {
            Some(who) => format!("{message}: {who}, and clients refuse the connection"),
            None => message,
        };
        let finding = out.report(message, first.file.at, until(first.leaf));
        if ended > 0 {
            finding.level(Level::Error);
        }
        for it in old.iter().skip(1).take(words::SHOWN) {
            finding.label(it.file.at, until(it.leaf));
        }
        finding.label(by.at, until(first.newer));
        label_users(finding, model, &users, old.iter().map(|it| it.file));
        finding.help(help);
    }
}

/// See the card.
pub(crate) fn ccs_pfx_password_differs(model: &Model, out: &mut Findings) {
    let users = users(model);
    for it in model.stray_pfx() {
        let one = it.strays.len() == 1;
        let rest = match it.others.len() {
            1 => format!("`{}`", it.others[0].name),
            count => format!("the {count} other files"),
        };
        let finding = out.report(
            format!(
                "{} in the Central Certificate Store {} another password than {rest}: a node has one `PrivateKeyPassword` for all \
                 files, so http.sys reads only some of them, and connections to the other hosts are dropped",
                titles(it.strays.iter().copied()),
                if one { "has" } else { "have" }
            ),
            it.strays[0].at,
            "has another password",
        );
        for file in it.strays.iter().skip(1).take(words::SHOWN) {
            finding.label(file.at, "so has this one");
        }
        finding.label(it.others[0].at, "does not open with the same password");
        let said = machines(model, it.share).find_map(|seen| {
            let (given, at) = seen.central()?.key_password?;
            given.then_some((seen, at))
        });
        if let Some((seen, at)) = said {
            finding.label(at, format!("`{}` has one password for all files", seen.machine.name));
        }
        label_users(finding, model, &users, it.strays.iter().copied());
        finding.help(format!(
            "export {} again with the password that all other files have",
            if one { "it" } else { "them" }
        ));
    }
}

/// A node that cannot read PKCS#12 with AES, and what shows it.
fn old_node(model: &Model, share: usize) -> Option<(Seen<'_>, Location)> {
    machines(model, share).find_map(|seen| {
        let old = seen.generation().is_some_and(|it| it <= Generation::Ws2016);
        Some((seen, seen.records_at()?)).filter(|_| old)
    })
}

/// Shares that a node reads which knows nothing better than 3DES.
pub(in crate::rules) fn needs_old_seals(model: &Model, path: &str) -> bool {
    let folder = crate::model::tree::parent(path);
    let share = model.iis.shares.iter().position(|it| it.folder == folder);
    share.is_some_and(|share| old_node(model, share).is_some())
}

/// See the card.
pub(crate) fn ccs_pfx_algorithm(model: &Model, out: &mut Findings) {
    let users = users(model);
    for share in 0..model.iis.shares.len() {
        let Some((seen, at)) = old_node(model, share) else { continue };
        let seal = |id: FileId| {
            let store = model.materials.store(id).filter(|it| it.kind == StoreKind::Pkcs12)?;
            let new = store.seals.iter().find(|it| it.algorithm.starts_with("PBES2"));
            new.filter(|it| it.part != SealedPart::Integrity)
        };
        let new: Vec<(&ShareFile, &str)> = model
            .pfx_in_use(share)
            .into_iter()
            .filter_map(|(_, file, id)| Some((file, seal(id)?.algorithm.as_str())))
            .collect();
        let Some(((first, algorithm), more)) = new.split_first() else { continue };
        let (is, it) = if more.is_empty() { ("is", "it") } else { ("are", "them") };
        let finding = out.report(
            format!(
                "{} in the Central Certificate Store {is} sealed with {algorithm}, and `{}` runs Windows Server 2016 or an older \
                 one, which cannot read that: http.sys drops connections to the hosts on that node",
                titles(new.iter().map(|(file, _)| *file)),
                seen.machine.name
            ),
            first.at,
            format!("sealed with {algorithm}"),
        );
        for (file, algorithm) in more.iter().take(words::SHOWN) {
            finding.label(file.at, format!("sealed with {algorithm}"));
        }
        finding.label(
            at,
            format!("`{}` prints its records as Windows Server 2016 or older does", seen.machine.name),
        );
        label_users(finding, model, &users, new.iter().map(|(file, _)| *file));
        finding.help(format!(
            "export {it} again with `Export-PfxCertificate -CryptoAlgorithmOption TripleDES_SHA1`, or with `openssl pkcs12 -export \
             -legacy`, until that node is gone"
        ));
    }
}

/// See the card.
pub(crate) fn ccs_pfx_no_key(model: &Model, out: &mut Findings) {
    let users = users(model);
    for share in 0..model.iis.shares.len() {
        for (name, file) in model.keyless_pfx(share) {
            let finding = out.report(
                format!(
                    "`{name}` in the Central Certificate Store holds certificates and no private key: http.sys cannot prove with it \
                     who it is, and connections to the host are dropped"
                ),
                file.at,
                "no private key in it",
            );
            label_users(finding, model, &users, [file]);
            finding.help(
                "export it again with its private key: `Export-PfxCertificate` on the machine that has the key, or `openssl pkcs12 \
                 -export -in CHAIN.pem -inkey KEY.pem -out HOST.pfx`",
            );
        }
    }
}

/// See the card.
pub(crate) fn ccs_pfx_no_chain(model: &Model, out: &mut Findings) {
    let users = users(model);
    let mut by_issuer: BTreeMap<String, Vec<chain::Ending>> = BTreeMap::new();
    for it in chain::endings(model, Software::HttpSys) {
        by_issuer.entry(model.cert(it.last).issuer.unordered()).or_default().push(it);
    }
    if by_issuer.is_empty() {
        return;
    }
    // A node that has it in a store of its own sends it from there.
    for listing in model.iis.units.iter().flat_map(|(_, _, unit)| &unit.listings) {
        for subject in listing.entries.iter().filter_map(|it| it.subject.as_ref()) {
            by_issuer.remove(&subject.unordered());
        }
    }
    for endings in by_issuer.into_values() {
        let first = &endings[0];
        let issuer = model.cert(first.last).issuer.title();
        let names: Vec<String> = endings
            .iter()
            .map(|it| format!("`{}`", crate::model::tree::file_name(model.path(it.file))))
            .collect();
        let verb = if names.len() == 1 { "holds its certificate" } else { "hold their certificates" };
        let finding = out.report(
            format!(
                "{} in the Central Certificate Store {verb} without the issuer `{issuer}`: a node sends that one only where it has \
                 it in its own store `CA`, and elsewhere clients that have not met it before refuse the connection",
                words::list(&names, 4)
            ),
            Location::whole(first.file),
            "its chain ends too early",
        );
        finding.label(first.place, format!("issued by `{issuer}`, which is not in this file"));
        for it in endings.iter().skip(1).take(words::SHOWN) {
            finding.label(Location::whole(it.file), "so does this one");
        }
        if let Some(issuer) = first.issuer {
            finding.label(model.materials.known(issuer).places[0], "the missing certificate stands here");
        }
        let endpoints: BTreeSet<EndpointId> =
            endings.iter().filter_map(|it| users.get(&it.file)).flatten().copied().collect();
        for endpoint in endpoints.into_iter().take(words::SHOWN) {
            let it = model.estate.endpoint(endpoint);
            finding.label(it.at, format!("{} takes its certificate from there", it.title));
        }
        finding.help(
            "export with the whole chain (`Export-PfxCertificate -ChainOption BuildChain`, `openssl pkcs12 -export -certfile`), or import \
             the issuer into `LocalMachine\\CA` of every node",
        );
    }
}
