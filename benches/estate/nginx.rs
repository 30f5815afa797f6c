//! Servers with nginx: a main file, snippets, and sites of 40 to 150 lines with a bundle and a key each.

use std::fmt::Write as _;

use super::{
    Writer,
    faults::Fault,
    keys::{Authority, Key, Life},
    random::Random,
    words,
};

/// A server and where its files lie.
pub(crate) struct Server {
    /// Folder of `nginx.conf`.
    pub(crate) folder: String,
    /// Folder of `certs/` and `private/`.
    pub(crate) material: String,
    /// How the configuration names these two.
    prefix: (&'static str, &'static str),
}

impl Server {
    /// Whose files all lie in one folder and are named from there: what `nginx -p` takes.
    pub(crate) fn in_one_folder(folder: &str) -> Self {
        Self { folder: folder.to_owned(), material: format!("{folder}/ssl"), prefix: ("", "ssl") }
    }

    /// A copy of `/etc` of a machine.
    pub(crate) fn etc(folder: &str) -> Self {
        Self {
            folder: format!("{folder}/etc/nginx"),
            material: format!("{folder}/etc/ssl"),
            prefix: ("/etc/nginx/", "/etc/ssl"),
        }
    }

    /// The main file and what all sites include: five files and the root.
    pub(crate) fn main(&self, writer: &mut Writer, authority: &Authority) {
        let (own, _) = self.prefix;
        let main = format!(
            "# Kept in order by the platform team.\nworker_processes auto;\npid nginx.pid;\nerror_log stderr warn;\n\nevents {{\n    worker_connections 4096;\n}}\n\nhttp {{\n    include       {own}mime.types;\n    default_type  application/octet-stream;\n\n    sendfile          on;\n    tcp_nopush        on;\n    keepalive_timeout 65;\n    server_tokens     off;\n    access_log        off;\n\n    server_names_hash_max_size    65536;\n    server_names_hash_bucket_size 128;\n    types_hash_max_size           4096;\n\n    gzip on;\n    gzip_types text/css application/javascript application/json image/svg+xml;\n\n    include {own}snippets/tls.conf;\n\n    map $http_upgrade $connection_upgrade {{\n        default upgrade;\n        ''      close;\n    }}\n\n    # Whoever asks for a name that is not ours gets no certificate.\n    server {{\n        listen 8443 ssl default_server;\n        listen [::]:8443 ssl default_server;\n        server_name _;\n        ssl_reject_handshake on;\n    }}\n\n    include {own}sites/*.conf;\n}}\n"
        );
        writer.text(&format!("{}/nginx.conf", self.folder), &main);
        for name in ["mime.types", "snippets/tls.conf", "snippets/proxy.conf", "snippets/headers.conf"] {
            writer.copy(&format!("testdata/healthy/etc/nginx/{name}"), &format!("{}/{name}", self.folder));
        }
        writer.text(&format!("{}/certs/clients-ca.pem", self.material), &authority.root);
    }

    /// A site, its bundle and its key; wrong where asked for.
    pub(crate) fn site(
        &self,
        writer: &mut Writer,
        random: &mut Random,
        authority: &Authority,
        host: &str,
        fault: Option<Fault>,
    ) {
        let life = match fault {
            Some(Fault::Expired) => Life::Over,
            Some(Fault::Expiring) => Life::Ending,
            _ => Life::Usual,
        };
        // Where the key is not to fit, let it not fit by its value, not by its type.
        let rsa = random.below(4) == 0 && fault != Some(Fault::OtherKey);
        let shown = if fault == Some(Fault::OtherName) { &format!("old-{host}") } else { host };
        let (leaf, mut key) = authority.leaf(random, shown, life, rsa);
        let mut bundle = format!("{leaf}{}", authority.intermediate);
        match fault {
            Some(Fault::NoIntermediate) => bundle = leaf,
            Some(Fault::OtherKey) => key = Key::ec(random).pem,
            _ => {}
        }
        writer.text(&format!("{}/certs/{host}.pem", self.material), &bundle);
        writer.key(&format!("{}/private/{host}.key", self.material), &key);
        let text = self.site_text(random, host, fault);
        let path = format!("{}/sites/{host}.conf", self.folder);
        if let Some(rule) = fault.and_then(Fault::rule_of_site) {
            writer.plant(rule, &path);
        }
        writer.text(&path, &text);
    }

    fn site_text(&self, random: &mut Random, host: &str, fault: Option<Fault>) -> String {
        let (own, material) = self.prefix;
        let label = host.split('.').next().unwrap_or(host).replace('-', "_");
        let mut text = format!("# {host}\n");
        let _ = write!(text, "upstream {label}_backend {{\n    zone {label} 64k;\n");
        for _ in 0..random.range(2, 5) {
            let _ = writeln!(
                text,
                "    server 10.{}.{}.{}:8080;",
                random.below(200),
                random.below(250),
                random.below(250)
            );
        }
        text.push_str("    keepalive 32;\n}\n\n");
        let _ = write!(
            text,
            "server {{\n    listen 8080;\n    listen [::]:8080;\n    server_name {host};\n\n    location /.well-known/acme-challenge/ {{\n        root /var/www/acme;\n    }}\n    location / {{\n        return 301 https://$host$request_uri;\n    }}\n}}\n\n"
        );
        // A port of its own: without `ssl` it is a fault of this site and of no other.
        let listen = if fault == Some(Fault::PlainListen) { "192.0.2.10:443" } else { "8443 ssl" };
        let _ = write!(text, "server {{\n    listen {listen};\n");
        if fault != Some(Fault::PlainListen) {
            text.push_str("    listen [::]:8443 ssl;\n");
        }
        let _ = write!(
            text,
            "    server_name {host};\n\n    ssl_certificate     {material}/certs/{host}.pem;\n    ssl_certificate_key {material}/private/{host}.key;\n"
        );
        if fault == Some(Fault::OldProtocol) {
            text.push_str("    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\n");
        }
        if random.below(8) == 0 {
            let _ = write!(
                text,
                "\n    ssl_client_certificate {material}/certs/clients-ca.pem;\n    ssl_verify_client      on;\n"
            );
        }
        let _ = write!(text, "\n    include {own}snippets/headers.conf;\n\n    root /srv/www/{label};\n");
        for number in 0..random.range(2, 14) {
            location(&mut text, random, own, &label, number);
        }
        text.push_str("}\n");
        text
    }
}

fn location(text: &mut String, random: &mut Random, own: &str, label: &str, number: usize) {
    let noun = words::noun(random);
    let _ = match random.below(5) {
        0 => write!(
            text,
            "\n    location /static/{noun}-{number}/ {{\n        expires 30d;\n        add_header Cache-Control public;\n        try_files $uri =404;\n    }}\n"
        ),
        1 => write!(
            text,
            "\n    # {noun} speaks WebSocket.\n    location /ws/{noun}-{number} {{\n        proxy_pass         http://{label}_backend;\n        proxy_http_version 1.1;\n        proxy_set_header   Upgrade    $http_upgrade;\n        proxy_set_header   Connection $connection_upgrade;\n        proxy_read_timeout 1h;\n    }}\n"
        ),
        2 => write!(
            text,
            "\n    location = /health/{noun}-{number} {{\n        access_log off;\n        return 204;\n    }}\n"
        ),
        3 => write!(
            text,
            "\n    location ~ ^/v{number}/{noun}/([0-9]+)$ {{\n        include {own}snippets/proxy.conf;\n        proxy_pass http://{label}_backend;\n        proxy_connect_timeout 5s;\n        proxy_next_upstream error timeout;\n    }}\n"
        ),
        _ => write!(
            text,
            "\n    location /{noun}-{number}/ {{\n        include {own}snippets/proxy.conf;\n        proxy_pass http://{label}_backend;\n        client_max_body_size {}m;\n        if ($request_method = TRACE) {{\n            return 405;\n        }}\n    }}\n",
            random.range(1, 64)
        ),
    };
}
