//! Lines that speak to the reader of a page and not of what its article tells, in the languages of the news: closed lists.
//!
//! What holds: a list is asked for whole words, as [`folded`] leaves them.

use super::furniture::both;
use super::words::{WordSet, folded_words, word_hashes};
use rustc_hash::FxHashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Heads of lists of other articles or of the page's own headings, as whole lines.
const HEADS: &str = "related|related articles|related posts|related stories|related links|related reading|related articles and links|related content|\
    more stories|more...|more on this story|more on this topic|you might also like|you might be interested in|you might also be interested in|\
    you may also be interested in|like this? you might also be interested in|what to read next|also on this site|\
    table of contents|contents|jump to|in this article|mehr themen|mehr artikel|weitere artikel|weitere themen|verwandte artikel|\
    verwandte themen|ähnliche artikel|ähnliche beiträge|passend zum thema|das könnte dich auch interessieren|\
    das könnte sie auch interessieren|das thema könnte dich auch interessieren|diese artikel könnten dich auch interessieren|\
    diese artikel könnten sie auch interessieren|inhaltsverzeichnis|a lire aussi|sur le même sujet|articles liés|sommaire|\
    table des matières|le puede interesar|también te puede interesar|artículos relacionados|noticias relacionadas|tabla de contenidos|\
    articoli correlati|potrebbe interessarti anche|artigos relacionados|notícias relacionadas|gerelateerde artikelen|inhoudsopgave|\
    relaterte artikler|relaterede artikler|relaterade artiklar|zobacz również|przeczytaj również|przeczytaj także|powiązane artykuły|\
    spis treści|související články|súvisiace články|материалы по теме|по теме|матеріали за темою|διαβάστε επίσης|σχετικά άρθρα|\
    articole similare|baca juga|berita terkait|ilgili haberler|延伸閱讀|延伸阅读|相關新聞|相关新闻|相关阅读|関連記事|関連ニュース|관련기사|관련 기사";
/// The beginnings of such heads, a name or subject behind them.
const HEADS_OF: &str = "more from|more on|read more about|mehr von|mehr aus|mehr zu|mehr zum thema|weitere artikel|\
    weitere themen|verwandte themen|das könnte dich|das könnte euch|das könnte sie|diese artikel könnten|zobacz najciekawsze|lire aussi|à lire aussi";
/// What a page says to its reader in the midst of the text, as whole lines: to programs that read it aloud, between adverts, under buttons.
const ASIDES: &str = "article content|start quote|end quote|image source|image caption|media caption|video caption|up next|\
    share this|share this article|share this story|share this post|story continues below|story continues below advertisement|\
    article continues below|article continues below advertisement|article continues after advertisement|continue reading below|\
    skip advertisement|skip past newsletter promotion|after newsletter promotion|loading paragraph|neuer abschnitt|artikel teilen|\
    beitrag teilen|diesen artikel teilen|partager cet article|la suite après la publicité|compartir este artículo|\
    condividi questo articolo|l'articolo continua dopo la pubblicità|compartilhe este artigo|continua após a publicidade|\
    continua depois da publicidade|deel dit artikel|artikel gaat verder onder de advertentie|artikkelen fortsetter under annonsen|\
    artiklen fortsætter efter annoncen|artikeln fortsätter efter annonsen|dalsza część artykułu pod materiałem wideo|\
    dalsza część tekstu pod wideo|ciąg dalszy pod materiałem wideo|advertisement continue reading the main story";
/// Labels of a link to another article that stands within the text.
const LABELS: &str = "read more|read also|also read|must read|read next|more on the topic|more on this topic|see also|related|related article|\
    related articles|related story|related stories|related news|in case you missed it|you may also like|you might also like|\
    watch also|lea más|lea también|lea aquí|lea además|lee también|lee más|leer más|leer también|leer además|le puede interesar|te puede interesar|\
    también te puede interesar|puede leer|vea también|ver también|mira también|nota relacionada|noticia relacionada|lire aussi|à lire|\
    à lire aussi|a lire aussi|lire également|à lire également|voir aussi|sur le même sujet|lesen sie auch|lesen sie mehr|lesen sie dazu|lesen sie hier|\
    lies auch|lies dazu|auch interessant|mehr zum thema|mehr dazu|siehe auch|passend dazu|das könnte sie auch interessieren|\
    leggi anche|leggi pure|guarda anche|vedi anche|leia mais|leia também|veja também|veja mais|saiba mais|lees ook|bekijk ook|\
    les også|les mer|læs også|læs mere|läs också|läs även|läs mer|läs mera|se även|lue myös|katso myös|czytaj też|czytaj także|\
    czytaj również|czytaj więcej|zobacz też|zobacz także|zobacz również|przeczytaj też|przeczytaj także|przeczytaj również|\
    czytaj dalej|čtěte také|čtěte též|čtěte více|přečtěte si také|viz také|čítajte aj|prečítajte si aj|читайте также|читай также|\
    читайте ещё|читайте еще|читать также|смотрите также|по теме|материалы по теме|читайте також|читай також|дивіться також|\
    διαβάστε επίσης|διαβάστε ακόμη|διαβάστε ακόμα|διαβάστε περισσότερα|δείτε επίσης|δείτε ακόμα|olvassa el|olvasta már|citește și|citiți și|vezi și|\
    прочетете още|прочетете и|вижте още|pročitajte i|pročitajte još|baca juga|simak juga|lihat juga|xem thêm|đọc thêm|اقرأ أيضا|اقرأ أيضًا|\
    شاهد أيضا|ये भी पढ़ें|यह भी पढ़ें|इसे भी पढ़ें|延伸閱讀|延伸阅读|相关阅读|相關新聞|相关新闻|相關報導|推薦閱讀|推荐阅读|関連記事|あわせて読みたい|관련기사|관련 기사";
/// Labels that are such alone where they are written in capitals.
const LABELS_IN_CAPITALS: &str =
    "read|more|watch|listen|lea|lee|mira|mire|vea|leia|veja|lire|voir|lesen|leggi|lees|czytaj|zobacz";
/// What asks the reader to sign up,
const VERBS: &str = "sign up|subscribe|join our|get our|register for our|abonnieren|abonniere|abonniert|melden sie sich|melde dich|\
    meldet euch|hier geht s zur anmeldung|hier geht es zur anmeldung|jetzt anmelden|hier anmelden|abonnez vous|inscrivez vous|\
    suscríbete|suscríbase|suscribite|apúntate|regístrate|iscriviti|iscrivetevi|abbonati|inscreva se|assine|cadastre se|abonneer|\
    meld je aan|schrijf je in|meld deg på|tilmeld dig|anmäl dig|prenumerera|tilaa|zapisz się|subskrybuj|přihlaste se|odebírejte|\
    подпишитесь|подписывайтесь|підпишіться|підписуйтесь|εγγραφείτε|iratkozz fel|iratkozzon fel|abonați vă|abonează te|abone olun";
/// to what is sent, as beginnings of words,
const SENT: &str = "newsletter|nieuwsbrief|nyhetsbrev|nyhedsbrev|uutiskir|hírlev|boletín|boletim|infolettre|рассылк|розсилк|\
    bülten|briefing|whatsapp|telegram|телеграм";
/// by those who write the page: the beginnings of their words for it.
const OURS: &str = "our|unser|notre|nos|nuestr|nostr|noss|onze|vår|vores|nasz|naš|наш|meidän|bizim";
/// The beginnings of what stands in place of a video or post that another site would show, until the reader agrees.
const NOTICES: &str = "an dieser stelle findest du einen externen inhalt|an dieser stelle findest du externe inhalte|\
    an dieser stelle finden sie einen externen inhalt|an dieser stelle finden sie externe inhalte|an dieser stelle befindet sich ein externer inhalt|\
    an dieser stelle steht ein externer inhalt|empfohlener externer inhalt|empfohlener redaktioneller inhalt|\
    wir benötigen ihre zustimmung um den von unserer redaktion eingebundenen|wir benötigen ihre einwilligung um den von unserer redaktion eingebundenen|\
    ich bin damit einverstanden dass mir externe inhalte angezeigt werden|mit dem laden des videos akzeptieren sie|\
    mit dem laden des beitrags akzeptieren sie|mit dem laden der karte akzeptieren sie|mit dem laden des tweets akzeptieren sie|\
    durch das laden dieses videos|by loading the video you agree to|by loading the tweet you agree to|by loading the post you agree to|\
    please accept youtube cookies to play this video|by accepting you will be accessing content from|\
    this content is hosted by a third party by showing the external content|this article contains content provided by|\
    we need your consent to load this|en chargeant la vidéo vous acceptez|al cargar el vídeo acepta|caricando il video accetti";

/// Whose the words are, and who may print them, in lower case; in a line that is hardly more.
const RIGHTS: &str = "all rights reserved|some rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|\
    todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden|wszelkie prawa zastrzeżone|\
    všechna práva vyhrazena|minden jog fenntartva|toate drepturile rezervate|tüm hakları saklıdır|все права защищены|усі права захищені|\
    riproduzione riservata|reproduction interdite|reproducción prohibida|prohibida su reproducción|\
    严禁转载|嚴禁轉載|禁止转载|禁止轉載|不得转载|不得轉載|谢绝转载|謝絕轉載|转载请注明|轉載請註明|版权所有|版權所有|無断転載|무단전재|무단 전재";

/// What makes another word of the last of these: `版权所有者`, who has the rights.
const OWNER: [char; 3] = ['者', '人', '权'];

/// Where a line in lower case says whose the words are, bytes.
pub(crate) fn rights(lower: &str) -> Option<Range<usize>> {
    let is_whole = |end: usize| !lower[end..].starts_with(OWNER);
    let find = |phrase: &str| lower.find(phrase).map(|at| at..at + phrase.len()).filter(|found| is_whole(found.end));
    RIGHTS.split('|').find_map(find)
}

/// A list whose entries are asked for as a whole.
pub(in crate::clean) type Lines = LazyLock<FxHashSet<String>>;
/// A list whose entries are asked for as a beginning or anywhere.
pub(super) type Phrases = LazyLock<Vec<String>>;

pub(super) static HEAD_LINES: Lines = LazyLock::new(|| lines(HEADS));
pub(super) static HEAD_BEGINNINGS: Phrases = LazyLock::new(|| phrases(HEADS_OF));
static ASIDE_LINES: Lines = LazyLock::new(|| lines(ASIDES));
pub(in crate::clean) static LABEL_LINES: Lines = LazyLock::new(|| lines(LABELS));
pub(super) static CAPITAL_LABELS: Lines = LazyLock::new(|| lines(LABELS_IN_CAPITALS));
pub(super) static SIGN_UPS: Phrases = LazyLock::new(|| phrases(VERBS));
static NOTICE_BEGINNINGS: Phrases = LazyLock::new(|| phrases(NOTICES));

fn lines(list: &str) -> FxHashSet<String> {
    list.split('|').map(folded).collect()
}

fn phrases(list: &str) -> Vec<String> {
    list.split('|').map(folded).collect()
}

/// A line's words in lower case, one space between two.
pub(in crate::clean) fn folded(line: &str) -> String {
    folded_words(line).collect::<Vec<String>>().join(" ")
}

/// Whether a folded line begins with one of the phrases, as whole words.
pub(super) fn begins(line: &str, phrases: &[String]) -> bool {
    let is_whole = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    phrases.iter().any(|phrase| line.strip_prefix(phrase.as_str()).is_some_and(is_whole))
}

/// The first two words of what a page says to its reader, and of notices: few other lines begin with them.
static FIRST_WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    let phrases = ASIDES.split('|').chain(NOTICES.split('|'));
    WordSet::new(phrases.filter_map(|phrase| first_two(&word_hashes(phrase).take(2).collect::<Vec<u64>>())))
});

/// One hash of a line's first two words.
fn first_two(hashes: &[u64]) -> Option<u64> {
    let [first, second, ..] = hashes else { return None };
    Some(both(*first, *second))
}

/// The first words of what asks the reader to sign up.
static FIRST_VERBS: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(VERBS.split('|').filter_map(|phrase| word_hashes(phrase).next())));

/// A cheap question first: whether a line, whose words have the `hashes`, may ask the reader to sign up.
pub(super) fn may_ask(hashes: &[u64]) -> bool {
    hashes.iter().any(|word| FIRST_VERBS.contains(*word))
}

/// Whether a line, whose words have the `hashes`, is said to the reader in passing, or begins a notice in place of what another site would show.
pub(in crate::clean) fn is_notice(hashes: &[u64], line: &str) -> bool {
    if !first_two(hashes).is_some_and(|words| FIRST_WORDS.contains(words)) {
        return false;
    }
    let own = folded(line);
    ASIDE_LINES.contains(&own) || begins(&own, &NOTICE_BEGINNINGS)
}

/// Whether one of the phrases stands in a folded line, as whole words.
fn holds(line: &str, phrases: &[String]) -> bool {
    begins(line, phrases) || line.match_indices(' ').any(|(at, _)| begins(&line[at + 1..], phrases))
}

/// Whether a folded word is of what is sent to those who sign up.
fn is_sent(word: &str) -> bool {
    SENT.split('|').any(|sent| word.starts_with(sent))
}

/// Whether a line speaks of what is sent to those who sign up.
pub(super) fn speaks_of_sent(line: &str) -> bool {
    folded_words(line).any(|word| is_sent(&word))
}

/// So many words may stand between whose it is and what is sent: `our free weekly newsletter`.
const BETWEEN_WORDS: usize = 4;

/// Whether a line asks the reader to sign up for something of its publisher's, `Sign up for our weekly newsletter`.
pub(super) fn asks_for_ours(line: &str) -> bool {
    let words: Vec<String> = folded_words(line).collect();
    let is_ours = |word: &String| OURS.split('|').any(|ours| word.starts_with(ours) && word.len() <= ours.len() + 6);
    let names = |n: usize| words[n + 1..].iter().take(BETWEEN_WORDS + 1).any(|word| is_sent(word));
    words.iter().enumerate().any(|(n, word)| is_ours(word) && names(n)) && holds(&words.join(" "), &SIGN_UPS)
}

/// Whether a sentence of the line begins by asking the reader to sign up, and the line says for what.
pub(super) fn begins_asking(line: &str) -> bool {
    let asks = |sentence: &str| begins(&folded(sentence), &SIGN_UPS);
    line.split(['.', '!', '?', ':', '…', '+', '–', '—']).any(asks) && speaks_of_sent(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appeal_asks_for_what_is_the_publishers() {
        for line in [
            "Sign up for our weekly newsletter, The Lenn, here.",
            "Hat Ihnen der Artikel gefallen? Dann abonnieren Sie unseren Newsletter!",
            "Подпишитесь на наш телеграм-канал",
        ] {
            assert!(asks_for_ours(line), "{line}");
        }
        for line in [
            "The town asks its people to subscribe to the works department's newsletter.",
            "Our reporter went to the bridge and signed up as a volunteer.",
            "Our paper printed it, and whoever wanted could subscribe",
        ] {
            assert!(!asks_for_ours(line), "{line}");
        }
        assert!(begins_asking("The Lenn is a newsletter for those who live by the river. Sign up here."));
        assert!(begins_asking("Zapisz się do newslettera!"));
        assert!(!begins_asking("Those who subscribe to the newsletter hear of it first."));
        assert!(!begins_asking("Sign up here for the boat race."));
    }

    #[test]
    fn nothing_is_passed_over() {
        let hashes = |phrase: &str| word_hashes(phrase).collect::<Vec<u64>>();
        for phrase in ASIDES.split('|') {
            assert!(is_notice(&hashes(phrase), phrase), "{phrase}");
        }
        for phrase in NOTICES.split('|').map(|phrase| format!("{phrase} x")) {
            assert!(is_notice(&hashes(&phrase), &phrase), "{phrase}");
        }
        for phrase in VERBS.split('|') {
            assert!(may_ask(&hashes(&format!("Now {phrase} here"))), "{phrase}");
        }
        assert!(!may_ask(&hashes("The council voted")));
    }

    #[test]
    fn whole_words_are_asked_for() {
        assert!(begins("more from the herald", &HEAD_BEGINNINGS));
        assert!(!begins("more fromage", &HEAD_BEGINNINGS));
        assert!(HEAD_LINES.contains(&folded("Mehr Themen:")));
        assert!(HEAD_LINES.contains(&folded("延伸閱讀")));
        assert!(LABEL_LINES.contains(&folded(">> Читай также")));
    }
}
