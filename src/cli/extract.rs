//! `copydesk extract`: file mode, under the same bounds as the stage.

use super::global::Global;
use super::{Exit, Failure};
use copydesk::files::{self, Args, Error};

/// Ends with [`Exit::Data`] where a record was rejected; each was named already.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let config = global.load()?.config;
    super::log(&config)?;
    let summary = files::run(args, &config.core_options())?;
    Ok(if summary.has_bad_data() { Exit::Data } else { Exit::Done })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error {
            Error::Usage(_) => Exit::Usage,
            Error::Data(_) => Exit::Data,
            Error::Io(_) => Exit::Software,
        };
        Failure::new(exit, error.to_string())
    }
}
