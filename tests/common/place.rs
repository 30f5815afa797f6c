//! A folder of its own for a run of the program.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A folder that goes away with it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// A folder with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let this = Self { folder: TempDir::new().unwrap() };
        for (path, text) in files {
            this.write(path, text);
        }
        this
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Exit status, standard output, standard error of `tlslint inventory`, judged as of 2026-11-22.
    pub(crate) fn inventory(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
        command.args(["inventory", "--as-of", "2026-11-22", "--isolated"]).args(arguments);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "TLSLINT_PASSWORDS"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// The same, where all goes well.
    pub(crate) fn listed(&self, arguments: &[&str]) -> String {
        let (status, out, error) = self.inventory(arguments);
        assert_eq!((status, error.as_str()), (0, ""), "{arguments:?}");
        out
    }
}
