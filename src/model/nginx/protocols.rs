//! Which protocol versions and which cipher expression hold for somebody who speaks TLS.

use std::{collections::BTreeSet, fmt};

use crate::{
    model::{ciphers::Expansion, settings::Version},
    source::Location,
};

use super::{Nginx, ScopeId, Speaker, Word};

/// A protocol version by nginx's name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `SSLv2`
    Ssl2,
    /// `SSLv3`
    Ssl3,
    /// `TLSv1`
    Tls10,
    /// `TLSv1.1`
    Tls11,
    /// `TLSv1.2`
    Tls12,
    /// `TLSv1.3`
    Tls13,
}

impl Protocol {
    /// All, oldest first.
    pub const ALL: [Self; 6] = [Self::Ssl2, Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// As `ssl_protocols` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ssl2 => "SSLv2",
            Self::Ssl3 => "SSLv3",
            Self::Tls10 => "TLSv1",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }

    /// The protocol of a word; nginx does not mind upper and lower case.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word().eq_ignore_ascii_case(word))
    }

    /// Forbidden since 2021 (RFC 8996) or earlier.
    pub fn is_obsolete(self) -> bool {
        self < Self::Tls12
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The protocol versions that hold somewhere.
#[derive(Clone, Debug)]
pub struct Protocols {
    /// Oldest first.
    pub enabled: Vec<Protocol>,
    /// The last line that says so; none where nginx's default holds.
    pub set_by: Option<Location>,
    /// Every word is known.
    pub certain: bool,
}

impl Protocols {
    /// Whether one of them is on.
    pub fn has(&self, protocol: Protocol) -> bool {
        self.enabled.contains(&protocol)
    }

    /// TLS 1.3 is certain to be off.
    pub fn lacks_tls13(&self) -> bool {
        self.certain && !self.has(Protocol::Tls13)
    }

    /// TLS 1.2 and everything older is certain to be off.
    pub fn is_tls13_only(&self) -> bool {
        self.certain && self.enabled == [Protocol::Tls13]
    }

    /// `TLSv1.2 TLSv1.3`
    pub fn words(&self) -> String {
        self.enabled.iter().map(|it| it.word()).collect::<Vec<_>>().join(" ")
    }
}

/// What a version of nginx enables where nothing is set; the newest stable one where none is aimed at.
pub fn default_protocols(version: Option<Version>) -> Vec<Protocol> {
    use Protocol::{Ssl3, Tls10, Tls11, Tls12, Tls13};
    match version {
        Some(version) if version < Version(1, 9, 1) => vec![Ssl3, Tls10, Tls11, Tls12],
        Some(version) if version < Version(1, 23, 4) => vec![Tls10, Tls11, Tls12],
        Some(version) if version < Version(1, 27, 3) => vec![Tls10, Tls11, Tls12, Tls13],
        _ => vec![Tls12, Tls13],
    }
}

/// The cipher expression that holds somewhere.
#[derive(Copy, Clone, Debug)]
pub struct Ciphers<'n> {
    /// The expression; nginx's own where nothing is set.
    pub text: &'n str,
    /// The word that says so.
    pub set_by: Option<Location>,
}

impl<'n> Ciphers<'n> {
    /// The expression, expanded.
    pub fn expand(self) -> Expansion<'n> {
        Expansion::of(self.text)
    }
}

impl Nginx {
    /// The protocol versions of somebody, as `…_protocols` says.
    pub fn protocols(&self, speaker: Speaker, version: Option<Version>) -> Protocols {
        let Some(effective) = self.effective(self.scope_of(speaker), self.setting_of(speaker, "protocols"))
        else {
            let certain = self.is_complete(self.scope_of(speaker));
            return Protocols { enabled: default_protocols(version), set_by: None, certain };
        };
        let mut named = BTreeSet::new();
        let mut understood = true;
        for word in effective.lines().flat_map(|(_, line)| &line.args) {
            let protocol = Protocol::of(&word.text);
            understood &= protocol.is_some();
            named.extend(protocol);
        }
        let enabled = named.into_iter().collect();
        let certain = understood
            && !self.has_holes(effective.scope)
            && !self.is_overridable(self.scope_of(speaker), effective.scope)
            && self.command(speaker, &["Protocol", "MinProtocol", "MaxProtocol"]).is_none();
        Protocols { enabled, set_by: Some(effective.at()), certain }
    }

    /// The cipher expression of somebody; `None` where it is not known.
    pub fn ciphers(&self, speaker: Speaker) -> Option<Ciphers<'_>> {
        let scope = self.scope_of(speaker);
        if let Some((word, at)) = self.command(speaker, &["CipherString"]) {
            return word.is_plain().then_some(Ciphers { text: &word.text, set_by: Some(at) });
        }
        let Some(effective) = self.effective(scope, self.setting_of(speaker, "ciphers")) else {
            let default = match speaker {
                Speaker::Server(_) => "HIGH:!aNULL:!MD5",
                Speaker::Connection(_) => "DEFAULT",
            };
            return self.is_complete(scope).then_some(Ciphers { text: default, set_by: None });
        };
        if self.is_overridable(scope, effective.scope) {
            return None;
        }
        let word = effective.value().filter(|word| word.is_plain())?;
        let at = self.arg_at(effective.last().0, 0);
        Some(Ciphers { text: &word.text, set_by: Some(at) })
    }

    /// Whether something not seen, between a block and one around it, may replace what that one sets.
    fn is_overridable(&self, from: ScopeId, set_in: ScopeId) -> bool {
        self.around(from).take_while(|it| *it != set_in).any(|it| self.has_holes(it))
    }

    /// The last value that `…_conf_command` gives to one of some names, which OpenSSL takes in any case.
    pub fn command(&self, speaker: Speaker, names: &[&str]) -> Option<(&Word, Location)> {
        let effective = self.effective(self.scope_of(speaker), self.setting_of(speaker, "conf_command"))?;
        let (id, line) = effective
            .lines()
            .filter(|(_, line)| {
                line.arg(0).is_some_and(|name| names.iter().any(|it| it.eq_ignore_ascii_case(name)))
            })
            .last()?;
        Some((line.args.get(1)?, self.arg_at(id, 1)))
    }
}
