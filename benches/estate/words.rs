//! Names for teams, hosts and identifiers.

use super::random::Random;

const ADJECTIVES: [&str; 24] = [
    "amber", "brisk", "calm", "daily", "early", "fluent", "global", "harbor", "inner", "joint", "known",
    "local", "mutual", "north", "open", "plain", "quick", "rapid", "silent", "timely", "urban", "vivid",
    "west", "young",
];

const NOUNS: [&str; 40] = [
    "account", "address", "audit", "basket", "billing", "booking", "branch", "cache", "catalog", "claim",
    "contract", "customer", "delivery", "device", "event", "export", "feed", "fleet", "invoice", "item",
    "ledger", "login", "message", "order", "parcel", "partner", "payment", "policy", "price", "profile",
    "queue", "quote", "report", "route", "search", "session", "stock", "tenant", "ticket", "wallet",
];

const VERBS: [&str; 16] = [
    "apply", "build", "check", "close", "collect", "create", "fetch", "find", "merge", "open", "parse",
    "read", "resolve", "send", "store", "update",
];

pub(crate) fn noun(random: &mut Random) -> &'static str {
    random.pick(&NOUNS)
}

pub(crate) fn verb(random: &mut Random) -> &'static str {
    random.pick(&VERBS)
}

/// Two words: a company, a team.
pub(crate) fn name(random: &mut Random) -> String {
    format!("{} {}", random.pick(&ADJECTIVES), noun(random))
}

/// The same as part of a path or host name.
pub(crate) fn slug(random: &mut Random) -> String {
    name(random).replace(' ', "-")
}

/// With a large first letter.
pub(crate) fn large(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}
