//! What a page says of its article: head, JSON-LD, microdata, and what stands around the headline.
//!
//! What holds: bounded; structured data first, then the page's own words; a later change is never taken for the first
//! publication; a zone that the page gives is kept, and none is invented.

mod address;
mod authors;
mod choice;
mod dates;
mod dates_shown;
mod headline;
mod images;
mod json_ld;
mod markup;
mod pictures;
mod updates;

use super::block::{Class, Document, Metadata};
use super::front_page::FRONT_PAGE;
use super::html::Gathered;
use super::letters::compact;
use crate::split::SECONDARY_AT;
use crate::split::draft::DateValue;
use authors::Declared;
pub(super) use headline::Slug;
use json_ld::{Article, Graph};
use url::Url;

/// Most keywords that are kept.
const KEYWORDS_MAX: usize = 40;

/// What was read from structured data, for the second half.
#[derive(Debug)]
pub(super) struct Head {
    article: Option<Article>,
    authors: Declared,
    base: Option<Url>,
    page_url: Option<Url>,
    /// How the page writes day and month.
    order: dates::Order,
}

/// Fills [`Document::meta`] from head and structured data, before blocks have classes.
pub(super) fn head(document: &mut Document, gathered: &Gathered<'_>, page_url: Option<&str>) -> Head {
    // Some frameworks write the script as a `meta`.
    let as_meta = gathered.metas.iter().filter(|(name, _)| name.ends_with("ld+json")).map(|(_, value)| value.as_ref());
    let graph = Graph::read(&gathered.json_ld.iter().copied().chain(as_meta).collect::<Vec<_>>());
    let page_url = page_url.and_then(|u| Url::parse(u).ok());
    let base = match (&gathered.base, &page_url) {
        (Some(base), Some(url)) => url.join(base.trim()).ok().or(page_url.clone()),
        (Some(base), None) => Url::parse(base.trim()).ok(),
        (None, _) => page_url.clone(),
    };
    let metas = Metas(gathered);
    let article = graph.article;
    let meta = &mut document.meta;
    meta.page_types = graph.types;
    meta.page_types.extend(metas.get(&["og:type"]).map(|t| t.to_lowercase()));
    meta.breadcrumbs = graph.breadcrumbs;
    let og_site = metas.get(&["og:site_name", "application-name", "al:android:app_name"]);
    meta.site_name = og_site.or(graph.site_name);
    meta.canonical_url =
        gathered.canonical.as_deref().or(metas.raw(&["og:url"])).and_then(|u| absolute(base.as_ref(), u));
    meta.address = page_url.as_ref().map(|u| u.as_str().to_owned()).or_else(|| meta.canonical_url.clone());
    meta.language = language(gathered, &metas, article.as_ref());
    meta.description =
        metas.get(&["og:description", "description", "twitter:description", "dc.description", "sailthru.description"]);
    meta.description = meta.description.take().map(markup::without);
    meta.section = metas.get(&[
        "article:section",
        "og:article:section",
        "parsely-section",
        "cxenseparse:recs:articlesection",
        "dc.subject.section",
        "section",
    ]);
    keywords(meta, &metas);
    let host = page_url.as_ref().and_then(Url::host_str);
    let order = dates::order(meta.language.as_deref(), host, gathered.title.as_deref());
    dates_of_head(meta, gathered, &metas, article.as_ref(), order);
    if let Some(page) = parsely(&metas) {
        let date = page.pub_date.and_then(|raw| dates::value(&raw, "meta", order));
        meta.date_published = to_the_second(meta.date_published.take(), date);
        meta.section = meta.section.take().or(page.section);
    }
    if let Some(article) = &article {
        of_article(meta, article);
    }
    meta.titles = titles(meta, &metas, article.as_ref());
    meta.images = images::of_head(&metas, article.as_ref(), base.as_ref());
    let updates = updates::read(document, gathered, graph.updates, base.as_ref(), order);
    document.truncated |= graph.updates_cut || gathered.updates_cut;
    document.meta.updates = updates;
    let sources = Sources { document, gathered, article: article.as_ref(), page_url: page_url.as_ref() };
    let authors = Declared::of(&sources);
    document.meta.authors = authors.authors(article.as_ref());
    Head { article, authors, base, page_url, order }
}

/// What choices are made from.
struct Sources<'a> {
    document: &'a Document,
    gathered: &'a Gathered<'a>,
    article: Option<&'a Article>,
    page_url: Option<&'a Url>,
}

/// A longer name is none that a site goes by, bytes.
const SITE_BYTES_MAX: usize = 200;

impl<'a> Sources<'a> {
    /// Of scraped text, which has no head.
    fn of_lines(document: &'a Document, gathered: &'a Gathered<'a>, page_url: Option<&'a Url>) -> Sources<'a> {
        Sources { document, gathered, article: None, page_url }
    }

    /// Names that the site goes by, letters and digits alone.
    fn sites(&self) -> Vec<String> {
        let meta = &self.document.meta;
        let host = self.page_url.and_then(|u| u.host_str()).map(|h| h.trim_start_matches("www."));
        let label = host.and_then(|h| h.rsplit('.').find(|l| l.len() > 3).or(h.split('.').next()));
        let names = [meta.site_name.as_deref(), meta.publisher.as_deref(), host, label];
        let short = names.into_iter().flatten().filter(|name| name.len() <= SITE_BYTES_MAX);
        let mut sites: Vec<String> = short.map(compact).filter(|s| s.chars().count() > 1).collect();
        sites.dedup();
        sites
    }
}

impl Head {
    fn sources<'a>(&'a self, document: &'a Document, gathered: &'a Gathered<'a>) -> Sources<'a> {
        Sources { document, gathered, article: self.article.as_ref(), page_url: self.page_url.as_ref() }
    }
}

/// A candidate's words and its features.
pub type TrainingRow = (String, Vec<f32>);

/// Candidates for headline and authors with their features, for the fitting of weights.
pub(super) fn training_rows(document: &Document, gathered: &Gathered<'_>, head: &Head) -> [Vec<TrainingRow>; 2] {
    let sources = head.sources(document, gathered);
    [headline::training_rows(&sources), authors::training_rows(&head.authors, &sources)]
}

/// Completes [`Document::meta`] of scraped text, whose lines are all that is known of it. Dates and authors of a page with several
/// headlines are each article's own, which splitting finds.
pub(super) fn lines(document: &mut Document, page_url: Option<&str>) {
    if document.blocks.iter().filter(|b| b.class == Class::Headline).count() > 1 {
        return;
    }
    let (gathered, page_url) = (Gathered::default(), page_url.and_then(|u| Url::parse(u).ok()));
    let sources = Sources::of_lines(document, &gathered, page_url.as_ref());
    document.meta.authors = authors::choose(&Declared::of(&sources), &sources);
    dates_shown::fill_lines(document, page_url.as_ref());
}

/// As [`training_rows`] for the authors of scraped text.
pub(super) fn training_rows_of_lines(document: &Document, page_url: Option<&str>) -> Vec<TrainingRow> {
    let (gathered, page_url) = (Gathered::default(), page_url.and_then(|u| Url::parse(u).ok()));
    let sources = Sources::of_lines(document, &gathered, page_url.as_ref());
    authors::training_rows(&Declared::of(&sources), &sources)
}

/// What stands where a section is missing.
const NO_SECTIONS: [&str; 6] = ["uncategorized", "uncategorised", "nil", "null", "none", "undefined"];

/// What the page declares, else its innermost breadcrumb; the page's own title, whole or cut, is neither, nor is the site's front page.
fn section(meta: &Metadata) -> Option<String> {
    let headline = meta.headline.as_deref().unwrap_or_default().to_lowercase();
    let is_title = |crumb: &&String| {
        let crumb = crumb.to_lowercase();
        let whole = crumb.trim_end_matches(['.', '…', ' ']);
        !headline.is_empty() && (headline.starts_with(whole) || whole.contains(&headline))
    };
    let names = |section: &str| {
        let name = section.trim_matches([' ', '»', '>', '/']).to_lowercase();
        !FRONT_PAGE.has(&name) && !NO_SECTIONS.contains(&name.as_str())
    };
    let tells = |section: &&str| headline.is_empty() || !section.to_lowercase().contains(&headline);
    let declared = meta.section.iter().flat_map(|section| parts(section)).find(|part| names(part)).filter(tells);
    let crumb = || meta.breadcrumbs.iter().rev().filter(|crumb| names(crumb)).find(|crumb| !is_title(crumb));
    declared.map(|section| label(section, &meta.breadcrumbs).to_owned()).or_else(|| crumb().cloned())
}

/// The sections of a list without blanks, `Global,Innovation`; of anything else the whole.
fn parts(section: &str) -> Vec<&str> {
    let is_list = section.contains(',') && !section.contains(", ") && !section.contains(|c: char| c.is_ascii_digit());
    if !is_list {
        return vec![section];
    }
    section.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What the page calls a section that is a part of its address, `town-valley`: the breadcrumb of the same letters.
fn label<'s>(section: &'s str, breadcrumbs: &'s [String]) -> &'s str {
    if section.contains(char::is_uppercase) {
        return section;
    }
    breadcrumbs.iter().find(|crumb| compact(crumb) == compact(section)).map_or(section, String::as_str)
}

/// Completes [`Document::meta`] from the classified blocks.
pub(super) fn blocks(document: &mut Document, gathered: &Gathered<'_>, head: &Head) {
    document.meta.headline = headline::choose(&head.sources(document, gathered));
    // Of a page that gives no article nobody's name is published.
    if document.article_score >= SECONDARY_AT || !document.meta.updates.is_empty() {
        document.meta.authors = authors::choose(&head.authors, &head.sources(document, gathered));
        link_authors(document, gathered, head.base.as_ref());
    }
    dates_shown::fill(document, gathered, head.page_url.as_ref(), head.order);
    document.meta.section = section(&document.meta);
    images::complete(document, head.base.as_ref());
}

fn of_article(meta: &mut Metadata, article: &Article) {
    meta.alternative_headline = article.alternative_headline.clone();
    meta.article_body = article.body.clone();
    meta.is_accessible_for_free = article.is_accessible_for_free;
    meta.publisher = article.publisher.clone();
    if meta.section.is_none() {
        meta.section = article.section.clone();
    }
    if meta.description.is_none() {
        meta.description = article.description.clone().map(markup::without);
    }
    for word in &article.keywords {
        push_keyword(&mut meta.keywords, word);
    }
}

fn dates_of_head(
    meta: &mut Metadata,
    gathered: &Gathered<'_>,
    metas: &Metas<'_, '_>,
    article: Option<&Article>,
    order: dates::Order,
) {
    let ld = |value: Option<&String>| value.and_then(|raw| dates::value(raw, "jsonld", order));
    let props = |name: &'static str| {
        let own = gathered.props.iter().filter(move |(prop, _)| prop.eq_ignore_ascii_case(name));
        own.filter_map(|(_, raw)| dates::value(raw, "microdata", order))
    };
    let prop = |name| props(name).next();
    // A page that dates others too does not say which is its own.
    let only = |name| prop(name).filter(|first| props(name).all(|other| day(&other) == day(first)));
    let head = |names: &[&str]| names.iter().find_map(|n| dates::value(metas.raw(&[n])?, "meta", order));
    let named = || {
        let mut dated = gathered.metas.iter().filter(|(name, _)| dates::says_published(name));
        dated.find_map(|(_, v)| dates::value(v, "meta", order))
    };
    meta.date_published = ld(article.and_then(|a| a.published.as_ref()))
        .or_else(|| head(dates::PUBLISHED_METAS))
        .or_else(|| only("datePublished"))
        .or_else(|| ld(article.and_then(|a| a.created.as_ref())))
        .or_else(|| head(dates::PLAIN_METAS))
        .or_else(named)
        .or_else(|| prop("datePublished"))
        .or_else(|| prop("dateCreated"));
    meta.date_modified = ld(article.and_then(|a| a.modified.as_ref()))
        .or_else(|| head(dates::MODIFIED_METAS))
        .or_else(|| prop("dateModified"));
    // What names the day alone may stand beside what names the hour too.
    if meta.date_published.as_ref().is_some_and(|date| !date.value.contains('T')) {
        let modified = meta.date_modified.as_ref().map(|date| date.value.clone());
        let hours = [head(dates::PUBLISHED_METAS), head(&["date"]), only("datePublished")].into_iter().flatten();
        let is_own = |hour: &DateValue| meta.date_published.as_ref().is_some_and(|own| day(own) == day(hour));
        let hour = hours
            .filter(|hour| is_own(hour) && Some(&hour.value) != modified.as_ref())
            .find(|hour| is_hour(&hour.value));
        meta.date_published = hour.or(meta.date_published.take());
    }
}

/// What Parse.ly's older way of declaring a page says of it, one `meta` with an object of JSON.
#[derive(serde::Deserialize)]
struct Parsely {
    pub_date: Option<String>,
    section: Option<String>,
}

fn parsely(metas: &Metas<'_, '_>) -> Option<Parsely> {
    serde_json::from_str(metas.raw(&["parsely-page"])?).ok()
}

/// The titles that the page declares: search engines, networks and readers each may have one of their own.
fn titles(meta: &Metadata, metas: &Metas<'_, '_>, article: Option<&Article>) -> Vec<String> {
    let own = article
        .map_or([None, None, None], |a| [a.headline.as_deref(), a.alternative_headline.as_deref(), a.name.as_deref()]);
    let shared = [metas.raw(&["og:title"]), metas.raw(&["twitter:title"])];
    let description = meta.description.as_deref().map(compact);
    let titles = own.into_iter().chain(shared).flatten().map(compact);
    let mut titles: Vec<String> =
        titles.filter(|title| !title.is_empty() && Some(title) != description.as_ref()).collect();
    titles.dedup();
    titles
}

/// A date, or the other one where there is none, or where that has the hour of the same day; a day's difference is the zone's.
fn to_the_second(date: Option<DateValue>, other: Option<DateValue>) -> Option<DateValue> {
    let (Some(own), Some(more)) = (&date, &other) else { return date.or(other) };
    let calendar_day = |date: &DateValue| day(date).parse::<jiff::civil::Date>().ok();
    let is_same =
        calendar_day(own).zip(calendar_day(more)).is_some_and(|(own, more)| (own - more).get_days().abs() <= 1);
    if is_same && !own.value.contains('T') && is_hour(&more.value) { other } else { date }
}

/// Whether a date names an hour; midnight is what a day becomes where an hour has to be.
fn is_hour(value: &str) -> bool {
    value.contains('T') && !value.contains("T00:00:00")
}

fn language(gathered: &Gathered<'_>, metas: &Metas<'_, '_>, article: Option<&Article>) -> Option<String> {
    let declared = gathered.language.map(str::to_owned);
    let other = || metas.get(&["og:locale", "content-language", "language", "dc.language"]);
    let raw = article.and_then(|a| a.language.clone()).or(declared).or_else(other)?;
    let tag = raw.trim().replace('_', "-");
    let primary = tag.split('-').next().unwrap_or_default();
    let plausible = (2..=3).contains(&primary.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plausible.then(|| tag.replacen(primary, &primary.to_ascii_lowercase(), 1))
}

fn keywords(meta: &mut Metadata, metas: &Metas<'_, '_>) {
    for value in metas.all(&["article:tag", "og:article:tag", "video:tag"]) {
        push_keyword(&mut meta.keywords, &value);
    }
    for value in metas.all(&["news_keywords", "keywords", "parsely-tags", "sailthru.tags"]) {
        for word in value.split([',', ';', '、', '，']) {
            push_keyword(&mut meta.keywords, word);
        }
    }
}

fn push_keyword(keywords: &mut Vec<String>, word: &str) {
    let word = word.trim();
    // Some systems put numbers of their own among the words.
    let is_number = word.len() > 4
        && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && word.bytes().any(|b| b.is_ascii_digit());
    let known = keywords.iter().any(|k| k.eq_ignore_ascii_case(word));
    if !word.is_empty() && word.len() < 100 && !is_number && !known && keywords.len() < KEYWORDS_MAX {
        keywords.push(word.to_owned());
    }
}

/// Gives authors the address of their page where a link in a byline carries their name.
fn link_authors(document: &mut Document, gathered: &Gathered<'_>, base: Option<&Url>) {
    let mut links: Vec<(String, String)> = Vec::new();
    let bylines = document.blocks.iter().enumerate().filter(|(_, b)| b.class == Class::Byline && b.link_bytes > 0);
    for (i, _) in bylines {
        let href = document.target_of(i).and_then(|target| absolute(base, target));
        links.extend(href.map(|h| (document.text_of(i).to_owned(), h)));
    }
    for (block, href) in &gathered.author_links {
        if *block < document.blocks.len() {
            links.extend(absolute(base, href).map(|h| (document.text_of(*block).to_owned(), h)));
        }
    }
    for author in document.meta.authors.iter_mut().filter(|a| a.url.is_none()) {
        author.url = links
            .iter()
            .find(|(text, _)| text.len() < 200 && text.contains(&author.name))
            .map(|(_, href)| href.clone());
    }
}

/// An address made absolute; `None` where it is no web address.
fn absolute(base: Option<&Url>, href: &str) -> Option<String> {
    let href = href.trim();
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// The head's `meta` elements.
struct Metas<'g, 'a>(&'g Gathered<'a>);

impl<'g> Metas<'g, '_> {
    /// The first value of the first name that has one.
    fn raw(&self, names: &[&str]) -> Option<&'g str> {
        names.iter().find_map(|n| self.0.metas.iter().find(|(name, _)| name == n).map(|(_, v)| v.as_ref().trim()))
    }

    /// The same, white space folded.
    fn get(&self, names: &[&str]) -> Option<String> {
        self.raw(names).map(fold).filter(|v| !v.is_empty())
    }

    /// Every value of every name, in the names' order.
    fn all(&self, names: &[&str]) -> Vec<String> {
        names
            .iter()
            .flat_map(|n| self.0.metas.iter().filter(move |(name, _)| name == n))
            .map(|(_, v)| fold(v))
            .collect()
    }
}

/// White space folded, references left from double escaping read.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out.contains('&') && out.contains(';') { htmlize::unescape(&out).into_owned() } else { out }
}

/// The day of a date value.
fn day(value: &DateValue) -> &str {
    value.value.get(..10).unwrap_or_default()
}

#[cfg(test)]
mod date_tests;
#[cfg(test)]
mod image_tests;
#[cfg(test)]
mod tests;
