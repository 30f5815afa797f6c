//! Names that were meant by other names: another case, a slip of the fingers, a token that a build replaces.

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use super::{Apigee, Environment};

/// A name that may have been meant.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Near<'a> {
    /// The same letters in another case.
    Case(&'a str),
    /// A name with few other letters.
    Like(&'a str),
}

impl<'a> Near<'a> {
    /// The name.
    pub fn name(self) -> &'a str {
        let (Self::Case(name) | Self::Like(name)) = self;
        name
    }
}

/// With more names than this, nobody looks for the one that was meant: that each missing name is held against each known
/// one would take for ever.
const MANY: usize = 1_000;

/// The name among `known` that was probably meant by `written`, where one is near enough.
pub fn near<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let folded = written.to_lowercase();
    // A short name is near to every other one.
    let length = folded.chars().count();
    let bound = match length {
        0..=2 => 0,
        3..=5 => 1,
        count => (count / 4).min(4),
    };
    let mut best: Option<(usize, &str)> = None;
    for name in known.into_iter().take(MANY).filter(|name| *name != written) {
        let other = name.to_lowercase();
        // Each letter more or less is one of distance.
        if other.chars().count().abs_diff(length) > bound {
            continue;
        }
        let far = osa_distance(&folded, &other);
        // Names that differ in numbers alone (`srv-2025`, `srv-2026`) are brothers, not slips.
        let brothers = far > 0 && without_digits(&folded) == without_digits(&other);
        if far <= bound && !brothers && best.is_none_or(|(least, at)| (far, name) < (least, at)) {
            best = Some((far, name));
        }
    }
    best.map(|(far, name)| if far == 0 { Near::Case(name) } else { Near::Like(name) })
}

fn without_digits(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Bare words in capitals that look like tokens of a replacer: `CERT_SUFFIX`, `APIGEE_ENVIRONMENT`.
fn tokens(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'))
        .map(|word| word.trim_matches('_'))
        .filter(|word| {
            word.len() >= 6 && word.contains('_') && word.starts_with(|it: char| it.is_ascii_uppercase())
        })
}

impl Apigee {
    /// The token in a name that a build probably replaces before anybody resolves it: one that a `pom.xml` lists, or
    /// one that is a part of another name of the environment as well.
    pub fn token_in<'n>(&self, environment: &Environment, name: &'n str) -> Option<&'n str> {
        for token in self.maven.iter().flat_map(|(_, maven)| &maven.tokens) {
            if token.len() >= 3
                && let Some(at) = name.find(token.as_str())
            {
                return name.get(at..at + token.len());
            }
        }
        let others = environment.tokens.get_or_init(|| environment.tokens_of_names());
        tokens(name).find(|token| {
            let with = || others.get(*token).into_iter().flatten();
            with().any(|it| it != name) && (*token != name || with().any(|it| it != token))
        })
    }
}

impl Environment {
    /// The tokens of all names of the environment, each with two different names that have it: more prove no more.
    fn tokens_of_names(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in self.all_names() {
            for token in tokens(name) {
                let with = all.entry(token.to_owned()).or_default();
                if with.len() < 2 && !with.iter().any(|it| it == name) {
                    with.push(name.to_owned());
                }
            }
        }
        all
    }

    /// Everything in the environment that is a name, or the path of a file.
    fn all_names(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for reference in &self.references {
            names.extend([reference.name.trimmed(), reference.refers.trimmed()]);
        }
        for store in &self.stores {
            names.insert(&store.name);
            names.extend(store.aliases.iter().map(|it| it.name.as_str()));
        }
        for it in &self.definitions {
            let said = [&it.alias, &it.store, &it.certificate, &it.key, &it.bundle];
            names.extend(said.into_iter().flatten().map(super::super::said::Said::trimmed));
        }
        for it in &self.target_servers {
            names.extend([&it.name, &it.host].into_iter().flatten().map(super::super::said::Said::trimmed));
        }
        for it in &self.virtual_hosts {
            names.extend(
                it.name.iter().chain(it.host_aliases.iter().flatten()).map(super::super::said::Said::trimmed),
            );
        }
        let of_ssl = self.virtual_hosts.iter().filter_map(|it| it.ssl.as_ref());
        for ssl in of_ssl.chain(self.target_servers.iter().filter_map(|it| it.ssl.as_ref())) {
            for said in [&ssl.key_store, &ssl.key_alias, &ssl.trust_store].into_iter().flatten() {
                names.insert(said.trimmed().trim_start_matches("ref://"));
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::{Near, near, tokens};

    #[test]
    fn case_comes_before_spelling_and_numbers_are_no_slips() {
        let known = ["demoTS", "demoKS", "partners-2025"];
        assert_eq!(near("DEMOTS", known), Some(Near::Case("demoTS")));
        assert_eq!(near("partner-2025", known), Some(Near::Like("partners-2025")));
        assert_eq!(near("partners-2026", known), None);
        assert_eq!(near("orders", known), None);
        assert_eq!(near("ks", ["ts"]), None);
    }

    #[test]
    fn tokens_are_words_in_capitals_with_an_underscore() {
        let found = |name| tokens(name).collect::<Vec<_>>();
        assert_eq!(found("truststore-APIGEE_ENVIRONMENT-CERT_SUFFIX"), ["APIGEE_ENVIRONMENT", "CERT_SUFFIX"]);
        assert_eq!(found("store_CERT_SUFFIX"), ["CERT_SUFFIX"]);
        assert!(found("DEMOTS").is_empty() && found("partners-CA").is_empty());
    }
}
