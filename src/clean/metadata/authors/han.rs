//! Names in Han characters, which stand in lines without spaces: `聯合報╱記者陳俐君／台北報導`.
//!
//! What holds: a person's name has two to five characters; what is cut off is a closed list of words.

use crate::clean::classify::is_unspaced;

/// What follows names the source or the desk, not the author.
const SOURCES: [&str; 9] = ["来源", "來源", "出处", "出處", "責任編輯", "责任编辑", "責編", "责编", "編輯："];
/// What follows is who put the page together.
const EDITORS: [&str; 6] = ["責任編輯", "责任编辑", "責編", "责编", "編輯", "编辑"];
/// What a reporter's line ends with, behind the town.
const REPORTS: [&str; 6] = ["報導", "報道", "报道", "專電", "专电", "摄影报道"];
/// What stands behind a name that wrote or drew.
const WROTE: [&str; 4] = ["著", "撰", "摄", "攝"];
/// What an outlet's name ends with.
const OUTLETS: [&str; 18] = [
    "报", "報", "网", "網", "社", "讯", "訊", "台", "臺", "刊", "频道", "頻道", "电", "电视", "在线", "新闻", "新聞",
    "微博",
];
/// Characters of a town's name.
const TOWN: usize = 2;
/// Most characters of a person's name, and of a house's; longer ones are sentences.
const PERSON: usize = 5;
const HOUSE: usize = 8;

/// Surnames of one character, as mainland and islands write them; not the rare ones that common words begin with, as `来源` does.
const SURNAMES: &str = "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭肖程曹袁邓鄧许許傅沈曾彭吕呂苏蘇\
    卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻闫余潘杜戴夏钟鍾鐘汪田任姜范範方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎\
    易常武乔喬贺賀赖賴龚龔文庞龐樊兰蘭殷施陶洪翟安颜顏倪严嚴牛温溫芦蘆季俞章鲁魯葛伍韦韋申尤毕畢聂聶丛叢焦向柳邢路岳齐齊梅莫庄莊辛管祝左涂塗\
    谷祁舒耿牟卜詹关關苗凌费費纪紀靳盛童欧歐甄曲成游阳陽裴席卫衛屈鲍鮑覃霍翁隋甘景薄单單包司柏宁寧柯阮桂闵閔强強柴华華车車冉房\
    边邊辜吉饶饒刁瞿戚丘古米池滕晋晉苑邬鄔臧畅暢宫宮苟褚廉简簡娄婁盖蓋符奚木穆党黨燕郎邸冀谈談姬屠连連郜晏栾欒郁商蒙计計喻揭窦竇迟遲宇\
    敖糜鄢冷卓花仇艾蓝藍巩鞏井仲乐樂虞卞封竺冼原衣楚佟栗匡宗巫鞠桑荆荊谌諶银銀扬揚明沙伏岑习習胥和蔺藺尚宿鄂逄苍蒼狄麻代帅帥付";
/// Surnames of two.
const DOUBLE_SURNAMES: [&str; 32] = [
    "欧阳", "歐陽", "上官", "司马", "司馬", "东方", "東方", "独孤", "獨孤", "南宫", "南宮", "诸葛", "諸葛", "夏侯",
    "尉迟", "尉遲", "皇甫", "公孙", "公孫", "慕容", "长孙", "長孫", "宇文", "司徒", "鲜于", "鮮于", "令狐", "端木",
    "申屠", "闻人", "聞人", "司空",
];

/// Whether a name begins as Chinese names do, and is no longer than they are.
pub(super) fn has_surname(name: &str) -> bool {
    let double = DOUBLE_SURNAMES.iter().any(|surname| name.starts_with(surname));
    let single = name.chars().next().is_some_and(|first| SURNAMES.contains(first));
    single && (2..=3).contains(&name.chars().count()) || double && (3..=4).contains(&name.chars().count())
}

/// A line of authors up to where it names its source.
pub(super) fn without_source(line: &str) -> &str {
    if line.is_ascii() {
        return line;
    }
    if EDITORS.iter().any(|word| line.starts_with(word)) {
        return "";
    }
    let at = SOURCES.iter().filter_map(|word| line.find(word)).min();
    at.filter(|at| *at > 0).map_or(line, |at| &line[..at])
}

/// Whether there is nothing but such characters, spaces aside.
pub(super) fn is_whole(name: &str) -> bool {
    !name.is_ascii() && name.chars().filter(|c| c.is_alphabetic()).all(is_unspaced)
}

/// A name without the town that its line is from, and without what its bearer did.
pub(super) fn person(name: &str) -> &str {
    if !is_whole(name) {
        return name;
    }
    let name = WROTE.iter().find_map(|word| name.strip_suffix(word)).filter(|rest| may_be_person(rest)).unwrap_or(name);
    let Some(rest) = REPORTS.iter().find_map(|word| name.strip_suffix(word)) else { return name };
    let count = rest.chars().count();
    // A town alone is no name.
    if count <= TOWN + 1 {
        return name;
    }
    rest.char_indices().nth(count - TOWN).map_or(rest, |(at, _)| &rest[..at])
}

/// Whether a name of such characters may be a person's.
pub(super) fn may_be_person(name: &str) -> bool {
    (2..=PERSON).contains(&name.chars().count()) && !is_house(name)
}

/// Whether it is what papers and stations are called in such characters.
pub(super) fn is_house(name: &str) -> bool {
    let count = name.chars().count();
    (3..=HOUSE).contains(&count) && is_whole(name) && OUTLETS.iter().any(|word| name.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_reporters_come_down_to_their_names() {
        assert_eq!(person("陳俐君台北報導"), "陳俐君");
        assert_eq!(person("台北報導"), "台北報導");
        assert_eq!(person("杨伟著"), "杨伟");
        assert_eq!(person("陳俐君"), "陳俐君");
        assert_eq!(person("Ann Bell"), "Ann Bell");
        assert_eq!(without_source("武彩霞 来源：经济参考网"), "武彩霞 ");
        assert_eq!(without_source("责任编辑: 李明"), "");
    }

    #[test]
    fn houses_and_sentences_are_no_persons() {
        assert!(may_be_person("陳俐君") && may_be_person("李明") && may_be_person("長谷川健太"));
        for none in ["华西都市报", "财讯网", "在长达一万八千多字的报告中", "李"] {
            assert!(!may_be_person(none), "{none}");
        }
        for name in ["李明", "陳俐君", "欧阳明", "司馬中原"] {
            assert!(has_surname(name), "{name}");
        }
        for name in ["分享工具", "推荐阅读", "热点推荐", "我来说两句", "来源", "李明明明", "李"]
        {
            assert!(!has_surname(name), "{name}");
        }
        assert!(is_house("聯合報") && is_house("北京新浪網") && !is_house("陳俐君") && !is_house("Herald"));
    }
}
