//! The lines of plain text that say who wrote what is quoted below them: `On Monday at 12:30 Ada wrote:`, and the heads that
//! Outlook writes above a mail it answers to, which is not marked as quoted.
//!
//! They are put away with the quote. A line that might be the person's own stays: it is taken for an introduction only where it
//! begins as programs begin one, has an address or a time of day, and ends in a colon.

/// Longest introduction, in lines and in letters: programs break it in two or three.
const MOST_LINES: usize = 3;
const LONGEST: usize = 400;
/// A line shorter than this was not broken by a program, in letters.
const SHORTEST_BROKEN: usize = 40;
/// The head of an earlier mail is within so many lines.
const HEAD: usize = 10;

/// How an introduction begins, where a date follows.
const BEGINNINGS: [&str; 25] = [
    "on",
    "am",
    "le",
    "el",
    "il",
    "op",
    "em",
    "no dia",
    "w dniu",
    "dnia",
    "den",
    "d.",
    "dne",
    "v",
    "la",
    "în data",
    "pe",
    "στις",
    "vào",
    "pada",
    "tarihinde",
    "wt.",
    "el día",
    "il giorno",
    "在",
];

/// That somebody wrote, as programs say it.
const WROTE: [&str; 37] = [
    "wrote",
    "writes",
    "schrieb",
    "a écrit",
    "écrit",
    "escribió",
    "ha scritto",
    "scrisse",
    "schreef",
    "napisał",
    "napisała",
    "napisał(a)",
    "pisze",
    "escreveu",
    "пишет",
    "писал",
    "писала",
    "написал",
    "написала",
    "написав",
    "写道",
    "寫道",
    "写",
    "寫",
    "のメール",
    "のメッセージ",
    "書きました",
    "작성",
    "썼습니다",
    "skrev",
    "kirjoitti",
    "napsal",
    "írta",
    "yazdı",
    "έγραψε",
    "đã viết",
    "a scris",
];

/// What stands between dashes above a mail that is answered to.
const ORIGINAL: [&str; 21] = [
    "original message",
    "original mail",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "mensagem original",
    "исходное сообщение",
    "原始邮件",
    "原始郵件",
    "元のメッセージ",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "původní zpráva",
];

/// How its fields are called: who wrote it, when, to whom, about what.
const FROM: [&str; 15] = [
    "from",
    "von",
    "de",
    "da",
    "van",
    "od",
    "от",
    "发件人",
    "寄件者",
    "差出人",
    "보낸 사람",
    "från",
    "fra",
    "lähettäjä",
    "от кого",
];
const SENT: [&str; 22] = [
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviado el",
    "enviada em",
    "inviato",
    "verzonden",
    "wysłano",
    "data",
    "отправлено",
    "дата",
    "发送时间",
    "日期",
    "送信日時",
    "보낸 날짜",
    "skickat",
    "sendt",
    "lähetetty",
    "odesláno",
];
const TO: [&str; 16] = [
    "to",
    "an",
    "à",
    "para",
    "a",
    "aan",
    "do",
    "кому",
    "收件人",
    "宛先",
    "받는 사람",
    "till",
    "til",
    "vastaanottaja",
    "komu",
    "pour",
];
const SUBJECT: [&str; 18] = [
    "subject",
    "betreff",
    "objet",
    "asunto",
    "oggetto",
    "onderwerp",
    "temat",
    "assunto",
    "тема",
    "主题",
    "主題",
    "主旨",
    "件名",
    "제목",
    "ämne",
    "emne",
    "aihe",
    "předmět",
];

/// How the subject of a mail begins that is passed on: what it holds is what it is sent for.
const FORWARDED: [&str; 16] = [
    "fw", "fwd", "wg", "tr", "rv", "enc", "i", "doorst", "vb", "vs", "vl", "pd", "转发", "轉寄", "転送", "fs",
];

/// Words that send the reader to what stands below.
const BELOW: [&str; 18] = [
    "below",
    "inline",
    "in line",
    "beneath",
    "unten",
    "untenstehend",
    "ci-dessous",
    "dessous",
    "abajo",
    "sotto",
    "onder",
    "poniżej",
    "abaixo",
    "ниже",
    "nedan",
    "nedenfor",
    "以下",
    "下面",
];

/// Whether a mail with that subject passes another one on.
pub(super) fn is_forwarded(subject: &str) -> bool {
    let Some((prefix, _)) = subject.split_once([':', '：']) else { return false };
    let prefix = prefix.trim().to_lowercase();
    FORWARDED.contains(&prefix.as_str())
}

/// How many of these lines, at their end, introduce the quote that follows; blank ones at the very end count.
pub(super) fn introduction(lines: &[&str]) -> usize {
    let blank = lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
    let end = lines.len() - blank;
    if blank > 1 {
        return 0;
    }
    for count in 1..=MOST_LINES.min(end) {
        let Some(candidate) = lines.get(end - count..end) else { break };
        let is_broken =
            |line: &&str| line.chars().count() >= SHORTEST_BROKEN && !line.trim().ends_with([':', '：']);
        if candidate.iter().any(|line| line.trim().is_empty()) {
            break;
        }
        let broken = candidate.get(..count - 1).unwrap_or_default();
        if broken.iter().all(is_broken) && introduces(candidate) {
            return count + blank;
        }
    }
    0
}

fn introduces(lines: &[&str]) -> bool {
    let whole = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    if whole.chars().count() > LONGEST {
        return false;
    }
    let Some(said) = whole.strip_suffix([':', '：']).map(|said| said.trim_end().to_lowercase()) else {
        return false;
    };
    let Some(first) = lines.first().map(|line| line.trim().to_lowercase()) else { return false };
    let (has_address, has_time) = (has_address(&said), has_time(&said));
    let is_said = WROTE.iter().any(|word| has_word(&said, word));
    let begins_so = begins_with_date(&first);
    let names_writer = said.ends_with('>') && has_address && has_time;
    (begins_so && ((is_said && (has_address || has_time)) || names_writer)) || begins_with_writer(&said)
}

/// `On Mon, 3 Jan …`, `Le lun. 3 janv. …`, `2022/01/03 …`, `пн, 3 янв. …`: a number is among the first few words, and what is
/// before it is a word that programs put there, or days and months.
fn begins_with_date(line: &str) -> bool {
    let is_numbered = |word: &str| {
        let mut letters = word.chars().filter(|letter| !matches!(letter, '(' | '[' | '"'));
        letters.next().is_some_and(|letter| letter.is_ascii_digit())
    };
    let beginning = BEGINNINGS.iter().filter_map(|beginning| line.strip_prefix(beginning));
    let after = beginning.filter(|rest| rest.starts_with(char::is_whitespace) || line.starts_with('在'));
    let has_beginning = after.into_iter().any(|rest| rest.split_whitespace().take(3).any(is_numbered));
    let mut words = line.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_day = first.chars().count() <= 6 && first.ends_with(['.', ',']) && is_numbered(second);
    has_beginning || is_numbered(first) || is_day
}

/// `Ada Kestrel <ada@example.org> wrote`, perhaps with a date behind it.
fn begins_with_writer(said: &str) -> bool {
    let Some((name, rest)) = said.split_once('<') else { return false };
    let Some((address, rest)) = rest.split_once('>') else { return false };
    if name.trim().is_empty()
        || !has_address(address)
        || address.contains(char::is_whitespace)
        || name.split_whitespace().count() > 5
    {
        return false;
    }
    let rest = rest.trim_start();
    // 于2022年1月3日周一 12:30写道
    let is_chinese = (rest.starts_with('于') || rest.starts_with('於')) && has_time(rest);
    let after = WROTE.iter().filter_map(|word| rest.strip_prefix(word));
    let is_verb = after.into_iter().any(|rest| rest.is_empty() || (rest.starts_with(' ') && has_time(rest)));
    is_verb || (is_chinese && WROTE.iter().any(|word| rest.ends_with(word)))
}

fn has_address(text: &str) -> bool {
    text.split('@').zip(text.split('@').skip(1)).any(|(before, after)| {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '+' | '=');
        before.chars().next_back().is_some_and(is_part) && after.chars().next().is_some_and(is_part)
    })
}

/// `12:30`, `12.30` after a word for the clock, `12h30`.
fn has_time(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(4).any(|window| match window {
        [hour, mark, ten, one] => {
            hour.is_ascii_digit()
                && matches!(mark, ':' | 'h' | '：')
                && ten.is_ascii_digit()
                && one.is_ascii_digit()
        }
        _ => false,
    }) || ["kl. ", "kl ", "klo "].iter().any(|clock| {
        let after = text.split_once(clock).map(|(_, after)| after);
        after.and_then(|after| after.chars().next()).is_some_and(|letter| letter.is_ascii_digit())
    })
}

/// Whether a word stands there by itself; letters that are words need no blanks around them.
fn has_word(text: &str, word: &str) -> bool {
    let is_free = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    let is_ideographic = word.chars().all(|letter| u32::from(letter) >= 0x1100);
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        is_ideographic || (is_free(before) && is_free(after))
    })
}

/// Where, counted in lines, an earlier mail begins that goes on to the end and is not marked as quoted.
pub(super) fn original(lines: &[&str]) -> Option<usize> {
    let start = (0..lines.len()).find(|place| lines.get(*place..).is_some_and(begins_original))?;
    let above = lines.get(..start).unwrap_or_default();
    let mut own = above.iter().filter(|line| !line.trim().is_empty());
    // Who is told to look there finds it open.
    let points_there = own.clone().any(|line| {
        let line = line.to_lowercase();
        BELOW.iter().any(|word| has_word(&line, word))
    });
    (!points_there && !is_passed_on(own.next_back().copied())).then_some(start)
}

/// Whether the line above a head says that what follows is passed on.
fn is_passed_on(above: Option<&str>) -> bool {
    let Some(line) = above.map(|line| line.trim().to_lowercase()) else { return false };
    [
        "forward",
        "weitergeleitet",
        "transféré",
        "reenviado",
        "inoltrato",
        "doorgestuurd",
        "przekazan",
        "encaminhad",
        "пересыла",
        "转发",
        "転送",
    ]
    .iter()
    .any(|word| line.contains(word))
}

fn begins_original(lines: &[&str]) -> bool {
    let mut rest = lines;
    let Some((first, after)) = rest.split_first() else { return false };
    let is_rule = first.trim().len() >= 20 && first.trim().chars().all(|letter| letter == '_');
    if is_rule || is_original(first) {
        let blank = after.iter().take_while(|line| line.trim().is_empty()).count();
        rest = after.get(blank.min(1)..).unwrap_or_default();
    }
    is_head(rest)
}

fn is_original(line: &str) -> bool {
    let line = line.trim();
    let inside = line.trim_matches(['-', ' ']);
    let is_between = line.starts_with("--") && line.ends_with("--");
    is_between && ORIGINAL.contains(&inside.to_lowercase().replace('’', "'").as_str())
}

/// Who, and about what, and when or to whom: the fields of a head, its first one first.
fn is_head(lines: &[&str]) -> bool {
    if lines.first().is_none_or(|line| field_of(line) != Some(0)) {
        return false;
    }
    let head = lines.iter().take(HEAD).take_while(|line| !line.trim().is_empty());
    let known: Vec<u8> = head.filter_map(|line| field_of(line)).collect();
    let has = |kind| known.contains(&kind);
    has(3) && (has(1) || has(2))
}

/// Which field a line is: 0 from, 1 sent, 2 to, 3 subject.
fn field_of(line: &str) -> Option<u8> {
    let (name, value) = line.trim().split_once([':', '：'])?;
    if value.trim_matches(['*', ' ']).is_empty() {
        return None;
    }
    let name = name.trim_matches(['*', ' ', '\u{a0}']).to_lowercase();
    let is = |names: &[&str]| names.contains(&name.as_str());
    [is(&FROM), is(&SENT), is(&TO), is(&SUBJECT)]
        .iter()
        .position(|is| *is)
        .and_then(|kind| u8::try_from(kind).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_above_a_quote_introduces_it() {
        let lines = [
            "On Mon, Jan 3, 2022 at 12:30 PM Ada Kestrel <ada@example.org> wrote:",
            "On 1/3/22 12:30, Ada Kestrel wrote:",
            "On Mon, Jan 03, 2022 at 12:30:00PM +0100, Ada Kestrel wrote:",
            "Am 03.01.22 um 12:30 schrieb Ada Kestrel:",
            "Am Mo., 3. Jan. 2022 um 12:30 Uhr schrieb Ada Kestrel <ada@example.org>:",
            "Ada Kestrel <ada@example.org> schrieb am Mo., 3. Jan. 2022, 12:30:",
            "Le lun. 3 janv. 2022 à 12:30, Ada Kestrel <ada@example.org> a écrit :",
            "El lun, 3 ene 2022 a las 12:30, Ada Kestrel (<ada@example.org>) escribió:",
            "Il giorno lun 3 gen 2022 alle ore 12:30 Ada Kestrel <ada@example.org> ha scritto:",
            "Op ma 3 jan. 2022 om 12:30 schreef Ada Kestrel <ada@example.org>:",
            "W dniu 03.01.2022 o 12:30, Ada Kestrel pisze:",
            "pon., 3 sty 2022 o 12:30 Ada Kestrel <ada@example.org> napisał(a):",
            "Em seg., 3 de jan. de 2022 às 12:30, Ada Kestrel <ada@example.org> escreveu:",
            "пн, 3 янв. 2022 г. в 12:30, Ada Kestrel <ada@example.org>:",
            "03.01.2022 12:30, Ada Kestrel пишет:",
            "Ada Kestrel <ada@example.org> 于2022年1月3日周一 12:30写道：",
            "在 2022-01-03 12:30:00，\"Ada\" <ada@example.org> 写道：",
            "2022年1月3日(月) 12:30 Ada Kestrel <ada@example.org>:",
            "2022/01/03 12:30、Ada Kestrel <ada@example.org>のメール:",
            "2022년 1월 3일 (월) 오후 12:30, Ada Kestrel <ada@example.org>님이 작성:",
            "Den mån 3 jan. 2022 kl 12:30 skrev Ada Kestrel <ada@example.org>:",
            "Den man. 3. jan. 2022 kl. 12.30 skrev Ada Kestrel <ada@example.org>:",
            "Ada Kestrel <ada@example.org> wrote:",
            "2022-01-03 12:30 GMT+01:00 Ada Kestrel <ada@example.org>:",
        ];
        for line in lines {
            assert_eq!(introduction(&["Yes.", "", line]), 1, "{line}");
            assert_eq!(introduction(&["Yes.", "", line, ""]), 2, "{line}");
            assert_eq!(introduction(&["Yes.", "", line, "", ""]), 0, "too far above");
        }
    }

    #[test]
    fn one_that_was_broken_is_known_as_a_whole() {
        let lines = [
            "Yes.",
            "On Mon, Jan 3, 2022 at 12:30 PM Ada Kestrel of the workshop",
            "<ada@example.org> wrote:",
        ];
        assert_eq!(introduction(&lines), 2);
        let lines =
            ["On 03.01.2022 at 12:30, Ada Kestrel of the workshop at the lake", "in the north", "wrote:"];
        assert_eq!(introduction(&lines), 0, "no program breaks so early");
    }

    #[test]
    fn what_a_person_says_before_a_quote_is_theirs() {
        let lines = [
            "On Monday:",
            "Mira wrote:",
            "On page 12 of the report of 2020 she wrote:",
            "I met her at 12:30, and then she wrote:",
            "At 12:30 I wrote to mira@example.org:",
            "You wrote at 12:30 that it works:",
            "As I wrote on 3 May 2022 at 12:30:",
            "On the other hand, mira@example.org wrote:",
            "On 3 May 2022 at 12:30 Mira wrote",
            "On 3 May 2022 at 12:30 we meet:",
            "12:30 is fine for me:",
            "Write to <mira@example.org> at 12:30:",
            "",
        ];
        for line in lines {
            assert_eq!(introduction(&[line]), 0, "{line}");
            let before = "On the other hand I was there on 3 May 2022, at 12:30, and then";
            assert_eq!(introduction(&[before, line]), 0, "{line}");
        }
    }

    #[test]
    fn an_earlier_mail_below_its_head_goes_on_to_the_end() {
        let heads = [
            "-----Original Message-----\nFrom: Ada <a@b.example>\nSent: Monday, January 3, 2022 12:30\nTo: Jonas\nSubject: Keys",
            "-----Ursprüngliche Nachricht-----\nVon: Ada\nGesendet: Montag, 3. Januar 2022\nAn: Jonas\nBetreff: Schlüssel",
            "________________________________\nDe : Ada\nEnvoyé : lundi\nÀ : Jonas\nObjet : Clefs",
            "*From:* Ada\n*Sent:* Monday\n*To:* Jonas\n*Subject:* Keys",
            "De: Ada\nEnviado el: lunes\nPara: Jonas\nAsunto: Llaves",
            "Da: Ada\nInviato: lunedì\nA: Jonas\nOggetto: Chiavi",
            "Van: Ada\nVerzonden: maandag\nAan: Jonas\nOnderwerp: Sleutels",
            "От: Ада\nОтправлено: понедельник\nКому: Йонас\nТема: Ключи",
            "------------------ 原始邮件 ------------------\n发件人: \"Ada\"\n发送时间: 2022年1月3日\n收件人: \"Jonas\"\n主题: 钥匙",
            "差出人: Ada\n送信日時: 2022年1月3日\n宛先: Jonas\n件名: 鍵",
        ];
        for head in heads {
            let text = format!("Yes.\n\n{head}\n\nWho has the keys?\n");
            assert_eq!(original(&text.lines().collect::<Vec<_>>()), Some(2), "{head}");
            let text = format!("My answers are below.\n\n{head}\n\nWho has the keys?\n");
            let is_english = original(&text.lines().collect::<Vec<_>>());
            assert_eq!(is_english, None, "who is sent there finds it open");
            let text = format!("See this.\n\n---------- Forwarded message ---------\n{head}\n\nWho?\n");
            assert_eq!(original(&text.lines().collect::<Vec<_>>()), None, "{head}");
        }
    }

    #[test]
    fn what_only_looks_like_a_head_is_none() {
        for text in [
            "From: here it goes on\nand on",
            "-----Original Message-----\nwas all that it said",
            "To: do\nSubject: to change",
            "Notes\nFrom: 9\nTo: 17",
            "From:\nTo:\nSubject:",
        ] {
            assert_eq!(original(&text.lines().collect::<Vec<_>>()), None, "{text}");
        }
        assert!(is_forwarded("Fwd: keys") && is_forwarded("WG: Schlüssel") && !is_forwarded("Re: keys"));
        assert!(!is_forwarded("Free tickets: two left") && !is_forwarded("keys"));
    }
}
