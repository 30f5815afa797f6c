//! The TLS directives of nginx: where each may stand, how many words it takes and since when, from the sources of
//! nginx 1.31 (`ngx_command_t`). What is not in this table is none of our business.

use super::{Context, Module};

use crate::model::Version;

/// How many arguments a directive takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One word, `on` or `off`.
    Flag,
    /// At least and at most so many words.
    Words(u8, u8),
}

/// A TLS directive in one of the parts of nginx.
#[derive(Copy, Clone, Debug)]
pub struct Syntax {
    /// Its name.
    pub name: &'static str,
    /// The part of nginx; none for the top of the configuration.
    pub module: Option<Module>,
    /// Its arguments.
    pub arity: Arity,
    /// The first version that has it; none where every nginx in use has it.
    pub since: Option<Version>,
    /// May stand several times in one block.
    pub repeats: bool,
    blocks: u8,
}

const MAIN: u8 = 1;
const MODULE: u8 = 2;
const SERVER: u8 = 4;
const LOCATION: u8 = 8;
const IF: u8 = 16;
const LIMIT: u8 = 32;

/// `if` in a server and `if` in a location are two contexts to nginx.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A block as such.
    Block(Context),
    /// `if` inside of a location.
    IfInLocation,
}

impl Syntax {
    /// Whether it may stand in a place; `true` where the place is not known.
    pub fn allows(&self, place: Place) -> bool {
        let (module, block) = match place {
            Place::Block(Context::Main) => (None, MAIN),
            Place::Block(Context::Module(module)) => (Some(module), MODULE),
            Place::Block(Context::Server(module)) => (Some(module), SERVER),
            Place::Block(Context::Location) => (Some(Module::Http), LOCATION),
            Place::IfInLocation => (Some(Module::Http), IF),
            Place::Block(Context::LimitExcept) => (Some(Module::Http), LIMIT),
            Place::Block(Context::Events | Context::Upstream(_) | Context::If) => return false,
            Place::Block(Context::Free | Context::Unknown) => return true,
        };
        self.module == module && self.blocks & block != 0
    }

    /// The blocks it may stand in, in nginx's words.
    pub fn blocks(&self) -> Vec<&'static str> {
        let module = self.module.map_or("main", Module::word);
        [
            (MAIN, "the top of the configuration"),
            (MODULE, module),
            (SERVER, "server"),
            (LOCATION, "location"),
            (IF, "if in location"),
            (LIMIT, "limit_except"),
        ]
        .into_iter()
        .filter(|(bit, _)| self.blocks & bit != 0)
        .map(|(_, word)| word)
        .collect()
    }
}

/// The directives of a name: one for each part of nginx that has it.
pub fn of(name: &str) -> impl Iterator<Item = &'static Syntax> {
    // Sorted by name, so that a directory of thousands of files is looked up quickly.
    let start = TABLE.partition_point(|it| it.name < name);
    TABLE[start..].iter().take_while(move |it| it.name == name)
}

/// All of them, sorted by name.
pub fn all() -> &'static [Syntax] {
    TABLE
}

const FLAG: Arity = Arity::Flag;
const ONE: Arity = Arity::Words(1, 1);
const TWO: Arity = Arity::Words(2, 2);
const ONE_OR_TWO: Arity = Arity::Words(1, 2);
const UP_TO_THREE: Arity = Arity::Words(1, 3);
const ANY: Arity = Arity::Words(1, u8::MAX);
const CORE: Option<Module> = None;
const HTTP: Option<Module> = Some(Module::Http);
const STREAM: Option<Module> = Some(Module::Stream);
const MAIL: Option<Module> = Some(Module::Mail);
const OLD: Option<Version> = None;

#[allow(clippy::unnecessary_wraps, reason = "the table says `OLD` where there is none")]
const fn v(major: u16, minor: u16, patch: u16) -> Option<Version> {
    Some(Version(major, minor, patch))
}

const fn one(
    module: Option<Module>,
    name: &'static str,
    arity: Arity,
    blocks: u8,
    since: Option<Version>,
) -> Syntax {
    Syntax { name, module, arity, since, repeats: false, blocks }
}

const fn many(
    module: Option<Module>,
    name: &'static str,
    arity: Arity,
    blocks: u8,
    since: Option<Version>,
) -> Syntax {
    Syntax { name, module, arity, since, repeats: true, blocks }
}

#[rustfmt::skip]
const TABLE: &[Syntax] = &[
    one(HTTP, "grpc_pass", ONE, LOCATION | IF, OLD),
    one(HTTP, "grpc_ssl_certificate", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER | LOCATION, v(1, 27, 4)),
    one(HTTP, "grpc_ssl_certificate_key", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_ciphers", ONE, MODULE | SERVER | LOCATION, OLD),
    many(HTTP, "grpc_ssl_conf_command", TWO, MODULE | SERVER | LOCATION, v(1, 19, 4)),
    one(HTTP, "grpc_ssl_crl", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_name", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_password_file", ONE, MODULE | SERVER | LOCATION, OLD),
    many(HTTP, "grpc_ssl_protocols", ANY, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_server_name", FLAG, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_session_reuse", FLAG, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_trusted_certificate", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_verify", FLAG, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "grpc_ssl_verify_depth", ONE, MODULE | SERVER | LOCATION, OLD),
    one(HTTP, "http2", FLAG, MODULE | SERVER, v(1, 25, 1)),
    one(HTTP, "http2_body_preread_size", ONE, MODULE | SERVER, v(1, 11, 0)),
    one(HTTP, "http2_chunk_size", ONE, MODULE | SERVER | LOCATION, OLD),
    many(HTTP, "http2_idle_timeout", ONE, MODULE | SERVER, OLD),
    one(HTTP, "http2_max_concurrent_pushes", ONE, MODULE | SERVER, v(1, 13, 9)),
    one(HTTP, "http2_max_concurrent_streams", ONE, MODULE | SERVER, OLD),
    many(HTTP, "http2_max_field_size", ONE, MODULE | SERVER, OLD),
    many(HTTP, "http2_max_header_size", ONE, MODULE | SERVER, OLD),
    many(HTTP, "http2_max_requests", ONE, MODULE | SERVER, v(1, 11, 6)),
    one(HTTP, "http2_pool_size", ONE, MODULE | SERVER, OLD),
    many(HTTP, "http2_push", ONE, MODULE | SERVER | LOCATION, v(1, 13, 9)),
    one(HTTP, "http2_push_preload", FLAG, MODULE | SERVER | LOCATION, v(1, 13, 9)),
    one(HTTP, "http2_recv_buffer_size", ONE, MODULE, OLD),
    many(HTTP, "http2_recv_timeout", ONE, MODULE | SERVER, OLD),
    one(HTTP, "http2_streams_index_size", ONE, MODULE | SERVER, OLD),
    one(HTTP, "http3", FLAG, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "http3_hq", FLAG, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "http3_max_concurrent_streams", ONE, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "http3_stream_buffer_size", ONE, MODULE | SERVER, v(1, 25, 0)),
    many(HTTP, "listen", ANY, SERVER, OLD),
    many(STREAM, "listen", ANY, SERVER, OLD),
    many(MAIL, "listen", ANY, SERVER, OLD),
    many(CORE, "load_module", ONE, MAIN, v(1, 9, 11)),
    one(STREAM, "pass", ONE, SERVER, OLD),
    one(STREAM, "preread_buffer_size", ONE, MODULE | SERVER, v(1, 11, 5)),
    one(STREAM, "preread_timeout", ONE, MODULE | SERVER, v(1, 11, 5)),
    one(HTTP, "proxy_pass", ONE, LOCATION | IF | LIMIT, OLD),
    one(STREAM, "proxy_pass", ONE, SERVER, OLD),
    one(STREAM, "proxy_protocol", ONE, MODULE | SERVER, v(1, 9, 2)),
    one(MAIL, "proxy_protocol", ONE, MODULE | SERVER, v(1, 19, 8)),
    one(STREAM, "proxy_protocol_timeout", ONE, MODULE | SERVER, v(1, 11, 4)),
    one(STREAM, "proxy_ssl", FLAG, MODULE | SERVER, OLD),
    one(STREAM, "proxy_ssl_alpn", ANY, MODULE | SERVER, v(1, 31, 0)),
    one(HTTP, "proxy_ssl_certificate", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    one(STREAM, "proxy_ssl_certificate", ONE, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER | LOCATION, v(1, 27, 4)),
    one(STREAM, "proxy_ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER, v(1, 27, 4)),
    one(HTTP, "proxy_ssl_certificate_key", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    one(STREAM, "proxy_ssl_certificate_key", ONE, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_ciphers", ONE, MODULE | SERVER | LOCATION, v(1, 5, 6)),
    one(STREAM, "proxy_ssl_ciphers", ONE, MODULE | SERVER, OLD),
    many(HTTP, "proxy_ssl_conf_command", TWO, MODULE | SERVER | LOCATION, v(1, 19, 4)),
    many(STREAM, "proxy_ssl_conf_command", TWO, MODULE | SERVER, v(1, 19, 4)),
    one(HTTP, "proxy_ssl_crl", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_crl", ONE, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_name", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_name", ONE, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_password_file", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    one(STREAM, "proxy_ssl_password_file", ONE, MODULE | SERVER, OLD),
    many(HTTP, "proxy_ssl_protocols", ANY, MODULE | SERVER | LOCATION, v(1, 5, 6)),
    many(STREAM, "proxy_ssl_protocols", ANY, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_server_name", FLAG, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_server_name", FLAG, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_session_reuse", FLAG, MODULE | SERVER | LOCATION, OLD),
    one(STREAM, "proxy_ssl_session_reuse", FLAG, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_trusted_certificate", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_trusted_certificate", ONE, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_verify", FLAG, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_verify", FLAG, MODULE | SERVER, OLD),
    one(HTTP, "proxy_ssl_verify_depth", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(STREAM, "proxy_ssl_verify_depth", ONE, MODULE | SERVER, OLD),
    one(HTTP, "quic_active_connection_id_limit", ONE, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "quic_gso", FLAG, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "quic_host_key", ONE, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "quic_retry", FLAG, MODULE | SERVER, v(1, 25, 0)),
    one(HTTP, "resolver", ANY, MODULE | SERVER | LOCATION, OLD),
    one(STREAM, "resolver", ANY, MODULE | SERVER, v(1, 11, 3)),
    one(MAIL, "resolver", ANY, MODULE | SERVER, OLD),
    one(HTTP, "resolver_timeout", ONE, MODULE | SERVER | LOCATION, OLD),
    one(STREAM, "resolver_timeout", ONE, MODULE | SERVER, v(1, 11, 3)),
    one(MAIL, "resolver_timeout", ONE, MODULE | SERVER, OLD),
    many(HTTP, "server_name", ANY, SERVER, OLD),
    many(STREAM, "server_name", ANY, SERVER, v(1, 25, 5)),
    one(MAIL, "server_name", ONE, MODULE | SERVER, OLD),
    one(HTTP, "server_names_hash_bucket_size", ONE, MODULE, OLD),
    one(STREAM, "server_names_hash_bucket_size", ONE, MODULE, v(1, 25, 5)),
    one(HTTP, "server_names_hash_max_size", ONE, MODULE, OLD),
    one(STREAM, "server_names_hash_max_size", ONE, MODULE, v(1, 25, 5)),
    one(STREAM, "ssl_alpn", ANY, MODULE | SERVER, v(1, 21, 4)),
    one(HTTP, "ssl_buffer_size", ONE, MODULE | SERVER, v(1, 5, 9)),
    many(HTTP, "ssl_certificate", ONE, MODULE | SERVER, OLD),
    many(STREAM, "ssl_certificate", ONE, MODULE | SERVER, OLD),
    many(MAIL, "ssl_certificate", ONE, MODULE | SERVER, OLD),
    one(HTTP, "ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER, v(1, 27, 4)),
    one(STREAM, "ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER, v(1, 27, 4)),
    one(HTTP, "ssl_certificate_compression", FLAG, MODULE | SERVER, v(1, 29, 1)),
    one(STREAM, "ssl_certificate_compression", FLAG, MODULE | SERVER, v(1, 29, 1)),
    one(MAIL, "ssl_certificate_compression", FLAG, MODULE | SERVER, v(1, 29, 1)),
    many(HTTP, "ssl_certificate_key", ONE, MODULE | SERVER, OLD),
    many(STREAM, "ssl_certificate_key", ONE, MODULE | SERVER, OLD),
    many(MAIL, "ssl_certificate_key", ONE, MODULE | SERVER, OLD),
    one(HTTP, "ssl_ciphers", ONE, MODULE | SERVER, OLD),
    one(STREAM, "ssl_ciphers", ONE, MODULE | SERVER, OLD),
    one(MAIL, "ssl_ciphers", ONE, MODULE | SERVER, OLD),
    one(HTTP, "ssl_client_certificate", ONE, MODULE | SERVER, OLD),
    one(STREAM, "ssl_client_certificate", ONE, MODULE | SERVER, v(1, 11, 8)),
    one(MAIL, "ssl_client_certificate", ONE, MODULE | SERVER, v(1, 7, 11)),
    many(HTTP, "ssl_conf_command", TWO, MODULE | SERVER, v(1, 19, 4)),
    many(STREAM, "ssl_conf_command", TWO, MODULE | SERVER, v(1, 19, 4)),
    many(MAIL, "ssl_conf_command", TWO, MODULE | SERVER, v(1, 19, 4)),
    one(HTTP, "ssl_crl", ONE, MODULE | SERVER, v(0, 8, 7)),
    one(STREAM, "ssl_crl", ONE, MODULE | SERVER, v(1, 11, 8)),
    one(MAIL, "ssl_crl", ONE, MODULE | SERVER, v(1, 7, 11)),
    one(HTTP, "ssl_dhparam", ONE, MODULE | SERVER, v(0, 7, 2)),
    one(STREAM, "ssl_dhparam", ONE, MODULE | SERVER, OLD),
    one(MAIL, "ssl_dhparam", ONE, MODULE | SERVER, v(0, 7, 2)),
    one(HTTP, "ssl_early_data", FLAG, MODULE | SERVER, v(1, 15, 3)),
    one(HTTP, "ssl_ecdh_curve", ONE, MODULE | SERVER, v(1, 1, 0)),
    one(STREAM, "ssl_ecdh_curve", ONE, MODULE | SERVER, OLD),
    one(MAIL, "ssl_ecdh_curve", ONE, MODULE | SERVER, v(1, 1, 0)),
    many(HTTP, "ssl_ech_file", ONE, MODULE | SERVER, v(1, 29, 4)),
    many(STREAM, "ssl_ech_file", ONE, MODULE | SERVER, v(1, 29, 4)),
    one(CORE, "ssl_engine", ONE, MAIN, OLD),
    one(STREAM, "ssl_handshake_timeout", ONE, MODULE | SERVER, OLD),
    one(CORE, "ssl_object_cache_inheritable", FLAG, MAIN, v(1, 27, 4)),
    one(HTTP, "ssl_ocsp", ONE, MODULE | SERVER, v(1, 19, 0)),
    one(STREAM, "ssl_ocsp", ONE, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_ocsp_cache", ONE, MODULE | SERVER, v(1, 19, 0)),
    one(STREAM, "ssl_ocsp_cache", ONE, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_ocsp_responder", ONE, MODULE | SERVER, v(1, 19, 0)),
    one(STREAM, "ssl_ocsp_responder", ONE, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_password_file", ONE, MODULE | SERVER, v(1, 7, 3)),
    one(STREAM, "ssl_password_file", ONE, MODULE | SERVER, OLD),
    one(MAIL, "ssl_password_file", ONE, MODULE | SERVER, v(1, 7, 3)),
    one(HTTP, "ssl_prefer_server_ciphers", FLAG, MODULE | SERVER, OLD),
    one(STREAM, "ssl_prefer_server_ciphers", FLAG, MODULE | SERVER, OLD),
    one(MAIL, "ssl_prefer_server_ciphers", FLAG, MODULE | SERVER, OLD),
    one(STREAM, "ssl_preread", FLAG, MODULE | SERVER, OLD),
    many(HTTP, "ssl_protocols", ANY, MODULE | SERVER, OLD),
    many(STREAM, "ssl_protocols", ANY, MODULE | SERVER, OLD),
    many(MAIL, "ssl_protocols", ANY, MODULE | SERVER, OLD),
    one(HTTP, "ssl_reject_handshake", FLAG, MODULE | SERVER, v(1, 19, 4)),
    one(STREAM, "ssl_reject_handshake", FLAG, MODULE | SERVER, v(1, 25, 5)),
    many(HTTP, "ssl_session_cache", ONE_OR_TWO, MODULE | SERVER, OLD),
    many(STREAM, "ssl_session_cache", ONE_OR_TWO, MODULE | SERVER, OLD),
    many(MAIL, "ssl_session_cache", ONE_OR_TWO, MODULE | SERVER, OLD),
    many(HTTP, "ssl_session_ticket_key", ONE, MODULE | SERVER, v(1, 5, 7)),
    many(STREAM, "ssl_session_ticket_key", ONE, MODULE | SERVER, OLD),
    many(MAIL, "ssl_session_ticket_key", ONE, MODULE | SERVER, v(1, 5, 7)),
    one(HTTP, "ssl_session_tickets", FLAG, MODULE | SERVER, v(1, 5, 9)),
    one(STREAM, "ssl_session_tickets", FLAG, MODULE | SERVER, OLD),
    one(MAIL, "ssl_session_tickets", FLAG, MODULE | SERVER, v(1, 5, 9)),
    one(HTTP, "ssl_session_timeout", ONE, MODULE | SERVER, OLD),
    one(STREAM, "ssl_session_timeout", ONE, MODULE | SERVER, OLD),
    one(MAIL, "ssl_session_timeout", ONE, MODULE | SERVER, OLD),
    one(HTTP, "ssl_stapling", FLAG, MODULE | SERVER, v(1, 3, 7)),
    one(STREAM, "ssl_stapling", FLAG, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_stapling_file", ONE, MODULE | SERVER, v(1, 3, 7)),
    one(STREAM, "ssl_stapling_file", ONE, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_stapling_responder", ONE, MODULE | SERVER, v(1, 3, 7)),
    one(STREAM, "ssl_stapling_responder", ONE, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_stapling_verify", FLAG, MODULE | SERVER, v(1, 3, 7)),
    one(STREAM, "ssl_stapling_verify", FLAG, MODULE | SERVER, v(1, 27, 2)),
    one(HTTP, "ssl_trusted_certificate", ONE, MODULE | SERVER, v(1, 3, 7)),
    one(STREAM, "ssl_trusted_certificate", ONE, MODULE | SERVER, v(1, 11, 8)),
    one(MAIL, "ssl_trusted_certificate", ONE, MODULE | SERVER, v(1, 7, 11)),
    one(HTTP, "ssl_verify_client", ONE, MODULE | SERVER, OLD),
    one(STREAM, "ssl_verify_client", ONE, MODULE | SERVER, v(1, 11, 8)),
    one(MAIL, "ssl_verify_client", ONE, MODULE | SERVER, v(1, 7, 11)),
    one(HTTP, "ssl_verify_depth", ONE, MODULE | SERVER, OLD),
    one(STREAM, "ssl_verify_depth", ONE, MODULE | SERVER, v(1, 11, 8)),
    one(MAIL, "ssl_verify_depth", ONE, MODULE | SERVER, v(1, 7, 11)),
    one(MAIL, "starttls", ONE, MODULE | SERVER, OLD),
    one(HTTP, "uwsgi_pass", ONE, LOCATION | IF, OLD),
    one(HTTP, "uwsgi_ssl_certificate", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    one(HTTP, "uwsgi_ssl_certificate_cache", UP_TO_THREE, MODULE | SERVER | LOCATION, v(1, 27, 4)),
    one(HTTP, "uwsgi_ssl_certificate_key", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    one(HTTP, "uwsgi_ssl_ciphers", ONE, MODULE | SERVER | LOCATION, v(1, 5, 8)),
    many(HTTP, "uwsgi_ssl_conf_command", TWO, MODULE | SERVER | LOCATION, v(1, 19, 4)),
    one(HTTP, "uwsgi_ssl_crl", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(HTTP, "uwsgi_ssl_name", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(HTTP, "uwsgi_ssl_password_file", ONE, MODULE | SERVER | LOCATION, v(1, 7, 8)),
    many(HTTP, "uwsgi_ssl_protocols", ANY, MODULE | SERVER | LOCATION, v(1, 5, 8)),
    one(HTTP, "uwsgi_ssl_server_name", FLAG, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(HTTP, "uwsgi_ssl_session_reuse", FLAG, MODULE | SERVER | LOCATION, v(1, 5, 8)),
    one(HTTP, "uwsgi_ssl_trusted_certificate", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(HTTP, "uwsgi_ssl_verify", FLAG, MODULE | SERVER | LOCATION, v(1, 7, 0)),
    one(HTTP, "uwsgi_ssl_verify_depth", ONE, MODULE | SERVER | LOCATION, v(1, 7, 0)),
];

#[cfg(test)]
mod tests {
    use super::{Place, TABLE, of};
    use crate::model::nginx::{Context, Module};

    #[test]
    fn the_table_is_sorted_and_found() {
        assert!(TABLE.is_sorted_by_key(|it| it.name));
        assert_eq!(of("ssl_certificate").count(), 3);
        assert_eq!(of("ssl_certificates").count(), 0);
    }

    #[test]
    fn certificates_stand_in_servers_only() {
        let http = of("ssl_certificate").next().expect("it is in the table");
        assert!(http.allows(Place::Block(Context::Server(Module::Http))));
        assert!(!http.allows(Place::Block(Context::Location)));
        assert!(!http.allows(Place::Block(Context::Main)));
    }
}
