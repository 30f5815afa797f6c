//! Lints of zlint and what says the same here.

use tlslint::x509::{AltName, Certificate, FlawKind, KeyFamily};

/// What says the same here.
pub(crate) enum Ours {
    /// A fault of form of one of these kinds, with this word in it.
    Flaw(&'static [FlawKind], &'static str),
    /// A finding of this rule, with this word in it.
    Rule(&'static str, &'static str),
    /// A fact that a rule asks for besides the role.
    Fact(fn(&Certificate) -> bool),
}

/// A lint with how often both say it, only zlint does, and only we do.
pub(crate) struct Lint {
    pub(crate) name: &'static str,
    pub(crate) ours: Ours,
    pub(crate) counts: (usize, usize, usize),
    /// Why they differ; empty where they do not.
    pub(crate) why: &'static str,
}

const fn lint(name: &'static str, ours: Ours, counts: (usize, usize, usize), why: &'static str) -> Lint {
    Lint { name, ours, counts, why }
}

use FlawKind as K;
use Ours::{Fact, Flaw, Rule};

pub(crate) const LINTS: &[Lint] = &[
    lint("e_ext_duplicate_extension", Flaw(&[K::DuplicateExtension], ""), (6, 0, 0), ""),
    lint("e_serial_number_not_positive", Flaw(&[K::NegativeSerial, K::ZeroSerial], ""), (6, 0, 0), ""),
    lint("e_serial_number_longer_than_20_octets", Flaw(&[K::LongSerial], ""), (14, 0, 0), ""),
    lint(
        "e_invalid_certificate_version",
        Fact(|it| it.version != 3),
        (7, 0, 11),
        "zlint asks it of certificates issued after a day only; every version but 3 counts here",
    ),
    lint(
        "e_ext_san_not_critical_without_subject",
        Flaw(&[K::AltNamesNotCritical], ""),
        (11, 1, 2),
        "that of an authority counts as its empty subject; two certificates are older than the day from which zlint asks",
    ),
    lint(
        "e_subject_empty_without_san",
        Flaw(&[K::EmptySubject], ""),
        (56, 0, 2),
        "an authority must have a subject whatever its alternative names: zlint has a lint of its own for that",
    ),
    lint("e_ca_subject_field_empty", Flaw(&[K::EmptySubject], "authority"), (5, 0, 0), ""),
    lint(
        "e_issuer_field_empty",
        Flaw(&[K::EmptyIssuer], ""),
        (87, 0, 3),
        "three certificates issued in the year 1, before every day from which zlint asks",
    ),
    lint(
        "e_ext_key_usage_cert_sign_without_ca",
        Flaw(&[K::SignsWithoutAuthority], ""),
        (47, 1, 1),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte; a negative path length makes CA:TRUE unreadable here",
    ),
    lint(
        "e_sub_cert_key_usage_cert_sign_bit_set",
        Flaw(&[K::SignsWithoutAuthority], ""),
        (46, 1, 2),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte; one certificate is older than the day from which zlint asks",
    ),
    lint(
        "e_ca_key_cert_sign_not_set",
        Flaw(&[K::AuthorityMayNotSign], ""),
        (45, 0, 12),
        "zlint asks it of certificates issued after a day only",
    ),
    lint(
        "e_ca_key_usage_missing",
        Flaw(&[K::AuthorityWithoutKeyUsage], ""),
        (13, 3, 1),
        "versions without extensions and a key usage without bits are told as such",
    ),
    lint(
        "e_ca_key_usage_not_critical",
        Flaw(&[K::MustBeCritical], "keyUsage"),
        (30, 2, 20),
        "asked here of whoever may sign certificates, and by zlint of those with CA:TRUE",
    ),
    lint("e_basic_constraints_not_critical", Flaw(&[K::AuthorityNotCritical], ""), (7, 0, 0), ""),
    lint(
        "e_ext_subject_key_identifier_missing_ca",
        Flaw(&[K::NoSubjectKeyId], ""),
        (69, 2, 0),
        "of version 2 and 4, which have no extensions: told as such",
    ),
    lint("e_ext_subject_key_identifier_critical", Flaw(&[K::MustNotBeCritical], "subjectKey"), (2, 0, 0), ""),
    lint(
        "e_ext_authority_key_identifier_critical",
        Flaw(&[K::MustNotBeCritical], "authorityKey"),
        (1, 0, 0),
        "",
    ),
    lint(
        "e_ext_authority_key_identifier_no_key_identifier",
        Flaw(&[K::NoAuthorityKeyId], ""),
        (249, 66, 1),
        "not asked here of the self-issued, which may leave it out (RFC 5280 4.2.1.1), nor of versions without extensions; one certificate is of the year 1, before every day from which zlint asks",
    ),
    lint("e_ext_aia_marked_critical", Flaw(&[K::MustNotBeCritical], "authorityInfo"), (43, 0, 0), ""),
    lint(
        "e_ext_ian_critical",
        Flaw(&[K::MustNotBeCritical], "issuerAlt"),
        (0, 0, 1),
        "zlint has a warning w_ext_ian_critical of this",
    ),
    lint(
        "w_ext_san_critical_with_subject_dn",
        Flaw(&[K::MustNotBeCritical], "beside a subject"),
        (4, 0, 0),
        "",
    ),
    lint(
        "e_ext_name_constraints_not_critical",
        Flaw(&[K::MustBeCritical], "nameConstraints"),
        (102, 1, 0),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte",
    ),
    lint(
        "e_ext_name_constraints_not_in_ca",
        Flaw(&[K::ConstraintsWithoutAuthority], ""),
        (32, 1, 0),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte",
    ),
    lint(
        "e_inhibit_any_policy_not_critical",
        Flaw(&[K::MustBeCritical], "inhibitAny"),
        (52, 1, 0),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte",
    ),
    lint("w_ext_policy_map_not_critical", Flaw(&[K::MustBeCritical], "policyMappings"), (1, 0, 0), ""),
    lint(
        "e_ext_policy_map_any_policy",
        Flaw(&[K::Policies], "anyPolicy is mapped"),
        (3, 1, 0),
        "empty_seq_of_pms.pem maps nothing, which is told as an empty list",
    ),
    lint("e_ext_cert_policy_duplicate", Flaw(&[K::Policies], "stands twice"), (10, 0, 0), ""),
    lint(
        "e_path_len_constraint_improperly_included",
        Flaw(&[K::PathLength], ""),
        (3, 1, 0),
        "a path length below zero is told as that",
    ),
    lint("e_path_len_constraint_zero_or_less", Flaw(&[K::NegativePathLength], ""), (2, 0, 0), ""),
    lint("e_ext_san_no_entries", Flaw(&[K::EmptyAltNames], "subjectAlt"), (2, 0, 0), ""),
    lint("e_ext_san_empty_name", Fact(empty_name), (20, 0, 0), ""),
    lint(
        "e_ext_san_dns_not_ia5_string",
        Flaw(&[K::UnreadableAltName], "beyond ASCII"),
        (47, 1, 1),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte; a URI beyond ASCII counts here too",
    ),
    lint("e_ext_key_usage_without_bits", Flaw(&[K::EmptyKeyUsage], ""), (1, 0, 0), ""),
    lint(
        "e_wrong_time_format_pre2050",
        Flaw(&[K::TimeForm], ""),
        (4, 0, 3),
        "three certificates issued in the year 1, before every day from which zlint asks",
    ),
    lint(
        "e_utc_time_not_in_zulu",
        Fact(|it| it.irregular.iter().any(|odd| odd.what.contains("`Z`"))),
        (2, 0, 0),
        "",
    ),
    lint("e_utc_time_does_not_include_seconds", Flaw(&[K::Encoding], "no seconds"), (1, 0, 0), ""),
    lint(
        "e_generalized_time_not_in_zulu",
        Flaw(&[K::Encoding], "`Z`"),
        (0, 1, 2),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte; the other two are of UTCTime",
    ),
    lint(
        "e_san_dns_name_starts_with_period",
        Flaw(&[K::HostName], "empty label"),
        (7, 0, 1),
        "totallyfake...net has an empty label, and no period in front",
    ),
    lint(
        "e_dnsname_empty_label",
        Flaw(&[K::HostName], "empty label"),
        (2, 0, 6),
        "a period in front makes an empty label here; zlint has e_san_dns_name_starts_with_period for that",
    ),
    lint(
        "e_dnsname_label_too_long",
        Flaw(&[K::HostName], "longer"),
        (2, 1, 0),
        "zlint looks at the common name as well, which clients do not",
    ),
    lint(
        "e_dnsname_bad_character_in_label",
        Flaw(&[K::HostName], ""),
        (23, 59, 24),
        "zlint looks at the common name as well, which clients do not, and refuses underscores, which they take; ours are addresses, wildcards and empty labels, for which zlint has other lints",
    ),
    lint("e_san_bare_wildcard", Flaw(&[K::HostName], "wildcard for everything"), (3, 0, 0), ""),
    lint("e_san_wildcard_not_first", Flaw(&[K::HostName], "left-most"), (3, 0, 0), ""),
    lint(
        "e_dnsname_left_label_wildcard_correct",
        Flaw(&[K::HostName], "left-most"),
        (1, 0, 2),
        "wildcards in a later label count here: zlint has e_san_wildcard_not_first for those",
    ),
    lint(
        "e_rsa_public_exponent_too_small",
        Flaw(&[K::BadKey], "publicExponent"),
        (2, 0, 1),
        "the exponent 4 is even, which is told by the same word here",
    ),
    lint("e_rsa_public_exponent_not_odd", Flaw(&[K::BadKey], "publicExponent is an even"), (2, 0, 0), ""),
    lint("w_rsa_mod_not_odd", Flaw(&[K::BadKey], "modulus is an even"), (1, 0, 0), ""),
    lint(
        "e_rsa_mod_less_than_2048_bits",
        Rule("cert/weak-key", "RSA"),
        (98, 1, 19),
        "generalizedNotZulu.pem has an offset in its date: it is not read here, and pem/malformed names the byte; zlint asks it of certificates issued after a day only",
    ),
    lint(
        "e_dsa_shorter_than_2048_bits",
        Fact(|it| it.public_key.kind.family() == KeyFamily::Dsa && it.public_key.bits < 2048),
        (6, 0, 1),
        "asked here of authorities too",
    ),
    lint(
        "e_ec_improper_curves",
        Fact(|it| {
            it.public_key.kind.family() == KeyFamily::Ecdsa
                && !matches!(it.public_key.kind.to_string().as_str(), "EC P-256" | "EC P-384" | "EC P-521")
        }),
        (18, 0, 2),
        "two certificates are for clients and code, of which zlint does not ask it",
    ),
    lint(
        "e_sub_cert_or_sub_ca_using_sha1",
        Rule("cert/weak-signature", "SHA-1"),
        (10, 1, 11),
        "a self-signed root is believed for itself; zlint asks it of certificates issued after a day only",
    ),
    lint(
        "e_ext_san_missing",
        Rule("cert/no-san", ""),
        (243, 1, 176),
        "asked here of whatever a server shows, of any purpose and age; zlint asks it of server certificates after a day",
    ),
    lint("e_validity_time_not_positive", Fact(|it| it.not_after < it.not_before), (3, 0, 0), ""),
    lint(
        "e_tls_server_cert_valid_time_longer_than_398_days",
        Rule("cert/lifetime", ""),
        (3, 35, 72),
        "only certificates that look public are held against the limit here, and by the limit of their day, the 200 days of 2026 among them",
    ),
    lint(
        "e_server_cert_valid_time_longer_than_200_days",
        Rule("cert/lifetime", "at most 200"),
        (2, 0, 0),
        "",
    ),
    lint(
        "e_server_cert_valid_time_longer_than_100_days",
        Rule("cert/lifetime", "at most 100"),
        (1, 0, 0),
        "",
    ),
    lint(
        "e_sub_cert_eku_server_auth_client_auth_missing",
        Rule("cert/purpose", "extended key usage"),
        (1, 9, 46),
        "asked here for the role, a server: one for clients alone is refused as well; anyExtendedKeyUsage counts as every purpose",
    ),
];

fn empty_name(it: &Certificate) -> bool {
    it.alt_names.iter().flatten().any(|name| matches!(name, AltName::Dns(text) | AltName::Email(text) | AltName::Uri(text) if text.is_empty()))
}
