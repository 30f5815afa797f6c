//! How long a tree of virtual hosts takes, each with a certificate and key of its own: ten times as many against one,
//! and, where nginx is on the path, `nginx -t` over the same tree in the same run. Whole processes are timed, in turn,
//! and medians compared; nothing passes or fails by a clock.
//!
//! `cargo bench --bench nginx_tree` (2,000 and 20,000 hosts), or with other sizes as arguments.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints and may stop")]

mod parts;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use parts::{RUNS, authority, leaf, median, rsa_keys, run, tlslint};

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![2_000, 20_000] } else { sizes };
    let trees: Vec<(usize, PathBuf)> = sizes.iter().map(|size| (*size, tree(*size))).collect();
    let mut medians = Vec::new();
    for (size, folder) in &trees {
        let median = median(RUNS, || run(tlslint(folder)));
        println!("{size:>7} hosts: tlslint {:>8.3} s", median.as_secs_f64());
        medians.push(median);
    }
    if let ([first, .., last], [(few, _), .., (many, _)]) = (&medians[..], &trees[..]) {
        println!(
            "{many} hosts against {few}: {:.2} times the time",
            last.as_secs_f64() / first.as_secs_f64()
        );
    }
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
        println!("skipped nginx: it is not on the path");
        return;
    }
    let (size, folder) = &trees[0];
    let nginx = median(3, || run(nginx(folder)));
    println!(
        "{size:>7} hosts: nginx -t {:>7.3} s, {:.1} times tlslint",
        nginx.as_secs_f64(),
        nginx.as_secs_f64() / medians[0].as_secs_f64()
    );
}

fn nginx(folder: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.args(["-t", "-c", "nginx.conf", "-p"]).arg(folder);
    command
}

/// A server with `size` virtual hosts, made once and kept below `target/`.
fn tree(size: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hosts-{size}"));
    if folder.join("nginx.conf").exists() {
        return folder;
    }
    let (authority, issuer) = authority();
    let rsa = rsa_keys(&folder);
    for part in ["sites", "ssl"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    for number in 0..size {
        let host = format!("host-{number:06}.example.com");
        let (chain, key) = leaf(&host, &issuer, number, &rsa);
        fs::write(folder.join(format!("ssl/{host}.pem")), format!("{chain}{authority}")).unwrap();
        let path = folder.join(format!("ssl/{host}.key"));
        fs::write(&path, key).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        fs::write(folder.join(format!("sites/{host}.conf")), site(&host)).unwrap();
    }
    let main = "pid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n    access_log off;\n    server_names_hash_max_size 65536;\n    server_names_hash_bucket_size 128;\n    include sites/*.conf;\n}\n";
    fs::write(folder.join("nginx.conf"), main).unwrap();
    folder
}

/// What a virtual host of an ordinary server looks like.
fn site(host: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# {host}\nserver {{\n    listen 8080;\n    server_name {host};\n    return 301 https://$host$request_uri;\n}}\n"
    );
    let _ = writeln!(
        text,
        "server {{\n    listen 8443 ssl;\n    listen [::]:8443 ssl;\n    server_name {host};\n    ssl_certificate ssl/{host}.pem;\n    ssl_certificate_key ssl/{host}.key;\n    ssl_protocols TLSv1.2 TLSv1.3;\n    add_header Strict-Transport-Security \"max-age=63072000\" always;\n\n    location / {{\n        proxy_pass http://127.0.0.1:3000;\n        proxy_set_header Host $host;\n        proxy_set_header X-Forwarded-Proto $scheme;\n    }}\n    location /static/ {{\n        root /srv/www;\n        expires 30d;\n    }}\n}}"
    );
    text
}
