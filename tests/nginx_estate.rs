//! What nginx would make of a tree: which files it reads in which order, which server answers where, and what a
//! directive's value is in a place. Read aloud from the model, so a wrong answer reads as a wrong sentence.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use tlslint::{
    check::{self, Settings, Tree},
    model::{Model, nginx::IncludeOutcome},
    x509::Time,
};

fn model(files: &[(&str, &str)]) -> Model {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    check::read(&Tree::in_memory(files), &Settings::at(Time::parse("2026-11-22").unwrap())).model
}

/// Servers with their listeners, in the order nginx reads them.
fn servers(model: &Model) -> String {
    let mut text = String::new();
    for listener in &model.nginx.listeners {
        let names: Vec<String> =
            listener.members.iter().map(|(id, _)| model.nginx.server(*id).title()).collect();
        let tls = if listener.tls.is_some() { " tls" } else { "" };
        let default = model.nginx.server(listener.default_server()).title();
        let _ = writeln!(text, "{}{tls}: {}; default {default}", listener.title(), names.join(", "));
    }
    text
}

/// The values of a directive in each server.
fn values(model: &Model, name: &str) -> String {
    let mut text = String::new();
    for server in &model.nginx.servers {
        let effective = model.nginx.effective(server.scope, name);
        let value = effective.map_or("unset".to_owned(), |it| {
            let lines: Vec<String> = it
                .lines()
                .map(|(_, line)| line.args.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" "))
                .collect();
            format!("{}{}", lines.join(" + "), if it.inherited { " (inherited)" } else { "" })
        });
        let _ = writeln!(text, "{}: {value}", server.title());
    }
    text
}

#[test]
fn included_files_stand_where_the_include_stands_and_in_byte_order() {
    let model = model(&[
        ("etc/nginx/nginx.conf", "events {}\nhttp {\n include sites/*;\n}\n"),
        ("etc/nginx/sites/b.conf", "server { listen 443 ssl; server_name b.example.com; }\n"),
        ("etc/nginx/sites/B.conf", "server { listen 443 ssl; server_name upper.example.com; }\n"),
        ("etc/nginx/sites/.hidden.conf", "server { listen 443 ssl; server_name hidden.example.com; }\n"),
    ]);
    assert_eq!(
        servers(&model),
        "0.0.0.0:443 tls: server `upper.example.com`, server `b.example.com`; default server `upper.example.com`\n"
    );
}

#[test]
fn relative_includes_start_at_the_main_file() {
    let model = model(&[
        ("etc/nginx/nginx.conf", "events {}\nhttp {\n include sites/a.conf;\n}\n"),
        (
            "etc/nginx/sites/a.conf",
            "server { listen 443; include snippets/tls.conf; server_name a.example.com; }\n",
        ),
        ("etc/nginx/snippets/tls.conf", "ssl_protocols TLSv1.3;\n"),
        ("etc/nginx/sites/snippets/tls.conf", "ssl_protocols TLSv1;\n"),
    ]);
    assert_eq!(values(&model, "ssl_protocols"), "server `a.example.com`: TLSv1.3\nthis server: TLSv1\n");
}

#[test]
fn absolute_paths_find_the_folder_that_stands_for_the_root() {
    for main in ["web1/etc/nginx/nginx.conf", "etc/nginx/nginx.conf", "dumps/2026/web1/etc/nginx/nginx.conf"]
    {
        let folder = main.strip_suffix("nginx.conf").unwrap();
        let site = format!("{folder}conf.d/a.conf");
        let model = model(&[
            (main, "events {}\nhttp {\n include /etc/nginx/conf.d/*.conf;\n}\n"),
            (&site, "server { listen 443 ssl; server_name a.example.com; }\n"),
        ]);
        assert_eq!(model.nginx.roots.len(), 1, "{main}");
        assert_eq!(model.nginx.servers.len(), 1, "{main}");
    }
}

#[test]
fn a_folder_of_configuration_alone_stands_for_etc_nginx() {
    let model = model(&[
        ("deploy/proxy/nginx.conf", "events {}\nhttp {\n include /etc/nginx/conf.d/*.conf;\n}\n"),
        ("deploy/proxy/conf.d/a.conf", "server { listen 443 ssl; server_name a.example.com; }\n"),
    ]);
    assert_eq!(servers(&model), "0.0.0.0:443 tls: server `a.example.com`; default server `a.example.com`\n");
}

#[test]
fn one_address_written_in_three_ways_is_one_listener_and_ssl_is_shared() {
    let model = model(&[(
        "nginx.conf",
        "events {}\nhttp {\n server { listen 443; server_name a.example.com; }\n server { listen *:443 ssl; server_name b.example.com; }\n server { listen 0.0.0.0:443 default_server; server_name c.example.com; }\n server { listen [::]:443; server_name d.example.com; }\n}\n",
    )]);
    assert_eq!(
        servers(&model),
        "0.0.0.0:443 tls: server `a.example.com`, server `b.example.com`, server `c.example.com`; default server `c.example.com`\n[::]:443: server `d.example.com`; default server `d.example.com`\n"
    );
}

#[test]
fn quic_has_a_listener_of_its_own() {
    let model = model(&[(
        "nginx.conf",
        "events {}\nhttp {\n server { listen 443 ssl; server_name a.example.com; }\n server { listen 443 quic; listen 443 ssl; server_name b.example.com; }\n}\n",
    )]);
    assert_eq!(
        servers(&model),
        "0.0.0.0:443 tls: server `a.example.com`, server `b.example.com`; default server `a.example.com`\n0.0.0.0:443 tls: server `b.example.com`; default server `b.example.com`\n"
    );
}

#[test]
fn a_value_of_an_inner_block_replaces_all_lines_of_the_outer_one() {
    let model = model(&[(
        "nginx.conf",
        "events {}\nhttp {\n ssl_certificate a.pem;\n ssl_certificate b.pem;\n server { server_name inherits.example.com; }\n server { server_name own.example.com; ssl_certificate c.pem; }\n}\n",
    )]);
    assert_eq!(
        values(&model, "ssl_certificate"),
        "server `inherits.example.com`: a.pem + b.pem (inherited)\nserver `own.example.com`: c.pem\n"
    );
}

#[test]
fn a_dump_is_read_by_the_paths_it_names() {
    let dump = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp {\n    include conf.d/*.conf;\n}\n\n# configuration file /etc/nginx/conf.d/a.conf:\nserver {\n    listen 443 ssl;\n    server_name a.example.com;\n    ssl_certificate ssl/a.pem;\n}\n";
    let model = model(&[("web1/nginx-T.txt", dump), ("web1/etc/nginx/ssl/a.pem", "not a certificate\n")]);
    assert_eq!(servers(&model), "0.0.0.0:443 tls: server `a.example.com`; default server `a.example.com`\n");
    let pointer = &model.estate.pointers[0];
    assert_eq!(pointer.to.file().map(|file| model.path(file)), Some("web1/etc/nginx/ssl/a.pem"));
}

#[test]
fn a_fragment_without_a_main_file_is_read_for_what_it_says() {
    let model =
        model(&[("sites-enabled/a.conf", "server {\n listen 443 ssl;\n server_name a.example.com;\n}\n")]);
    assert_eq!(servers(&model), "0.0.0.0:443 tls: server `a.example.com`; default server `a.example.com`\n");
    assert!(!model.nginx.roots[0].main);
}

#[test]
fn a_circle_of_includes_ends() {
    let model = model(&[
        ("nginx.conf", "events {}\nhttp {\n include a.conf;\n}\n"),
        ("a.conf", "server_tokens off;\ninclude b.conf;\n"),
        ("b.conf", "keepalive_timeout 5;\ninclude a.conf;\n"),
    ]);
    assert!(model.nginx.includes.values().any(|it| matches!(it.outcome, IncludeOutcome::Cycle(_))));
}

#[test]
fn nested_deeper_than_anybody_writes_is_said_and_survived() {
    let text = format!(
        "events {{}}\nhttp {{ server {{ {} {} }} }}\n",
        "location / {".repeat(5_000),
        "}".repeat(5_000)
    );
    let model = model(&[("nginx.conf", &text)]);
    assert!(!model.problems.is_empty() || !model.nginx.over_limit.is_empty());
    assert_eq!(model.nginx.servers.len(), 1);
}

#[test]
fn stream_and_mail_servers_keep_to_themselves() {
    let model = model(&[(
        "nginx.conf",
        "events {}\nhttp { server { listen 443 ssl; server_name web.example.com; } }\nstream { server { listen 443 ssl; proxy_pass 127.0.0.1:1; } }\nmail { server { listen 993 ssl; protocol imap; } }\n",
    )]);
    assert_eq!(
        servers(&model),
        "0.0.0.0:443 tls: server `web.example.com`; default server `web.example.com`\n0.0.0.0:443 tls: the server on 0.0.0.0:443; default the server on 0.0.0.0:443\n0.0.0.0:993 tls: the server on 0.0.0.0:993; default the server on 0.0.0.0:993\n"
    );
}

#[test]
fn other_languages_that_include_and_open_blocks_are_not_taken_for_nginx() {
    let keyboard = "partial alphanumeric_keys\nxkb_symbols \"basic\" {\n    include \"us(basic)\"\n    name[Group1]= \"English\";\n    key <TLDE> { [ grave, asciitilde ] };\n    include \"level3(ralt_switch)\"\n};\n";
    let model = model(&[("symbols/us", keyboard), ("symbols/dk", &keyboard.replace("us(basic)", "dk"))]);
    assert_eq!(model.nginx.units.len(), 0);
}
