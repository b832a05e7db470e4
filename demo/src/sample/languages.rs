//! Mails in many languages, charsets and shapes.

use super::compose::{
    ADA, Charset, Letter, Part, alternative, file, html, message_id, plain, text_part, with_files,
};
use super::{files, newest};

/// `now` is for the mail inside a mail and for the invite, which say when.
pub(super) fn letters(now: i64) -> Vec<Letter> {
    [languages(), shapes(now), lists(), drafts()].concat()
}

fn languages() -> Vec<Letter> {
    let in_charset = |charset, text| text_part("text/plain", charset, text);
    vec![
        Letter::new("kiln", "Jürgen Möller <juergen@toepferei.example>", "Der Brennofen ist bereit für Samstag")
            .days_ago(4, 75)
            .unread()
            .body(in_charset(
                Charset::Latin1,
                "Liebe Ada,\n\nder Ofen läuft wieder, und für Samstag ist noch Platz für zwölf Schüsseln oder eine sehr große Vase. \
                 Bring bitte die Glasuren mit, die grüne reicht nicht mehr für alle.\n\n\
                 Über Kuchen würde sich übrigens niemand beschweren.\n\nGrüße aus der Töpferei\nJürgen\n",
            )),
        Letter::new("choir-ru", "Вера Соколова <vera@hor.example>", "Репетиция в четверг").zone(3).days_ago(5, 220).body(
            in_charset(
                Charset::Koi8R,
                "Дорогая Ада!\n\nВ четверг мы поем в малом зале, потому что в большом красят потолок. \
                 Начало в семь, чай в половине седьмого.\n\nНоты новой песни я положу на рояль. \
                 Альтам в этот раз досталась самая красивая строчка.\n\nОбнимаю,\nВера\n",
            ),
        ),
        Letter::new("tea-zh", "李雯 <liwen@chaye.example>", "茶收到了，谢谢！").zone(8).days_ago(6, 15).body(with_files(
            // The tea arrived whole; an invitation to a small tasting in Hangzhou next month.
            in_charset(
                Charset::Encoded("GB18030"),
                "xOO6w6OssKK076O6DQoNCrLo0tG+rcrVtb3By6Os0LvQu8Tjo6Gw/NewtcO63LrDo6zSu8as0rbX09Kyw7vT0MvpoaMNCs/CuPbUws7Sw8fU2rq81t2w7NK7uPbQodChtcTGt7Lou+GjrMjnufvE49X9usPT0L/Vo6y7ttOtwLSyzrzToaMNCsvm0MW4vcnPwrfP3828oaMNCg0K16O6ww0KwO72qQ0K",
            ),
            vec![file("路线图.png", "image/png", files::cabin_png(120, 80, 0))],
        )),
        Letter::new("pottery-ar", "ليلى حداد <layla@fann.example>", "موعد ورشة الخزف").zone(3).days_ago(6, 500).unread().body(
            alternative(
                "عزيزتي آدا،\n\nتبدأ ورشة الخزف يوم السبت في الساعة العاشرة صباحًا. الطين والأدوات عندنا، ويكفي أن تأتي بثياب لا تخافين عليها.\n\n\
                 رقم القاعة 12، والمدخل من جهة الحديقة.\n\nمع أطيب التحيات،\nليلى\n",
                "<div dir=\"rtl\"><p>عزيزتي آدا،</p><p>تبدأ ورشة الخزف يوم السبت في الساعة <b>العاشرة</b> صباحًا. الطين والأدوات عندنا، ويكفي أن تأتي بثياب لا تخافين عليها.</p>\
                 <p>رقم القاعة 12، والمدخل من جهة الحديقة.</p><p>مع أطيب التحيات،<br>ليلى</p></div>",
            ),
        ),
        Letter::new("recipe-he", "נועה לוי <noa@mitbach.example>", "המתכון של סבתא, סוף סוף").zone(3).days_ago(7, 90).text(
            "עדה היקרה,\n\nמצאתי את המתכון של סבתא לעוגת התפוחים. צריך ארבעה תפוחים, שתי ביצים וסבלנות של שעה.\n\n\
             אם העוגה נשברת, אוכלים אותה עם כפית וזה טעים באותה מידה.\n\nנשיקות,\nנועה\n",
        ),
        Letter::new("market-th", "สมชาย ใจดี <somchai@talad.example>", "ตลาดนัดวันเสาร์นี้").zone(7).days_ago(8, 40).text(
            "สวัสดีครับคุณเอดา\n\nวันเสาร์นี้เรามีตลาดนัดที่ริมแม่น้ำ มีขนมและดอกไม้มากมาย ถ้าว่างเชิญมานะครับ ผมจะเก็บมะม่วงสุกไว้ให้\n\nสมชาย\n",
        ),
        Letter::new("party", "Tom Kestrel <tom@kestrel.example>", "🎈 Lotta turns six 🎂 come hungry").days_ago(5, 640).answered().body(
            text_part(
                "text/plain",
                Charset::Utf8AsIs,
                "Auntie Ada!\n\nLotta turns six on Saturday 🎉 There will be 🍓🍰, a treasure hunt 🗺️ and at least one 🦖.\n\n\
                 She has wished for “something that opens”. We think she means a book, but a tin would do 👨‍👩‍👧 \n\nTom\n",
            ),
        ),
        Letter::new("atelier-fr", "Hélène Girard <helene@atelier.example>", "L’exposition ouvre vendredi, tu viens ?").days_ago(9, 55).body(
            in_charset(
                Charset::Latin1,
                "Chère Ada,\n\nL'exposition ouvre vendredi à dix-huit heures. J'ai gardé ta tasse bleue pour la vitrine du fond, \
                 là où la lumière tombe bien l'été.\n\nS'il pleut, on se serre : l'atelier est petit mais le goûter est grand.\n\nBises,\nHélène\n",
            ),
        ),
        Letter::new("garden-el", "Ελένη Παππά <eleni@kipos.example>", "Τα σποράκια έφτασαν").zone(3).days_ago(10, 310).text(
            "Αγαπητή Άντα,\n\nτα σποράκια έφτασαν και τα μισά είναι ήδη στο χώμα. Αν βγουν ντομάτες, οι πρώτες είναι δικές σου.\n\nΕλένη\n",
        ),
        Letter::new("hike-sv", "Åsa Öberg <asa@fjall.example>", "Re: Fjällvandring – tält eller stuga?").days_ago(11, 45).text(
            "Hej!\n\nJag röstar på stuga, åtminstone de två första nätterna. Tältet tar vi om vädret är snällt. \
             Jag tar med kökspannan, du tar kartan och den goda osten.\n\nÅsa\n",
        ),
    ]
}

fn shapes(now: i64) -> Vec<Letter> {
    let inside = Letter::new(
        "lost-parcel",
        "Parcel shop <shop@parcels.example>",
        "Your parcel waits at the corner shop",
    )
    .days_ago(8, 20)
    .text("A parcel for Ada Kestrel waits at the corner shop until Saturday. Please bring the number 8812.\n")
    .octets(now);
    let forty: Vec<String> = NEIGHBOURS
        .iter()
        .enumerate()
        .map(|(index, name)| format!("{name} <{}.{}@linden-street.example>", name.to_lowercase(), index + 1))
        .collect();
    vec![
        Letter::new("minutes", "House of the Neighbours <house@linden-street.example>", "Minutes of the meeting, in full")
            .days_ago(7, 400)
            .text(&long_minutes()),
        Letter::new("street-party", "Linden Street <party@linden-street.example>", "Street party: who brings a table?")
            .to(&format!("{ADA}, {}", forty.join(", ")))
            .days_ago(4, 600)
            .unread()
            .text(
                "Dear neighbours,\n\nthe street is ours on the last Saturday of August from two until ten. We have four tables and need nine.\n\n\
                 Please answer only to me and not to all forty of you; last year's thread about the bouncy castle is still unforgotten.\n\n\
                 Your party committee of three\n",
            ),
        Letter::new("no-subject", "Tom Kestrel <tom@kestrel.example>", "")
            .days_ago(6, 45)
            .text("Forgot the subject. Can you pick up Lotta's blue jacket? It is on the second hook.\n"),
        Letter::new(
            "very-long",
            "Museum of Small Machines <friends@museum.example>",
            "An invitation to the friends of the museum, to their friends, and to everyone who has ever wound up one of our \
             machines: the reopening of the east wing, with the talking clock, the two restored looms, the steam organ (at \
             four and at six) and a little supper",
        )
        .days_ago(9, 30)
        .body(alternative(
            "Dear friend of the museum,\n\nthe east wing opens again. The subject line says the rest.\n\nThe keepers\n",
            "<p>Dear friend of the museum,</p><p>the east wing opens again. The subject line says the rest.</p>\
             <p><img src=\"https://museum.example/east-wing.jpg\" alt=\"The east wing, with its roof back on\" width=\"480\"></p><p>The keepers</p>",
        )),
        Letter::new("forwarded", "Sven Dahl <sven@workshop.test>", "Fwd: Your parcel waits at the corner shop")
            .days_ago(7, 700)
            .body(newest::forwarded(inside)),
        invite(now),
        Letter::new("inline", "Mira Lindqvist <mira@lindqvist.example>", "The lake this morning").days_ago(8, 610).starred().body(
            Part::Multi {
                kind: "related",
                parts: vec![
                    html("<p>Look what was outside when I opened the door:</p><p><img src=\"cid:lake@lindqvist.example\" alt=\"The lake\" width=\"320\"></p><p>Mira</p>"),
                    Part::File {
                        name: "lake.png".to_owned(),
                        kind: "image/png",
                        octets: files::cabin_png(320, 200, 2),
                        content_id: Some("lake@lindqvist.example"),
                    },
                ],
            },
        ),
        newsletter("letter-32", "Slow Kitchen <letter@slowkitchen.example>", "Seven things to do with too many courgettes", "Courgettes, again", &[
            "Grate them, salt them, wait ten minutes, squeeze. Now they are a filling for everything that can be folded.",
            "Cut in ribbons, with lemon and a hard cheese, they are a salad that takes as long as boiling an egg. Boil the egg too.",
            "Give one to a neighbour. This is how it started, so be quick.",
        ]).days_ago(5, 480).unread(),
        newsletter("night-sky-8", "Night Sky Society <sky@stars.example>", "August nights: what to look up at", "Look up", &[
            "The shooting stars come around the twelfth, best after midnight, best of all lying down.",
            "Saturn rises late in the evening and stays all night. A small telescope shows the ring; a big one shows you why people stay up.",
            "The moon is kind this month and out of the way when it matters.",
        ]).days_ago(6, 300).unread(),
        newsletter("paper-51", "The Paper Boat <post@paperboat.example>", "New in the shop: notebooks that lie flat", "Notebooks that lie flat", &[
            "We have sewn four hundred of them, and not one snaps shut at you.",
            "Cream or grey paper, lines, dots or nothing at all.",
            "Free of postage until Sunday, because the stamps were already on.",
        ]).days_ago(8, 240),
        Letter::new("receipt-881", "Corner Bakery <till@bakery.example>", "Receipt 881: thank you for coming in").days_ago(7, 20).body(
            with_files(
                html("<table width=\"320\" style=\"font-family:monospace\"><tr><td>2 rolls</td><td align=\"right\">1,40</td></tr><tr><td>1 rye loaf</td><td align=\"right\">4,20</td></tr><tr><td><b>Total</b></td><td align=\"right\"><b>5,60</b></td></tr></table><p>Two stamps to go until the free loaf.</p>"),
                vec![file("receipt-881.pdf", "application/pdf", files::pdf("Receipt 881", &["2 rolls 1,40", "1 rye loaf 4,20", "Total 5,60"]))],
            ),
        ),
    ]
}

fn invite(now: i64) -> Letter {
    // Thursday of next week at 17:00 UTC or so: the day is what matters.
    let start =
        jiff::Timestamp::from_millisecond(now + 9 * 86_400_000).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let day = start.strftime("%Y%m%d").to_string();
    let event = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Book circle//Invitations//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\n\
         UID:circle-19@books.example\nDTSTAMP:{day}T080000Z\nDTSTART:{day}T170000Z\nDTEND:{day}T190000Z\n\
         SUMMARY:Book circle: The Summer Book\nLOCATION:At Hélène's\\, second floor\n\
         ORGANIZER;CN=Ines Okafor:mailto:ines@books.example\n\
         ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ada Kestrel:mailto:ada@example.org\n\
         SEQUENCE:0\nSTATUS:CONFIRMED\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    let both = Part::Multi {
        kind: "alternative",
        parts: vec![
            plain(
                "You are invited: book circle, “The Summer Book”, at Hélène's, from seven to nine.\n\nBring a cushion.\n",
            ),
            text_part("text/calendar; method=REQUEST", Charset::Utf8, &event),
        ],
    };
    let attached = file("invite.ics", "text/calendar", event.replace('\n', "\r\n").into_bytes());
    Letter::new("circle-19", "Ines Okafor <ines@books.example>", "Invitation: book circle, The Summer Book")
        .days_ago(4, 130)
        .unread()
        .body(with_files(both, vec![attached]))
}

/// A newsletter as they come: a table, a picture from elsewhere, a tracker, a way out.
fn newsletter(key: &str, from: &str, subject: &str, title: &str, items: &[&str]) -> Letter {
    let rows: String = items
        .iter()
        .map(|item| {
            format!("<tr><td style=\"padding:12px 24px;border-top:1px solid #e5e0d8\">{item}</td></tr>\n")
        })
        .collect();
    let page = format!(
        "<style>h1 {{ font-size: 26px }} a {{ color: #1f6f66 }}</style>\n\
         <table align=\"center\" width=\"600\" cellspacing=\"0\" style=\"background:#fff;border:1px solid #e5e0d8\">\n\
         <tr><td><img src=\"https://pictures.example/{key}.jpg\" width=\"600\" height=\"180\" alt=\"{title}\"></td></tr>\n\
         <tr><td style=\"padding:24px\"><h1>{title}</h1></td></tr>\n{rows}\
         <tr><td style=\"padding:24px;font-size:12px;color:#777\">You get this because you asked for it. \
         <a href=\"https://letters.example/leave?k={key}\">Leave the list</a></td></tr></table>\n\
         <img src=\"https://count.example/o/{key}.gif\" width=\"1\" height=\"1\" alt=\"\">"
    );
    let text = format!(
        "{title}\n\n{}\n\nLeave the list: https://letters.example/leave?k={key}\n",
        items.join("\n\n")
    );
    Letter::new(key, from, subject)
        .body(alternative(&text, &page))
        .field("List-Unsubscribe", format!("<https://letters.example/leave?k={key}>"))
        .field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
}

/// A mailing list with a conversation among others.
fn lists() -> Vec<Letter> {
    const KEYS: [&str; 4] = ["trim-1", "trim-2", "trim-3", "trim-4"];
    let posts = [
        (
            "Pavel Hron <pavel@steel.example>",
            "How do you true a wheel without a stand?",
            "I have a wobble of about two millimetres and no stand. Is there a way that does not end with a new wheel?\n\nPavel\n",
        ),
        (
            "Ines Okafor <ines@books.example>",
            "Re: How do you true a wheel without a stand?",
            "Turn the bicycle over and use the brake pads as the gauge. A quarter turn at a time, and always the two spokes on either side as well.\n\nInes\n",
        ),
        (
            "Bo Karlsen <bo@wheels.example>",
            "Re: How do you true a wheel without a stand?",
            "What Ines says. And stop when it is good: the second millimetre is pride.\n\nBo\n",
        ),
        (
            "Pavel Hron <pavel@steel.example>",
            "Re: How do you true a wheel without a stand?",
            "It runs. I stopped at half a millimetre and feel humble and fast. Thank you both.\n\nPavel\n",
        ),
    ];
    let letters = posts.iter().enumerate().map(|(index, (from, subject, text))| {
        let footer = "\n_______________________________________________\nRepairs mailing list\nhttps://lists.example/repairs\n";
        Letter::new(KEYS[index], from, format!("[Repairs] {subject}").replace("[Repairs] Re: ", "Re: [Repairs] "))
            .to("Repairs <repairs@lists.example>")
            .answers(&KEYS[..index])
            .field("List-ID", "Repairs <repairs.lists.example>")
            .field("List-Post", "<mailto:repairs@lists.example>")
            .field("List-Archive", "<https://lists.example/repairs/archive>")
            .field("List-Unsubscribe", "<mailto:repairs-request@lists.example?subject=unsubscribe>")
            .field("Archived-At", format!("<https://lists.example/repairs/{}>", message_id(KEYS[index]).trim_matches(['<', '>'])))
            .days_ago(9 - i64::try_from(index).unwrap_or(0), 333)
            .text(&format!("{text}{footer}"))
    });
    letters.collect()
}

fn drafts() -> Vec<Letter> {
    let draft = |key, to, subject| Letter::sent(key, to, subject).lies_in("Drafts").flag("\\Draft");
    vec![
        draft("draft-1", "Mira Lindqvist <mira@lindqvist.example>", "Re: The lake this morning")
            .hours_ago(20)
            .answers(&["inline"])
            .text("Mira, that is not a lake, that is a"),
        draft("draft-2", "Landlord <office@houses.example>", "The window on the stairs")
            .days_ago(3, 0)
            .text("Good morning,\n\nthe window on the second landing does not close. It is not urgent as long as it doesn't rain. It is going to rain on\n"),
        draft("draft-3", "", "Ideas for the repair evening").days_ago(12, 0).text(
            "- a table only for things with wires\n- a table only for things with buttons\n- somebody who can sharpen\n- name tags? or not\n",
        ),
    ]
}

fn long_minutes() -> String {
    let topics = [
        "the bicycle cellar",
        "the lamp at the gate",
        "the hedge",
        "the sand in the sandpit",
        "the noise of the new lift",
        "the post boxes",
        "the walnut tree",
        "the party",
        "the rain barrel",
        "the colour of the stairs",
    ];
    let turns = [
        "Mrs Adeyemi reported. The house thanked her.",
        "Two views were held with warmth. A third was found on the way and liked by everyone who was still awake.",
        "It was noted that this had been on the list since the spring before last, and that it was now a tradition.",
        "Mr Holm offered to ask a cousin, who knows about these things and owes him a favour.",
        "The vote was eleven for, none against, and one for having a vote more often.",
        "The matter was put off until someone can find the drawing. It was last seen on top of the fridge in number six.",
    ];
    let mut text = "Minutes of the house meeting, in full, because last time somebody asked.\n\n".to_owned();
    for round in 0..90 {
        let topic = topics[round % topics.len()];
        text.push_str(&format!("{}. On {topic}\n\n", round + 1));
        for turn in 0..5 {
            text.push_str(turns[(round * 5 + turn * 7 + round / 6) % turns.len()]);
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str("The meeting closed at a quarter to eleven with soup.\n");
    text
}

const NEIGHBOURS: [&str; 40] = [
    "Abel", "Agnes", "Anouk", "Bashir", "Berta", "Carmen", "Chidi", "Dagny", "Dario", "Edda", "Emil",
    "Farah", "Fritz", "Gita", "Hanna", "Hugo", "Imre", "Inga", "Jakob", "Jia", "Kaya", "Klaus", "Lale",
    "Leon", "Magda", "Milan", "Nadia", "Nils", "Olga", "Oskar", "Paula", "Quentin", "Rania", "Rolf", "Selma",
    "Tariq", "Ulla", "Viktor", "Wanda", "Yusuf",
];
