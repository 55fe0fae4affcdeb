//! Records of every form, and what they decode to.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

const LIMITS: PageLimits = PageLimits { page_bytes_max: 64 << 10 };

fn decoded(headers: &[(&str, &str)], value: &[u8]) -> Result<Page<'static>, Fault> {
    let headers: Vec<_> = headers.iter().map(|(name, v)| ((*name).to_owned(), v.as_bytes().to_vec())).collect();
    let time = Timestamp::UNIX_EPOCH;
    decode(&RawRecord { key: Some(b"record-key"), value: Some(value), headers: &headers, time }, &LIMITS)
        .map(Page::into_owned)
}

#[track_caller]
fn page(headers: &[(&str, &str)], value: impl AsRef<[u8]>) -> Page<'static> {
    decoded(headers, value.as_ref()).unwrap()
}

#[track_caller]
fn html(headers: &[(&str, &str)], value: impl AsRef<[u8]>, expected: &str) -> Page<'static> {
    let page = page(headers, value);
    assert!(matches!(&page.content, Content::Html(text) if text == expected), "{:?}", page.content);
    page
}

#[track_caller]
fn text(headers: &[(&str, &str)], value: impl AsRef<[u8]>, expected: &str) -> Page<'static> {
    let page = page(headers, value);
    assert!(matches!(&page.content, Content::Text(text) if text == expected), "{:?}", page.content);
    page
}

#[track_caller]
fn fault(headers: &[(&str, &str)], value: impl AsRef<[u8]>, code: Code, said: &str) {
    let fault = decoded(headers, value.as_ref()).unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    assert!(fault.message.contains(said), "{fault}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn text_that_was_misread_before_is_put_right_in_every_form() {
    let broken = "<p>Itâ€™s late, heâ€™s gone, isnâ€™t he?</p>";
    let meant = "<p>It’s late, he’s gone, isn’t he?</p>";
    let envelope = serde_json::json!({ "body": broken }).to_string();
    for value in [broken, &envelope] {
        assert_eq!(html(&[], value, meant).warnings, [Warning::MojibakeRepaired]);
    }
    let few = "<p>It was â€“ late.</p>";
    assert_eq!(html(&[], few, few).warnings, [Warning::MojibakeLeft]);
    // A replacement character that was misread is one.
    let broken = "Na ï¿½ve, caf ï¿½, itâ€™s, heâ€™s, isnâ€™t";
    let page = text(&[], broken, "Na \u{fffd}ve, caf \u{fffd}, it’s, he’s, isn’t");
    assert_eq!(page.warnings, [Warning::MojibakeRepaired, Warning::ReplacementCharacters]);
}

#[test]
fn an_envelope_tells_everything() {
    let page = html(
        &[("content-type", "application/json"), ("url", "https://header.example/")],
        r#"{"url":" https://news.example/a ","fetchedAt":"2025-11-03T10:20:30+01:00","status":200,
            "headers":{"Content-Type":"text/html; charset=utf-8","Content-Language":["nl"],"Set-Cookie":[1,{}]},
            "key":"k-1","crawlId":"c-9","warcRecordId":"<urn:uuid:1>","body":"<p>Grüße \u00e4</p>","later":{"x":[null]}}"#,
        "<p>Grüße ä</p>",
    );
    assert_eq!(page.url.as_deref(), Some("https://news.example/a"));
    assert_eq!(page.fetched_at.unwrap().to_string(), "2025-11-03T09:20:30Z");
    assert_eq!(page.http_status, Some(200));
    assert_eq!(page.content_language.as_deref(), Some("nl"));
    assert_eq!(page.key.as_deref(), Some("k-1"));
    assert_eq!(page.crawl_id.as_deref(), Some("c-9"));
    assert_eq!(page.warc_record_id.as_deref(), Some("<urn:uuid:1>"));
    assert_eq!(page.charset, ("UTF-8", CharsetSource::Envelope));
    assert!(page.warnings.is_empty());
}

#[test]
fn an_envelope_has_one_of_four_bodies() {
    html(&[], r#"{"html":"no tag at all"}"#, "no tag at all");
    text(&[], r#"{"text":"<b>as it is</b>"}"#, "<b>as it is</b>");
    text(&[], r#"{"body":"Only words.\nAnd more."}"#, "Only words.\nAnd more.");
    html(&[], r#"{"body":"<!DOCTYPE html><title>x</title>"}"#, "<!DOCTYPE html><title>x</title>");
    html(&[], r#"{"body":"Words, then <br> a tag"}"#, "Words, then <br> a tag");
    text(&[], r#"{"body":"2 < 3 </p>","contentType":"text/plain"}"#, "2 < 3 </p>");
    text(&[], r#"{"body":"scraped words","contentType":"text/html"}"#, "scraped words");
    html(&[], r#"{"bodyBase64":"PHA+aGk8L3A+"}"#, "<p>hi</p>");
    html(&[], r#"{"bodyBase64":"PHA-aGk8L3A-"}"#, "<p>hi</p>");
    html(&[], "{\"bodyBase64\":\"PHA+\\naGk8\\r\\nL3A+\"}", "<p>hi</p>");
    html(&[], r#"{"html":"<p>first</p>","text":"second"}"#, "<p>first</p>");
    html(&[], r#"{"html":null,"body":"<p>x</p>"}"#, "<p>x</p>");
    html(&[], "\u{feff}  {\"html\":\"x\"}", "x");
}

#[test]
fn an_envelope_may_be_loose_in_small_things() {
    let page =
        page(&[], r#"{"key":17,"status":"404 Not Found","fetchedAt":1762165230,"url":"","headers":null,"text":"x"}"#);
    assert_eq!((page.key.as_deref(), page.http_status, page.url), (Some("17"), Some(404), None));
    assert_eq!(page.fetched_at.unwrap().to_string(), "2025-11-03T10:20:30Z");
    let page = super::tests::page(&[], r#"{"fetchedAt":"soon","status":"fine","text":"x"}"#);
    assert_eq!(page.key.as_deref(), Some("record-key"));
    assert_eq!(page.warnings, [Warning::StatusUnreadable, Warning::FetchedAtUnreadable]);
    let page = text(&[], r#"{"text":"a \ud83d b"}"#, "a \u{fffd}\u{fffd}\u{fffd} b");
    assert_eq!(page.warnings, [Warning::ReplacementCharacters]);
    text(&[], r#"{"status":301}"#, "");
    text(&[], r#"{"text":""}"#, "");
}

#[test]
fn a_wrong_envelope_says_where_and_what() {
    fault(&[], r#"{"text":"x""#, Code::EnvelopeNotJson, "column 11");
    fault(&[], b"{\"text\":\"abc\xff\"}", Code::EnvelopeNotJson, "invalid UTF-8 at byte 12 of the envelope (0xff)");
    fault(&[], r#"{"url":"https://a.example"}"#, Code::EnvelopeInvalid, "no body");
    fault(&[], r#"{"status":200,"body":null}"#, Code::EnvelopeInvalid, "no body");
    fault(&[], r#"{"text":5}"#, Code::EnvelopeInvalid, "wrong type");
    fault(&[], r#"{"url":["x"],"text":"x"}"#, Code::EnvelopeInvalid, "a string or a number");
    fault(&[], r#"{"headers":"x","text":"x"}"#, Code::EnvelopeInvalid, "an object of headers");
    fault(&[], r#"[{"text":"x"}]"#, Code::EnvelopeInvalid, "a JSON array");
    fault(&[], r#""{\"text\":\"x\"}""#, Code::EnvelopeInvalid, "encoded twice");
    fault(&[], "null", Code::EnvelopeInvalid, "literal");
    fault(&[("content-type", "application/json")], "<html>", Code::EnvelopeNotJson, "not JSON");
    fault(&[("content-type", "application/json")], " [1] ", Code::EnvelopeInvalid, "not an object");
    fault(&[], r#"{"bodyBase64":"***"}"#, Code::BodyNotBase64, "not base64");
    fault(&[], r#"{"version":"https://jsonfeed.org/version/1.1","items":[]}"#, Code::UnsupportedContent, "JSON feed");
    fault(&[], r#"{"contentType":"application/json","body":"{}"}"#, Code::UnsupportedContent, "application/json");
    text(&[], "[Music] A text that only begins like JSON", "[Music] A text that only begins like JSON");
    text(&[("content-type", "text/plain")], "{curly} words", "{curly} words");
}

#[test]
fn nothing_and_too_much_are_faults() {
    let record = RawRecord { key: None, value: None, headers: &[], time: Timestamp::UNIX_EPOCH };
    assert_eq!(decode(&record, &LIMITS).unwrap_err().code, Code::EmptyValue);
    fault(&[], "", Code::EmptyValue, "empty");
    fault(&[], vec![b'a'; (64 << 10) + 1], Code::PageTooLarge, "65537 bytes, the limit is 65536");
    text(&[], vec![b'a'; 64 << 10], &"a".repeat(64 << 10));
    fault(&[], gzip(&vec![b'a'; (64 << 10) + 1]), Code::DecompressTooLarge, "65536");
    fault(&[], &gzip(b"cut off")[..20], Code::DecompressFailed, "gzip");
}

#[test]
fn raw_pages_are_described_by_their_headers() {
    let page = html(
        &[
            ("URL", "https://news.example/b"),
            ("Content-Type", "text/html; charset=\"windows-1252\""),
            ("fetched-at", "2025-11-03T10:20:30Z"),
            ("http-status", "200"),
            ("content-language", "de"),
            ("crawl-id", "c"),
        ],
        b"<p>Gr\xfc\xdfe</p>",
        "<p>Grüße</p>",
    );
    assert_eq!(page.url.as_deref(), Some("https://news.example/b"));
    assert_eq!(page.charset, ("windows-1252", CharsetSource::Http));
    assert_eq!((page.http_status, page.content_language.as_deref()), (Some(200), Some("de")));
    assert_eq!((page.crawl_id.as_deref(), page.key.as_deref()), (Some("c"), Some("record-key")));
    assert!(page.fetched_at.is_some());
}

#[test]
fn raw_bytes_are_sniffed() {
    html(&[], "  <!-- x --><!DOCTYPE HTML>", "  <!-- x --><!DOCTYPE HTML>");
    html(&[], "Notice: undefined index\n<html><body>x", "Notice: undefined index\n<html><body>x");
    let xhtml = "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\" \"y\"><html xmlns=\"z\"><p/></html>";
    html(&[("content-type", "application/xhtml+xml")], xhtml, xhtml);
    html(&[], xhtml, xhtml);
    text(&[], "Plain words & a < sign.", "Plain words & a < sign.");
    text(
        &[],
        "A stray \x0b control character in some otherwise quite ordinary text of words.",
        "A stray \x0b control character in some otherwise quite ordinary text of words.",
    );
    html(&[("content-type", "image/png")], "<!doctype html><p>soft error", "<!doctype html><p>soft error");
}

#[test]
fn what_is_no_page_is_named() {
    let check = |headers: &[(&str, &str)], value: &[u8], said| fault(headers, value, Code::UnsupportedContent, said);
    check(&[], b"%PDF-1.7\n%\xe2\xe3", "a PDF");
    check(&[("content-type", "text/html")], b"%PDF-1.7\n", "a PDF");
    check(&[], b"\x89PNG\r\n\x1a\n....", "PNG");
    check(&[], b"PK\x03\x04....", "ZIP");
    check(&[], b"\0\0\0\x20ftypisom", "MP4");
    check(&[], b"RIFF\0\0\0\0WEBPVP8 ", "WebP");
    check(&[], b"WARC/1.0\r\nWARC-Type: response\r\n", "WARC");
    check(&[], b"<?xml version='1.0'?>\n<!-- f --><rss version='2.0'>", "RSS");
    check(&[], b"<feed xmlns='http://www.w3.org/2005/Atom'>", "RSS or Atom");
    check(&[("content-type", "application/rss+xml")], b"<rss>", "RSS");
    check(&[("content-type", "application/feed+json")], b"{}", "JSON feed");
    check(&[], b"<?xml version='1.0'?><urlset>", "XML");
    check(&[("content-type", "text/css")], b"p { color: red }", "`text/css`");
    check(&[], b"\x01\x02\x03\x04\x05\x06", "binary data");
    check(&[("content-encoding", "br")], b"\x01\x02\x03\x04\x05\x06", "encoded with `br`");
    check(&[], br#"{"bodyBase64":"JVBERi0xLjc="}"#, "a PDF");
    check(&[], br#"{"body":"%PDF-1.7"}"#, "a PDF");
}

#[test]
fn gzip_is_undone_around_value_and_body() {
    html(&[], gzip(b"<p>x</p>"), "<p>x</p>");
    html(&[("content-encoding", "gzip")], "<p>long undone</p>", "<p>long undone</p>");
    let body = STANDARD_PAD_INDIFFERENT.encode(gzip(b"<p>in</p>"));
    let envelope = format!(r#"{{"bodyBase64":"{body}","headers":{{"content-encoding":"gzip"}}}}"#);
    html(&[], &envelope, "<p>in</p>");
    html(&[("content-encoding", "gzip")], gzip(envelope.as_bytes()), "<p>in</p>");
    let bomb = STANDARD_PAD_INDIFFERENT.encode(gzip(&vec![b' '; 65 << 10]));
    fault(&[], format!(r#"{{"bodyBase64":"{bomb}"}}"#), Code::DecompressTooLarge, "page_bytes_max");
}

#[track_caller]
fn charset(headers: &[(&str, &str)], value: &[u8], expected: (&str, CharsetSource), holds: &str) -> Vec<Warning> {
    let page = page(headers, value);
    assert_eq!(page.charset, expected);
    assert!(page.content.text().contains(holds), "{}", page.content.text());
    page.warnings
}

#[test]
fn charset_is_bom_then_http_then_meta_then_detection() {
    use CharsetSource::*;
    let latin2 = [("content-type", "text/html; charset=iso-8859-2")];
    let none: Vec<Warning> = Vec::new();
    assert_eq!(charset(&latin2, "\u{feff}<p>ż".as_bytes(), ("UTF-8", Bom), "<p>ż"), none);
    assert_eq!(charset(&latin2, b"<meta charset=windows-1252><p>\xbf", ("ISO-8859-2", Http), "ż"), none);
    charset(&[], b"<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2", ("windows-1251", Meta), "Привет");
    let long =
        [&b"<head><script>var a = '</head>';".to_vec()[..], &b" ".repeat(5000), b"</script><!-- <body> -->"].concat();
    let far =
        [&long[..], b"<META content='text/html; charset=gb2312' http-equiv=Content-Type><p>\xd6\xd0\xb9\xfa"].concat();
    charset(&[], &far, ("GBK", Meta), "中国");
    charset(
        &[],
        b"<?xml version='1.0' encoding='koi8-r'?><html><p>\xf0\xd2\xc9\xd7\xc5\xd4",
        ("KOI8-R", Meta),
        "Привет",
    );
    charset(&[], b"\xff\xfe<\0p\0>\0x\0", ("UTF-16LE", Bom), "<p>x");
    charset(&[], b"\0<\0p\0>\0x\0y\0z", ("UTF-16BE", Detected), "<p>xyz");
    charset(&[], "<p>naïve</p>".as_bytes(), ("UTF-8", Detected), "naïve");
    let japanese = encoding_rs::SHIFT_JIS.encode("<p>日本語の新聞記事です。今日は天気がよいです。</p>").0;
    charset(&[("url", "https://shimbun.example.jp/1")], &japanese, ("Shift_JIS", Detected), "日本語の新聞");
    let old_mail = encoding_rs::ISO_2022_JP.encode("<p>日本語の新聞記事です。</p>").0;
    charset(&[], &old_mail, ("ISO-2022-JP", Detected), "日本語");
}

#[test]
fn a_charset_is_detected_by_what_is_not_ascii() {
    #[track_caller]
    fn check(before: &[u8], text: &str, encoding: &'static encoding_rs::Encoding) {
        let bytes = [before, &encoding.encode(text).0].concat();
        let decoded = charset::decode(bytes.into(), None, None);
        assert_eq!((decoded.charset, decoded.source), (encoding.name(), CharsetSource::Detected));
        assert!(decoded.text.ends_with(text));
    }
    // More than is looked at, which ends within a character or between two.
    let chinese = "新闻的开头是桥，第二天又是桥。".repeat(6_000);
    check(b"", &chinese, encoding_rs::GBK);
    check(b"<", &chinese, encoding_rs::GBK);
    check(&b"<p class=x>".repeat(30_000), "мост открыт, и город ждёт", encoding_rs::WINDOWS_1251);
    check(&b"<p>".repeat(90_000), &"日本語の新聞記事です。".repeat(40), encoding_rs::ISO_2022_JP);
}

#[test]
fn a_charset_that_the_bytes_refute_does_not_win() {
    use CharsetSource::*;
    let latin = [("content-type", "text/html; charset=iso-8859-1")];
    let utf8 = [("content-type", "text/html; charset=utf-8")];
    assert_eq!(charset(&latin, "<p>it’s</p>".as_bytes(), ("UTF-8", Detected), "it’s"), [Warning::CharsetMismatch]);
    assert_eq!(
        charset(&utf8, b"<p>d\xe9j\xe0 vu \xe0 No\xebl</p>", ("windows-1252", Detected), "déjà vu"),
        [Warning::CharsetMismatch]
    );
    let mostly = ["<p>déjà vu à Noël ".as_bytes(), b"\xff</p>"].concat();
    assert_eq!(charset(&utf8, &mostly, ("UTF-8", Http), "à Noël"), [Warning::ReplacementCharacters]);
    let unknown = [("content-type", "text/html; charset=x-none")];
    assert_eq!(
        charset(&unknown, b"<meta charset=latin1><p>\xe9", ("windows-1252", Meta), "é"),
        [Warning::CharsetUnknown]
    );
    let garbage = b"\xff\xff ".repeat(40);
    assert_eq!(
        decoded(&[("content-type", "text/html; charset=euc-kr")], &garbage).unwrap_err().code,
        Code::CharsetInvalid
    );
    charset(&[("charset", "big5"), ("content-type", "text/html")], b"<p>\xa4\xa4", ("Big5", Http), "中");
}

/// A quadratic scan would need minutes for these.
#[test]
fn hostile_heads_are_read_in_linear_time() {
    let limits = PageLimits { page_bytes_max: 8 << 20 };
    for piece in ["<meta ", "<!--", "<script", "<", "<meta charset", "<?xml ", "<meta a='"] {
        let value = [piece.repeat((4 << 20) / piece.len()).as_bytes(), b"\xe9"].concat();
        let record = RawRecord { key: None, value: Some(&value), headers: &[], time: Timestamp::UNIX_EPOCH };
        let _ = decode(&record, &limits);
    }
}

proptest! {
    #[test]
    fn never_panics_on_bytes(value in proptest::collection::vec(any::<u8>(), 0..600), kind in 0..5_usize) {
        let types = ["", "text/html", "application/json", "text/plain; charset=shift_jis", "application/xml"];
        let _ = decoded(&[("content-type", types[kind])], &value);
    }

    #[test]
    fn never_panics_on_markup(value in "(<meta |charset|=|'|\"|<script|<!--|-->|</head|<body|<\\?xml |encoding|http-equiv|content|\\PC| ){0,40}") {
        let _ = decoded(&[], value.as_bytes());
    }

    #[test]
    fn never_panics_on_mutated_envelopes(at in 0..120_usize, byte in any::<u8>(), cut in 0..120_usize) {
        let mut value = br#"{"url":"https://a.example/","fetchedAt":"2025-11-03","status":200,"headers":{"a":["b"]},"bodyBase64":"PHA+aGk8L3A+"}"#.to_vec();
        let length = value.len();
        value[at % length] = byte;
        let _ = decoded(&[], &value);
        value.truncate(cut);
        let _ = decoded(&[], &value);
    }

    #[test]
    fn an_envelope_gives_its_text_back(body in "\\PC{0,200}") {
        let value = serde_json::json!({ "text": body }).to_string();
        let page = page(&[], value);
        prop_assert_eq!(page.content.text(), body);
    }
}
