//! The older mails: written from [`super::words`] by a generator with a fixed seed, so that every start shows the same.

use super::compose::{Letter, alternative, plain};
use super::words::{
    ANSWERS, CLOSINGS, DAYS, ECHOES, JUNK, MONTHS, NOTICES, OPENINGS, PEOPLE, PLACES, THINGS, TRAVEL, Writer,
};

/// Writes letters; each has a key of its own.
pub(super) struct Generator {
    seed: u64,
    written: usize,
}

impl Generator {
    pub(super) fn new() -> Self {
        Self { seed: 0x5EED_0F4A_1157, written: 0 }
    }

    /// Everything but INBOX, and as many for INBOX as are asked for.
    pub(super) fn letters(&mut self, inbox: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        while letters.iter().filter(|letter: &&Letter| letter.mailbox == "INBOX").count() < inbox {
            let missing = inbox - letters.iter().filter(|letter| letter.mailbox == "INBOX").count();
            let days = 10 + i64::try_from(self.written).unwrap_or(0) * 3 / 4;
            letters.extend(self.conversation("INBOX", days, missing >= 2));
        }
        for number in 0..60 {
            letters.push(self.letter(&PEOPLE, 90 + number * 7).lies_in("Archive"));
        }
        for number in 0..20 {
            letters.push(self.letter(&TRAVEL, 250 + number * 21).lies_in("Travel"));
        }
        for number in 0..15 {
            letters.push(self.letter(&TRAVEL, 12 + number * 11).lies_in("Travel/2026").flag("Travel"));
        }
        for number in 0..12 {
            let letter = self.letter(&JUNK, 1 + number * 2).lies_in("Junk").flag("$Junk");
            letters.push(if number < 5 { letter.unread() } else { letter });
        }
        for number in 0..10 {
            letters.push(self.letter(&NOTICES, 2 + number * 3).lies_in("Trash"));
        }
        letters
    }

    /// A letter from a person, and sometimes Ada's answer and what came back.
    fn conversation(&mut self, mailbox: &'static str, days: i64, may_go_on: bool) -> Vec<Letter> {
        let writer = self.pick(&PEOPLE);
        let slots = self.slots();
        let (first_key, first) = self.write(&writer, &slots, days);
        let first = first.lies_in(mailbox);
        let talks = !writer.styled && !writer.from.contains("club") && self.below(3) > 0;
        if !talks {
            return vec![first];
        }
        let subject = format!("Re: {}", slots.fill(slots.topic(&writer).0));
        let minutes = first.minutes_ago;
        let answer_key = self.key();
        let name = writer.sign.split(' ').next_back().unwrap_or_default().trim_matches(',');
        let answer = slots.fill(self.pick(&ANSWERS));
        let answer = Letter::sent(&answer_key, writer.from, subject.clone())
            .minutes_ago(minutes - 190)
            .answers(&[&first_key])
            .text(&format!("Dear {name},\n\n{answer}\n\nAda\n"));
        let mut letters = vec![first.answered(), answer];
        if may_go_on && self.below(3) == 0 {
            let echo = slots.fill(self.pick(&ECHOES));
            let echo = Letter::new(self.key(), writer.from, subject)
                .lies_in(mailbox)
                .minutes_ago(minutes - 460)
                .answers(&[&first_key, &answer_key])
                .text(&format!("{echo}\n\n{}\n", writer.sign));
            letters.push(echo);
        }
        letters
    }

    /// One letter of such writers.
    pub(super) fn letter(&mut self, writers: &'static [Writer], days: i64) -> Letter {
        let writer = self.pick(writers);
        let slots = self.slots();
        self.write(&writer, &slots, days).1
    }

    fn write(&mut self, writer: &Writer, slots: &Slots, days: i64) -> (String, Letter) {
        let key = self.key();
        let (subject, middle) = slots.topic(writer);
        let personal = !writer.styled && !writer.from.contains("Department");
        let opening = if personal { slots.fill(self.pick(&OPENINGS)) } else { String::new() };
        let closing = if personal { slots.fill(self.pick(&CLOSINGS)) } else { String::new() };
        let middle = sentence(&slots.fill(middle), personal);
        let paragraphs = [writer.greeting, &opening, &middle, &closing, writer.sign];
        let paragraphs: Vec<&str> = paragraphs.into_iter().filter(|text| !text.is_empty()).collect();
        let text = wrapped(&paragraphs.join("\n\n"));
        let body = if writer.styled { styled(&text, &paragraphs, &key) } else { plain(&text) };
        let minutes = i64::try_from(self.below(14 * 60)).unwrap_or(0);
        let mut letter = Letter::new(&key, &slots.fill(writer.from), slots.fill(subject))
            .days_ago(days, minutes)
            .body(body);
        if writer.styled {
            letter = letter.field("List-Unsubscribe", format!("<https://letters.example/leave?k={key}>"));
        }
        if writer.from.contains("rides@") {
            letter = letter.field("List-ID", "Rides <rides.wheels.example>");
        }
        match self.below(14) {
            0 => letter = letter.starred(),
            1 => letter = letter.flag("$Forwarded"),
            _ => {}
        }
        (key, letter)
    }

    fn slots(&mut self) -> Slots {
        Slots {
            day: self.pick(&DAYS),
            month: self.pick(&MONTHS),
            place: self.pick(&PLACES),
            thing: self.pick(&THINGS),
            number: 3 + self.below(40),
            topic: self.below(60),
        }
    }

    fn key(&mut self) -> String {
        self.written += 1;
        format!("older-{}", self.written)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A number below `end`, from a xorshift generator.
    fn below(&mut self, end: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed >> 33).unwrap_or(0) % end.max(1)
    }
}

/// What the curly braces of one letter stand for.
struct Slots {
    day: &'static str,
    month: &'static str,
    place: &'static str,
    thing: &'static str,
    number: usize,
    topic: usize,
}

impl Slots {
    fn topic(&self, writer: &Writer) -> (&'static str, &'static str) {
        writer.topics[self.topic % writer.topics.len()]
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{day}", self.day)
            .replace("{month}", self.month)
            .replace("{place}", self.place)
            .replace("{thing}", self.thing)
            .replace("{n}", &self.number.to_string())
    }
}

/// With a capital letter, where it doesn't go on from the greeting.
fn sentence(text: &str, after_opening: bool) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if after_opening => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// The text with a picture from elsewhere and a way out.
fn styled(text: &str, paragraphs: &[&str], key: &str) -> super::compose::Part {
    let inner: String = paragraphs.iter().map(|text| format!("<p>{text}</p>\n")).collect();
    let page = format!(
        "<div style=\"max-width:560px;margin:auto\"><img src=\"https://pictures.example/{key}.png\" width=\"120\" height=\"32\" alt=\"\">\n\
         {inner}<p style=\"font-size:12px;color:#777\"><a href=\"https://letters.example/leave?k={key}\">No more of these</a></p></div>"
    );
    alternative(text, &page)
}

/// Lines of about 74 characters, as mailers used to write them.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    for line in text.lines() {
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && column + length >= 74 {
                wrapped.push('\n');
                column = 0;
            } else if column > 0 {
                wrapped.push(' ');
                column += 1;
            }
            wrapped.push_str(word);
            column += length;
        }
        wrapped.push('\n');
    }
    wrapped
}
