//! Cases of x509-limbo that are judged otherwise here, each with its reason.

/// Cases on which the verifier agrees.
pub(crate) const VERIFIER_AGREES: usize = 169;

/// Where the verifier differs.
pub(crate) const VERIFIER: &[(&str, &str)] = &[
    (
        "crl::crlnumber-critical",
        "a fault of the list's form, which OpenSSL and nginx take; lists are read for what they revoke",
    ),
    (
        "crl::crlnumber-missing",
        "a fault of the list's form, which OpenSSL and nginx take; lists are read for what they revoke",
    ),
    (
        "crl::issuer-no-keyusage-extension",
        "OpenSSL 3.0.22 refuses it too with -x509_strict (error 92), as this profile does",
    ),
    (
        "pathlen::max-chain-depth-1-self-issued",
        "OpenSSL and nginx count self-issued intermediates as well when they limit the depth",
    ),
    (
        "pathlen::validation-ignores-pathlen-in-leaf",
        "its key usage has keyCertSign alone; OpenSSL 3.0.22 refuses it as a server's (error 26)",
    ),
    (
        "rfc5280::aki::cross-signed-root-missing-aki",
        "what is believed need not say who issued it; OpenSSL 3.0 does not ask the last certificate of a path",
    ),
    (
        "rfc5280::ca-as-leaf",
        "its key usage has keyCertSign alone; OpenSSL 3.0.22 refuses it as a server's (error 26)",
    ),
    (
        "rfc5280::nc::invalid-dnsname-leading-period",
        "OpenSSL 3.0.22 and Go take the dot for everything below",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee-critical",
        "constraints in a leaf constrain nothing; OpenSSL and Go take them, and cert/refused-by does not name them",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee-noncritical",
        "constraints in a leaf constrain nothing; OpenSSL and Go take them, and cert/refused-by does not name them",
    ),
    (
        "rfc5280::nc::permitted-dns-match-noncritical",
        "constraints that are not critical bind as well; OpenSSL 3.0.22 takes them, and so does webpki::nc::permitted-dns-match-noncritical",
    ),
    ("rfc5280::pc::ica-noncritical-pc", "policy constraints that are not critical bind as well"),
    (
        "rfc5280::san::underscore-dns",
        "forbidden and in wide use below private authorities; every client takes it",
    ),
    ("rfc5280::serial::too-long", "common clients take it; cert/malformed warns"),
    ("rfc5280::serial::zero", "common clients take it; cert/malformed warns"),
    (
        "webpki::aki::root-with-aki-all-fields",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertissuer",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertserialnumber",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-missing-keyidentifier",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-ski-mismatch",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::cn::case-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv4-hex-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv4-leading-zeros-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-non-rfc5952-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-uncompressed-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-uppercase-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::not-in-san",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::punycode-not-in-san",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::utf8-vs-punycode-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::eku::ee-anyeku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::ee-critical-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::ee-without-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::root-has-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::forbidden-rsa-not-divisible-by-8-in-root",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::san::public-suffix-multi-label-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::public-suffix-private-namespace-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::public-suffix-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::san-critical-with-nonempty-subject",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
];

/// What the verifier must have against some cases, by one word.
pub(crate) const REASONS: &[(&str, &str)] = &[
    ("crl::revoked-certificate-with-crl", "revoked"),
    ("cve::cve-2025-61727", "name-constraint"),
    ("invalid::invalid-issuer-key", "bad-signature"),
    ("pathlen::intermediate-pathlen-too-long", "path-length"),
    ("pathlen::intermediate-violates-pathlen-0", "path-length"),
    ("pathlen::max-chain-depth-1-exhausted", "depth"),
    ("pathological::nc-dos-1", "name-constraint"),
    ("rfc5280::aki::leaf-missing-aki", "bad-encoding"),
    ("rfc5280::chain-untrusted-root", "untrusted-root"),
    ("rfc5280::duplicate-extensions", "bad-encoding"),
    ("rfc5280::eku::ee-eku-empty", "purpose"),
    ("rfc5280::eku::ee-wrong-eku", "purpose"),
    ("rfc5280::intermediate-ca-without-ca-bit", "not-authority"),
    ("rfc5280::mismatching-signature-algorithm", "bad-encoding"),
    ("rfc5280::nc::excluded-dn-match", "name-constraint"),
    ("rfc5280::nc::excluded-ipv6-match", "name-constraint"),
    ("rfc5280::nc::nc-forbids-othername", "name-constraint"),
    ("rfc5280::nc::permitted-dns-mismatch", "name-constraint"),
    ("rfc5280::root-inconsistent-ca-extensions", "may-not-sign"),
    ("rfc5280::root-missing-basic-constraints", "not-authority"),
    ("rfc5280::san::ip-in-dns", "host-mismatch"),
    ("rfc5280::unknown-critical-extension-ee", "unknown-critical"),
    ("rfc5280::unknown-critical-extension-root", "unknown-critical"),
    ("rfc5280::validity::expired-intermediate", "expired"),
    ("rfc5280::validity::expired-leaf", "expired"),
    ("rfc5280::validity::expired-root", "expired"),
    ("rfc5280::validity::not-yet-valid-1-second", "not-yet-valid"),
    ("webpki::cryptographydotio-chain-missing-intermediate", "missing-issuer"),
    ("webpki::ee-basicconstraints-ca", "authority-as-leaf"),
    ("webpki::forbidden-dsa-leaf", "weak-key"),
    ("webpki::forbidden-weak-rsa-in-leaf", "weak-key"),
    ("webpki::san::mismatch-domain-san", "host-mismatch"),
];

/// Cases on which the whole product agrees: no error where the case succeeds, one where it fails.
pub(crate) const PRODUCT_AGREES: usize = 138;

/// Where the product differs.
pub(crate) const PRODUCT: &[(&str, &str)] = &[
    (
        "crl::crlnumber-critical",
        "a fault of the list's form, which OpenSSL and nginx take; lists are read for what they revoke",
    ),
    (
        "crl::crlnumber-missing",
        "a fault of the list's form, which OpenSSL and nginx take; lists are read for what they revoke",
    ),
    ("crl::issuer-missing-crlsign", "the list lies beside the chain and nothing names it"),
    ("crl::revoked-certificate-with-crl", "the list lies beside the chain and nothing names it"),
    (
        "cve::cve-2024-0567",
        "its client believes a certificate that is no root, which a tree of a server does not tell",
    ),
    ("pathlen::max-chain-depth-0-exhausted", "how deep its clients go is not told by the tree of a server"),
    ("pathlen::max-chain-depth-1-exhausted", "how deep its clients go is not told by the tree of a server"),
    (
        "pathlen::validation-ignores-pathlen-in-leaf",
        "its key usage has keyCertSign alone; OpenSSL 3.0.22 refuses it as a server's (error 26)",
    ),
    (
        "pathological::intermediate-cycle-same-logical-ca",
        "two certificates of one authority that issued each other: the file ends where they do, and no rule says so",
    ),
    (
        "pathological::pathological-chain-distinct-subject-distinct-key",
        "how deep its clients go is not told by the tree of a server",
    ),
    (
        "pathological::pathological-chain-distinct-subject-same-key",
        "how deep its clients go is not told by the tree of a server",
    ),
    (
        "pathological::pathological-chain-same-subject-same-key",
        "how deep its clients go is not told by the tree of a server",
    ),
    (
        "rfc5280::aki::critical-aki",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    ("rfc5280::aki::intermediate-missing-aki", "strict clients alone refuse it: a note of cert/refused-by"),
    ("rfc5280::aki::leaf-missing-aki", "strict clients alone refuse it: a note of cert/refused-by"),
    (
        "rfc5280::ca-as-leaf",
        "its key usage has keyCertSign alone; OpenSSL 3.0.22 refuses it as a server's (error 26)",
    ),
    ("rfc5280::chain-untrusted-root", "which roots its clients believe is not told by the tree of a server"),
    ("rfc5280::ee-empty-issuer", "strict clients alone refuse it: a note of cert/refused-by"),
    ("rfc5280::ica-ku-keycertsign", "strict clients alone refuse it: a note of cert/refused-by"),
    (
        "rfc5280::intermediate-ca-missing-basic-constraints",
        "its issuer is not among the files: a note of chain/missing-issuer",
    ),
    ("rfc5280::leaf-ku-keycertsign", "strict clients alone refuse it: a note of cert/refused-by"),
    (
        "rfc5280::nc::invalid-dnsname-leading-period",
        "OpenSSL 3.0.22 and Go take the dot for everything below",
    ),
    (
        "rfc5280::nc::invalid-ipv4-address",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "rfc5280::nc::invalid-ipv6-address",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee-critical",
        "constraints in a leaf constrain nothing; OpenSSL and Go take them, and cert/refused-by does not name them",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee-noncritical",
        "constraints in a leaf constrain nothing; OpenSSL and Go take them, and cert/refused-by does not name them",
    ),
    (
        "rfc5280::nc::permitted-dns-match-noncritical",
        "constraints that are not critical bind as well; OpenSSL 3.0.22 takes them, and so does webpki::nc::permitted-dns-match-noncritical",
    ),
    ("rfc5280::pc::ica-noncritical-pc", "policy constraints that are not critical bind as well"),
    (
        "rfc5280::root-and-intermediate-swapped",
        "its client believes the intermediate, which a tree of a server does not tell",
    ),
    (
        "rfc5280::root-non-critical-basic-constraints",
        "strict clients alone refuse it: a note of cert/refused-by",
    ),
    (
        "rfc5280::san::noncritical-with-empty-subject",
        "strict clients alone refuse it: a note of cert/refused-by",
    ),
    (
        "rfc5280::san::underscore-dns",
        "forbidden and in wide use below private authorities; every client takes it",
    ),
    ("rfc5280::serial::too-long", "common clients take it; cert/malformed warns"),
    ("rfc5280::serial::zero", "common clients take it; cert/malformed warns"),
    (
        "rfc5280::ski::critical-ski",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    ("rfc5280::ski::intermediate-missing-ski", "strict clients alone refuse it: a note of cert/refused-by"),
    ("rfc5280::ski::root-missing-ski", "strict clients alone refuse it: a note of cert/refused-by"),
    (
        "rfc5280::unknown-critical-extension-root",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "rfc5280::validity::expired-root",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "webpki::aki::root-with-aki-all-fields",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertissuer",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertserialnumber",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-missing-keyidentifier",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::aki::root-with-aki-ski-mismatch",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::cn::case-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv4-hex-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv4-leading-zeros-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-non-rfc5952-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-uncompressed-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::ipv6-uppercase-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::not-in-san",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::punycode-not-in-san",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    (
        "webpki::cn::utf8-vs-punycode-mismatch",
        "the common name differs from the alternative names, which clients compare alone",
    ),
    ("webpki::ee-basicconstraints-ca", "rustls alone refuses it: a warning of cert/ca-as-leaf"),
    (
        "webpki::eku::ee-anyeku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::ee-critical-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::ee-without-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::eku::root-has-eku",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::forbidden-dsa-root",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "webpki::forbidden-p192-root",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    (
        "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::forbidden-rsa-not-divisible-by-8-in-root",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::forbidden-weak-rsa-key-in-root",
        "the fault is in the root, which clients keep themselves: where it is only stored it is a warning",
    ),
    ("webpki::san::no-san", "a warning of cert/no-san"),
    (
        "webpki::san::public-suffix-multi-label-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::public-suffix-private-namespace-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::public-suffix-wildcard-san",
        "there is no list of public suffixes here; clients other than browsers have none either",
    ),
    (
        "webpki::san::san-critical-with-nonempty-subject",
        "a rule of the CA/Browser Forum for public authorities, which clients in common use do not check",
    ),
    (
        "webpki::san::san-wildcard-only-tld",
        "the host has one label, and rules ask only about names with two; a warning of cert/invalid-name",
    ),
    ("webpki::v1-cert", "strict clients alone refuse it: a note of cert/refused-by"),
];
