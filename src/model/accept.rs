//! Whether a server takes a client's certificate: the path that OpenSSL builds from what was sent and what is trusted,
//! and what it has against it. Measured with nginx 1.22 and OpenSSL 3.0; strength of keys and hashes, name constraints,
//! policies and revocation are not looked at.

mod fault;
mod issuer;

#[cfg(test)]
mod tests;

use crate::x509::{Certificate, Purpose, Time, Verdict, verify};

pub use fault::{Fault, VerifyError};

use issuer::{best_issuer, fits, is_self_signed};

/// The limit of nginx where nothing sets another: one intermediate.
pub const NGINX_DEPTH: u32 = 1;

/// No path is longer, whatever the limit. OpenSSL stops here where nobody sets one, and authorities may certify each
/// other in a circle.
const MAX_DEPTH: u32 = 100;

/// A certificate of the path.
#[derive(Copy, Clone, Debug)]
pub struct Step<'c> {
    /// The certificate.
    pub certificate: &'c Certificate,
    /// It comes from the truststore, not from the client.
    pub trusted: bool,
}

/// What comes of a client's chain.
#[derive(Debug)]
pub struct Judgement<'c> {
    /// The leaf, its issuer, and so on, as far as it goes.
    pub path: Vec<Step<'c>>,
    /// What OpenSSL finds, in the order in which it does. Empty: the certificate is taken.
    pub faults: Vec<Fault<'c>>,
    /// Certificates with the name of the issuer at which the path breaks, and another key.
    pub namesakes: Vec<Step<'c>>,
    /// A signature of the path could not be checked, for this algorithm; it was taken as good.
    pub unverified: Option<String>,
}

impl<'c> Judgement<'c> {
    /// The server takes the certificate.
    pub fn accepted(&self) -> bool {
        self.faults.is_empty()
    }

    /// What nginx logs and puts into `$ssl_client_verify`: it lets OpenSSL go on after a fault, so the last one counts.
    pub fn answer(&self) -> Option<&Fault<'c>> {
        self.faults.last()
    }

    /// The fault to speak of: what stands first in the path, the leaf before its issuers. Where the path does not lead
    /// to a root, that is the reason, whatever else is wrong.
    pub fn cause(&self) -> Option<&Fault<'c>> {
        let broken = self.faults.iter().find(|fault| fault.error.breaks_path());
        broken.or_else(|| self.faults.iter().min_by_key(|fault| fault.depth))
    }
}

/// Whether a server with these trusted certificates takes a chain of a client at a time. `depth` is the limit that the
/// server sets (`ssl_verify_depth`). `None` where nothing was sent.
///
/// Trusted certificates come first, so an expired intermediate of the truststore is taken though a valid one of the same
/// key was sent. A path has to end in a self-signed certificate of the truststore.
pub fn client<'c>(
    sent: &[&'c Certificate],
    trusted: &[&'c Certificate],
    at: Time,
    depth: u32,
) -> Option<Judgement<'c>> {
    let leaf = *sent.first()?;
    let mut judgement = Judgement {
        path: vec![Step { certificate: leaf, trusted: false }],
        faults: Vec::new(),
        namesakes: Vec::new(),
        unverified: None,
    };
    judgement.build(sent, trusted, at, depth);
    judgement.check_extensions();
    judgement.check_signatures(at);
    Some(judgement)
}

impl<'c> Judgement<'c> {
    /// `build_chain` of OpenSSL: a trusted issuer where there is one, else a sent one.
    fn build(&mut self, sent: &[&'c Certificate], trusted: &[&'c Certificate], at: Time, depth: u32) {
        // One more than allowed is looked at, so that the fault can be told.
        let longest = depth.min(MAX_DEPTH) as usize + 1;
        let mut left: Vec<&'c Certificate> = sent.to_vec();
        loop {
            let Some(last) = self.path.last().copied() else { return };
            let current = last.certificate;
            let room = self.path.len() <= longest;
            let issuer = if room { best_issuer(current, trusted, at) } else { None };
            match issuer {
                Some(issuer) if !is_self_signed(current) => {
                    self.path.push(Step { certificate: issuer, trusted: true });
                    if is_self_signed(issuer) {
                        return;
                    }
                    continue;
                }
                Some(issuer) if issuer.fingerprint == current.fingerprint => {
                    self.path.pop();
                    self.path.push(Step { certificate: issuer, trusted: true });
                    return;
                }
                _ => {}
            }
            // Behind a trusted certificate, what the client sent is not asked any more.
            if last.trusted || is_self_signed(current) || !room {
                break;
            }
            let Some(issuer) = best_issuer(current, &left, at) else { break };
            left.retain(|it| it.fingerprint != issuer.fingerprint);
            self.path.push(Step { certificate: issuer, trusted: false });
        }
        self.broken(sent, trusted, longest);
    }

    /// Says why the path does not end in a root of the truststore.
    fn broken(&mut self, sent: &[&'c Certificate], trusted: &[&'c Certificate], longest: usize) {
        let Some(last) = self.path.last().copied() else { return };
        let top = self.path.len() - 1;
        if self.path.len() > longest {
            self.fault(VerifyError::ChainTooLong, top);
        }
        self.fault(
            match (is_self_signed(last.certificate), top, last.trusted) {
                (true, 0, _) => VerifyError::SelfSignedLeaf,
                (true, ..) => VerifyError::SelfSignedInChain,
                (false, _, true) => VerifyError::NoIssuer,
                (false, _, false) => VerifyError::NoLocalIssuer,
            },
            top,
        );
        if !is_self_signed(last.certificate) && self.path.len() <= longest {
            let all = [(trusted, true), (sent, false)];
            for (certificates, trusted) in all {
                let named = certificates.iter().filter(|it| {
                    it.subject.same_text(&last.certificate.issuer) && !fits(it, last.certificate)
                });
                self.namesakes.extend(named.map(|certificate| Step { certificate, trusted }));
            }
        }
    }

    fn fault(&mut self, error: VerifyError, depth: usize) {
        let Some(step) = self.path.get(depth) else { return };
        self.faults.push(Fault { error, depth, certificate: step.certificate, trusted: step.trusted });
    }

    /// `check_extensions` of OpenSSL: critical extensions, authorities, purposes and path lengths, from the leaf up.
    fn check_extensions(&mut self) {
        let mut below = 0;
        for depth in 0..self.path.len() {
            let certificate = self.path[depth].certificate;
            if !certificate.unknown_critical.is_empty() {
                self.fault(VerifyError::UnhandledCriticalExtension, depth);
            }
            // A root of version 1 is an authority, and no other certificate that does not say so.
            let last = depth + 1 == self.path.len();
            if depth > 0 && !may_issue(certificate, last) {
                self.fault(VerifyError::InvalidAuthority, depth);
            }
            if !may_serve(certificate, depth > 0) {
                self.fault(VerifyError::UnsuitablePurpose, depth);
            }
            let limit = certificate.basic_constraints.filter(|it| it.ca).and_then(|it| it.path_len);
            if depth > 1 && limit.is_some_and(|limit| below > limit) {
                self.fault(VerifyError::PathLengthExceeded, depth);
            }
            if depth > 0 && !certificate.is_self_issued() {
                below += 1;
            }
        }
    }

    /// `internal_verify` of OpenSSL: signatures and times, from the top down.
    fn check_signatures(&mut self, at: Time) {
        let top = self.path.len() - 1;
        let rooted = is_self_signed(self.path[top].certificate);
        if !rooted && top == 0 {
            self.fault(VerifyError::FirstUnverified, 0);
        }
        // The time of a top that is no root is not looked at, for nothing vouches for it anyway.
        let start = if rooted || top == 0 { top } else { top - 1 };
        for depth in (0..=start).rev() {
            let certificate = self.path[depth].certificate;
            if let Some(issuer) = self.path.get(depth + 1).map(|step| step.certificate) {
                if issuer.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
                    self.fault(VerifyError::MayNotSign, depth + 1);
                }
                match verify(certificate, &issuer.public_key) {
                    Verdict::Good => {}
                    Verdict::Bad => {
                        self.fault(VerifyError::SignatureFailure, depth);
                        let namesake = self.path[depth + 1];
                        self.namesakes.push(namesake);
                    }
                    Verdict::Unsupported(algorithm) => {
                        self.unverified.get_or_insert(algorithm);
                    }
                }
            }
            if certificate.not_before > at {
                self.fault(VerifyError::NotYetValid, depth);
            }
            // OpenSSL takes the last second for too late.
            if certificate.not_after <= at {
                self.fault(VerifyError::Expired, depth);
            }
        }
    }
}

/// `X509_check_ca` of OpenSSL. Without basic constraints, a self-signed root of version 1 or one whose key usage says so
/// will do at the top.
fn may_issue(certificate: &Certificate, top: bool) -> bool {
    if certificate.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
        return false;
    }
    match certificate.basic_constraints {
        Some(constraints) => constraints.ca,
        None => {
            top && (certificate.version == 1 && is_self_signed(certificate)
                || certificate.key_usage.is_some())
        }
    }
}

/// `check_purpose_ssl_client` of OpenSSL. A list of purposes counts in authorities too, and `anyExtendedKeyUsage` in it
/// does not help.
fn may_serve(certificate: &Certificate, authority: bool) -> bool {
    let listed = certificate.extended_key_usage.as_ref();
    if listed.is_some_and(|all| !all.contains(&Purpose::ClientAuth)) {
        return false;
    }
    if authority {
        return may_issue(certificate, true);
    }
    certificate.key_usage.is_none_or(|usage| usage.digital_signature() || usage.key_agreement())
}
