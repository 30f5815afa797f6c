//! Names of cipher suites: a Router has those of OpenSSL, a Message Processor those of Java.

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        ciphers::{Expansion, java, nearest, suites},
    },
    rules::words,
};

use super::{
    aliases::hosts,
    options::property,
    sides::{host_title, label_some, sides},
};

/// See the card.
pub(crate) fn cipher_name_format(model: &Model, out: &mut Findings) {
    on_virtual_hosts(model, out);
    on_targets(model, out);
}

fn on_virtual_hosts(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(list) = property(host, "ssl_ciphers").filter(|it| !it.is_placeholder()) else { continue };
        let words: Vec<&str> = java_words(&list.text).collect();
        if words.is_empty() {
            continue;
        }
        let own: String = list
            .text
            .split([':', ',', ' ', ';'])
            .filter(|it| !words.contains(it))
            .collect::<Vec<_>>()
            .join(":");
        let alone = Expansion::of(&own).suites.is_empty();
        let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "`ssl_ciphers` of {} names {} as Java does, and a Router takes OpenSSL's names: {}",
                host_title(environment, host),
                words::list(&quoted, 3),
                if alone {
                    "no suite is left, and clients cannot connect"
                } else {
                    "only the others of the list are offered"
                },
            ),
            list.at,
            "a name that Java has",
        );
        if !alone {
            finding.level(Level::Warning);
        }
        let meant: Vec<String> =
            words.iter().filter_map(|it| nearest(it)).map(|it| format!("`{it}`")).collect();
        if meant.is_empty() {
            finding.help("write the names that `openssl ciphers` prints, with `:` between them");
        } else {
            finding.help(format!("write {}", words::list(&meant, 4)));
        }
    }
}

/// Words of a list for OpenSSL that are names of Java, other than those that are taken out.
pub(in crate::rules) fn java_words(list: &str) -> impl Iterator<Item = &str> {
    list.split([':', ',', ' ', ';'])
        .filter(|it| it.starts_with("TLS_") || it.starts_with("SSL_"))
        .filter(|it| it.contains("_WITH_"))
}

fn on_targets(model: &Model, out: &mut Findings) {
    // Of a virtual host `apigee/vhost-protocols-element` speaks.
    for side in sides(model).iter().filter(|it| !it.is_host() && it.is_live()) {
        let wrong: Vec<(Location, &str)> = side
            .ssl
            .ciphers
            .iter()
            .filter(|it| !it.is_placeholder() && is_openssl_name(it.trimmed()))
            .map(|it| (it.at, it.trimmed()))
            .collect();
        let Some(((at, _), more)) = wrong.split_first() else { continue };
        let quoted: Vec<String> = wrong.iter().map(|(_, it)| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "{} names {} as OpenSSL does, and a Message Processor takes Java's names: {} not offered to the backend, \
                 and calls fail (`503`) where nothing else is left",
                side.title,
                words::list(&quoted, 3),
                if wrong.len() == 1 { "the suite is" } else { "the suites are" },
            ),
            *at,
            "a name that OpenSSL has",
        );
        let more: Vec<_> = more.iter().map(|(at, _)| (*at, "and here".to_owned())).collect();
        label_some(finding, &more);
        let standard =
            |it: &str| suites().iter().find(|suite| suite.name == it).map(|it| format!("`{}`", it.standard));
        let meant: Vec<String> = wrong.iter().filter_map(|(_, it)| standard(it)).collect();
        if meant.is_empty() {
            finding.help(
                "write one suite an element, as Java names it: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`",
            );
        } else {
            finding.help(format!("write {}", words::list(&meant, 4)));
        }
    }
}

/// A name or an expression of OpenSSL.
pub(in crate::rules) fn is_openssl_name(word: &str) -> bool {
    if java::is_known(word) || word.contains('_') {
        return false;
    }
    word.contains(':')
        || !Expansion::of(word).suites.is_empty()
        || (word.contains('-') && java::weakness(word).is_some())
}
