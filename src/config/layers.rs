//! The layers, from the built-in settings to the command line, merged by the `config` crate.

use super::settings::Settings;
use super::{Config, MASK, Problem, Problems, check, client};
use config::{ConfigError, Environment, File, FileFormat, Map, Source, Value, ValueKind};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The built-in settings, documented line by line.
pub const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

pub(super) const ENVIRONMENT: &str = "the environment";
const COMMAND_LINE: &str = "the command line";
const COMMAND: &str = "the command";

/// What to load from, besides the built-in settings.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `section.key` and value that a command starts from in place of the built-in ones; everything else overrides them.
    pub presets: Vec<(String, String)>,
    /// The file of `--config`.
    pub file: Option<PathBuf>,
    /// `section.key` and value from the command line, in order.
    pub overrides: Vec<(String, String)>,
    /// Variables in place of the process's environment, for tests.
    pub environment: Option<Vec<(String, String)>>,
}

/// A checked configuration, and the settings that it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked values.
    pub config: Config,
    /// Every setting as a line of TOML with its origin, secrets masked, for `validate --show`.
    pub shown: String,
}

/// Reads and checks all layers.
///
/// # Errors
/// Every problem found, each with its key and remedy. A file that cannot be read or parsed hides what it holds, so its
/// problem comes alone.
pub fn load(options: &Options) -> Result<Loaded, Problems> {
    let root = merge(options)?;
    let mut settings = Settings::new(root);
    let config = check::check(&mut settings);
    let shown = show(&settings);
    let problems = settings.finish();
    if problems.0.is_empty() { Ok(Loaded { config, shown }) } else { Err(problems) }
}

fn merge(options: &Options) -> Result<Value, Problems> {
    let mut root = Value::from(Map::<String, Value>::new());
    let built_in = File::from_str(DEFAULT_TOML, FileFormat::Toml);
    built_in.collect_to(&mut root).map_err(|error| file_problem("config/default.toml (built in)", &error))?;
    let presets = Given { pairs: options.presets.clone(), origin: COMMAND };
    presets.collect_to(&mut root).map_err(|error| unreadable(COMMAND, &error.to_string()))?;
    if let Some(path) = &options.file {
        let name = path.display().to_string();
        if !path.is_file() {
            return Err(unreadable(&name, "there is no such file"));
        }
        let file = File::from(path.as_path()).format(FileFormat::Toml);
        file.collect_to(&mut root).map_err(|error| file_problem(&name, &error))?;
    }
    let variables = options.environment.as_ref().map(|pairs| pairs.iter().cloned().collect());
    let environment = Environment::with_prefix("COPYDESK").prefix_separator("__").separator("__").source(variables);
    environment.collect_to(&mut root).map_err(|error| unreadable(ENVIRONMENT, &error.to_string()))?;
    let flags = Given { pairs: options.overrides.clone(), origin: COMMAND_LINE };
    flags.collect_to(&mut root).map_err(|error| unreadable(COMMAND_LINE, &error.to_string()))?;
    Ok(root)
}

/// Single settings as a layer that knows its name.
#[derive(Clone, Debug)]
struct Given {
    pairs: Vec<(String, String)>,
    origin: &'static str,
}

impl Source for Given {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let origin = self.origin.to_owned();
        let value = |text: &String| Value::new(Some(&origin), ValueKind::String(text.clone()));
        Ok(self.pairs.iter().map(|(key, text)| (key.clone(), value(text))).collect())
    }
}

fn file_problem(name: &str, error: &ConfigError) -> Problems {
    let what = match error {
        ConfigError::FileParse { cause, .. } => format!("is not valid TOML: {}", cause.to_string().trim_end()),
        other => format!("cannot be read: {other}"),
    };
    let remedy = "mend the file; config/examples/ has complete ones".to_owned();
    Problems(vec![Problem { key: name.to_owned(), origin: None, what, remedy }])
}

fn unreadable(name: &str, why: &str) -> Problems {
    let what = format!("cannot be read: {why}");
    let remedy = "check the path and its permissions".to_owned();
    Problems(vec![Problem { key: name.to_owned(), origin: None, what, remedy }])
}

/// The settings as TOML, grouped by section, each with a comment where it is not built in.
fn show(settings: &Settings) -> String {
    let mut sections: BTreeMap<&str, String> = BTreeMap::new();
    for (key, value, origin) in settings.iter() {
        let (section, name) = match key.strip_prefix("kafka.client.") {
            Some(name) => ("kafka.client", format!("{name:?}")),
            None => {
                key.split_once('.').map(|(section, name)| (section, name.to_owned())).unwrap_or(("", key.to_owned()))
            }
        };
        let value = if client::is_secret(key) && !value.is_empty() { MASK.to_owned() } else { value };
        let comment = origin.map(|origin| format!("  # {origin}")).unwrap_or_default();
        let lines = sections.entry(section).or_default();
        lines.push_str(&format!("{name} = {}{comment}\n", toml_scalar(&value)));
    }
    let blocks: Vec<String> = sections.iter().map(|(section, lines)| format!("[{section}]\n{lines}")).collect();
    blocks.join("\n")
}

/// Numbers and booleans bare, the rest quoted.
fn toml_scalar(value: &str) -> String {
    let bare = value == "true" || value == "false" || value.parse::<i64>().is_ok();
    if bare { value.to_owned() } else { format!("{value:?}") }
}
