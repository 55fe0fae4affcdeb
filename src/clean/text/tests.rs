//! Bounds, what is asked again, and headings that a table of contents names.

use super::*;

/// The bound of a page of lines with these words and scores.
#[track_caller]
fn check_bound(lines: &[(usize, f32)], expected: std::ops::Range<f32>) {
    let text: String =
        lines.iter().enumerate().map(|(i, (words, _))| format!("{i}{}\n", " word".repeat(words - 1))).collect();
    let scores: Vec<f32> = lines.iter().map(|(_, score)| *score).collect();
    let page = Lines::read(&text, None, usize::MAX);
    assert_eq!(page.lines.len(), lines.len());
    let at = page.body_at(&scores);
    assert!(expected.contains(&at), "{at} for {lines:?}");
}

#[test]
fn a_sure_page_asks_for_surer_lines_than_a_doubtful_one() {
    check_bound(&[(50, 1.0), (40, 1.0), (3, 0.0)], 0.5..0.501);
    // All of it: 2 * 36 / (100 + 36) is to be expected; of the first line alone 2 * 24 / (60 + 36).
    check_bound(&[(60, 0.4), (40, 0.3)], 0.3..0.301);
    // The first line alone: 2 * 60 / (100 + 77), since half of that is above what the others have.
    check_bound(&[(100, 0.6), (70, 0.2), (30, 0.1)], 0.338..0.340);
    check_bound(&[(100, 0.01), (70, 0.02)], 0.3..0.301);
}

#[test]
fn no_other_bound_is_expected_to_do_better() {
    let scores = [0.95, 0.9, 0.62, 0.55, 0.48, 0.44, 0.41, 0.36, 0.33, 0.12];
    let words = [20, 35, 8, 14, 40, 9, 30, 25, 12, 60];
    let choice = |at: f32| words.iter().zip(scores).map(move |(words, score)| (*words as f32, score, score >= at));
    let lines: Vec<(usize, f32)> = words.iter().map(|words| *words as usize).zip(scores).collect();
    let best = scores.iter().map(|at| expected::word_f1(choice(*at))).fold(0.0, f32::max);
    check_bound(&lines, best / 2.0 - 1e-4..best / 2.0 + 1e-4);
}

/// The bound for headlines of a page of lines with these words and scores as body and as a headline.
#[track_caller]
fn check_head_bound(lines: &[(usize, f32, f32)], expected: f32) {
    let text: String =
        lines.iter().enumerate().map(|(i, (words, ..))| format!("{i}{}\n", " word".repeat(words - 1))).collect();
    let page = Lines::read(&text, None, usize::MAX);
    let (body, head) = lines.iter().map(|(_, body, head)| (*body, *head)).unzip();
    assert_eq!(page.bounds(&LineScores { body, head }).1, expected, "{lines:?}");
}

#[test]
fn the_likeliest_line_before_the_text_is_a_headline_where_none_is_sure() {
    let text = (60, 0.9, 0.0);
    check_head_bound(&[(2, 0.1, 0.1), (6, 0.2, 0.3), text], 0.3);
    // A sure one needs no help, one behind the text's beginning is a heading within it, and an unlikely one is none.
    check_head_bound(&[(2, 0.1, 0.3), (6, 0.2, 0.7), text], HEAD_AT);
    check_head_bound(&[(6, 0.2, 0.2), text, (6, 0.8, 0.3)], HEAD_AT);
    check_head_bound(&[(6, 0.2, 0.05), text], LONE_HEAD_AT);
    // Short lines before it are not its beginning, and a page without text has nothing to head.
    check_head_bound(&[(4, 0.9, 0.0), (6, 0.2, 0.3), text], 0.3);
    check_head_bound(&[(6, 0.2, 0.3), (30, 0.9, 0.0)], HEAD_AT);
    // The text's beginning heads nothing itself.
    check_head_bound(&[(12, 0.9, 0.3), text], HEAD_AT);
}

#[test]
fn a_sentence_or_a_byline_is_no_headline_for_want_of_a_surer_one() {
    let bounds = |first: &str| {
        let page = Lines::read(&format!("{first}\nThe mill{}", " is closed".repeat(30)), None, usize::MAX);
        let scores = LineScores { body: vec![0.2, 0.9], head: vec![0.3, 0.0] };
        let (body_at, head_at) = page.bounds(&scores);
        (head_at, class_of(&page.lines[0], first, 0, [0.2, body_at], [0.3, head_at]).0)
    };
    assert_eq!(bounds("The mayor said that the mill will stay closed.").0, HEAD_AT);
    assert_eq!(bounds("The mill is closed!"), (0.3, Class::Headline));
    assert_eq!(bounds("By Ann Bell").1, Class::Byline);
}

#[test]
fn what_the_first_pass_rules_out_is_not_asked_again() {
    let menu = "Home\nNews\nSign in\nShare this\nCookie settings\n";
    let text = "The mill was closed in the spring of that year, and nobody in the village could say why it was so.\n";
    let page = Lines::read(&format!("{menu}The mill is closed\n{text}{menu}All rights reserved"), None, usize::MAX);
    let (first, last) = (page.first_pass(&page.features()), page.scores());
    let told = |i: usize| [last.body[i] != first.body[i], last.head[i] != first.head[i]];
    let all: Vec<[bool; 2]> = (0..page.lines.len()).map(told).collect();
    assert_eq!(all, (0..all.len()).map(|i| is_open(&first, i)).collect::<Vec<_>>());
    for question in 0..2 {
        assert!((1..all.len()).contains(&all.iter().filter(|open| open[question]).count()), "{all:?}");
    }
}

#[test]
fn a_heading_that_a_table_of_contents_names_is_text_before_text() {
    let heads = ["The old mill", "The new weir", "Who paid for it", "What comes next", "A last word"];
    let sections = heads.map(|head| format!("{head}\nSomething is said of {head}.\n"));
    let text =
        format!("{}\n{}", heads.join("\n"), sections.concat()).replace("Something is said of A last word.\n", "");
    let page = Lines::read(&text, None, usize::MAX);
    let of = |i: usize| &page.text[page.lines[i].start as usize..page.lines[i].end as usize];
    let class = |i: usize| if of(i).ends_with('.') { Class::Body } else { Class::Other };
    let mut blocks: Vec<Block> = (0..page.lines.len()).map(|i| block(&page.lines[i], class(i), 0.6)).collect();
    drop_repeats(&page.lines, &mut blocks);
    let headings: Vec<(usize, &str)> = (0..blocks.len())
        .filter(|i| blocks[*i].kind == BlockKind::Heading(2) && blocks[*i].class == Class::Body)
        .map(|i| (i, of(i)))
        .collect();
    assert_eq!(headings, [(5, heads[0]), (7, heads[1]), (9, heads[2]), (11, heads[3])]);
}

#[test]
fn a_date_of_which_nothing_tells_the_year_dates_nothing() {
    let text = "The mill was closed in the spring of that year, and nobody in the village could say why it was so.\n";
    let published = |date: &str| {
        let limits = CleanLimits { depth_max: 200, blocks_max: 1000 };
        let page = document(&format!("The mill is closed\n{date}\n{}", text.repeat(3)), None, &limits);
        assert!(page.blocks[1].class == Class::Date, "{date}");
        page.meta.date_published.map(|date| date.value)
    };
    assert_eq!(published("24/05/03 10:20"), None);
    assert_eq!(published("3/5/2024 10:20").as_deref(), Some("2024-05-03"));
}
