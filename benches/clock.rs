//! Whole processes side by side: time on the wall, time of processors, memory; run in turn, so that whatever else the
//! machine does falls on all of them alike.

#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// A command that is measured.
#[derive(Clone)]
pub(crate) struct Contender {
    pub(crate) name: String,
    words: Vec<OsString>,
    /// Where it runs.
    folder: Option<std::path::PathBuf>,
    /// Exit codes that mean that it did its work.
    fine: &'static [i32],
}

/// What a command costs, in seconds.
#[derive(Clone, Default)]
pub(crate) struct Costs {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Contender {
    pub(crate) fn new(name: &str, program: impl Into<OsString>) -> Self {
        Self { name: name.to_owned(), words: vec![program.into()], folder: None, fine: &[0] }
    }

    pub(crate) fn args<T: Into<OsString>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Some programs say by their exit code what they found.
    pub(crate) fn fine(mut self, codes: &'static [i32]) -> Self {
        self.fine = codes;
        self
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs it some times in a row, and says what one of them costs. The shell knows what its children cost; the
    /// standard library does not.
    fn once(&self, times: usize) -> (f64, f64) {
        let script = "TIMEFORMAT='%R %U %S'; n=$1; fine=$2; shift 2\ntime for ((i = 0; i < n; i++)); do \"$@\" >/dev/null 2>/dev/null; code=$?; case \" $fine \" in *\" $code \"*) ;; *) echo \"exit code $code\"; exit 9 ;; esac; done";
        let codes: Vec<String> = self.fine.iter().map(ToString::to_string).collect();
        let mut command = Command::new("bash");
        command.args(["-c", script, "bash", &times.to_string(), &codes.join(" ")]).args(&self.words);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        let [wall, user, system] = numbers[..] else {
            panic!("{} failed: {} {text}", self.name, String::from_utf8_lossy(&output.stdout));
        };
        assert!(output.status.success(), "{} failed", self.name);
        (wall / times as f64, (user + system) / times as f64)
    }

    /// The most memory it holds, in MB of 1,000,000 bytes, where `time` of GNU is there to say it.
    pub(crate) fn memory(&self) -> Option<f64> {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M"]).args(&self.words).stdout(Stdio::null());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let output = command.output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let kib: f64 = text.lines().last()?.trim().parse().ok()?;
        Some(kib * 1.024 / 1000.0)
    }

    /// What it prints, with an exit code that is fine.
    pub(crate) fn output(&self) -> Vec<u8> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let output = command.output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(self.fine.contains(&code), "{}: exit code {code}, {said}", self.name);
        output.stdout
    }
}

impl Costs {
    pub(crate) fn wall(&self) -> f64 {
        median(&self.wall)
    }

    pub(crate) fn least(&self) -> f64 {
        self.wall.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn cpu(&self) -> f64 {
        median(&self.cpu)
    }

    pub(crate) fn least_cpu(&self) -> f64 {
        self.cpu.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

fn median(all: &[f64]) -> f64 {
    let mut all = all.to_vec();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// All of them in turn, again and again, after one turn that does not count.
pub(crate) fn in_turn(contenders: &[Contender], turns: usize, times: usize) -> Vec<Costs> {
    let mut costs = vec![Costs::default(); contenders.len()];
    for turn in 0..=turns {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let (wall, cpu) = contender.once(times);
            if turn > 0 {
                costs.wall.push(wall);
                costs.cpu.push(cpu);
            }
        }
    }
    costs
}

/// The same with nothing in memory of what lies on disk. `None` where that cannot be had.
pub(crate) fn in_turn_cold(contenders: &[Contender], turns: usize) -> Option<Vec<Costs>> {
    let mut costs = vec![Costs::default(); contenders.len()];
    for _ in 0..turns {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            forget()?;
            let (wall, cpu) = contender.once(1);
            costs.wall.push(wall);
            costs.cpu.push(cpu);
        }
    }
    Some(costs)
}

/// Makes the kernel forget what it read from disks.
fn forget() -> Option<()> {
    Command::new("sync").status().ok()?;
    fs::write("/proc/sys/vm/drop_caches", "3").ok()
}

/// A line that says what machine this is, for the table.
pub(crate) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|it| it.strip_prefix("model name"))
        .map_or("", |it| it.trim_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{cores} cores ({model}), Linux {}", read("/proc/sys/kernel/osrelease").trim())
}

/// What is measured: the version, and the commit where the program is the one of this checkout.
pub(crate) fn tlslint(binary: &Path) -> String {
    let own = binary == Path::new(env!("CARGO_BIN_EXE_tlslint"));
    let commit =
        own.then(|| version("git", &["describe", "--always", "--dirty", "--exclude", "*"])).flatten();
    let name =
        commit.unwrap_or_else(|| binary.file_name().unwrap_or_default().to_string_lossy().into_owned());
    format!("{} ({name})", version(binary, &["--version"]).unwrap_or_default())
}

/// The first line that a program says about its version.
pub(crate) fn version(program: impl AsRef<std::ffi::OsStr>, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().find(|it| !it.trim().is_empty()).map(|it| it.trim().to_owned())
}
