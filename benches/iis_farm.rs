//! How long a farm of IIS takes: machines with their dumps, one shared configuration with 2,000 bindings, one folder of
//! the Central Certificate Store; twice as many machines against once as many. Whole processes are timed and medians
//! compared; nothing passes or fails by a clock.
//!
//! `cargo bench --bench iis_farm` (200 machines and 400), or with other numbers of machines as arguments.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints and may stop")]

mod parts;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use parts::{RUNS, median, run, tlslint};

/// Bindings of the shared configuration.
const BINDINGS: usize = 2_000;
/// Those among them that have records of their own on every machine; the others share one.
const NAMED: usize = 100;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![200, 400] } else { sizes };
    let mut medians = Vec::new();
    for size in &sizes {
        let folder = farm(*size);
        let median = median(RUNS, || run(tlslint(&folder)));
        println!("{size:>7} machines, {BINDINGS} bindings: {:>8.3} s", median.as_secs_f64());
        medians.push((*size, median));
    }
    if let [(few, first), .., (many, last)] = &medians[..] {
        println!("{many} against {few}: {:.2} times the time", last.as_secs_f64() / first.as_secs_f64());
    }
}

/// A farm with `machines` machines. Every tenth one lacks the record of the Central Certificate Store, every seventh one
/// has an older certificate. Made once and kept below `target/`.
fn farm(machines: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("iis-{machines}"));
    if folder.join("shared").exists() {
        return folder;
    }
    let redirection = "<configuration>\n  <configurationRedirection enabled=\"true\" path=\"\\\\files.acme.test\\iis\\shared\" />\n</configuration>\n";
    for machine in 0..machines {
        let own = folder.join(format!("web{machine:03}"));
        write(&own.join("redirection.config"), redirection);
        write(&own.join("ccs.reg"), &registry());
        write(&own.join("netsh.txt"), &records(machine));
    }
    let store = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki/server.p12")).unwrap();
    let share = folder.join("certs");
    fs::create_dir_all(&share).unwrap();
    for number in NAMED..BINDINGS {
        fs::write(share.join(format!("{}.pfx", host(number))), &store).unwrap();
    }
    write(&folder.join("shared/applicationHost.config"), &configuration());
    folder
}

fn host(number: usize) -> String {
    format!("host{number:04}.acme.test")
}

fn configuration() -> String {
    let mut text = String::from("<configuration>\n  <system.applicationHost>\n    <sites>\n");
    for number in 0..BINDINGS {
        let flags = if number < NAMED { 1 } else { 3 };
        let _ = writeln!(
            text,
            "      <site name=\"Site {number}\" id=\"{}\">\n        <bindings>\n          <binding protocol=\"http\" bindingInformation=\"*:80:{host}\" />\n          <binding protocol=\"https\" bindingInformation=\"*:443:{host}\" sslFlags=\"{flags}\" />\n        </bindings>\n      </site>",
            number + 1,
            host = host(number)
        );
    }
    text + "    </sites>\n  </system.applicationHost>\n</configuration>\n"
}

fn registry() -> String {
    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider]\r\n\"Enabled\"=dword:00000001\r\n\"CertStoreLocation\"=\"\\\\\\\\files.acme.test\\\\certs\"\r\n\"UserName\"=\"ACME\\\\ccsreader\"\r\n\"Password\"=\"QUJD\"\r\n\"PrivateKeyPassword\"=\"QUJD\"\r\n\"PollingInterval\"=dword:0000012c\r\n\r\n".to_owned()
}

/// What `netsh http show sslcert` prints on a machine.
fn records(machine: usize) -> String {
    let mut text = String::from("\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n");
    if !machine.is_multiple_of(10) {
        parts::record(&mut text, "Central Certificate Store", "443", "(null)", "(null)");
    }
    for number in 0..NAMED {
        let generation = usize::from(machine.is_multiple_of(7));
        let hash = format!("{:08x}{:032x}", (number + 1) * 2 + generation, 1);
        parts::record(&mut text, "Hostname:port", &format!("{}:443", host(number)), &hash, "MY");
    }
    text
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
