//! Whether a text speaks of a file that goes along: who sends it without one may have forgotten it.

use super::subject;
use super::words::folded;

/// How words begin that speak of it, in one language after another. Folded as the text is.
const BEGINNINGS: &[&str] = &[
    // English
    "attach",
    "enclosed",
    "enclosure",
    "enclosing",
    // German
    "anhang",
    "anhänge",
    "angehäng",
    "anbei",
    "beigefüg",
    "beiliegend",
    "mitgeschickt",
    "anlagen",
    // French
    "ci joint",
    "pièce jointe",
    "pièces jointes",
    "en pj",
    "je joins",
    "fichier joint",
    "fichiers joints",
    "document joint",
    "documents joints",
    // Spanish, Portuguese, Italian
    "adjunt",
    "anexo",
    "anexad",
    "anexe",
    "anexa",
    "anexando",
    "allegat",
    "allego",
    "alleghi",
    "allegando",
    // Dutch
    "bijlage",
    "bijgevoegd",
    "bijgesloten",
    "aangehecht",
    "meegestuurd",
    // Polish, Czech, Slovak
    "załącz",
    "w załączeniu",
    "dołącz",
    "příloh",
    "přilož",
    "přiklád",
    "príloh",
    "prilož",
    // Russian, Ukrainian
    "вложени",
    "во вложении",
    "приложен",
    "приложил",
    "прилагаю",
    "прилагается",
    "прикреп",
    "прикладываю",
    "вкладенн",
    "долучаю",
    "долучен",
    "додаю файл",
    "у додатку",
    "в додатку",
    "прикріп",
    // Turkish
    "ekte",
    "ekteki",
    "ekli dosya",
    "ekledim",
    "ekliyorum",
    "ilişikte",
    "ilişikteki",
    "eklenti",
    // Swedish, Danish, Norwegian, Finnish
    "bifog",
    "bilaga",
    "bilagor",
    "bilagd",
    "vedhæft",
    "vedlagt",
    "vedlegg",
    "bilag",
    "legger ved",
    "vedlagte",
    "liite",
    "liitte",
    "liitän",
    "ohessa",
    "oheinen",
    "oheise",
    // Greek
    "συνημμέν",
    "επισυνάπτ",
    "επισυναπτ",
    "συνάπτω",
    // Hungarian, Romanian
    "mellékel",
    "melléklet",
    "csatol",
    "ataşat",
    "ataşez",
    "ataşament",
    "ataşăm",
    "anexat",
    "anexez",
    "în anexă",
];
/// What stands for it wherever it stands: scripts without blanks, and Arabic, whose articles are glued to words.
const ANYWHERE: &[&str] = &[
    "添付",
    "同封",
    "附件",
    "附檔",
    "附档",
    "附加檔案",
    "附上",
    "随附",
    "隨附",
    "첨부",
    "동봉",
    "مرفق",
    "أرفق",
    "ارفق",
    "المرفقة",
    "טופס מצורף",
    "מצורף",
    "מצורפ",
    "מצ\"ב",
];
/// Words that mean it only in such a place.
const PHRASES: &[&str] = &[
    "in der anlage",
    "als anlage",
    "siehe anlage",
    "anlage:",
    "in anlage",
    "find the file",
    "i have included the file",
    "in the bijlage",
];

/// Whether somebody wrote that a file goes along. What is quoted, passed on or signed with doesn't count, nor does the subject
/// of an answer: another wrote that.
pub fn forgets_attachment(subject: &str, text: &str) -> bool {
    let own = match subject::is_of_another(subject) {
        true => own_text(text),
        false => format!("{subject}\n{}", own_text(text)),
    };
    let text = folded(&own);
    // Blanks and line ends alike, and no stroke between `ci` and `joint`.
    let mut spaced = String::with_capacity(text.len() + 2);
    spaced.push(' ');
    for c in text.chars() {
        let c = if c.is_alphanumeric() || matches!(c, ':' | '"' | '\'') { c } else { ' ' };
        if c != ' ' || !spaced.ends_with(' ') {
            spaced.push(c);
        }
    }
    // `l'allegato`, `d'une pièce jointe`.
    let spaced = spaced.replace(['\'', '\u{2019}'], " ");
    let stands = |words: &&str| spaced.contains(&*format!(" {}", folded(words)));
    BEGINNINGS.iter().any(stands)
        || PHRASES.iter().any(stands)
        || ANYWHERE.iter().any(|words| spaced.contains(&*folded(words)))
}

/// What the person wrote: up to the signature and to what is passed on, without quotes and the lines that introduce them.
fn own_text(text: &str) -> String {
    let mut own = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_border = line.len() > 10 && line.starts_with("-----") && line.trim_end().ends_with("-----");
        if line == "-- " || line == "--" || is_border {
            break;
        }
        let is_quote = |line: &str| line.trim_start().starts_with('>');
        let introduces =
            line.trim_end().ends_with([':', '：']) && lines.peek().is_some_and(|next| is_quote(next));
        if !is_quote(line) && !introduces {
            own.push_str(line);
            own.push('\n');
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_language_a_file_that_is_spoken_of_is_missed() {
        for text in [
            "Please find the report attached.",
            "See the attachment",
            "I enclosed the invoice",
            "Im Anhang findest du den Bericht.",
            "Anbei die Rechnung",
            "Die Datei ist beigef\u{fc}gt",
            "siehe Anlage",
            "angeha\u{308}ngt",
            "Vous trouverez ci-joint le rapport",
            "voir la pi\u{e8}ce jointe",
            "Je joins le devis",
            "Te adjunto el informe",
            "en el archivo adjunto",
            "In allegato trovi il contratto",
            "Ti allego la foto",
            "vedi l'allegato",
            "Segue em anexo o relat\u{f3}rio",
            "anexei o documento",
            "Zie de bijlage",
            "Bijgevoegd het verslag",
            "W za\u{142}\u{105}czniku przesy\u{142}am",
            "za\u{142}\u{105}czam faktur\u{119}",
            "Zalaczam plik",
            "V p\u{159}\u{ed}loze pos\u{ed}l\u{e1}m",
            "p\u{159}ikl\u{e1}d\u{e1}m fakturu",
            "Во вложении отчёт",
            "прикрепляю файл",
            "Прилагаю счёт",
            "У вкладенні звіт",
            "прикріплюю файл",
            "у додатку рахунок",
            "Ekte raporu bulabilirsiniz",
            "dosyayı ekledim",
            "\u{130}li\u{15f}ikte",
            "Bifogat finns rapporten",
            "se bilagan",
            "Se bilaga",
            "Vedh\u{e6}ftet er rapporten",
            "se bilaget",
            "Vedlagt f\u{f8}lger rapporten",
            "Se vedlegget",
            "Liitteen\u{e4} raportti",
            "Ohessa lasku",
            "資料を添付します。",
            "添付ファイルをご覧ください",
            "请查看附件",
            "報告請見附檔",
            "보고서를 첨부합니다",
            "첨부파일 확인 부탁드립니다",
            "تجدون التقرير في المرفق",
            "أرفقت لكم الملف",
            "Σας στέλνω συνημμένο το αρχείο",
            "Επισυνάπτω την αναφορά",
            "Mell\u{e9}kelten k\u{fc}ld\u{f6}m",
            "csatolva a f\u{e1}jl",
            "Csatoltam",
            "Am ata\u{219}at raportul",
            "v\u{103} trimit \u{ee}n anex\u{103}",
            "ata\u{15f}at",
        ] {
            assert!(forgets_attachment("", text), "{text}");
        }
        assert!(forgets_attachment("Attached: plans", ""));
    }

    #[test]
    fn other_words_and_the_words_of_others_are_not_taken_for_it() {
        for text in [
            "Shall we meet at noon?",
            "Wollen wir uns treffen?",
            "On se voit demain ?",
            "Nos vemos ma\u{f1}ana",
            "Ci vediamo domani",
            "Tot morgen, bij het lage huis",
            "Spotkajmy si\u{119} jutro",
            "Увидимся завтра",
            "Yar\u{131}n g\u{f6}r\u{fc}\u{15f}elim",
            "Vi ses i morgon",
            "Tavataan huomenna",
            "明日会いましょう",
            "明天见",
            "내일 봐요",
            "أراك غدا",
            "Τα λέμε αύριο",
            "Holnap tal\u{e1}lkozunk",
            "Ne vedem m\u{e2}ine",
            "ok\n> see the attached file\n",
            "thanks\n\nAnn wrote in an attachment:\n> hi\n",
            "thanks\n-- \nAttachments welcome\n",
            "fyi\n\n---------- Forwarded message ----------\nSubject: x\n\nThe report is attached.\n",
            "",
        ] {
            assert!(!forgets_attachment("", text), "{text}");
        }
        assert!(!forgets_attachment("Re: the attached file", "thanks"));
        assert!(!forgets_attachment("WG: Anhang", ""));
    }
}
