//! What stands where a name should be, and names no person: words of the page's own, titles, companies.
//!
//! What holds: closed lists; a desk, an agency or a site's own address is left, since some publishers sign with it.

use super::features::is_desk;
use super::names::shape;
use crate::clean::text::list::{WordList, Words};

/// What stands where a name is missing.
static NO_NAMES: WordList = WordList::new(|| {
    Words::of(
        "admin|administrator|null|undefined|none|unknown|author|authors|guest|no author|by|posted|published|veröffentlicht|mehr|über|more|\
    written|from|autor|autorin|text|foto|interview|read|share|teilen|about|von|par|por|am|on|le|home|n/a|online|super user|webmaster|user|\
    view all posts|all posts|written by|posted by|follow|contact|profile|bio|editor|news|article by|recipe by|published by|anonymous|default|auteur|auteurs|see all articles|from wikipedia|years active|\
    member|privacy|utc|materiały prasowe|источник|личное|частное|一覧|一覽|日期|注冊|注册|昵称|暱稱|点击登录|點擊登錄|調整字級|字号|字號|来源|來源|出处|出處|\
    分享|推荐|推薦|关键词|關鍵詞|点击|點擊|keine kommentare|kommentare|comments|no comments|paid|leave a comment|advertisement|anzeige|sponsored|spotlight|share article|share this|\
    share this article|social share|share on|last modified|last updated|researched by|photos|photo|bluesky|mastodon|view full bio|full bio|\
    about the author|about the authors|the numbers|see all|see more|view profile|aktualizacja|last|letters to the editor|full member|fact checked|fact-checked|人氣|new member|分享到|更多|声明|聲明|纠错|糾錯|免责声明|免責聲明|版权声明|版權聲明|最后更新|更新时间|个股查询|精選|看到|文章|打印|纠错|星期一|整理|作者|個人|join now|newsletter|newsletters|sign up|log in|login|subscribe|subscribe now|pdf version|print version|read more|learn more|网友评论|網友評論|\
    сообщения|publisher|anónimo|anonimo|anonyme|anonym|anonymus|collected by|paid content|cortesía|cortesia|domena publiczna|\
    datum|data|fecha|fuente|fonte|quelle|źródło|actualizado el|última actualización|last update|最終更新日|更新日|投稿者|投稿日|总阅读|概要|stay connected|aktuelle meldung",
    )
});
/// Academic letters behind a name.
static LETTERS: WordList = WordList::new(|| {
    Words::of(
        "md|m.d|phd|ph.d|dvm|dds|rn|mba|ma|m.a|ba|b.a|msc|bsc|cpa|esq|jr|sr|vmd|dacvb|rd|rdn|pharmd|do|lcsw|cfp|facc|facs|faclm|dpt|np|pa-c",
    )
});

/// Words of which a title is made.
static TITLE_WORDS: WordList = WordList::new(|| {
    Words::of(
        "senior|staff|contributing|associate|assistant|managing|deputy|chief|executive|special|freelance|guest|general|health|science|medical|\
    political|politics|business|sports|sport|crime|court|education|technology|tech|culture|travel|food|fashion|entertainment|features|\
    news|national|foreign|print|digital|online|web|security|home|marketing|content|communications|research",
    )
});
/// The word that a title ends with.
static TITLES: WordList = WordList::new(|| {
    Words::of(
        "reporter|reporters|editor|editors|writer|writers|correspondent|correspondents|journalist|columnist|contributor|contributors|\
    director|manager|specialist|expert|founder|co-founder|cofounder|ceo|president|reviewer|officer|owner|consultant|coach|attorney|lawyer|\
    professor|researcher|scientist|dietitian|nutritionist|developer|designer|translator|technologist|clinician|analyst|strategist|executive|producer|photographer|engineer|redakteur|redakteurin|\
    korrespondent|korrespondentin|reporterin|journalistin|journaliste|rédacteur|rédactrice",
    )
});
/// Agencies and outlets by their letters, before a title: `AP Science Writer`.
static AGENCIES: WordList = WordList::new(|| Words::of("ap|afp|upi|bbc|cnn|abc|cbs|nbc|npr|cbc|itv"));
/// Words that a company's name ends with.
static COMPANIES: WordList = WordList::new(|| {
    Words::of("s.a|s.a.|inc|inc.|ltd|ltd.|llc|gmbh|corp|corp.|o.o|o.o.|plc|b.v|b.v.|s.r.l|s.r.l.|k.k")
});
/// What a line of a paper ends with that says where it is from rather than by whom.
const REPORTS: [&str; 9] = ["報導", "报道", "報道", "快讯", "快訊", "電訊", "电讯", "新聞網", "新闻网"];
/// A house by its letters, before a title: `CH Contributor`, bytes.
const LETTERS_BYTES_MAX: usize = 2;
/// A title has no more words.
const TITLE_WORDS_MAX: usize = 3;

/// Whether what stands for a name, as it stands and in lower case, is nobody's.
pub(super) fn is(name: &str, lower: &str) -> bool {
    let last = || lower.rsplit(' ').next().unwrap_or_default();
    NO_NAMES.has(lower)
        || LETTERS.has(lower)
        || COMPANIES.has(last())
        || REPORTS.iter().any(|end| lower.ends_with(end))
        || TITLES.has(last())
            && name.split(' ').zip(lower.split(' ')).all(|(word, lower)| is_of_title(lower) || is_letters(word, name))
}

/// Whether a word of a name is letters alone: `CH` and `hv`, but not `Ed`; where all is in capitals, `CH` only for want of a vowel.
fn is_letters(word: &str, name: &str) -> bool {
    let capitals = !word.contains(char::is_lowercase) && name.contains(char::is_lowercase);
    let vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    word.len() <= LETTERS_BYTES_MAX && (capitals || word.is_ascii() && !word.contains(vowel))
}

/// Whether a word in lower case is of a title.
fn is_of_title(word: &str) -> bool {
    TITLE_WORDS.has(word) || TITLES.has(word) || AGENCIES.has(word)
}

/// A person's name without the title behind it: `Ann Bell AP Science Writer`. What is left of a house's is none.
pub(super) fn without_title(name: &str) -> &str {
    let mut rest = name;
    while let Some((before, word)) = rest.rsplit_once(' ') {
        let is_last = rest.len() == name.len();
        let lower = word.to_lowercase();
        if !(if is_last { TITLES.has(&lower) } else { is_of_title(&lower) }) {
            break;
        }
        rest = before.trim_end();
    }
    if rest.contains(' ') && shape(rest) >= 0.8 && !is_desk(&rest.to_lowercase()) { rest } else { name }
}

/// Whether a name begins with academic letters: `M.A. Journalism`.
pub(super) fn begins_with_letters(name: &str) -> bool {
    let first = name.split(' ').next().unwrap_or_default();
    !first.contains(char::is_lowercase) && LETTERS.has(first.to_lowercase().trim_end_matches('.'))
}

/// Whether it is what a person does rather than a name, where a name stands beside it.
pub(super) fn is_title(name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or_default();
    name.split(' ').count() <= TITLE_WORDS_MAX && TITLES.has(&last.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_companies_and_words_of_the_page_name_nobody() {
        for none in [
            "staff writer",
            "health reporter",
            "ap sports writer",
            "hv contributor",
            "AB Contributor",
            "CH CONTRIBUTOR",
            "Staff Writer",
            "herald media s.a",
            "日期",
            "即時報導",
            "see all articles",
            "Join Now",
            "PDF Version",
            "网友评论",
            "phd",
            "spotlight",
            "publisher",
            "última actualización",
            "Senior Research Executive",
        ] {
            assert!(is(none, &none.to_lowercase()), "{none}");
        }
        let people = ["Ed Writer", "Jo Coach", "Al Lawyer", "BY ED WRITER"];
        for name in
            people.into_iter().chain(["ann bell", "reuters", "ann bell health reporter", "expert village", "陳俐君"])
        {
            assert!(!is(name, &name.to_lowercase()), "{name}");
        }
        assert_eq!(without_title("Ann Bell AP Science Writer"), "Ann Bell");
        assert_eq!(without_title("Ann Bell"), "Ann Bell");
        assert_eq!(without_title("Ann Editor"), "Ann Editor");
        assert_eq!(without_title("Harbour Business News Correspondent"), "Harbour Business News Correspondent");
        assert!(begins_with_letters("M.A. Journalism") && !begins_with_letters("Ma Long"));
        assert!(is_title("Home Security Expert") && !is_title("Ann Bell Political Reporter") && !is_title("Ann Bell"));
    }
}
