//! Who writes, what about, in which charset.

use base64::Engine as _;

use super::random::Random;

/// Fictional people; a few names need an encoded word, quotes or nothing at all.
pub(super) const PEOPLE: [&str; 14] = [
    "Ann Field <ann@field.example>",
    "Bo Lund <bo@lund.example>",
    "\"Castillo, Inez\" <inez.castillo@harbour.example>",
    "=?UTF-8?Q?Zo=C3=AB_Br=C3=BCck?= <zoe@brueck.example>",
    "=?UTF-8?B?5bGx55Sw5aSq6YOO?= <taro@yamada.example>",
    "=?KOI8-R?B?6dfBziDwxdTSz9c=?= <ivan@petrov.example>",
    "Harbour Library <notices@harbour.example>",
    "\"Weekly \\\"Tide\\\" Letter\" <letter@tide.example>",
    "dev-list@lists.example",
    "Olu Adeyemi <olu.adeyemi@north-shore.example>",
    "Marta Kowalczyk <marta@kowalczyk.example>",
    "Shop at Quay <orders@quay-shop.example>",
    "=?ISO-8859-1?Q?Andr=E9_Lef=E8vre?= <andre@lefevre.example>",
    "<bare@address.example>",
];

const WORDS: [&str; 96] = [
    "the",
    "tide",
    "report",
    "meeting",
    "about",
    "harbour",
    "minutes",
    "we",
    "should",
    "before",
    "Friday",
    "and",
    "send",
    "draft",
    "figures",
    "attached",
    "please",
    "read",
    "again",
    "with",
    "care",
    "because",
    "their",
    "office",
    "answer",
    "came",
    "late",
    "but",
    "good",
    "news",
    "from",
    "north",
    "shore",
    "boat",
    "repair",
    "cost",
    "less",
    "than",
    "planned",
    "a",
    "new",
    "list",
    "of",
    "names",
    "is",
    "on",
    "shelf",
    "next",
    "to",
    "window",
    "I",
    "will",
    "call",
    "you",
    "in",
    "morning",
    "when",
    "train",
    "arrives",
    "at",
    "station",
    "photos",
    "garden",
    "were",
    "sent",
    "yesterday",
    "could",
    "someone",
    "check",
    "page",
    "seven",
    "there",
    "seems",
    "be",
    "small",
    "mistake",
    "total",
    "invoice",
    "number",
    "was",
    "paid",
    "last",
    "week",
    "thank",
    "for",
    "patience",
    "see",
    "soon",
    "best",
    "wishes",
    "or",
    "not",
    "quite",
    "sure",
    "yet",
    "maybe",
];

/// A charset that mail is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Utf8,
    Latin1,
    Iso2022Jp,
    Gb18030,
    Koi8R,
}

impl Charset {
    /// As often as a person with friends in many places gets them.
    pub(super) const WEIGHTED: [Self; 16] = [
        Self::Ascii,
        Self::Ascii,
        Self::Ascii,
        Self::Ascii,
        Self::Ascii,
        Self::Utf8,
        Self::Utf8,
        Self::Utf8,
        Self::Utf8,
        Self::Utf8,
        Self::Utf8,
        Self::Latin1,
        Self::Latin1,
        Self::Iso2022Jp,
        Self::Gb18030,
        Self::Koi8R,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Utf8 => "utf-8",
            Self::Latin1 => "iso-8859-1",
            Self::Iso2022Jp => "iso-2022-jp",
            Self::Gb18030 => "gb18030",
            Self::Koi8R => "koi8-r",
        }
    }

    /// Sentences, already in the charset's octets.
    fn sentences(self) -> &'static [&'static [u8]] {
        match self {
            Self::Ascii => &[b"See you at the quay.", b"No change since Tuesday."],
            Self::Utf8 => const {
                &[
                "Grüße aus dem Süden – bis bald!".as_bytes(),
                "Ça va très bien, merci ☀️".as_bytes(),
                "会议改到星期三下午。".as_bytes(),
                "Встреча перенесена на среду.".as_bytes(),
                "مرحبا، نلتقي غدًا".as_bytes(),
                "👩‍🔬 results are in 🎉".as_bytes(),
            ]},
            Self::Latin1 => &[
                b"Gr\xfc\xdfe aus K\xf6ln, bis n\xe4chste Woche.",
                b"L'\xe9t\xe9 a \xe9t\xe9 tr\xe8s chaud \xe0 Gen\xe8ve.",
                b"Ma\xf1ana por la ma\xf1ana, \xbfde acuerdo?",
            ],
            Self::Iso2022Jp => &[
                b"\x1b$B$*@$OC$K$J$C$F$*$j$^$9!#\x1b(B",
                b"\x1b$BL@F|$N2q5D$O==;~$+$i$G$9!#\x1b(B",
                b"\x1b$B;qNA$rE:IU$$$?$7$^$7$?!#\x1b(B",
                b"\x1b$B$43NG'$r$*4j$$$$$?$7$^$9!#\x1b(B",
            ],
            Self::Gb18030 => &[
                b"\xc4\xe3\xba\xc3\xa3\xac\xb8\xbd\xbc\xfe\xca\xc7\xb1\xbe\xd6\xdc\xb5\xc4\xb1\xa8\xb8\xe6\xa1\xa3",
                b"\xbb\xe1\xd2\xe9\xb8\xc4\xb5\xbd\xd0\xc7\xc6\xda\xc8\xfd\xcf\xc2\xce\xe7\xa1\xa3",
                b"\x954\xb25\xd2\xb0\xbc\xd2\xb5\xc4\xb7\xa2\xc6\xb1",
            ],
            Self::Koi8R => &[
                b"\xf7\xd3\xd4\xd2\xc5\xde\xc1 \xd0\xc5\xd2\xc5\xce\xc5\xd3\xc5\xce\xc1 \xce\xc1 \xd3\xd2\xc5\xc4\xd5.",
                b"\xf3\xd0\xc1\xd3\xc9\xc2\xcf \xda\xc1 \xc2\xd9\xd3\xd4\xd2\xd9\xca \xcf\xd4\xd7\xc5\xd4!",
                b"\xe9\xd4\xcf\xc7\xc9 \xce\xc5\xc4\xc5\xcc\xc9",
            ],
        }
    }
}

/// At least `size` octets of text in lines of at most about 80 octets.
pub(super) fn text(random: &mut Random, charset: Charset, size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 200);
    while text.len() < size {
        if random.chance(150) {
            text.extend_from_slice(random.pick::<&[u8]>(charset.sentences()));
        } else {
            let line_end = text.len() + 50 + random.below(22) as usize;
            while text.len() < line_end {
                text.extend_from_slice(random.pick(&WORDS).as_bytes());
                text.push(b' ');
            }
            text.pop();
        }
        text.extend_from_slice(if random.chance(120) { b".\r\n\r\n" } else { b"\r\n" });
    }
    text
}

/// A subject as it stands in the header: plain words or encoded ones, some longer than RFC 2047 allows.
pub(super) fn subject(random: &mut Random, charset: Charset) -> Vec<u8> {
    if charset == Charset::Ascii || random.chance(300) {
        let count = 2 + random.below(7);
        let words: Vec<&str> = (0..count).map(|_| *random.pick(&WORDS)).collect();
        return words.join(" ").into_bytes();
    }
    let sentence: &[u8] = random.pick::<&[u8]>(charset.sentences());
    // Two words in a row show that the space between them goes.
    let word = base64::engine::general_purpose::STANDARD.encode(sentence);
    let word = format!("=?{}?B?{word}?=", charset.name());
    if random.chance(250) { format!("{word}\r\n {word}").into_bytes() } else { word.into_bytes() }
}

/// The address in `Name <address>`.
pub(super) fn address(person: &str) -> &str {
    person.rsplit_once('<').map_or(person, |(_, rest)| rest.trim_end_matches('>'))
}

/// The part after the `@`.
pub(super) fn domain(person: &str) -> &str {
    address(person).rsplit_once('@').map_or("nowhere.example", |(_, domain)| domain)
}
