//! The rules: a card in `rules/<group>/<name>.yaml` and a function of the model.
//! The card `nginx/listen-ssl-no-cert` is judged by `crate::rules::nginx::listen_ssl_no_cert`;
//! families lie in files below the group and are re-exported by it. `build.rs` writes the
//! list: a card without a function does not build, a function without a card is dead code.

mod apigee;
mod capture;
mod cert;
mod chain;
mod cms;
mod folders;
mod iis;
mod key;
mod mending;
mod nginx;
mod openmanage;
mod pem;
mod r#ref;
mod store;
mod text;
mod tls;
mod tlslint;
mod trust;
mod vcenter;
mod words;

use crate::{
    finding::{Card, Findings},
    model::Model,
};

/// A card and the function that judges by it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Everything about it that is not code.
    pub card: &'static Card,
    /// Looks at the model and puts what it finds. Pure: the same model gives the same findings in the same order.
    pub check: fn(&Model, &mut Findings),
}

/// The card of each rule by its id in capitals: `TLSLINT_UNREADABLE`.
pub(crate) mod cards {
    use super::Rule;
    use crate::finding::{Card, Level};

    include!(concat!(env!("OUT_DIR"), "/cards.rs"));
}

/// The cards of everything that may be reported, sorted by id: those of the rules, and those by which the
/// pipeline speaks about the run itself.
pub static CARDS: &[&Card] = cards::CARDS;

/// The rules, sorted by id.
pub fn all() -> &'static [Rule] {
    cards::RULES
}

/// The card of an id or of a former id.
pub fn card(id: &str) -> Option<&'static Card> {
    CARDS.iter().copied().find(|card| card.id == id || card.aliases.contains(&id))
}
