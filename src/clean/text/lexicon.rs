//! Words that furniture is made of, in the languages of the news: share bars, sign-ups, consent, credits, cross links.
//!
//! A cue is evidence, never a verdict: the features count them and the model weighs them.

use super::line::is_unspaced;
use super::list::{WordList, Words};
use crate::clean::ascii;
use crate::clean::letters::is_letter;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What a word or phrase hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// Share bars, social networks.
    Share,
    /// Sign-ups, accounts, paywalls, newsletters.
    Account,
    /// Cookies, consent.
    Consent,
    /// Imprints, terms, copyright.
    Legal,
    /// Adverts.
    Advert,
    /// Readers' comments.
    Comment,
    /// Ways to other articles.
    More,
    /// Menus.
    Menu,
    /// A picture's credit.
    Credit,
    /// Who wrote it.
    By,
    /// When it was published.
    Published,
    /// When it was changed.
    Updated,
    /// A time relative to now, or a reading time.
    Ago,
}

impl Cue {
    /// How many there are.
    pub(super) const COUNT: usize = 13;
}

/// A longer line, in bytes, is no phrase.
const LINE_BYTES_MAX: usize = u8::MAX as usize;
/// A notice says what it is within so many bytes.
const NOTICE_BYTES: usize = 60;
/// Words read at a line's start; the rest of a long line says nothing more about its being furniture.
const WORDS_READ: usize = 32;
/// Characters that are looked at for these.
const HEAD_CHARS_MAX: usize = WORDS_READ * 8;

const SHARE: &str = "share|share this|facebook|twitter|whatsapp|linkedin|pinterest|instagram|youtube|tiktok|telegram|reddit|\
    email|e-mail|copy link|tweet|follow us|print|teilen|drucken|link kopieren|folgen sie|partager|imprimer|suivez|compartir|\
    imprimir|síguenos|condividi|stampa|seguici|compartilhar|compartilhe|siga|delen|afdrukken|volg ons|del|del på|dela|skriv ut|\
    jaa|udostępnij|drukuj|sdílet|vytisknout|zdieľať|paylaş|yazdır|поделиться|поділитися|распечатать|вконтакте|мы в|\
    κοινοποίηση|μοιραστείτε|megosztás|distribuie|сподели|dijeli|podijeli|分享|微博|微信|シェア|ツイート|공유|مشاركة|شارك|साझा|شیئر";
const ACCOUNT: &str = "subscribe|subscription|subscriber|sign up|signup|sign in|log in|login|log out|register|newsletter|newsletters|\
    create account|my account|free trial|become a member|membership|donate|support us|start your|enter your email|your inbox|\
    password|abonnieren|abo|abonnement|anmelden|registrieren|jetzt testen|spenden|passwort|s'abonner|abonnez|abonné|abonnés|\
    connexion|se connecter|inscription|inscrivez|suscríbete|suscripción|suscribirse|iniciar sesión|regístrate|abbonati|accedi|\
    registrati|iscriviti|assine|assinante|cadastre|entrar|abonneer|inloggen|registreren|nieuwsbrief|abonner|logg inn|log ind|\
    nyhetsbrev|nyhedsbrev|prenumerera|logga in|kirjaudu|tilaa|uutiskirje|subskrybuj|zaloguj|zarejestruj|prenumerata|přihlásit|\
    předplatné|abone ol|giriş|üye ol|войти|вход|подписаться|подписка|регистрация|рассылка|увійти|підписатися|підписатись|\
    εγγραφή|σύνδεση|bejelentkezés|hírlevél|autentificare|abonare|登录|注册|订阅|ログイン|会員登録|会員限定|有料会員|購読|로그인|회원가입|구독|\
    تسجيل|اشترك|लॉगिन|सब्सक्राइब";
const CONSENT: &str = "cookie|cookies|consent|accept all|privacy settings|privacy preferences|gdpr|zustimmen|einwilligung|akzeptieren|\
    datenschutzeinstellungen|accepter|refuser|consentement|aceptar|consentimiento|accetta|consenso|aceitar|consentimento|\
    accepteren|toestemming|samtykke|godta|samtycke|godkänn|evästeet|ciasteczka|zgoda|souhlas|çerez|куки|согласие|файлы|\
    συγκατάθεση|sütik|クッキー|쿠키|隐私设置";
const LEGAL: &str = "copyright|©|all rights reserved|terms of use|terms of service|terms and conditions|privacy policy|privacy|\
    disclaimer|cookie policy|imprint|impressum|datenschutz|agb|nutzungsbedingungen|alle rechte vorbehalten|mentions légales|\
    confidentialité|tous droits réservés|aviso legal|política de privacidad|todos los derechos|informativa|privacy policy|\
    tutti i diritti|todos os direitos|termos de uso|voorwaarden|alle rechten|personvern|vilkår|integritetspolicy|villkor|\
    tietosuoja|polityka prywatności|regulamin|wszelkie prawa|ochrana osobních|všechna práva|gizlilik|kvkk|künye|\
    все права|политика конфиденциальности|пользовательское соглашение|усі права|всі права|політика конфіденційності|\
    πολιτική απορρήτου|όροι χρήσης|adatvédelem|impresszum|版权|版權|隐私|免责声明|著作権|プライバシーポリシー|利用規約|저작권|개인정보|무단|حقوق";
const ADVERT: &str = "advertisement|advertising|advertise|sponsored|promoted|anzeige|werbung|publicité|publicidad|anuncio|pubblicità|\
    publicidade|advertentie|annonse|annonce|annons|mainos|reklama|reklam|reklám|реклама|διαφήμιση|publicitate|oglas|广告|廣告|\
    広告|スポンサー|광고|إعلان|विज्ञापन";
const COMMENT: &str = "comment|comments|leave a comment|leave a reply|reply|kommentar|kommentare|kommentieren|antworten|commentaire|\
    commentaires|répondre|réagir|comentario|comentarios|responder|commento|commenti|rispondi|opinie|comentários|comentário|reactie|\
    reacties|reageer|kommentarer|svar|kommentit|komentarz|komentarze|skomentuj|komentáře|yorum|yorumlar|комментарий|комментарии|\
    ответить|коментар|коментарі|σχόλια|hozzászólás|comentarii|коментари|评论|評論|コメント|댓글|تعليق|تعليقات|टिप्पणी";
const MORE: &str = "read more|read also|also read|related|recommended|you may also like|more from|most read|most popular|popular|\
    trending|latest|see also|see more|view all|load more|learn more|more stories|top stories|recent posts|don't miss|up next|\
    next article|previous article|continue reading|click here|find out more|discover|explore|mehr zum thema|mehr lesen|\
    weiterlesen|lesen sie auch|lesen sie mehr|auch interessant|meistgelesen|das könnte sie|zum artikel|mehr dazu|lire aussi|\
    à lire|lire la suite|à voir|en savoir plus|les plus lus|voir plus|leer más|lee también|te puede interesar|más leídas|\
    ver más|relacionadas|leggi anche|leggi tutto|potrebbe interessarti|più letti|leia mais|leia também|veja também|saiba mais|\
    mais lidas|lees ook|lees meer|meest gelezen|bekijk ook|les også|les mer|læs også|mest lest|läs också|läs mer|mest läst|\
    lue myös|lue lisää|luetuimmat|czytaj także|czytaj też|zobacz także|czytaj więcej|zobacz też|čtěte také|přečtěte si|více|\
    nejčtenější|haberin devamı|ilgili haberler|çok okunanlar|читайте также|читать далее|подробнее|популярное|по теме|\
    читайте також|читати далі|докладніше|διαβάστε|περισσότερα|δείτε|kapcsolódó|citește și|прочетете|相关|相關|延伸阅读|更多|\
    推荐|关连|関連|もっと見る|続きを読む|ランキング|관련기사|더보기|많이 본|اقرأ أيضا|المزيد|ये भी पढ़ें|यह भी पढ़ें";
const MENU: &str = "home|menu|search|contact|contact us|about|about us|skip to|sections|close|back to|toggle|main navigation|\
    go to|follow|edition|sitemap|site map|careers|jobs|help|faq|startseite|suche|menü|kontakt|über uns|zum inhalt|schließen|\
    zurück|newsticker|accueil|recherche|rechercher|fermer|retour|inicio|buscar|cerrar|contacto|menú|cerca|chiudi|contatti|\
    início|fechar|contato|zoeken|sluiten|over ons|forside|søk|søg|lukk|om oss|hem|sök|stäng|etusivu|haku|strona główna|szukaj|\
    domů|hledat|ana sayfa|ara|iletişim|главная|поиск|меню|контакты|о нас|головна|пошук|αρχική|αναζήτηση|επικοινωνία|keresés|\
    căutare|首页|首頁|搜索|搜尋|ホーム|検索|メニュー|トップ|お問い合わせ|홈|검색|메뉴|الرئيسية|بحث|होम";
const CREDIT: &str = "photo|photos|photography|photo by|photo credit|photograph|photographer|picture|image|image source|image credit|credit|courtesy|\
    courtesy of|getty|getty images|ap photo|reuters|afp|epa|dpa|shutterstock|istock|unsplash|alamy|imago|handout|file photo|\
    foto|fotos|bild|bilder|bildquelle|symbolbild|quelle|grafik|crédit|crédits|crédit photo|archivfoto|archivbild|fotografía|\
    imagen|fotografia|immagine|crédito|créditos|imagem|reprodução|divulgação|beeld|foto av|scanpix|kuva|zdjęcie|fot|zdroj|fotoğraf|\
    фото|фотография|зображення|снимка|φωτογραφία|φωτό|φωτο|fotó|sursa foto|图|图片|图为|摄|攝|写真|撮影|사진|صورة|फोटो";
const BY: &str = "by|written by|author|reporter|staff|editor|correspondent|von|autor|autorin|redaktion|par|auteur|por|redacción|di|\
    redazione|autore|door|redactie|av|af|journalist|tekst|text|toimittaja|autorka|redakcja|redakce|yazan|editör|автор|текст|\
    редактор|від|συντάκτης|szerző|记者|記者|编辑|責任編輯|文|기자|بقلم|كتب";
const PUBLISHED: &str = "published|posted|publication|issued|first published|veröffentlicht|erschienen|stand|publié|publicado|\
    publicación|pubblicato|gepubliceerd|publisert|publiceret|publicerad|julkaistu|opublikowano|publikacja|dodano|publikováno|\
    yayınlanma|опубликовано|опубліковано|δημοσίευση|δημοσιεύτηκε|megjelent|publicat|публикувана|发布|發布|公開|配信|입력|등록|نشر";
const UPDATED: &str = "updated|last updated|modified|last modified|aktualisiert|geändert|mis à jour|modifié|actualizado|actualización|\
    aggiornato|modificato|atualizado|bijgewerkt|gewijzigd|oppdatert|opdateret|uppdaterad|päivitetty|aktualizacja|\
    zaktualizowano|aktualizováno|güncelleme|обновлено|оновлено|ενημέρωση|frissítve|actualizat|обновена|更新|수정|تحديث";
const AGO: &str = "ago|min read|minute read|mins read|min|minutes|hours ago|days ago|vor|lesezeit|minuten|il y a|temps de lecture|hace|\
    tiempo de lectura|fa|tempo di lettura|há|atrás|leestijd|geleden|lesetid|siden|sedan|sitten|temu|před|önce|назад|тому|πριν|\
    前|分钟|小时前|분 전|시간 전|منذ";

/// Lines that are furniture where they are all of a line, in lower case.
static WHOLE_LINES: WordList = LazyLock::new(|| {
    Words::of(
        "share this article|share this story|share this page|share this post|staff reporter|staff writer|table of contents|\
         get started|get started for free|thanks for signing up|book now|book a demo|request a demo|get in touch|buy now|shop now|\
         order now|download now|sign up now|watch now|play video|loading|read review|read the review|read the full review|\
         story continues below|story continues below advertisement|article continues below|artikel teilen|inhaltsverzeichnis|\
         jetzt kaufen|mehr erfahren|table des matières|sommaire|partager cet article|lire l'article|tabla de contenidos|\
         compartir este artículo|condividi questo articolo|compartilhe este artigo|deel dit artikel|inhoudsopgave|spis treści",
    )
});

/// The lists and what their phrases hint at, in the order of [`Cue`].
const LISTS: [(&str, Cue); Cue::COUNT] = [
    (SHARE, Cue::Share),
    (ACCOUNT, Cue::Account),
    (CONSENT, Cue::Consent),
    (LEGAL, Cue::Legal),
    (ADVERT, Cue::Advert),
    (COMMENT, Cue::Comment),
    (MORE, Cue::More),
    (MENU, Cue::Menu),
    (CREDIT, Cue::Credit),
    (BY, Cue::By),
    (PUBLISHED, Cue::Published),
    (UPDATED, Cue::Updated),
    (AGO, Cue::Ago),
];

/// All phrases, list by list.
pub(super) fn phrases() -> impl Iterator<Item = &'static str> {
    LISTS.iter().flat_map(|(list, _)| list.split('|'))
}

const BUCKETS: usize = 1024;

/// Where a phrase stands in its list.
#[derive(Clone, Copy)]
struct Phrase {
    /// Its first four bytes, or all of them, and which bits of those count.
    head: u32,
    mask: u32,
    cue: Cue,
    len: u8,
    start: u16,
}

impl Phrase {
    const NONE: Phrase = Phrase { head: 0, mask: 0, cue: Cue::Share, len: 0, start: 0 };

    const fn of(list: usize, start: usize, end: usize) -> Phrase {
        let (bytes, len) = (LISTS[list].0.as_bytes(), end - start);
        let mask = if len < 4 { (1 << (8 * len)) - 1 } else { u32::MAX };
        let head = head(bytes, start) & mask;
        Phrase { head, mask, cue: LISTS[list].1, len: len as u8, start: start as u16 }
    }

    /// Whether `rest` begins with it.
    fn begins(&self, rest: &str, head: u32) -> bool {
        let list = LISTS[self.cue as usize].0.as_bytes();
        head & self.mask == self.head
            && rest.as_bytes().starts_with(&list[self.start as usize..self.start as usize + self.len as usize])
    }
}

/// Four bytes from `from` on, zeros behind the end.
const fn head(bytes: &[u8], from: usize) -> u32 {
    let (mut head, mut i) = (0, 0);
    while i < 4 && from + i < bytes.len() {
        head |= (bytes[from + i] as u32) << (8 * i);
        i += 1;
    }
    head
}

/// Phrases by the bucket of their first letters; `first[b]..first[b + 1]` are those of bucket `b`. Made by the compiler.
struct Index {
    first: [u16; BUCKETS + 1],
    phrases: [Phrase; PHRASES],
}

const PHRASES: usize = count();
static INDEX: Index = index();

const fn count() -> usize {
    let (mut n, mut list) = (0, 0);
    while list < LISTS.len() {
        let (bytes, mut i) = (LISTS[list].0.as_bytes(), 0);
        n += 1;
        while i < bytes.len() {
            n += (bytes[i] == b'|') as usize;
            i += 1;
        }
        list += 1;
    }
    n
}

/// The bucket of a text by its first letters: two bytes of Latin, two letters of other alphabets, one of the rest. A phrase
/// has at least that many bytes, save `©`, which is a bucket by itself.
const fn bucket(text: &[u8], from: usize, to: usize) -> usize {
    let read = match text[from] {
        0..0x80 | 0xc2 => 2,
        0x80..0xe0 => 4,
        _ => 3,
    };
    let (mut hash, mut i) = (0usize, from);
    while i < to && i < from + read {
        hash = hash * 31 + text[i] as usize;
        i += 1;
    }
    (hash ^ (hash >> 10)) % BUCKETS
}

const fn index() -> Index {
    let mut index = Index { first: [0; BUCKETS + 1], phrases: [Phrase::NONE; PHRASES] };
    let mut filled = [0u16; BUCKETS];
    // Once to count, once to fill.
    let mut round = 0;
    while round < 2 {
        let mut list = 0;
        while list < LISTS.len() {
            let bytes = LISTS[list].0.as_bytes();
            let (mut start, mut end) = (0, 0);
            while end <= bytes.len() {
                if end == bytes.len() || bytes[end] == b'|' {
                    let b = bucket(bytes, start, end);
                    if round == 0 {
                        index.first[b + 1] += 1;
                    } else {
                        let at = (index.first[b] + filled[b]) as usize;
                        index.phrases[at] = Phrase::of(list, start, end);
                        filled[b] += 1;
                    }
                    start = end + 1;
                }
                end += 1;
            }
            list += 1;
        }
        let mut b = 0;
        while round == 0 && b < BUCKETS {
            index.first[b + 1] += index.first[b];
            b += 1;
        }
        round += 1;
    }
    index
}

/// Bits by the first three bytes of every phrase: most words begin none, and are told by one look. Made by the compiler.
static BEGINNINGS: [u64; BEGINNING_BITS / 64] = beginnings();
const BEGINNING_BITS: usize = 1 << 14;

const fn beginnings() -> [u64; BEGINNING_BITS / 64] {
    let mut bits = [0; BEGINNING_BITS / 64];
    let mut list = 0;
    while list < LISTS.len() {
        let bytes = LISTS[list].0.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if at == 0 || bytes[at - 1] == b'|' {
                let bit = beginning(bytes, at);
                bits[bit / 64] |= 1 << (bit % 64);
                // What ends a word after a phrase of two bytes may also be a mark beyond ASCII.
                let bit = beginning_of(bytes[at], byte_at(bytes, at + 1), 1);
                if byte_at(bytes, at + 2) == b'|' {
                    bits[bit / 64] |= 1 << (bit % 64);
                }
            }
            at += 1;
        }
        list += 1;
    }
    bits
}

/// The bit for what begins at `from`. All marks are one third byte, and all bytes beyond ASCII another.
const fn beginning(bytes: &[u8], from: usize) -> usize {
    let third = byte_at(bytes, from + 2);
    let third = if third >= 0x80 {
        1
    } else if third.is_ascii_alphanumeric() {
        third
    } else {
        0
    };
    beginning_of(bytes[from], byte_at(bytes, from + 1), third)
}

const fn beginning_of(first: u8, second: u8, third: u8) -> usize {
    let mixed = (first as u32) << 16 | (second as u32) << 8 | third as u32;
    (mixed.wrapping_mul(0x9e37_79b1) >> 18) as usize
}

const fn byte_at(bytes: &[u8], at: usize) -> u8 {
    if at < bytes.len() { bytes[at] } else { b'|' }
}

/// Whether a phrase may stand at `from`.
fn may_begin(bytes: &[u8], from: usize) -> bool {
    let bit = beginning(bytes, from);
    BEGINNINGS[bit / 64] & 1 << (bit % 64) != 0
}

/// The longest phrase that stands at the start of `rest`, as whole words.
fn phrase(rest: &str) -> Option<Phrase> {
    let b = bucket(rest.as_bytes(), 0, rest.len());
    let range = INDEX.first[b] as usize..INDEX.first[b + 1] as usize;
    let head = head(rest.as_bytes(), 0);
    let fits = |p: &&Phrase| p.begins(rest, head) && ends_word(rest, p.len as usize);
    INDEX.phrases[range].iter().filter(fits).max_by_key(|p| p.len).copied()
}

/// Whether a line begins as a copyright notice.
pub(super) fn opens_notice(line: &str) -> bool {
    let lower = line[..line.floor_char_boundary(NOTICE_BYTES)].to_lowercase();
    lower.starts_with('©') || !lower.is_empty() && phrase(&lower).is_some_and(|p| p.cue == Cue::Legal)
}

/// Whether a line is a phrase of furniture and nothing else, but for marks around it.
pub(super) fn is_phrase(line: &str) -> bool {
    let line = bare(line);
    line.len() <= LINE_BYTES_MAX && WHOLE_LINES.has(&line.to_lowercase()) || whole_phrase(line).is_some()
}

/// What the phrase hints at that is all of a line.
pub(super) fn whole_phrase(line: &str) -> Option<Cue> {
    let lower = Some(bare(line)).filter(|line| (1..=LINE_BYTES_MAX).contains(&line.len()))?.to_lowercase();
    phrase(&lower).filter(|p| usize::from(p.len) == lower.len()).map(|p| p.cue)
}

/// A line without the marks around it.
fn bare(line: &str) -> &str {
    line.trim_matches(|c: char| !is_letter(c))
}

/// Whether `rest`, in lower case, begins with a word that credits a picture.
pub(crate) fn opens_credit(rest: &str) -> bool {
    !rest.is_empty() && (rest.starts_with('©') || phrase(rest).is_some_and(|p| p.cue == Cue::Credit))
}

/// Bytes of the word at the start of `text`: one character where the script sets no spaces, and for `©`.
fn word_len(text: &str) -> usize {
    let ascii = text.bytes().take_while(|b| IN_WORD[*b as usize]).count();
    if ascii > 0 && text.as_bytes().get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    if is_unspaced(first) || !in_word(first) {
        return first.len_utf8();
    }
    chars.find(|(_, c)| is_unspaced(*c) || !in_word(*c)).map_or(text.len(), |(i, _)| i)
}

/// [`in_word`] of ASCII; nothing else is.
static IN_WORD: [bool; 256] = {
    let mut in_word = [false; 256];
    let mut i = 0;
    while i < 128 {
        in_word[i] = (i as u8).is_ascii_alphanumeric() || matches!(i as u8, b'\'' | b'-');
        i += 1;
    }
    in_word
};

fn in_word(c: char) -> bool {
    is_letter(c) || matches!(c, '\'' | '’' | '-' | '\u{93e}'..='\u{94d}' | '\u{900}'..='\u{903}' | '\u{93c}')
}

/// The words among the first [`HEAD_CHARS_MAX`] characters of `text` in lower case, within `buffer` where they are ASCII.
fn lower_head<'a>(text: &str, buffer: &'a mut [u8; HEAD_CHARS_MAX]) -> Cow<'a, str> {
    let bytes = &text.as_bytes()[..text.len().min(HEAD_CHARS_MAX)];
    let end =
        if bytes.is_ascii() { Some(bytes.len()) } else { text.char_indices().nth(HEAD_CHARS_MAX).map(|(i, _)| i) };
    let (mut head, rest) = text.split_at(end.unwrap_or(text.len()));
    // A word that is cut is another word.
    let goes_on = |c: char| in_word(c) && !is_unspaced(c);
    if rest.starts_with(goes_on) {
        head = head.trim_end_matches(goes_on);
    }
    ascii::lower(head, buffer)
}

/// Counts the cues among a line's first words.
pub(super) fn cues(text: &str) -> [u8; Cue::COUNT] {
    let mut counts = [0u8; Cue::COUNT];
    let mut ascii = [0; HEAD_CHARS_MAX];
    let lower = lower_head(text, &mut ascii);
    let bytes = lower.as_bytes();
    let (mut at, mut words) = (0, 0);
    while at < bytes.len() && words < WORDS_READ {
        let first = bytes[at];
        // No phrase begins with a blank or a mark of ASCII.
        if first.is_ascii() && !IN_WORD[first as usize] {
            at += 1;
            continue;
        }
        let rest = &lower[at..];
        let found = if may_begin(bytes, at) { phrase(rest) } else { None };
        if let Some(p) = found {
            let count = &mut counts[p.cue as usize];
            *count = count.saturating_add(1);
        }
        words += usize::from(rest.starts_with(is_letter));
        at += found.map_or_else(|| word_len(rest), |p| p.len as usize);
    }
    counts
}

fn ends_word(text: &str, len: usize) -> bool {
    let last_unspaced = text[..len].chars().next_back().is_some_and(is_unspaced);
    last_unspaced || !text[len..].chars().next().is_some_and(|c| in_word(c) && !matches!(c, '\'' | '’' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, cue: Cue, expected: u8) {
        assert_eq!(cues(text)[cue as usize], expected, "{text}");
    }

    #[test]
    fn cues_are_found_in_many_scripts() {
        check("Share this article on Facebook", Cue::Share, 2);
        check("Jetzt Newsletter abonnieren", Cue::Account, 2);
        check("分享到微博", Cue::Share, 2);
        check("Читайте также: новости", Cue::More, 1);
        check("© 2024 The Bell", Cue::Legal, 1);
        check("Photo: A. Bell / Getty Images", Cue::Credit, 2);
        check("A shareholder read the news", Cue::Share, 0);
        check("Photographie", Cue::Credit, 0);
        let cut = format!("{}images", ". ".repeat((HEAD_CHARS_MAX - 5) / 2) + ".");
        check(&cut[..HEAD_CHARS_MAX], Cue::Credit, 1);
        check(&cut, Cue::Credit, 0);
    }

    #[test]
    fn no_phrase_is_passed_over() {
        for (list, cue) in LISTS {
            for phrase in list.split('|') {
                for after in ["", " x", "—", ","] {
                    let text = format!("{phrase}{after}");
                    assert!(may_begin(text.as_bytes(), 0), "{text}");
                    assert!(cues(&text)[cue as usize] > 0 || phrase_of_two_lists(phrase), "{text}");
                }
            }
        }
    }

    fn phrase_of_two_lists(phrase: &str) -> bool {
        LISTS.iter().filter(|(list, _)| list.split('|').any(|p| p == phrase)).count() > 1
    }

    #[test]
    fn a_line_may_be_a_phrase_and_nothing_else() {
        for line in ["ADVERTISEMENT", "Share this", "> Read more…", "分享", "Share this article:", "Inhaltsverzeichnis"]
        {
            assert!(is_phrase(line), "{line}");
        }
        for line in ["Advertisement for a bridge", "They share this", "", "…"] {
            assert!(!is_phrase(line), "{line}");
        }
    }

    #[test]
    fn a_long_line_costs_its_start_only() {
        let text = format!("{} cookie", "word ".repeat(400));
        check(&text, Cue::Consent, 0);
    }
}
