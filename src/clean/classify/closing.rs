//! What a publisher says behind the text: whose words these are and who may print them or read on, that it answers for nothing, where to
//! follow it.
//!
//! What holds: only at the text's very end, from the last block on upwards; a line is told by phrases of a closed list; a text of its own
//! stays before them; linear.

use super::measure::is_unspaced;
use super::phrases;
use super::refine::{taken, words};
use super::view::View;
use crate::clean::block::BlockKind;

/// That the publisher answers for nothing: a line begins with it,
const DISCLAIMERS: [&str; 6] = ["免责声明", "免責聲明", "版权声明", "版權聲明", "特别声明", "特別聲明"];
/// or says it of the site itself.
const OF_SITE: &str = "不代表本网|不代表本網|不代表本站|不代表本平台|转载自其他媒体|轉載自其他媒體";
/// Where the publisher itself is followed.
const FOLLOW: &str =
    "我们的专页|我們的專頁|我们的公众号|我們的公眾號|我们的微博|我們的微博|我們的粉絲|我们的频道|我們的頻道";
/// Who may read on: a sentence that stands in place of the rest of an article begins with it, and says of what it speaks.
const WALLS: &str = "la suite est réservée aux abonnés|cet article est réservé aux abonnés|article réservé aux abonnés|\
    this article is for subscribers only|this story is for subscribers only|this content is for subscribers only|\
    subscribe to continue reading|subscribe to keep reading|subscribe to read the full article|subscribe to read the full story|\
    already a subscriber? log in|already a subscriber? sign in|if you’re seeing this message but you’re already a subscriber|\
    dieser artikel ist nur für abonnent|dieser inhalt ist nur für abonnent|jetzt weiterlesen mit|contenido exclusivo para suscriptores|\
    el contenido al que quiere acceder es exclusivo para suscriptores|conteúdo exclusivo para assinantes|\
    contenuto riservato agli abbonati|articolo riservato agli abbonati|dit artikel is exclusief voor abonnees|\
    denne artikkelen er for abonnenter|denne artikel er for abonnenter|dostęp do treści jest płatny|\
    материал доступен только подписчикам|この記事は会員限定|この記事は有料会員限定";
/// Whom to turn to, under a line that the publisher answers for nothing.
const CONTACTS: &str = "电话：|電話：|邮箱：|郵箱：|电邮：|電郵：|传真：|傳真：";
/// How words begin of a headline whose article is about such lines,
const SUBJECT: &str = "rights|copyright|rechte|urheber|droits|derechos|direitos|diritti|rechten|prawa|práva|права|转载|轉載|版权|版權|声明|聲明|저작권|무단|転載|\
    licen|lizenz|subscri|suscri|assinant|prenumer|подпис|会員";
/// and what stands in them anywhere.
const SUBJECT_WITHIN: [&str; 2] = ["abonn", "paywall"];
/// Marks of what others say.
const QUOTED: [char; 8] = ['“', '”', '"', '«', '»', '「', '」', '„'];

/// A line of rights has so many words at most, a character of a script without spaces being half a word,
const RIGHTS_WORDS_MAX: f32 = 16.0;
/// one of who may read on so many,
const WALL_WORDS_MAX: f32 = 24.0;
/// and what else a publisher says of itself.
const WORDS_MAX: f32 = 110.0;
/// A word that heads such lines, `声明：`, has so many words at most.
const LABEL_WORDS_MAX: f32 = 4.0;
/// So many words of text stay before them.
const TEXT_WORDS_MIN: f32 = 15.0;

/// Such lines at the end of the text.
pub(super) fn closing(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let mut left: Vec<usize> = Vec::new();
    let (mut is_told, mut contacts) = (false, 0);
    let all: Vec<usize> = taken(chosen).collect();
    for &i in all.iter().rev() {
        let is_kind = !matches!(view.document.blocks[i].kind, BlockKind::Table | BlockKind::Code);
        match if is_kind { tell(view, i) } else { None } {
            Some(Told::Rights | Told::Wall | Told::Follow) if contacts == 0 => is_told = true,
            Some(Told::Disclaimer) => (is_told, contacts) = (true, 0),
            Some(Told::Label) if is_told => {}
            // Under a disclaimer, which is still to come.
            Some(Told::Contact) if !is_told => contacts += 1,
            _ => break,
        }
        left.push(i);
    }
    let before = words(view, &all[..all.len() - left.len()]);
    let is_about = || view.headline_text().is_some_and(is_about);
    if is_told && contacts == 0 && before >= TEXT_WORDS_MIN && !is_about() { left } else { Vec::new() }
}

/// What a line at the text's end is.
enum Told {
    Rights,
    Wall,
    Disclaimer,
    Follow,
    /// A word over such lines.
    Label,
    Contact,
}

fn tell(view: &View<'_>, i: usize) -> Option<Told> {
    let (line, measure) = (view.document.text_of(i), &view.measures[i]);
    if measure.words > WORDS_MAX || line.contains(QUOTED) {
        return None;
    }
    let lower = line.to_lowercase();
    // A sentence of the text may have such words behind it, in its line.
    let is_bracketed = lower.starts_with(['(', '（', '【', '[']);
    let behind_text = |at: usize| lower[..at].contains('。') && !is_bracketed;
    if measure.words <= RIGHTS_WORDS_MAX && phrases::rights(&lower).is_some_and(|at| !behind_text(at.start)) {
        return Some(Told::Rights);
    }
    if measure.words <= WALL_WORDS_MAX && is_wall(&lower) {
        return Some(Told::Wall);
    }
    if measure.unspaced == 0 {
        return None;
    }
    let begins = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let opens =
        |phrase: &&str| begins.strip_prefix(*phrase).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    if DISCLAIMERS.iter().any(opens) || holds(&lower, OF_SITE) {
        return Some(Told::Disclaimer);
    }
    if holds(&lower, FOLLOW) {
        return Some(Told::Follow);
    }
    let is_label = measure.words <= LABEL_WORDS_MAX && line.ends_with(['：', ':']);
    let contact = || holds(&lower, CONTACTS).then_some(Told::Contact);
    if is_label { Some(Told::Label) } else { contact() }
}

/// Whether a headline is one of an article about such lines.
fn is_about(headline: &str) -> bool {
    let lower = headline.to_lowercase();
    // A script without spaces does not tell where a word begins.
    let begins = |at: usize| !lower[..at].ends_with(|c: char| c.is_alphanumeric() && !is_unspaced(c));
    SUBJECT.split('|').any(|word| lower.match_indices(word).any(|(at, _)| begins(at)))
        || SUBJECT_WITHIN.iter().any(|part| lower.contains(part))
}

/// Whether a sentence of a line says who may read on.
fn is_wall(lower: &str) -> bool {
    let begins = |phrase: &str| {
        lower.match_indices(phrase).any(|(at, _)| {
            let before = lower[..at].trim_end();
            before.is_empty() || before.ends_with(['.', '!', '?', ':', '…'])
        })
    };
    WALLS.split('|').any(begins)
}

fn holds(lower: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::super::{body, refine};
    use super::*;
    use crate::clean::{CleanLimits, html};

    /// How many of these lines are chosen behind a text.
    fn kept(text: &str, lines: &[&str]) -> usize {
        let lines: String = lines.iter().map(|line| format!("<p>{line}</p>")).collect();
        let markup = format!("<h1>A bridge</h1><p>{text}</p>{lines}");
        let (document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
        let view = View::new(&document, &gathered);
        let scores = [vec![0.0], vec![0.9; document.blocks.len() - 1]].concat();
        let chosen = refine::refine(&view, &scores, &body::select(&view, &scores)).chosen;
        chosen[2..].iter().filter(|chosen| **chosen).count()
    }

    #[track_caller]
    fn check(lines: &[&str], expected: usize) {
        assert_eq!(kept(&"word ".repeat(30), lines), expected, "{lines:?}");
    }

    #[test]
    fn what_a_publisher_says_of_rights_is_no_text() {
        for line in [
            "© 2026 The Herald. All Rights Reserved.",
            "© RIPRODUZIONE RISERVATA",
            "(본 기사는 무단전재 및 재배포 금지)",
            "未经授权，不得转载。",
            "【免责声明】本文仅代表作者本人观点，与本网无关。",
            "河谷报现已开设专页，快来关注我们的专页！",
            "Il vous reste 57 % de cet article à lire. La suite est réservée aux abonnés.",
            "Already a subscriber? Log in to read on.",
        ] {
            check(&[line], 0);
        }
        check(&["声明：", "本文均为转载自其他媒体，不代表本网观点。", "电话：021-5555 传真：021-5556"], 0);
        for line in [
            "The council has all rights reserved to itself, said the mayor, and it will use each of them before the winter comes.",
            "“All rights reserved”, it says above the door.",
            "Ændringen gælder for abonnenter i Danmark, Norge og Sverige.",
            "El documental será contenido exclusivo para suscriptores de la televisión.",
            "Il match sarà riservato agli abbonati, la replica a tutti.",
            "Are you already a subscriber? Then the new page is free for you.",
            "Whoever opens a fourth story is asked to subscribe to keep reading.",
            "版权所有者对法院的判决表示欢迎。",
            "市民可关注河谷医院微信公众号预约。",
            "欢迎关注河谷医院微信公众号，了解更多资讯。",
            "公司表示，未经授权使用其桥梁图纸的人将被追究责任。",
            "基金公司在公告中发布免责声明，提醒投资者注意风险。",
            "版权声明要求平台在显著位置公布投诉方式。",
            "公交线路也会作相应调整。（李明 不得转载）",
        ] {
            check(&[line], 1);
        }
    }

    #[test]
    fn only_the_very_end_is_asked_and_text_stays_before_it() {
        check(&["All rights reserved.", "The bridge opens on Friday."], 2);
        // Whom to turn to, above such a line, under an invitation, and without one.
        check(&["电话：021-5555", "不得转载。"], 1);
        check(&["快来关注我们的专页！", "电话：021-5555"], 2);
        check(&["电话：021-5555"], 1);
        assert_eq!(kept(&"word ".repeat(14), &["All rights reserved."]), 1);
    }

    #[test]
    fn an_article_about_rights_speaks_of_them() {
        let about = |headline: &str| {
            let markup = format!(
                "<title>{headline}</title><h1>{headline}</h1><p>{}</p><p>All rights reserved.</p>",
                "word ".repeat(30)
            );
            let (document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
            closing(&View::new(&document, &gathered), &[], &[false, true, true])
        };
        assert_eq!(about("Court rules on copyright of songs"), [0; 0]);
        assert_eq!(about("Bundesgericht: Urheberrecht gilt"), [0; 0]);
        assert_eq!(about("河谷报的版权声明"), [0; 0]);
        for of_readers in
            ["Herald puts up a paywall", "Zeitungsabonnenten zahlen mehr", "Creative Commons licences explained"]
        {
            assert_eq!(about(of_readers), [0; 0], "{of_readers}");
        }
        assert_eq!(about("Old bridge opens after ten years"), [2]);
        assert_eq!(about("Naprawa mostu trwa"), [2], "within a word");
    }
}
