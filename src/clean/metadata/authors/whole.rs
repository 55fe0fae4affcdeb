//! Bylines that name more than what was chosen: heads and data often name one of two writers.
//!
//! What holds: only a byline between headline and text whose elements say that its names are an author's, and which holds nothing else; of
//! what is chosen no name is lost.

use super::features::{is_desk, is_site};
use super::lists::{List, NOBODYS, PERSON, Place, Source, key};
use super::names::shape;
use crate::clean::block::{BlockKind, Class, Document};
use crate::clean::metadata::Sources;
use crate::clean::text::list::{WordList, Words};

/// Words of a byline that names all who wrote it.
static BYS: WordList = WordList::new(|| {
    Words::of(
        "by|von|par|por|di|da|de|door|av|af|przez|от|від|text|texte|texto|tekst|author|authors|autor|autoren|autores|auteur|auteurs|\
    written|and|und|et|y|e|og|och|en|i|и|та|ve|και|oraz|sowie",
    )
});

/// The place of a byline that names all whom list `best` does and more, or `best`.
pub(super) fn of(lists: &[List], best: usize, sources: &Sources<'_>) -> usize {
    let own = &lists[best];
    let place = Place::of(sources.document);
    let names_more = |list: &List| {
        list.keys.len() > own.keys.len()
            && own.keys.iter().all(|key| list.keys.contains(key))
            && is_marked(list)
            && list.block.is_some_and(|block| place.heads_text(block))
            && is_of_people(list, &sources.sites())
            && stands_alone(list, sources.document)
    };
    if own.keys.is_empty() { best } else { lists.iter().position(names_more).unwrap_or(best) }
}

/// Whether the elements of a list's names say that they are an author's, by `rel` or `itemprop`.
fn is_marked(list: &List) -> bool {
    [Source::MarkProp, Source::MarkLink].into_iter().any(|source| list.found[source as usize])
}

/// Whether all of a list are written as people are, each for itself, and none is an outlet, as `sites` are called.
fn is_of_people(list: &List, sites: &[String]) -> bool {
    let holds = |key: &String| list.keys.iter().any(|other| other != key && key.contains(other.as_str()));
    let is_outlet = |key: &String| is_desk(key) || is_site(key, sites) || key.split(' ').any(|word| NOBODYS.has(word));
    let is_person = |name: &String| shape(name) >= PERSON;
    list.names.iter().all(is_person) && !list.keys.iter().any(|key| holds(key) || is_outlet(key))
}

/// Whether the blocks of a list's names hold nothing else but `by` and `and`: what else stands there says what each of them did.
fn stands_alone(list: &List, document: &Document) -> bool {
    let Some(first) = list.block else { return false };
    let mut left: Vec<&String> = list.keys.iter().collect();
    for i in first..document.blocks.len() {
        let text = key(document.text_of(i));
        let is_caption = document.blocks[i].class == Class::Caption || document.blocks[i].kind == BlockKind::Caption;
        let others = list.keys.iter().fold(text.clone(), |rest, key| rest.replace(key.as_str(), " "));
        if is_caption || !others.split_whitespace().all(|word| BYS.has(word)) {
            return false;
        }
        left.retain(|key| !text.contains(key.as_str()));
        if left.is_empty() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::clean::metadata::tests::meta;

    #[test]
    fn a_marked_byline_names_whom_the_head_leaves_out() {
        let text = "<p>The council met on Monday and decided that the old bridge will be repaired before the winter comes.</p>\
            <p>The works take ten weeks, the mayor said, and cost the town less than a new bridge would have done.</p>\
            <p>Until then, cars and buses go round by the mill, where a second lane has been open since last year.</p>";
        let by = |names: [&str; 2]| {
            let links = names.map(|name| format!("<a rel=author href=/x>{name}</a>"));
            format!("<div class=byline>By {} and {}</div>", links[0], links[1])
        };
        let of = |over: &str, under: &str| {
            let body = format!("<h1>Old bridge opens again</h1>{over}{text}{under}");
            let graph = r#"{"@type":"NewsArticle","headline":"Old bridge opens again","author":{"@type":"Person","name":"Ann Bell"}}"#;
            let head =
                format!(r#"<meta name=author content="Ann Bell"><script type="application/ld+json">{graph}</script>"#);
            meta(&head, &body).authors.into_iter().map(|author| author.name).collect::<Vec<_>>()
        };
        let both = by(["Carl Dorn", "Ann Bell"]);
        assert_eq!(of(&both, ""), ["Carl Dorn", "Ann Bell"]);
        assert_eq!(of("", &both), ["Ann Bell"], "under the text");
        assert_eq!(of(&by(["Carl Dorn", "Eve Fox"]), ""), ["Ann Bell"], "others");
        assert_eq!(of(&by(["Ann Bell Staff", "Ann Bell"]), ""), ["Ann Bell"], "one name twice");
        assert_eq!(of(&by(["Ann Bell", "Local News"]), ""), ["Ann Bell"], "a desk");
        let apart =
            ["Carl Dorn", "Ann Bell"].map(|name| format!("<div><a rel=author href=/x>{name}</a></div>")).concat();
        assert_eq!(of(&apart, ""), ["Carl Dorn", "Ann Bell"], "an element each");
        for between in [", photos by", "; edited by", "</div><div>Photos:</div><div>", "</div><h3>More</h3><div>by"] {
            let did = both.replace(" and ", between);
            assert_eq!(of(&did, ""), ["Ann Bell"], "{between}");
        }
    }
}
