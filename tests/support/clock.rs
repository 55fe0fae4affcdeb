//! A wall clock of an instance's own, which jumps. Takes libfaketime.

use super::{test_dir, unique};
use std::path::{Path, PathBuf};

/// An instance's clock: what libfaketime reads from a file. It is the wall clock alone that jumps.
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// `None` where libfaketime is not installed.
    pub fn find() -> Option<Self> {
        let places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
        let library = places.iter().map(|place| Path::new(place).join("faketime/libfaketimeMT.so.1"));
        let library = library.into_iter().find(|library| library.exists())?;
        let clock = Clock { library, file: test_dir().join(unique("clock")) };
        clock.jump("+0");
        Some(clock)
    }

    /// What an instance with this clock has in its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        let pairs = [
            ("LD_PRELOAD", text(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.file)),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// From now on it differs by this much from the machine's, as in `+1h`.
    pub fn jump(&self, to: &str) {
        std::fs::write(&self.file, format!("{to}\n")).expect("the clock's file");
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}
