//! What a server has against the certificates that a client sent: by signatures where the truststore is there with all
//! its bytes, else by the names that the server asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::{Certificate, Time, Verdict, verify};

use super::{
    super::{
        Conversation, Model,
        accept::{self, Fault, VerifyError},
        capture::{CertificateRequest, Handshake, SentCertificate},
    },
    Asked, AskedName, Demand, Truststore, asked_names,
};

/// A chain is followed so far where issuers are looked for.
const MOST_STEPS: usize = 8;

/// What a server has against a client.
#[derive(Debug)]
pub struct ClientFault {
    /// What.
    pub kind: ClientFaultKind,
    /// What OpenSSL says about it, as in the log of nginx; `None` where nothing is verified.
    pub answer: Option<VerifyError>,
    /// Names were compared, and no signatures.
    pub by_names: bool,
}

/// What a server has against a client. Positions are those in the chain as sent.
#[derive(Debug)]
pub enum ClientFaultKind {
    /// It was asked for a certificate and sent none.
    SentNone,
    /// Nothing leads from what it sent to what the server trusts.
    Wrong {
        /// The last certificate of the path.
        last: usize,
        /// Why the path ends there.
        broken: Broken,
    },
    /// An issuer is missing that the client should send.
    Incomplete {
        /// The last certificate of the path.
        last: usize,
        /// The issuers from there to what the server trusts, by title.
        missing: Vec<String>,
    },
    /// A certificate that it sent had expired.
    Expired(usize),
    /// A certificate that it sent was not valid yet.
    NotYetValid(usize),
    /// A certificate that it sent is not for clients.
    Purpose(usize),
    /// More intermediates than the server allows.
    TooDeep {
        /// How many there are.
        intermediates: usize,
        /// How many are allowed.
        allowed: u32,
    },
}

/// Why a path ends below what a server trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its issuer is neither trusted nor sent.
    UnknownIssuer,
    /// The server lists the certificate itself and not its issuer.
    OnlyItself,
    /// The certificate is self-signed and not trusted.
    SelfSigned,
    /// The path ends in a root that the client sent and nobody trusts.
    OwnRoot,
    /// An authority with the name of the issuer is trusted or sent, and has another key.
    OtherKey {
        /// It is trusted; else it was sent.
        trusted: bool,
    },
    /// Something else that OpenSSL says in its own words.
    Other,
}

/// Judges chains of clients.
pub(super) struct Judge<'m> {
    model: &'m Model,
    /// Authorities that somebody has: in files of the tree, and sent in captures. By subject.
    authorities: BTreeMap<String, Vec<&'m Certificate>>,
}

impl<'m> Judge<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let mut authorities: BTreeMap<String, Vec<&'m Certificate>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let of_files = model.materials.certificates().map(|(_, known)| &*known.certificate);
        let talks = model.captures.iter().flat_map(|it| &it.conversations);
        let chains = talks.flat_map(|it| it.server_chain.iter().chain(&it.client_chain));
        let sent = chains.flat_map(|it| it.certificates.iter().filter_map(SentCertificate::read));
        for it in of_files.chain(sent).filter(|it| it.is_ca()) {
            if seen.insert(it.fingerprint) {
                authorities.entry(it.subject.unordered()).or_default().push(it);
            }
        }
        Self { model, authorities }
    }

    /// What the server has against the client of a conversation.
    pub(super) fn client(
        &self,
        talk: &Conversation,
        trust: Option<&Truststore>,
        asked: &Asked,
    ) -> Option<ClientFault> {
        if talk.handshake != Handshake::Full {
            return None;
        }
        let request = talk.certificate_request.as_ref()?;
        let chain = talk.client_chain.as_ref()?;
        if chain.certificates.is_empty() {
            let optional = trust.is_some_and(|trust| trust.demand == Demand::Optional);
            return (!optional).then_some(ClientFault {
                kind: ClientFaultKind::SentNone,
                answer: None,
                by_names: false,
            });
        }
        let sent = chain.readable();
        if sent.len() < chain.certificates.len()
            || trust.is_some_and(|trust| trust.demand == Demand::Anything)
        {
            return None;
        }
        let at = chain.seen.time;
        if let Some(trust) = trust
            && self.is_usable(trust, request)
        {
            return self.by_signatures(&sent, trust, at);
        }
        let names = asked_names(request)?;
        // What is asked for is not what should be: which names count is told by the rule about that.
        let names = if matches!(asked, Asked::Other { .. }) { Vec::new() } else { names };
        self.by_names(&sent, &names, at)
    }

    /// The certificates are all there. Where they are not those of the truststore itself but of a copy, the names of the
    /// request show that it is the one in use.
    fn is_usable(&self, trust: &Truststore, request: &CertificateRequest) -> bool {
        let names = |all: &[AskedName]| all.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>();
        trust.certificates_known
            && !trust.certificates.is_empty()
            && (trust.names_known || {
                let held = trust.certificates.iter().map(|id| self.model.cert(*id).subject.unordered());
                request.authorities.is_empty()
                    || asked_names(request).is_some_and(|asked| names(&asked) == held.collect())
            })
    }

    fn by_signatures(&self, sent: &[&Certificate], trust: &Truststore, at: Time) -> Option<ClientFault> {
        let trusted: Vec<&Certificate> = trust.certificates.iter().map(|id| self.model.cert(*id)).collect();
        let judgement = accept::client(sent, &trusted, at, trust.depth)?;
        let answer = judgement.answer()?.error;
        let mut cause = *judgement.cause()?;
        let mut namesakes = judgement.namesakes;
        let mut path: Vec<&Certificate> = judgement.path.iter().map(|step| step.certificate).collect();
        if cause.error == VerifyError::ChainTooLong {
            let deeper = accept::client(sent, &trusted, at, u32::MAX)?;
            path = deeper.path.iter().map(|step| step.certificate).collect();
            let Some(next) = deeper.cause() else {
                let intermediates = path.len().saturating_sub(2);
                let kind = ClientFaultKind::TooDeep { intermediates, allowed: trust.depth };
                return Some(ClientFault { kind, answer: Some(answer), by_names: false });
            };
            cause = *next;
            namesakes = deeper.namesakes;
        }
        // What is wrong with the truststore itself is told where it lies.
        let rootless = !trusted.iter().any(|it| it.is_self_issued());
        if cause.trusted || (cause.error.breaks_path() && rootless) {
            return None;
        }
        let position = |it: &Fault<'_>| position(sent, it.certificate);
        let last = position(&cause);
        let kind = match cause.error {
            VerifyError::Expired => ClientFaultKind::Expired(last),
            VerifyError::NotYetValid => ClientFaultKind::NotYetValid(last),
            VerifyError::UnsuitablePurpose => ClientFaultKind::Purpose(last),
            VerifyError::SelfSignedLeaf => ClientFaultKind::Wrong { last, broken: Broken::SelfSigned },
            VerifyError::SelfSignedInChain => ClientFaultKind::Wrong { last, broken: Broken::OwnRoot },
            VerifyError::NoLocalIssuer | VerifyError::SignatureFailure => {
                if let Some(namesake) = namesakes.first() {
                    let broken = Broken::OtherKey { trusted: namesake.trusted };
                    ClientFaultKind::Wrong { last, broken }
                } else {
                    let top = path.last().copied()?;
                    let complete = |extra: &[&Certificate]| {
                        let all: Vec<&Certificate> = sent.iter().chain(extra).copied().collect();
                        accept::client(&all, &trusted, at, u32::MAX)
                            .is_some_and(|it| it.cause().is_none_or(|cause| !cause.error.breaks_path()))
                    };
                    self.unknown(last, top, &complete)
                }
            }
            _ => ClientFaultKind::Wrong { last, broken: Broken::Other },
        };
        Some(ClientFault { kind, answer: Some(answer), by_names: false })
    }

    fn by_names(&self, sent: &[&Certificate], names: &[AskedName], at: Time) -> Option<ClientFault> {
        let (path, leads) = leads(sent, names);
        let alone = accept::client(sent, &[], at, u32::MAX)?;
        let top = path.last().copied()?;
        if !leads && !names.is_empty() {
            let last = position(sent, top);
            let is_named = |name: &str| names.iter().any(|(key, _)| key == name);
            let kind = if top.is_self_issued() {
                let broken = if path.len() == 1 { Broken::SelfSigned } else { Broken::OwnRoot };
                ClientFaultKind::Wrong { last, broken }
            } else if is_named(&sent[0].subject.unordered()) {
                ClientFaultKind::Wrong { last, broken: Broken::OnlyItself }
            } else {
                let complete = |extra: &[&Certificate]| {
                    extra
                        .iter()
                        .any(|it| is_named(&it.subject.unordered()) || is_named(&it.issuer.unordered()))
                };
                self.unknown(last, top, &complete)
            };
            return Some(ClientFault { kind, answer: alone.answer().map(|it| it.error), by_names: true });
        }
        let fault = |error| {
            let found = alone.faults.iter().find(|it| it.error == error);
            found.map(|it| position(sent, it.certificate))
        };
        let when = |holds: &dyn Fn(&Certificate) -> bool| {
            path.iter().find(|it| holds(it)).map(|it| position(sent, it))
        };
        let (kind, answer) = if let Some(position) = when(&|it| it.not_after <= at) {
            (ClientFaultKind::Expired(position), VerifyError::Expired)
        } else if let Some(position) = when(&|it| it.not_before > at) {
            (ClientFaultKind::NotYetValid(position), VerifyError::NotYetValid)
        } else {
            (ClientFaultKind::Purpose(fault(VerifyError::UnsuitablePurpose)?), VerifyError::UnsuitablePurpose)
        };
        Some(ClientFault { kind, answer: Some(answer), by_names: true })
    }

    /// A path whose next issuer is not there: somebody else may have shown that issuer, and then the client left it out.
    fn unknown(
        &self,
        last: usize,
        top: &Certificate,
        complete: &dyn Fn(&[&Certificate]) -> bool,
    ) -> ClientFaultKind {
        let mut extra: Vec<&Certificate> = Vec::new();
        let mut current = top;
        while extra.len() < MOST_STEPS && !current.is_self_issued() {
            let named = self.authorities.get(&current.issuer.unordered());
            let issuer = named.into_iter().flatten().find(|it| {
                verify(current, &it.public_key) == Verdict::Good
                    && !extra.iter().any(|known| known.fingerprint == it.fingerprint)
            });
            let Some(issuer) = issuer.copied() else { break };
            // A root does not help where it is sent: it has to be trusted.
            if issuer.is_self_issued() {
                break;
            }
            extra.push(issuer);
            if complete(&extra) {
                let missing = extra.iter().map(|it| it.subject.title().to_owned()).collect();
                return ClientFaultKind::Incomplete { last, missing };
            }
            current = issuer;
        }
        ClientFaultKind::Wrong { last, broken: Broken::UnknownIssuer }
    }
}

fn position(sent: &[&Certificate], it: &Certificate) -> usize {
    sent.iter().position(|sent| sent.fingerprint == it.fingerprint).unwrap_or_default()
}

/// The path through what was sent, and whether it comes to one of the names.
pub(super) fn leads<'c>(sent: &[&'c Certificate], names: &[AskedName]) -> (Vec<&'c Certificate>, bool) {
    let is_named = |name: &str| names.iter().any(|(key, _)| key == name);
    let mut path: Vec<&Certificate> = Vec::new();
    let mut next = sent.first().copied();
    while let Some(current) = next {
        path.push(current);
        let issuer = current.issuer.unordered();
        if is_named(&issuer) {
            return (path, true);
        }
        let fits = |it: &&&Certificate| {
            !path.iter().any(|known| known.fingerprint == it.fingerprint)
                && it.subject.unordered() == issuer
                && verify(current, &it.public_key) != Verdict::Bad
        };
        next = sent.iter().find(fits).copied();
    }
    (path, false)
}
