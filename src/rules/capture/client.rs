//! What a server has against the certificates that a client sent, by its cause.

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Encounter, Model,
        capture::{SentCertificate, SentChain},
        meets::{Asked, Broken, ClientFault, ClientFaultKind},
        x509::{Certificate, Purpose},
    },
    rules::words,
};

use super::told::{Group, Groups, asked_for, label_context, packet, refused, server};

const ERROR_PAGE: &str = "400 The SSL certificate error";
const NO_CERTIFICATE_PAGE: &str = "400 No required SSL certificate was sent";
const BY_NAMES: &str =
    "only names were compared, because the certificates of the truststore are not in the tree";

/// Groups with a fault of the client, by server and leaf.
fn faulty(
    model: &Model,
    wanted: impl Fn(&ClientFaultKind) -> bool,
) -> Vec<(Group<'_>, &ClientFault, &SentChain)> {
    let groups = Groups::of(model, |it| {
        let fault = it.client.as_ref().filter(|fault| wanted(&fault.kind))?;
        let chain = it.conversation(model).client_chain.as_ref()?;
        let leaf = chain.leaf().map(|leaf| leaf.fingerprint);
        Some((it.conversation(model).server, leaf, chain.certificates.len(), fault.answer))
    });
    let all = groups.into_iter().filter_map(|(_, group)| {
        let first = group.first();
        let fault = first.client.as_ref()?;
        let chain = first.conversation(model).client_chain.as_ref()?;
        Some((group, fault, chain))
    });
    all.collect()
}

/// What is wrong with a path is a matter of what was asked for, and where that is wrong the Router has to be put right first.
fn asked_rightly(it: &Encounter) -> bool {
    !matches!(it.asked, Asked::Other { .. })
}

fn title(it: &Certificate) -> String {
    format!("`{}`", it.subject.title())
}

fn sent(chain: &SentChain, at: usize) -> Option<&Certificate> {
    chain.certificates.get(at).and_then(SentCertificate::read)
}

/// "sends `client` in packet 41"
fn sends(chain: &SentChain, group: &Group<'_>, model: &Model) -> String {
    let verb = if group.clients(model).starts_with("clients") { "send" } else { "sends" };
    let leaf = chain.leaf().map_or_else(|| "a certificate".to_owned(), title);
    format!("{} {verb} {leaf} in {}", group.clients(model), packet(&chain.seen))
}

/// Labels everything around a fault of the client.
fn label(finding: &mut Finding, model: &Model, group: &Group<'_>) {
    label_context(finding, model, group.first());
    group.label_others(model, finding, |talk| talk.client_chain.as_ref().map(|it| it.seen.at));
}

/// `capture/wrong-client-cert`: nothing leads from what the client sent to what the server trusts.
pub(crate) fn wrong_client_cert(model: &Model, out: &mut Findings) {
    for (group, fault, chain) in faulty(model, |kind| matches!(kind, ClientFaultKind::Wrong { .. })) {
        let it = group.first();
        let ClientFaultKind::Wrong { last, broken } = &fault.kind else { continue };
        let (Some(request), Some(top)) = (&it.conversation(model).certificate_request, sent(chain, *last))
        else {
            continue;
        };
        if !asked_rightly(it) {
            continue;
        }
        let issuer = format!("`{}`", top.issuer.title());
        let (asks, asked) = (packet(&request.seen), asked_for(request));
        let way = if *last == 0 {
            format!("issued by {issuer}")
        } else {
            format!("with a chain that ends at {}, issued by {issuer}", title(top))
        };
        let (reason, shown, advice) = match broken {
            Broken::UnknownIssuer => (
                format!("{way}, and {} asks for {asked} in {asks}", server(model, it)),
                format!("issued by {issuer}, which the server does not ask for"),
                format!(
                    "have the client use a certificate of one of these authorities; if {issuer} stands below one of them, the client has to send it along; if this client shall be let in, add {issuer} and every authority above it to the truststore"
                ),
            ),
            Broken::OnlyItself => (
                format!("{way}, and {} lists that certificate in {asks} and not its issuer", server(model, it)),
                format!("issued by {issuer}, which the server does not ask for"),
                format!("add {issuer} and its root to the truststore, each under an alias of its own; the certificate of the client need not be there"),
            ),
            Broken::SelfSigned => (
                format!("which is self-signed, and {} asks for {asked} in {asks}", server(model, it)),
                "self-signed, and not among what the server asks for".to_owned(),
                "have the client use a certificate of one of these authorities, or add this one to the truststore".to_owned(),
            ),
            Broken::OwnRoot => (
                format!("with its own root {}, and {} asks for {asked} in {asks}", title(top), server(model, it)),
                format!("ends in {}, which the server does not ask for", title(top)),
                format!("have the client use a certificate of one of these authorities; if this client shall be let in, add {} to the truststore", title(top)),
            ),
            Broken::OtherKey { trusted: true } => (
                format!(
                    "{way}, and the authority of that name which {} trusts has another key (the names of {asks} fit, the signature does not)",
                    server(model, it)
                ),
                format!("signed by another {issuer} than the one in the truststore"),
                format!("find out which of the two {issuer} is the current one: have the client use a certificate of it, or add it to the truststore under an alias of its own"),
            ),
            Broken::OtherKey { trusted: false } => (
                format!("{way}, and the {issuer} that it sends along has another key"),
                format!("another {issuer} signed this"),
                format!("put the {issuer} that signed the certificate into the client's chain"),
            ),
            Broken::Other => (
                format!("and {} does not take its chain", server(model, it)),
                "the chain is not taken".to_owned(),
                "have the client use another certificate".to_owned(),
            ),
        };
        let finding = out.report(
            format!(
                "{}, {reason}: {}{}",
                sends(chain, &group, model),
                refused(model, it, &group, ERROR_PAGE, fault.answer),
                group.more()
            ),
            chain.seen.at,
            shown,
        );
        if let (Broken::OtherKey { trusted: true }, Some(trust)) = (broken, model.encounters().truststore(it))
        {
            let key = top.issuer.unordered();
            for name in trust.names.iter().filter(|name| name.key == key) {
                finding.label(name.at, "the same name and another key");
            }
        }
        label(finding, model, &group);
        finding.help(with_ground(&advice, fault));
    }
}

fn with_ground(advice: &str, fault: &ClientFault) -> String {
    if fault.by_names { format!("{advice}; {BY_NAMES}") } else { advice.to_owned() }
}

/// `capture/client-chain-incomplete`: the client leaves out an issuer that somebody else has shown.
pub(crate) fn client_chain_incomplete(model: &Model, out: &mut Findings) {
    for (group, fault, chain) in faulty(model, |kind| matches!(kind, ClientFaultKind::Incomplete { .. })) {
        let it = group.first();
        let ClientFaultKind::Incomplete { missing, .. } = &fault.kind else { continue };
        let Some(request) = it.conversation(model).certificate_request.as_ref().filter(|_| asked_rightly(it))
        else {
            continue;
        };
        let names: Vec<String> = missing.iter().map(|it| format!("`{it}`")).collect();
        let names = words::list(&names, 4);
        let without = if chain.certificates.len() == 1 {
            format!("alone, without its issuer {names}")
        } else {
            format!("without {names} of its chain")
        };
        let finding = out.report(
            format!(
                "{} {without}, and {} asks for {} in {}: {}{}",
                sends(chain, &group, model),
                server(model, it),
                asked_for(request),
                packet(&request.seen),
                refused(model, it, &group, ERROR_PAGE, fault.answer),
                group.more()
            ),
            chain.seen.at,
            format!("{names} is missing here"),
        );
        label(finding, model, &group);
        let advice = format!(
            "have the client send {names} behind its certificate (a PEM or PKCS#12 with the whole chain), or add it to the truststore beside its root"
        );
        finding.help(with_ground(&advice, fault));
    }
}

/// `capture/client-cert-expired`: at the time of the capture.
pub(crate) fn client_cert_expired(model: &Model, out: &mut Findings) {
    let dated = |kind: &ClientFaultKind| {
        matches!(kind, ClientFaultKind::Expired(_) | ClientFaultKind::NotYetValid(_))
    };
    for (group, fault, chain) in faulty(model, dated) {
        let (at, early) = match fault.kind {
            ClientFaultKind::Expired(at) => (at, false),
            ClientFaultKind::NotYetValid(at) => (at, true),
            _ => continue,
        };
        let Some(wrong) = sent(chain, at) else { continue };
        let it = group.first();
        let time = chain.seen.time;
        let whose = if at == 0 { "which".to_owned() } else { format!("and its issuer {}", title(wrong)) };
        let (says, shown) = if early {
            (
                format!("{whose} is valid only from {} on", wrong.not_before),
                format!("captured on {time}, and valid from {} on", wrong.not_before),
            )
        } else {
            let ago = match wrong.not_after.days_until(time) {
                0 => "that day".to_owned(),
                days => format!("{} earlier", words::days(days)),
            };
            (
                format!("{whose} had expired on {}, {ago}", wrong.not_after),
                format!("captured on {time}, and expired on {}", wrong.not_after),
            )
        };
        let finding = out.report(
            format!(
                "{}, {says}: {}{}",
                sends(chain, &group, model),
                refused(model, it, &group, ERROR_PAGE, fault.answer),
                group.more()
            ),
            chain.seen.at,
            shown,
        );
        label(finding, model, &group);
        finding.help(match (early, at) {
            (true, _) => "check the clock of the Router; if it is right, have the client use its former certificate until then",
            (false, 0) => "have the client use a new certificate of the same authority; the truststore need not change for that, unless it holds the certificate of the client itself",
            (false, _) => "have the client send the renewed certificate of that issuer; a copy of it in the truststore is taken first, so look there too",
        });
    }
}

/// `capture/client-purpose`: what the client sent is not for clients.
pub(crate) fn client_purpose(model: &Model, out: &mut Findings) {
    for (group, fault, chain) in faulty(model, |kind| matches!(kind, ClientFaultKind::Purpose(_))) {
        let ClientFaultKind::Purpose(at) = fault.kind else { continue };
        let Some(wrong) = sent(chain, at) else { continue };
        let it = group.first();
        let why = match &wrong.extended_key_usage {
            Some(all) if !all.contains(&Purpose::ClientAuth) => {
                let all: Vec<String> = all.iter().map(|it| format!("`{it}`")).collect();
                let listed = if all.is_empty() { "nothing".to_owned() } else { words::list(&all, 4) };
                format!("its extended key usage says {listed} and not `clientAuth`")
            }
            _ => "its key usage lacks `digitalSignature`".to_owned(),
        };
        let whose = if at == 0 { String::new() } else { format!(" with its issuer {}", title(wrong)) };
        let finding = out.report(
            format!(
                "{}{whose}, and {why}: {}{}",
                sends(chain, &group, model),
                refused(model, it, &group, ERROR_PAGE, fault.answer),
                group.more()
            ),
            chain.seen.at,
            why.clone(),
        );
        label(finding, model, &group);
        finding.help("have the certificate issued again for clients: extended key usage `clientAuth`, or none; a certificate made for a server is not taken from a client");
    }
}

/// `capture/path-too-deep`: more intermediates than the server allows.
pub(crate) fn path_too_deep(model: &Model, out: &mut Findings) {
    for (group, fault, chain) in faulty(model, |kind| matches!(kind, ClientFaultKind::TooDeep { .. })) {
        let ClientFaultKind::TooDeep { intermediates, allowed } = fault.kind else { continue };
        let it = group.first();
        let Some(trust) = model.encounters().truststore(it).filter(|_| asked_rightly(it)) else { continue };
        // Nobody says which depth the Router of Apigee Edge sets; what the file does not say is nginx's own.
        let sure = trust.virtual_host.is_none();
        let limit = format!("`ssl_verify_depth {allowed}`");
        let finding = out.report(
            format!(
                "{}, with {intermediates} intermediates between it and the root, and {} allows {allowed}{}: {}{}",
                sends(chain, &group, model),
                server(model, it),
                if sure { "" } else { " unless its configuration says more" },
                refused(model, it, &group, ERROR_PAGE, fault.answer),
                group.more()
            ),
            chain.seen.at,
            format!("{intermediates} intermediates up to the root"),
        );
        if !sure {
            finding.level(Level::Warning);
        }
        label(finding, model, &group);
        finding.help(if sure {
            format!("write `ssl_verify_depth {intermediates};`, or have the client use a certificate from closer to the root")
        } else {
            format!("look for `ssl_verify_depth` in the configuration of the Router ({limit} is what nginx takes without it), or have the client use a certificate from closer to the root")
        });
    }
}

/// `capture/client-sent-none`: asked for a certificate, the client sent an empty chain.
pub(crate) fn client_sent_none(model: &Model, out: &mut Findings) {
    for (group, _, chain) in faulty(model, |kind| matches!(kind, ClientFaultKind::SentNone)) {
        let it = group.first();
        let talk = it.conversation(model);
        let Some(request) = talk.certificate_request.as_ref().filter(|_| asked_rightly(it)) else { continue };
        let known = model.encounters().truststore(it).is_some();
        let refused = refused(model, it, &group, NO_CERTIFICATE_PAGE, None);
        let ended = super::told::fatal(talk, crate::model::Role::Server).is_some();
        let unless = if known || ended { "" } else { " if it insists on a certificate" };
        let many = group.clients(model).starts_with("clients");
        let (is, sends) = if many { ("are", "send") } else { ("is", "sends") };
        let finding = out.report(
            format!(
                "{} {is} asked for a certificate by {} in {} and {sends} none in {}: {refused}{unless}{}",
                group.clients(model),
                server(model, it),
                packet(&request.seen),
                packet(&chain.seen),
                group.more()
            ),
            chain.seen.at,
            "an empty list of certificates",
        );
        if !known && !ended {
            finding.level(Level::Note);
        }
        label(finding, model, &group);
        let asked: Vec<String> = request
            .authorities
            .iter()
            .filter_map(|it| it.name.as_ref().ok().map(crate::model::x509::Name::unordered))
            .collect();
        let mut advice = format!(
            "check that the client is given a certificate and its key; Java and browsers keep back what is not issued by {}",
            asked_for(request)
        );
        for (id, certificate) in clients_of(model).into_iter().take(1) {
            let path = model.path_to_root(id, &[]);
            let fits = path.iter().any(|step| asked.contains(&model.cert(*step).issuer.unordered()));
            let place = model.materials.known(id).places[0];
            finding.label(
                place,
                format!("a certificate for clients, issued by `{}`", certificate.issuer.title()),
            );
            advice = if fits || asked.is_empty() {
                format!("{} would do: check that the client is given it and its key", title(certificate))
            } else {
                format!(
                    "{} is issued by `{}`, which is not asked for: Java and browsers keep such a certificate back; get one of the authorities that are asked for, or add its root to the truststore",
                    title(certificate),
                    certificate.issuer.title()
                )
            };
        }
        finding.help(advice);
    }
}

/// Certificates of the tree that are for clients alone.
fn clients_of(model: &Model) -> Vec<(crate::model::CertId, &Certificate)> {
    let all = model.materials.certificates().map(|(id, known)| (id, &*known.certificate));
    let only_clients = all.filter(|(id, it)| {
        let listed = it.extended_key_usage.as_ref();
        !it.is_ca()
            && listed
                .is_some_and(|all| all.contains(&Purpose::ClientAuth) && !all.contains(&Purpose::ServerAuth))
            && model.uses().get(id).is_none_or(Vec::is_empty)
    });
    only_clients.collect()
}
