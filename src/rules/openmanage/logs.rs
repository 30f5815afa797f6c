//! What appliances answered, explained at the line of the log. Where a file that is known to be uploaded is why, the
//! rule about that file speaks, and shows the line.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Model,
        openmanage::{Answer, Mode, Reason, Unit},
    },
    rules::words,
};

use super::{LAST_WAY, requests, told};

/// Answers of one file and one kind that no file of the tree explains by itself.
fn unexplained(model: &Model, wanted: impl Fn(&Reason) -> bool) -> Vec<(FileId, &Unit, Vec<&Answer>)> {
    let mut found = Vec::new();
    for (file, unit) in &model.openmanage.units {
        let mut kinds: BTreeMap<&Reason, Vec<&Answer>> = BTreeMap::new();
        for answer in unit.answers.iter().filter(|it| wanted(&it.reason)) {
            kinds.entry(&answer.reason).or_default().push(answer);
        }
        for (reason, answers) in kinds {
            let by_file = model.openmanage.deployments.iter().any(|it| {
                answers.iter().any(|answer| told::may_concern(answer, it))
                    && !told::causes(model, it, reason).is_empty()
            });
            let by_request = matches!(reason, Reason::Value(of) if requests::explains(model, of));
            if !by_file && !by_request {
                found.push((*file, unit, answers));
            }
        }
    }
    found
}

/// What a kind of answer means, and what to do.
struct Meaning {
    /// What the appliance did, to follow "an appliance".
    did: &'static str,
    means: String,
    help: String,
}

fn tell(
    model: &Model,
    out: &mut Findings,
    wanted: impl Fn(&Reason) -> bool,
    meaning: impl Fn(&Answer) -> Meaning,
) {
    for (log, unit, answers) in unexplained(model, wanted) {
        let Some(first) = answers.first() else { continue };
        let Meaning { did, means, help } = meaning(first);
        let beyond = unit.more.iter().find(|(it, _)| *it == first.reason).map_or(0, |(_, count)| *count);
        let times = answers.len() + beyond;
        let count = if times > 1 { format!(", {times} times") } else { String::new() };
        let finding = out.report(
            format!("`{}` shows that an appliance {did}{}{count}: {means}", model.path(log), told::on(first)),
            first.at,
            "the answer of the appliance",
        );
        for other in answers.iter().skip(1).take(words::SHOWN) {
            finding.label(other.at, format!("again{}", told::on(other)));
        }
        for it in model.openmanage.near_logs.get(&log).into_iter().flatten() {
            finding.labels_from(told::causes(model, it, &first.reason).into_iter().take(words::SHOWN));
        }
        let deployments = &model.openmanage.deployments;
        if deployments.iter().any(|it| told::can_tell(model, it, first)) {
            finding.level(Level::Note);
            finding.help(
                "what is uploaded now does not have this fault: upload it if that has not been done since",
            );
        } else {
            finding.help(help);
            if first.mild {
                finding.level(Level::Warning);
            }
        }
    }
}

/// See the card.
pub(crate) fn log_csr_key(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::RequestKey,
        |_| {
            Meaning {
        did: "refused a chain",
        means: "the leaf was not issued for the request that this appliance generated last (`CGEN1008`, `Invalid CSR key.`)".to_owned(),
        help: "generate a request in the console of this appliance, have exactly that one signed, and generate no other before the chain is uploaded; keys and certificates made elsewhere are not taken".to_owned(),
    }
        },
    );
}

/// See the card.
pub(crate) fn log_chain(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::Chain,
        |_| {
            Meaning {
        did: "refused a chain",
        means: "the root or an intermediate was not in the uploaded file, or the order was wrong (`CGEN1008`, `Invalid certificate chain provided.`)".to_owned(),
        help: "put the leaf first, behind it every intermediate in its turn, and the root at the end, all in Base64".to_owned(),
    }
        },
    );
}

/// See the card.
pub(crate) fn log_eku(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::Purposes,
        |_| {
            Meaning {
        did: "refused a chain",
        means: "the extended key usage of the leaf does not list server authentication and client authentication both (`CGEN1008`, `No Client/Server authentication EKU present in leaf certificate.`)".to_owned(),
        help: format!("look at the enhanced key usage of the certificate, turn both purposes on in the template, and have the request signed again; {LAST_WAY}"),
    }
        },
    );
}

/// See the card.
pub(crate) fn log_key_encipherment(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::KeyEncipherment,
        |_| {
            Meaning {
        did: "refused a chain",
        means: "the key usage of the leaf does not list key encipherment (`CGEN1008`, `User Certificate is not a web server certificate.`)".to_owned(),
        help: "turn key encipherment on in the template, and have the request signed again".to_owned(),
    }
        },
    );
}

/// See the card.
pub(crate) fn log_file(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::File,
        |it| {
            let chain = it.mode == Some(Mode::Chain);
            let means = if chain {
                "the file is not in Base64 (`CSEC9002`); the advice in the answer, to look at the CA certificate and private key, leads nowhere"
            } else {
                "the file is not in Base64, or its key usage does not list key encipherment (`CSEC9002`); the advice in the answer, to look at the CA certificate and private key, leads nowhere"
            };
            Meaning {
            did: "refused a file",
            means: means.to_owned(),
            help: "export the certificate as Base64, from a template with key encipherment; for a migration upload the whole chain and not the certificate alone".to_owned(),
        }
        },
    );
}

/// See the card.
pub(crate) fn log_request(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| matches!(it, Reason::Value(_)),
        |it| {
            let field = if let Reason::Value(field) = &it.reason { field.as_str() } else { "" };
            let (means, help) = if field == "DistinguishedName" {
                (
                    "the distinguished name of the request is empty, or holds a wildcard (`*`), which an appliance does not support",
                    "generate the request again with the full name of the appliance",
                )
            } else {
                ("it does not take the value", "correct the value and generate the request again")
            };
            Meaning {
                did: "generated no request",
                means: format!("it answered with `CGEN6002` about `{field}`: {means}"),
                help: help.to_owned(),
            }
        },
    );
}

/// See the card.
pub(crate) fn log_connection(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| *it == Reason::Connection,
        |_| {
            Meaning {
        did: "could not connect to its peer",
            means: "source and target did not authenticate each other, because the names or keys of their authorities differ at some level, a certificate is not valid by the clock of an appliance, or a chain is deeper than 10".to_owned(),
        help: format!("compare issued-to and issued-by of both chains level by level, the dates with the clocks of both appliances, and their depth; {LAST_WAY}"),
    }
        },
    );
}

/// See the card.
pub(crate) fn log_other(model: &Model, out: &mut Findings) {
    tell(
        model,
        out,
        |it| matches!(it, Reason::Other(_)),
        |it| {
            let argument = if let Reason::Other(text) = &it.reason { text.as_str() } else { "" };
            Meaning {
                did: "refused a file",
                means: format!(
                    "it answered with `CGEN1008` and {}, which is not among the arguments that are explained; the requirements whose answer is not published are a common name in every certificate, no wildcard in a name, and a depth of at most 10",
                    if argument.is_empty() { "no argument".to_owned() } else { format!("`{argument}`") }
                ),
                help: "look at these three, then at the others".to_owned(),
            }
        },
    );
}
