//! The pages that come along: written for this purpose, of publishers that do not exist.
//!
//! Some stories stand here twice or three times, under other templates, quote styles, forms and addresses and in other
//! partitions: each is to be published once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Partitions of the pages topic.
pub const PARTITIONS: i32 = 3;
/// When the crawler is said to have fetched them.
pub const FETCHED_AT: &str = "2026-03-14T06:30:00Z";

/// What an oversized page has above the limit: less than the room that the pages topic leaves.
pub const GROWN_ABOVE_LIMIT_BYTES: usize = 8 << 10;

/// How a page stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file's bytes; the rest in the record's headers.
    Raw,
    /// A JSON envelope with the file as `html`.
    EnvelopeHtml,
    /// A JSON envelope with the file as `text`.
    EnvelopeText,
    /// A JSON envelope with the file as `bodyBase64`.
    EnvelopeBase64,
    /// The file's bytes again and again, until they are over `extract.page_bytes_max`.
    Grown,
    /// No value at all.
    Tombstone,
}

/// One page of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Its file in `demo/pages`.
    pub file: &'static str,
    /// The file's bytes.
    pub bytes: &'static [u8],
    /// Where it is said to have been fetched.
    pub url: &'static str,
    /// The response's status.
    pub status: u16,
    /// How it stands in its record.
    pub form: Form,
    /// The partition that it is sent to.
    pub partition: i32,
}

impl Page {
    /// The media type, by the file's name.
    pub fn media_type(&self) -> &'static str {
        match self.file.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("txt") => "text/plain; charset=utf-8",
            Some("json") => "application/json",
            Some("pdf") => "application/pdf",
            _ => "application/octet-stream",
        }
    }

    /// The record's value; `None` is a tombstone. An oversized page is larger than `page_bytes_max`.
    pub fn value(&self, page_bytes_max: usize) -> Option<Vec<u8>> {
        let text = || String::from_utf8_lossy(self.bytes);
        let grown_bytes = page_bytes_max + GROWN_ABOVE_LIMIT_BYTES;
        Some(match self.form {
            Form::Raw => self.bytes.to_vec(),
            Form::EnvelopeHtml => self.envelope("html", &text()),
            Form::EnvelopeText => self.envelope("text", &text()),
            Form::EnvelopeBase64 => self.envelope("bodyBase64", &STANDARD.encode(self.bytes)),
            Form::Grown => self.bytes.iter().copied().cycle().take(grown_bytes).collect(),
            Form::Tombstone => return None,
        })
    }

    fn envelope(&self, field: &str, body: &str) -> Vec<u8> {
        let mut envelope = serde_json::json!({
            "url": self.url,
            "key": self.file,
            "fetchedAt": FETCHED_AT,
            "status": self.status,
            "contentType": self.media_type(),
        });
        envelope[field] = body.into();
        envelope.to_string().into_bytes()
    }

    /// The record's headers, in order: a raw body's provenance. An envelope carries its own.
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        if !matches!(self.form, Form::Raw | Form::Grown) {
            return Vec::new();
        }
        let status = self.status.to_string();
        let pairs = [
            ("url", self.url),
            ("content-type", self.media_type()),
            ("fetched-at", FETCHED_AT),
            ("http-status", &status),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec()
    }
}

/// File, form, partition, address, and the status where it is not 200.
macro_rules! page {
    ($file:literal, $form:ident, $partition:literal, $url:literal) => {
        page!($file, $form, $partition, $url, 200)
    };
    ($file:literal, $form:ident, $partition:literal, $url:literal, $status:literal) => {
        Page {
            file: $file,
            bytes: include_bytes!(concat!("../../demo/pages/", $file)),
            url: $url,
            status: $status,
            form: Form::$form,
            partition: $partition,
        }
    };
}

/// All pages in the order of their sending.
pub const PAGES: &[Page] = &[
    page!("harbour-post-ferry.html", Raw, 0, "https://www.harbour-post.example/2026/03/09/ferry-returns"),
    page!("gazette-bakery.html", Raw, 1, "https://gazette.northvalley.example/news/4471.htm"),
    page!("kuestenbote-moor.html", Raw, 2, "https://www.kuestenbote.example/region/moor-wiedervernaessung-4412"),
    page!("hangang-branch-school.html", EnvelopeHtml, 0, "https://hangang-ilbo.example/article/20260309001"),
    page!("wirefeed-ferry.html", EnvelopeHtml, 1, "https://wirefeed.example/story/ferry-back-after-refit"),
    page!("meridian-glacier.html", Raw, 2, "https://themeridian.example/science/glacier-clicks"),
    page!("diario-pozo.html", Raw, 0, "https://www.diariodelrio.example/comarca/2026/rio-bajo-la-plaza"),
    page!("bereg-melnitsa.html", Raw, 1, "https://vecherny-bereg.example/society/20260309-melnitsa"),
    page!("gazette-seeds.txt", EnvelopeText, 2, "https://gazette.northvalley.example/news/4480.htm?print=1"),
    page!("courrier-phare.html", Raw, 0, "https://www.courrier-monts.example/littoral/phare-trois-soeurs"),
    page!(
        "harbour-post-bridge.html",
        Raw,
        1,
        "https://www.harbour-post.example/2026/03/12/tolleth-bridge?utm_source=front"
    ),
    page!("harbour-post-front.html", Raw, 2, "https://www.harbour-post.example/"),
    page!("kawabe-sento.html", Raw, 0, "https://kawabe-shimpo.example/local/20260310-sento"),
    page!("presseschau-moor.txt", Raw, 1, "https://presseschau.example/archiv/teufelsmoor"),
    page!("daybook-chess.html", EnvelopeBase64, 2, "https://daybook.example/sport/ninety-one-moves"),
    page!("northvalley-briefs.html", Raw, 0, "https://gazette.northvalley.example/briefs/2026-03-13"),
    page!("lindener-bahn.html", Raw, 1, "https://lindener-anzeiger.example/verkehr/zweiter-zug"),
    page!("qingshi-chaguan.html", Raw, 2, "https://qingshi-wanbao.example/shehui/20260311/yexiao.html"),
    page!("meridian-broken-envelope.json", Raw, 0, "https://themeridian.example/world/unfinished"),
    page!("wirefeed-bridge.txt", EnvelopeText, 2, "https://wirefeed.example/story/old-bridge-holds?page=text"),
    page!("harbour-post-library.html", EnvelopeHtml, 1, "https://www.harbour-post.example/2026/03/10/last-card"),
    page!("comarca-pozo.html", Raw, 1, "https://lacomarca.example/noticias/2811-rio-valdehondo.html"),
    page!("meridian-tidal.html", Raw, 0, "https://themeridian.example/energy/tidal-year"),
    page!("courrier-velo.html", Raw, 2, "https://www.courrier-monts.example/mobilite/facteur-legumes"),
    page!("harbour-post-gone.html", Raw, 1, "https://www.harbour-post.example/2019/05/regatta-results", 404),
    page!("hangang-kimchi.html", Raw, 0, "https://hangang-ilbo.example/article/20260312014"),
    page!("kuestenbote-orgel.txt", Raw, 1, "https://www.kuestenbote.example/kultur/orgel-oberrode"),
    page!("daybook-glacier.html", Raw, 0, "https://daybook.example/syndicated/9921-listening-to-ice"),
    page!("meridian-live-storm.html", Raw, 2, "https://themeridian.example/live/storm-aurel"),
    page!("penha-elevador.html", Raw, 1, "https://folhadapenha.example/cidade/elevador-volta"),
    page!("bereg-muzej.html", EnvelopeHtml, 0, "https://vecherny-bereg.example/culture/20260312-amnistia"),
    page!("valley-orchestra.txt", Raw, 2, "https://gazette.northvalley.example/arts/4402.htm?view=text"),
    page!("tollbridge-lamp-shop.html", Raw, 0, "https://tolleth-lamps.example/products/harbour-lantern"),
    page!("borowiec-latarnie.html", Raw, 1, "https://glosborowca.example/region/gwiazdy-nad-borowcem"),
    page!("meridian-annual-report.pdf", Raw, 2, "https://themeridian.example/about/report-2025.pdf"),
    page!("harbour-post-radio.html", EnvelopeBase64, 0, "https://wirefeed.example/story/owl-radio-loses-name"),
    page!("hangang-branch-school.txt", EnvelopeText, 1, "https://hangang-ilbo.example/m/20260309001"),
    page!("rivages-phare.html", EnvelopeHtml, 2, "https://rivages.example/actu/le-phare-des-trois-soeurs"),
    page!("vrysi-elia.html", Raw, 0, "https://neavrysis.example/perivallon/elia-2000"),
    page!("kuestenbote-pegel.html", Raw, 1, "https://www.kuestenbote.example/wissenschaft/pegel-ruhme"),
    page!("diario-feria.html", Raw, 2, "https://www.diariodelrio.example/cultura/libros-al-peso"),
    page!("meridian-app-shell.html", Raw, 1, "https://themeridian.example/play"),
    page!("zarechye-melnitsa.html", EnvelopeHtml, 0, "https://zarechye.example/novosti/melnica-snova-rabotaet"),
    page!("courrier-neige.txt", EnvelopeText, 2, "https://www.courrier-monts.example/sciences/avalanche?format=texte"),
    page!("meridian-ferry-amp.html", EnvelopeHtml, 2, "https://themeridian.example/amp/uk/ferry-saint-brannoc"),
    page!("comarca-abejas.html", Raw, 0, "https://lacomarca.example/medio-ambiente/abejas-catedral"),
    page!("wirefeed-morning-list.txt", EnvelopeText, 1, "https://wirefeed.example/text/morning"),
    page!("archive-dump.txt", Grown, 2, "https://archive.harbour-post.example/ledgers/all"),
    Page {
        file: "(a tombstone)",
        bytes: &[],
        url: "https://www.harbour-post.example/2026/03/withdrawn",
        status: 200,
        form: Form::Tombstone,
        partition: 1,
    },
    page!("daybook-bakery.html", EnvelopeHtml, 0, "https://daybook.example/business/co-op-bakers"),
    page!("gazette-chess.txt", Raw, 0, "https://gazette.northvalley.example/sport/4466.htm?view=text"),
];
