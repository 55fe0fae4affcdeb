//! What a publisher says behind the text: whose words these are and who may print them, that it answers for nothing, where to follow it.
//!
//! What holds: only at the text's very end, from the last block on upwards; a line is told by phrases of a closed list; a text of its own
//! stays before them; linear.

use super::refine::{taken, words};
use super::view::View;
use crate::clean::block::BlockKind;

/// Whose the words are, and who may print them. In lower case.
const RIGHTS: &str = "all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|\
    todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden|wszelkie prawa zastrzeżone|\
    všechna práva vyhrazena|minden jog fenntartva|toate drepturile rezervate|tüm hakları saklıdır|все права защищены|усі права захищені|\
    may not be published, broadcast, rewritten|riproduzione riservata|reproduction interdite|toute reproduction interdite|\
    reproducción prohibida|prohibida su reproducción";
/// The same in scripts without spaces, and in Korean,
const RIGHTS_UNSPACED: &str = "严禁转载|嚴禁轉載|禁止转载|禁止轉載|不得转载|不得轉載|谢绝转载|謝絕轉載|转载请注明|轉載請註明|版权所有|版權所有|\
    無断転載|禁無断転載|무단전재|무단 전재|재배포 금지";
/// and that the publisher answers for nothing, which takes more words.
const DISCLAIMERS: &str = "免责声明|免責聲明|版权声明|版權聲明|不代表本网|不代表本網|不代表本站|不代表本平台|不代表本报|不代表本報|不代表本刊|\
    均为转载|均為轉載|不构成投资建议|不構成投資建議";
/// Where a publisher is followed, in such scripts,
const PLACES: &str =
    "微信|公众号|公眾號|微博|facebook|專頁|粉絲團|粉丝团|客户端|app|telegram|youtube|instagram|频道|頻道";
/// and what says that it is this one.
const OURS: &str =
    "我们的|我們的|欢迎关注|歡迎關注|敬请关注|敬請關注|扫码关注|掃碼關注|长按识别|更多精彩|更多资讯|更多資訊";
/// Whom to turn to.
const CONTACTS: &str = "电话：|電話：|邮箱：|郵箱：|电邮：|電郵：|传真：|傳真：|联系电话|聯絡電話|投稿邮箱|举报电话";

/// A line of rights has so many words at most,
const RIGHTS_WORDS_MAX: f32 = 25.0;
/// and what else a publisher says of itself, in scripts whose characters are half a word each.
const WORDS_MAX: f32 = 110.0;
/// A word that heads such lines, `声明：`, has so many words at most.
const LABEL_WORDS_MAX: f32 = 4.0;
/// So many words of text stay before them.
const TEXT_WORDS_MIN: f32 = 15.0;

/// Such lines at the end of the text.
pub(super) fn closing(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let (mut left, mut is_told) = (Vec::new(), false);
    let all: Vec<usize> = taken(chosen).collect();
    for &i in all.iter().rev() {
        let is_kind = !matches!(view.document.blocks[i].kind, BlockKind::Table | BlockKind::Code);
        let told = if is_kind { tell(view, i, is_told) } else { None };
        let Some(told) = told else { break };
        is_told |= told == Told::Whole;
        left.push(i);
    }
    let before = words(view, &all[..all.len() - left.len()]);
    if is_told && before >= TEXT_WORDS_MIN { left } else { Vec::new() }
}

/// What a line is,
#[derive(PartialEq, Eq)]
enum Told {
    /// by its own words,
    Whole,
    /// or beside a line that is told by its own.
    Beside,
}

/// What block `i` is; `before`: a line behind it is told by its own words.
fn tell(view: &View<'_>, i: usize, before: bool) -> Option<Told> {
    let (line, measure) = (view.document.text_of(i), &view.measures[i]);
    if measure.words > WORDS_MAX {
        return None;
    }
    let lower = line.to_lowercase();
    let is_unspaced = measure.unspaced > 0;
    let has_rights = || measure.words <= RIGHTS_WORDS_MAX && (holds(&lower, RIGHTS) || holds(&lower, RIGHTS_UNSPACED));
    let follows = || holds(&lower, PLACES) && holds(&lower, OURS);
    if has_rights() || is_unspaced && (holds(&lower, DISCLAIMERS) || follows()) {
        return Some(Told::Whole);
    }
    let is_label = before && measure.words <= LABEL_WORDS_MAX && line.ends_with(['：', ':']);
    // Above such lines whom to turn to is the text's.
    (is_label || !before && is_unspaced && holds(&lower, CONTACTS)).then_some(Told::Beside)
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
            "更多精彩内容，欢迎关注河谷报微信公众号。",
        ] {
            check(&[line], 0);
        }
        check(&["声明：", "本文均为转载，不代表本网观点。", "电话：021-5555 传真：021-5556"], 0);
        check(&["The council has all rights reserved to itself. ".repeat(4).as_str()], 1);
        check(&["市民可关注河谷医院微信公众号预约。"], 1);
        check(&["公司表示，未经授权使用其桥梁图纸的人将被追究责任。"], 1);
    }

    #[test]
    fn only_the_very_end_is_asked_and_text_stays_before_it() {
        check(&["All rights reserved.", "The bridge opens on Friday."], 2);
        // Whom to turn to, above such a line and without one.
        check(&["电话：021-5555", "不得转载。"], 1);
        check(&["电话：021-5555"], 1);
        assert_eq!(kept(&"word ".repeat(14), &["All rights reserved."]), 1);
    }
}
