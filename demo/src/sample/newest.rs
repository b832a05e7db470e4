//! The mails at the top of the demo's inbox, with the conversations they belong to.

use super::compose::{ADA, Charset, Letter, Part, alternative, file, html, plain, text_part, with_files};
use super::files;

const MIRA: &str = "Mira Lindqvist <mira@lindqvist.example>";
const JONAS: &str = "Jonas Weber <jonas.weber@mail.example>";
const TANAKA: &str = "田中 恵 <tanaka@kaigi.example>";
const NOOR: &str = "Noor <noor@workshop.test>";

pub(super) fn letters() -> Vec<Letter> {
    [cabin(), photos(), meeting(), talk(), singles()].concat()
}

fn cabin() -> Vec<Letter> {
    const SUBJECT: &str = "Re: Cabin in August: dates and keys";
    let text = "Hej you two,\n\n\
        I asked Jonas, the week of the 10th works for everyone. The key is with Mrs Berg next door; she is home after four. \
        The road is open again, so no need for the long way round the lake.\n\n\
        I put the plan of the beds and the list of who brings what in the attachment. Weather for the week looks kind: \
        https://weather.example/lake?week=33\n\n\
        Kram,\nMira\n\n\
        On Wednesday Ada Kestrel wrote:\n\
        > Thursday until Wednesday then. I can bring the big pot, the lamp and the\n> board game with the sheep.\n>\n\
        > Two questions: who has the key this year, and is the road along the\n> north shore still closed?\n>\n\
        > Ada\n>\n\
        > Jonas Weber wrote:\n>> Second week is fine, I would only need the Thursday to get\n>> there.\n>>\n\
        >> I can take two bicycles on the car. Three if nobody minds sitting\n>> next to a wheel.\n>>\n\
        >> Jonas\n>>\n>>> Shall we say the second week? I can drive from the city with\n>>> whoever needs a seat.\n";
    let page = r#"<p>Hej you two,</p>
<p>I asked Jonas, the week of the 10th works for everyone. The key is with Mrs Berg next door; she is home after four.
The road is open again, so no need for the long way round the lake.</p>
<p>I put the plan of the beds and the list of who brings what in the attachment.
<a href="https://weather.example/lake?week=33">Weather for the week</a> looks kind.</p>
<p><img src="https://pictures.example/lake-morning.jpg" alt="The lake in the morning" width="320" height="200">
<img src="https://pictures.example/jetty.jpg" alt="The jetty" width="320" height="200"></p>
<p>Kram,<br>Mira</p>
<img src="https://count.example/open?id=7f3a" width="1" height="1" alt="">
<div class="quote">On Wednesday Ada Kestrel wrote:
<blockquote><p>Thursday until Wednesday then. I can bring the big pot, the lamp and the board game with the sheep.</p>
<p>Two questions: who has the key this year, and is the road along the north shore still closed?</p><p>Ada</p>
<blockquote><p>Second week is fine, I would only need the Thursday to get there.</p>
<p>I can take two bicycles on the car. Three if nobody minds sitting next to a wheel.</p><p>Jonas</p>
<blockquote><p>Shall we say the second week? I can drive from the city with whoever needs a seat.</p></blockquote>
</blockquote></blockquote></div>"#;
    let beds = files::pdf(
        "Beds and lists",
        &[
            "Upstairs, lake side: Ada, Mira",
            "Upstairs, forest side: Jonas",
            "Bench by the stove: whoever comes last",
            "",
            "Ada: big pot, lamp, game",
            "Jonas: coffee, bicycles",
            "Mira: bread, sauna wood, towels",
        ],
    );
    vec![
        Letter::sent("cabin-1", &format!("{MIRA}, {JONAS}"), "Cabin in August: dates and keys").days_ago(6, 130).text(
            "Dear both,\n\nShall we say the second week? I can drive from the city with whoever needs a seat.\n\n\
             If the second week is bad for one of you, the third is fine for me too.\n\nAda\n",
        ),
        Letter::new("cabin-2", JONAS, SUBJECT).cc(MIRA).days_ago(5, 300).answers(&["cabin-1"]).answered().text(
            "Second week is fine, I would only need the Thursday to get there.\n\n\
             I can take two bicycles on the car. Three if nobody minds sitting next to a wheel.\n\nJonas\n",
        ),
        Letter::sent("cabin-3", &format!("{JONAS}, {MIRA}"), SUBJECT)
            .days_ago(4, 200)
            .answers(&["cabin-1", "cabin-2"])
            .text(
                "Thursday until Wednesday then. I can bring the big pot, the lamp and the board game with the sheep.\n\n\
                 Two questions: who has the key this year, and is the road along the north shore still closed?\n\nAda\n",
            ),
        Letter::new("cabin-4", MIRA, SUBJECT)
            .cc(JONAS)
            .minutes_ago(3)
            .answers(&["cabin-1", "cabin-2", "cabin-3"])
            .unread()
            .starred()
            .body(with_files(
                alternative(text, page),
                vec![
                    file("Beds and lists.pdf", "application/pdf", beds),
                    file("cabin.png", "image/png", files::cabin_png(480, 300, 1)),
                ],
            )),
    ]
}

fn photos() -> Vec<Letter> {
    let archive = files::zip(&[
        (
            "README.txt",
            b"Forty pictures of the workshop, small enough to mail. The large ones are on the drive.\n",
        ),
        ("workshop-01.png", &files::cabin_png(24, 16, 0)),
        ("workshop-02.png", &files::cabin_png(24, 16, 2)),
    ]);
    vec![
        Letter::sent("photos-1", JONAS, "Workshop photos").days_ago(2, 95).text(
            "Hi Jonas,\n\ndid the pictures from the workshop come out? The one with everybody under the kiln would be good \
             for the wall.\n\nAda\n",
        ),
        Letter::new("photos-2", JONAS, "Re: Workshop photos")
            .minutes_ago(72)
            .answers(&["photos-1"])
            .unread()
            .flag("Travel")
            .body(with_files(
                plain(
                    "Here are the forty that came out well. The rest are mostly thumbs and one very good picture of a table leg.\n\n\
                     The group one is number 17. Take it for the wall, everybody said yes.\n\n\
                     I am on the train until four and can send the large ones tonight.\n\nJonas\n",
                ),
                vec![
                    file("workshop.zip", "application/zip", archive),
                    file("17 everybody.png", "image/png", files::cabin_png(240, 150, 2)),
                ],
            )),
    ]
}

fn meeting() -> Vec<Letter> {
    const ALL: [&str; 7] = ["kaigi-1", "kaigi-2", "kaigi-3", "kaigi-4", "kaigi-5", "kaigi-6", "kaigi-7"];
    const SUBJECT: &str = "Re: 会議の時間";
    // こんにちは and a proposal for Thursday at ten, in the charset Japanese mail was written in for decades.
    let first = "\x1b$B%\"%@$5$s\x1b(B\n\n\x1b$B$*@$OC$K$J$C$F$*$j$^$9!#EDCf$G$9!#\x1b(B\n\
        \x1b$BMh=5$N2q5D$N;~4V$K$D$$$F$4AjCL$G$9!#\x1b(B\n\
        \x1b$BLZMKF|$N==;~$O$$$+$,$G$7$g$&$+!#$4ET9g$r$*CN$i$;$/$@$5$$!#\x1b(B\n\n\x1b$BEDCf\x1b(B \x1b$B7C\x1b(B\n";
    let from = |index: usize, text| {
        Letter::new(ALL[index], TANAKA, SUBJECT).zone(9).answers(&ALL[..index]).text(text)
    };
    let to = |index: usize, text| Letter::sent(ALL[index], TANAKA, SUBJECT).answers(&ALL[..index]).text(text);
    vec![
        Letter::new(ALL[0], TANAKA, "会議の時間").zone(9).days_ago(4, 20).answered().body(text_part(
            "text/plain",
            Charset::SevenBit("ISO-2022-JP"),
            first,
        )),
        to(
            1,
            "田中さん\n\nありがとうございます。木曜日は午後なら大丈夫です。三時はどうでしょうか。\n\nアダ\n",
        )
        .days_ago(3, 700),
        from(2, "アダさん\n\n三時は別の打ち合わせが入っております。五時半でもよろしいでしょうか。\n\n田中\n")
            .days_ago(3, 100),
        to(3, "五時半は電車の時間と重なってしまいます。朝早くでも構いません。\n\nアダ\n").days_ago(2, 800),
        from(4, "では、九時か十時はいかがでしょうか。会議室は午前中ずっと空いております。\n\n田中\n")
            .days_ago(2, 90),
        to(5, "十時でお願いします。資料は前の日までに送ります。\n\nアダ\n").days_ago(1, 600),
        from(
            6,
            "了解しました。では木曜日の十時でお願いします。資料も楽しみにしております。\n\
                 会議室は三階の「かわせみ」です。受付で私の名前をお伝えください。\n\n田中 恵\n",
        )
        .days_ago(1, 60)
        .starred(),
    ]
}

fn talk() -> Vec<Letter> {
    let slides = files::pdf(
        "Repairing things together",
        &[
            "4  Who comes to a repair evening",
            "5  What they bring",
            "6  What we learn",
            "7  Tea",
            "8  Tools to share",
            "9  Questions",
        ],
    );
    vec![
        Letter::new("talk-1", NOOR, "Draft of the talk").days_ago(5, 60).answered().text(
            "Hi Ada,\n\nI have a first half of the talk for the repair evening. May I send it to you when it is less embarrassing?\n\nNoor\n",
        ),
        Letter::sent("talk-2", NOOR, "Re: Draft of the talk")
            .days_ago(5, 20)
            .answers(&["talk-1"])
            .text("Send it now, embarrassing is the right time.\n\nAda\n"),
        Letter::new("talk-3", NOOR, "Re: Draft of the talk").days_ago(3, 240).answers(&["talk-1", "talk-2"]).body(with_files(
            plain(
                "Slides 4–9 are new. Could you look at the timing? I am afraid I am five minutes over, and the tea slide is not \
                 one I am ready to give up.\n\nNoor\n",
            ),
            vec![file("Repairing things together.pdf", "application/pdf", slides)],
        )),
    ]
}

// One mail after the other, in the order they are seen in.
fn singles() -> Vec<Letter> {
    let statement = files::pdf(
        "Statement 4471, July",
        &["Electricity   38,40", "Water   14,28", "Base price   9,50", "", "Total   62,18 EUR"],
    );
    let ticket = files::pdf(
        "Lyon Part-Dieu - Torino Porta Susa",
        &["14 August, 08:44 - 12:36", "Coach 4, seat 61, window", "Booking QX7T2M"],
    );
    vec![
        Letter::new("statement-7", "Stadtwerke <service@stadtwerke.example>", "Your July statement is ready")
            .minutes_ago(27)
            .unread()
            .body(with_files(
                alternative(
                    "Account 4471 · total 62,18 € · will be debited on 3 August.\n\nYou used 6 % less electricity than last July. Thank you.\n\nStadtwerke\n",
                    r#"<table width="100%" style="max-width:600px;background:#f3f6f4"><tr><td style="padding:24px">
<h2 style="color:#1f6f66;margin:0">Your July statement</h2>
<p>Account 4471 · total <b>62,18&nbsp;€</b> · will be debited on 3 August.</p>
<table cellpadding="6" style="border-collapse:collapse"><tr><td>Electricity</td><td align="right">38,40&nbsp;€</td></tr>
<tr><td>Water</td><td align="right">14,28&nbsp;€</td></tr><tr><td>Base price</td><td align="right">9,50&nbsp;€</td></tr></table>
<p>You used 6&nbsp;% less electricity than last July. Thank you.</p></td></tr></table>"#,
                ),
                vec![file("Statement 4471 July.pdf", "application/pdf", statement)],
            )),
        Letter::new("waxwing-214", "octo/waxwing <notifications@forge.example>", "[octo/waxwing] Keep MODSEQ with its batch (#214)")
            .to("octo/waxwing <waxwing@noreply.forge.example>")
            .cc(ADA)
            .minutes_ago(169)
            .field("List-ID", "octo/waxwing <waxwing.octo.forge.example>")
            .field("List-Unsubscribe", "<https://forge.example/notifications/unsubscribe/214>")
            .body(alternative(
                "rvega requested changes on this pull request.\n\nThe rows are right, the order is not: the highest MODSEQ is stored before the last range is. \
                 If the program ends between the two, the next start skips what it never fetched.\n\n\
                 > +    tx.set_highest_modseq(folder, modseq)?;\n\nPlease move this line into the transaction that closes the pass.\n\n-- \nReply to this mail or view it: https://forge.example/octo/waxwing/pull/214\n",
                r#"<p><b>rvega</b> requested changes on this pull request.</p>
<p>The rows are right, the order is not: the highest <code>MODSEQ</code> is stored before the last range is.
If the program ends between the two, the next start skips what it never fetched.</p>
<pre style="background:#f5f5f5;padding:8px">+    tx.set_highest_modseq(folder, modseq)?;</pre>
<p>Please move this line into the transaction that closes the pass.</p>
<p style="color:#777;font-size:small">Reply to this mail or <a href="https://forge.example/octo/waxwing/pull/214">view it</a>.</p>"#,
            )),
        Letter::new("apples", "Grandma <grandma@kestrel.example>", "apples").days_ago(1, 190).text(
            "Dear Ada,\n\nthe tree is full again. Come with baskets. I have put the ladder out and the neighbours' boy is not allowed on it before you are here.\n\n\
             There will be cake on Sunday in any case, and the cat has asked for you in her way.\n\nYour Grandma\n",
        ),
        Letter::new("rail-qx7", "Rail Europe <bookings@rail.example>", "Booking confirmed: Lyon → Turin, 14 Aug")
            .days_ago(2, 30)
            .flag("Travel")
            .body(with_files(
                html(
                    r#"<table width="600" style="border:1px solid #ccc"><tr><td style="background:#14324a;color:#fff;padding:16px"><b>Rail Europe</b></td></tr>
<tr><td style="padding:16px"><p>Seat 61, coach 4. Your ticket is attached; show it on your phone or on paper.</p>
<p><b>14 August</b><br>Lyon Part-Dieu 08:44<br>Torino Porta Susa 12:36</p>
<p><img src="https://rail.example/map/lyon-turin.png" alt="Map of the line" width="400" height="160"></p>
<p><a href="https://rail.example/booking/QX7T2M">Change or cancel</a> until the evening before.</p></td></tr></table>"#,
                ),
                vec![file("Ticket QX7T2M.pdf", "application/pdf", ticket)],
            )),
        Letter::new("library-friday", "Library <loans@library.example>", "Two loans are due on Friday").days_ago(2, 310).text(
            "“The Art of Electronics” and “Piranesi”. Renew online or bring them back before seven.\n\n\
             Someone is waiting for “Piranesi”, so that one can't be renewed. They will thank you.\n\nYour library\n",
        ),
        Letter::new("ride-9", "Bicycle club <rides@wheels.example>", "Sunday ride moved to 9:00")
            .to("Rides <rides@wheels.example>")
            .days_ago(3, 400)
            .field("List-ID", "Rides <rides.wheels.example>")
            .field("List-Post", "<mailto:rides@wheels.example>")
            .field("List-Unsubscribe", "<mailto:rides-leave@wheels.example?subject=leave>")
            .field("Precedence", "list")
            .body(text_part(
                "text/plain; format=flowed",
                Charset::Utf8,
                "It will be hot. Same start, shorter loop, bring water for two and a hat for \nafterwards. We stop at the mill, where there is shade and lemonade, and we \nare back before the heat is.\n\nNew riders are welcome. Nobody is left behind; the slowest one sets the \nsong.\n\n-- \nRides, every Sunday from April to October\n",
            )),
    ]
}

/// A mail inside another, for those who forward as an attachment.
pub(super) fn forwarded(inside: Vec<u8>) -> Part {
    with_files(
        plain("Ada, this came to me by mistake. It is yours, I think.\n\nSven\n"),
        vec![Part::Message(inside)],
    )
}
