//! Names in Han characters, which stand in lines without spaces: `聯合報╱記者陳俐君／台北報導`.
//!
//! What holds: a person's name has two to five characters; what is cut off is a closed list of words.

use crate::clean::classify::is_unspaced;

/// What follows names the source or the desk, not the author.
const SOURCES: [&str; 9] = ["来源", "來源", "出处", "出處", "責任編輯", "责任编辑", "責編", "责编", "編輯："];
/// What follows is who put the page together.
const EDITORS: [&str; 6] = ["責任編輯", "责任编辑", "責編", "责编", "編輯", "编辑"];
/// What a reporter's line ends with, behind the town.
const REPORTS: [&str; 6] = ["報導", "報道", "报道", "專電", "专电", "摄影报道"];
/// What stands behind a name that wrote or drew.
const WROTE: [&str; 4] = ["著", "撰", "摄", "攝"];
/// What an outlet's name ends with.
const OUTLETS: [&str; 18] = [
    "报", "報", "网", "網", "社", "讯", "訊", "台", "臺", "刊", "频道", "頻道", "电", "电视", "在线", "新闻", "新聞",
    "微博",
];
/// Characters of a town's name.
const TOWN: usize = 2;
/// Most characters of a person's name, and of a house's; longer ones are sentences.
const PERSON: usize = 5;
const HOUSE: usize = 8;

/// A line of authors up to where it names its source.
pub(super) fn without_source(line: &str) -> &str {
    if line.is_ascii() {
        return line;
    }
    if EDITORS.iter().any(|word| line.starts_with(word)) {
        return "";
    }
    let at = SOURCES.iter().filter_map(|word| line.find(word)).min();
    at.filter(|at| *at > 0).map_or(line, |at| &line[..at])
}

/// Whether there is nothing but such characters, spaces aside.
pub(super) fn is_whole(name: &str) -> bool {
    !name.is_ascii() && name.chars().filter(|c| c.is_alphabetic()).all(is_unspaced)
}

/// A name without the town that its line is from, and without what its bearer did.
pub(super) fn person(name: &str) -> &str {
    if !is_whole(name) {
        return name;
    }
    let name = WROTE.iter().find_map(|word| name.strip_suffix(word)).filter(|rest| may_be_person(rest)).unwrap_or(name);
    let Some(rest) = REPORTS.iter().find_map(|word| name.strip_suffix(word)) else { return name };
    let count = rest.chars().count();
    // A town alone is no name.
    if count <= TOWN + 1 {
        return name;
    }
    rest.char_indices().nth(count - TOWN).map_or(rest, |(at, _)| &rest[..at])
}

/// Whether a name of such characters may be a person's.
pub(super) fn may_be_person(name: &str) -> bool {
    (2..=PERSON).contains(&name.chars().count()) && !is_house(name)
}

/// Whether it is what papers and stations are called in such characters.
pub(super) fn is_house(name: &str) -> bool {
    let count = name.chars().count();
    (3..=HOUSE).contains(&count) && is_whole(name) && OUTLETS.iter().any(|word| name.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_reporters_come_down_to_their_names() {
        assert_eq!(person("陳俐君台北報導"), "陳俐君");
        assert_eq!(person("台北報導"), "台北報導");
        assert_eq!(person("杨伟著"), "杨伟");
        assert_eq!(person("陳俐君"), "陳俐君");
        assert_eq!(person("Ann Bell"), "Ann Bell");
        assert_eq!(without_source("武彩霞 来源：经济参考网"), "武彩霞 ");
        assert_eq!(without_source("责任编辑: 李明"), "");
    }

    #[test]
    fn houses_and_sentences_are_no_persons() {
        assert!(may_be_person("陳俐君") && may_be_person("李明") && may_be_person("長谷川健太"));
        for none in ["华西都市报", "财讯网", "在长达一万八千多字的报告中", "李"] {
            assert!(!may_be_person(none), "{none}");
        }
        assert!(is_house("聯合報") && is_house("北京新浪網") && !is_house("陳俐君") && !is_house("Herald"));
    }
}
