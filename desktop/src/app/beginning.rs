//! What a mail that is to be written begins with, as the store has it; and files from elsewhere that go along.

use std::path::Path;

use iced::Task;
use waxwing_core::Reader;
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::mime::{self, AnswerWords, Composition, How, SignaturePlace, Writing};
use waxwing_core::model::{AccountId, EmailId, NewFile, Relation};

use super::Message;
use crate::screen::composer::{self, Sender, Start, Write, media_type};
use crate::words::dates::Now;
use crate::words::writing as words;

/// Files larger than this are not read.
const MOST_FILE: u64 = 100 << 20;

/// A mail to be written, read from the store.
#[derive(Clone)]
pub struct Begin {
    pub(super) write: Write,
    pub(super) start: Start,
}

/// Reads what a mail begins with, away from the window.
pub(super) fn read(reader: Reader, write: Write, why: Option<String>) -> Task<Message> {
    let read = async move {
        let start = start(&reader, &write, why);
        start.map(|start| Begin { write: write.clone(), start }).map_err(|error| (write, error))
    };
    Task::perform(read, |begin| Message::Begin(Box::new(begin)))
}

fn start(reader: &Reader, write: &Write, trouble: Option<String>) -> Result<Start, Error> {
    let senders = senders(reader)?;
    let usual = |account: Option<AccountId>| {
        let of_account = senders.iter().find(|it| account.is_none_or(|account| it.account == account));
        of_account.or(senders.first()).cloned().ok_or(Error::new(ErrorKind::WrongState))
    };
    let new = |account: Option<AccountId>, composition: Composition| {
        let sender = usual(account)?;
        let text = composition.text.trim_end().to_owned() + &composer::signed(&sender.identity.signature);
        let composition =
            Composition { from: sender.in_full(), writing: Writing::Markdown, text, ..composition };
        Ok(Start {
            draft: None,
            account: sender.account,
            senders: senders.clone(),
            composition,
            relation: Relation::None,
            files: Vec::new(),
            trouble: None,
        })
    };
    match write {
        Write::New(account) => new(*account, Composition::default()),
        Write::Mailto(link) => new(None, mime::mailto(link).unwrap_or_default()),
        Write::Draft(id) => {
            let draft = reader.draft(*id)?.ok_or(Error::new(ErrorKind::NotFound))?;
            Ok(Start {
                account: draft.account,
                senders: senders.clone(),
                composition: draft.composition.clone(),
                relation: draft.relation,
                files: Vec::new(),
                trouble,
                draft: Some(draft),
            })
        }
        Write::Answer(email, how) => answer(reader, *email, *how, senders.clone()),
        // They are made drafts first.
        Write::Stored(_) | Write::Restore(_) | Write::Back { .. } => Err(Error::new(ErrorKind::WrongState)),
    }
}

fn senders(reader: &Reader) -> Result<Vec<Sender>, Error> {
    let mut senders = Vec::new();
    for account in reader.accounts()? {
        let of_account = reader.identities(account.id)?;
        senders.extend(of_account.into_iter().map(|identity| Sender { account: account.id, identity }));
    }
    Ok(senders)
}

fn answer(reader: &Reader, email: EmailId, how: How, senders: Vec<Sender>) -> Result<Start, Error> {
    let row = reader.row(email)?;
    let octets = reader.readable(email)?.octets;
    let account = reader.account_of(row.mailbox)?;
    let identities = reader.identities(account)?;
    let now = Now::read();
    let words = AnswerWords {
        date: now.written(row.date),
        signature: SignaturePlace::Above,
        ..AnswerWords::default()
    };
    let answer = mime::answer(&octets, how, &identities, None, &words);
    let parts = answer.files.iter().map(|part| NewFile::Part { email, part: *part });
    let (relation, files) = match how {
        How::Reply | How::ReplyAll | How::ReplyList => (Relation::Answers(email), Vec::new()),
        How::ForwardInline => (Relation::Forwards(email), parts.collect()),
        How::ForwardAttached => (Relation::Forwards(email), vec![NewFile::Mail(email)]),
    };
    let composition = Composition { writing: Writing::Markdown, ..answer.composition };
    Ok(Start { draft: None, account, senders, composition, relation, files, trouble: None })
}

/// A file of the person's, to go along.
pub(super) fn read_file(path: &Path) -> composer::Message {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |name: String, why: &str| composer::Message::FileFailed(name, why.to_owned());
    match std::fs::metadata(path) {
        Ok(file) if !file.is_file() => return failed(name, words::NO_FILE),
        Ok(file) if file.len() > MOST_FILE => return failed(name, words::FILE_TOO_LARGE),
        _ => {}
    }
    match std::fs::read(path) {
        Ok(octets) => composer::Message::FileRead(NewFile::Octets {
            media_type: media_type(&name).into(),
            name,
            content_id: String::new(),
            octets: waxwing_core::Message(octets),
        }),
        Err(error) => failed(name, &error.to_string()),
    }
}

pub(super) fn pasted_picture(png: Vec<u8>) -> NewFile {
    NewFile::Octets {
        name: words::PASTED_PICTURE.into(),
        media_type: "image/png".into(),
        content_id: String::new(),
        octets: waxwing_core::Message(png),
    }
}
