//! One line on a terminal while a run lasts, and none anywhere else.

use std::{
    env,
    io::{self, IsTerminal as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::output::say;

/// How long a run lasts before it says so.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line that counts files; dropping it clears the line.
pub(super) struct Progress {
    /// Files that were opened.
    pub(super) opened: Arc<AtomicUsize>,
    worker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to count towards a number of files.
    pub(super) fn start(files: usize) -> Self {
        let opened = Arc::new(AtomicUsize::new(0));
        let wanted = io::stderr().is_terminal()
            && ["CI", "PRE_COMMIT"].iter().all(|name| env::var_os(name).is_none_or(|value| value.is_empty()));
        let worker = wanted.then(|| {
            let (stop, stopped) = mpsc::channel::<()>();
            let counter = Arc::clone(&opened);
            let worker = thread::spawn(move || {
                let mut wait = PATIENCE;
                let mut shown = false;
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    let done = counter.load(Ordering::Relaxed).min(files);
                    let what = if done < files { "reading" } else { "judging" };
                    say(&format!("\r{what}: {done} of {files} files\x1b[K"));
                    shown = true;
                    wait = Duration::from_millis(100);
                }
                if shown {
                    say("\r\x1b[K");
                }
            });
            (stop, worker)
        });
        Self { opened, worker }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, worker)) = self.worker.take() {
            drop(stop);
            // A worker that has panicked has nothing left to clear.
            let _ = worker.join();
        }
    }
}
