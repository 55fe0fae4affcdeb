//! The flags that every command takes: where the configuration comes from, and how to log.

use clap::Args;
use copydesk::config::{self, Loaded, Problems};
use std::path::PathBuf;

/// `section.key` and value.
pub(super) type Pairs = Vec<(String, String)>;

#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct Global {
    /// Read settings from a TOML file; they override the built-in ones
    #[arg(long, global = true, value_name = "FILE", env = "COPYDESK_CONFIG")]
    config: Option<PathBuf>,
    /// Override one setting, as in --set dedup.ttl=14d; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    /// Log lines for people (text) or for machines (json)
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// error, warn, info, debug, trace, or a filter such as info,copydesk::kafka=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
}

impl Global {
    /// Loads the configuration from all layers.
    pub(super) fn load(&self) -> Result<Loaded, Problems> {
        self.load_for(Vec::new(), Vec::new())
    }

    /// The same for a command with settings of its own: every layer overrides `presets`, and `fixed` overrides every layer.
    pub(super) fn load_for(&self, presets: Pairs, fixed: Pairs) -> Result<Loaded, Problems> {
        let mut overrides = self.set.clone();
        let flags = [("log.format", &self.log_format), ("log.level", &self.log_level)];
        for (key, value) in flags {
            overrides.extend(value.iter().map(|value| (key.to_owned(), value.clone())));
        }
        overrides.extend(fixed);
        config::load(&config::Options { presets, file: self.config.clone(), overrides, environment: None })
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE, as in dedup.ttl=14d")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
