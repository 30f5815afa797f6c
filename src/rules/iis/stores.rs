//! Records against the certificate stores of their node: the certificate must be in the store that is named, with its key.

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Key, Record, Seen, StoreEntry, StoreListing},
        x509::WrittenName,
    },
};

use super::nodes::{Bindings, by_place, label_bindings, lower, mild, users};

/// A record with a thumbprint, its machine and the bindings that use it.
struct Wants<'m> {
    seen: Seen<'m>,
    record: &'m Record,
    hash: &'m str,
    bindings: Bindings<'m>,
}

/// Every record of an address or name whose certificate is known by its thumbprint.
fn wanted(model: &Model) -> impl Iterator<Item = Wants<'_>> {
    model.iis.all_seen().flat_map(|seen| {
        let records = seen.dump().map_or(&[][..], |it| &it.records);
        records.iter().filter(|it| matches!(it.key, Key::Endpoint(..) | Key::Name(..))).filter_map(
            move |record| {
                let hash = record.hash.known()?;
                let bindings = by_place(users(seen, &record.key));
                Some(Wants { seen, record, hash, bindings })
            },
        )
    })
}

impl<'m> Wants<'m> {
    /// The store it is looked up in.
    fn store(&self) -> &'m str {
        self.record.store.as_ref().map_or("MY", |it| it.trimmed())
    }

    /// The listing of that store on the same machine.
    fn listing(&self) -> Option<&'m StoreListing> {
        self.seen.listings().find(|it| is_named(it, self.store()))
    }

    /// The entry of its certificate in a store.
    fn entry(&self, listing: &'m StoreListing) -> Option<&'m StoreEntry> {
        listing.entries.iter().find(|it| it.hash.known() == Some(self.hash))
    }

    /// Clients fail where IIS is bound to it; else only whoever made it knows.
    fn level(&self) -> Level {
        if self.bindings.is_empty() { Level::Warning } else { mild(Level::Error, &self.bindings) }
    }
}

fn is_named(listing: &StoreListing, store: &str) -> bool {
    listing.store.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(store))
}

/// See the card.
pub(crate) fn cert_not_in_store(model: &Model, out: &mut Findings) {
    for it in wanted(model) {
        let Some(listing) = it.listing().filter(|it| !it.partial) else { continue };
        let masked = listing.entries.iter().any(|it| it.hash.known().is_none());
        if masked || it.seen.listings().any(|listing| it.entry(listing).is_some()) {
            continue;
        }
        let finding = out.report(
            format!(
                "the certificate of the record `{}` is not in the store `{}` of `{}`: connections are dropped, and the event log \
                 has HttpEvent 15021",
                it.record.key,
                it.store(),
                it.seen.machine.name
            ),
            it.record.hash_at,
            "no certificate of this thumbprint",
        );
        finding.label(it.record.at, "this record").label(listing.at, "the store without it");
        if let Some(entry) = model.iis.store_entry(it.hash) {
            finding.label(entry.at, "it is in a store of another node");
        }
        label_bindings(finding, &it.bindings, "is bound to it");
        finding.level(it.level()).help(format!(
            "import it with its private key into `LocalMachine\\{}` of `{}`, or choose one that is there in the binding",
            it.store(),
            it.seen.machine.name
        ));
    }
}

/// See the card.
pub(crate) fn cert_in_other_store(model: &Model, out: &mut Findings) {
    for it in wanted(model) {
        let Some(listing) = it.listing().filter(|it| !it.partial) else { continue };
        if it.entry(listing).is_some() {
            continue;
        }
        let other = it.seen.listings().find_map(|other| Some((other, it.entry(other)?)));
        let Some((other, entry)) = other else { continue };
        let name = other.store.as_deref().unwrap_or("another");
        let finding = out.report(
            format!(
                "the record `{}` on `{}` names the store `{}`, and its certificate is in the store `{name}`: http.sys does not \
                 find it, and connections are dropped",
                it.record.key,
                it.seen.machine.name,
                it.store()
            ),
            it.record.store.as_ref().map_or(it.record.hash_at, |it| it.at),
            format!("not in `{}`", it.store()),
        );
        finding.label(it.record.at, "this record").label(entry.at, format!("in `{name}`"));
        label_bindings(finding, &it.bindings, "is bound to it");
        finding.level(it.level()).help(format!(
            "`netsh http update sslcert {} certhash={} appid=\"{}\" certstorename={name}`",
            it.record.key.argument(),
            it.hash,
            it.record.app_id.as_ref().map_or(crate::model::iis::IIS_APP_ID, |it| it.trimmed())
        ));
    }
}

/// See the card.
pub(crate) fn cert_no_private_key(model: &Model, out: &mut Findings) {
    for it in wanted(model) {
        let entry = it
            .seen
            .listings()
            .filter(|listing| is_named(listing, it.store()))
            .find_map(|listing| it.entry(listing));
        let Some(entry) = entry.filter(|it| it.has_key == Some(false)) else { continue };
        let finding = out.report(
            format!(
                "the certificate of the record `{}` on `{}` has no private key there: every handshake fails, and the event log \
                 has Schannel 36870",
                it.record.key, it.seen.machine.name
            ),
            it.record.hash_at,
            "this certificate",
        );
        finding.label(it.record.at, "this record").label(entry.at, "its entry in the store, without a key");
        label_bindings(finding, &it.bindings, "is bound to it");
        finding.level(it.level()).help(
            "import it again from a `.pfx`, which holds the key, and not from a `.cer`; where the key is on this machine, \
             `certutil -repairstore my THUMBPRINT` finds it",
        );
    }
}

/// See the card.
pub(crate) fn cert_renewed_not_bound(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("cert/expiring", "days", 30);
    for it in wanted(model).filter(|it| !it.bindings.is_empty()) {
        let Some(listing) = it.listing() else { continue };
        let Some(old) = it.entry(listing) else { continue };
        let (Some(subject), Some(start), Some(end)) = (&old.subject, old.not_before, old.not_after) else {
            continue;
        };
        // One that has ended or soon will is told as such.
        if today.days_until(end) <= days || today > end {
            continue;
        }
        let newer = listing.entries.iter().find(|new| {
            let same = new.subject.as_ref().map(WrittenName::unordered) == Some(subject.unordered());
            let later = new.not_before.is_some_and(|it| it > start && it <= today)
                && new.not_after.is_some_and(|it| it > end);
            same && later && new.has_key != Some(false)
        });
        let Some(new) = newer else { continue };
        // Somebody else may need the newer one.
        if it.seen.dump().is_some_and(|dump| dump.records.iter().any(|it| it.hash == new.hash)) {
            continue;
        }
        let finding = out.report(
            format!(
                "`{}` was renewed on `{}`, and the record `{}` still shows the old certificate, which ends on {end}: a new \
                 certificate in the store changes no binding",
                subject.title(),
                it.seen.machine.name,
                it.record.key
            ),
            it.record.hash_at,
            "the old one",
        );
        finding
            .label(it.record.at, "this record")
            .label(old.at, format!("ends on {end}"))
            .label(new.at, "the renewed one");
        label_bindings(finding, &it.bindings, "is bound to it");
        let stopped = it.bindings.values().all(|(site, _)| site.stopped.is_some());
        if stopped {
            finding.level(lower(Level::Warning));
        }
        finding.help("choose the renewed certificate in the binding, and have the program that renews do so after the next renewal");
    }
}
