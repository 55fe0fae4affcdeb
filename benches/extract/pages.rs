//! Pages for the bench, made from a fixed seed: what large news pages are made of, and in about those shares. Most of the
//! bytes are scripts, styles and drawings, then tags with long attributes; a tenth is text.

/// How many pages there are.
const PAGES: u64 = 120;

/// All pages with their names. The same on every machine.
pub fn pages() -> impl Iterator<Item = (String, Vec<u8>)> {
    (0..PAGES).map(|n| {
        let mut page = Maker { out: String::new(), state: n.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1 };
        let kind = ["article", "section", "long-read", "live"][n as usize % 4];
        page.make(kind);
        (format!("{kind}-{n}"), page.out.into_bytes())
    })
}

struct Maker {
    out: String,
    state: u64,
}

const SYLLABLES: [&str; 24] = [
    "ba", "ren", "tor", "li", "mos", "ka", "ven", "dra", "shi", "pel", "un", "gar", "ta", "ro", "em", "no", "quil",
    "sa", "wes", "dor", "in", "ley", "fa", "mer",
];
const SMALL: [&str; 14] = ["the", "of", "and", "a", "to", "in", "that", "was", "for", "on", "with", "by", "said", "it"];
const CLASSES: [&str; 12] = [
    "o-grid__column",
    "c-card",
    "js-module",
    "u-margin-bottom-2",
    "is-active",
    "l-container",
    "m-teaser__link",
    "text-sm md:text-base",
    "flex items-center",
    "article-body__paragraph",
    "site-header",
    "widget-inner",
];

impl Maker {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn word(&mut self) {
        if self.below(5) < 2 {
            let small = SMALL[self.below(SMALL.len())];
            self.put(small);
        } else {
            for _ in 0..1 + self.below(3) {
                let syllable = SYLLABLES[self.below(SYLLABLES.len())];
                self.put(syllable);
            }
        }
    }

    fn words(&mut self, count: usize) {
        for n in 0..count {
            if n > 0 {
                self.put(" ");
            }
            self.word();
        }
    }

    /// Sentences with what text has in it: commas, quotes, references, a link or emphasis at times.
    fn prose(&mut self, sentences: usize) {
        for _ in 0..sentences {
            self.put(["The ", "In ", "A ", "After "][self.state as usize % 4]);
            let first = 4 + self.below(9);
            self.words(first);
            match self.below(8) {
                0 => self.put(", “it will be so”, "),
                1 => self.put(" &mdash; as was said &mdash; "),
                2 => self.put(
                    " <a href=\"https://herald.example/topic/bridge?ref=body&amp;p=2\" class=\"link\">in a report</a> ",
                ),
                3 => self.put(" <strong>and so on</strong> "),
                _ => self.put(", "),
            }
            let second = 3 + self.below(9);
            self.words(second);
            self.put(". ");
        }
    }

    fn class(&mut self) {
        let (a, b) = (CLASSES[self.below(CLASSES.len())], CLASSES[self.below(CLASSES.len())]);
        let number = self.below(90);
        self.put(&format!(" class=\"{a} {b} {b}--{number}\""));
    }

    fn script(&mut self, statements: usize) {
        self.put("<script>\n");
        for n in 0..statements {
            let value = self.next();
            self.put(&format!(
                "window.__state=window.__state||{{}};if(a<{n}&&b>{n}){{window.__state[\"k{n}\"]={{\"id\":{value},\"html\":\"<div class='x'>y<\\/div>\",\"url\":\"https://cdn.herald.example/{value:x}.js\"}};}}\n"
            ));
        }
        self.put("</script>\n");
    }

    fn head(&mut self, kind: &str) {
        self.put("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        self.words(9);
        self.put(" | The Herald</title>\n<meta property=\"og:site_name\" content=\"The Herald\"><meta property=\"og:type\" content=\"article\">\n");
        for n in 0..18 {
            self.put(&format!("<link rel=\"preload\" as=\"script\" href=\"https://cdn.herald.example/a/{n}/main.chunk.js\" crossorigin>\n"));
        }
        if kind != "section" {
            self.put("<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"");
            self.words(9);
            self.put("\",\"datePublished\":\"2025-11-03T10:20:30+01:00\",\"author\":[{\"@type\":\"Person\",\"name\":\"Ann Bell\"}]}</script>\n");
        }
        self.put("<style>");
        for n in 0..260 {
            self.put(&format!(
                ".c-{n}>a:hover{{color:#{n:06x};margin:0 {n}px}}@media (min-width:{n}px){{.u-{n}{{display:flex}}}}"
            ));
        }
        self.put("</style>\n");
        self.script(180);
        self.put("</head>\n<body class=\"page page--news\">\n");
    }

    fn menu(&mut self, items: usize) {
        self.put("<nav class=\"site-nav js-nav\" aria-label=\"Main\"><ul class=\"site-nav__list\">\n");
        for n in 0..items {
            self.put(&format!("<li class=\"site-nav__item site-nav__item--{n}\"><a class=\"site-nav__link\" data-track=\"nav|{n}\" href=\"/section/{n}/\"><span>"));
            self.words(2);
            self.put("</span><svg width=\"12\" height=\"12\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path fill=\"none\" d=\"M1 1h10v10H1z M3.2 4.5l2.8 2.8 2.8-2.8\"/></svg></a></li>\n");
        }
        self.put("</ul></nav>\n");
    }

    fn cards(&mut self, count: usize) {
        for n in 0..count {
            self.put("<div");
            self.class();
            self.put("><div class=\"c-card__inner\"><article class=\"c-card c-card--teaser\" data-id=\"");
            let id = self.next();
            self.put(&format!("{id:x}\"><a href=\"/news/{n}/{id:x}.html\" class=\"c-card__image\"><picture><source media=\"(min-width: 640px)\" srcset=\"https://img.herald.example/{id:x}/640.webp 1x, https://img.herald.example/{id:x}/1280.webp 2x\"><img loading=\"lazy\" src=\"https://img.herald.example/{id:x}/320.jpg\" alt=\"\" width=\"320\" height=\"180\"></picture></a><h3 class=\"c-card__title\"><a href=\"/news/{n}/{id:x}.html\">"));
            let title = 6 + self.below(6);
            self.words(title);
            self.put("</a></h3><p class=\"c-card__text\">");
            self.prose(1);
            self.put("</p><time datetime=\"2025-11-02T08:00:00Z\" class=\"c-card__time\">2 November</time></article></div></div>\n");
        }
    }

    fn body(&mut self, paragraphs: usize) {
        self.put("<main id=\"main\"><article class=\"article\" itemscope><header><h1 class=\"article__title\">");
        self.words(9);
        self.put("</h1><p class=\"article__standfirst\">");
        self.prose(1);
        self.put("</p><p class=\"byline\">By <a rel=\"author\" href=\"/authors/ann-bell\">Ann Bell</a> <time datetime=\"2025-11-03T10:20:30+01:00\">3 November 2025</time></p></header><div class=\"article-body\">\n");
        for n in 0..paragraphs {
            if n % 7 == 6 {
                self.put("<h2>");
                self.words(5);
                self.put("</h2>\n");
            }
            if n % 9 == 4 {
                self.put("<figure class=\"article__figure\"><img src=\"https://img.herald.example/b.jpg\" alt=\"The bridge\"><figcaption>");
                self.words(11);
                self.put(". Photo: Carl Dorn</figcaption></figure><div class=\"ad-slot\" id=\"ad-inline\"><!-- slot --></div>\n");
            }
            self.put("<p");
            self.class();
            self.put(">");
            let sentences = 2 + self.below(4);
            self.prose(sentences);
            self.put("</p>\n");
        }
        self.put("</div></article></main>\n");
    }

    fn make(&mut self, kind: &str) {
        self.head(kind);
        self.menu(60);
        match kind {
            "section" => self.cards(110),
            "long-read" => self.body(140),
            _ => self.body(28),
        }
        self.put("<aside class=\"related\"><h2>More news</h2>\n");
        self.cards(24);
        self.put("</aside><section class=\"comments\" id=\"comments\">\n");
        for n in 0..if kind == "live" { 120 } else { 15 } {
            self.put(&format!("<div class=\"comment comment--{n}\"><div class=\"comment__head\"><b>Reader {n}</b> <span class=\"comment__time\">2 hours ago</span></div><div class=\"comment__text\">"));
            self.prose(2);
            self.put("</div></div>\n");
        }
        self.put("</section><footer class=\"site-footer\">\n");
        self.menu(40);
        self.put("<p>© 2025 The Herald. All rights reserved.</p></footer>\n");
        self.script(420);
        self.put("</body></html>\n");
    }
}
