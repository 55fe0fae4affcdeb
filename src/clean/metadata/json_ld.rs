//! JSON-LD: the article among a page's graphs, and what stands beside it.
//!
//! What holds: bounded by the page and by serde_json's depth limit; walks with a list, not by recursion; scripts that are
//! no JSON are repaired where line breaks in strings are the fault, and passed over otherwise.

use super::fold;
use crate::split::draft::Author;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

/// Types of an article, lower case.
const ARTICLES: &[&str] = &[
    "newsarticle",
    "article",
    "reportagenewsarticle",
    "blogposting",
    "opinionnewsarticle",
    "analysisnewsarticle",
    "backgroundnewsarticle",
    "reviewnewsarticle",
    "askpublicnewsarticle",
    "socialmediaposting",
    "liveblogposting",
    "techarticle",
    "scholarlyarticle",
    "report",
    "advertisercontentarticle",
    "satiricalarticle",
    "medicalscholarlyarticle",
];
/// Types whose objects stand in for an article where a page has none.
const STAND_INS: &[&str] = &[
    "webpage",
    "itempage",
    "collectionpage",
    "medicalwebpage",
    "aboutpage",
    "faqpage",
    "qapage",
    "recipe",
    "review",
    "claimreview",
    "howto",
    "podcastepisode",
    "videoobject",
    "creativework",
    "specialannouncement",
];
/// Most objects that are looked at.
const OBJECTS_MAX: usize = 2000;
/// Properties that lead from a page to what it is about.
const LEADS: &[&str] = &["@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemReviewed"];

/// What JSON-LD says of the article.
#[derive(Debug, Default)]
pub(super) struct Article {
    pub(super) headline: Option<String>,
    pub(super) name: Option<String>,
    pub(super) alternative_headline: Option<String>,
    pub(super) description: Option<String>,
    pub(super) section: Option<String>,
    pub(super) body: Option<String>,
    pub(super) published: Option<String>,
    pub(super) created: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) authors: Vec<Author>,
    pub(super) creators: Vec<Author>,
    pub(super) publisher: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) images: Vec<(String, Option<String>, Option<String>)>,
    pub(super) language: Option<String>,
    pub(super) is_accessible_for_free: Option<bool>,
}

/// What all scripts of a page say.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) article: Option<Article>,
    /// Types of the page and of what it is about, lower case.
    pub(super) types: Vec<String>,
    pub(super) breadcrumbs: Vec<String>,
    pub(super) site_name: Option<String>,
    /// A live blog's entries, each with its address.
    pub(super) updates: Vec<(Article, Option<String>)>,
    /// Whether there are more of them.
    pub(super) updates_cut: bool,
}

/// Most entries of a live blog that are read.
pub(super) const UPDATES_MAX: usize = 400;

/// Most types of a page that are told apart.
const TYPES_MAX: usize = 64;
/// Longest name, or list of names, that is read; bytes.
const NAMES_BYTES_MAX: usize = 4000;

impl Graph {
    /// Reads the scripts of a page.
    pub(super) fn read(scripts: &[&str]) -> Graph {
        let values: Vec<Value> = scripts.iter().filter_map(|s| parse(s)).collect();
        let objects = objects(&values);
        let mut ids: FxHashMap<&str, &Map<String, Value>> = FxHashMap::default();
        for object in &objects {
            if let Some(id) = object.get("@id").and_then(Value::as_str)
                && object.len() > 1
            {
                ids.entry(id).or_insert(object);
            }
        }
        let mut graph = Graph::default();
        let mut best: Option<(usize, &Map<String, Value>)> = None;
        for object in &objects {
            let types = types(object);
            let listed = |list: &[&str]| types.iter().any(|t| list.contains(&t.as_str()));
            let is_article = listed(ARTICLES);
            if is_article || listed(STAND_INS) {
                let weight = ["headline", "name", "datePublished", "author", "articleBody", "image"]
                    .iter()
                    .filter(|k| object.contains_key(**k))
                    .count()
                    + if is_article { 100 } else { 0 };
                if best.is_none_or(|(b, _)| weight > b) {
                    best = Some((weight, object));
                }
            }
            if let Some(Value::Array(entries)) = object.get("liveBlogUpdate")
                && graph.updates.is_empty()
            {
                let entry = |o: &Map<String, Value>| (article(o, &ids), o.get("url").and_then(text));
                let mut own = entries.iter().filter_map(Value::as_object);
                graph.updates = own.by_ref().take(UPDATES_MAX).map(entry).collect();
                graph.updates_cut = own.next().is_some();
            }
            if types.iter().any(|t| t == "breadcrumblist") && graph.breadcrumbs.is_empty() {
                graph.breadcrumbs = breadcrumbs(object);
            }
            if types.iter().any(|t| t == "website") && graph.site_name.is_none() {
                graph.site_name = object.get("name").and_then(text);
            }
            for kind in types {
                if graph.types.len() < TYPES_MAX && !graph.types.contains(&kind) {
                    graph.types.push(kind);
                }
            }
        }
        graph.article = best.map(|(_, object)| article(object, &ids));
        graph
    }
}

fn parse(script: &str) -> Option<Value> {
    let script = script.trim();
    let inner = script.strip_prefix("<!--").and_then(|s| s.strip_suffix("-->")).unwrap_or(script);
    let inner = inner
        .trim()
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("<![CDATA[")
        .trim_end_matches("//]]>")
        .trim_end_matches("]]>");
    let inner = inner.trim().trim_end_matches(';');
    serde_json::from_str(inner).ok().or_else(|| serde_json::from_str(&repair(inner)).ok())
}

/// Control characters inside strings, and commas before a closing bracket, are what most broken scripts suffer from.
fn repair(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let (mut inside, mut escaped) = (false, false);
    for c in script.chars() {
        if inside {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => inside = false,
                _ => {}
            }
            out.push(if c < ' ' { ' ' } else { c });
            continue;
        }
        if matches!(c, '}' | ']') {
            let kept = out.trim_end().trim_end_matches(',').len();
            out.truncate(kept);
        }
        inside = c == '"';
        out.push(c);
    }
    out
}

/// The objects that describe the page, outermost first.
fn objects(values: &[Value]) -> Vec<&Map<String, Value>> {
    let mut found = Vec::new();
    let mut queue: std::collections::VecDeque<&Value> = values.iter().collect();
    while let Some(value) = queue.pop_front() {
        match value {
            Value::Array(items) => queue.extend(items.iter().take(OBJECTS_MAX)),
            Value::Object(object) => {
                found.push(object);
                queue.extend(LEADS.iter().filter_map(|lead| object.get(*lead)));
            }
            _ => {}
        }
        if found.len() >= OBJECTS_MAX {
            break;
        }
    }
    found
}

fn types(object: &Map<String, Value>) -> Vec<String> {
    let name = |v: &Value| v.as_str().map(|t| t.rsplit(['/', '#', ':']).next().unwrap_or(t).to_ascii_lowercase());
    match object.get("@type") {
        Some(Value::Array(items)) => items.iter().take(TYPES_MAX).filter_map(name).collect(),
        Some(value) => name(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn article(object: &Map<String, Value>, ids: &FxHashMap<&str, &Map<String, Value>>) -> Article {
    let get = |key: &str| object.get(key).and_then(text);
    let of = |key: &str| object.get(key).map(|v| people(v, ids)).unwrap_or_default();
    let creators = [of("creator"), of("contributor")].concat();
    Article {
        headline: get("headline"),
        name: get("name"),
        alternative_headline: get("alternativeHeadline"),
        description: get("description"),
        section: get("articleSection"),
        body: object.get("articleBody").and_then(Value::as_str).map(str::to_owned),
        published: get("datePublished"),
        created: get("dateCreated"),
        modified: get("dateModified"),
        authors: of("author"),
        creators,
        publisher: object.get("publisher").and_then(|v| name_of(v, ids)),
        keywords: object.get("keywords").map(keywords).unwrap_or_default(),
        images: object.get("image").map(|v| images(v, ids)).unwrap_or_default(),
        language: get("inLanguage"),
        is_accessible_for_free: object.get("isAccessibleForFree").and_then(truth),
    }
}

/// A value's text: itself, its first element's, or its name.
fn text(value: &Value) -> Option<String> {
    let found = match value {
        Value::String(s) => fold(s),
        Value::Number(n) => n.to_string(),
        Value::Array(items) => match items.first()? {
            Value::String(s) => fold(s),
            Value::Object(o) => fold(o.get("name").or_else(|| o.get("@value"))?.as_str()?),
            _ => return None,
        },
        Value::Object(o) => fold(o.get("name").or_else(|| o.get("@value"))?.as_str()?),
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

fn name_of(value: &Value, ids: &FxHashMap<&str, &Map<String, Value>>) -> Option<String> {
    text(value).or_else(|| {
        let id = value.as_object().or_else(|| value.as_array()?.first()?.as_object())?.get("@id")?.as_str()?;
        ids.get(id)?.get("name").and_then(text)
    })
}

fn people(value: &Value, ids: &FxHashMap<&str, &Map<String, Value>>) -> Vec<Author> {
    let items: &[Value] = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let person = |item: &Value| {
        let name = match item.as_object().and_then(|o| o.get("name")) {
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).map(fold).collect::<Vec<_>>().join(", ")
            }
            _ => name_of(item, ids)?,
        };
        let url = item.as_object().and_then(|o| o.get("url")).and_then(Value::as_str).filter(|u| u.starts_with("http"));
        let name = name[..name.floor_char_boundary(NAMES_BYTES_MAX)].to_owned();
        Some(Author { name, url: url.map(str::to_owned) })
    };
    items.iter().take(40).filter_map(person).collect()
}

fn keywords(value: &Value) -> Vec<String> {
    match value {
        Value::String(s) => s.split([',', ';']).map(fold).collect(),
        Value::Array(items) => items.iter().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

fn images(value: &Value, ids: &FxHashMap<&str, &Map<String, Value>>) -> Vec<(String, Option<String>, Option<String>)> {
    let items: &[Value] = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    // Some systems escape the script as if it were markup.
    let address = |url: &str| url.replace("&amp;", "&");
    let image = |item: &Value| match item {
        Value::String(url) => Some((address(url), None, None)),
        Value::Object(o) => {
            let o = o.get("@id").and_then(Value::as_str).and_then(|id| ids.get(id).copied()).unwrap_or(o);
            let url = address(o.get("url").or_else(|| o.get("contentUrl"))?.as_str()?);
            Some((url, o.get("caption").and_then(text), o.get("creditText").and_then(text)))
        }
        _ => None,
    };
    items.iter().take(20).filter_map(image).collect()
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(s) => match s.trim().rsplit('/').next()?.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn breadcrumbs(object: &Map<String, Value>) -> Vec<String> {
    let Some(items) = object.get("itemListElement").and_then(Value::as_array) else { return Vec::new() };
    let name = |item: &Value| {
        let o = item.as_object()?;
        o.get("name").and_then(text).or_else(|| o.get("item")?.as_object()?.get("name").and_then(text))
    };
    items.iter().take(12).filter_map(name).collect()
}
