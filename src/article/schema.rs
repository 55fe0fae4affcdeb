//! The JSON Schema of [`ArticleEvent`], generated from the types. `schema/article-event.v1.json` is this, in the repo.

use super::event::ArticleEvent;
use schemars::generate::SchemaSettings;

/// The schema (draft 2020-12) of an event as it is written: what is always there is required.
pub fn article_event() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<ArticleEvent>().to_value()
}

/// The schema as text, indented, with a line feed at the end: what `copydesk schema` prints.
pub fn article_event_text() -> String {
    let mut text = serde_json::to_string_pretty(&article_event()).expect("a JSON value is always written");
    text.push('\n');
    text
}
