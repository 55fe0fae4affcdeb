//! Names of the months in the languages of the news.
//!
//! What holds: whole words only; the case, the article and the genitive that dates are written with.

use crate::clean::ascii;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Words up to this length are made lower case in place, bytes.
const WORD_BYTES: usize = 16;

/// The month that a word names, by whole words and the usual abbreviations.
pub(crate) fn month(word: &str) -> Option<u32> {
    let mut buffer = [0; WORD_BYTES];
    let lower = ascii::lower(word, &mut buffer);
    let lower = lower.trim_start_matches('ב');
    BY_NAME.get(lower).copied()
}

/// Every name's month, 1 to 12.
static BY_NAME: LazyLock<FxHashMap<&'static str, u32>> = LazyLock::new(|| {
    let names = (1..).zip(MONTHS).flat_map(|(month, names)| names.split_whitespace().map(move |name| (name, month)));
    let mut table = FxHashMap::default();
    for (name, month) in names {
        table.entry(name).or_insert(month);
    }
    table
});

/// January to December: English, German, French, Spanish, Italian, Portuguese, Dutch, Norwegian, Danish, Swedish, Finnish,
/// Polish, Czech, Slovak, Croatian, Turkish, Russian, Ukrainian, Bulgarian, Greek, Hungarian, Romanian, Indonesian, Hindi, Arabic.
const MONTHS: [&str; 12] = [
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari tammikuuta tammikuu stycznia styczeń sty ledna leden \
     januára siječnja ocak января янв січня януари ιανουαρίου γενάρη γενάρης ιανουάριος ιαν január ianuarie जनवरी يناير \
     gener jaanuar janvāris janvārī sausio yanvar jaanuaril januara січень январь қаңтар հունվարի იანვარი ינואר جانفي ژانویه جنوری জানুয়ারি জানুয়ারী มกราคม ม.ค janúar enero januari ",
    "february feb februar februaru février févr fév febrero febbraio febr fevereiro fev februari helmikuuta helmikuu lutego luty lut února únor \
     februára veljače şubat февраля фев лютого февруари φεβρουαρίου φλεβάρη φλεβάρης φεβρουάριος φεβ február februarie फरवरी فبراير \
     febrer veebruar februārī vasario fevral február лютий февраль ақпан փետրվարի თებერვალი פברואר فيفري شباط فوریه فروری ফেব্রুয়ারি फरवरी กุมภาพันธ์ ก.พ febrúar pebrero february",
    "march mar märz mär mars marzo março maart mrt marts maaliskuuta maaliskuu marca marzec března březen ožujka mart марта мар березня март \
     μαρτίου μάρτη μάρτης μάρτιος μαρ március martie maret मार्च مارس \
     març märts martā kovo mars березень մարտի მარტი מרץ מרס آذار مارس مارچ মার্চ มีนาคม มี.ค machi marso",
    "april apr avril avr abril abr aprile huhtikuuta huhtikuu kwietnia kwiecień kwi dubna duben apríla travnja nisan апреля апр квітня април \
     απριλίου απρίλη απρίλης απρίλιος απρ április aprilie अप्रैल أبريل \
     abril aprill aprīlī balandžio апрель квітень ապրիլի აპრილი אפריל نيسان افريل آوریل اپریل إبريل ابريل এপ্রিল เมษายน เม.ย apríl aprili",
    "may mai mayo maggio mag maio mei maj toukokuuta toukokuu maja května květen mája svibnja mayıs мая май травня μαΐου μάη μάης μαϊου μάιος μαΐ május मई مايو \
     maig maijā gegužės травень мамыр մայիսի მაისი מאי أيار ماي مه مئی মে พฤษภาคม พ.ค maí mayo",
    "june jun juni juin junio giugno giu junho kesäkuuta kesäkuu czerwca czerwiec cze června červen júna lipnja haziran июня июн червня юни \
     ιουνίου ιούνη ιούνης ιούνιος ιουν június iunie जून يونيو \
     juny juuni jūnijā birželio iyun червень июнь маусым հունիսի ივნისი יוני حزيران جوان ژوئن جون জুন มิถุนายน มิ.ย júní hunyo jún júna",
    "july jul juli juillet juil julio luglio lug julho heinäkuuta heinäkuu lipca lipiec lip července červenec júla srpnja temmuz июля июл липня \
     юли ιουλίου ιούλη ιούλης ιούλιος ιουλ július iulie जुलाई يوليو \
     juliol juuli jūlijā liepos iyul июль липень шілде հուլիսի ივლისი יולי تموز جويلية ژوئیه جولائی জুলাই กรกฎาคม ก.ค júlí julai hulyo",
    "august aug août aout agosto ago augustus augusti elokuuta elokuu sierpnia sierpień sie srpna srpen augusta kolovoza ağustos августа авг \
     серпня август αυγούστου αυγουστου αύγουστος αυγ augusztus agustus अगस्त أغسطس \
     agost augustā rugpjūčio avqust август серпень тамыз օգոստոսի აგვისტო אוגוסט آب أوت اغسطس اوت اگست আগস্ট สิงหาคม ส.ค ágúst ogos agosti",
    "september sept sep septembre septiembre settembre set setembro syyskuuta syyskuu września wrzesień wrz září septembra rujna eylül \
     сентября сен вересня септември σεπτεμβρίου σεπτέμβρη σεπτέμβρης σεπτέμβριος σεπ szeptember septembrie सितंबर سبتمبر \
     setembre septembrī rugsėjo sentyabr сентябрь вересень қыркүйек սեպտեմբերի სექტემბერი ספטמבר أيلول سپتامبر ستمبر সেপ্টেম্বর กันยายน ก.ย septemba setyembre set",
    "october oct oktober okt octobre octubre ottobre ott outubro out lokakuuta lokakuu października październik paź října říjen októbra \
     ekim октября окт жовтня октомври οκτωβρίου οκτώβρη οκτώβρης οκτώβριος οκτ október octombrie अक्टूबर أكتوبر \
     octubre oktoobril oktobrī spalio oktyabr октябрь жовтень қазан հոկտեմբերի ოქტომბერი אוקטובר اكتوبر اکتبر اکتوبر অক্টোবর ตุลาคม ต.ค oktoba oktubre",
    "november nov novembre noviembre novembro marraskuuta marraskuu listopad listopada lis listopadu novembra studenoga kasım ноября ноя листопада ноември \
     νοεμβρίου νοέμβρη νοέμβρης νοέμβριος νοε noiembrie नवंबर نوفمبر \
     novembre novembrī lapkričio noyabr ноябрь листопад қараша նոյեմբերի ნოემბერი נובמבר نونبر نوامبر نومبر নভেম্বর พฤศจิกายน พ.ย nóvember novemba nobyembre studeni",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des joulukuuta joulukuu grudnia grudzień gru prosince \
     prosinec decembra prosinca aralık декабря дек грудня декември δεκεμβρίου δεκέμβρη δεκέμβρης δεκέμβριος δεκ decembrie desember दिसंबर ديسمبر \
     desembre detsember decembrī gruodžio dekabr декабрь грудень желтоқсан դեկտեմբերի დეკემბერი דצמבר دجنبر دسامبر دسمبر ডিসেম্বর ธันวาคม ธ.ค desemba disyembre disember",
];
